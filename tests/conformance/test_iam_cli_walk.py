"""Every action of IAM that is built, with the real AWS CLI, as its users type them."""

import json

import pytest
from botocore import xform_name

from actions import IAM_ACTIONS
from iam_fixtures import fresh, policy, trust

COMMANDS = {xform_name(action, "-"): action for action in IAM_ACTIONS}


class Walk:
    """The AWS CLI; remembers which actions were called with success."""

    def __init__(self, server):
        self._server = server
        self.done = set()

    def __call__(self, command, *arguments):
        words = [word for argument in arguments for word in argument.split("|")]
        output = self._server.aws(command, *words, service="iam")
        self.done.add(COMMANDS[command])
        return output


@pytest.fixture(scope="module")
def aws(server):
    return Walk(server)


@pytest.fixture(scope="module")
def text(tmp_path_factory):
    """Where the CLI reads a policy from."""
    place = tmp_path_factory.mktemp("policies")

    def put(content):
        path = place / fresh("policy")
        path.write_text(content)
        return f"file://{path}"

    return put


@pytest.fixture(scope="module")
def document(text):
    return text(policy("kms:Encrypt"))


def test_users_groups_and_access_keys(aws):
    user, group = fresh("cli-user"), fresh("cli-group")
    me, us = f"--user-name|{user}", f"--group-name|{group}"
    assert aws("create-user", me)["User"]["UserName"] == user
    assert aws("create-group", us)["Group"]["GroupName"] == group
    aws("add-user-to-group", me, us)
    assert aws("get-group", us)["Users"][0]["UserName"] == user
    assert aws("list-groups-for-user", me)["Groups"][0]["GroupName"] == group
    aws("tag-user", me, "--tags|Key=a,Value=b")
    assert aws("list-user-tags", me)["Tags"] == [{"Key": "a", "Value": "b"}]
    aws("untag-user", me, "--tag-keys|a")
    key = f"--access-key-id|{aws('create-access-key', me)['AccessKey']['AccessKeyId']}"
    aws("update-access-key", me, key, "--status|Inactive")
    assert aws("list-access-keys", me)["AccessKeyMetadata"][0]["Status"] == "Inactive"
    assert aws("get-access-key-last-used", key)["UserName"] == user
    aws("delete-access-key", me, key)
    aws("remove-user-from-group", me, us)
    aws("update-user", me, f"--new-user-name|{user}-2")
    aws("update-group", us, f"--new-group-name|{group}-2")
    assert aws("get-user", f"{me}-2")["User"]["UserName"] == f"{user}-2"
    assert f"{user}-2" in {entry["UserName"] for entry in aws("list-users")["Users"]}
    assert f"{group}-2" in {entry["GroupName"] for entry in aws("list-groups")["Groups"]}
    aws("delete-user", f"{me}-2")
    aws("delete-group", f"{us}-2")


def test_roles(server, aws, text):
    role = fresh("cli-role")
    me, trusted = f"--role-name|{role}", text(trust(server.account))
    aws("create-role", me, f"--assume-role-policy-document|{trusted}")
    aws("update-assume-role-policy", me, f"--policy-document|{trusted}")
    aws("update-role", me, "--max-session-duration|7200")
    assert aws("update-role-description", me, "--description", "what for")["Role"]["Description"] == "what for"
    assert aws("get-role", me)["Role"]["MaxSessionDuration"] == 7200
    aws("tag-role", me, "--tags|Key=a,Value=b")
    aws("untag-role", me, "--tag-keys|a")
    assert aws("list-role-tags", me)["Tags"] == []
    assert role in {entry["RoleName"] for entry in aws("list-roles")["Roles"]}
    aws("delete-role", me)


def test_managed_policies(aws, document):
    name = fresh("cli-policy")
    arn = aws("create-policy", f"--policy-name|{name}", f"--policy-document|{document}")["Policy"]["Arn"]
    me = f"--policy-arn|{arn}"
    assert aws("get-policy", me)["Policy"]["PolicyName"] == name
    assert arn in {entry["Arn"] for entry in aws("list-policies", "--scope|Local")["Policies"]}
    aws("create-policy-version", me, f"--policy-document|{document}")
    aws("set-default-policy-version", me, "--version-id|v2")
    shown = aws("get-policy-version", me, "--version-id|v2")["PolicyVersion"]
    assert shown["Document"]["Statement"][0]["Action"] == "kms:Encrypt"
    aws("delete-policy-version", me, "--version-id|v1")
    assert [entry["VersionId"] for entry in aws("list-policy-versions", me)["Versions"]] == ["v2"]
    aws("tag-policy", me, "--tags|Key=a,Value=b")
    assert aws("list-policy-tags", me)["Tags"] == [{"Key": "a", "Value": "b"}]
    aws("untag-policy", me, "--tag-keys|a")
    assert aws("list-entities-for-policy", me)["PolicyUsers"] == []
    aws("delete-policy", me)


def test_what_users_groups_and_roles_may(server, aws, document, text):
    arn = aws("create-policy", f"--policy-name|{fresh('cli-policy')}", f"--policy-document|{document}")["Policy"]["Arn"]
    for kind in ("user", "group", "role"):
        me = f"--{kind}-name|{fresh('cli')}"
        more = [f"--assume-role-policy-document|{text(trust(server.account))}"] if kind == "role" else []
        aws(f"create-{kind}", me, *more)
        aws(f"attach-{kind}-policy", me, f"--policy-arn|{arn}")
        assert aws(f"list-attached-{kind}-policies", me)["AttachedPolicies"][0]["PolicyArn"] == arn
        aws(f"detach-{kind}-policy", me, f"--policy-arn|{arn}")
        aws(f"put-{kind}-policy", me, "--policy-name|p", f"--policy-document|{document}")
        assert aws(f"list-{kind}-policies", me)["PolicyNames"] == ["p"]
        shown = aws(f"get-{kind}-policy", me, "--policy-name|p")
        assert shown["PolicyDocument"]["Statement"][0]["Action"] == "kms:Encrypt"
        aws(f"delete-{kind}-policy", me, "--policy-name|p")
        if kind != "group":
            aws(f"put-{kind}-permissions-boundary", me, f"--permissions-boundary|{arn}")
            aws(f"delete-{kind}-permissions-boundary", me)
        aws(f"delete-{kind}", me)


def test_account_and_identity_providers(aws):
    alias = fresh("cli-alias")
    aws("create-account-alias", f"--account-alias|{alias}")
    assert aws("list-account-aliases")["AccountAliases"] == [alias]
    aws("delete-account-alias", f"--account-alias|{alias}")
    assert aws("get-account-summary")["SummaryMap"]["AccessKeysPerUserQuota"] == 2
    assert aws("get-account-authorization-details", "--filter|Group|Role")["UserDetailList"] == []
    made = aws("create-open-id-connect-provider", f"--url|https://{alias}.example.com", "--client-id-list|one")
    me = f"--open-id-connect-provider-arn|{made['OpenIDConnectProviderArn']}"
    aws("add-client-id-to-open-id-connect-provider", me, "--client-id|two")
    aws("remove-client-id-from-open-id-connect-provider", me, "--client-id|one")
    aws("update-open-id-connect-provider-thumbprint", me, f"--thumbprint-list|{'ab' * 20}")
    shown = aws("get-open-id-connect-provider", me)
    assert (shown["ClientIDList"], shown["ThumbprintList"]) == (["two"], ["ab" * 20])
    aws("tag-open-id-connect-provider", me, "--tags|Key=a,Value=b")
    assert aws("list-open-id-connect-provider-tags", me)["Tags"] == [{"Key": "a", "Value": "b"}]
    aws("untag-open-id-connect-provider", me, "--tag-keys|a")
    listed = aws("list-open-id-connect-providers")["OpenIDConnectProviderList"]
    assert {"Arn": made["OpenIDConnectProviderArn"]} in listed
    aws("delete-open-id-connect-provider", me)


def test_simulation(aws):
    user = fresh("cli-user")
    arn = aws("create-user", f"--user-name|{user}")["User"]["Arn"]
    document = json.dumps([policy("kms:Encrypt", Condition={"StringEquals": {"aws:username": user}})])
    known = f"ContextKeyName=aws:username,ContextKeyValues={user},ContextKeyType=string"
    of_policy, of_user = f"--policy-input-list|{document}", f"--policy-source-arn|{arn}"
    more = ["--action-names|kms:Encrypt", f"--context-entries|{known}"]
    assert aws("simulate-custom-policy", of_policy, *more)["EvaluationResults"][0]["EvalDecision"] == "allowed"
    result = aws("simulate-principal-policy", of_user, *more)["EvaluationResults"][0]
    assert result["EvalDecision"] == "implicitDeny"
    assert aws("get-context-keys-for-custom-policy", of_policy)["ContextKeyNames"] == ["aws:username"]
    assert aws("get-context-keys-for-principal-policy", of_user)["ContextKeyNames"] == []


def test_the_walk_went_through_every_action(aws):
    # Runs after those above, in the order of this file.
    assert aws.done == IAM_ACTIONS
