"""The condition keys of IAM's own actions, in the policies of those who call them."""

import pytest

from expect import code_of
from iam_fixtures import Holder, NewUser, fresh, policy, trust


@pytest.fixture(scope="module")
def iam(server):
    return server.client("iam")


@pytest.fixture(scope="module")
def managed(iam):
    return iam.create_policy(PolicyName=fresh("Allowed"), PolicyDocument=policy("kms:Encrypt"))["Policy"]["Arn"]


@pytest.fixture(scope="module")
def other(iam):
    return iam.create_policy(PolicyName=fresh("Other"), PolicyDocument=policy("kms:*"))["Policy"]["Arn"]


@pytest.fixture
def caller(server):
    """A client of a user that may do `actions` under a condition."""
    return lambda actions, condition: NewUser(server, policy(actions, Condition=condition)).client("iam")


@pytest.mark.parametrize("kind", ["User", "Group", "Role"])
def test_only_named_policies_may_be_attached(server, iam, caller, managed, other, kind):
    target = Holder(iam, kind, server.account)
    target.iam = caller(
        [f"iam:Attach{kind}Policy", f"iam:Detach{kind}Policy"], {"ArnEquals": {"iam:PolicyARN": managed}}
    )
    target.call("attach_{}_policy", PolicyArn=managed)
    assert code_of(target.call, form="attach_{}_policy", PolicyArn=other) == "AccessDenied"
    target.call("detach_{}_policy", PolicyArn=managed)


@pytest.mark.parametrize("kind", ["User", "Role"])
def test_new_principals_must_have_the_boundary(server, caller, managed, other, kind):
    create = getattr(
        caller(f"iam:Create{kind}", {"StringEquals": {"iam:PermissionsBoundary": managed}}), f"create_{kind.lower()}"
    )
    more = {"AssumeRolePolicyDocument": trust(server.account)} if kind == "Role" else {}
    name = f"{kind}Name"
    assert code_of(create, **{name: fresh()}, **more) == "AccessDenied"
    assert code_of(create, **{name: fresh()}, **more, PermissionsBoundary=other) == "AccessDenied"
    create(**{name: fresh()}, **more, PermissionsBoundary=managed)


@pytest.mark.parametrize("kind", ["User", "Role"])
def test_permissions_may_be_given_below_a_boundary_only(server, iam, caller, managed, kind):
    target = Holder(iam, kind, server.account)
    boundary = Holder(iam, kind, server.account)
    boundary.call("put_{}_permissions_boundary", PermissionsBoundary=managed)
    verbs = ("Put", "Delete", "Attach", "Detach")
    actions = [f"iam:{verb}{kind}Policy" for verb in verbs] + [f"iam:*{kind}PermissionsBoundary"]
    restricted = caller(actions, {"StringEquals": {"iam:PermissionsBoundary": managed}})
    for one, allowed in ((target, False), (boundary, True)):
        one.iam = restricted
        for form, parameters in (
            ("put_{}_policy", {"PolicyName": "p", "PolicyDocument": policy("kms:Encrypt")}),
            ("delete_{}_policy", {"PolicyName": "p"}),
            ("attach_{}_policy", {"PolicyArn": managed}),
            ("detach_{}_policy", {"PolicyArn": managed}),
            ("delete_{}_permissions_boundary", {}),
        ):
            assert (code_of(one.call, form=form, **parameters) is None) == allowed, (form, allowed)


@pytest.mark.parametrize("kind", ["User", "Role"])
def test_tags_of_the_request_and_of_the_resource(server, iam, caller, kind):
    tagged, plain = (Holder(iam, kind, server.account) for _ in range(2))
    tagged.call("tag_{}", Tags=[{"Key": "Team", "Value": "blue"}])
    for key in ("aws:ResourceTag/team", "iam:ResourceTag/team"):
        mine = caller([f"iam:Get{kind}", f"iam:List{kind}Tags"], {"StringEquals": {key: "blue"}})
        for one, code in ((tagged, None), (plain, "AccessDenied")):
            assert code_of(getattr(mine, f"get_{kind.lower()}"), **one.me) == code
            assert code_of(getattr(mine, f"list_{kind.lower()}_tags"), **one.me) == code
    plain.iam = caller(
        [f"iam:Tag{kind}", f"iam:Untag{kind}"],
        {
            "ForAllValues:StringEquals": {"aws:TagKeys": ["team"]},
            "StringEqualsIfExists": {"aws:RequestTag/team": "blue"},
        },
    )
    for tags, code in (
        ([{"Key": "team", "Value": "blue"}], None),
        ([{"Key": "team", "Value": "red"}], "AccessDenied"),
        ([{"Key": "team", "Value": "blue"}, {"Key": "other", "Value": ""}], "AccessDenied"),
    ):
        assert code_of(plain.call, form="tag_{}", Tags=tags) == code
    assert code_of(plain.call, form="untag_{}", TagKeys=["other"]) == "AccessDenied"
    assert code_of(plain.call, form="untag_{}", TagKeys=["team"]) is None


def test_tags_of_policies_providers_and_owners_of_keys(server, iam, caller, managed, other):
    iam.tag_policy(PolicyArn=managed, Tags=[{"Key": "team", "Value": "blue"}])
    provider = iam.create_open_id_connect_provider(
        Url=f"https://{fresh('issuer')}.example.com", Tags=[{"Key": "team", "Value": "blue"}]
    )["OpenIDConnectProviderArn"]
    mine = caller(["iam:Get*"], {"StringEquals": {"aws:ResourceTag/team": "blue"}})
    assert code_of(mine.get_policy, PolicyArn=managed) is None
    assert code_of(mine.get_policy, PolicyArn=other) == "AccessDenied"
    assert code_of(mine.get_open_id_connect_provider, OpenIDConnectProviderArn=provider) is None
    user = NewUser(server)
    key = user.key["AccessKeyId"]
    assert code_of(mine.get_access_key_last_used, AccessKeyId=key) == "AccessDenied"
    user.call("tag_{}", Tags=[{"Key": "team", "Value": "blue"}])
    assert code_of(mine.get_access_key_last_used, AccessKeyId=key) is None


def test_a_user_knows_its_own_tags_without_a_name(server):
    user = NewUser(server, policy("iam:GetUser", Condition={"StringEquals": {"aws:ResourceTag/team": "blue"}}))
    assert code_of(user.client("iam").get_user) == "AccessDenied"
    user.call("tag_{}", Tags=[{"Key": "team", "Value": "blue"}])
    assert user.client("iam").get_user()["User"]["Arn"] == user.arn
