"""AssumeRole and GetSessionToken: who gets a session, what limits it, what it may, and when it ends."""

import datetime
import json

import pytest

from claviger_server import Server
from expect import refused, violation
from sts_fixtures import EVERY_STS, NewRole, NewUser, fresh, policy, trusting

UTC = datetime.timezone.utc


@pytest.fixture(scope="module")
def user(server):
    """A user that may assume roles."""
    return NewUser(server, policy("sts:*"))


@pytest.fixture(scope="module")
def sts(user):
    return user.client("sts")


@pytest.fixture
def role(server, user):
    return NewRole(server, trusting(user.arn, EVERY_STS), policy("kms:*"))


def lasts(credentials):
    return (credentials["Expiration"] - datetime.datetime.now(UTC)).total_seconds()


class TestAssumeRole:
    def test_answers_credentials_of_the_role(self, server, role, sts, shared_key):
        answer = role.assume(sts, "job@1")
        assert answer["AssumedRoleUser"] == {"AssumedRoleId": f"{role.id}:job@1", "Arn": role.session_arn("job@1")}
        assert "PackedPolicySize" not in answer and "SourceIdentity" not in answer
        credentials = answer["Credentials"]
        assert credentials["AccessKeyId"].startswith("ASIA") and len(credentials["SecretAccessKey"]) == 40
        assert 3500 < lasts(credentials) <= 3600
        who = server.client_of("sts", credentials).get_caller_identity()
        assert (who["Arn"], who["UserId"], who["Account"]) == (
            role.session_arn("job@1"),
            f"{role.id}:job@1",
            server.account,
        )
        kms = server.client_of("kms", credentials)
        sealed = kms.encrypt(KeyId=shared_key["KeyId"], Plaintext=b"x")["CiphertextBlob"]
        assert kms.decrypt(CiphertextBlob=sealed)["Plaintext"] == b"x"
        with refused("AccessDenied"):
            server.client_of("iam", credentials).list_users()

    def test_every_way_to_a_session_gives_another_one(self, role, sts):
        first, second = role.assume(sts)["Credentials"], role.assume(sts)["Credentials"]
        for name in ("AccessKeyId", "SecretAccessKey", "SessionToken"):
            assert first[name] != second[name]

    def test_needs_the_trust_policy_and_in_place_of_the_user_s_name_an_identity_policy(self, server, user, role, sts):
        stranger = NewUser(server)
        text = "User: {} is not authorized to perform: sts:AssumeRole on resource: {}"
        with refused("AccessDenied", text.format(stranger.arn, role.arn)):
            role.assume(stranger.client("sts"))
        role.trust(trusting(server.account))
        with refused("AccessDenied", text.format(stranger.arn, role.arn)):
            role.assume(stranger.client("sts"))
        role.assume(sts)
        role.trust(trusting(stranger.arn))
        role.assume(stranger.client("sts"))
        with refused("AccessDenied", text.format(user.arn, role.arn)):
            role.assume(sts)
        stranger.call("put_{}_policy", PolicyName="no", PolicyDocument=policy("sts:AssumeRole", effect="Deny"))
        with refused("AccessDenied", text.format(stranger.arn, role.arn)):
            role.assume(stranger.client("sts"))

    def test_roles_that_do_not_exist_look_like_roles_that_may_not_be_assumed(self, server, user, sts):
        for account in (server.account, "999988887777"):
            arn = f"arn:aws:iam::{account}:role/none"
            with refused(
                "AccessDenied", f"User: {user.arn} is not authorized to perform: sts:AssumeRole on resource: {arn}"
            ):
                sts.assume_role(RoleArn=arn, RoleSessionName="job")
        with refused("ValidationError", "Request ARN is invalid"):
            sts.assume_role(RoleArn=user.arn, RoleSessionName="job")

    def test_is_not_for_the_root(self, server, role):
        role.trust(trusting(server.account))
        with refused("AccessDenied", "Roles may not be assumed by root accounts."):
            role.assume(server.client("sts"))

    def test_the_external_id_must_be_the_one_that_the_role_wants(self, user, role, sts):
        role.trust(trusting(user.arn, StringEquals={"sts:ExternalId": "deal:42"}))
        role.assume(sts, ExternalId="deal:42")
        for more in ({}, {"ExternalId": "deal:43"}):
            with refused("AccessDenied"):
                role.assume(sts, **more)

    @pytest.mark.parametrize(
        "condition, fits, differs",
        [
            ({"StringLike": {"sts:RoleSessionName": "ci-*"}}, {"name": "ci-1"}, {"name": "me"}),
            ({"StringEquals": {"aws:RequestTag/Team": "a"}}, {"Tags": [{"Key": "Team", "Value": "a"}]}, {}),
            (
                {"ForAllValues:StringEquals": {"aws:TagKeys": ["Team"]}},
                {"Tags": [{"Key": "Team", "Value": "a"}]},
                {"Tags": [{"Key": "Other", "Value": "a"}]},
            ),
            ({"StringEquals": {"sts:SourceIdentity": "me"}}, {"SourceIdentity": "me"}, {"SourceIdentity": "you"}),
            (
                {"ForAnyValue:StringEquals": {"sts:TransitiveTagKeys": "Team"}},
                {"Tags": [{"Key": "Team", "Value": "a"}], "TransitiveTagKeys": ["Team"]},
                {"Tags": [{"Key": "Team", "Value": "a"}]},
            ),
            ({"StringEquals": {"aws:ResourceTag/Kind": "ci"}}, {}, None),
            ({"StringEquals": {"aws:ResourceTag/Kind": "prod"}}, None, {}),
            ({"IpAddress": {"aws:SourceIp": "127.0.0.0/8"}}, {}, None),
            ({"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}, None, {}),
        ],
        ids=lambda value: next(iter(next(iter(value.values())))) if value and "Tags" not in value else "",
    )
    def test_trust_policies_see_the_request(self, user, role, sts, condition, fits, differs):
        role.call("tag_{}", Tags=[{"Key": "Kind", "Value": "ci"}])
        role.trust(trusting(user.arn, EVERY_STS, **condition))
        if fits is not None:
            role.assume(sts, **fits)
        if differs is not None:
            with refused("AccessDenied"):
                role.assume(sts, **differs)


class TestDurations:
    def test_last_as_long_as_asked_and_no_longer_than_the_role_allows(self, server, user, sts):
        role = NewRole(server, trusting(user.arn), MaxSessionDuration=7200)
        for seconds in (900, 3601, 7200):
            assert seconds - 60 < lasts(role.assume(sts, DurationSeconds=seconds)["Credentials"]) <= seconds
        with refused(
            "ValidationError", "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
        ):
            role.assume(sts, DurationSeconds=7201)

    @pytest.mark.parametrize("seconds, bound", [(899, "greater than or equal to 900"), (43201, "less than or equal to 43200")])
    def test_are_bounded_by_the_api(self, role, sts, seconds, bound):
        message = violation("durationSeconds", f"Member must have value {bound}", f"'{seconds}'")
        with refused("ValidationError", message):
            role.assume(sts, DurationSeconds=seconds)


class TestSessionPolicies:
    def test_limit_what_the_role_may(self, server, role, sts, shared_key):
        answer = role.assume(sts, Policy=policy(["kms:DescribeKey", "iam:*"]))
        assert answer["PackedPolicySize"] >= 1
        kms = server.client_of("kms", answer["Credentials"])
        kms.describe_key(KeyId=shared_key["KeyId"])
        with refused("AccessDeniedException"):
            kms.encrypt(KeyId=shared_key["KeyId"], Plaintext=b"x")
        with refused("AccessDenied"):
            server.client_of("iam", answer["Credentials"]).list_users()

    def test_managed_ones_limit_too_and_end_the_session_when_they_go(self, server, role, sts, shared_key):
        iam = server.client("iam")
        arn = iam.create_policy(PolicyName=fresh("session"), PolicyDocument=policy("kms:DescribeKey"))["Policy"]["Arn"]
        credentials = role.assume(sts, PolicyArns=[{"arn": arn}])["Credentials"]
        kms = server.client_of("kms", credentials)
        kms.describe_key(KeyId=shared_key["KeyId"])
        with refused("AccessDeniedException"):
            kms.encrypt(KeyId=shared_key["KeyId"], Plaintext=b"x")
        iam.delete_policy(PolicyArn=arn)
        with refused("UnrecognizedClientException"):
            kms.describe_key(KeyId=shared_key["KeyId"])
        with refused("ValidationError"):
            role.assume(sts, PolicyArns=[{"arn": arn}])

    def test_too_much_does_not_fit(self, role, sts):
        with refused("MalformedPolicyDocument"):
            role.assume(sts, Policy="{}")
        with refused("PackedPolicyTooLarge"):
            role.assume(sts, Policy=policy("kms:*", Resource="arn:aws:kms:*:*:" + "x" * 2048))
        with refused("ValidationError"):
            role.assume(sts, PolicyArns=[{"arn": f"arn:aws:iam::aws:policy/p{n}"} for n in range(11)])


class TestTags:
    TAGS = [{"Key": "Team", "Value": "a"}, {"Key": "own", "Value": "x"}]

    def test_are_the_principal_s_in_decisions(self, server, user, role, sts, kms):
        role.call("put_{}_policy", PolicyName="p0", PolicyDocument=policy("kms:DescribeKey", Condition={
            "StringEquals": {"aws:ResourceTag/Team": "${aws:PrincipalTag/Team}"}}))
        key = kms.create_key(Tags=[{"TagKey": "Team", "TagValue": "a"}])["KeyMetadata"]["KeyId"]
        server.client_of("kms", role.assume(sts, Tags=self.TAGS)["Credentials"]).describe_key(KeyId=key)
        others = [{"Key": "Team", "Value": "b"}]
        for more in ({}, {"Tags": others}):
            with refused("AccessDeniedException"):
                server.client_of("kms", role.assume(sts, **more)["Credentials"]).describe_key(KeyId=key)

    def test_need_a_permission_of_their_own(self, user, role, sts):
        role.trust(trusting(user.arn))
        for more, action in (
            ({"Tags": self.TAGS}, "sts:TagSession"),
            ({"SourceIdentity": "me"}, "sts:SetSourceIdentity"),
        ):
            text = f"User: {user.arn} is not authorized to perform: {action} on resource: {role.arn}"
            with refused("AccessDenied", text):
                role.assume(sts, **more)

    def test_transitive_ones_and_the_source_identity_go_along_a_chain(self, server, user, role, sts):
        role.call("put_{}_policy", PolicyName="sts", PolicyDocument=policy("sts:*"))
        second = NewRole(server, trusting(role.arn, EVERY_STS, StringEquals={"aws:PrincipalTag/Team": "a"}))
        answer = role.assume(sts, Tags=self.TAGS, TransitiveTagKeys=["Team"], SourceIdentity="me")
        assert answer["SourceIdentity"] == "me" and answer["PackedPolicySize"] >= 1
        chained = server.client_of("sts", answer["Credentials"])
        assert second.assume(chained)["SourceIdentity"] == "me"
        with refused("AccessDenied"):
            second.assume(chained, SourceIdentity="you")
        with refused("ValidationError"):
            second.assume(chained, Tags=[{"Key": "team", "Value": "b"}])
        with refused(
            "ValidationError",
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining",
        ):
            NewRole(server, trusting(role.arn, EVERY_STS), MaxSessionDuration=7200).assume(chained, DurationSeconds=3601)

    def test_are_checked(self, role, sts):
        with refused("ValidationError", "The specified transitive tag key must be included in the requested tags."):
            role.assume(sts, Tags=self.TAGS, TransitiveTagKeys=["none"])
        with refused(
            "ValidationError", "Duplicate tag keys found. Please note that Tag keys are case insensitive."
        ):
            role.assume(sts, Tags=[{"Key": "a", "Value": "1"}, {"Key": "A", "Value": "2"}])
        with refused("PackedPolicyTooLarge"):
            role.assume(sts, Tags=[{"Key": f"key{n}", "Value": "v" * 250} for n in range(50)])


@pytest.mark.parametrize(
    "changed, path",
    [
        ({"RoleSessionName": "a"}, "roleSessionName"),
        ({"RoleSessionName": "a:b"}, "roleSessionName"),
        ({"RoleArn": "arn:aws"}, "roleArn"),
        ({"RoleArn": "arn:aws:iam::1:role/\u0001" + "x" * 20}, "roleArn"),
        ({"ExternalId": "x"}, "externalId"),
        ({"ExternalId": "a b"}, "externalId"),
        ({"SourceIdentity": "a b"}, "sourceIdentity"),
        ({"Tags": [{"Key": "a!", "Value": "b"}]}, "tags.1.member.key"),
        ({"Tags": [{"Key": f"k{n}", "Value": "b"} for n in range(51)]}, "tags"),
        ({"TransitiveTagKeys": ["a!"]}, "transitiveTagKeys"),
        ({"Policy": "\u0101"}, "policy"),
    ],
    ids=str,
)
def test_parameters_are_held_against_the_model(role, sts, changed, path):
    with refused("ValidationError") as caught:
        sts.assume_role(**{"RoleArn": role.arn, "RoleSessionName": "job"} | changed)
    assert f"at '{path}' failed to satisfy constraint" in caught.value.response["Error"]["Message"]


@pytest.mark.parametrize(
    "parameters",
    [
        {"SerialNumber": "arn:aws:iam::111122223333:mfa/me", "TokenCode": "123456"},
        {"ProvidedContexts": [{"ProviderArn": "arn:aws:iam::aws:contextProvider/x", "ContextAssertion": "abcd"}]},
    ],
    ids=["MFA", "contexts"],
)
def test_what_is_not_built_is_refused(role, sts, parameters):
    with refused("UnsupportedOperation"):
        role.assume(sts, **parameters)
    if "SerialNumber" in parameters:
        with refused("UnsupportedOperation"):
            sts.get_session_token(**parameters)


class TestEndOfASession:
    def test_with_its_role_and_no_namesake_revives_it(self, server, user, role, sts):
        credentials = role.assume(sts)["Credentials"]
        client = server.client_of("sts", credentials)
        client.get_caller_identity()
        role.call("delete_{}_policy", PolicyName="p0")
        role.delete()
        with refused("InvalidClientTokenId", "The security token included in the request is invalid."):
            client.get_caller_identity()
        server.client("iam").create_role(RoleName=role.name, AssumeRolePolicyDocument=trusting(user.arn))
        with refused("InvalidClientTokenId"):
            client.get_caller_identity()

    def test_what_its_role_may_is_looked_at_in_every_request(self, server, role, sts, shared_key):
        kms = server.client_of("kms", role.assume(sts)["Credentials"])
        kms.describe_key(KeyId=shared_key["KeyId"])
        role.call("delete_{}_policy", PolicyName="p0")
        with refused("AccessDeniedException"):
            kms.describe_key(KeyId=shared_key["KeyId"])

    def test_sessions_may_be_denied_by_their_time_of_issue(self, server, role, sts, shared_key):
        kms = server.client_of("kms", role.assume(sts)["Credentials"])
        kms.describe_key(KeyId=shared_key["KeyId"])
        later = (datetime.datetime.now(UTC) + datetime.timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
        role.call("put_{}_policy", PolicyName="revoke", PolicyDocument=policy(
            "*", effect="Deny", Condition={"DateLessThan": {"aws:TokenIssueTime": later}}))
        with refused("AccessDeniedException"):
            kms.describe_key(KeyId=shared_key["KeyId"])

    def test_a_change_of_the_trust_policy_ends_none(self, server, role, sts):
        client = server.client_of("sts", role.assume(sts)["Credentials"])
        role.trust(trusting(server.account))
        client.get_caller_identity()

    def test_a_restart_ends_none(self, start_server, tmp_path):
        server = start_server(tmp_path / "kept")
        user = NewUser(server)
        credentials = NewRole(server, trusting(user.arn)).assume(user.client("sts"))["Credentials"]
        server.terminate()
        server.start()
        server.client_of("sts", credentials).get_caller_identity()


class TestGetSessionToken:
    def test_gives_a_user_a_session_with_the_user_s_rights(self, server, shared_key):
        user = NewUser(server, policy("kms:*"), policy("sts:*", effect="Deny"))
        credentials = user.client("sts").get_session_token()["Credentials"]
        assert credentials["AccessKeyId"].startswith("ASIA")
        assert 43000 < lasts(credentials) <= 43200
        who = server.client_of("sts", credentials).get_caller_identity()
        assert (who["Arn"], who["UserId"]) == (user.arn, user.id)
        kms = server.client_of("kms", credentials)
        kms.describe_key(KeyId=shared_key["KeyId"])
        user.call("delete_{}_policy", PolicyName="p0")
        with refused("AccessDeniedException"):
            kms.describe_key(KeyId=shared_key["KeyId"])

    def test_lasts_as_long_as_asked(self, server, sts):
        for seconds in (900, 129_600):
            assert seconds - 60 < lasts(sts.get_session_token(DurationSeconds=seconds)["Credentials"]) <= seconds
        for seconds in (899, 129_601):
            with refused("ValidationError"):
                sts.get_session_token(DurationSeconds=seconds)
        root = server.client("sts").get_session_token(DurationSeconds=7200)["Credentials"]
        assert 3500 < lasts(root) <= 3600

    def test_its_credentials_reach_of_iam_nothing_and_of_sts_two_actions(self, server, user, role):
        user_with_everything = NewUser(server, policy("*"))
        role.trust(trusting(user_with_everything.arn))
        for client in (user_with_everything.client("sts"), server.client("sts")):
            credentials = client.get_session_token()["Credentials"]
            session = server.client_of("sts", credentials)
            session.get_caller_identity()
            with refused("InvalidClientTokenId", "The security token included in the request is invalid."):
                server.client_of("iam", credentials).list_users()
            with refused("AccessDenied", "Cannot call GetSessionToken with session credentials"):
                session.get_session_token()
            with refused("AccessDenied", "Cannot call GetAccessKeyInfo with session credentials"):
                session.get_access_key_info(AccessKeyId=user.key["AccessKeyId"])
        of_user = user_with_everything.client("sts").get_session_token()["Credentials"]
        assert role.assume(server.client_of("sts", of_user))["AssumedRoleUser"]["Arn"] == role.session_arn("job")

    def test_is_not_for_roles(self, server, role, sts):
        session = server.client_of("sts", role.assume(sts)["Credentials"])
        with refused("AccessDenied", "Cannot call GetSessionToken with session credentials"):
            session.get_session_token()

    def test_its_session_ends_with_the_key_that_asked_for_it_and_with_the_user(self, server):
        user = NewUser(server)
        session = server.client_of("sts", user.client("sts").get_session_token()["Credentials"])
        key = {"UserName": user.name, "AccessKeyId": user.key["AccessKeyId"]}
        session.get_caller_identity()
        user.iam.update_access_key(**key, Status="Inactive")
        with refused("InvalidClientTokenId"):
            session.get_caller_identity()
        user.iam.update_access_key(**key, Status="Active")
        session.get_caller_identity()
        user.iam.delete_access_key(**key)
        with refused("InvalidClientTokenId"):
            session.get_caller_identity()
        user.delete()
        with refused("InvalidClientTokenId"):
            session.get_caller_identity()


def test_get_caller_identity_cannot_be_denied(server, shared_key):
    denied = policy("*", effect="Deny")
    user = NewUser(server, denied)
    assert user.client("sts").get_caller_identity()["Arn"] == user.arn
    boundary = server.client("iam").create_policy(PolicyName=fresh("b"), PolicyDocument=denied)["Policy"]["Arn"]
    user.call("put_{}_permissions_boundary", PermissionsBoundary=boundary)
    assert user.client("sts").get_caller_identity()["Arn"] == user.arn
    assumer = NewUser(server)
    role = NewRole(server, trusting(assumer.arn), denied)
    session = role.assume(assumer.client("sts"), Policy=denied)["Credentials"]
    assert server.client_of("sts", session).get_caller_identity()["Arn"] == role.session_arn("job")
    with refused("AccessDeniedException"):
        server.client_of("kms", session).describe_key(KeyId=shared_key["KeyId"])


def test_session_credentials_are_good_as_a_whole_only(server, role, sts):
    first, second = role.assume(sts)["Credentials"], role.assume(sts)["Credentials"]
    for changed in (
        {"SessionToken": second["SessionToken"]},
        {"SessionToken": None},
        {"SessionToken": first["SessionToken"][:-4] + "AAAA"},
        {"SessionToken": "x" * 13_000},
        {"AccessKeyId": second["AccessKeyId"]},
        {"AccessKeyId": server.access_key, "SecretAccessKey": server.secret_key},
    ):
        with refused("InvalidClientTokenId"):
            server.client_of("sts", first | changed).get_caller_identity()
    with refused("SignatureDoesNotMatch"):
        server.client_of("sts", first | {"SecretAccessKey": second["SecretAccessKey"]}).get_caller_identity()


def test_answers_have_what_the_model_says(role, sts):
    answer = role.assume(sts, Policy=policy("*"), Tags=[{"Key": "a", "Value": "b"}], SourceIdentity="me")
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert set(answer) == {"Credentials", "AssumedRoleUser", "PackedPolicySize", "SourceIdentity", "ResponseMetadata"}
    assert 0 < answer["PackedPolicySize"] <= 100
    assert json.dumps(sorted(answer["Credentials"])) == json.dumps(
        ["AccessKeyId", "Expiration", "SecretAccessKey", "SessionToken"]
    )


class TestAcrossAccounts:
    @pytest.fixture(scope="class")
    def accounts(self, tmp_path_factory):
        place = tmp_path_factory.mktemp("accounts")
        numbers = ("111122223333", "444455556666")
        server = Server(place / "data", place, arguments=[part for n in numbers for part in ("--account", n)])
        yield server
        server.kill()

    @pytest.fixture(scope="class")
    def foreign(self, accounts):
        """(ARN, clients of the account's root, clients of the user) of a user of the other account."""
        (other,) = accounts.other_accounts
        root = {"access_key": other["accessKeyId"], "secret_key": other["secretAccessKey"]}
        iam = accounts.client("iam", **root)
        arn = iam.create_user(UserName="visitor")["User"]["Arn"]
        key = iam.create_access_key(UserName="visitor")["AccessKey"]
        mine = {"access_key": key["AccessKeyId"], "secret_key": key["SecretAccessKey"]}
        return arn, iam, accounts.client("sts", **mine)

    def test_both_sides_must_allow(self, accounts, foreign):
        arn, iam, sts = foreign
        account = arn.split(":")[4]
        role = NewRole(accounts, trusting(arn), policy("kms:*"))
        denied = f"User: {arn} is not authorized to perform: sts:AssumeRole on resource: {role.arn}"
        with refused("AccessDenied", denied):
            role.assume(sts)
        iam.put_user_policy(
            UserName="visitor", PolicyName="go", PolicyDocument=policy("sts:AssumeRole", resource=role.arn)
        )
        credentials = role.assume(sts)["Credentials"]
        who = accounts.client_of("sts", credentials).get_caller_identity()
        assert (who["Account"], who["Arn"]) == (accounts.account, role.session_arn("job"))
        key = accounts.client_of("kms", credentials).create_key()["KeyMetadata"]
        assert key["AWSAccountId"] == accounts.account
        role.trust(trusting(accounts.account))
        with refused("AccessDenied", denied):
            role.assume(sts)
        role.trust(trusting(account))
        role.assume(sts)
        iam.delete_user_policy(UserName="visitor", PolicyName="go")
        with refused("AccessDenied", denied):
            role.assume(sts)

    def test_the_external_id_keeps_out_a_confused_deputy(self, accounts, foreign):
        arn, iam, sts = foreign
        role = NewRole(accounts, trusting(arn, StringEquals={"sts:ExternalId": "deal:42"}))
        iam.put_user_policy(UserName="visitor", PolicyName="any", PolicyDocument=policy("sts:AssumeRole"))
        role.assume(sts, ExternalId="deal:42")
        with refused("AccessDenied"):
            role.assume(sts, ExternalId="deal:43")

    def test_the_root_of_another_account_learns_nothing(self, accounts):
        (other,) = accounts.other_accounts
        sts = accounts.client("sts", access_key=other["accessKeyId"], secret_key=other["secretAccessKey"])
        role = NewRole(accounts, trusting(other["account"]))
        for arn in (role.arn, role.arn + "-none"):
            with refused("AccessDenied", "Roles may not be assumed by root accounts."):
                sts.assume_role(RoleArn=arn, RoleSessionName="job")
