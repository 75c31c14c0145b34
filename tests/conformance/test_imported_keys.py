"""Imported key material, wrapped by a library that is not ours: every wrapping that is allowed, and the others refused."""

import datetime
import os

import pytest
from cryptography.hazmat.primitives import hashes, hmac, keywrap, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

from actions import b64
from claviger_server import claviger
from control import ARGUMENTS, Control
from expect import refused
from extent import LONG
from importing import FOREVER, OAEP, bring_in, parameters, wrap

KEY_WRAP = ["RSA_AES_KEY_WRAP_SHA_1", "RSA_AES_KEY_WRAP_SHA_256"]
WRAPPING_SPECS = ["RSA_2048", "RSA_3072", "RSA_4096"]
CURVES = {
    "ECC_NIST_P256": ec.SECP256R1,
    "ECC_NIST_P384": ec.SECP384R1,
    "ECC_NIST_P521": ec.SECP521R1,
    "ECC_SECG_P256K1": ec.SECP256K1,
}
HMAC = {"HMAC_224": 28, "HMAC_256": 32, "HMAC_384": 48, "HMAC_512": 64}
RSA = {"RSA_2048": 2048, "RSA_3072": 3072, "RSA_4096": 4096}
ELLIPTIC = [*CURVES, "ECC_NIST_EDWARDS25519"]
SPECS = ["SYMMETRIC_DEFAULT", *HMAC, *RSA, *ELLIPTIC]
DAY = datetime.timedelta(days=1)


def allowed(spec, algorithm, wrapping_spec):
    """Developer Guide, "Select a wrapping public key spec", and "Select a wrapping algorithm"."""
    if algorithm in OAEP:
        return spec not in RSA and (spec, wrapping_spec) != ("ECC_NIST_P521", "RSA_2048")
    return algorithm in KEY_WRAP and (spec in RSA or spec in ELLIPTIC)


ALLOWED = [
    (spec, algorithm, wrapping_spec)
    for spec in SPECS
    for algorithm in OAEP + KEY_WRAP
    for wrapping_spec in WRAPPING_SPECS
    if allowed(spec, algorithm, wrapping_spec)
]


def is_played(spec, algorithm, wrapping_spec):
    """Of the allowed ones, those that are played by default. The server unwraps by the algorithm and the size of the
    wrapping key and only then looks at what it got, with the KMS key's spec: so each algorithm meets each spec and each
    wrapping key spec, and 8 long RSA keys are made in place of 72. `scripts/test --long` plays all 106."""
    if LONG:
        return True
    # That of P-521 does not fit into RSA_2048 with OAEP alone.
    longest = {"RSA_3072": "ECC_NIST_P521", "RSA_4096": "ECC_NIST_P384"}
    return spec == longest[wrapping_spec] if wrapping_spec in longest else True


REFUSED = [
    (spec, algorithm, wrapping_spec)
    for spec in ("SYMMETRIC_DEFAULT", "HMAC_256", "RSA_2048", "ECC_NIST_P521", "ECC_NIST_EDWARDS25519")
    for algorithm in [*OAEP, *KEY_WRAP, "RSAES_PKCS1_V1_5", "SM2PKE"]
    for wrapping_spec in [*WRAPPING_SPECS, "SM2"]
    if not allowed(spec, algorithm, wrapping_spec) or wrapping_spec == "SM2"
]


PLAYED = [one for one in ALLOWED if is_played(*one)]


def usage(spec):
    if spec in HMAC:
        return "GENERATE_VERIFY_MAC"
    return "ENCRYPT_DECRYPT" if spec == "SYMMETRIC_DEFAULT" else "SIGN_VERIFY"


def external_key(kms, spec="SYMMETRIC_DEFAULT", **more):
    return kms.create_key(Origin="EXTERNAL", KeySpec=spec, KeyUsage=usage(spec), **more)["KeyMetadata"]


PRIVATE_KEYS = {}


def private_key(spec):
    """One for each spec: making them takes long."""
    if spec not in PRIVATE_KEYS:
        if spec in RSA:
            PRIVATE_KEYS[spec] = rsa.generate_private_key(65537, RSA[spec])
        elif spec in CURVES:
            PRIVATE_KEYS[spec] = ec.generate_private_key(CURVES[spec]())
        else:
            PRIVATE_KEYS[spec] = ed25519.Ed25519PrivateKey.generate()
    return PRIVATE_KEYS[spec]


def pkcs8(key):
    der, form = serialization.Encoding.DER, serialization.PrivateFormat.PKCS8
    return key.private_bytes(der, form, serialization.NoEncryption())


def spki(key):
    der, form = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(der, form)


def material_of(spec):
    if spec in HMAC:
        return os.urandom(HMAC[spec])
    return os.urandom(32) if spec == "SYMMETRIC_DEFAULT" else pkcs8(private_key(spec))


def state(kms, key):
    return kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]["KeyState"]


def check_in_use(kms, key, material):
    """What the key makes is what its material makes elsewhere."""
    spec, key_id = key["KeySpec"], key["KeyId"]
    if spec == "SYMMETRIC_DEFAULT":
        blob = kms.encrypt(KeyId=key_id, Plaintext=b"text")["CiphertextBlob"]
        assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"text"
    elif spec in HMAC:
        bits = spec.removeprefix("HMAC_")
        code = kms.generate_mac(KeyId=key_id, Message=b"text", MacAlgorithm=f"HMAC_SHA_{bits}")["Mac"]
        elsewhere = hmac.HMAC(material, getattr(hashes, f"SHA{bits}")())
        elsewhere.update(b"text")
        elsewhere.verify(code)
    else:
        ours = private_key(spec)
        assert kms.get_public_key(KeyId=key_id)["PublicKey"] == spki(ours)
        algorithm = kms.describe_key(KeyId=key_id)["KeyMetadata"]["SigningAlgorithms"][0]
        signature = kms.sign(KeyId=key_id, Message=b"text", SigningAlgorithm=algorithm)["Signature"]
        if spec in RSA:
            ours.public_key().verify(signature, b"text", padding.PKCS1v15(), hashes.SHA256())
        elif spec in CURVES:
            chosen = {"ECC_NIST_P384": hashes.SHA384, "ECC_NIST_P521": hashes.SHA512}.get(spec, hashes.SHA256)
            ours.public_key().verify(signature, b"text", ec.ECDSA(chosen()))
        else:
            ours.public_key().verify(signature, b"text")


def test_what_is_played_has_every_pair():
    """By default too: of algorithm and key spec, and of algorithm and wrapping key spec."""
    for left, right in ((0, 1), (1, 2)):
        assert {(one[left], one[right]) for one in PLAYED} == {(one[left], one[right]) for one in ALLOWED}


@pytest.mark.parametrize("spec, algorithm, wrapping_spec", PLAYED)
def test_material_comes_in_by_every_wrapping_that_is_allowed(kms, spec, algorithm, wrapping_spec):
    key, material = external_key(kms, spec), material_of(spec)
    reply = bring_in(kms, key["KeyId"], material, algorithm, wrapping_spec)
    assert reply["KeyId"] == key["Arn"]
    assert ("KeyMaterialId" in reply) == (spec == "SYMMETRIC_DEFAULT")
    check_in_use(kms, key, material)


@pytest.mark.parametrize("spec, algorithm, wrapping_spec", REFUSED)
def test_every_other_wrapping_is_refused(kms, spec, algorithm, wrapping_spec):
    key = external_key(kms, spec)
    with refused("UnsupportedOperationException"):
        parameters(kms, key["KeyId"], algorithm, wrapping_spec)


@pytest.mark.parametrize("spec", SPECS)
def test_what_a_key_made_is_readable_when_its_material_is_back(kms, spec):
    key, material = external_key(kms, spec), material_of(spec)
    algorithm = KEY_WRAP[1] if spec in RSA or spec in ELLIPTIC else OAEP[1]
    made = parameters(kms, key["KeyId"], algorithm)
    bring_in(kms, key["KeyId"], material, algorithm, made=made)
    blob = None
    if spec == "SYMMETRIC_DEFAULT":
        blob = kms.encrypt(KeyId=key["KeyId"], Plaintext=b"text")["CiphertextBlob"]
    kms.delete_imported_key_material(KeyId=key["KeyId"])
    assert state(kms, key) == "PendingImport"
    if blob:
        with refused("KMSInvalidStateException", f"{key['Arn']} is pending import."):
            kms.decrypt(CiphertextBlob=blob)
    with refused("IncorrectKeyMaterialException"):
        other = os.urandom(len(material)) if spec in HMAC or blob else pkcs8(other_private_key(spec))
        bring_in(kms, key["KeyId"], other, algorithm, made=made)
    bring_in(kms, key["KeyId"], material, algorithm, made=made)
    assert state(kms, key) == "Enabled"
    check_in_use(kms, key, material)
    if blob:
        assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"text"


def other_private_key(spec):
    known = PRIVATE_KEYS.pop(spec)
    try:
        return private_key(spec)
    finally:
        PRIVATE_KEYS[spec] = known


def test_metadata_tells_of_the_material_while_it_is_there(kms):
    key = external_key(kms)
    assert (key["KeyState"], key["Enabled"], key["Origin"]) == ("PendingImport", False, "EXTERNAL")
    assert not {"ExpirationModel", "ValidTo", "CurrentKeyMaterialId"} & set(key)
    valid_to = (datetime.datetime.now(datetime.timezone.utc) + 3 * DAY).replace(microsecond=0)
    material = os.urandom(32)
    # The default of ExpirationModel.
    material_id = bring_in(kms, key["KeyId"], material, ValidTo=valid_to)["KeyMaterialId"]
    told = kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]
    assert (told["ExpirationModel"], told["ValidTo"]) == ("KEY_MATERIAL_EXPIRES", valid_to)
    assert (told["KeyState"], told["CurrentKeyMaterialId"]) == ("Enabled", material_id)
    assert bring_in(kms, key["KeyId"], material)["KeyMaterialId"] == material_id
    told = kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]
    assert told["ExpirationModel"] == "KEY_MATERIAL_DOES_NOT_EXPIRE" and "ValidTo" not in told
    assert kms.delete_imported_key_material(KeyId=key["KeyId"])["KeyMaterialId"] == material_id
    told = kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]
    assert "ExpirationModel" not in told and told["CurrentKeyMaterialId"] == material_id


def test_new_material_is_rotated_to_on_demand_and_all_of_it_is_needed(kms):
    key = external_key(kms)
    first, second = os.urandom(32), os.urandom(32)
    first_id = bring_in(kms, key["KeyId"], first)["KeyMaterialId"]
    old = kms.encrypt(KeyId=key["KeyId"], Plaintext=b"old")["CiphertextBlob"]
    second_id = bring_in(
        kms, key["KeyId"], second, ImportType="NEW_KEY_MATERIAL", KeyMaterialDescription="second", **FOREVER
    )["KeyMaterialId"]
    assert kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]["CurrentKeyMaterialId"] == first_id
    with refused("KMSInvalidStateException") as caught:
        bring_in(kms, key["KeyId"], os.urandom(32), ImportType="NEW_KEY_MATERIAL", **FOREVER)
    assert f"(id: {second_id}) is pending rotation." in str(caught.value)
    kms.rotate_key_on_demand(KeyId=key["KeyId"])
    assert kms.encrypt(KeyId=key["KeyId"], Plaintext=b"new")["KeyId"] == key["Arn"]
    listed = kms.list_key_rotations(KeyId=key["KeyId"], IncludeKeyMaterial="ALL_KEY_MATERIAL")["Rotations"]
    assert [(one["KeyMaterialId"], one["KeyMaterialState"]) for one in listed] == [
        (first_id, "NON_CURRENT"), (second_id, "CURRENT")
    ]  # fmt: skip
    assert listed[1]["KeyMaterialDescription"] == "second"
    # Without the old one the key cannot be used at all.
    kms.delete_imported_key_material(KeyId=key["KeyId"], KeyMaterialId=first_id)
    with refused("KMSInvalidStateException"):
        kms.encrypt(KeyId=key["KeyId"], Plaintext=b"new")
    bring_in(kms, key["KeyId"], first, KeyMaterialId=first_id, **FOREVER)
    assert kms.decrypt(CiphertextBlob=old)["Plaintext"] == b"old"


def test_tokens_of_another_key_and_altered_ones_are_invalid(kms, raw):
    key, other = external_key(kms), external_key(kms)
    made = parameters(kms, key["KeyId"])
    wrapped = wrap(made["PublicKey"], OAEP[1], os.urandom(32))

    def import_into(key, token):
        kms.import_key_material(KeyId=key["KeyId"], ImportToken=token, EncryptedKeyMaterial=wrapped, **FOREVER)

    with refused("InvalidImportTokenException"):
        import_into(other, made["ImportToken"])
    token = made["ImportToken"]
    for at in range(len(token)):
        altered = token[:at] + bytes([token[at] ^ 1]) + token[at + 1 :]
        call = {"KeyId": key["KeyId"], "ImportToken": b64(altered), "EncryptedKeyMaterial": b64(wrapped)} | FOREVER
        assert raw.call("ImportKeyMaterial", call).error == "InvalidImportTokenException"
    with refused("InvalidCiphertextException"):
        import_into(key, parameters(kms, key["KeyId"])["ImportToken"])
    assert state(kms, key) == "PendingImport"
    import_into(key, token)


@pytest.mark.parametrize(
    "spec, material",
    [
        ("SYMMETRIC_DEFAULT", bytes(31)),
        ("SYMMETRIC_DEFAULT", bytes(33)),
        ("HMAC_256", bytes(31)),
        ("ECC_NIST_P256", bytes(32)),
        ("ECC_NIST_P256", lambda: pkcs8(private_key("ECC_SECG_P256K1"))),
        ("ECC_NIST_P256", lambda: pkcs8(private_key("ECC_NIST_P256")) + b"\0"),
        ("ECC_NIST_EDWARDS25519", lambda: pkcs8(private_key("ECC_NIST_P256"))),
    ],
)
def test_material_of_another_form_is_incorrect(kms, spec, material):
    key = external_key(kms, spec)
    with refused("IncorrectKeyMaterialException"):
        bring_in(kms, key["KeyId"], material() if callable(material) else material)
    assert state(kms, key) == "PendingImport"


@pytest.mark.parametrize("changed", ["other size", "three primes", "wrong exponent"])
def test_rsa_keys_that_do_not_fit_are_incorrect(kms, changed):
    key = external_key(kms, "RSA_2048")
    if changed == "other size":
        material = pkcs8(private_key("RSA_3072"))
    else:
        material = bytearray(pkcs8(private_key("RSA_2048")))
        if changed == "three primes":
            # The version inside RSAPrivateKey, behind the algorithm's identifier.
            at = material.index(bytes.fromhex("02010002820101"))
            material[at + 2] = 1
        else:
            material[-200] ^= 4
        material = bytes(material)
    with refused("IncorrectKeyMaterialException"):
        bring_in(kms, key["KeyId"], material, KEY_WRAP[1])


def test_material_and_tokens_end_by_the_clock(start_server):
    server = start_server(arguments=ARGUMENTS)
    kms, control = server.kms(), Control(server)
    key, material = external_key(kms), os.urandom(32)
    valid_to = datetime.datetime.now(datetime.timezone.utc) + 2 * DAY
    material_id = bring_in(kms, key["KeyId"], material, ValidTo=valid_to)["KeyMaterialId"]
    blob = kms.encrypt(KeyId=key["KeyId"], Plaintext=b"text")["CiphertextBlob"]
    made = parameters(kms, key["KeyId"])
    control.advance(days=1, seconds=60)
    with refused("ExpiredImportTokenException"):
        kms.import_key_material(
            KeyId=key["KeyId"], ImportToken=made["ImportToken"], EncryptedKeyMaterial=b"x", **FOREVER
        )
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"text"
    control.advance(days=1)
    with refused("KMSInvalidStateException", f"{key['Arn']} is pending import."):
        kms.decrypt(CiphertextBlob=blob)
    (event,) = server.audit_events(event_name="DeleteExpiredKeyMaterial")
    assert event["eventType"] == "AwsServiceEvent" and event["responseElements"] is None
    assert event["serviceEventDetails"] == {"keyId": key["KeyId"], "keyMaterialId": material_id}
    assert [resource["ARN"] for resource in event["resources"]] == [key["Arn"]]
    bring_in(kms, key["KeyId"], material)
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"text"


def test_the_data_directory_and_the_log_hold_nothing_of_the_material(start_server, tmp_path):
    server = start_server(tmp_path / "data")
    kms = server.kms()
    key, material = external_key(kms), os.urandom(32)
    made = parameters(kms, key["KeyId"])
    wrapped = wrap(made["PublicKey"], OAEP[1], material)
    kms.import_key_material(
        KeyId=key["KeyId"], ImportToken=made["ImportToken"], EncryptedKeyMaterial=wrapped, **FOREVER
    )
    server.terminate()
    found = b"".join(path.read_bytes() for path in (tmp_path / "data").rglob("*") if path.is_file())
    found += server.stderr_path.read_bytes()
    shown = claviger("audit", "show", "--data-dir", str(tmp_path / "data")).stdout.encode()
    for secret in (material, made["ImportToken"], wrapped):
        for form in (secret, secret.hex().encode(), b64(secret).encode()):
            assert form not in found and form not in shown
