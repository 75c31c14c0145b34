"""Users, groups, roles and access keys: made, found, changed and deleted as AWS IAM does it."""

import datetime
import json
import re

import pytest

from expect import code_of, refused, violation
from iam_fixtures import Holder, NewUser, decoded, fresh, metadata_gone, policy, trust

KINDS = ["User", "Group", "Role"]
PLURAL = {"User": "Users", "Group": "Groups", "Role": "Roles"}
PREFIX = {"User": "AIDA", "Group": "AGPA", "Role": "AROA"}


@pytest.fixture(scope="module")
def iam(server):
    return server.client("iam")


@pytest.fixture
def holder(server, iam):
    return lambda kind: Holder(iam, kind, server.account)


def create(server, kind, name, **more):
    if kind == "Role":
        more["AssumeRolePolicyDocument"] = trust(server.account)
    return getattr(server.client("iam"), f"create_{kind.lower()}")(**{f"{kind}Name": name}, **more)[kind]


@pytest.mark.parametrize("kind", KINDS)
def test_a_new_entity_is_described_as_aws_does(server, iam, kind):
    name = fresh("Entity")
    made = create(server, kind, name, Path="/division/team/")
    age = datetime.datetime.now(datetime.timezone.utc) - made.pop("CreateDate")
    assert abs(age.total_seconds()) < 60
    assert re.fullmatch(PREFIX[kind] + "[A-Z2-7]{17}", made.pop(f"{kind}Id"))
    if kind == "Role":
        assert made.pop("AssumeRolePolicyDocument") == json.loads(trust(server.account))
    arn = f"arn:aws:iam::{server.account}:{kind.lower()}/division/team/{name}"
    assert made == {"Path": "/division/team/", f"{kind}Name": name, "Arn": arn}


@pytest.mark.parametrize("kind", KINDS)
def test_names_are_the_same_in_any_case(server, holder, kind):
    one = holder(kind)
    shouted = {f"{kind}Name": one.name.upper()}
    with refused("EntityAlreadyExists", f"{kind} with name {one.name.upper()} already exists."):
        create(server, kind, one.name.upper())
    assert getattr(one.iam, f"get_{kind.lower()}")(**shouted)[kind]["Arn"] == one.arn


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_deleted_is_gone(holder, kind):
    one = holder(kind)
    assert set(one.delete()) == {"ResponseMetadata"}
    for call in ("get_{}", "delete_{}"):
        with refused("NoSuchEntity", f"The {kind.lower()} with name {one.name} cannot be found.") as caught:
            one.call(call)
        assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404


@pytest.mark.parametrize("kind", KINDS)
def test_a_listing_shows_those_below_a_path_page_by_page(server, iam, kind):
    path = f"/{fresh('path')}/"
    names = sorted(fresh("Page") for _ in range(5))
    for name in names:
        create(server, kind, name, Path=path + "deep/")
    found, marker, pages = [], {}, 0
    while True:
        page = getattr(iam, f"list_{kind.lower()}s")(PathPrefix=path, MaxItems=2, **marker)
        found += [entry[f"{kind}Name"] for entry in page[PLURAL[kind]]]
        assert all("Tags" not in entry for entry in page[PLURAL[kind]])
        pages += 1
        if not page["IsTruncated"]:
            assert "Marker" not in page
            break
        marker = {"Marker": page["Marker"]}
    assert (sorted(found), pages) == (names, 3)
    assert getattr(iam, f"list_{kind.lower()}s")(PathPrefix=path + "other/")[PLURAL[kind]] == []
    paginator = iam.get_paginator(f"list_{kind.lower()}s")
    everything = [entry for page in paginator.paginate() for entry in page[PLURAL[kind]]]
    assert set(names) <= {entry[f"{kind}Name"] for entry in everything}


def test_a_marker_is_of_one_listing_only(server, iam):
    path = f"/{fresh('path')}/"
    for _ in range(3):
        create(server, "User", fresh("marked"), Path=path)
    marker = iam.list_users(PathPrefix=path, MaxItems=1)["Marker"]
    for call, parameters in (
        (iam.list_users, {}),
        (iam.list_groups, {"PathPrefix": path}),
        (iam.list_users, {"PathPrefix": path, "Marker": marker[:-4] + "AAAA"}),
        (iam.list_users, {"PathPrefix": path, "Marker": "no marker"}),
    ):
        with refused("ValidationError"):
            call(**{"Marker": marker, **parameters})


def test_names_and_paths_are_checked(iam):
    with refused(
        "ValidationError",
        "The specified value for userName is invalid. It must contain only alphanumeric characters and/or the "
        "following: +=,.@_-",
    ):
        iam.create_user(UserName="no spaces")
    with refused(
        "ValidationError",
        violation("userName", "Member must have length less than or equal to 64", f"'{'x' * 65}'"),
    ):
        iam.create_user(UserName="x" * 65)
    with refused(
        "ValidationError",
        "The specified value for path is invalid. It must begin and end with / and contain only alphanumeric "
        "characters and/or / characters.",
    ):
        iam.create_user(UserName="x", Path="/half")
    with refused("ValidationError", violation("userName", "Member must not be null", "null")):
        iam.create_user()


@pytest.mark.parametrize("kind", ["User", "Group"])
def test_renaming_keeps_the_id(server, holder, kind):
    one, other = holder(kind), holder(kind)
    name = fresh("renamed")
    one.call("update_{}", **{f"New{kind}Name": name}, NewPath="/moved/")
    moved = getattr(one.iam, f"get_{kind.lower()}")(**{f"{kind}Name": name})[kind]
    assert moved[f"{kind}Id"] == one.id
    assert moved["Arn"] == f"arn:aws:iam::{server.account}:{kind.lower()}/moved/{name}"
    with refused("NoSuchEntity"):
        one.call("get_{}")
    with refused("EntityAlreadyExists"):
        other.call("update_{}", **{f"New{kind}Name": name})


def test_a_rename_needs_the_permission_on_both_names(server):
    account = server.account
    target, other = Holder(server.client("iam"), "User", account), fresh("target")
    mover = NewUser(server, policy("iam:UpdateUser", f"arn:aws:iam::{account}:user/{target.name}"))
    with refused("AccessDenied"):
        mover.client("iam").update_user(UserName=target.name, NewUserName=other)
    both = [f"arn:aws:iam::{account}:user/{name}" for name in (target.name, other)]
    mover.call("put_{}_policy", PolicyName="p0", PolicyDocument=policy("iam:UpdateUser", both))
    mover.client("iam").update_user(UserName=target.name, NewUserName=other)


class TestTags:
    @pytest.mark.parametrize("kind", ["User", "Role"])
    def test_come_and_go(self, holder, kind):
        one = holder(kind)
        one.call("tag_{}", Tags=[{"Key": "team", "Value": "a"}, {"Key": "Stage", "Value": ""}])
        one.call("tag_{}", Tags=[{"Key": "TEAM", "Value": "b"}])
        expected = [{"Key": "TEAM", "Value": "b"}, {"Key": "Stage", "Value": ""}]
        assert one.call("list_{}_tags")["Tags"] == expected
        assert one.call("get_{}")[kind]["Tags"] == expected
        page = one.call("list_{}_tags", MaxItems=1)
        assert page["IsTruncated"]
        assert one.call("list_{}_tags", MaxItems=1, Marker=page["Marker"])["Tags"] == expected[1:]
        one.call("untag_{}", TagKeys=["team", "unknown"])
        assert one.call("list_{}_tags")["Tags"] == expected[1:]

    def test_are_checked(self, holder):
        one = holder("User")
        for tags, code in (
            ([{"Key": "a", "Value": "1"}, {"Key": "A", "Value": "2"}], "InvalidInput"),
            ([{"Key": "aws:x", "Value": "1"}], "InvalidInput"),
            ([{"Key": "a*", "Value": "1"}], "ValidationError"),
            ([{"Key": str(n), "Value": ""} for n in range(51)], "ValidationError"),
        ):
            with refused(code):
                one.call("tag_{}", Tags=tags)
        assert one.call("list_{}_tags")["Tags"] == []

    @pytest.mark.parametrize("kind", ["User", "Role"])
    def test_can_be_there_from_the_start(self, server, kind):
        tags = [{"Key": "k", "Value": "v"}]
        assert create(server, kind, fresh("tagged"), Tags=tags)["Tags"] == tags


def test_groups_have_members(server, iam, holder):
    group, users = holder("Group"), [holder("User") for _ in range(3)]
    for user in users:
        assert set(group.call("add_user_to_{}", UserName=user.name)) == {"ResponseMetadata"}
    first = group.call("get_{}", MaxItems=2)
    assert first["IsTruncated"] and first["Group"]["Arn"] == group.arn
    second = group.call("get_{}", MaxItems=2, Marker=first["Marker"])
    members = [entry["UserName"] for entry in first["Users"] + second["Users"]]
    assert sorted(members) == sorted(user.name for user in users)
    assert [entry["Arn"] for entry in users[0].call("list_groups_for_{}")["Groups"]] == [group.arn]
    with refused("DeleteConflict", "Cannot delete entity, must remove users from group first.") as caught:
        group.delete()
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 409
    with refused("DeleteConflict"):
        users[0].delete()
    for user in users:
        group.call("remove_user_from_{}", UserName=user.name)
    with refused("NoSuchEntity"):
        group.call("remove_user_from_{}", UserName=users[0].name)
    group.delete()
    users[0].delete()
    with refused("NoSuchEntity", "The group with name no-group cannot be found."):
        iam.add_user_to_group(GroupName="no-group", UserName=users[1].name)


class TestRoles:
    def test_have_description_and_duration(self, server, iam):
        name = fresh("role")
        text = trust(server.account)
        made = iam.create_role(
            RoleName=name, AssumeRolePolicyDocument=text, Description="first", MaxSessionDuration=7200
        )["Role"]
        assert "Description" not in made and "MaxSessionDuration" not in made
        role = iam.get_role(RoleName=name)["Role"]
        assert (role["Description"], role["MaxSessionDuration"], role["RoleLastUsed"]) == ("first", 7200, {})
        iam.update_role(RoleName=name, MaxSessionDuration=3600)
        assert iam.update_role_description(RoleName=name, Description="second")["Role"]["Description"] == "second"
        role = iam.get_role(RoleName=name)["Role"]
        assert (role["Description"], role["MaxSessionDuration"]) == ("second", 3600)
        for seconds in (3599, 43201):
            with refused("ValidationError"):
                iam.update_role(RoleName=name, MaxSessionDuration=seconds)

    def test_have_a_trust_policy(self, server, iam, holder):
        role = holder("Role")
        text = json.loads(trust(server.account))
        text["Statement"][0]["Condition"] = {"StringEquals": {"sts:ExternalId": "a&b <é>"}}
        role.call("update_assume_{}_policy", PolicyDocument=json.dumps(text, ensure_ascii=False))
        assert decoded(iam.get_role(RoleName=role.name)["Role"]["AssumeRolePolicyDocument"]) == text
        for bad in ("{}", "no json", policy("sts:AssumeRole")):
            with refused("MalformedPolicyDocument"):
                role.call("update_assume_{}_policy", PolicyDocument=bad)
            with refused("MalformedPolicyDocument"):
                iam.create_role(RoleName=fresh("bad"), AssumeRolePolicyDocument=bad)
        with refused("ValidationError"):
            role.call("update_assume_{}_policy", PolicyDocument='{"x": "\U0001f511"}')


class TestAccessKeys:
    def test_are_made_shown_and_deleted(self, server, iam, holder):
        user = holder("User")
        key = user.call("create_access_key")["AccessKey"]
        assert re.fullmatch("AKIA[A-Z2-7]{16}", key["AccessKeyId"])
        assert re.fullmatch("[A-Za-z0-9+/]{40}", key["SecretAccessKey"])
        assert (key["UserName"], key["Status"]) == (user.name, "Active")
        [listed] = user.call("list_access_keys")["AccessKeyMetadata"]
        assert listed == {name: key[name] for name in ("UserName", "AccessKeyId", "Status", "CreateDate")}
        user.call("create_access_key")
        with refused("LimitExceeded", "Cannot exceed quota for AccessKeysPerUser: 2") as caught:
            user.call("create_access_key")
        assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 409
        with refused("DeleteConflict", "Cannot delete entity, must delete access keys first."):
            user.delete()
        for entry in user.call("list_access_keys")["AccessKeyMetadata"]:
            user.call("delete_access_key", AccessKeyId=entry["AccessKeyId"])
        with refused("NoSuchEntity", f"The Access Key with id {key['AccessKeyId']} cannot be found."):
            user.call("delete_access_key", AccessKeyId=key["AccessKeyId"])
        user.delete()

    def test_the_secret_is_in_no_audit_record(self, server, holder):
        response = holder("User").call("create_access_key")
        event = server.audit(response["ResponseMetadata"]["RequestId"])
        key = response["AccessKey"]
        shown = event["responseElements"]["accessKey"]
        assert (shown["accessKeyId"], shown["status"]) == (key["AccessKeyId"], "Active")
        assert set(shown) == {"userName", "accessKeyId", "status", "createDate"}
        assert event["requestParameters"] == {"userName": key["UserName"]}
        assert (event["eventSource"], event["eventName"]) == ("iam.amazonaws.com", "CreateAccessKey")
        assert event["readOnly"] is False
        everything = b"".join(path.read_bytes() for path in server.data_dir.rglob("*") if path.is_file())
        assert key["SecretAccessKey"].encode() not in everything

    def test_were_never_used_as_far_as_is_known(self, iam, holder):
        user = holder("User")
        key = user.call("create_access_key")["AccessKey"]["AccessKeyId"]
        assert metadata_gone(iam.get_access_key_last_used(AccessKeyId=key)) == {
            "UserName": user.name,
            "AccessKeyLastUsed": {"ServiceName": "N/A", "Region": "N/A"},
        }
        with refused("NoSuchEntity"):
            iam.get_access_key_last_used(AccessKeyId="AKIAUNKNOWN000000000")

    def test_expired_is_no_status_to_set(self, holder):
        user = holder("User")
        key = user.call("create_access_key")["AccessKey"]["AccessKeyId"]
        with refused("UnsupportedOperation"):
            user.call("update_access_key", AccessKeyId=key, Status="Expired")

    def test_of_the_root_are_not_made_here(self, iam):
        for call in (iam.create_access_key, iam.list_access_keys):
            with refused("UnsupportedOperation"):
                call()


class TestWithoutAName:
    def test_a_user_means_itself(self, server):
        user = NewUser(server, policy(["iam:GetUser", "iam:*AccessKey*"], f"arn:aws:iam::{server.account}:user/*"))
        mine = user.client("iam")
        assert mine.get_user()["User"]["Arn"] == user.arn
        assert [key["AccessKeyId"] for key in mine.list_access_keys()["AccessKeyMetadata"]] == [
            user.key["AccessKeyId"]
        ]
        made = mine.create_access_key()["AccessKey"]
        assert made["UserName"] == user.name
        mine.update_access_key(AccessKeyId=made["AccessKeyId"], Status="Inactive")
        mine.delete_access_key(AccessKeyId=made["AccessKeyId"])

    def test_and_needs_the_permission_for_itself(self, server):
        user = NewUser(server)
        with refused("AccessDenied") as caught:
            user.client("iam").get_user()
        assert f"is not authorized to perform: iam:GetUser on resource: user {user.name}" in str(caught.value) or (
            f"is not authorized to perform: iam:GetUser on resource: {user.arn}" in str(caught.value)
        )

    def test_the_root_is_shown_without_a_name(self, server, iam):
        root = iam.get_user()["User"]
        del root["CreateDate"]
        assert root == {"UserId": server.account, "Arn": f"arn:aws:iam::{server.account}:root"}


LISTS = {
    "list_users": "arn:aws:iam::{}:user/",
    "list_groups": "arn:aws:iam::{}:group/",
    "list_roles": "arn:aws:iam::{}:role/",
    "list_policies": "policy path /",
}


@pytest.mark.parametrize("call", LISTS)
def test_a_user_without_permission_lists_nothing(server, call):
    user = NewUser(server)
    with refused("AccessDenied") as caught:
        getattr(user.client("iam"), call)()
    assert LISTS[call].format(server.account) in str(caught.value)


def test_a_change_is_recorded_with_its_parameters(server, iam):
    name = fresh("audited")
    response = iam.create_user(UserName=name, Tags=[{"Key": "a", "Value": "b"}])
    event = server.audit(response["ResponseMetadata"]["RequestId"])
    assert event["requestParameters"] == {"userName": name, "tags": [{"key": "a", "value": "b"}]}
    assert event["responseElements"]["user"]["userName"] == name
    assert event["awsRegion"] == "us-east-1"
    assert code_of(iam.create_user, UserName=name) == "EntityAlreadyExists"
