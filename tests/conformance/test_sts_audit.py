"""The audit record names every caller as CloudTrail does, and tells of credentials that were given without the
secrets."""

import re

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config

from actions import STS_ACTIONS
from expect import refused
from raw_query import RawQuery
from sts_fixtures import EVERY_STS, NewRole, NewUser, policy, register, trusting
from web_identity import Issuer

SUBJECT = "system:serviceaccount:apps:web"


@pytest.fixture(scope="module")
def user(server):
    return NewUser(server, policy("*"))


@pytest.fixture(scope="module")
def role(server, user):
    return NewRole(server, trusting(user.arn, EVERY_STS), policy("kms:*"))


@pytest.fixture(scope="module")
def issuer(server):
    issuer = Issuer("audited.example.com/cluster")
    register(server, issuer)
    return issuer


@pytest.fixture(scope="module")
def pods(server, issuer):
    return NewRole(server, issuer.trust(server.account), policy("kms:*"))


@pytest.fixture(scope="module")
def anonymous(server):
    config = Config(signature_version=UNSIGNED, retries={"total_max_attempts": 1}, parameter_validation=False)
    return boto3.session.Session(region_name=server.region).client("sts", endpoint_url=server.endpoint, config=config)


@pytest.fixture(scope="module")
def audit(server):
    """The record of a boto3 answer or a RawQuery reply."""

    def find(answer):
        response = answer if isinstance(answer, dict) else answer.response
        return server.audit(response["ResponseMetadata"]["RequestId"])

    return find


def attributes(event):
    """The attributes of a session: these two and nothing else."""
    found = event["userIdentity"]["sessionContext"]["attributes"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", found["creationDate"])
    assert found == {"creationDate": found["creationDate"], "mfaAuthenticated": "false"}
    return found


def session_issuer(server, role):
    return {
        "type": "Role",
        "principalId": role.id,
        "arn": role.arn,
        "accountId": server.account,
        "userName": role.name,
    }


class TestWhoCalled:
    def test_the_root(self, server, audit):
        event = audit(server.client("sts").get_caller_identity())
        assert event["userIdentity"] == {
            "type": "Root",
            "principalId": server.account,
            "arn": f"arn:aws:iam::{server.account}:root",
            "accountId": server.account,
            "accessKeyId": server.access_key,
        }

    def test_the_root_with_a_session(self, server, audit):
        credentials = server.client("sts").get_session_token()["Credentials"]
        event = audit(server.client_of("sts", credentials).get_caller_identity())
        assert event["userIdentity"] == {
            "type": "Root",
            "principalId": server.account,
            "arn": f"arn:aws:iam::{server.account}:root",
            "accountId": server.account,
            "accessKeyId": credentials["AccessKeyId"],
            "sessionContext": {"attributes": attributes(event)},
        }

    @pytest.mark.parametrize("service", ["kms", "iam", "sts"])
    def test_a_user(self, server, user, audit, service):
        call = {"kms": "list_keys", "iam": "list_users", "sts": "get_caller_identity"}[service]
        event = audit(getattr(user.client(service), call)())
        assert event["userIdentity"] == {
            "type": "IAMUser",
            "principalId": user.id,
            "arn": user.arn,
            "accountId": server.account,
            "accessKeyId": user.key["AccessKeyId"],
            "userName": user.name,
        }

    def test_a_user_with_a_session(self, server, user, audit, shared_key):
        credentials = user.client("sts").get_session_token()["Credentials"]
        event = audit(server.client_of("kms", credentials).describe_key(KeyId=shared_key["KeyId"]))
        assert event["userIdentity"] == {
            "type": "IAMUser",
            "principalId": user.id,
            "arn": user.arn,
            "accountId": server.account,
            "accessKeyId": credentials["AccessKeyId"],
            "userName": user.name,
            "sessionContext": {"attributes": attributes(event)},
        }

    def test_an_assumed_role(self, server, user, role, audit, shared_key):
        credentials = role.assume(user.client("sts"), "job", SourceIdentity="alice")["Credentials"]
        kms = server.client_of("kms", credentials)
        for event in (
            audit(kms.describe_key(KeyId=shared_key["KeyId"])),
            audit(server.client_of("sts", credentials).get_caller_identity()),
        ):
            assert event["userIdentity"] == {
                "type": "AssumedRole",
                "principalId": f"{role.id}:job",
                "arn": role.session_arn("job"),
                "accountId": server.account,
                "accessKeyId": credentials["AccessKeyId"],
                "sessionContext": {
                    "sessionIssuer": session_issuer(server, role),
                    "attributes": attributes(event),
                    "sourceIdentity": "alice",
                },
            }
        with refused("AccessDenied") as caught:
            server.client_of("iam", credentials).list_users()
        event = audit(caught.value)
        assert event["userIdentity"]["arn"] == role.session_arn("job")
        assert event["errorCode"] == "AccessDenied"

    def test_somebody_whom_an_identity_provider_vouches_for(self, server, issuer, pods, audit, anonymous):
        call = {"RoleArn": pods.arn, "RoleSessionName": "pod", "WebIdentityToken": issuer.token()}
        provider = issuer.arn(server.account)
        identity = {
            "type": "WebIdentityUser",
            "principalId": f"{provider}:sts.amazonaws.com:{SUBJECT}",
            "userName": SUBJECT,
            "identityProvider": provider,
        }
        event = audit(anonymous.assume_role_with_web_identity(**call))
        assert event["userIdentity"] == identity
        assert event["recipientAccountId"] == server.account
        assert event["awsRegion"]
        # A token that is right, for a role that does not trust its subject.
        with refused("AccessDenied") as caught:
            anonymous.assume_role_with_web_identity(**call | {"RoleArn": pods.arn + "-none"})
        assert audit(caught.value)["userIdentity"] == identity

    def test_a_session_of_a_web_identity(self, server, issuer, pods, audit, anonymous, shared_key):
        call = {"RoleArn": pods.arn, "RoleSessionName": "pod", "WebIdentityToken": issuer.token()}
        credentials = anonymous.assume_role_with_web_identity(**call)["Credentials"]
        event = audit(server.client_of("kms", credentials).describe_key(KeyId=shared_key["KeyId"]))
        assert event["userIdentity"] == {
            "type": "AssumedRole",
            "principalId": f"{pods.id}:pod",
            "arn": pods.session_arn("pod"),
            "accountId": server.account,
            "accessKeyId": credentials["AccessKeyId"],
            "sessionContext": {
                "sessionIssuer": session_issuer(server, pods),
                "webIdFederationData": {"federatedProvider": issuer.arn(server.account), "attributes": {}},
                "attributes": attributes(event),
            },
        }

    def test_nobody(self, server, pods):
        parameters = {"RoleArn": pods.arn, "RoleSessionName": "pod", "WebIdentityToken": "no.token.atall"}
        reply = RawQuery(server, "sts").call("AssumeRoleWithWebIdentity", parameters, sign=None)
        event = server.audit(reply.request_id)
        assert event["userIdentity"]["type"] == "Unknown"
        assert "arn" not in event["userIdentity"]
        assert event["errorCode"] == "InvalidIdentityTokenException"
        assert event["requestParameters"] == {"roleArn": pods.arn, "roleSessionName": "pod"}


TIME = re.compile(r"[A-Z][a-z]{2} \d{1,2}, \d{4}, \d{1,2}:\d\d:\d\d [AP]M")


def check_credentials(event, credentials):
    """What the record tells of credentials that were given; the rest of its responseElements."""
    elements = dict(event["responseElements"])
    shown = elements.pop("credentials")
    assert TIME.fullmatch(shown.pop("expiration"))
    assert shown == {"accessKeyId": credentials["AccessKeyId"]}
    return elements


class TestEveryAction:
    """One record for each call, whatever becomes of it."""

    OUTCOMES = {"success": None, "invalid": "ValidationException", "unauthenticated": "SignatureDoesNotMatch"}

    @pytest.fixture
    def parameters(self, server, user, role, issuer, pods):
        return {
            "AssumeRole": {"RoleArn": role.arn, "RoleSessionName": "job"},
            "AssumeRoleWithWebIdentity": {
                "RoleArn": pods.arn,
                "RoleSessionName": "pod",
                "WebIdentityToken": issuer.token(),
            },
            "GetAccessKeyInfo": {"AccessKeyId": user.key["AccessKeyId"]},
            "GetCallerIdentity": {},
            "GetSessionToken": {},
        }

    INVALID = {
        "AssumeRole": {"RoleSessionName": "!"},
        "AssumeRoleWithWebIdentity": {"RoleSessionName": "!"},
        "GetAccessKeyInfo": {"AccessKeyId": "!"},
        "GetSessionToken": {"DurationSeconds": "1"},
    }

    # GetCallerIdentity has no parameters.
    CASES = [(a, o) for a in sorted(STS_ACTIONS) for o in ("success", "invalid", "unauthenticated")]
    CASES.remove(("GetCallerIdentity", "invalid"))

    @pytest.mark.parametrize("action, outcome", CASES)
    def test_has_one_record_that_tells_its_outcome(self, server, user, parameters, action, outcome):
        wanted = self.OUTCOMES[outcome]
        sent = parameters[action]
        if outcome == "invalid":
            sent = sent | self.INVALID[action]
        keys = {"access_key": user.key["AccessKeyId"], "secret_key": user.key["SecretAccessKey"]}
        if outcome == "unauthenticated":
            keys["secret_key"] = "wrong"
            if action == "AssumeRoleWithWebIdentity":
                sent, wanted = sent | {"WebIdentityToken": "none"}, "InvalidIdentityTokenException"
        reply = RawQuery(server, "sts", **keys).call(action, sent)
        event = server.audit(reply.request_id)
        assert event.get("errorCode") == wanted, reply
        assert event.get("errorMessage", "") == reply.message
        assert (event["eventSource"], event["eventName"]) == ("sts.amazonaws.com", action)
        assert (event["eventVersion"], event["eventType"], event["eventCategory"]) == (
            "1.11",
            "AwsApiCall",
            "Management",
        )
        assert event["readOnly"] is True and event["managementEvent"] is True
        assert event["sourceIPAddress"] == "127.0.0.1"
        assert event["recipientAccountId"] == server.account
        gives = outcome == "success" and not action.startswith(("GetAccess", "GetCaller"))
        assert (event["responseElements"] is not None) == gives


class TestWhatWasGiven:
    def test_assume_role(self, server, user, role, audit):
        sent = {
            "RoleArn": role.arn,
            "RoleSessionName": "job",
            "DurationSeconds": 900,
            "ExternalId": "deal:42",
            "Policy": policy("kms:*"),
            "Tags": [{"Key": "Team", "Value": "a"}],
            "TransitiveTagKeys": ["Team"],
            "SourceIdentity": "alice",
        }
        answer = user.client("sts").assume_role(**sent)
        event = audit(answer)
        assert check_credentials(event, answer["Credentials"]) == {
            "assumedRoleUser": {"assumedRoleId": f"{role.id}:job", "arn": role.session_arn("job")},
            "packedPolicySize": answer["PackedPolicySize"],
            "sourceIdentity": "alice",
        }
        assert event["requestParameters"] == {
            "roleArn": role.arn,
            "roleSessionName": "job",
            "durationSeconds": 900,
            "externalId": "deal:42",
            "policy": policy("kms:*"),
            "tags": [{"key": "Team", "value": "a"}],
            "transitiveTagKeys": ["Team"],
            "sourceIdentity": "alice",
        }
        assert event["resources"] == [{"accountId": server.account, "type": "AWS::IAM::Role", "ARN": role.arn}]
        assert (event["eventSource"], event["eventName"]) == ("sts.amazonaws.com", "AssumeRole")
        assert event["readOnly"] is True
        assert event["recipientAccountId"] == server.account

    def test_managed_session_policies(self, server, user, role, audit):
        made = server.client("iam").create_policy(PolicyName="audited", PolicyDocument=policy("kms:*"))["Policy"]
        event = audit(role.assume(user.client("sts"), PolicyArns=[{"arn": made["Arn"]}]))
        assert event["requestParameters"]["policyArns"] == [{"arn": made["Arn"]}]

    def test_get_session_token(self, user, audit):
        answer = user.client("sts").get_session_token(DurationSeconds=900)
        event = audit(answer)
        assert check_credentials(event, answer["Credentials"]) == {}
        assert event["requestParameters"] == {"durationSeconds": 900}
        assert event["readOnly"] is True

    def test_assume_role_with_web_identity(self, server, issuer, pods, audit, anonymous):
        call = {"RoleArn": pods.arn, "RoleSessionName": "pod", "WebIdentityToken": issuer.token()}
        answer = anonymous.assume_role_with_web_identity(**call)
        event = audit(answer)
        assert check_credentials(event, answer["Credentials"]) == {
            "subjectFromWebIdentityToken": SUBJECT,
            "assumedRoleUser": {"assumedRoleId": f"{pods.id}:pod", "arn": pods.session_arn("pod")},
            "provider": issuer.arn(server.account),
            "audience": "sts.amazonaws.com",
        }
        assert event["requestParameters"] == {"roleArn": pods.arn, "roleSessionName": "pod"}
        assert event["resources"] == [{"accountId": server.account, "type": "AWS::IAM::Role", "ARN": pods.arn}]

    def test_refusals(self, server, role, audit):
        stranger = NewUser(server)
        with refused("AccessDenied") as caught:
            role.assume(stranger.client("sts"))
        event = audit(caught.value)
        assert event["errorCode"] == "AccessDenied"
        assert event["errorMessage"] == caught.value.response["Error"]["Message"]
        assert event["responseElements"] is None
        assert "resources" not in event
        with refused("ValidationError") as caught:
            role.assume(stranger.client("sts"), "x")
        assert audit(caught.value)["errorCode"] == "ValidationException"
        with refused("SignatureDoesNotMatch") as caught:
            role.assume(server.client("sts", secret_key="wrong"))
        assert "arn" not in audit(caught.value)["userIdentity"]
