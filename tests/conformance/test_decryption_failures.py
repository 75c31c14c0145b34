"""RSA ciphertexts and wrapped key material that are wrong in every way: the answers to all of them are the same bytes."""

import hashlib
import os

import pytest
from cryptography.hazmat.primitives import hashes, keywrap, serialization
from cryptography.hazmat.primitives.asymmetric import padding

from actions import b64

SIZE = 256  # of the modulus
PLAINTEXT = b"plaintext"


def masked(data, seed, name):
    blocks = (hashlib.new(name, seed + counter.to_bytes(4, "big")).digest() for counter in range(len(data)))
    mask = b"".join(next(blocks) for _ in range(0, len(data), hashlib.new(name).digest_size))
    return bytes(a ^ b for a, b in zip(data, mask))


def encoded(name="sha256", first=0, label=b"", filler=0, separator=1, content=PLAINTEXT):
    """RFC 8017 section 7.1.1; what is not the default is wrong."""
    label_hash = hashlib.new(name, label).digest()
    zeros = bytes(SIZE - len(content) - 2 * len(label_hash) - 2 - 1)
    data = label_hash + bytes([filler]) + zeros + bytes([separator]) + content
    seed = os.urandom(len(label_hash))
    data = masked(data, seed, name)
    return bytes([first]) + masked(seed, data, name) + data


def wrong_numbers(modulus):
    """What stands in the ciphertext, and what it decrypts to, as far as there is something."""
    return {
        "random": (int.from_bytes(os.urandom(SIZE)) % modulus, None),
        "zero": (0, None),
        "one": (1, None),
        "modulus minus one": (modulus - 1, None),
        "modulus": (modulus, None),
        "largest": (2 ** (8 * SIZE) - 1, None),
        "first byte": (None, encoded(first=1)),
        "another label": (None, encoded(label=b"label")),
        "another hash": (None, encoded(name="sha1")),
        "padding byte": (None, encoded(filler=2)),
        "no separator": (None, encoded(separator=0, content=bytes(9))),
        "another separator": (None, encoded(separator=3)),
        "PKCS #1 v1.5": (None, b"\0\2" + b"\1" * (SIZE - 3 - len(PLAINTEXT)) + b"\0" + PLAINTEXT),
        "no padding": (None, bytes(SIZE - len(PLAINTEXT)) + PLAINTEXT),
    }


def wrong_blobs(public_key):
    numbers = public_key.public_numbers()
    for name, (number, message) in wrong_numbers(numbers.n).items():
        if message is not None:
            number = pow(int.from_bytes(message), numbers.e, numbers.n)
        yield name, number.to_bytes(SIZE)


def look(reply):
    """All of an answer but what differs between any two."""
    headers = {name.lower(): value for name, value in reply.headers.items()}
    return reply.status, reply.body, {name: headers[name] for name in headers if name not in ("date", "x-amzn-requestid")}


@pytest.fixture(scope="module")
def rsa_key(kms):
    key = kms.create_key(KeySpec="RSA_2048", KeyUsage="ENCRYPT_DECRYPT")["KeyMetadata"]["KeyId"]
    return key, serialization.load_der_public_key(kms.get_public_key(KeyId=key)["PublicKey"])


def test_what_is_wrong_with_a_ciphertext_of_rsa_shows_in_no_answer(raw, rsa_key):
    key, public_key = rsa_key

    def decrypt(blob):
        parameters = {"KeyId": key, "CiphertextBlob": b64(blob), "EncryptionAlgorithm": "RSAES_OAEP_SHA_256"}
        return raw.call("Decrypt", parameters)

    numbers = public_key.public_numbers()
    right = pow(int.from_bytes(encoded()), numbers.e, numbers.n).to_bytes(SIZE)
    assert decrypt(right).json["Plaintext"] == b64(PLAINTEXT), "what is varied is right"
    replies = {name: decrypt(blob) for name, blob in wrong_blobs(public_key)}
    replies["a byte less"] = decrypt(right[:-1])
    replies["a byte more"] = decrypt(right + b"\0")
    first = replies["random"]
    assert (first.status, first.error, first.message) == (400, "InvalidCiphertextException", "")
    assert {name: look(reply) for name, reply in replies.items()} == dict.fromkeys(replies, look(first))


@pytest.mark.parametrize("algorithm", ["RSAES_OAEP_SHA_256", "RSA_AES_KEY_WRAP_SHA_256"])
def test_which_layer_of_imported_material_is_wrong_shows_in_no_answer(raw, kms, algorithm):
    layered = algorithm.startswith("RSA_AES")
    spec, usage = ("ECC_NIST_P256", "SIGN_VERIFY") if layered else ("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT")
    key = kms.create_key(Origin="EXTERNAL", KeySpec=spec, KeyUsage=usage)["KeyMetadata"]["KeyId"]
    made = kms.get_parameters_for_import(KeyId=key, WrappingAlgorithm=algorithm, WrappingKeySpec="RSA_2048")
    public_key = serialization.load_der_public_key(made["PublicKey"])

    def bring_in(blob):
        parameters = {
            "KeyId": key,
            "ImportToken": b64(made["ImportToken"]),
            "EncryptedKeyMaterial": b64(blob),
            "ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE",
        }
        return raw.call("ImportKeyMaterial", parameters)

    between = os.urandom(32)
    wrapped = keywrap.aes_key_wrap_with_padding(between, os.urandom(100)) if layered else b""
    oaep = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
    replies = {name: bring_in(blob + wrapped) for name, blob in wrong_blobs(public_key)}
    if layered:
        opens = public_key.encrypt(between, oaep)
        changed = bytearray(wrapped)
        for at in (0, 7, 8, len(wrapped) - 1):
            changed[at] ^= 1
            replies[f"AES, byte {at}"] = bring_in(opens + changed)
        replies["another key"] = bring_in(public_key.encrypt(os.urandom(32), oaep) + wrapped)
        replies["a key of 128 bits"] = bring_in(public_key.encrypt(between[:16], oaep) + wrapped)
        replies["both"] = bring_in(bytes(SIZE) + changed)
    first = replies["random"]
    assert (first.status, first.error, first.message) == (400, "InvalidCiphertextException", "")
    assert {name: look(reply) for name, reply in replies.items()} == dict.fromkeys(replies, look(first))
