"""Keys of every spec, through boto3; what they make is checked with the library `cryptography`, and the other way."""

import hashlib
import hmac
import os

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, mldsa, padding, rsa

from expect import refused

RSA = ["RSA_2048", "RSA_3072", "RSA_4096"]
CURVES = {
    "ECC_NIST_P256": (ec.SECP256R1, "SHA_256", 32),
    "ECC_NIST_P384": (ec.SECP384R1, "SHA_384", 48),
    "ECC_NIST_P521": (ec.SECP521R1, "SHA_512", 66),
    "ECC_SECG_P256K1": (ec.SECP256K1, "SHA_256", 32),
}
ML_DSA = {
    "ML_DSA_44": (mldsa.MLDSA44PublicKey, 2420),
    "ML_DSA_65": (mldsa.MLDSA65PublicKey, 3309),
    "ML_DSA_87": (mldsa.MLDSA87PublicKey, 4627),
}
HMAC = {"HMAC_224": 28, "HMAC_256": 32, "HMAC_384": 48, "HMAC_512": 64}
RSA_SIGNING = [f"RSASSA_{kind}_SHA_{bits}" for kind in ("PKCS1_V1_5", "PSS") for bits in (256, 384, 512)]
SIGNING = (
    {spec: RSA_SIGNING for spec in RSA}
    | {spec: [f"ECDSA_{name}"] for spec, (_, name, _) in CURVES.items()}
    | {"ECC_NIST_EDWARDS25519": ["ED25519_SHA_512", "ED25519_PH_SHA_512"]}
    | {spec: ["ML_DSA_SHAKE_256"] for spec in ML_DSA}
)
HASHES = {"SHA_256": hashes.SHA256, "SHA_384": hashes.SHA384, "SHA_512": hashes.SHA512}
MESSAGE = b"what is signed, " * 9


@pytest.fixture(scope="module")
def made(kms):
    """Keys by spec and usage, each made once."""
    keys = {}

    def make(spec, usage):
        if (spec, usage) not in keys:
            keys[spec, usage] = kms.create_key(KeySpec=spec, KeyUsage=usage)["KeyMetadata"]
        return keys[spec, usage]

    return make


def public_key(kms, key):
    return serialization.load_der_public_key(kms.get_public_key(KeyId=key["KeyId"])["PublicKey"])


def hash_of(algorithm):
    return HASHES[algorithm[-7:]]()


def verify_elsewhere(key, algorithm, signature, message=MESSAGE):
    """With a library that is not ours; raises InvalidSignature."""
    if algorithm.startswith("RSASSA_PSS"):
        chosen = hash_of(algorithm)
        key.verify(signature, message, padding.PSS(padding.MGF1(chosen), chosen.digest_size), chosen)
    elif algorithm.startswith("RSASSA_PKCS1"):
        key.verify(signature, message, padding.PKCS1v15(), hash_of(algorithm))
    elif algorithm.startswith("ECDSA"):
        key.verify(signature, message, ec.ECDSA(hash_of(algorithm)))
    else:
        key.verify(signature, message)


@pytest.mark.parametrize("spec, algorithm", [(spec, name) for spec in SIGNING for name in SIGNING[spec]])
def test_signatures_verify_elsewhere_and_here(kms, made, spec, algorithm):
    key = made(spec, "SIGN_VERIFY")
    assert key["SigningAlgorithms"] == SIGNING[spec]
    assert "EncryptionAlgorithms" not in key and "CurrentKeyMaterialId" not in key
    prehashed = algorithm == "ED25519_PH_SHA_512"
    request = {"KeyId": key["KeyId"], "SigningAlgorithm": algorithm}
    request |= {"Message": hashlib.sha512(MESSAGE).digest(), "MessageType": "DIGEST"} if prehashed else {"Message": MESSAGE}
    reply = kms.sign(**request)
    assert (reply["KeyId"], reply["SigningAlgorithm"]) == (key["Arn"], algorithm)
    signature = reply["Signature"]
    if not prehashed:  # which that library does not know
        verify_elsewhere(public_key(kms, key), algorithm, signature)
        with pytest.raises(InvalidSignature):
            verify_elsewhere(public_key(kms, key), algorithm, signature, MESSAGE + b"!")
    reply = kms.verify(Signature=signature, **request)
    assert (reply["KeyId"], reply["SignatureValid"], reply["SigningAlgorithm"]) == (key["Arn"], True, algorithm)
    for wrong in (signature[:-1], signature[:-1] + bytes([signature[-1] ^ 1]), b"x"):
        with refused("KMSInvalidSignatureException", ""):
            kms.verify(Signature=wrong, **request)
    with refused("KMSInvalidSignatureException", ""):
        kms.verify(Signature=signature, **request | {"Message": os.urandom(len(request["Message"]))})


@pytest.mark.parametrize("spec", [*RSA[:1], *CURVES])
def test_a_digest_stands_for_its_message(kms, made, spec):
    key = made(spec, "SIGN_VERIFY")
    algorithm = SIGNING[spec][0]
    digest = hashlib.new(hash_of(algorithm).name, MESSAGE).digest()
    request = {"KeyId": key["KeyId"], "SigningAlgorithm": algorithm}
    signature = kms.sign(Message=digest, MessageType="DIGEST", **request)["Signature"]
    verify_elsewhere(public_key(kms, key), algorithm, signature)
    kms.verify(Message=MESSAGE, Signature=signature, **request)
    with refused("KMSInvalidSignatureException", ""):
        kms.verify(Message=digest, Signature=signature, **request)
    for wrong in (digest[:-1], digest + b"x"):
        with refused("ValidationException", f"Digest is invalid length for algorithm {algorithm}."):
            kms.sign(Message=wrong, MessageType="DIGEST", **request)


@pytest.mark.parametrize("spec", ML_DSA)
def test_a_mu_stands_for_its_message(kms, made, spec):
    key = made(spec, "SIGN_VERIFY")
    public = public_key(kms, key)
    mu = hashlib.shake_256(hashlib.shake_256(public.public_bytes_raw()).digest(64) + b"\0\0" + MESSAGE).digest(64)
    request = {"KeyId": key["KeyId"], "SigningAlgorithm": "ML_DSA_SHAKE_256"}
    signature = kms.sign(Message=mu, MessageType="EXTERNAL_MU", **request)["Signature"]
    assert len(signature) == ML_DSA[spec][1] and isinstance(public, ML_DSA[spec][0])
    public.verify(signature, MESSAGE)
    kms.verify(Message=MESSAGE, Signature=signature, **request)
    with refused("ValidationException"):
        kms.sign(Message=mu[:-1], MessageType="EXTERNAL_MU", **request)
    with refused("ValidationException", f"Message type DIGEST is incompatible with key spec {spec}."):
        kms.sign(Message=mu, MessageType="DIGEST", **request)


@pytest.mark.parametrize(
    "spec, algorithm, kind",
    [
        ("RSA_2048", "RSASSA_PSS_SHA_256", "EXTERNAL_MU"),
        ("ECC_NIST_P256", "ECDSA_SHA_256", "EXTERNAL_MU"),
        ("ECC_NIST_EDWARDS25519", "ED25519_SHA_512", "DIGEST"),
        ("ECC_NIST_EDWARDS25519", "ED25519_PH_SHA_512", "RAW"),
    ],
)
def test_message_types_are_for_their_algorithms(kms, made, spec, algorithm, kind):
    request = {"KeyId": made(spec, "SIGN_VERIFY")["KeyId"], "SigningAlgorithm": algorithm, "Message": bytes(64)}
    message = f"Message type {kind} is incompatible with algorithm {algorithm}."
    with refused("ValidationException", message):
        kms.sign(MessageType=kind, **request)
    with refused("ValidationException", message):
        kms.verify(MessageType=kind, Signature=b"x", **request)


@pytest.mark.parametrize("spec", RSA)
@pytest.mark.parametrize("name, digest", [("SHA_1", hashes.SHA1), ("SHA_256", hashes.SHA256)])
def test_rsa_encryption_works_with_other_libraries(kms, made, spec, name, digest):
    key = made(spec, "ENCRYPT_DECRYPT")
    assert key["EncryptionAlgorithms"] == ["RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256"]
    algorithm = f"RSAES_OAEP_{name}"
    most = int(spec[4:]) // 8 - 2 * digest().digest_size - 2
    request = {"KeyId": key["KeyId"], "EncryptionAlgorithm": algorithm}
    for plaintext in (b"x", bytes(most)):
        reply = kms.encrypt(Plaintext=plaintext, **request)
        assert len(reply["CiphertextBlob"]) == int(spec[4:]) // 8
        opened = kms.decrypt(CiphertextBlob=reply["CiphertextBlob"], **request)
        assert opened["Plaintext"] == plaintext and "KeyMaterialId" not in opened
        offline = public_key(kms, key).encrypt(plaintext, padding.OAEP(padding.MGF1(digest()), digest(), None))
        assert kms.decrypt(CiphertextBlob=offline, **request)["Plaintext"] == plaintext
    message = f"Algorithm {algorithm} and key spec {spec} cannot encrypt data larger than {most} bytes."
    with refused("ValidationException", message):
        kms.encrypt(Plaintext=bytes(most + 1), **request)
    other = "RSAES_OAEP_SHA_256" if name == "SHA_1" else "RSAES_OAEP_SHA_1"
    for blob, wrong in ((offline, other), (offline[:-1], algorithm), (bytes(len(offline)), algorithm)):
        with refused("InvalidCiphertextException", ""):
            kms.decrypt(CiphertextBlob=blob, KeyId=key["KeyId"], EncryptionAlgorithm=wrong)
    with refused("ValidationException"):
        kms.encrypt(Plaintext=b"x", EncryptionContext={"a": "b"}, **request)


def test_re_encrypt_goes_from_and_to_rsa_keys(kms, made, shared_key):
    left, right = made("RSA_2048", "ENCRYPT_DECRYPT"), made("RSA_3072", "ENCRYPT_DECRYPT")
    rsa_algorithm = "RSAES_OAEP_SHA_256"
    blob = kms.encrypt(KeyId=shared_key["KeyId"], Plaintext=b"moved", EncryptionContext={"a": "b"})["CiphertextBlob"]
    step = kms.re_encrypt(CiphertextBlob=blob, SourceEncryptionContext={"a": "b"}, DestinationKeyId=left["KeyId"],
                          DestinationEncryptionAlgorithm=rsa_algorithm)
    assert step["SourceKeyMaterialId"] == shared_key["CurrentKeyMaterialId"]
    assert "DestinationKeyMaterialId" not in step
    step = kms.re_encrypt(CiphertextBlob=step["CiphertextBlob"], SourceKeyId=left["KeyId"],
                          SourceEncryptionAlgorithm=rsa_algorithm, DestinationKeyId=right["KeyId"],
                          DestinationEncryptionAlgorithm=rsa_algorithm)
    step = kms.re_encrypt(CiphertextBlob=step["CiphertextBlob"], SourceKeyId=right["KeyId"],
                          SourceEncryptionAlgorithm=rsa_algorithm, DestinationKeyId=shared_key["KeyId"])
    assert "SourceKeyMaterialId" not in step
    assert kms.decrypt(CiphertextBlob=step["CiphertextBlob"])["Plaintext"] == b"moved"


@pytest.mark.parametrize("spec", ["ECC_NIST_P256", "ECC_NIST_P384", "ECC_NIST_P521"])
def test_shared_secrets_are_those_of_other_libraries(kms, made, spec):
    curve, _, size = CURVES[spec]
    key = made(spec, "KEY_AGREEMENT")
    assert key["KeyAgreementAlgorithms"] == ["ECDH"] and "SigningAlgorithms" not in key
    peer = ec.generate_private_key(curve())
    spki = peer.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    reply = kms.derive_shared_secret(KeyId=key["KeyId"], KeyAgreementAlgorithm="ECDH", PublicKey=spki)
    assert reply["SharedSecret"] == peer.exchange(ec.ECDH(), public_key(kms, key))
    assert len(reply["SharedSecret"]) == size
    assert (reply["KeyId"], reply["KeyAgreementAlgorithm"], reply["KeyOrigin"]) == (key["Arn"], "ECDH", "AWS_KMS")
    other = ec.generate_private_key(ec.SECP256K1()).public_key()
    encoded = other.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    for wrong in (encoded, spki[:-1], spki + b"x", spki[:-1] + bytes([spki[-1] ^ 1]), b"x"):
        with refused("ValidationException", ""):
            kms.derive_shared_secret(KeyId=key["KeyId"], KeyAgreementAlgorithm="ECDH", PublicKey=wrong)


@pytest.mark.parametrize("spec, size", HMAC.items())
def test_macs_verify_whole(kms, made, spec, size):
    key = made(spec, "GENERATE_VERIFY_MAC")
    algorithm = f"HMAC_SHA_{spec[5:]}"
    assert key["MacAlgorithms"] == [algorithm] and "CurrentKeyMaterialId" not in key
    request = {"KeyId": key["KeyId"], "MacAlgorithm": algorithm, "Message": MESSAGE}
    reply = kms.generate_mac(**request)
    assert (reply["KeyId"], reply["MacAlgorithm"], len(reply["Mac"])) == (key["Arn"], algorithm, size)
    assert kms.generate_mac(**request)["Mac"] == reply["Mac"]
    assert reply["Mac"] != hmac.new(b"", MESSAGE, f"sha{spec[5:]}").digest()
    assert kms.verify_mac(Mac=reply["Mac"], **request)["MacValid"] is True
    for wrong in (reply["Mac"][:-1], reply["Mac"] + b"x", bytes(size), reply["Mac"][:1]):
        with refused("KMSInvalidMacException", ""):
            kms.verify_mac(Mac=wrong, **request)
    with refused("KMSInvalidMacException", ""):
        kms.verify_mac(Mac=reply["Mac"], **request | {"Message": b"another"})


PAIRS = {
    "RSA_2048": rsa.RSAPrivateKey,
    "RSA_3072": rsa.RSAPrivateKey,
    "RSA_4096": rsa.RSAPrivateKey,
    **dict.fromkeys(CURVES, ec.EllipticCurvePrivateKey),
    "ECC_NIST_EDWARDS25519": ed25519.Ed25519PrivateKey,
}


@pytest.mark.parametrize("spec, kind", PAIRS.items())
def test_data_key_pairs_belong_together(kms, shared_key, spec, kind):
    context = {"purpose": spec}
    request = {"KeyId": shared_key["KeyId"], "KeyPairSpec": spec, "EncryptionContext": context}
    pair = kms.generate_data_key_pair(**request)
    private = serialization.load_der_private_key(pair["PrivateKeyPlaintext"], None)
    assert isinstance(private, kind)
    encoding = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    assert private.public_key().public_bytes(*encoding) == pair["PublicKey"]
    opened = kms.decrypt(CiphertextBlob=pair["PrivateKeyCiphertextBlob"], EncryptionContext=context)
    assert opened["Plaintext"] == pair["PrivateKeyPlaintext"]
    assert (pair["KeyId"], pair["KeyPairSpec"]) == (shared_key["Arn"], spec)
    assert pair["KeyMaterialId"] == shared_key["CurrentKeyMaterialId"]
    without = kms.generate_data_key_pair_without_plaintext(**request)
    assert "PrivateKeyPlaintext" not in without and without["PublicKey"] != pair["PublicKey"]
    opened = kms.decrypt(CiphertextBlob=without["PrivateKeyCiphertextBlob"], EncryptionContext=context)
    private = serialization.load_der_private_key(opened["Plaintext"], None)
    assert private.public_key().public_bytes(*encoding) == without["PublicKey"]


def test_the_private_key_of_a_pair_needs_its_context(kms, shared_key):
    pair = kms.generate_data_key_pair(KeyId=shared_key["KeyId"], KeyPairSpec="ECC_NIST_P256",
                                      EncryptionContext={"a": "b"})
    with refused("InvalidCiphertextException", ""):
        kms.decrypt(CiphertextBlob=pair["PrivateKeyCiphertextBlob"])


@pytest.mark.parametrize("spec, usage, action, parameters, named", [
    ("RSA_2048", "ENCRYPT_DECRYPT", "sign", {"Message": b"x", "SigningAlgorithm": "RSASSA_PSS_SHA_256"}, "Sign"),
    ("RSA_2048", "SIGN_VERIFY", "encrypt", {"Plaintext": b"x", "EncryptionAlgorithm": "RSAES_OAEP_SHA_1"}, "Encrypt"),
    ("ECC_NIST_P256", "SIGN_VERIFY", "derive_shared_secret", {"KeyAgreementAlgorithm": "ECDH", "PublicKey": b"x"},
     "DeriveSharedSecret"),
    ("ECC_NIST_P256", "KEY_AGREEMENT", "sign", {"Message": b"x", "SigningAlgorithm": "ECDSA_SHA_256"}, "Sign"),
    ("HMAC_256", "GENERATE_VERIFY_MAC", "generate_data_key", {"KeySpec": "AES_256"}, "GenerateDataKey"),
    ("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", "generate_mac", {"Message": b"x", "MacAlgorithm": "HMAC_SHA_256"},
     "GenerateMac"),
    ("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", "verify",
     {"Message": b"x", "Signature": b"x", "SigningAlgorithm": "ECDSA_SHA_256"}, "Verify"),
])  # fmt: skip
def test_a_key_is_for_its_usage(kms, made, spec, usage, action, parameters, named):
    key = made(spec, usage)
    message = f"{key['Arn']} key usage is {usage} which is not valid for {named}."
    with refused("InvalidKeyUsageException", message):
        getattr(kms, action)(KeyId=key["KeyId"], **parameters)


@pytest.mark.parametrize("spec, usage, action, parameters", [
    ("ECC_NIST_P256", "SIGN_VERIFY", "sign", {"Message": b"x", "SigningAlgorithm": "ECDSA_SHA_384"}),
    ("ECC_NIST_EDWARDS25519", "SIGN_VERIFY", "sign", {"Message": b"x", "SigningAlgorithm": "ML_DSA_SHAKE_256"}),
    ("RSA_2048", "SIGN_VERIFY", "verify", {"Message": b"x", "Signature": b"x", "SigningAlgorithm": "ECDSA_SHA_256"}),
    ("HMAC_224", "GENERATE_VERIFY_MAC", "generate_mac", {"Message": b"x", "MacAlgorithm": "HMAC_SHA_256"}),
    ("RSA_2048", "ENCRYPT_DECRYPT", "encrypt", {"Plaintext": b"x"}),
])  # fmt: skip
def test_an_algorithm_is_for_its_specs(kms, made, spec, usage, action, parameters):
    named = next((value for name, value in parameters.items() if name.endswith("Algorithm")), "SYMMETRIC_DEFAULT")
    with refused("InvalidKeyUsageException", f"Algorithm {named} is incompatible with key spec {spec}."):
        getattr(kms, action)(KeyId=made(spec, usage)["KeyId"], **parameters)


@pytest.mark.parametrize("spec, usage", [("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT"), ("HMAC_256", "GENERATE_VERIFY_MAC")])
def test_secret_keys_have_no_public_key(kms, made, spec, usage):
    with refused("UnsupportedOperationException"):
        kms.get_public_key(KeyId=made(spec, usage)["KeyId"])


def test_get_public_key_tells_about_the_key(kms, made):
    key = made("RSA_2048", "SIGN_VERIFY")
    reply = kms.get_public_key(KeyId=key["Arn"])
    shown = {"KeySpec", "CustomerMasterKeySpec", "KeyUsage", "SigningAlgorithms"}
    assert {name: reply[name] for name in shown} == {name: key[name] for name in shown}
    assert set(reply) == shown | {"KeyId", "PublicKey", "ResponseMetadata"} and reply["KeyId"] == key["Arn"]
    assert "CustomerMasterKeySpec" not in kms.get_public_key(KeyId=made("ML_DSA_44", "SIGN_VERIFY")["KeyId"])


def test_states_bind_asymmetric_keys_too(kms):
    key = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]
    request = {"KeyId": key["KeyId"], "Message": b"x", "SigningAlgorithm": "ECDSA_SHA_256"}
    kms.disable_key(KeyId=key["KeyId"])
    kms.get_public_key(KeyId=key["KeyId"])
    with refused("DisabledException", f"{key['Arn']} is disabled."):
        kms.sign(**request)
    kms.schedule_key_deletion(KeyId=key["KeyId"])
    for call in (lambda: kms.sign(**request), lambda: kms.get_public_key(KeyId=key["KeyId"])):
        with refused("KMSInvalidStateException", f"{key['Arn']} is pending deletion."):
            call()


def test_keys_survive_a_restart(start_server):
    first = start_server()
    kms = first.kms()
    signing = kms.create_key(KeySpec="ECC_NIST_P384", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    mac = kms.create_key(KeySpec="HMAC_384", KeyUsage="GENERATE_VERIFY_MAC")["KeyMetadata"]["KeyId"]
    sign = {"KeyId": signing, "Message": MESSAGE, "SigningAlgorithm": "ECDSA_SHA_384"}
    code = {"KeyId": mac, "Message": MESSAGE, "MacAlgorithm": "HMAC_SHA_384"}
    signature, made = kms.sign(**sign)["Signature"], kms.generate_mac(**code)["Mac"]
    first.terminate()
    kms = start_server(data_dir=first.data_dir).kms()
    kms.verify(Signature=signature, **sign)
    kms.verify(Signature=kms.sign(**sign)["Signature"], **sign)
    kms.verify_mac(Mac=made, **code)
