"""Each Region is a set of keys of its own."""

import pytest

from expect import other_region, refused


@pytest.fixture(scope="module")
def elsewhere(server):
    return server.kms(region=other_region(server))


def test_a_key_carries_the_region_it_was_made_in(server, elsewhere):
    key = elsewhere.create_key()["KeyMetadata"]
    assert key["Arn"] == f"arn:aws:kms:{other_region(server)}:{server.account}:key/{key['KeyId']}"


@pytest.mark.parametrize("region, partition", [("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")])
def test_a_region_decides_the_partition(server, region, partition):
    kms = server.kms(region=region)
    key = kms.create_key()["KeyMetadata"]
    assert key["Arn"].startswith(f"arn:{partition}:kms:{region}:{server.account}:key/")
    assert f'"arn:{partition}:iam::{server.account}:root"' in kms.get_key_policy(KeyId=key["Arn"])["Policy"]
    blob = kms.encrypt(KeyId=key["Arn"], Plaintext=b"x")["CiphertextBlob"]
    assert kms.decrypt(CiphertextBlob=blob)["KeyId"] == key["Arn"]


def test_a_key_is_not_known_in_another_region(server, elsewhere, key):
    arn = f"arn:aws:kms:{other_region(server)}:{server.account}:key/{key['KeyId']}"
    with refused("NotFoundException", f"Key '{arn}' does not exist"):
        elsewhere.describe_key(KeyId=key["KeyId"])
    with refused("NotFoundException", f"Invalid arn {server.region}"):
        elsewhere.describe_key(KeyId=key["Arn"])


def test_a_ciphertext_does_not_open_in_another_region(server, kms, elsewhere, key):
    blob = kms.encrypt(KeyId=key["KeyId"], Plaintext=b"x")["CiphertextBlob"]
    with refused("AccessDeniedException") as caught:
        elsewhere.decrypt(CiphertextBlob=blob)
    assert "does not exist in this region" in caught.value.response["Error"]["Message"]


def test_listings_are_of_one_region(kms, elsewhere, key, alias):
    kms.create_alias(AliasName=alias, TargetKeyId=key["KeyId"])
    listed = {entry["KeyId"] for page in elsewhere.get_paginator("list_keys").paginate() for entry in page["Keys"]}
    assert key["KeyId"] not in listed
    names = {
        entry["AliasName"] for page in elsewhere.get_paginator("list_aliases").paginate() for entry in page["Aliases"]
    }
    assert alias not in names


def test_the_same_alias_in_two_regions(kms, elsewhere, key, alias):
    there = elsewhere.create_key()["KeyMetadata"]
    kms.create_alias(AliasName=alias, TargetKeyId=key["KeyId"])
    elsewhere.create_alias(AliasName=alias, TargetKeyId=there["KeyId"])
    assert kms.describe_key(KeyId=alias)["KeyMetadata"]["Arn"] == key["Arn"]
    assert elsewhere.describe_key(KeyId=alias)["KeyMetadata"]["Arn"] == there["Arn"]


def test_the_audit_record_tells_the_region(server, elsewhere):
    request_id = elsewhere.create_key()["ResponseMetadata"]["RequestId"]
    assert server.audit(request_id)["awsRegion"] == other_region(server)
