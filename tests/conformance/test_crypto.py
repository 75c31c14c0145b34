"""Encrypt, Decrypt, ReEncrypt and GenerateRandom."""

import pytest

from actions import b64
from expect import refused, violation

INCORRECT_KEY = "The key ID in the request does not identify a CMK that can perform this operation."


def encrypt(kms, key, plaintext=b"plaintext", **more):
    return kms.encrypt(KeyId=key["KeyId"], Plaintext=plaintext, **more)["CiphertextBlob"]


@pytest.fixture(scope="module")
def other_key(kms):
    return kms.create_key()["KeyMetadata"]


# Every size about a block or a power of two, and the bounds.
@pytest.mark.parametrize(
    "size", sorted({1, 4095, 4096} | {around + step for around in (16, 32, 64, 256, 1024) for step in (-1, 0, 1)})
)
def test_round_trip(kms, shared_key, size):
    plaintext = bytes(number * 7 % 256 for number in range(size))
    sealed = kms.encrypt(KeyId=shared_key["KeyId"], Plaintext=plaintext)
    assert sealed["KeyId"] == shared_key["Arn"]
    assert sealed["EncryptionAlgorithm"] == "SYMMETRIC_DEFAULT"
    assert set(sealed) == {"CiphertextBlob", "KeyId", "EncryptionAlgorithm", "ResponseMetadata"}
    assert size < len(sealed["CiphertextBlob"]) <= 6144
    assert plaintext not in sealed["CiphertextBlob"] or size < 4
    opened = kms.decrypt(CiphertextBlob=sealed["CiphertextBlob"])
    del opened["ResponseMetadata"]
    assert opened == {
        "KeyId": shared_key["Arn"],
        "Plaintext": plaintext,
        "EncryptionAlgorithm": "SYMMETRIC_DEFAULT",
        "KeyMaterialId": shared_key["CurrentKeyMaterialId"],
    }


@pytest.mark.parametrize("size, bound", [(0, "greater than or equal to 1"), (4097, "less than or equal to 4096")])
def test_plaintext_is_1_to_4096_bytes(kms, shared_key, size, bound):
    message = violation("plaintext", f"Member must have length {bound}")
    with refused("ValidationException", message):
        encrypt(kms, shared_key, b"x" * size)


@pytest.mark.parametrize("action", ["Decrypt", "ReEncrypt"])
@pytest.mark.parametrize(
    "size, error",
    [
        (0, "ValidationException"),
        (1, "InvalidCiphertextException"),
        (6144, "InvalidCiphertextException"),
        (6145, "ValidationException"),
    ],
)
def test_ciphertext_is_1_to_6144_bytes(raw, shared_key, action, size, error):
    parameters = {"CiphertextBlob": b64(b"x" * size)}
    if action == "ReEncrypt":
        parameters["DestinationKeyId"] = shared_key["KeyId"]
    assert raw.call(action, parameters).error == error


def test_the_same_plaintext_never_gives_the_same_ciphertext(kms, shared_key):
    blobs = {encrypt(kms, shared_key) for _ in range(50)}
    assert len(blobs) == 50


def test_every_flipped_bit_and_every_truncation_is_the_same_error(raw, kms, shared_key):
    blob = encrypt(kms, shared_key, b"x")
    altered = [
        blob[:index] + bytes([blob[index] ^ 1 << bit]) + blob[index + 1 :]
        for index in range(len(blob))
        for bit in range(8)
    ]
    altered += [blob[:length] for length in range(1, len(blob))] + [blob + b"\0", blob + blob, b"\0" + blob]
    # With the key named as well as without: a blob that names another key then is of another key, unless it is no
    # ciphertext at all.
    without_key, with_key = set(), set()
    for case in altered:
        reply = raw.call("Decrypt", {"CiphertextBlob": b64(case)})
        without_key.add((reply.status, reply.headers["Content-Type"], reply.body))
        reply = raw.call("Decrypt", {"CiphertextBlob": b64(case), "KeyId": shared_key["KeyId"]})
        with_key.add((reply.status, reply.error, reply.message))
    refusal = (400, "application/x-amz-json-1.1", b'{"__type":"InvalidCiphertextException"}')
    assert refusal in without_key
    # A flipped bit of the key id names a key that does not exist.
    errors = {body for _, _, body in without_key - {refusal}}
    assert all(
        body.startswith(
            b'{"__type":"AccessDeniedException","message":"The ciphertext refers to a customer master '
            b"key that does not exist, does not exist in this region, or you are not allowed to access."
        )
        for body in errors
    ), errors
    assert with_key <= {(400, "InvalidCiphertextException", ""), (400, "IncorrectKeyException", INCORRECT_KEY)}


def test_another_key_is_incorrect(kms, shared_key, other_key):
    blob = encrypt(kms, shared_key)
    with refused("IncorrectKeyException", INCORRECT_KEY):
        kms.decrypt(CiphertextBlob=blob, KeyId=other_key["KeyId"])
    with refused("IncorrectKeyException", INCORRECT_KEY):
        kms.re_encrypt(CiphertextBlob=blob, SourceKeyId=other_key["KeyId"], DestinationKeyId=shared_key["KeyId"])


def test_parts_of_two_ciphertexts_do_not_fit_together(kms, shared_key, other_key):
    first, second, foreign = encrypt(kms, shared_key), encrypt(kms, shared_key), encrypt(kms, other_key)
    assert len(first) == len(second) == len(foreign)
    for mixed in (
        first[:-16] + second[-16:],
        first[:-32] + second[-32:],
        first[: len(first) // 2] + second[len(first) // 2 :],
    ):
        with refused("InvalidCiphertextException", ""):
            kms.decrypt(CiphertextBlob=mixed, KeyId=shared_key["KeyId"])
    with refused("InvalidCiphertextException", ""):
        kms.decrypt(CiphertextBlob=first[:-48] + foreign[-48:], KeyId=shared_key["KeyId"])


def test_a_foreign_format_is_invalid(kms):
    for blob in (b"AQICAHi", b"vault:v1:abcdef", b"\0" * 200, bytes(range(256))):
        with refused("InvalidCiphertextException", ""):
            kms.decrypt(CiphertextBlob=blob)


def test_re_encrypt_between_keys(kms, shared_key, other_key):
    blob = encrypt(kms, shared_key, b"moved")
    reply = kms.re_encrypt(CiphertextBlob=blob, DestinationKeyId=other_key["KeyId"])
    moved = reply.pop("CiphertextBlob")
    del reply["ResponseMetadata"]
    assert reply == {
        "SourceKeyId": shared_key["Arn"],
        "KeyId": other_key["Arn"],
        "SourceEncryptionAlgorithm": "SYMMETRIC_DEFAULT",
        "DestinationEncryptionAlgorithm": "SYMMETRIC_DEFAULT",
        "SourceKeyMaterialId": shared_key["CurrentKeyMaterialId"],
        "DestinationKeyMaterialId": other_key["CurrentKeyMaterialId"],
    }
    opened = kms.decrypt(CiphertextBlob=moved)
    assert (opened["Plaintext"], opened["KeyId"]) == (b"moved", other_key["Arn"])
    with refused("IncorrectKeyException", INCORRECT_KEY):
        kms.decrypt(CiphertextBlob=moved, KeyId=shared_key["KeyId"])


def test_re_encrypt_under_the_same_key_makes_a_new_ciphertext(kms, shared_key):
    blob = encrypt(kms, shared_key, b"again")
    again = kms.re_encrypt(CiphertextBlob=blob, DestinationKeyId=shared_key["KeyId"])["CiphertextBlob"]
    assert again != blob
    assert kms.decrypt(CiphertextBlob=again)["Plaintext"] == b"again"


def test_re_encrypt_of_the_largest_plaintext(kms, shared_key, other_key):
    plaintext = b"\xff" * 4096
    blob = encrypt(kms, shared_key, plaintext)
    moved = kms.re_encrypt(CiphertextBlob=blob, DestinationKeyId=other_key["KeyId"])["CiphertextBlob"]
    assert kms.decrypt(CiphertextBlob=moved)["Plaintext"] == plaintext


@pytest.mark.parametrize(
    "member, action",
    [
        ("EncryptionAlgorithm", "Encrypt"),
        ("EncryptionAlgorithm", "Decrypt"),
        ("SourceEncryptionAlgorithm", "ReEncrypt"),
        ("DestinationEncryptionAlgorithm", "ReEncrypt"),
    ],
)
@pytest.mark.parametrize("algorithm", ["RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256", "SM2PKE"])
def test_algorithms_of_other_key_specs_do_not_fit(raw, kms, shared_key, action, member, algorithm):
    blob, key_id = b64(encrypt(kms, shared_key)), shared_key["KeyId"]
    parameters = {
        "Encrypt": {"KeyId": key_id, "Plaintext": "eA=="},
        "Decrypt": {"KeyId": key_id, "CiphertextBlob": blob},
        "ReEncrypt": {"CiphertextBlob": blob, "SourceKeyId": key_id, "DestinationKeyId": key_id},
    }[action]
    reply = raw.call(action, parameters | {member: algorithm})
    assert (reply.error, reply.message) == (
        "InvalidKeyUsageException",
        f"Algorithm {algorithm} is incompatible with key spec SYMMETRIC_DEFAULT.",
    )


@pytest.mark.parametrize(
    "action, member, path",
    [("Decrypt", "EncryptionAlgorithm", "keyId"), ("ReEncrypt", "SourceEncryptionAlgorithm", "sourceKeyId")],
)
def test_only_a_symmetric_ciphertext_names_its_key(raw, kms, shared_key, action, member, path):
    parameters = {"CiphertextBlob": b64(encrypt(kms, shared_key)), member: "RSAES_OAEP_SHA_256"}
    if action == "ReEncrypt":
        parameters["DestinationKeyId"] = shared_key["KeyId"]
    reply = raw.call(action, parameters)
    assert (reply.error, reply.message) == ("ValidationException", violation(path, "Member must not be null", "null"))


@pytest.mark.parametrize(
    "action", ["Encrypt", "Decrypt", "ReEncrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext", "DescribeKey"]
)
def test_a_grant_token_that_we_did_not_make_is_refused(raw, kms, shared_key, action):
    blob, key_id = b64(encrypt(kms, shared_key)), shared_key["KeyId"]
    parameters = {
        "Encrypt": {"KeyId": key_id, "Plaintext": "eA=="},
        "Decrypt": {"CiphertextBlob": blob},
        "ReEncrypt": {"CiphertextBlob": blob, "DestinationKeyId": key_id},
        "DescribeKey": {"KeyId": key_id},
    }.get(action, {"KeyId": key_id, "KeySpec": "AES_256"})
    assert raw.call(action, parameters | {"GrantTokens": []}).status == 200
    assert raw.call(action, parameters | {"GrantTokens": ["not ours"]}).error == "InvalidGrantTokenException"


@pytest.mark.parametrize("size", [1, 2, 32, 1023, 1024])
def test_generate_random_gives_as_many_bytes_as_asked(kms, size):
    reply = kms.generate_random(NumberOfBytes=size)
    assert set(reply) == {"Plaintext", "ResponseMetadata"}
    assert len(reply["Plaintext"]) == size


def test_generate_random_does_not_repeat(kms):
    assert len({kms.generate_random(NumberOfBytes=16)["Plaintext"] for _ in range(50)}) == 50


def test_generate_random_needs_a_size(kms):
    with refused("ValidationException", "NumberOfBytes is required."):
        kms.generate_random()


@pytest.mark.parametrize("size, bound", [(0, "greater than or equal to 1"), (1025, "less than or equal to 1024")])
def test_generate_random_refuses_other_sizes(kms, size, bound):
    message = violation("numberOfBytes", f"Member must have value {bound}", f"'{size}'")
    with refused("ValidationException", message):
        kms.generate_random(NumberOfBytes=size)


RECIPIENT = {"KeyEncryptionAlgorithm": "RSAES_OAEP_SHA_256", "AttestationDocument": b64(b"document")}


@pytest.mark.parametrize("action", ["Decrypt", "GenerateDataKey", "GenerateRandom"])
def test_recipients_with_a_malformed_document_get_nothing(raw, kms, shared_key, action):
    parameters = {
        "Decrypt": {"CiphertextBlob": b64(encrypt(kms, shared_key))},
        "GenerateDataKey": {"KeyId": shared_key["KeyId"], "KeySpec": "AES_256"},
        "GenerateRandom": {"NumberOfBytes": 16},
    }[action]
    reply = raw.call(action, parameters | {"Recipient": RECIPIENT})
    assert reply.error == "ValidationException"
    assert "Plaintext" not in reply.json


def test_custom_key_stores_are_not_built(kms):
    with refused("UnsupportedOperationException"):
        kms.generate_random(NumberOfBytes=16, CustomKeyStoreId="cks-0123456789abcdef0")
