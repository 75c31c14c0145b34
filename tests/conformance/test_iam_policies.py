"""Managed and inline policies, attachments and boundaries: kept as they were put, and in force at once."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from expect import code_of, refused
from iam_fixtures import Holder, NewUser, decoded, fresh, policy

KINDS = ["User", "Group", "Role"]
ENCRYPT = policy("kms:Encrypt")


@pytest.fixture(scope="module")
def iam(server):
    return server.client("iam")


@pytest.fixture
def holder(server, iam):
    return lambda kind: Holder(iam, kind, server.account)


@pytest.fixture
def managed(iam):
    """The ARN of a new managed policy."""
    return lambda text=ENCRYPT, **more: iam.create_policy(PolicyName=fresh("Managed"), PolicyDocument=text, **more)[
        "Policy"
    ]["Arn"]


class TestManagedPolicies:
    def test_are_described_as_aws_does(self, server, iam):
        name = fresh("Managed")
        tags = [{"Key": "k", "Value": "v"}]
        made = iam.create_policy(
            PolicyName=name, Path="/app/", PolicyDocument=ENCRYPT, Description="what it is for", Tags=tags
        )["Policy"]
        assert "Description" not in made
        shown = iam.get_policy(PolicyArn=made["Arn"])["Policy"]
        assert shown.pop("Description") == "what it is for"
        assert shown == made
        assert made["PolicyId"].startswith("ANPA") and made.pop("CreateDate") == made.pop("UpdateDate")
        del made["PolicyId"]
        assert made == {
            "PolicyName": name,
            "Arn": f"arn:aws:iam::{server.account}:policy/app/{name}",
            "Path": "/app/",
            "DefaultVersionId": "v1",
            "AttachmentCount": 0,
            "PermissionsBoundaryUsageCount": 0,
            "IsAttachable": True,
            "Tags": tags,
        }
        with refused("EntityAlreadyExists"):
            iam.create_policy(PolicyName=name.upper(), PolicyDocument=ENCRYPT)

    def test_are_checked(self, iam):
        for text in ("{}", "no json", json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow"}]})):
            with refused("MalformedPolicyDocument"):
                iam.create_policy(PolicyName=fresh(), PolicyDocument=text)
        with refused("LimitExceeded"):
            iam.create_policy(PolicyName=fresh(), PolicyDocument=policy(["kms:" + "x" * 60] * 100))

    def test_have_versions(self, iam, managed):
        arn = managed()
        texts = {"v1": ENCRYPT}
        for number in range(2, 6):
            texts[f"v{number}"] = policy(f"kms:Encrypt{number}")
            version = iam.create_policy_version(PolicyArn=arn, PolicyDocument=texts[f"v{number}"])["PolicyVersion"]
            assert (version["VersionId"], version["IsDefaultVersion"]) == (f"v{number}", False)
            assert "Document" not in version
        with refused("LimitExceeded"):
            iam.create_policy_version(PolicyArn=arn, PolicyDocument=ENCRYPT)
        for version, text in texts.items():
            shown = iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]
            assert decoded(shown["Document"]) == json.loads(text)
        page = iam.list_policy_versions(PolicyArn=arn, MaxItems=3)
        assert [entry["VersionId"] for entry in page["Versions"]] == ["v5", "v4", "v3"]
        page = iam.list_policy_versions(PolicyArn=arn, MaxItems=3, Marker=page["Marker"])
        assert [entry["VersionId"] for entry in page["Versions"]] == ["v2", "v1"]
        iam.set_default_policy_version(PolicyArn=arn, VersionId="v3")
        assert iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"] == "v3"
        with refused("DeleteConflict", "Cannot delete the default version of a policy."):
            iam.delete_policy_version(PolicyArn=arn, VersionId="v3")
        with refused("DeleteConflict"):
            iam.delete_policy(PolicyArn=arn)
        for version in ("v1", "v2", "v4", "v5"):
            iam.delete_policy_version(PolicyArn=arn, VersionId=version)
        with refused("NoSuchEntity", f"Policy {arn} version v1 does not exist or is not attachable."):
            iam.get_policy_version(PolicyArn=arn, VersionId="v1")
        made = iam.create_policy_version(PolicyArn=arn, PolicyDocument=ENCRYPT, SetAsDefault=True)["PolicyVersion"]
        assert (made["VersionId"], made["IsDefaultVersion"]) == ("v6", True)
        iam.delete_policy_version(PolicyArn=arn, VersionId="v3")
        iam.delete_policy(PolicyArn=arn)
        with refused("NoSuchEntity", f"Policy {arn} was not found."):
            iam.get_policy(PolicyArn=arn)

    def test_have_tags(self, iam, managed):
        arn = managed()
        iam.tag_policy(PolicyArn=arn, Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
        iam.untag_policy(PolicyArn=arn, TagKeys=["a"])
        assert iam.list_policy_tags(PolicyArn=arn)["Tags"] == [{"Key": "b", "Value": "2"}]

    def test_are_listed_by_path_and_use(self, iam, holder, managed):
        path = f"/{fresh('path')}/"
        attached, boundary, unused = (managed(Path=path) for _ in range(3))
        holder("User").call("attach_{}_policy", PolicyArn=attached)
        holder("User").call("put_{}_permissions_boundary", PermissionsBoundary=boundary)

        def arns(**filters):
            return {entry["Arn"] for entry in iam.list_policies(PathPrefix=path, **filters)["Policies"]}

        assert arns() == arns(Scope="Local") == arns(Scope="All") == {attached, boundary, unused}
        assert arns(OnlyAttached=True) == {attached}
        assert arns(PolicyUsageFilter="PermissionsPolicy") == {attached}
        assert arns(PolicyUsageFilter="PermissionsBoundary") == {boundary}
        assert arns(Scope="AWS") == set()
        page = iam.list_policies(PathPrefix=path, MaxItems=2)
        rest = iam.list_policies(PathPrefix=path, MaxItems=2, Marker=page["Marker"])
        assert len(page["Policies"]) == 2 and len(rest["Policies"]) == 1

    def test_unknown_ones_are_refused(self, iam, holder):
        user = holder("User")
        for arn in ("arn:aws:iam::aws:policy/AdministratorAccess", f"{user.arn.rpartition(':')[0]}:policy/none"):
            with refused("NoSuchEntity", f"Policy {arn} does not exist or is not attachable."):
                user.call("attach_{}_policy", PolicyArn=arn)
            assert code_of(iam.get_policy, PolicyArn=arn) == "NoSuchEntity"
        for arn in ("not-an-arn-but-long-enough", user.arn):
            with refused("InvalidInput", f"ARN {arn} is not valid."):
                user.call("attach_{}_policy", PolicyArn=arn)
            assert code_of(iam.get_policy, PolicyArn=arn) == "InvalidInput"


@pytest.mark.parametrize("kind", KINDS)
class TestAttachments:
    def test_are_made_listed_and_undone(self, iam, holder, managed, kind):
        one = holder(kind)
        arns = [managed() for _ in range(3)]
        for arn in arns + arns[:1]:
            assert set(one.call("attach_{}_policy", PolicyArn=arn)) == {"ResponseMetadata"}
        page = one.call("list_attached_{}_policies", MaxItems=2)
        rest = one.call("list_attached_{}_policies", MaxItems=2, Marker=page["Marker"])
        assert [entry["PolicyArn"] for entry in page["AttachedPolicies"] + rest["AttachedPolicies"]] == arns
        assert page["AttachedPolicies"][0]["PolicyName"] == arns[0].rpartition("/")[2]
        assert one.call("list_attached_{}_policies", PathPrefix="/other/")["AttachedPolicies"] == []
        assert iam.get_policy(PolicyArn=arns[0])["Policy"]["AttachmentCount"] == 1
        entities = iam.list_entities_for_policy(PolicyArn=arns[0])
        assert entities[f"Policy{kind}s"] == [{f"{kind}Name": one.name, f"{kind}Id": one.id}]
        assert sum(len(entities[f"Policy{each}s"]) for each in KINDS) == 1
        for each in KINDS:
            filtered = iam.list_entities_for_policy(PolicyArn=arns[0], EntityFilter=each)
            assert len(filtered[f"Policy{kind}s"]) == (each == kind)
        with refused("DeleteConflict", "Cannot delete a policy attached to entities."):
            iam.delete_policy(PolicyArn=arns[0])
        with refused("DeleteConflict", "Cannot delete entity, must detach all policies first."):
            one.delete()
        for arn in arns:
            one.call("detach_{}_policy", PolicyArn=arn)
        with refused("NoSuchEntity", f"Policy {arns[0]} was not found."):
            one.call("detach_{}_policy", PolicyArn=arns[0])
        one.delete()
        iam.delete_policy(PolicyArn=arns[0])

    def test_are_ten_at_most(self, holder, managed, kind):
        one = holder(kind)
        for _ in range(10):
            one.call("attach_{}_policy", PolicyArn=managed())
        with refused("LimitExceeded", f"Cannot exceed quota for PoliciesPer{kind}: 10"):
            one.call("attach_{}_policy", PolicyArn=managed())

    def test_inline_policies_come_and_go(self, holder, kind):
        one = holder(kind)
        assert one.call("list_{}_policies")["PolicyNames"] == []
        odd = '{ "Version":"2012-10-17",\n\t"Statement":{"Effect":"Allow","Action":"kms:*","Resource":"*",\r\n"Sid":"x"}}'
        one.call("put_{}_policy", PolicyName="b", PolicyDocument=ENCRYPT)
        one.call("put_{}_policy", PolicyName="a", PolicyDocument=odd)
        one.call("put_{}_policy", PolicyName="A", PolicyDocument=ENCRYPT)
        assert one.call("list_{}_policies")["PolicyNames"] == ["A", "b"]
        shown = one.call("get_{}_policy", PolicyName="a")
        assert (shown[f"{kind}Name"], shown["PolicyName"]) == (one.name, "A")
        assert decoded(shown["PolicyDocument"]) == json.loads(ENCRYPT)
        with refused("MalformedPolicyDocument"):
            one.call("put_{}_policy", PolicyName="c", PolicyDocument="{}")
        with refused("DeleteConflict", "Cannot delete entity, must delete policies first."):
            one.delete()
        for name in ("a", "b"):
            one.call("delete_{}_policy", PolicyName=name)
        for call in ("get_{}_policy", "delete_{}_policy"):
            with refused("NoSuchEntity", f"The {kind.lower()} policy with name b cannot be found."):
                one.call(call, PolicyName="b")
        one.delete()

    def test_inline_policies_have_a_size(self, holder, kind):
        one = holder(kind)
        limit = {"User": 2048, "Group": 5120, "Role": 10240}[kind]
        text = policy("kms:" + "x" * (limit // 2))
        one.call("put_{}_policy", PolicyName="a", PolicyDocument=text + " " * 5000)
        with refused("LimitExceeded"):
            one.call("put_{}_policy", PolicyName="b", PolicyDocument=text)
        assert one.call("list_{}_policies")["PolicyNames"] == ["a"]


@pytest.mark.parametrize("kind", ["User", "Role"])
def test_boundaries_are_put_shown_and_deleted(iam, holder, managed, kind):
    one, arn = holder(kind), managed()
    one.call("put_{}_permissions_boundary", PermissionsBoundary=arn)
    shown = one.call("get_{}")[kind]["PermissionsBoundary"]
    assert shown == {"PermissionsBoundaryType": "PermissionsBoundaryPolicy", "PermissionsBoundaryArn": arn}
    assert iam.get_policy(PolicyArn=arn)["Policy"]["PermissionsBoundaryUsageCount"] == 1
    entities = iam.list_entities_for_policy(PolicyArn=arn, PolicyUsageFilter="PermissionsBoundary")
    assert entities[f"Policy{kind}s"][0][f"{kind}Name"] == one.name
    with refused("DeleteConflict"):
        iam.delete_policy(PolicyArn=arn)
    one.call("delete_{}_permissions_boundary")
    with refused("NoSuchEntity"):
        one.call("delete_{}_permissions_boundary")
    iam.delete_policy(PolicyArn=arn)


def test_changes_at_the_same_time_are_all_made(server, holder, managed):
    user, arns = holder("User"), [managed() for _ in range(8)]
    tags = [[{"Key": f"k{number}", "Value": "v"}] for number in range(8)]
    with ThreadPoolExecutor(16) as pool:
        calls = [pool.submit(user.call, "attach_{}_policy", PolicyArn=arn) for arn in arns]
        calls += [pool.submit(user.call, "tag_{}", Tags=each) for each in tags]
        for call in calls:
            call.result()
    assert {each["PolicyArn"] for each in user.call("list_attached_{}_policies")["AttachedPolicies"]} == set(arns)
    assert len(user.call("list_{}_tags")["Tags"]) == 8


def test_only_one_of_two_takes_a_name(server, iam):
    names = [fresh("race") for _ in range(5)]
    with ThreadPoolExecutor(8) as pool:
        codes = list(pool.map(lambda name: code_of(iam.create_user, UserName=name), names * 4))
    assert codes.count(None) == 5 and codes.count("EntityAlreadyExists") == 15


class TestInForceAtOnce:
    """Every change decides the very next request of the user."""

    @pytest.fixture
    def user(self, server):
        return NewUser(server)

    @pytest.fixture
    def may(self, user, key):
        return lambda action="describe_key": code_of(getattr(user.client("kms"), action), KeyId=key["KeyId"]) is None

    def test_without_policies_a_user_may_nothing(self, user, may):
        assert not may()
        with refused("AccessDeniedException") as caught:
            user.client("kms").list_keys()
        assert f"User: {user.arn} is not authorized to perform: kms:ListKeys" in str(caught.value)
        assert user.client("sts").get_caller_identity()["Arn"] == user.arn

    def test_nothing_denies_to_know_who_one_is(self, user, holder, managed):
        # STS API reference, GetCallerIdentity: no permissions are required, and an explicit deny changes nothing.
        deny = policy(["sts:*", "sts:GetCallerIdentity", "*"], effect="Deny")
        group = holder("Group")
        group.call("add_user_to_{}", UserName=user.name)
        for one in (user, group):
            one.call("put_{}_policy", PolicyName="deny", PolicyDocument=deny)
            one.call("attach_{}_policy", PolicyArn=managed(deny))
        user.call("put_{}_permissions_boundary", PermissionsBoundary=managed(deny))
        assert code_of(user.client("iam").get_user) == "AccessDenied"
        told = user.client("sts").get_caller_identity()
        assert (told["Arn"], told["UserId"]) == (user.arn, user.id)

    def test_inline_policies(self, user, may, key):
        user.call("put_{}_policy", PolicyName="p", PolicyDocument=policy("kms:DescribeKey", key["Arn"]))
        assert may() and not may("get_key_policy")
        user.call("put_{}_policy", PolicyName="p", PolicyDocument=policy("kms:GetKeyPolicy", key["Arn"]))
        assert not may() and may("get_key_policy")
        user.call("delete_{}_policy", PolicyName="p")
        assert not may() and not may("get_key_policy")

    def test_attached_policies_and_their_versions(self, iam, user, may, managed):
        arn = managed(policy("kms:DescribeKey"))
        user.call("attach_{}_policy", PolicyArn=arn)
        assert may()
        iam.create_policy_version(PolicyArn=arn, PolicyDocument=policy("kms:*", effect="Deny"), SetAsDefault=True)
        assert not may()
        iam.set_default_policy_version(PolicyArn=arn, VersionId="v1")
        assert may()
        user.call("detach_{}_policy", PolicyArn=arn)
        assert not may()

    def test_groups(self, user, may, holder, managed):
        group = holder("Group")
        group.call("put_{}_policy", PolicyName="p", PolicyDocument=policy("kms:DescribeKey"))
        group.call("attach_{}_policy", PolicyArn=managed(policy("kms:GetKeyPolicy")))
        assert not may()
        group.call("add_user_to_{}", UserName=user.name)
        assert may() and may("get_key_policy")
        group.call("delete_{}_policy", PolicyName="p")
        assert not may()
        group.call("remove_user_from_{}", UserName=user.name)
        assert not may("get_key_policy")

    def test_boundaries(self, user, may, managed):
        user.call("put_{}_policy", PolicyName="p", PolicyDocument=policy("kms:*"))
        assert may() and may("get_key_policy")
        user.call("put_{}_permissions_boundary", PermissionsBoundary=managed(policy("kms:DescribeKey")))
        assert may() and not may("get_key_policy")
        user.call("delete_{}_permissions_boundary")
        assert may("get_key_policy")

    def test_access_keys(self, user, may):
        user.call("put_{}_policy", PolicyName="p", PolicyDocument=policy("kms:*"))
        key = {"AccessKeyId": user.key["AccessKeyId"]}
        assert may()
        user.call("update_access_key", **key, Status="Inactive")
        assert code_of(user.client("kms").list_keys) == "UnrecognizedClientException"
        user.call("update_access_key", **key, Status="Active")
        assert may()
        user.call("delete_access_key", **key)
        assert code_of(user.client("kms").list_keys) == "UnrecognizedClientException"
        assert code_of(user.client("sts").get_caller_identity) == "InvalidClientTokenId"

    def test_a_user_encrypts_what_its_policy_names(self, server, user, kms):
        mine, other = (kms.create_key()["KeyMetadata"]["Arn"] for _ in range(2))
        user.call("put_{}_policy", PolicyName="p", PolicyDocument=policy(["kms:Encrypt", "kms:Decrypt"], mine))
        own = user.client("kms")
        response = own.encrypt(KeyId=mine, Plaintext=b"x")
        assert own.decrypt(CiphertextBlob=response["CiphertextBlob"])["Plaintext"] == b"x"
        assert code_of(own.encrypt, KeyId=other, Plaintext=b"x") == "AccessDeniedException"
        foreign = kms.encrypt(KeyId=other, Plaintext=b"x")["CiphertextBlob"]
        assert code_of(own.decrypt, CiphertextBlob=foreign) == "AccessDeniedException"
        identity = server.audit(response["ResponseMetadata"]["RequestId"])["userIdentity"]
        assert (identity["type"], identity["arn"], identity["userName"]) == ("IAMUser", user.arn, user.name)
        assert identity["principalId"] == user.id

    def test_changes_survive_a_restart(self, start_server):
        server = start_server()
        user = NewUser(server, policy("kms:ListKeys"))
        user.client("kms").list_keys()
        server.terminate()
        server.start()
        user.client("kms").list_keys()
        assert server.client("iam").get_user(UserName=user.name)["User"]["UserId"] == user.id
