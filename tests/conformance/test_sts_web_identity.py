"""AssumeRoleWithWebIdentity: how workloads of a Kubernetes cluster come in, unsigned, with a token of their issuer."""

import json
import time

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config

from expect import refused
from raw_query import RawQuery
from sts_fixtures import NewRole, NewUser, fresh, policy, put_key_set, register, trusting
from web_identity import EcKey, Issuer, RsaKey

SUBJECT = "system:serviceaccount:apps:web"
DENIED = "Not authorized to perform sts:AssumeRoleWithWebIdentity"
EVERYTHING = ["sts:AssumeRoleWithWebIdentity", "sts:TagSession", "sts:SetSourceIdentity"]


@pytest.fixture(scope="module")
def issuer(server):
    """A cluster whose keys the server knows: one for each algorithm."""
    issuer = Issuer("oidc.example.com/id/cluster-1", EcKey("ec"), RsaKey("rsa"))
    register(server, issuer)
    return issuer


@pytest.fixture(scope="module")
def role(server, issuer):
    condition = {"StringEquals": {f"{issuer.name}:sub": SUBJECT, f"{issuer.name}:aud": "sts.amazonaws.com"}}
    return NewRole(server, issuer.trust(server.account, **condition), policy("kms:*"))


@pytest.fixture(scope="module")
def anonymous(server):
    """boto3's client for somebody without any credentials."""
    config = Config(signature_version=UNSIGNED, retries={"total_max_attempts": 1}, parameter_validation=False)
    return boto3.session.Session(region_name=server.region).client("sts", endpoint_url=server.endpoint, config=config)


@pytest.fixture(scope="module")
def assume(anonymous, role):
    def call(token, **changed):
        parameters = {"RoleArn": role.arn, "RoleSessionName": "pod", "WebIdentityToken": token} | changed
        return anonymous.assume_role_with_web_identity(**parameters)

    return call


@pytest.mark.parametrize("key", [0, 1], ids=["ES256", "RS256"])
def test_a_workload_acts_as_its_role(server, issuer, role, assume, shared_key, key):
    answer = assume(issuer.token(key=issuer.keys[key]))
    credentials = answer.pop("Credentials")
    assert answer.pop("ResponseMetadata")["HTTPStatusCode"] == 200
    assert answer == {
        "SubjectFromWebIdentityToken": SUBJECT,
        "AssumedRoleUser": {"AssumedRoleId": f"{role.id}:pod", "Arn": role.session_arn("pod")},
        "Provider": issuer.arn(server.account),
        "Audience": "sts.amazonaws.com",
    }
    assert server.client_of("sts", credentials).get_caller_identity()["Arn"] == role.session_arn("pod")
    server.client_of("kms", credentials).describe_key(KeyId=shared_key["KeyId"])


def test_the_session_s_own_limits_hold(server, issuer, assume, shared_key):
    answer = assume(issuer.token(), Policy=policy("kms:ListKeys"), DurationSeconds=900)
    assert answer["PackedPolicySize"] >= 1
    kms = server.client_of("kms", answer["Credentials"])
    kms.list_keys()
    with refused("AccessDeniedException"):
        kms.describe_key(KeyId=shared_key["KeyId"])
    assert answer["Credentials"]["Expiration"].timestamp() - time.time() < 901


@pytest.mark.parametrize(
    "changed",
    [
        {"subject": "system:serviceaccount:apps:other"},
        {"subject": "system:serviceaccount:apps:web2"},
    ],
    ids=str,
)
def test_the_trust_policy_decides_who_comes_in(issuer, assume, changed):
    with refused("AccessDenied", DENIED):
        assume(issuer.token(**changed))


def test_roles_that_trust_somebody_else_or_do_not_exist_look_the_same(server, issuer, role, assume):
    other = NewRole(server, trusting(server.account))
    for arn in (other.arn, role.arn + "-none"):
        with refused("AccessDenied", DENIED):
            assume(issuer.token(), RoleArn=arn)
    with refused("ValidationError", "Request ARN is invalid"):
        assume(issuer.token(), RoleArn=f"arn:aws:iam::{server.account}:user/x")
    with refused("InvalidIdentityToken", "No OpenIDConnect provider found in your account for the issuer of the token"):
        assume(issuer.token(), RoleArn="arn:aws:iam::999988887777:role/pods")


def altered(token):
    head, claims, signature = token.split(".")
    return f"{head}.{claims[:-4]}{'AAAA' if claims[-4:] != 'AAAA' else 'BBBB'}.{signature}"


NOW = int(time.time())
BAD_TOKENS = {
    "no token at all": lambda issuer: "token",
    "another key": lambda issuer: issuer.token(key=EcKey("ec")),
    "unknown key id": lambda issuer: issuer.token(header={"kid": "none"}),
    "key of the other algorithm": lambda issuer: issuer.token(header={"kid": "rsa"}),
    "algorithm none": lambda issuer: issuer.token(header={"alg": "none"}).rpartition(".")[0] + ".",
    "algorithm HS256": lambda issuer: issuer.token(header={"alg": "HS256"}),
    "key inside the token": lambda issuer: issuer.token(key=(key := EcKey("x")), header={"jwk": key.jwk()}),
    "altered": lambda issuer: altered(issuer.token()),
    "unknown issuer": lambda issuer: issuer.token(iss="https://elsewhere.example.com"),
    "audience of others": lambda issuer: issuer.token(aud=["vault"]),
    "several audiences": lambda issuer: issuer.token(aud=["sts.amazonaws.com", "vault"]),
    "not valid yet": lambda issuer: issuer.token(nbf=NOW + 3600),
    "issued in the future": lambda issuer: issuer.token(iat=NOW + 3600),
    "without an expiry": lambda issuer: issuer.token(exp=None),
    "flattened tags": lambda issuer: issuer.token(**{"https://aws.amazon.com/tags/principal_tags/a": ["b"]}),
}


@pytest.mark.parametrize("name", BAD_TOKENS)
def test_a_token_that_is_not_right_lets_nobody_in(issuer, assume, name):
    with refused("InvalidIdentityToken") as caught:
        assume(BAD_TOKENS[name](issuer))
    assert "ey" not in caught.value.response["Error"]["Message"].replace("key", "")


def test_an_expired_token_says_so(issuer, assume):
    with refused("ExpiredTokenException") as caught:
        assume(issuer.token(exp=NOW - 1, iat=NOW - 100, nbf=NOW - 100))
    assert caught.value.response["Error"]["Message"].startswith("Token expired: current date/time ")


def test_tags_and_source_identity_of_the_token_are_the_session_s(server, issuer, anonymous, shared_key):
    role = NewRole(
        server,
        issuer.trust(server.account, EVERYTHING, StringEquals={"aws:RequestTag/Team": "a", "sts:SourceIdentity": "alice"}),
        policy("kms:DescribeKey", Condition={"StringEquals": {"aws:PrincipalTag/Team": "a"}}),
    )
    claims = {
        "https://aws.amazon.com/tags": {"principal_tags": {"Team": ["a"]}, "transitive_tag_keys": ["Team"]},
        "https://aws.amazon.com/source_identity": "alice",
    }
    call = {"RoleArn": role.arn, "RoleSessionName": "pod"}
    answer = anonymous.assume_role_with_web_identity(**call, WebIdentityToken=issuer.token(**claims))
    assert answer["SourceIdentity"] == "alice" and answer["PackedPolicySize"] >= 1
    server.client_of("kms", answer["Credentials"]).describe_key(KeyId=shared_key["KeyId"])
    with refused("AccessDenied", DENIED):
        anonymous.assume_role_with_web_identity(**call, WebIdentityToken=issuer.token())
    role.trust(issuer.trust(server.account))
    with refused("AccessDenied", DENIED):
        anonymous.assume_role_with_web_identity(**call, WebIdentityToken=issuer.token(**claims))


class TestWithoutASignature:
    CALL = {"RoleSessionName": "pod"}

    def parameters(self, role, token):
        return self.CALL | {"RoleArn": role.arn, "WebIdentityToken": token}

    def test_a_signature_is_not_looked_at(self, server, issuer, role):
        for how in ({}, {"access_key": "AKIAUNKNOWN000000000"}, {"secret_key": "wrong"}, {"session_token": "x"}):
            raw = RawQuery(server, "sts", **how)
            for sign in ("header", None):
                reply = raw.call("AssumeRoleWithWebIdentity", self.parameters(role, issuer.token()), sign=sign)
                assert reply.text("Audience") == "sts.amazonaws.com", reply

    def test_the_url_may_carry_it(self, server, issuer, role):
        query = "&".join(f"{name}={value}" for name, value in self.parameters(role, issuer.token()).items())
        reply = RawQuery(server, "sts").send(
            query=f"Action=AssumeRoleWithWebIdentity&Version=2011-06-15&{query}", method="GET", sign=None
        )
        assert reply.text("SubjectFromWebIdentityToken") == SUBJECT, reply

    @pytest.mark.parametrize("action", ["AssumeRole", "GetSessionToken", "GetCallerIdentity", "AssumeRoleWithSAML"])
    def test_nothing_else_comes_in(self, server, issuer, role, action):
        reply = RawQuery(server, "sts").call(action, self.parameters(role, issuer.token()), sign=None)
        assert (reply.status, reply.error) == (403, "MissingAuthenticationToken")

    def test_not_by_saying_two_things(self, server, issuer, role):
        raw = RawQuery(server, "sts")
        parameters = list(self.parameters(role, issuer.token()).items())
        for more in ([("Action", "GetCallerIdentity")], [("Version", "2010-05-08")], [("WebIdentityToken", "x")]):
            reply = raw.call("AssumeRoleWithWebIdentity", parameters + more, sign=None)
            assert reply.error == "MalformedInput", reply
        reply = raw.call("AssumeRoleWithWebIdentity", parameters, version="2010-05-08", sign=None)
        assert reply.error == "MissingAuthenticationToken"

    @pytest.mark.parametrize("missing", ["RoleArn", "RoleSessionName", "WebIdentityToken"])
    def test_parameters_are_held_against_the_model(self, server, issuer, role, missing):
        parameters = self.parameters(role, issuer.token())
        del parameters[missing]
        reply = RawQuery(server, "sts").call("AssumeRoleWithWebIdentity", parameters, sign=None)
        assert reply.error == "ValidationError"
        assert f"Value null at '{missing[0].lower()}{missing[1:]}'" in reply.message

    def test_a_bad_token_is_not_echoed(self, server, role):
        raw = RawQuery(server, "sts")
        for token in ("abc", "canary" * 4000):
            reply = raw.call("AssumeRoleWithWebIdentity", self.parameters(role, token), sign=None)
            assert reply.error in ("ValidationError", "InvalidIdentityToken")
            assert token[:24] not in reply.message

    def test_a_provider_id_is_for_others(self, server, issuer, role):
        parameters = self.parameters(role, issuer.token()) | {"ProviderId": "www.amazon.com"}
        reply = RawQuery(server, "sts").call("AssumeRoleWithWebIdentity", parameters, sign=None)
        assert reply.error == "UnsupportedOperation"


class TestKeySets:
    """PutOpenIDConnectProviderKeySet, which AWS does not have: it asks the issuer over the network."""

    @pytest.fixture
    def fresh_issuer(self, server):
        issuer = Issuer(f"{fresh('issuer')}.example.com")
        server.client("iam").create_open_id_connect_provider(Url=issuer.url, ClientIDList=["sts.amazonaws.com"])
        return issuer

    @pytest.fixture
    def fresh_role(self, server, fresh_issuer):
        return NewRole(server, fresh_issuer.trust(server.account))

    def test_without_one_no_token_can_be_checked(self, fresh_issuer, fresh_role, assume):
        with refused("InvalidIdentityToken") as caught:
            assume(fresh_issuer.token(), RoleArn=fresh_role.arn)
        assert "Couldn't retrieve verification key" in caught.value.response["Error"]["Message"]

    def test_keys_are_in_force_and_out_of_force_for_the_next_call(self, server, fresh_issuer, fresh_role, assume):
        arn, old, new = fresh_issuer.arn(server.account), fresh_issuer.keys[0], EcKey("k2")
        reply = put_key_set(server, arn, fresh_issuer.key_set())
        assert [element.text for element in reply.xml.iter() if element.tag.endswith("}member")] == ["k1"]
        assume(fresh_issuer.token(), RoleArn=fresh_role.arn)
        fresh_issuer.keys = [old, new]
        assert put_key_set(server, arn, fresh_issuer.key_set()).status == 200
        for key in (old, new):
            assume(fresh_issuer.token(key=key), RoleArn=fresh_role.arn)
        fresh_issuer.keys = [new]
        assert put_key_set(server, arn, fresh_issuer.key_set()).status == 200
        with refused("InvalidIdentityToken"):
            assume(fresh_issuer.token(key=old), RoleArn=fresh_role.arn)
        assume(fresh_issuer.token(key=new), RoleArn=fresh_role.arn)
        server.client("iam").delete_open_id_connect_provider(OpenIDConnectProviderArn=arn)
        with refused("InvalidIdentityToken"):
            assume(fresh_issuer.token(key=new), RoleArn=fresh_role.arn)

    def test_what_is_no_key_set_is_refused(self, server, fresh_issuer):
        arn = fresh_issuer.arn(server.account)
        key = fresh_issuer.keys[0]
        for text in ("{}", "x", '{"keys":[]}', json.dumps({"keys": [key.private_jwk()]}), json.dumps(key.jwk())):
            reply = put_key_set(server, arn, text)
            assert (reply.status, reply.error) == (400, "InvalidInput"), reply
        assert put_key_set(server, arn, "").error == "ValidationError"
        assert put_key_set(server, arn, "x" * 65_537).error == "ValidationError"
        assert put_key_set(server, arn + "-none", fresh_issuer.key_set()).error == "NoSuchEntity"

    def test_needs_its_permission_on_the_provider(self, server, fresh_issuer):
        arn = fresh_issuer.arn(server.account)
        user = NewUser(server, policy("iam:*OpenIDConnectProvider"))
        as_user = {"access_key": user.key["AccessKeyId"], "secret_key": user.key["SecretAccessKey"]}
        assert put_key_set(server, arn, fresh_issuer.key_set(), **as_user).error == "AccessDenied"
        user.call("put_{}_policy", PolicyName="p1", PolicyDocument=policy("iam:PutOpenIDConnectProviderKeySet", arn))
        assert put_key_set(server, arn, fresh_issuer.key_set(), **as_user).status == 200
        assert put_key_set(server, arn + "2", fresh_issuer.key_set(), **as_user).error == "AccessDenied"

    def test_is_recorded_with_the_ids_of_the_keys(self, server, fresh_issuer):
        arn = fresh_issuer.arn(server.account)
        event = server.audit(put_key_set(server, arn, fresh_issuer.key_set()).request_id)
        assert event["eventName"] == "PutOpenIDConnectProviderKeySet"
        assert event["requestParameters"] == {"openIDConnectProviderArn": arn}
        assert event["responseElements"] == {"keyIds": ["k1"]}
        assert event["readOnly"] is False

    def test_outlives_a_restart(self, start_server, tmp_path):
        server = start_server(tmp_path / "kept")
        issuer = Issuer("oidc.example.com")
        register(server, issuer)
        role = NewRole(server, issuer.trust(server.account))
        server.terminate()
        server.start()
        parameters = {"RoleArn": role.arn, "RoleSessionName": "pod", "WebIdentityToken": issuer.token()}
        assert RawQuery(server, "sts").call("AssumeRoleWithWebIdentity", parameters, sign=None).status == 200
