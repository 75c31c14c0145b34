"""`claviger policy explain` after real calls to a running server: who runs the server learns why, the caller does not."""

import json
import re

import pytest

from claviger_server import claviger
from expect import refused
from iam_fixtures import NewUser, fresh, policy
from sts_fixtures import NewRole

# No error of AWS has such a word.
SID = "OnlyForBlue"


def explain(server, request_id, *more):
    return claviger("policy", "explain", request_id, "--data-dir", server.data_dir, *more).stdout


def explained(server, request_id):
    """The decisions about a call."""
    return json.loads(explain(server, request_id, "--json"))["decisions"]


def denied(call, **parameters):
    """The id of a refused request, after a look at all that its caller was shown."""
    with refused("AccessDeniedException") as caught:
        call(**parameters)
    shown = json.dumps(caught.value.response)
    for word in (SID, "blue", "statement", "inline"):
        assert word not in shown, shown
    return caught.value.response["ResponseMetadata"]["RequestId"]


def key_policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def root(server):
    return {"AWS": f"arn:aws:iam::{server.account}:root"}


@pytest.fixture
def user(server):
    return NewUser(server)


def test_the_condition_that_failed_is_shown_with_both_values(server, key, user):
    blue = {"StringEquals": {"kms:EncryptionContext:App": "blue"}}
    user.call("put_user_policy", PolicyName="inline", PolicyDocument=policy("kms:Encrypt", Condition=blue, Sid=SID))
    kms = user.client("kms")
    call = {"KeyId": key["KeyId"], "Plaintext": b"x"}
    request_id = denied(kms.encrypt, EncryptionContext={"App": "red"}, **call)
    text = explain(server, request_id)
    assert f"the caller was told: User: {user.arn} is not authorized to perform: kms:Encrypt on resource" in text
    assert (
        f"nearly: identity policy inline, statement 1 ({SID}): StringEquals kms:EncryptionContext:App: "
        "the policy has [blue], the request has [red]: does not hold\n"
    ) in text
    assert "left to identity policies by key policy, statement 1 (Enable IAM User Permissions)\n" in text

    # As things were at the time of the call.
    server.client("iam").delete_user_policy(UserName=user.name, PolicyName="inline")
    assert explain(server, request_id) == text
    [decision] = explained(server, request_id)
    assert decision["missing"] == "an Allow of an identity policy of the caller"
    assert decision["nearMisses"][0]["sid"] == SID

    request_id = denied(kms.encrypt, EncryptionContext={"App": "blue"}, **call)
    assert SID not in explain(server, request_id)


def test_an_allowed_call_names_what_it_rests_on(server, key, user):
    user.call("put_user_policy", PolicyName="inline", PolicyDocument=policy("kms:GenerateDataKey"))
    reply = user.client("kms").generate_data_key(KeyId=key["KeyId"], KeySpec="AES_256")
    text = explain(server, reply["ResponseMetadata"]["RequestId"])
    assert text.endswith("\ndecided by identity policy inline, statement 1\n"), text
    assert f"kms:GenerateDataKey on {key['Arn']}: allowed: an identity policy allows it" in text
    reply = server.kms().enable_key(KeyId=key["KeyId"])
    assert explain(server, reply["ResponseMetadata"]["RequestId"]).endswith("\ndecided by key policy, statement 1\n")


def test_a_refused_change_is_explained_too(server, kms, user):
    deny = {"Sid": SID, "Effect": "Deny", "Principal": "*", "Action": "kms:TagResource", "Resource": "*"}
    all_else = {"Effect": "Allow", "Principal": root(server), "Action": "kms:*", "Resource": "*"}
    made = kms.create_key(Policy=key_policy(all_else, deny))["KeyMetadata"]
    request_id = denied(kms.tag_resource, KeyId=made["KeyId"], Tags=[{"TagKey": "a", "TagValue": "b"}])
    assert f"explicitDeny: a Deny statement applies\ndecided by key policy, statement 2 ({SID})\n" in explain(
        server, request_id
    )
    # Half of it was allowed.
    alias = f"alias/{fresh('explain')}"
    user.call("put_user_policy", PolicyName="inline", PolicyDocument=policy("kms:CreateAlias", made["Arn"]))
    request_id = denied(user.client("kms").create_alias, AliasName=alias, TargetKeyId=made["KeyId"])
    on_key, on_alias = explained(server, request_id)
    assert (on_key["verdict"], on_key["resource"]) == ("allowed", made["Arn"])
    assert (on_alias["verdict"], on_alias["resource"].rpartition(":")[2]) == ("implicitDeny", alias)


def test_grants_are_named_with_why_they_were_not_used(server, kms, user):
    manage = {"Effect": "Allow", "Principal": root(server), "Action": ["kms:*Grant"], "Resource": "*"}
    made = kms.create_key(Policy=key_policy(manage), BypassPolicyLockoutSafetyCheck=True)["KeyMetadata"]
    constraint = {"EncryptionContextSubset": {"App": "blue"}}
    grant = kms.create_grant(
        KeyId=made["KeyId"], GranteePrincipal=user.arn, Operations=["Encrypt"], Constraints=constraint
    )["GrantId"]
    mine = user.client("kms")
    call = {"KeyId": made["KeyId"], "Plaintext": b"x"}
    text = explain(server, denied(mine.encrypt, EncryptionContext={"App": "red"}, **call))
    assert f"grant {grant}: not used: its EncryptionContextSubset [App=blue] is not satisfied by the encryption" in text
    reply = mine.encrypt(EncryptionContext={"App": "blue"}, **call)
    text = explain(server, reply["ResponseMetadata"]["RequestId"])
    assert f"allowed: a grant allows it\ngrant {grant}\n" in text
    revoked = kms.revoke_grant(KeyId=made["KeyId"], GrantId=grant)["ResponseMetadata"]["RequestId"]
    text = explain(server, denied(mine.encrypt, EncryptionContext={"App": "blue"}, **call))
    assert "missing: an Allow of the key policy for the caller or its account, or a grant\n" in text
    gone = re.escape(f"  grant {grant}: no longer there: RevokeGrant at ") + r"\S+" + re.escape(f", request {revoked}\n")
    assert re.search(gone, text), text


def test_a_role_s_trust_policy_is_explained(server, user):
    other_id = {"StringEquals": {"sts:ExternalId": "blue"}}
    statement = {"Sid": SID, "Effect": "Allow", "Principal": {"AWS": user.arn}, "Action": "sts:AssumeRole"}
    role = NewRole(server, key_policy(statement | {"Condition": other_id}))
    sts = user.client("sts")

    def refusal(**more):
        with refused("AccessDenied") as caught:
            sts.assume_role(**{"RoleArn": role.arn, "RoleSessionName": "job"} | more)
        assert SID not in str(caught.value) and "blue" not in str(caught.value)
        return caught.value.response["ResponseMetadata"]["RequestId"]

    text = explain(server, refusal(ExternalId="red"))
    assert f"sts:AssumeRole on {role.arn}: implicitDeny: no statement of the trust policy allows it" in text
    assert (
        f"nearly: trust policy, statement 1 ({SID}): StringEquals sts:ExternalId: "
        "the policy has [blue], the request has [red]: does not hold\n"
    ) in text
    assert "missing: an Allow of the trust policy for the caller\n" in text
    # A session tag needs a permission of its own.
    assumed, tagged = explained(server, refusal(ExternalId="blue", Tags=[{"Key": "a", "Value": "b"}]))
    assert (assumed["action"], assumed["verdict"]) == ("sts:AssumeRole", "allowed")
    assert assumed["decidingStatement"]["policyType"] == "trust policy"
    assert (tagged["action"], tagged["verdict"]) == ("sts:TagSession", "implicitDeny")
    reply = role.assume(sts, ExternalId="blue")
    text = explain(server, reply["ResponseMetadata"]["RequestId"])
    assert text.endswith("allowed: the trust policy names the caller or everyone\ndecided by trust policy, statement 1\n")
    missing = explain(server, refusal(RoleArn=role.arn + "-not"))
    assert "nothing was decided: the role does not exist, which the caller is not told\n" in missing
    # A trust policy that means the account leaves it to the identity policies, of which there is none.
    role.trust(key_policy(statement | {"Principal": {"AWS": server.account}}))
    text = explain(server, refusal())
    assert f"left to identity policies by trust policy, statement 1 ({SID})\n" in text
    assert "missing: an Allow of an identity policy of the caller\n" in text


def test_what_no_policy_decided_is_said(server, raw, kms, key):
    reply = raw.call("Encrypt", {"KeyId": key["KeyId"]})
    assert "it was refused before any policy was asked\n" in explain(server, reply.request_id)
    kms.disable_key(KeyId=key["KeyId"])
    with refused("DisabledException") as caught:
        kms.encrypt(KeyId=key["KeyId"], Plaintext=b"x")
    text = explain(server, caught.value.response["ResponseMetadata"]["RequestId"])
    assert text.endswith("no policy refused it: it failed afterwards\n")
    result = claviger("policy", "explain", "no-such-request", "--data-dir", server.data_dir, check=False)
    assert result.returncode == 1
    assert "no event has the request id no-such-request" in result.stderr


def test_what_the_audit_shows_is_cloudtrail_s_alone(server, key, user):
    request_id = denied(user.client("kms").encrypt, KeyId=key["KeyId"], Plaintext=b"x")
    event = server.audit(request_id)
    assert "Enable IAM User Permissions" not in json.dumps(event)
    assert "Enable IAM User Permissions" in explain(server, request_id)
