"""Keys of SM2, through boto3, in a Region of China; what they make is checked with sm2.py, and the other way."""

import base64
import os

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

import sm2
from expect import refused
from test_multi_region import wait_for

REGIONS = ["cn-north-1", "cn-northwest-1"]
USAGES = {
    "ENCRYPT_DECRYPT": ("EncryptionAlgorithms", "SM2PKE"),
    "SIGN_VERIFY": ("SigningAlgorithms", "SM2DSA"),
    "KEY_AGREEMENT": ("KeyAgreementAlgorithms", "ECDH"),
}
MESSAGE = b"what is signed, " * 9
SIGNING = {"SigningAlgorithm": "SM2DSA"}
ENCRYPTION = {"EncryptionAlgorithm": "SM2PKE"}
AGREEMENT = {"KeyAgreementAlgorithm": "ECDH"}
FOREVER = {"ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE"}


@pytest.fixture(scope="module")
def china(server):
    return server.kms(region=REGIONS[0])


@pytest.fixture(scope="module")
def made(china):
    """Keys by usage, each made once, with the point of their public key."""
    keys = {}

    def make(usage):
        if usage not in keys:
            metadata = china.create_key(KeySpec="SM2", KeyUsage=usage)["KeyMetadata"]
            public = sm2.decode_spki(china.get_public_key(KeyId=metadata["KeyId"])["PublicKey"])
            keys[usage] = metadata["Arn"], public
        return keys[usage]

    return make


def spoilt(data, at=-1):
    changed = bytearray(data)
    changed[at] ^= 1
    return bytes(changed)


@pytest.mark.parametrize("region", REGIONS)
@pytest.mark.parametrize("usage", USAGES)
def test_a_key_of_every_usage(server, region, usage):
    kms = server.kms(region=region)
    key = kms.create_key(KeySpec="SM2", KeyUsage=usage)["KeyMetadata"]
    assert key["Arn"].startswith(f"arn:aws-cn:kms:{region}:{server.account}:key/")
    assert (key["KeySpec"], key["CustomerMasterKeySpec"], key["KeyUsage"]) == ("SM2", "SM2", usage)
    assert key["KeyState"] == "Enabled" and "CurrentKeyMaterialId" not in key
    members = [member for member, _ in USAGES.values()]
    assert {member: key[member] for member in members if member in key} == {USAGES[usage][0]: [USAGES[usage][1]]}
    shown = kms.get_public_key(KeyId=key["KeyId"])
    assert (shown["KeySpec"], shown["KeyUsage"], shown[USAGES[usage][0]]) == ("SM2", usage, [USAGES[usage][1]])
    sm2.decode_spki(shown["PublicKey"])
    assert kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"] == key


def test_no_other_usage(china):
    with refused("ValidationException", "KeyUsage GENERATE_VERIFY_MAC is not compatible with KeySpec SM2"):
        china.create_key(KeySpec="SM2", KeyUsage="GENERATE_VERIFY_MAC")


@pytest.mark.parametrize("region", ["us-east-1", "us-gov-west-1", "ap-east-1"])
def test_elsewhere_there_is_none(server, region):
    kms = server.kms(region=region)
    for usage in USAGES:
        for origin in ("AWS_KMS", "EXTERNAL"):
            with refused("UnsupportedOperationException", "KeySpec SM2 is not supported in this Region"):
                kms.create_key(KeySpec="SM2", KeyUsage=usage, Origin=origin)
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    for action in (kms.generate_data_key_pair, kms.generate_data_key_pair_without_plaintext):
        with refused("UnsupportedOperationException", "KeyPairSpec SM2 is not supported in this Region"):
            action(KeyId=key, KeyPairSpec="SM2")


def test_signatures_verify_elsewhere_and_here(china, made):
    key, public = made("SIGN_VERIFY")
    request = {"KeyId": key, "Message": MESSAGE, **SIGNING}
    reply = china.sign(**request)
    assert (reply["KeyId"], reply["SigningAlgorithm"]) == (key, "SM2DSA")
    signature, digest = reply["Signature"], sm2.digest_of(public, MESSAGE)
    assert sm2.verifies_digest(public, digest, sm2.decode_signature(signature))
    assert not sm2.verifies_digest(public, sm2.digest_of(public, b"another"), sm2.decode_signature(signature))
    assert china.sign(**request)["Signature"] != signature
    reply = china.verify(Signature=signature, **request)
    assert (reply["KeyId"], reply["SignatureValid"], reply["SigningAlgorithm"]) == (key, True, "SM2DSA")
    r, s = sm2.decode_signature(signature)
    for wrong in (
        *(spoilt(signature), spoilt(signature, 0), signature[:-1], signature + b"\0", b"x"),
        *(sm2.encode_signature(pair) for pair in ((s, r), (r, 0), (0, s), (r, s + sm2.N), (r, sm2.N - r))),
    ):
        with refused("KMSInvalidSignatureException", ""):
            china.verify(Signature=wrong, **request)
    with refused("KMSInvalidSignatureException", ""):
        china.verify(Signature=signature, **request | {"Message": b"another"})


def test_a_digest_is_signed_as_it_is(china, made):
    key, public = made("SIGN_VERIFY")
    request = {"KeyId": key, **SIGNING}
    digest = sm2.digest_of(public, MESSAGE)
    signature = china.sign(Message=digest, MessageType="DIGEST", **request)["Signature"]
    assert sm2.verifies_digest(public, digest, sm2.decode_signature(signature))
    china.verify(Message=MESSAGE, Signature=signature, **request)
    with refused("KMSInvalidSignatureException", ""):
        china.verify(Message=digest, Signature=signature, **request)
    # So a signer may have another identity than the usual.
    other = sm2.digest_of(public, MESSAGE, b"ALICE123@YAHOO.COM")
    signature = china.sign(Message=other, MessageType="DIGEST", **request)["Signature"]
    china.verify(Message=other, MessageType="DIGEST", Signature=signature, **request)
    with refused("KMSInvalidSignatureException", ""):
        china.verify(Message=MESSAGE, Signature=signature, **request)
    for wrong in (digest[:-1], digest + b"x", bytes(64)):
        with refused("ValidationException", "Digest is invalid length for algorithm SM2DSA."):
            china.sign(Message=wrong, MessageType="DIGEST", **request)
    for action, more in ((china.sign, {}), (china.verify, {"Signature": b"x"})):
        with refused("ValidationException"):
            action(Message=bytes(64), MessageType="EXTERNAL_MU", **more, **request)


def test_ciphertexts_open_elsewhere_and_here(china, made):
    key, public = made("ENCRYPT_DECRYPT")
    request = {"KeyId": key, **ENCRYPTION}
    for plaintext in (b"x", b"some plaintext", bytes(1024)):
        reply = china.encrypt(Plaintext=plaintext, **request)
        assert (reply["KeyId"], reply["EncryptionAlgorithm"]) == (key, "SM2PKE")
        blob = reply["CiphertextBlob"]
        point, _, masked = sm2.decode_ciphertext(blob)
        assert sm2.on_curve(point) and len(masked) == len(plaintext) and masked != plaintext
        opened = china.decrypt(CiphertextBlob=blob, **request)
        assert opened["Plaintext"] == plaintext and "KeyMaterialId" not in opened
        offline = sm2.encode_ciphertext(sm2.encrypt(public, plaintext))
        assert china.decrypt(CiphertextBlob=offline, **request)["Plaintext"] == plaintext
    message = "Algorithm SM2PKE and key spec SM2 cannot encrypt data larger than 1024 bytes."
    with refused("ValidationException", message):
        china.encrypt(Plaintext=bytes(1025), **request)
    with refused("ValidationException"):
        china.encrypt(Plaintext=b"x", EncryptionContext={"a": "b"}, **request)
    with refused("InvalidKeyUsageException"):
        china.encrypt(KeyId=key, Plaintext=b"x", EncryptionAlgorithm="RSAES_OAEP_SHA_256")


def masked_by_zeros(public):
    k = 1
    while any(sm2.stream(b"".join(map(sm2.word, sm2.multiply(k, public))), 1)):
        k += 1
    x2, y2 = map(sm2.word, sm2.multiply(k, public))
    return sm2.multiply(k), sm2.sm3(x2 + b"m" + y2), b"m"


def test_what_was_not_encrypted_for_the_key_is_one_error(china, made):
    key, public = made("ENCRYPT_DECRYPT")
    good = point, check, masked = sm2.encrypt(public, b"some plaintext")
    blob = sm2.encode_ciphertext(good)
    x, y = map(sm2.integer, point)
    rest = sm2.tlv(4, check) + sm2.tlv(4, masked)
    wrong = {
        "every byte changed": [spoilt(blob, at) for at in range(len(blob))],
        "another key": [sm2.encode_ciphertext(sm2.encrypt(sm2.multiply(sm2.private_number()), b"some plaintext"))],
        "too long": [sm2.encode_ciphertext(sm2.encrypt(public, bytes(1025)))],
        "a mask of zeros": [sm2.encode_ciphertext(masked_by_zeros(public))],
        "beside the curve": [sm2.encode_ciphertext(((point[0], point[1] ^ 1), check, masked))],
        "the other point of x": [sm2.encode_ciphertext(((point[0], sm2.P - point[1]), check, spoilt(masked)))],
        "no plaintext": [sm2.encode_ciphertext((point, check, b""))],
        "as bytes": [b"\4" + sm2.word(point[0]) + sm2.word(point[1]) + check + masked],
        "the old order": [sm2.tlv(0x30, x + y + sm2.tlv(4, masked) + sm2.tlv(4, check))],
        "more behind": [blob + b"\0", sm2.tlv(0x30, x + y + rest + b"\5\0")],
        "BER": [b"\x30\x80" + x + y + rest + b"\0\0", sm2.tlv(0x30, x + b"\2\x22\0" + y[2:] + rest)],
        "cut": [blob[:-1], blob[: len(blob) // 2], b"0"],
    }
    for what, blobs in wrong.items():
        for each in blobs:
            with refused("InvalidCiphertextException", ""):
                china.decrypt(CiphertextBlob=each, KeyId=key, **ENCRYPTION)
                pytest.fail(what)


def test_re_encrypt_goes_from_and_to_keys_of_sm2(china, made):
    key, public = made("ENCRYPT_DECRYPT")
    symmetric = china.create_key()["KeyMetadata"]["KeyId"]
    blob = china.encrypt(KeyId=symmetric, Plaintext=b"moved", EncryptionContext={"a": "b"})["CiphertextBlob"]
    step = china.re_encrypt(CiphertextBlob=blob, SourceEncryptionContext={"a": "b"}, DestinationKeyId=key,
                            DestinationEncryptionAlgorithm="SM2PKE")
    assert "DestinationKeyMaterialId" not in step and step["DestinationEncryptionAlgorithm"] == "SM2PKE"
    sm2.decode_ciphertext(step["CiphertextBlob"])
    other = china.create_key(KeySpec="SM2", KeyUsage="ENCRYPT_DECRYPT")["KeyMetadata"]["KeyId"]
    step = china.re_encrypt(CiphertextBlob=step["CiphertextBlob"], SourceKeyId=key, SourceEncryptionAlgorithm="SM2PKE",
                            DestinationKeyId=other, DestinationEncryptionAlgorithm="SM2PKE")
    step = china.re_encrypt(CiphertextBlob=step["CiphertextBlob"], SourceKeyId=other,
                            SourceEncryptionAlgorithm="SM2PKE", DestinationKeyId=symmetric)
    assert china.decrypt(CiphertextBlob=step["CiphertextBlob"])["Plaintext"] == b"moved"
    blob = china.encrypt(KeyId=symmetric, Plaintext=bytes(1025))["CiphertextBlob"]
    with refused("ValidationException"):
        china.re_encrypt(CiphertextBlob=blob, DestinationKeyId=key, DestinationEncryptionAlgorithm="SM2PKE")


def test_nothing_is_not_encrypted(china, made):
    """RSA encrypts no bytes at all; SM2 has no ciphertext of them."""
    source = china.create_key(KeySpec="RSA_2048", KeyUsage="ENCRYPT_DECRYPT")["KeyMetadata"]["KeyId"]
    public = serialization.load_der_public_key(china.get_public_key(KeyId=source)["PublicKey"])
    blob = public.encrypt(b"", padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None))
    with refused("ValidationException", "Algorithm SM2PKE cannot encrypt an empty plaintext."):
        china.re_encrypt(CiphertextBlob=blob, SourceKeyId=source, SourceEncryptionAlgorithm="RSAES_OAEP_SHA_256",
                         DestinationKeyId=made("ENCRYPT_DECRYPT")[0], DestinationEncryptionAlgorithm="SM2PKE")


def test_shared_secrets_are_those_of_the_curve(china, made):
    key, public = made("KEY_AGREEMENT")
    private = sm2.private_number()
    peer = sm2.multiply(private)
    reply = china.derive_shared_secret(KeyId=key, PublicKey=sm2.spki(peer), **AGREEMENT)
    assert reply["SharedSecret"] == sm2.word(sm2.multiply(private, public)[0])
    assert (reply["KeyId"], reply["KeyAgreementAlgorithm"], reply["KeyOrigin"]) == (key, "ECDH", "AWS_KMS")
    other = ec.generate_private_key(ec.SECP256R1()).public_key()
    encoded = other.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    good = sm2.spki(peer)
    for wrong in (encoded, spoilt(good), good[:-1], good + b"x", sm2.tlv(0x30, sm2.ALGORITHM + sm2.tlv(3, b"\0\0"))):
        with refused("ValidationException", ""):
            china.derive_shared_secret(KeyId=key, PublicKey=wrong, **AGREEMENT)


@pytest.mark.parametrize("usage", USAGES)
def test_a_key_is_for_its_usage(china, made, usage):
    key = made(usage)[0]
    calls = {
        "ENCRYPT_DECRYPT": ("Encrypt", china.encrypt, {"Plaintext": b"x", **ENCRYPTION}),
        "SIGN_VERIFY": ("Sign", china.sign, {"Message": b"x", **SIGNING}),
        "KEY_AGREEMENT": ("DeriveSharedSecret", china.derive_shared_secret, {"PublicKey": b"x", **AGREEMENT}),
    }
    for wanted, (name, action, parameters) in calls.items():
        if wanted != usage:
            message = f"{key} key usage is {usage} which is not valid for {name}."
            with refused("InvalidKeyUsageException", message):
                action(KeyId=key, **parameters)


def test_data_key_pairs_belong_together(china):
    key = china.create_key()["KeyMetadata"]["KeyId"]
    request = {"KeyId": key, "KeyPairSpec": "SM2", "EncryptionContext": {"a": "b"}}
    pair = china.generate_data_key_pair(**request)
    assert pair["KeyPairSpec"] == "SM2"
    assert sm2.multiply(sm2.decode_pkcs8(pair["PrivateKeyPlaintext"])) == sm2.decode_spki(pair["PublicKey"])
    opened = china.decrypt(CiphertextBlob=pair["PrivateKeyCiphertextBlob"], EncryptionContext={"a": "b"})
    assert opened["Plaintext"] == pair["PrivateKeyPlaintext"]
    without = china.generate_data_key_pair_without_plaintext(**request)
    assert "PrivateKeyPlaintext" not in without and without["PublicKey"] != pair["PublicKey"]
    opened = china.decrypt(CiphertextBlob=without["PrivateKeyCiphertextBlob"], EncryptionContext={"a": "b"})
    assert sm2.multiply(sm2.decode_pkcs8(opened["Plaintext"])) == sm2.decode_spki(without["PublicKey"])


# Material of every kind that SM2PKE brings in, and the algorithms that its keys then have.
RSA = rsa.generate_private_key(65537, 4096)
P521 = ec.generate_private_key(ec.SECP521R1())


def pkcs8(key):
    return key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def external_key(kms, spec, usage="SIGN_VERIFY"):
    return kms.create_key(KeySpec=spec, KeyUsage=usage, Origin="EXTERNAL")["KeyMetadata"]["KeyId"]


def bring_in(kms, key, material, algorithm="SM2PKE", wrapping_spec="SM2"):
    made = kms.get_parameters_for_import(KeyId=key, WrappingAlgorithm=algorithm, WrappingKeySpec=wrapping_spec)
    if algorithm == "SM2PKE":
        wrapped = sm2.encode_ciphertext(sm2.encrypt(sm2.decode_spki(made["PublicKey"]), material))
    else:
        public = serialization.load_der_public_key(made["PublicKey"])
        chosen = hashes.SHA1() if algorithm.endswith("SHA_1") else hashes.SHA256()
        wrapped = public.encrypt(material, padding.OAEP(padding.MGF1(chosen), chosen, None))
    return kms.import_key_material(
        KeyId=key, ImportToken=made["ImportToken"], EncryptedKeyMaterial=wrapped, **FOREVER
    )


@pytest.mark.parametrize("with_public", [True, False])
@pytest.mark.parametrize(
    "algorithm, wrapping_spec",
    [("SM2PKE", "SM2"), ("RSAES_OAEP_SHA_1", "RSA_2048"), ("RSAES_OAEP_SHA_256", "RSA_3072")],
)
def test_private_keys_of_sm2_come_in(china, algorithm, wrapping_spec, with_public):
    private = sm2.private_number()
    public = sm2.multiply(private)
    key = external_key(china, "SM2")
    bring_in(china, key, sm2.pkcs8(private, with_public), algorithm, wrapping_spec)
    assert china.get_public_key(KeyId=key)["PublicKey"] == sm2.spki(public)
    signature = sm2.decode_signature(china.sign(KeyId=key, Message=MESSAGE, **SIGNING)["Signature"])
    digest = sm2.digest_of(public, MESSAGE)
    assert sm2.verifies_digest(public, digest, signature)
    offline = sm2.encode_signature(sm2.sign_digest(private, digest))
    assert china.verify(KeyId=key, Message=MESSAGE, Signature=offline, **SIGNING)["SignatureValid"] is True
    with refused("IncorrectKeyMaterialException"):
        bring_in(china, key, sm2.pkcs8(sm2.private_number()))
    china.delete_imported_key_material(KeyId=key)
    with refused("KMSInvalidStateException"):
        china.sign(KeyId=key, Message=MESSAGE, **SIGNING)
    bring_in(china, key, sm2.pkcs8(private, not with_public))
    china.verify(KeyId=key, Message=MESSAGE, Signature=offline, **SIGNING)


def test_imported_keys_of_the_other_usages(china):
    private = sm2.private_number()
    public = sm2.multiply(private)
    key = external_key(china, "SM2", "ENCRYPT_DECRYPT")
    bring_in(china, key, sm2.pkcs8(private))
    blob = china.encrypt(KeyId=key, Plaintext=b"text", **ENCRYPTION)["CiphertextBlob"]
    assert sm2.decrypt(private, sm2.decode_ciphertext(blob)) == b"text"
    key = external_key(china, "SM2", "KEY_AGREEMENT")
    bring_in(china, key, sm2.pkcs8(private))
    ours = sm2.private_number()
    reply = china.derive_shared_secret(KeyId=key, PublicKey=sm2.spki(sm2.multiply(ours)), **AGREEMENT)
    assert reply["SharedSecret"] == sm2.word(sm2.multiply(ours, public)[0]) and reply["KeyOrigin"] == "EXTERNAL"


def test_other_private_keys_come_in_by_sm2(china):
    key = external_key(china, "RSA_4096")
    bring_in(china, key, pkcs8(RSA))
    signature = china.sign(KeyId=key, Message=b"x", SigningAlgorithm="RSASSA_PSS_SHA_256")["Signature"]
    RSA.public_key().verify(signature, b"x", padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256())
    key = external_key(china, "ECC_NIST_P521")
    bring_in(china, key, pkcs8(P521))
    signature = china.sign(KeyId=key, Message=b"x", SigningAlgorithm="ECDSA_SHA_512")["Signature"]
    P521.public_key().verify(signature, b"x", ec.ECDSA(hashes.SHA512()))


@pytest.mark.parametrize(
    "spec, usage, material",
    [
        ("SM2", "SIGN_VERIFY", pkcs8(ec.generate_private_key(ec.SECP256R1()))),
        ("ECC_NIST_P256", "SIGN_VERIFY", sm2.pkcs8(sm2.private_number())),
        ("SM2", "SIGN_VERIFY", sm2.word(sm2.private_number())),
        ("SM2", "SIGN_VERIFY", sm2.pkcs8(sm2.N - 1)),
        ("SM2", "SIGN_VERIFY", sm2.pkcs8(sm2.private_number()) + b"\0"),
        ("SM2", "SIGN_VERIFY", sm2.pkcs8(5).replace(sm2.word(5), sm2.word(6))),
    ],
    ids=["another curve", "of SM2", "not PKCS 8", "outside its range", "more behind", "another's public key"],
)
def test_what_is_no_key_of_the_spec_is_incorrect(china, spec, usage, material):
    with refused("IncorrectKeyMaterialException"):
        bring_in(china, external_key(china, spec, usage), material)


def test_what_does_not_unwrap_is_one_error(china):
    key = external_key(china, "SM2")
    request = {"KeyId": key, "WrappingAlgorithm": "SM2PKE", "WrappingKeySpec": "SM2"}
    first, second = china.get_parameters_for_import(**request), china.get_parameters_for_import(**request)
    wrapped = sm2.encode_ciphertext(sm2.encrypt(sm2.decode_spki(first["PublicKey"]), sm2.pkcs8(5)))
    for token, blob in (
        (second["ImportToken"], wrapped),
        (first["ImportToken"], spoilt(wrapped)),
        (first["ImportToken"], spoilt(wrapped, 10)),
        (first["ImportToken"], wrapped + b"\0"),
        (first["ImportToken"], os.urandom(256)),
    ):
        with refused("InvalidCiphertextException", ""):
            china.import_key_material(KeyId=key, ImportToken=token, EncryptedKeyMaterial=blob, **FOREVER)
    china.import_key_material(KeyId=key, ImportToken=first["ImportToken"], EncryptedKeyMaterial=wrapped, **FOREVER)


OAEP = ["RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256"]
KEY_WRAP = ["RSA_AES_KEY_WRAP_SHA_1", "RSA_AES_KEY_WRAP_SHA_256"]


@pytest.mark.parametrize("spec", ["SYMMETRIC_DEFAULT", "HMAC_256", "RSA_2048", "ECC_NIST_P256", "SM2"])
def test_wrappings_in_china(china, spec):
    """Developer Guide, "Select a wrapping public key spec", and "Select a wrapping algorithm"."""
    usage = {"SYMMETRIC_DEFAULT": "ENCRYPT_DECRYPT", "HMAC_256": "GENERATE_VERIFY_MAC"}.get(spec, "SIGN_VERIFY")
    key = external_key(china, spec, usage)
    for algorithm in [*OAEP, *KEY_WRAP, "RSAES_PKCS1_V1_5", "SM2PKE"]:
        for wrapping_spec in ("RSA_2048", "SM2"):
            request = {"KeyId": key, "WrappingAlgorithm": algorithm, "WrappingKeySpec": wrapping_spec}
            if wrapping_spec == "SM2":
                fits = algorithm == "SM2PKE" and usage == "SIGN_VERIFY"
            else:
                fits = algorithm in OAEP and spec != "RSA_2048"
            if fits:
                assert china.get_parameters_for_import(**request)["KeyId"].endswith(key)
            else:
                with refused("UnsupportedOperationException"):
                    china.get_parameters_for_import(**request)


def test_a_multi_region_key_stays_in_china(server, china):
    key = china.create_key(KeySpec="SM2", KeyUsage="SIGN_VERIFY", MultiRegion=True)["KeyMetadata"]["KeyId"]
    china.replicate_key(KeyId=key, ReplicaRegion=REGIONS[1])
    there = server.kms(region=REGIONS[1])
    wait_for(there, key, KeyState="Enabled")
    signature = there.sign(KeyId=key, Message=MESSAGE, **SIGNING)["Signature"]
    assert china.verify(KeyId=key, Message=MESSAGE, Signature=signature, **SIGNING)["SignatureValid"] is True
    with refused("ValidationException"):
        china.replicate_key(KeyId=key, ReplicaRegion="us-east-1")


def test_through_the_aws_cli(server, made, tmp_path):
    key, _ = made("SIGN_VERIFY")
    common = ["--key-id", key, "--message", "text", "--signing-algorithm", "SM2DSA"]
    signature = tmp_path / "signature"
    signature.write_bytes(base64.b64decode(server.aws("sign", *common, region=REGIONS[0])["Signature"]))
    reply = server.aws("verify", *common, "--signature", f"fileb://{signature}", region=REGIONS[0])
    assert reply["SignatureValid"] is True


def test_keys_outlive_a_restart(start_server):
    server = start_server()
    kms = server.kms(region=REGIONS[1])
    key = kms.create_key(KeySpec="SM2", KeyUsage="ENCRYPT_DECRYPT")["KeyMetadata"]["KeyId"]
    blob = kms.encrypt(KeyId=key, Plaintext=b"text", **ENCRYPTION)["CiphertextBlob"]
    server.terminate()
    server.start()
    again = server.kms(region=REGIONS[1])
    assert again.decrypt(KeyId=key, CiphertextBlob=blob, **ENCRYPTION)["Plaintext"] == b"text"
    server.terminate()
    server.verify_audit()
