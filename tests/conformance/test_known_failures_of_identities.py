"""Mistakes that other key servers made, each as a test that it is not made here: those about users, groups, roles and
grants."""

import json

import pytest

from expect import code_of, refused
from iam_fixtures import Holder, NewUser, fresh
from iam_fixtures import policy as identity_policy
from known_failures import ALLOW, DENIED, PLAINTEXT, Connections, policy, put, statement
from raw_kms import RawKms


@pytest.fixture
def iam(server):
    return server.client("iam")


@pytest.fixture
def user(server):
    return NewUser(server)


class TestCachesThatOutliveARevoke:
    """What a user may by its policies, its groups, its grants, its access key, and by being there, is over with the
    very next request, on every connection."""

    @pytest.fixture
    def errors(self, server, user, key):
        """What Encrypt ends with for the user, on every connection."""
        mine = Connections(server, user.key["AccessKeyId"], user.key["SecretAccessKey"])
        return lambda: mine.errors("Encrypt", KeyId=key["Arn"], Plaintext=PLAINTEXT)

    @pytest.fixture
    def managed(self, iam):
        def make(effect="Allow"):
            text = identity_policy("kms:Encrypt", effect=effect)
            return iam.create_policy(PolicyName=fresh("Revoked"), PolicyDocument=text)["Policy"]["Arn"]

        return make

    def test_inline_policy_deleted(self, user, errors):
        for _ in range(3):
            user.call("put_{}_policy", PolicyName="p", PolicyDocument=identity_policy("kms:Encrypt"))
            assert errors() == {None}
            user.call("delete_{}_policy", PolicyName="p")
            assert errors() == DENIED

    @pytest.mark.parametrize("kind", ["User", "Group"])
    def test_policy_detached(self, server, iam, user, errors, managed, kind):
        holder = user if kind == "User" else Holder(iam, "Group", server.account)
        if kind == "Group":
            holder.call("add_user_to_{}", UserName=user.name)
        arn = managed()
        for _ in range(3):
            holder.call("attach_{}_policy", PolicyArn=arn)
            assert errors() == {None}
            holder.call("detach_{}_policy", PolicyArn=arn)
            assert errors() == DENIED

    def test_user_removed_from_its_group(self, server, iam, user, errors):
        group = Holder(iam, "Group", server.account)
        group.call("put_{}_policy", PolicyName="p", PolicyDocument=identity_policy("kms:Encrypt"))
        for _ in range(3):
            group.call("add_user_to_{}", UserName=user.name)
            assert errors() == {None}
            group.call("remove_user_from_{}", UserName=user.name)
            assert errors() == DENIED

    def test_other_version_of_a_policy(self, iam, user, errors, managed):
        arn = managed()
        user.call("attach_{}_policy", PolicyArn=arn)
        iam.create_policy_version(PolicyArn=arn, PolicyDocument=identity_policy("kms:Decrypt"))
        for _ in range(3):
            assert errors() == {None}
            iam.set_default_policy_version(PolicyArn=arn, VersionId="v2")
            assert errors() == DENIED
            iam.set_default_policy_version(PolicyArn=arn, VersionId="v1")

    def test_boundary_put(self, user, errors, managed):
        user.call("put_{}_policy", PolicyName="p", PolicyDocument=identity_policy("kms:Encrypt"))
        for _ in range(3):
            assert errors() == {None}
            user.call("put_{}_permissions_boundary", PermissionsBoundary=managed("Deny"))
            assert errors() == DENIED
            user.call("delete_{}_permissions_boundary")

    def test_access_key_disabled_and_deleted(self, iam, user, errors):
        user.call("put_{}_policy", PolicyName="p", PolicyDocument=identity_policy("kms:Encrypt"))
        key = {"AccessKeyId": user.key["AccessKeyId"]}
        for _ in range(3):
            assert errors() == {None}
            user.call("update_access_key", **key, Status="Inactive")
            assert errors() == {"UnrecognizedClientException"}
            user.call("update_access_key", **key, Status="Active")
        user.call("delete_access_key", **key)
        assert errors() == {"UnrecognizedClientException"}

    @pytest.mark.parametrize("how", ["revoke", "retire", "retire by token"])
    def test_grant_revoked_and_retired(self, kms, key, user, errors, how):
        for _ in range(3):
            assert errors() == DENIED
            made = kms.create_grant(KeyId=key["KeyId"], GranteePrincipal=user.arn, Operations=["Encrypt"])
            assert errors() == {None}
            if how == "revoke":
                kms.revoke_grant(KeyId=key["KeyId"], GrantId=made["GrantId"])
            elif how == "retire":
                kms.retire_grant(KeyId=key["Arn"], GrantId=made["GrantId"])
            else:
                kms.retire_grant(GrantToken=made["GrantToken"])
        assert errors() == DENIED

    def test_user_deleted_and_made_again(self, server, kms, key, user, errors):
        """The namesake has none of what the user had: not by the key's policy, and not by a grant."""
        named = {"Effect": "Allow", "Principal": {"AWS": user.arn}, "Action": "kms:Encrypt", "Resource": "*"}
        put(kms, key, statement("Allow", ["kms:*Policy", "kms:*Grant*"]), named)
        kms.create_grant(KeyId=key["KeyId"], GranteePrincipal=user.arn, Operations=["Encrypt"])
        assert errors() == {None}
        access_key = user.key["AccessKeyId"]
        user.call("delete_access_key", AccessKeyId=access_key)
        user.delete()
        assert errors() == {"UnrecognizedClientException"}
        made = server.client("iam")
        made.create_user(UserName=user.name)
        again = made.create_access_key(UserName=user.name)["AccessKey"]
        mine = Connections(server, again["AccessKeyId"], again["SecretAccessKey"])
        assert mine.errors("Encrypt", KeyId=key["Arn"], Plaintext=PLAINTEXT) == DENIED
        shown = json.loads(kms.get_key_policy(KeyId=key["KeyId"])["Policy"])["Statement"][-1]["Principal"]["AWS"]
        assert shown == user.id


@pytest.fixture
def role(server, iam):
    """A role that may everything with keys."""
    made = Holder(iam, "Role", server.account)
    made.call("put_{}_policy", PolicyName="p", PolicyDocument=identity_policy("kms:*"))
    return made


@pytest.fixture
def assume(server, role):
    """Makes sessions of the role; gives their credentials as clients take them."""
    sts = NewUser(server, identity_policy("sts:AssumeRole")).client("sts")

    def make(**more):
        made = sts.assume_role(RoleArn=role.arn, RoleSessionName="job", **more)["Credentials"]
        return made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"]

    return make


class TestSessionsThatOutliveTheirRole:
    @pytest.fixture
    def errors(self, server, assume, key):
        mine = Connections(server, *assume())
        return lambda: mine.errors("Encrypt", KeyId=key["Arn"], Plaintext=PLAINTEXT)

    def test_policy_of_the_role_deleted(self, role, errors):
        for _ in range(3):
            assert errors() == {None}
            role.call("delete_{}_policy", PolicyName="p")
            assert errors() == DENIED
            role.call("put_{}_policy", PolicyName="p", PolicyDocument=identity_policy("kms:*"))

    def test_role_deleted_and_made_again(self, iam, role, errors):
        assert errors() == {None}
        document = iam.get_role(RoleName=role.name)["Role"]["AssumeRolePolicyDocument"]
        role.call("delete_{}_policy", PolicyName="p")
        role.delete()
        assert errors() == {"UnrecognizedClientException"}
        iam.create_role(RoleName=role.name, AssumeRolePolicyDocument=json.dumps(document))
        role.call("put_{}_policy", PolicyName="p", PolicyDocument=identity_policy("kms:*"))
        assert errors() == {"UnrecognizedClientException"}


class TestOwnerShortcutThatSkipsASessionPolicy:
    """A session has what its own policy leaves of its role's rights, also on keys of its own account, however the key's
    policy names the account or the role, and whoever made the key."""

    @pytest.fixture
    def session(self, server, assume):
        """What a call in a session ends with that may only encrypt and make keys."""
        access_key, secret_key, token = assume(Policy=identity_policy(["kms:Encrypt", "kms:CreateKey"]))
        raw = RawKms(server.host, server.port, server.region, access_key, secret_key, token)
        return lambda action, **parameters: raw.call(action, parameters)

    def assert_no_more(self, session, arn, blob):
        """The session may do nothing else to a key."""
        asked = {
            "Decrypt": {"CiphertextBlob": blob},
            "DescribeKey": {},
            "GetKeyPolicy": {},
            "PutKeyPolicy": {"Policy": policy(ALLOW)},
            "CreateGrant": {"GranteePrincipal": "arn:aws:iam::000000000000:root", "Operations": ["Decrypt"]},
            "DisableKey": {},
            "ScheduleKeyDeletion": {},
        }
        errors = {action: session(action, KeyId=arn, **more).error for action, more in asked.items()}
        assert errors == dict.fromkeys(asked, "AccessDeniedException")

    @pytest.mark.parametrize("named", ["account", "root", "role"])
    def test_owner(self, server, kms, key, role, session, named):
        root = f"arn:aws:iam::{server.account}:root"
        principal = {"account": server.account, "root": root, "role": role.arn}[named]
        put(
            kms,
            key,
            {"Effect": "Allow", "Principal": {"AWS": root}, "Action": "kms:PutKeyPolicy", "Resource": "*"},
            {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "kms:*", "Resource": "*"},
        )
        blob = session("Encrypt", KeyId=key["Arn"], Plaintext=PLAINTEXT).json["CiphertextBlob"]
        self.assert_no_more(session, key["Arn"], blob)
        assert session("ListKeys").error == session("ListAliases").error == "AccessDeniedException"

    def test_maker_of_the_key(self, session):
        arn = session("CreateKey").json["KeyMetadata"]["Arn"]
        blob = session("Encrypt", KeyId=arn, Plaintext=PLAINTEXT).json["CiphertextBlob"]
        self.assert_no_more(session, arn, blob)

    def test_grant_to_the_role(self, kms, key, role, session):
        kms.create_grant(KeyId=key["KeyId"], GranteePrincipal=role.arn, Operations=["Decrypt", "DescribeKey"])
        blob = session("Encrypt", KeyId=key["Arn"], Plaintext=PLAINTEXT).json["CiphertextBlob"]
        self.assert_no_more(session, key["Arn"], blob)


class TestCredentialsCreatedForSomebodyElse:
    """Who may make access keys for one user makes them for no other, however the other is named."""

    OWN = "arn:aws:iam::*:user/${aws:username}"

    @pytest.fixture
    def mine(self, server):
        return NewUser(server, identity_policy("iam:*AccessKey*", self.OWN))

    def test_own_keys(self, mine):
        own = mine.client("iam")
        made = own.create_access_key()["AccessKey"]
        assert made["UserName"] == mine.name
        own.update_access_key(AccessKeyId=made["AccessKeyId"], Status="Inactive")
        own.delete_access_key(UserName=mine.name, AccessKeyId=made["AccessKeyId"])

    def test_keys_of_others(self, mine, user):
        own, theirs = mine.client("iam"), {"UserName": user.name, "AccessKeyId": user.key["AccessKeyId"]}
        before = user.call("list_access_keys")["AccessKeyMetadata"]
        for name in (user.name, user.name.upper(), user.arn, f"x/../{user.name}", f"{mine.name}/../{user.name}"):
            code = code_of(own.create_access_key, UserName=name)
            assert code in ("AccessDenied", "ValidationError", "NoSuchEntity"), name
        for call, more in (
            (own.update_access_key, theirs | {"Status": "Inactive"}),
            (own.delete_access_key, theirs),
            (own.list_access_keys, {"UserName": user.name}),
        ):
            assert code_of(call, **more) == "AccessDenied"
        # Without a name it is the key's owner that is meant, or the caller; never one with the rights of the other.
        for call, more in ((own.update_access_key, {"Status": "Inactive"}), (own.delete_access_key, {})):
            code = code_of(call, AccessKeyId=user.key["AccessKeyId"], **more)
            assert code in ("AccessDenied", "NoSuchEntity")
        assert user.call("list_access_keys")["AccessKeyMetadata"] == before

    def test_a_key_of_one_user_is_not_changed_as_a_key_of_another(self, iam, mine, user):
        theirs = user.key["AccessKeyId"]
        for client in (iam, mine.client("iam")):
            assert code_of(client.delete_access_key, UserName=mine.name, AccessKeyId=theirs) == "NoSuchEntity"
            assert code_of(
                client.update_access_key, UserName=mine.name, AccessKeyId=theirs, Status="Inactive"
            ) == "NoSuchEntity"
        assert user.client("sts").get_caller_identity()["Arn"] == user.arn

    def test_the_root_s_keys_are_made_by_nobody(self, server, user):
        user.call("put_{}_policy", PolicyName="p", PolicyDocument=identity_policy("*"))
        own = user.client("iam")
        for name in ("root", server.account, f"arn:aws:iam::{server.account}:root"):
            assert code_of(own.create_access_key, UserName=name) in ("NoSuchEntity", "ValidationError")
        code = code_of(own.delete_access_key, AccessKeyId=server.access_key)
        assert code in ("NoSuchEntity", "ValidationError")
        server.client("sts").get_caller_identity()


class TestGrantWiderThanTheGrantor:
    """Who may grant because of a grant gives nothing that the grant does not have, to nobody, by no detour."""

    CONTEXT = {"purpose": "test"}

    @pytest.fixture
    def grantor(self, kms, key, user):
        """A client of a user with a grant to encrypt in one context and to grant."""
        kms.create_grant(
            KeyId=key["KeyId"],
            GranteePrincipal=user.arn,
            Operations=["Encrypt", "DescribeKey", "CreateGrant"],
            Constraints={"EncryptionContextSubset": self.CONTEXT},
        )
        return user.client("kms")

    SAME = {"EncryptionContextSubset": CONTEXT}
    WIDER = {
        "another operation": (["Encrypt", "Decrypt"], SAME),
        "only another operation": (["Decrypt"], SAME),
        "no constraint": (["Encrypt"], None),
        "another context": (["Encrypt"], {"EncryptionContextSubset": {"purpose": "other"}}),
        "another case": (["Encrypt"], {"EncryptionContextSubset": {"Purpose": "test"}}),
        "an equal context without the pair": (["Encrypt"], {"EncryptionContextEquals": {"other": "test"}}),
    }

    @pytest.mark.parametrize("name", WIDER)
    def test_wider_is_refused(self, kms, server, key, user, grantor, name):
        operations, constraints = self.WIDER[name]
        before = kms.list_grants(KeyId=key["KeyId"])["Grants"]
        for grantee in (user.arn, NewUser(server).arn, f"arn:aws:iam::{server.account}:root"):
            more = {"Constraints": constraints} if constraints else {}
            with refused("AccessDeniedException"):
                grantor.create_grant(KeyId=key["Arn"], GranteePrincipal=grantee, Operations=operations, **more)
        assert kms.list_grants(KeyId=key["KeyId"])["Grants"] == before

    def test_as_wide_and_narrower_is_granted(self, server, key, user, grantor):
        other = NewUser(server)
        for constraints in (self.SAME, {"EncryptionContextEquals": self.CONTEXT | {"more": "x"}}):
            operations = ["Encrypt", "CreateGrant"]
            grantor.create_grant(
                KeyId=key["Arn"], GranteePrincipal=other.arn, Operations=operations, Constraints=constraints
            )
        mine = other.client("kms")
        mine.encrypt(KeyId=key["Arn"], Plaintext=b"x", EncryptionContext=self.CONTEXT)
        with refused("AccessDeniedException"):
            mine.encrypt(KeyId=key["Arn"], Plaintext=b"x")
        # Two steps lead no further than one.
        with refused("AccessDeniedException"):
            mine.create_grant(KeyId=key["Arn"], GranteePrincipal=user.arn, Operations=["Encrypt"])
        with refused("AccessDeniedException"):
            mine.create_grant(
                KeyId=key["Arn"], GranteePrincipal=user.arn, Operations=["DescribeKey"], Constraints=self.SAME
            )

    def test_two_grants_are_not_one_wide_grant(self, kms, key, user, grantor):
        kms.create_grant(KeyId=key["KeyId"], GranteePrincipal=user.arn, Operations=["Decrypt"])
        with refused("AccessDeniedException"):
            grantor.create_grant(
                KeyId=key["Arn"], GranteePrincipal=user.arn, Operations=["Encrypt", "Decrypt"], Constraints=self.SAME
            )
        with refused("AccessDeniedException"):
            grantor.create_grant(KeyId=key["Arn"], GranteePrincipal=user.arn, Operations=["Decrypt"])

    def test_a_grant_is_for_its_key_alone(self, kms, user, grantor):
        other = kms.create_key()["KeyMetadata"]["Arn"]
        with refused("AccessDeniedException"):
            grantor.create_grant(KeyId=other, GranteePrincipal=user.arn, Operations=["Encrypt"], Constraints=self.SAME)

    def test_policies_limit_what_may_be_granted(self, kms, key, user):
        put(
            kms,
            key,
            statement("Allow", "kms:*Policy"),
            statement(
                "Allow",
                "kms:CreateGrant",
                Condition={"ForAllValues:StringEquals": {"kms:GrantOperations": ["Encrypt", "DescribeKey"]}},
            ),
        )
        own = user.client("kms")
        own.create_grant(KeyId=key["Arn"], GranteePrincipal=user.arn, Operations=["DescribeKey", "Encrypt"])
        for operations in (["Encrypt", "Decrypt"], ["CreateGrant"]):
            with refused("AccessDeniedException"):
                own.create_grant(KeyId=key["Arn"], GranteePrincipal=user.arn, Operations=operations)


class TestDenyIgnored:
    @pytest.mark.parametrize("place", ["user", "attached", "group", "boundary"])
    def test_deny_of_an_identity_wins_over_every_allow(self, server, iam, kms, key, user, place):
        """Allowed by the key's policy, by name, by the user's own policy and by a grant, and denied in one place."""
        named = {"Effect": "Allow", "Principal": {"AWS": user.arn}, "Action": "kms:*", "Resource": "*"}
        put(kms, key, ALLOW, named)
        kms.create_grant(KeyId=key["KeyId"], GranteePrincipal=user.arn, Operations=["Encrypt"])
        user.call("put_{}_policy", PolicyName="allow", PolicyDocument=identity_policy("*"))
        call = lambda: code_of(user.client("kms").encrypt, KeyId=key["Arn"], Plaintext=b"x")
        assert call() is None
        deny = {"Effect": "Deny", "Action": "kms:Encrypt", "Resource": key["Arn"]}
        allow = {"Effect": "Allow", "Action": "*", "Resource": "*"}
        text = json.dumps({"Version": "2012-10-17", "Statement": [allow, deny]})
        managed = iam.create_policy(PolicyName=fresh("Deny"), PolicyDocument=text)["Policy"]["Arn"]
        if place == "user":
            user.call("put_{}_policy", PolicyName="deny", PolicyDocument=text)
        elif place == "attached":
            user.call("attach_{}_policy", PolicyArn=managed)
        elif place == "group":
            group = Holder(iam, "Group", server.account)
            group.call("attach_{}_policy", PolicyArn=managed)
            group.call("add_user_to_{}", UserName=user.name)
        else:
            user.call("put_{}_permissions_boundary", PermissionsBoundary=managed)
        assert call() == "AccessDeniedException"


class TestNamesInTwoCases:
    """A name of IAM is one name in every case, so that nothing is checked under one and done under another."""

    def test_a_policy_is_found_and_replaced_in_any_case(self, iam, user):
        deny = identity_policy("kms:ListKeys", effect="Deny")
        user.call("put_{}_policy", PolicyName="allow", PolicyDocument=identity_policy("kms:*"))
        user.call("put_{}_policy", PolicyName="Deny", PolicyDocument=deny)
        assert code_of(user.client("kms").list_keys) == "AccessDeniedException"
        assert code_of(user.call, form="get_{}_policy", PolicyName="dENY") is None
        user.call("put_{}_policy", PolicyName="DENY", PolicyDocument=deny)
        assert len(user.call("list_{}_policies")["PolicyNames"]) == 2
        user.call("delete_{}_policy", PolicyName="deny")
        assert user.call("list_{}_policies")["PolicyNames"] == ["allow"]
        name = fresh("Managed")
        iam.create_policy(PolicyName=name, PolicyDocument=deny)
        with refused("EntityAlreadyExists"):
            iam.create_policy(PolicyName=name.upper(), PolicyDocument=deny)

    def test_a_deny_for_a_user_is_not_passed_by_writing_it_large(self, server, iam, user):
        """The policy is matched with the name that the user has, not with the one that the call has."""
        text = json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [
                    {"Effect": "Allow", "Action": "iam:*", "Resource": "*"},
                    {"Effect": "Deny", "Action": "iam:*", "Resource": user.arn},
                ],
            }
        )
        own = NewUser(server, text).client("iam")
        for name in (user.name, user.name.upper(), user.name.title()):
            assert code_of(own.create_access_key, UserName=name) == "AccessDenied"
            assert code_of(own.delete_user, UserName=name) == "AccessDenied"
            assert code_of(own.create_user, UserName=name) in ("AccessDenied", "EntityAlreadyExists")
        assert iam.get_user(UserName=user.name)["User"]["UserId"] == user.id

    def test_elements_of_a_policy_have_one_case(self, iam):
        for text in (
            '{"Version":"2012-10-17","Statement":{"effect":"Deny","Action":"*","Resource":"*"}}',
            '{"Version":"2012-10-17","Statement":{"Effect":"deny","Action":"*","Resource":"*"}}',
            '{"Version":"2012-10-17","statement":{"Effect":"Deny","Action":"*","Resource":"*"}}',
            '{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*","condition":{}}}',
            '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Effect":"Deny","Action":"*","Resource":"*"}}',
        ):
            with refused("MalformedPolicyDocument"):
                iam.create_policy(PolicyName=fresh(), PolicyDocument=text)


EXPENSIVE_FOR_IAM = {
    "nesting": '{"Version":"2012-10-17","Statement":' + "[" * 60000 + "]" * 60000 + "}",
    "wildcards": identity_policy("kms:Encrypt", ["*".join("a" * 500) + f"b{n}" for n in range(100)]),
    "spaces": '{"Version":"2012-10-17","Statement":' + " " * 130000 + "}",
}


@pytest.mark.parametrize("name", EXPENSIVE_FOR_IAM)
def test_no_identity_policy_costs_seconds_to_parse(iam, user, name):
    # As for key policies, what is wrong does not end within the client's patience.
    for call in (
        lambda: iam.create_policy(PolicyName=fresh(), PolicyDocument=EXPENSIVE_FOR_IAM[name]),
        lambda: user.call("put_{}_policy", PolicyName="p", PolicyDocument=EXPENSIVE_FOR_IAM[name]),
        lambda: iam.create_role(RoleName=fresh(), AssumeRolePolicyDocument=EXPENSIVE_FOR_IAM[name]),
    ):
        assert code_of(call) in ("MalformedPolicyDocument", "LimitExceeded", "ValidationError")


def test_no_identity_policy_costs_seconds_to_decide(iam, kms, key, user):
    """Ten managed policies as large as they can be, of patterns that come close to the context and do not match."""
    conditions = [
        {"StringLike": {"kms:EncryptionContext:a": f"*a*a*a*a*a*a*a*a*a*a*a*b{number}"}} for number in range(40)
    ]
    statements = [
        {"Effect": "Deny", "Action": "kms:Encrypt", "Resource": "*", "Condition": one} for one in conditions
    ]
    text = json.dumps({"Version": "2012-10-17", "Statement": statements})
    assert 5000 < len(text.replace(" ", "")) <= 6144
    for _ in range(10):
        arn = iam.create_policy(PolicyName=fresh("Slow"), PolicyDocument=text)["Policy"]["Arn"]
        user.call("attach_{}_policy", PolicyArn=arn)
    code = code_of(
        user.client("kms").encrypt, KeyId=key["Arn"], Plaintext=b"x", EncryptionContext={"a": "a" * 4000}
    )
    assert code == "AccessDeniedException"
