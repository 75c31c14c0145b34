"""GenerateDataKey and GenerateDataKeyWithoutPlaintext."""

import pytest

from expect import refused, violation

ACTIONS = ["generate_data_key", "generate_data_key_without_plaintext"]
SIZES = [({"KeySpec": "AES_128"}, 16), ({"KeySpec": "AES_256"}, 32)]
SIZES += [({"NumberOfBytes": size}, size) for size in (1, 7, 64, 1023, 1024)]


@pytest.mark.parametrize("parameters, size", SIZES)
@pytest.mark.parametrize("action", ACTIONS)
def test_the_ciphertext_opens_to_a_key_of_the_size_asked_for(kms, shared_key, action, parameters, size):
    context = {"purpose": "test"}
    made = getattr(kms, action)(KeyId=shared_key["KeyId"], EncryptionContext=context, **parameters)
    assert made["KeyId"] == shared_key["Arn"]
    assert made["KeyMaterialId"] == shared_key["CurrentKeyMaterialId"]
    opened = kms.decrypt(CiphertextBlob=made["CiphertextBlob"], EncryptionContext=context)["Plaintext"]
    assert len(opened) == size
    members = {"CiphertextBlob", "KeyId", "KeyMaterialId", "ResponseMetadata"}
    if action == "generate_data_key":
        members.add("Plaintext")
        assert made["Plaintext"] == opened
    assert set(made) == members
    with refused("InvalidCiphertextException", ""):
        kms.decrypt(CiphertextBlob=made["CiphertextBlob"])


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("parameters", [{}, {"KeySpec": "AES_256", "NumberOfBytes": 32}])
def test_exactly_one_of_spec_and_size(kms, shared_key, action, parameters):
    with refused("ValidationException", "Please specify either number of bytes or key spec."):
        getattr(kms, action)(KeyId=shared_key["KeyId"], **parameters)


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize(
    "size, bound",
    [(-1, "greater than or equal to 1"), (0, "greater than or equal to 1"), (1025, "less than or equal to 1024")],
)
def test_sizes_are_1_to_1024(kms, shared_key, action, size, bound):
    message = violation("numberOfBytes", f"Member must have value {bound}", f"'{size}'")
    with refused("ValidationException", message):
        getattr(kms, action)(KeyId=shared_key["KeyId"], NumberOfBytes=size)


@pytest.mark.parametrize("action", ACTIONS)
def test_specs_are_those_of_the_model(kms, shared_key, action):
    message = violation("keySpec", "Member must satisfy enum value set: [AES_256, AES_128]", "'AES_192'")
    with refused("ValidationException", message):
        getattr(kms, action)(KeyId=shared_key["KeyId"], KeySpec="AES_192")


def test_data_keys_do_not_repeat(kms, shared_key):
    made = [kms.generate_data_key(KeyId=shared_key["KeyId"], KeySpec="AES_256") for _ in range(50)]
    assert len({reply["Plaintext"] for reply in made}) == 50
    assert len({reply["CiphertextBlob"] for reply in made}) == 50


def test_a_data_key_can_be_re_encrypted(kms, shared_key, key):
    made = kms.generate_data_key(KeyId=shared_key["KeyId"], KeySpec="AES_256")
    moved = kms.re_encrypt(CiphertextBlob=made["CiphertextBlob"], DestinationKeyId=key["KeyId"])["CiphertextBlob"]
    assert kms.decrypt(CiphertextBlob=moved)["Plaintext"] == made["Plaintext"]
