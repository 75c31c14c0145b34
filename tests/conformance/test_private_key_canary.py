"""Private keys that clients have a copy of are in the server's memory while they are in use, and nowhere in it after that."""

import time

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

import memory
from claviger_server import Server
from control import ARGUMENTS, Control
from importing import bring_in

CURVES = {
    "ECC_NIST_P256": (ec.SECP256R1, "ECDSA_SHA_256"),
    "ECC_NIST_P384": (ec.SECP384R1, "ECDSA_SHA_384"),
    "ECC_NIST_P521": (ec.SECP521R1, "ECDSA_SHA_512"),
    "ECC_SECG_P256K1": (ec.SECP256K1, "ECDSA_SHA_256"),
}
AGREEING = ["ECC_NIST_P256", "ECC_NIST_P384", "ECC_NIST_P521"]
PAIRS = ["RSA_2048", *CURVES, "ECC_NIST_EDWARDS25519"]
CHINA = "cn-north-1"
# Of the middle of each number: the allocator writes its own over the first bytes of what is given back.
NEEDLE_BYTES = 16
FORGETTING_SECONDS = 10
DER, PKCS8, PLAIN = serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()


def numbers_of(private_key):
    """The private numbers of a key, by name."""
    if isinstance(private_key, rsa.RSAPrivateKey):
        numbers = private_key.private_numbers()
        return {name: getattr(numbers, name) for name in ("d", "p", "q", "dmp1", "dmq1", "iqmp")}
    if isinstance(private_key, ed25519.Ed25519PrivateKey):
        raw, form = serialization.Encoding.Raw, serialization.PrivateFormat.Raw
        return {"seed": int.from_bytes(private_key.private_bytes(raw, form, PLAIN), "big")}
    return {"scalar": private_key.private_numbers().private_value}


def needles(name, numbers):
    """Each number as keys are encoded, and as OpenSSL computes with it: the last byte first."""
    found = {}
    for part, number in numbers.items():
        digits = number.to_bytes((number.bit_length() + 7) // 8, "big")
        middle = digits[len(digits) // 2 - NEEDLE_BYTES // 2 :][:NEEDLE_BYTES]
        found |= {f"{part} of {name}": middle, f"{part} of {name}, reversed": middle[::-1]}
    return found


def spki(private_key):
    return private_key.public_key().public_bytes(DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def imported(kms, spec, usage, private_key):
    key = kms.create_key(Origin="EXTERNAL", KeySpec=spec, KeyUsage=usage)["KeyMetadata"]["KeyId"]
    material = private_key.private_bytes(DER, PKCS8, PLAIN)
    bring_in(kms, key, material, "RSA_AES_KEY_WRAP_SHA_256")
    return key


def sm2_scalar(pkcs8):
    """Behind the version of the ECPrivateKey (RFC 5915)."""
    place = pkcs8.index(bytes.fromhex("0201010420")) + 5
    return int.from_bytes(pkcs8[place : place + 32], "big")


@pytest.fixture(scope="module")
def used(tmp_path_factory):
    """A server, its control, what was imported and used, and what was handed out as a data key pair."""
    place = tmp_path_factory.mktemp("private-keys")
    server = Server(place / "data", place, arguments=ARGUMENTS)
    kms = server.kms()
    kept, handed_out = {}, {}
    for spec, (curve, algorithm) in CURVES.items():
        key = ec.generate_private_key(curve())
        kept |= needles(f"{spec} that signs", numbers_of(key))
        kms.sign(KeyId=imported(kms, spec, "SIGN_VERIFY", key), Message=b"message", SigningAlgorithm=algorithm)
    for spec in AGREEING:
        key, peer = (ec.generate_private_key(CURVES[spec][0]()) for _ in range(2))
        kept |= needles(f"{spec} that agrees", numbers_of(key))
        key_id = imported(kms, spec, "KEY_AGREEMENT", key)
        kms.derive_shared_secret(KeyId=key_id, KeyAgreementAlgorithm="ECDH", PublicKey=spki(peer))
    key = rsa.generate_private_key(65537, 2048)
    kept |= needles("RSA_2048 that signs", numbers_of(key))
    key_id = imported(kms, "RSA_2048", "SIGN_VERIFY", key)
    kms.sign(KeyId=key_id, Message=b"message", SigningAlgorithm="RSASSA_PSS_SHA_256")
    key = rsa.generate_private_key(65537, 2048)
    kept |= needles("RSA_2048 that decrypts", numbers_of(key))
    key_id = imported(kms, "RSA_2048", "ENCRYPT_DECRYPT", key)
    algorithm = {"EncryptionAlgorithm": "RSAES_OAEP_SHA_256"}
    blob = kms.encrypt(KeyId=key_id, Plaintext=b"plaintext", **algorithm)["CiphertextBlob"]
    kms.decrypt(KeyId=key_id, CiphertextBlob=blob, **algorithm)
    wrapping = kms.create_key()["KeyMetadata"]["KeyId"]
    for spec in PAIRS:
        pkcs8 = kms.generate_data_key_pair(KeyId=wrapping, KeyPairSpec=spec)["PrivateKeyPlaintext"]
        handed_out |= needles(f"{spec} of a pair", numbers_of(serialization.load_der_private_key(pkcs8, None)))
    china = server.kms(region=CHINA)
    wrapping = china.create_key()["KeyMetadata"]["KeyId"]
    pkcs8 = china.generate_data_key_pair(KeyId=wrapping, KeyPairSpec="SM2")["PrivateKeyPlaintext"]
    handed_out |= needles("SM2 of a pair", {"scalar": sm2_scalar(pkcs8)})
    yield server, Control(server), kept, handed_out
    if server.process.poll() is None:
        server.kill()


def test_keys_are_found_while_they_are_ready_for_the_next_use(used):
    server, _, kept, _ = used
    # As OpenSSL computes with them, and not as they were encoded in what they were read from.
    assert {name for name, _ in memory.find(server.process.pid, kept)} == {
        name for name in kept if name.endswith("reversed")
    }


def test_nothing_is_left_of_a_data_key_pair(used):
    server, _, _, handed_out = used
    assert memory.find(server.process.pid, handed_out) == []


def test_nothing_is_left_of_keys_that_are_not_used_any_more(used):
    server, control, kept, _ = used
    # Twice: a key goes when it was not used between two sweeps, each of which follows a move of the clock.
    for _ in range(2):
        control.advance(seconds=1)
    # The event loops forget what they have after the sweep has asked them to.
    deadline = time.monotonic() + FORGETTING_SECONDS
    while (found := memory.find(server.process.pid, kept)) and time.monotonic() < deadline:
        pass
    assert found == []
