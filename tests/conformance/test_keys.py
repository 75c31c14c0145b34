"""CreateKey, DescribeKey, ListKeys and the life of a key."""

import datetime
import re

import pytest

from expect import other_region, refused, violation

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


def describe(kms, key):
    return kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]


def test_create_key_without_parameters_has_the_documented_defaults(server, kms):
    before = datetime.datetime.now(datetime.timezone.utc)
    metadata = kms.create_key()["KeyMetadata"]
    after = datetime.datetime.now(datetime.timezone.utc)
    created = metadata.pop("CreationDate")
    # The wire carries milliseconds.
    assert before - datetime.timedelta(milliseconds=1) <= created <= after
    key_id = metadata["KeyId"]
    assert UUID.fullmatch(key_id)
    assert re.fullmatch("[0-9a-f]{64}", metadata.pop("CurrentKeyMaterialId"))
    assert metadata == {
        "AWSAccountId": server.account,
        "KeyId": key_id,
        "Arn": f"arn:aws:kms:{server.region}:{server.account}:key/{key_id}",
        "Enabled": True,
        "Description": "",
        "KeyUsage": "ENCRYPT_DECRYPT",
        "KeyState": "Enabled",
        "Origin": "AWS_KMS",
        "KeyManager": "CUSTOMER",
        "CustomerMasterKeySpec": "SYMMETRIC_DEFAULT",
        "KeySpec": "SYMMETRIC_DEFAULT",
        "EncryptionAlgorithms": ["SYMMETRIC_DEFAULT"],
        "MultiRegion": False,
    }


def test_create_key_is_not_idempotent(kms):
    assert kms.create_key()["KeyMetadata"]["KeyId"] != kms.create_key()["KeyMetadata"]["KeyId"]


def test_describe_key_answers_what_create_key_answered(kms, key):
    assert describe(kms, key) == key


@pytest.mark.parametrize(
    "parameters",
    [
        {"KeySpec": "SYMMETRIC_DEFAULT"},
        {"CustomerMasterKeySpec": "SYMMETRIC_DEFAULT"},
        {"KeyUsage": "ENCRYPT_DECRYPT"},
        {"Origin": "AWS_KMS"},
        {"MultiRegion": False},
        {"Tags": []},
        {"BypassPolicyLockoutSafetyCheck": True},
    ],
    ids=lambda parameters: next(iter(parameters)),
)
def test_create_key_accepts_a_default_said_aloud(kms, parameters):
    metadata = kms.create_key(**parameters)["KeyMetadata"]
    assert metadata["KeySpec"] == metadata["CustomerMasterKeySpec"] == "SYMMETRIC_DEFAULT"


@pytest.mark.parametrize("description", ["", "a", "Schlüssel für das Archiv \U0001f511", "x" * 8192])
def test_create_key_keeps_its_description(kms, description):
    key = kms.create_key(Description=description)["KeyMetadata"]
    assert key["Description"] == description
    assert describe(kms, key)["Description"] == description


def test_create_key_keeps_its_tags(kms):
    tags = [{"TagKey": "a", "TagValue": ""}, {"TagKey": "é/ü", "TagValue": "+ - = . _ : / @"}]
    key = kms.create_key(Tags=tags)["KeyMetadata"]
    listed = kms.list_resource_tags(KeyId=key["KeyId"])["Tags"]
    assert sorted(listed, key=lambda tag: tag["TagKey"]) == tags


def test_update_key_description_replaces_and_clears(kms, key):
    for description in ("first", "x" * 8192, ""):
        kms.update_key_description(KeyId=key["KeyId"], Description=description)
        assert describe(kms, key)["Description"] == description


def test_disable_and_enable_are_repeatable(kms, key):
    for change, state in ((kms.disable_key, "Disabled"), (kms.enable_key, "Enabled")):
        for _ in range(2):
            change(KeyId=key["KeyId"])
            metadata = describe(kms, key)
            assert (metadata["KeyState"], metadata["Enabled"]) == (state, state == "Enabled")


@pytest.mark.parametrize(
    "parameters, days", [({}, 30), ({"PendingWindowInDays": 7}, 7), ({"PendingWindowInDays": 30}, 30)]
)
def test_schedule_key_deletion_answers_the_date(kms, key, parameters, days):
    before = datetime.datetime.now(datetime.timezone.utc)
    reply = kms.schedule_key_deletion(KeyId=key["KeyId"], **parameters)
    after = datetime.datetime.now(datetime.timezone.utc)
    window = datetime.timedelta(days=days)
    assert before + window - datetime.timedelta(milliseconds=1) <= reply["DeletionDate"] <= after + window
    assert reply["KeyId"] == key["Arn"]
    assert reply["KeyState"] == "PendingDeletion"
    assert reply["PendingWindowInDays"] == days
    metadata = describe(kms, key)
    assert metadata["DeletionDate"] == reply["DeletionDate"]
    assert (metadata["KeyState"], metadata["Enabled"]) == ("PendingDeletion", False)
    assert "PendingDeletionWindowInDays" not in metadata


@pytest.mark.parametrize("days", [-1, 0, 1, 6, 31, 365, 366])
def test_schedule_key_deletion_refuses_other_windows(kms, key, days):
    bound = "greater than or equal to 7" if days < 7 else "less than or equal to 30"
    message = violation("pendingWindowInDays", f"Member must have value {bound}", f"'{days}'")
    with refused("ValidationException", message):
        kms.schedule_key_deletion(KeyId=key["KeyId"], PendingWindowInDays=days)
    assert describe(kms, key)["KeyState"] == "Enabled"


@pytest.mark.parametrize("state_before", ["Enabled", "Disabled"])
def test_cancel_key_deletion_leaves_the_key_disabled(kms, key, state_before):
    if state_before == "Disabled":
        kms.disable_key(KeyId=key["KeyId"])
    blob = None
    if state_before == "Enabled":
        blob = kms.encrypt(KeyId=key["KeyId"], Plaintext=b"kept")["CiphertextBlob"]
    kms.schedule_key_deletion(KeyId=key["KeyId"])
    assert kms.cancel_key_deletion(KeyId=key["KeyId"])["KeyId"] == key["Arn"]
    metadata = describe(kms, key)
    assert (metadata["KeyState"], metadata["Enabled"]) == ("Disabled", False)
    assert "DeletionDate" not in metadata
    kms.enable_key(KeyId=key["KeyId"])
    if blob:
        assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"kept"


def test_a_cancelled_deletion_can_be_scheduled_again(kms, key):
    for days in (7, 30):
        reply = kms.schedule_key_deletion(KeyId=key["KeyId"], PendingWindowInDays=days)
        assert describe(kms, key)["DeletionDate"] == reply["DeletionDate"]
        kms.cancel_key_deletion(KeyId=key["KeyId"])


def test_list_keys_lists_every_key_once_in_every_state(kms):
    made = [kms.create_key()["KeyMetadata"] for _ in range(3)]
    kms.disable_key(KeyId=made[1]["KeyId"])
    kms.schedule_key_deletion(KeyId=made[2]["KeyId"])
    listed = [entry for page in kms.get_paginator("list_keys").paginate() for entry in page["Keys"]]
    assert len({entry["KeyId"] for entry in listed}) == len(listed)
    for key in made:
        assert {"KeyId": key["KeyId"], "KeyArn": key["Arn"]} in listed


@pytest.mark.parametrize(
    "parameters, message",
    [
        ({"KeySpec": "SYMMETRIC_DEFAULT", "CustomerMasterKeySpec": "SYMMETRIC_DEFAULT"}, None),
        (
            {"KeySpec": "HMAC_256"},
            "You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.",
        ),
        (
            {"KeySpec": "RSA_2048", "KeyUsage": "KEY_AGREEMENT"},
            "KeyUsage KEY_AGREEMENT is not compatible with KeySpec RSA_2048",
        ),
        ({"KeyUsage": "SIGN_VERIFY"}, "KeyUsage SIGN_VERIFY is not compatible with KeySpec SYMMETRIC_DEFAULT"),
        (
            {"KeyUsage": "GENERATE_VERIFY_MAC"},
            "KeyUsage GENERATE_VERIFY_MAC is not compatible with KeySpec SYMMETRIC_DEFAULT",
        ),
        (
            {"CustomerMasterKeySpec": "ECC_NIST_P256", "KeyUsage": "ENCRYPT_DECRYPT"},
            "KeyUsage ENCRYPT_DECRYPT is not compatible with KeySpec ECC_NIST_P256",
        ),
        (
            {"KeySpec": "ML_DSA_44", "KeyUsage": "ENCRYPT_DECRYPT"},
            "KeyUsage ENCRYPT_DECRYPT is not compatible with KeySpec ML_DSA_44",
        ),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_create_key_refuses_what_does_not_fit_together(kms, parameters, message):
    with refused("ValidationException", message):
        kms.create_key(**parameters)


@pytest.mark.parametrize(
    "parameters",
    [
        {"Origin": "AWS_CLOUDHSM", "CustomKeyStoreId": "cks-0123456789abcdef0"},
        {"Origin": "AWS_CLOUDHSM"},
        {"Origin": "EXTERNAL_KEY_STORE", "CustomKeyStoreId": "cks-0123456789abcdef0", "XksKeyId": "x"},
        {"Origin": "EXTERNAL_KEY_STORE"},
        {"CustomKeyStoreId": "cks-0123456789abcdef0"},
        {"XksKeyId": "x"},
    ],
    ids=lambda parameters: "-".join(map(str, parameters.values())),
)
def test_create_key_says_which_parameters_are_not_built(kms, parameters):
    with refused("UnsupportedOperationException"):
        kms.create_key(**parameters)


def test_a_region_has_a_quota_of_keys(start_server):
    server = start_server(arguments=["--keys-per-region", 3])
    kms = server.kms()
    keys = [kms.create_key()["KeyMetadata"] for _ in range(3)]
    # A key that waits for its deletion still counts.
    kms.schedule_key_deletion(KeyId=keys[0]["KeyId"])
    with refused("LimitExceededException", "You have reached the quota of KMS keys for this account and Region."):
        kms.create_key()
    server.kms(region=other_region(server)).create_key()
    assert {entry["KeyId"] for entry in kms.list_keys()["Keys"]} == {key["KeyId"] for key in keys}
