"""AWS managed keys: made at first use, visible, and managed by nobody."""

import concurrent.futures
import datetime
import json

import pytest

from claviger_server import CliError
from control import ARGUMENTS, Control
from expect import code_of, other_region, refused

DAY = datetime.timedelta(days=1)
# Aliases that AWS's documentation and accounts show.
KNOWN = {
    f"alias/aws/{name}"
    for name in (
        "acm backup cloud9 dynamodb ebs elasticfilesystem glue kinesis lambda rds redshift s3 secretsmanager sns sqs ssm"
    ).split()
}


def aliases(kms):
    """The predefined aliases, by name."""
    pages = kms.get_paginator("list_aliases").paginate()
    listed = {entry["AliasName"]: entry for page in pages for entry in page["Aliases"]}
    return {name: entry for name, entry in listed.items() if name.startswith("alias/aws/")}


@pytest.fixture(scope="module")
def managed(kms):
    """The metadata of a key that the tests below cannot change."""
    return kms.describe_key(KeyId="alias/aws/s3")["KeyMetadata"]


def test_describe_key_makes_the_key_of_a_predefined_alias(server, kms):
    name = "alias/aws/ebs"
    assert set(aliases(kms)[name]) == {"AliasName", "AliasArn"}
    made = kms.describe_key(KeyId=name)["KeyMetadata"]
    assert (made["KeyManager"], made["KeyState"], made["Enabled"]) == ("AWS", "Enabled", True)
    assert (made["KeySpec"], made["KeyUsage"], made["Origin"]) == ("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", "AWS_KMS")
    assert made["MultiRegion"] is False
    entry = aliases(kms)[name]
    assert entry["TargetKeyId"] == made["KeyId"]
    assert entry["CreationDate"] == entry["LastUpdatedDate"] == made["CreationDate"]
    for again in (name, f"arn:aws:kms:{server.region}:{server.account}:{name}", made["KeyId"], made["Arn"]):
        assert kms.describe_key(KeyId=again)["KeyMetadata"] == made
    assert [one["AliasName"] for one in kms.list_aliases(KeyId=made["KeyId"])["Aliases"]] == [name]
    (event,) = server.audit_events(event_name="CreateKey", resource=made["Arn"])
    assert event["eventType"] == "AwsServiceEvent"
    assert event["userIdentity"] == {"accountId": server.account, "invokedBy": "AWS Internal"}
    assert "errorCode" not in event and "requestID" not in event


def test_every_predefined_alias_can_have_its_key(start_server):
    kms = start_server().kms()
    before = aliases(kms)
    assert KNOWN <= set(before)
    assert all("TargetKeyId" not in entry for entry in before.values())
    made = {name: kms.describe_key(KeyId=name)["KeyMetadata"]["KeyId"] for name in before}
    assert len(set(made.values())) == len(made)
    assert {name: entry["TargetKeyId"] for name, entry in aliases(kms).items()} == made
    assert {key["KeyId"] for key in kms.list_keys()["Keys"]} == set(made.values())


def test_no_other_name_of_aws_has_a_key(kms):
    for name in ("alias/aws/none", "alias/aws/S3", "alias/aws/s3x"):
        with refused("NotFoundException"):
            kms.describe_key(KeyId=name)


def test_a_use_that_comes_through_no_service_makes_no_key(kms):
    with refused("NotFoundException"):
        kms.encrypt(KeyId="alias/aws/sqs", Plaintext=b"x")
    assert "TargetKeyId" not in aliases(kms)["alias/aws/sqs"]


@pytest.mark.parametrize("named", ["KeyId", "Arn", "alias"])
def test_direct_use_is_refused(kms, managed, key, named):
    name = managed.get(named, "alias/aws/s3")
    blob = kms.encrypt(KeyId=key["KeyId"], Plaintext=b"x")["CiphertextBlob"]
    for call, parameters in (
        (kms.encrypt, {"Plaintext": b"x"}),
        (kms.generate_data_key, {"KeySpec": "AES_256"}),
        (kms.generate_data_key_without_plaintext, {"KeySpec": "AES_256"}),
        (kms.generate_data_key_pair, {"KeyPairSpec": "ECC_NIST_P256"}),
        (kms.generate_data_key_pair_without_plaintext, {"KeyPairSpec": "ECC_NIST_P256"}),
    ):
        assert code_of(call, KeyId=name, **parameters) == "AccessDeniedException", call
    assert code_of(kms.re_encrypt, CiphertextBlob=blob, DestinationKeyId=name) == "AccessDeniedException"


def test_what_reads_it_is_allowed(server, kms, managed):
    key_id = managed["KeyId"]
    policy = json.loads(kms.get_key_policy(KeyId=key_id)["Policy"])
    used, read = policy["Statement"]
    assert used["Condition"] == {
        "StringEquals": {
            "kms:CallerAccount": server.account,
            "kms:ViaService": f"s3.{server.region}.amazonaws.com",
        }
    }
    assert read["Principal"] == {"AWS": f"arn:aws:iam::{server.account}:root"}
    assert kms.list_key_policies(KeyId=key_id)["PolicyNames"] == ["default"]
    assert kms.list_grants(KeyId=key_id)["Grants"] == []
    assert kms.list_resource_tags(KeyId=key_id)["Tags"] == []
    assert kms.list_key_rotations(KeyId=key_id)["Rotations"] == []
    assert key_id in {key["KeyId"] for page in kms.get_paginator("list_keys").paginate() for key in page["Keys"]}
    status = kms.get_key_rotation_status(KeyId=key_id)
    assert (status["KeyRotationEnabled"], status["RotationPeriodInDays"]) == (True, 365)
    assert status["NextRotationDate"] == managed["CreationDate"] + 365 * DAY


MANAGEMENT = {
    "cancel_key_deletion": {},
    "create_grant": {"GranteePrincipal": "arn:aws:iam::{account}:root", "Operations": ["Decrypt"]},
    "delete_imported_key_material": {},
    "disable_key": {},
    "disable_key_rotation": {},
    "enable_key": {},
    "enable_key_rotation": {"RotationPeriodInDays": 100},
    "import_key_material": {"ImportToken": b"x", "EncryptedKeyMaterial": b"x"},
    "put_key_policy": {"Policy": "{{}}"},
    "replicate_key": {"ReplicaRegion": "eu-west-1"},
    "revoke_grant": {"GrantId": "0" * 64},
    "rotate_key_on_demand": {},
    "schedule_key_deletion": {},
    "tag_resource": {"Tags": [{"TagKey": "a", "TagValue": "b"}]},
    "untag_resource": {"TagKeys": ["a"]},
    "update_key_description": {"Description": "mine"},
    "update_primary_region": {"PrimaryRegion": "eu-west-1"},
}


@pytest.mark.parametrize("method", sorted(MANAGEMENT))
def test_nobody_manages_it(server, kms, managed, method):
    parameters = {
        name: value.format(account=server.account) if isinstance(value, str) else value
        for name, value in MANAGEMENT[method].items()
    }
    with refused("AccessDeniedException") as caught:
        getattr(kms, method)(KeyId=managed["KeyId"], **parameters)
    assert managed["Arn"] in caught.value.response["Error"]["Message"]
    assert kms.describe_key(KeyId="alias/aws/s3")["KeyMetadata"] == managed


def test_its_alias_and_aliases_to_it_are_nobody_s(kms, managed, key, alias):
    for method, parameters in (
        ("create_alias", {"TargetKeyId": key["KeyId"]}),
        ("update_alias", {"TargetKeyId": key["KeyId"]}),
        ("delete_alias", {}),
    ):
        for name in ("alias/aws/s3", "alias/aws/mine"):
            with refused("InvalidAliasNameException"):
                getattr(kms, method)(AliasName=name, **parameters)
    with refused("AccessDeniedException"):
        kms.create_alias(AliasName=alias, TargetKeyId=managed["KeyId"])
    kms.create_alias(AliasName=alias, TargetKeyId=key["KeyId"])
    with refused("AccessDeniedException"):
        kms.update_alias(AliasName=alias, TargetKeyId=managed["KeyId"])


def test_two_regions_have_their_own(server, kms, managed):
    elsewhere = server.kms(region=other_region(server))
    there = elsewhere.describe_key(KeyId="alias/aws/s3")["KeyMetadata"]
    assert there["KeyId"] != managed["KeyId"]
    assert other_region(server) in elsewhere.get_key_policy(KeyId=there["KeyId"])["Policy"]


def test_first_uses_at_the_same_time_make_one_key(start_server):
    server = start_server()
    clients = [server.client("kms", region=server.region) for _ in range(8)]
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        for name in sorted(KNOWN)[:6]:
            made = pool.map(lambda kms: kms.describe_key(KeyId=name)["KeyMetadata"]["KeyId"], clients)
            assert len(set(made)) == 1
    keys = server.kms().list_keys()["Keys"]
    assert len(keys) == 6
    assert {e["resources"][0]["ARN"] for e in server.audit_events(event_name="CreateKey") if "errorCode" not in e} == {
        key["KeyArn"] for key in keys
    }


@pytest.mark.parametrize("end", ["terminate", "kill"])
def test_a_managed_key_outlives_the_server(start_server, end):
    server = start_server()
    made = server.kms().describe_key(KeyId="alias/aws/rds")["KeyMetadata"]
    policy = server.kms().get_key_policy(KeyId=made["KeyId"])["Policy"]
    getattr(server, end)()
    server.start()
    kms = server.kms()
    assert kms.describe_key(KeyId="alias/aws/rds")["KeyMetadata"] == made
    assert kms.get_key_policy(KeyId=made["KeyId"])["Policy"] == policy
    with refused("AccessDeniedException"):
        kms.disable_key(KeyId=made["KeyId"])


def test_it_rotates_every_year(start_server):
    server = start_server(arguments=ARGUMENTS)
    control, kms = Control(server), server.kms()
    made = kms.describe_key(KeyId="alias/aws/s3")["KeyMetadata"]
    for year in (1, 2):
        control.advance(days=364)
        assert len(kms.list_key_rotations(KeyId=made["KeyId"])["Rotations"]) == year - 1
        control.advance(days=1)
        rotations = kms.list_key_rotations(KeyId=made["KeyId"])["Rotations"]
        assert [one["RotationType"] for one in rotations] == ["AUTOMATIC"] * year
    assert len(server.audit_events(event_name="RotateKey", resource=made["Arn"])) == 2


def test_with_the_aws_cli(server, managed):
    shown = server.aws("describe-key", "--key-id", "alias/aws/s3")["KeyMetadata"]
    assert (shown["KeyManager"], shown["KeyId"]) == ("AWS", managed["KeyId"])
    listed = server.aws("list-aliases")["Aliases"]
    assert KNOWN <= {entry["AliasName"] for entry in listed}
    assert server.aws("get-key-rotation-status", "--key-id", managed["KeyId"])["KeyRotationEnabled"] is True
    with pytest.raises(CliError, match="AccessDeniedException"):
        server.aws("schedule-key-deletion", "--key-id", managed["KeyId"])
    with pytest.raises(CliError, match="AccessDeniedException"):
        server.aws("generate-data-key", "--key-id", "alias/aws/s3", "--key-spec", "AES_256")
