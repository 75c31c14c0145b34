"""A call that concerns two accounts has a record in each (CloudTrail User Guide, "sharedEventID")."""

import json

import pytest

from claviger_server import Server, claviger
from expect import refused
from iam_fixtures import fresh, policy

OWNER, CALLER = "111122223333", "444455556666"


class Stage:
    """A key and a role of one account that a user of another may use."""

    def __init__(self, server):
        self.server = server
        (other,) = server.other_accounts
        credentials = {"access_key": other["accessKeyId"], "secret_key": other["secretAccessKey"]}
        iam = server.client("iam", **credentials)
        self.user = iam.create_user(UserName=fresh("user"))["User"]
        iam.put_user_policy(UserName=self.user["UserName"], PolicyName="p", PolicyDocument=policy("*"))
        made = iam.create_access_key(UserName=self.user["UserName"])["AccessKey"]
        self.credentials = {"access_key": made["AccessKeyId"], "secret_key": made["SecretAccessKey"]}
        self.owners_kms = server.kms()
        self.key = self._create_key("kms:*")
        self.closed = self._create_key("kms:Encrypt")
        statement = {"Effect": "Allow", "Principal": {"AWS": self.user["Arn"]}, "Action": "sts:AssumeRole"}
        trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        self.role = server.client("iam").create_role(RoleName=fresh("role"), AssumeRolePolicyDocument=trust)["Role"]

    def _create_key(self, action):
        mine = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{OWNER}:root"}, "Action": "kms:*", "Resource": "*"}
        theirs = mine | {"Principal": {"AWS": CALLER}, "Action": action}
        text = json.dumps({"Version": "2012-10-17", "Statement": [mine, theirs]})
        return self.owners_kms.create_key(Policy=text)["KeyMetadata"]["Arn"]

    def client(self, service="kms"):
        return self.server.client(service, **self.credentials)

    def records(self, answer):
        """Those of the caller's account and of the owner's; None where there is none."""
        response = getattr(answer, "response", answer)
        events = self.server.audit_events(request_id=response["ResponseMetadata"]["RequestId"])
        by_account = {event["recipientAccountId"]: event for event in events}
        assert len(by_account) == len(events)
        return by_account.pop(CALLER), by_account.pop(OWNER, None)


@pytest.fixture(scope="module")
def stage(tmp_path_factory):
    place = tmp_path_factory.mktemp("shared")
    server = Server(place / "data", place, arguments=["--account", OWNER, "--account", CALLER])
    yield Stage(server)
    server.terminate()
    server.verify_audit()


APART = {"userIdentity", "eventID", "recipientAccountId"}


def assert_shared(stage, own, other):
    assert own["userIdentity"]["type"] == "IAMUser" and own["userIdentity"]["arn"] == stage.user["Arn"]
    assert other["userIdentity"] == {"type": "AWSAccount", "principalId": stage.user["UserId"], "accountId": CALLER}
    assert {name: own[name] for name in set(own) - APART} == {name: other[name] for name in set(other) - APART}
    assert len({own["eventID"], other["eventID"], own["sharedEventID"]}) == 3


def test_the_owner_of_a_key_has_a_record_of_its_use(stage):
    own, other = stage.records(stage.client().encrypt(KeyId=stage.key, Plaintext=b"x", EncryptionContext={"a": "b"}))
    assert_shared(stage, own, other)
    assert other["resources"] == [{"accountId": OWNER, "type": "AWS::KMS::Key", "ARN": stage.key}]
    assert other["requestParameters"]["encryptionContext"] == {"a": "b"}


def test_a_change_is_recorded_for_both(stage):
    answer = stage.client().create_grant(KeyId=stage.key, GranteePrincipal=stage.user["Arn"], Operations=["Encrypt"])
    own, other = stage.records(answer)
    assert_shared(stage, own, other)
    assert other["responseElements"] == {"keyId": stage.key, "grantId": answer["GrantId"]}


def test_the_account_of_a_role_has_a_record_of_its_being_assumed(stage):
    answer = stage.client("sts").assume_role(RoleArn=stage.role["Arn"], RoleSessionName="job")
    own, other = stage.records(answer)
    assert_shared(stage, own, other)
    assert [resource["ARN"] for resource in other["resources"]] == [stage.role["Arn"]]


def test_a_refusal_is_the_caller_s_alone(stage):
    with refused("AccessDeniedException") as caught:
        stage.client().describe_key(KeyId=stage.closed)
    own, other = stage.records(caught.value)
    assert own["errorCode"] == "AccessDenied" and "sharedEventID" not in own
    assert other is None


@pytest.mark.parametrize("code, more", [
    ("DryRunOperationException", {"DryRun": True}),
    ("InvalidKeyUsageException", {"EncryptionAlgorithm": "RSAES_OAEP_SHA_256"}),
])  # fmt: skip
def test_what_else_fails_is_recorded_for_both(stage, code, more):
    with refused(code) as caught:
        stage.client().encrypt(KeyId=stage.key, Plaintext=b"x", **more)
    own, other = stage.records(caught.value)
    assert_shared(stage, own, other)
    assert other["errorCode"] == code


def test_one_account_has_one_record(stage):
    answer = stage.owners_kms.encrypt(KeyId=stage.key, Plaintext=b"x")
    (event,) = stage.server.audit_events(request_id=answer["ResponseMetadata"]["RequestId"])
    assert "sharedEventID" not in event


def test_an_explanation_is_of_the_caller_s_record(stage):
    answer = stage.client().encrypt(KeyId=stage.key, Plaintext=b"x")
    request = answer["ResponseMetadata"]["RequestId"]
    text = claviger("policy", "explain", request, "--data-dir", stage.server.data_dir).stdout
    assert f"by {stage.user['Arn']}, request {request}: done" in text
    lines = claviger("audit", "show", "--data-dir", stage.server.data_dir, "--request-id", request).stdout.splitlines()
    assert len(lines) == 2 and stage.user["Arn"] in lines[0] and stage.user["UserId"] in lines[1]
