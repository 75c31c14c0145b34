"""What would be decided: simulations of policies, and the context keys that policies use."""

import json

import pytest

from expect import refused
from iam_fixtures import Holder, NewUser, policy

KEY = "arn:aws:kms:eu-central-1:111122223333:key/01234567-89ab-4cde-8f01-23456789abcd"
ENCRYPT, DENY = policy("kms:Encrypt"), policy("kms:*", effect="Deny")


@pytest.fixture(scope="module")
def iam(server):
    return server.client("iam")


def custom(iam, *policies, actions=("kms:Encrypt",), **more):
    reply = iam.simulate_custom_policy(PolicyInputList=list(policies), ActionNames=list(actions), **more)
    return reply["EvaluationResults"]


def entry(name, values, kind="string"):
    return {"ContextKeyName": name, "ContextKeyValues": values, "ContextKeyType": kind}


def test_a_policy_allows_denies_or_is_silent(iam):
    allowed, silent = custom(iam, ENCRYPT, actions=["kms:Encrypt", "kms:Decrypt"])
    assert allowed == {
        "EvalActionName": "kms:Encrypt",
        "EvalResourceName": "*",
        "EvalDecision": "allowed",
        "MatchedStatements": [{"SourcePolicyId": "PolicyInputList.1", "SourcePolicyType": "none"}],
        "MissingContextValues": [],
    }
    assert (silent["EvalDecision"], silent["MatchedStatements"]) == ("implicitDeny", [])
    [denied] = custom(iam, ENCRYPT, DENY)
    assert denied["EvalDecision"] == "explicitDeny"
    assert [each["SourcePolicyId"] for each in denied["MatchedStatements"]] == ["PolicyInputList.2"]


def test_every_action_is_decided_on_every_resource_page_by_page(iam):
    text = policy("kms:*", KEY)
    question = {"PolicyInputList": [text], "ActionNames": ["kms:Encrypt", "kms:Decrypt"], "ResourceArns": [KEY, "*"]}
    whole = iam.simulate_custom_policy(**question)["EvaluationResults"]
    assert [(each["EvalActionName"], each["EvalResourceName"], each["EvalDecision"]) for each in whole] == [
        ("kms:Encrypt", KEY, "allowed"),
        ("kms:Encrypt", "*", "implicitDeny"),
        ("kms:Decrypt", KEY, "allowed"),
        ("kms:Decrypt", "*", "implicitDeny"),
    ]
    page = iam.simulate_custom_policy(**question, MaxItems=3)
    assert page["IsTruncated"]
    rest = iam.simulate_custom_policy(**question, MaxItems=3, Marker=page["Marker"])
    assert page["EvaluationResults"] + rest["EvaluationResults"] == whole and not rest["IsTruncated"]


def test_conditions_see_the_context_that_is_given(iam):
    text = policy("kms:Encrypt", Condition={"StringEquals": {"aws:PrincipalTag/team": "a"}})
    [result] = custom(iam, text)
    assert (result["EvalDecision"], result["MissingContextValues"]) == ("implicitDeny", ["aws:PrincipalTag/team"])
    [result] = custom(iam, text, ContextEntries=[entry("aws:PrincipalTag/team", ["a"])])
    assert (result["EvalDecision"], result["MissingContextValues"]) == ("allowed", [])
    keys = policy("kms:Encrypt", Condition={"ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b"]}})
    for values, decision in ((["a", "b"], "allowed"), (["a", "c"], "implicitDeny")):
        [result] = custom(iam, keys, ContextEntries=[entry("aws:TagKeys", values, "stringList")])
        assert result["EvalDecision"] == decision


def test_a_boundary_limits(iam):
    [result] = custom(iam, ENCRYPT, PermissionsBoundaryPolicyInputList=[policy("kms:Decrypt")])
    assert result["EvalDecision"] == "implicitDeny"
    assert result["PermissionsBoundaryDecisionDetail"] == {"AllowedByPermissionsBoundary": False}
    [result] = custom(iam, ENCRYPT, PermissionsBoundaryPolicyInputList=[policy("kms:*")])
    assert result["EvalDecision"] == "allowed"
    assert result["PermissionsBoundaryDecisionDetail"] == {"AllowedByPermissionsBoundary": True}


def test_a_key_policy_is_the_resource_policy(server, iam):
    user = Holder(iam, "User", server.account)
    statement = {"Effect": "Allow", "Principal": {"AWS": user.arn}, "Action": "kms:Encrypt", "Resource": "*"}
    text = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    arn = KEY.replace("111122223333", server.account)
    question = {"ResourceArns": [arn], "ResourcePolicy": text, "actions": ["kms:Encrypt", "kms:Decrypt"]}
    results = custom(iam, policy("s3:*"), CallerArn=user.arn, **question)
    assert [each["EvalDecision"] for each in results] == ["allowed", "implicitDeny"]
    assert results[0]["MatchedStatements"] == [
        {"SourcePolicyId": "ResourcePolicy", "SourcePolicyType": "resource"}
    ]
    with refused("InvalidInput"):
        custom(iam, policy("s3:*"), **question)
    with refused("InvalidInput"):
        custom(iam, policy("s3:*"), CallerArn=f"arn:aws:iam::{server.account}:role/x", **question)


def test_a_principal_has_all_its_policies(server, iam):
    user, group = (Holder(iam, kind, server.account) for kind in ("User", "Group"))
    group.call("add_user_to_{}", UserName=user.name)
    arn = iam.create_policy(PolicyName=user.name, PolicyDocument=policy("kms:Sign"))["Policy"]["Arn"]
    user.call("attach_{}_policy", PolicyArn=arn)
    user.call("put_{}_policy", PolicyName="own", PolicyDocument=ENCRYPT)
    group.call("put_{}_policy", PolicyName="shared", PolicyDocument=policy("kms:Decrypt"))
    actions = ["kms:Encrypt", "kms:Sign", "kms:Decrypt", "kms:Verify"]
    question = {"PolicySourceArn": user.arn, "ActionNames": actions}
    results = iam.simulate_principal_policy(**question)["EvaluationResults"]
    matched = [each["MatchedStatements"] for each in results]
    assert matched == [
        [{"SourcePolicyId": "own", "SourcePolicyType": "user"}],
        [{"SourcePolicyId": arn, "SourcePolicyType": "user-managed"}],
        [{"SourcePolicyId": "shared", "SourcePolicyType": "group"}],
        [],
    ]
    [result] = iam.simulate_principal_policy(
        PolicySourceArn=group.arn, ActionNames=["kms:Decrypt"], PolicyInputList=[DENY]
    )["EvaluationResults"]
    assert result["EvalDecision"] == "explicitDeny"
    user.call("put_{}_permissions_boundary", PermissionsBoundary=arn)
    results = iam.simulate_principal_policy(**question)["EvaluationResults"]
    assert [each["EvalDecision"] for each in results] == ["implicitDeny", "allowed", "implicitDeny", "implicitDeny"]


def test_who_is_not_there_is_not_simulated(server, iam):
    with refused("NoSuchEntity"):
        iam.simulate_principal_policy(
            PolicySourceArn=f"arn:aws:iam::{server.account}:user/nobody-here", ActionNames=["kms:Encrypt"]
        )
    for arn in (f"arn:aws:iam::{server.account}:root", "not-an-arn-but-long-enough"):
        message = f"Invalid Entity Arn: {arn} does not clearly define entity type and name."
        with refused("InvalidInput", message):
            iam.simulate_principal_policy(PolicySourceArn=arn, ActionNames=["kms:Encrypt"])
        with refused("InvalidInput", message):
            iam.get_context_keys_for_principal_policy(PolicySourceArn=arn)


@pytest.mark.parametrize(
    "change",
    [
        {"PolicyInputList": ["{}"]},
        {"ActionNames": ["Encrypt"]},
        {"ActionNames": ["kms:*"]},
        {"ResourceOwner": "somebody"},
        {"ContextEntries": [entry("aws:username", ["a", "b"])]},
        {"ResourcePolicy": "{}", "CallerArn": "arn:aws:iam::111122223333:user/x"},
        {"PermissionsBoundaryPolicyInputList": [ENCRYPT, ENCRYPT]},
    ],
    ids=str,
)
def test_what_cannot_be_simulated_is_refused(iam, change):
    with refused("InvalidInput"):
        iam.simulate_custom_policy(**{"PolicyInputList": [ENCRYPT], "ActionNames": ["kms:Encrypt"], **change})


def test_a_simulation_needs_its_permission(server):
    somebody = NewUser(server)
    mine = somebody.client("iam")
    for call, parameters in (
        (mine.simulate_custom_policy, {"PolicyInputList": [ENCRYPT], "ActionNames": ["kms:Encrypt"]}),
        (mine.simulate_principal_policy, {"PolicySourceArn": somebody.arn, "ActionNames": ["kms:Encrypt"]}),
        (mine.get_context_keys_for_custom_policy, {"PolicyInputList": [ENCRYPT]}),
        (mine.get_context_keys_for_principal_policy, {"PolicySourceArn": somebody.arn}),
    ):
        with refused("AccessDenied"):
            call(**parameters)


def test_context_keys_are_those_of_conditions_and_variables(server, iam):
    text = policy(
        "kms:*",
        "arn:aws:kms:*:*:alias/${aws:PrincipalAccount}/${aws:username}",
        Condition={"StringEquals": {"kms:ViaService": "x", "aws:PrincipalTag/team": "${aws:userid, 'none'}${*}"}},
    )
    expected = ["aws:PrincipalAccount", "aws:PrincipalTag/team", "aws:userid", "aws:username", "kms:ViaService"]
    assert iam.get_context_keys_for_custom_policy(PolicyInputList=[text])["ContextKeyNames"] == expected
    user = Holder(iam, "User", server.account)
    user.call("put_{}_policy", PolicyName="p", PolicyDocument=text)
    more = policy("kms:*", Condition={"Bool": {"aws:SecureTransport": "true", "AWS:USERID": "true"}})
    names = iam.get_context_keys_for_principal_policy(PolicySourceArn=user.arn, PolicyInputList=[more])
    assert names["ContextKeyNames"] == sorted([*expected, "aws:SecureTransport"], key=str.lower)
