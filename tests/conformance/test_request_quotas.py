"""Request quotas: a server that throttles, and unmodified clients that try again."""

import pytest

from claviger_server import CliError, claviger
from expect import refused

MESSAGE = "You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls."
# One call in a thousand seconds: however slow the machine is, the second is too many.
RARELY = "0.001"


@pytest.fixture
def throttled(start_server):
    """A server with the quotas of the keyword arguments."""
    return lambda *quotas: start_server(arguments=[part for quota in quotas for part in ("--request-quota", quota)])


def test_the_call_beyond_its_quota_is_throttled_and_recorded(throttled):
    server = throttled(f"ListKeys={RARELY}")
    kms = server.kms()
    kms.list_keys()
    with pytest.raises(kms.exceptions.ClientError) as caught:
        kms.list_keys()
    response = caught.value.response
    assert (response["Error"]["Code"], response["Error"]["Message"]) == ("ThrottlingException", MESSAGE)
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 400
    event = server.audit(response["ResponseMetadata"]["RequestId"])
    assert (event["errorCode"], event["errorMessage"]) == ("ThrottlingException", MESSAGE)
    # Other Regions, and other actions, have quotas of their own.
    server.kms(region="eu-west-1").list_keys()
    kms.list_aliases()
    with pytest.raises(CliError, match="ThrottlingException"):
        server.aws("list-keys")


def test_a_development_server_throttles_only_when_it_is_told_to(server):
    for _ in range(12):
        server.kms().list_aliases()
        with refused("NotFoundException"):
            server.kms().enable_key(KeyId="1234abcd-12ab-34cd-56ef-1234567890ab")


def test_awss_defaults_leave_room_for_what_a_second_allows(start_server):
    server = start_server(arguments=["--request-quotas"])
    kms = server.kms()
    for _ in range(5):
        with refused("NotFoundException"):
            kms.enable_key(KeyId="1234abcd-12ab-34cd-56ef-1234567890ab")


@pytest.mark.parametrize("quota", ["Encrypt=1", "ListKeys", "ListKeys=0", "ListKeys=x"])
def test_a_quota_that_does_not_exist_is_refused(quota):
    result = claviger("dev", "--listen", "127.0.0.1:0", "--request-quota", quota, check=False)
    assert result.returncode == 1 and "claviger: " in result.stderr


def test_resource_quotas_can_be_set(start_server):
    server = start_server(arguments=["--keys-per-region", 1, "--aliases-per-key", 1, "--grants-per-key", 1])
    kms = server.kms()
    key = kms.create_key()["KeyMetadata"]
    kms.create_alias(AliasName="alias/a", TargetKeyId=key["KeyId"])
    grant = {"KeyId": key["KeyId"], "GranteePrincipal": f"arn:aws:iam::{server.account}:root"}
    kms.create_grant(**grant, Operations=["Encrypt"])
    for call in (
        lambda: kms.create_key(),
        lambda: kms.create_alias(AliasName="alias/b", TargetKeyId=key["KeyId"]),
        lambda: kms.create_grant(**grant, Operations=["Decrypt"]),
    ):
        with refused("LimitExceededException"):
            call()
