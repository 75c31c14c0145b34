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


def sources(result):
    return [(each["SourcePolicyId"], each["SourcePolicyType"]) for each in result["MatchedStatements"]]


def spans(iam, text, **more):
    """Start and end of each matched statement: (line, column)."""
    [result] = custom(iam, text, **more)
    return [
        tuple((each[end]["Line"], each[end]["Column"]) for end in ("StartPosition", "EndPosition"))
        for each in result["MatchedStatements"]
    ]


def entry(name, values, kind="string"):
    return {"ContextKeyName": name, "ContextKeyValues": values, "ContextKeyType": kind}


def test_a_policy_allows_denies_or_is_silent(iam):
    allowed, silent = custom(iam, ENCRYPT, actions=["kms:Encrypt", "kms:Decrypt"])
    # json.dumps() writes a blank behind each colon and comma: the list begins in column 40.
    end = len(ENCRYPT) - 1
    assert allowed == {
        "EvalActionName": "kms:Encrypt",
        "EvalResourceName": "*",
        "EvalDecision": "allowed",
        "MatchedStatements": [
            {
                "SourcePolicyId": "PolicyInputList.1",
                "SourcePolicyType": "IAM Policy",
                "StartPosition": {"Line": 1, "Column": 41},
                "EndPosition": {"Line": 1, "Column": end},
            }
        ],
        "MissingContextValues": [],
    }
    assert (silent["EvalDecision"], silent["MatchedStatements"]) == ("implicitDeny", [])
    [denied] = custom(iam, ENCRYPT, DENY)
    assert denied["EvalDecision"] == "explicitDeny"
    assert [each["SourcePolicyId"] for each in denied["MatchedStatements"]] == ["PolicyInputList.2"]


def test_statements_have_their_places_as_in_aws(iam):
    """The first is the example of the AWS CLI's documentation, with the numbers that stand there."""
    alone = (
        '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"dynamodb:*","Resource":"*","Condition":'
        '{"DateGreaterThan":{"aws:CurrentTime":"2018-08-16T12:00:00Z"}}}}'
    )
    now = entry("aws:CurrentTime", ["2019-04-25T11:00:00Z"], "date")
    assert spans(iam, alone, actions=["dynamodb:CreateBackup"], ContextEntries=[now]) == [((1, 38), (1, 167))]
    statement = '{"Effect":"Allow","Action":"kms:*","Resource":"*"}'
    assert spans(iam, '{"Statement":[%s,\n  %s]}' % (statement, statement)) == [
        ((1, 15), (1, 15 + len(statement))),
        ((1, 15 + len(statement)), (2, 3 + len(statement))),
    ]
    lines = '{\n  "Version": "2012-10-17",\n  "Statement": [\n    {"Sid": "a",\n     "Effect": "Allow",\n'
    lines += '     "Action": "*", "Resource": "*"}\n  ]\n}'
    assert spans(iam, lines) == [((3, 17), (6, 37))]


def test_across_accounts_each_side_is_told(server, iam):
    user = Holder(iam, "User", server.account)
    statement = {"Effect": "Allow", "Principal": {"AWS": user.arn}, "Action": "kms:Encrypt", "Resource": "*"}
    text = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    question = {"ResourceArns": [KEY], "ResourcePolicy": text, "CallerArn": user.arn}
    [result] = custom(iam, policy("kms:Decrypt"), **question)
    details = {"IAM Policy": "implicitDeny", "Resource Policy": "allowed"}
    assert (result["EvalDecision"], result["EvalDecisionDetails"]) == ("implicitDeny", details)
    assert result["ResourceSpecificResults"][0]["EvalDecisionDetails"] == details
    [result] = custom(iam, ENCRYPT, **question)
    assert result["EvalDecision"] == "allowed"
    assert sources(result) == [("ResourcePolicy", "Resource Policy"), ("PolicyInputList.1", "IAM Policy")]
    conditional = policy("kms:Encrypt", Condition={"StringEquals": {"aws:PrincipalTag/team": "a"}})
    [result] = custom(iam, conditional, **question)
    assert result["MissingContextValues"] == []
    assert result["ResourceSpecificResults"][0]["MissingContextValues"] == ["aws:PrincipalTag/team"]


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
    assert sources(results[0]) == [("ResourcePolicy", "Resource Policy")]
    assert results[0]["EvalDecisionDetails"] == {}
    [of_resource] = results[0]["ResourceSpecificResults"]
    assert of_resource == {
        "EvalResourceName": arn,
        "EvalResourceDecision": "allowed",
        "MatchedStatements": results[0]["MatchedStatements"],
        "MissingContextValues": [],
    }
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
    assert [sources(each) for each in results] == [
        [(f"user_{user.name}_own", "IAM Policy")],
        [(user.name, "IAM Policy")],
        [(f"group_{group.name}_shared", "IAM Policy")],
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
