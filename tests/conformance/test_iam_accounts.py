"""Account aliases and OpenID Connect providers."""

import json

import pytest

from expect import refused
from iam_fixtures import Holder, decoded, fresh, metadata_gone, policy, trust


@pytest.fixture(scope="module")
def iam(server):
    return server.client("iam")


def test_a_development_server_has_the_accounts_that_it_is_told(start_server):
    numbers = ["111122223333", "444455556666"]
    server = start_server(arguments=[part for number in (*numbers, numbers[0]) for part in ("--account", number)])
    assert server.account == numbers[0]
    (other,) = server.other_accounts
    assert other == {"account": numbers[1], "accessKeyId": f"claviger_{numbers[1]}", "secretAccessKey": "claviger"}

    def clients(service):
        mine = server.client(service)
        return mine, server.client(service, access_key=other["accessKeyId"], secret_key=other["secretAccessKey"])

    arns = [sts.get_caller_identity()["Arn"] for sts in clients("sts")]
    assert arns == [f"arn:aws:iam::{number}:root" for number in numbers]
    for iam in clients("iam"):
        iam.create_user(UserName="of-both")
    # A name, an alias and a list are of one account.
    mine, theirs = clients("kms")
    key, foreign = (kms.create_key()["KeyMetadata"] for kms in (mine, theirs))
    assert (key["AWSAccountId"], foreign["AWSAccountId"]) == tuple(numbers)
    for kms, one in ((mine, key), (theirs, foreign)):
        kms.create_alias(AliasName="alias/of-both", TargetKeyId=one["KeyId"])
        assert [entry["KeyId"] for entry in kms.list_keys()["Keys"]] == [one["KeyId"]]
        assert kms.describe_key(KeyId="alias/of-both")["KeyMetadata"]["Arn"] == one["Arn"]
    with refused("NotFoundException"):
        mine.describe_key(KeyId=foreign["KeyId"])
    with refused("AccessDeniedException"):
        mine.describe_key(KeyId=foreign["Arn"])


def test_an_account_has_one_alias(iam):
    first, second = fresh("alias"), fresh("alias")
    iam.create_account_alias(AccountAlias=first)
    iam.create_account_alias(AccountAlias=second)
    assert iam.list_account_aliases()["AccountAliases"] == [second]
    with refused("NoSuchEntity", f"The account alias {first} cannot be found."):
        iam.delete_account_alias(AccountAlias=first)
    iam.delete_account_alias(AccountAlias=second)
    assert iam.list_account_aliases()["AccountAliases"] == []
    for bad in ("ab", "-abc", "a--b", "Upper", "x" * 64):
        with refused("ValidationError"):
            iam.create_account_alias(AccountAlias=bad)


def test_a_provider_is_made_changed_and_deleted(server, iam):
    host = f"{fresh('issuer')}.example.com/path"
    tags = [{"Key": "k", "Value": "v"}]
    made = metadata_gone(
        iam.create_open_id_connect_provider(
            Url=f"https://{host}", ClientIDList=["one", "two"], ThumbprintList=["0" * 40], Tags=tags
        )
    )
    arn = f"arn:aws:iam::{server.account}:oidc-provider/{host}"
    assert made == {"OpenIDConnectProviderArn": arn, "Tags": tags}
    shown = metadata_gone(iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn))
    del shown["CreateDate"]
    assert shown == {"Url": host, "ClientIDList": ["one", "two"], "ThumbprintList": ["0" * 40], "Tags": tags}
    assert {"Arn": arn} in iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]
    with refused("EntityAlreadyExists"):
        iam.create_open_id_connect_provider(Url=f"https://{host}")
    iam.add_client_id_to_open_id_connect_provider(OpenIDConnectProviderArn=arn, ClientID="three")
    iam.remove_client_id_from_open_id_connect_provider(OpenIDConnectProviderArn=arn, ClientID="one")
    iam.update_open_id_connect_provider_thumbprint(OpenIDConnectProviderArn=arn, ThumbprintList=["f" * 40])
    shown = iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)
    assert (shown["ClientIDList"], shown["ThumbprintList"]) == (["two", "three"], ["f" * 40])
    iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=arn)
    with refused("NoSuchEntity", f"OpenIDConnect Provider not found for arn {arn}"):
        iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)


def test_providers_are_checked(server, iam):
    for url in ("http://example.com", "https://", "https://exa mple.com", "https://example.com?x=y"):
        with refused("ValidationError"):
            iam.create_open_id_connect_provider(Url=url)
    with refused("ValidationError"):
        iam.create_open_id_connect_provider(Url="https://example.org", ThumbprintList=["x"])
    with refused("InvalidInput"):
        iam.get_open_id_connect_provider(OpenIDConnectProviderArn="not-an-arn-but-long-enough")


def test_the_summary_counts(server, iam):
    before = iam.get_account_summary()["SummaryMap"]
    Holder(iam, "User", server.account)
    iam.create_policy(PolicyName=fresh("counted"), PolicyDocument=policy("kms:Encrypt"))
    after = iam.get_account_summary()["SummaryMap"]
    changed = {name: after[name] - before[name] for name in after if after[name] != before[name]}
    assert changed == {"Users": 1, "Policies": 1, "PolicyVersionsInUse": 1}
    assert (after["UsersQuota"], after["VersionsPerPolicyQuota"], after["MFADevices"]) == (5000, 5, 0)


class TestAuthorizationDetails:
    def test_show_everything_that_hangs_on_an_entity(self, server, iam):
        user, group, role = (Holder(iam, kind, server.account) for kind in ("User", "Group", "Role"))
        text = policy("kms:Encrypt")
        made = iam.create_policy(PolicyName=fresh("detailed"), PolicyDocument=text, Description="why")["Policy"]
        arn = made["Arn"]
        iam.create_policy_version(PolicyArn=arn, PolicyDocument=policy("kms:Decrypt"))
        group.call("add_user_to_{}", UserName=user.name)
        for one in (user, group, role):
            one.call("put_{}_policy", PolicyName="own", PolicyDocument=text)
            one.call("attach_{}_policy", PolicyArn=arn)
        user.call("put_{}_permissions_boundary", PermissionsBoundary=arn)
        user.call("tag_{}", Tags=[{"Key": "a", "Value": "b"}])
        pages = list(iam.get_paginator("get_account_authorization_details").paginate(PaginationConfig={"PageSize": 2}))
        assert len(pages) > 1
        lists = {"User": "UserDetailList", "Group": "GroupDetailList", "Role": "RoleDetailList"}
        for one in (user, group, role):
            [shown] = [
                each for page in pages for each in page[lists[one.kind]] if each[f"{one.kind}Id"] == one.id
            ]
            [own] = shown[f"{one.kind}PolicyList"]
            assert (own["PolicyName"], decoded(own["PolicyDocument"])) == ("own", json.loads(text))
            assert [each["PolicyArn"] for each in shown["AttachedManagedPolicies"]] == [arn]
            assert shown["Arn"] == one.arn
            if one.kind == "User":
                assert (shown["GroupList"], shown["Tags"]) == ([group.name], [{"Key": "a", "Value": "b"}])
                assert shown["PermissionsBoundary"]["PermissionsBoundaryArn"] == arn
            if one.kind == "Role":
                assert shown["AssumeRolePolicyDocument"] == json.loads(trust(server.account))
        [shown] = [each for page in pages for each in page["Policies"] if each["Arn"] == arn]
        assert (shown["AttachmentCount"], shown["PermissionsBoundaryUsageCount"], shown["Description"]) == (3, 1, "why")
        assert [(each["VersionId"], each["IsDefaultVersion"]) for each in shown["PolicyVersionList"]] == [
            ("v1", True),
            ("v2", False),
        ]

    def test_come_each_once_and_by_kind(self, server, iam):
        for kind in ("User", "Group", "Role"):
            Holder(iam, kind, server.account)
        pages = iam.get_paginator("get_account_authorization_details").paginate(
            Filter=["User", "Group"], PaginationConfig={"PageSize": 2}
        )
        users, groups = [], []
        for page in pages:
            assert page["RoleDetailList"] == page["Policies"] == []
            users += [each["UserName"] for each in page["UserDetailList"]]
            groups += [each["GroupName"] for each in page["GroupDetailList"]]
        paginate = lambda what: iam.get_paginator(what).paginate()
        assert users == [each["UserName"] for page in paginate("list_users") for each in page["Users"]]
        assert groups == [each["GroupName"] for page in paginate("list_groups") for each in page["Groups"]]
