"""Mistakes that other key servers made, each as a test that it is not made here. Those with users, roles and grants are
in test_known_failures_of_identities.py."""

import json

import pytest

from actions import IMPORTED, make_key, product, valid_parameters
from claviger_server import claviger
from expect import code_of, refused
from iam_fixtures import NewUser, fresh
from iam_fixtures import policy as identity_policy
from known_failures import ALLOW, DENIED, PLAINTEXT, Connections, policy, put, statement


@pytest.fixture
def connections(server):
    return Connections(server)


@pytest.fixture
def iam(server):
    return server.client("iam")


@pytest.fixture
def user(server):
    return NewUser(server)


class TestCachesThatOutliveARevoke:
    """What was allowed and cached is refused from the very next request on, on every connection."""

    def test_deny(self, kms, key, connections):
        for _ in range(5):
            assert connections.errors("Encrypt", KeyId=key["KeyId"], Plaintext=PLAINTEXT) == {None}
            put(kms, key, ALLOW, statement("Deny", "kms:Encrypt"))
            assert connections.errors("Encrypt", KeyId=key["KeyId"], Plaintext=PLAINTEXT) == DENIED
            put(kms, key, ALLOW)

    def test_disable(self, kms, key, connections):
        for _ in range(5):
            assert connections.errors("Encrypt", KeyId=key["KeyId"], Plaintext=PLAINTEXT) == {None}
            kms.disable_key(KeyId=key["KeyId"])
            assert connections.errors("Encrypt", KeyId=key["KeyId"], Plaintext=PLAINTEXT) == {"DisabledException"}
            kms.enable_key(KeyId=key["KeyId"])

    def test_schedule_deletion(self, kms, key, connections):
        assert connections.errors("Encrypt", KeyId=key["KeyId"], Plaintext=PLAINTEXT) == {None}
        kms.schedule_key_deletion(KeyId=key["KeyId"])
        assert connections.errors("Encrypt", KeyId=key["KeyId"], Plaintext=PLAINTEXT) == {"KMSInvalidStateException"}

    def test_tag(self, kms, key, connections):
        put(
            kms,
            key,
            statement("Allow", ["kms:*Policy", "kms:*Resource"]),
            statement("Allow", "kms:Encrypt", Condition={"StringEquals": {"aws:ResourceTag/open": "yes"}}),
        )
        for _ in range(5):
            kms.tag_resource(KeyId=key["KeyId"], Tags=[{"TagKey": "open", "TagValue": "yes"}])
            assert connections.errors("Encrypt", KeyId=key["KeyId"], Plaintext=PLAINTEXT) == {None}
            kms.untag_resource(KeyId=key["KeyId"], TagKeys=["open"])
            assert connections.errors("Encrypt", KeyId=key["KeyId"], Plaintext=PLAINTEXT) == DENIED

    def test_alias(self, kms, key, connections, alias):
        other = kms.create_key()["KeyMetadata"]
        put(kms, other, ALLOW, statement("Deny", "kms:Encrypt"))
        kms.create_alias(AliasName=alias, TargetKeyId=key["KeyId"])
        for _ in range(5):
            assert connections.errors("Encrypt", KeyId=alias, Plaintext=PLAINTEXT) == {None}
            kms.update_alias(AliasName=alias, TargetKeyId=other["KeyId"])
            assert connections.errors("Encrypt", KeyId=alias, Plaintext=PLAINTEXT) == DENIED
            kms.update_alias(AliasName=alias, TargetKeyId=key["KeyId"])
        kms.delete_alias(AliasName=alias)
        assert connections.errors("Encrypt", KeyId=alias, Plaintext=PLAINTEXT) == {"NotFoundException"}


class TestImportPathWithoutACheck:
    """Key material comes in by no way that asks nobody."""

    IMPORTS = ["ImportKeyMaterial", "GetParametersForImport", "DeleteImportedKeyMaterial"]

    @pytest.mark.parametrize("action", IMPORTS)
    def test_each_action_of_an_import_needs_its_own_permission(self, server, user, action):
        raw = server.raw()
        key = make_key(raw, IMPORTED)["Arn"]
        parameters = valid_parameters(action, key, product(raw, IMPORTED, key))
        others = [f"kms:{one}" for one in self.IMPORTS if one != action]
        user.call("put_{}_policy", PolicyName="p", PolicyDocument=identity_policy(others))
        before = server.kms().describe_key(KeyId=key)["KeyMetadata"]
        theirs = server.raw(access_key=user.key["AccessKeyId"], secret_key=user.key["SecretAccessKey"])
        assert theirs.call(action, parameters).error in DENIED
        assert server.kms().describe_key(KeyId=key)["KeyMetadata"] == before
        user.call("put_{}_policy", PolicyName="p", PolicyDocument=identity_policy(f"kms:{action}"))
        assert theirs.call(action, parameters).status == 200

    def test_a_key_for_imported_material_needs_the_same_permission(self, kms, user):
        assert code_of(user.client("kms").create_key, Origin="EXTERNAL") == "AccessDeniedException"
        assert kms.create_key(Origin="EXTERNAL")["KeyMetadata"]["KeyState"] == "PendingImport"

    def test_a_seed_is_checked_like_a_call(self, tmp_path):
        key = "KeyId: 01234567-89ab-4cde-8f01-23456789abcd, Region: eu-central-1"
        closed = json.dumps(policy(statement("Deny")))
        for name, more, error in (
            ("material", f'KeyMaterial: ["{"00" * 32}"]', "KeyMaterial"),
            ("lockout", f"Policy: {closed}", "MalformedPolicyDocument"),
        ):
            text = f'ClavigerSeed: 1\nAccounts: [{{Account: "000000000000", Keys: [{{{key}, {more}}}]}}]\n'
            seed = tmp_path / f"{name}.yaml"
            seed.write_text(text)
            arguments = ("--data-dir", tmp_path / name, "--key-file", tmp_path / f"{name}.key", "--seed", seed)
            result = claviger("init", *arguments, check=False)
            assert result.returncode != 0 and error in result.stderr, result.stderr


class TestAliasMovedToWidenAccess:
    @pytest.fixture
    def closed(self, kms):
        """A key that may be used by nobody."""
        key = kms.create_key()["KeyMetadata"]
        put(kms, key, ALLOW, statement("Deny", ["kms:Encrypt", "kms:UpdateAlias", "kms:CreateAlias"]))
        return key

    def test_alias_does_not_come_to_a_key_that_forbids_it(self, kms, key, closed, alias):
        kms.create_alias(AliasName=alias, TargetKeyId=key["KeyId"])
        with refused("AccessDeniedException"):
            kms.update_alias(AliasName=alias, TargetKeyId=closed["KeyId"])
        with refused("AccessDeniedException"):
            kms.create_alias(AliasName=alias + "/new", TargetKeyId=closed["KeyId"])
        assert kms.describe_key(KeyId=alias)["KeyMetadata"]["KeyId"] == key["KeyId"]

    def test_alias_does_not_leave_a_key_that_forbids_it(self, kms, key, alias):
        other = kms.create_key()["KeyMetadata"]
        kms.create_alias(AliasName=alias, TargetKeyId=key["KeyId"])
        put(kms, key, ALLOW, statement("Deny", "kms:UpdateAlias"))
        with refused("AccessDeniedException"):
            kms.update_alias(AliasName=alias, TargetKeyId=other["KeyId"])

    def test_key_that_is_open_by_one_alias_is_not_by_another(self, kms, key, alias):
        put(
            kms,
            key,
            statement("Allow", ["kms:*Policy", "kms:*Alias"]),
            statement("Allow", "kms:Encrypt", Condition={"StringEquals": {"kms:RequestAlias": alias}}),
        )
        kms.create_alias(AliasName=alias, TargetKeyId=key["KeyId"])
        kms.create_alias(AliasName=alias + "/x", TargetKeyId=key["KeyId"])
        kms.encrypt(KeyId=alias, Plaintext=b"x")
        for name in (alias + "/x", key["KeyId"], key["Arn"]):
            with refused("AccessDeniedException"):
                kms.encrypt(KeyId=name, Plaintext=b"x")


class TestDenyIgnored:
    @pytest.mark.parametrize("order", ["first", "last"])
    @pytest.mark.parametrize(
        "deny",
        [
            statement("Deny", "kms:Encrypt"),
            statement("Deny", "KMS:ENCRYPT"),
            statement("Deny", "kms:E*t"),
            statement("Deny", None, NotAction="kms:Put*"),
            statement("Deny", "kms:Encrypt", Condition={"Bool": {"aws:SecureTransport": "false"}}),
            statement("Deny", "kms:Encrypt", Condition={"StringNotEquals": {"kms:EncryptionContext:a": "b"}}),
            statement("Deny", "kms:Encrypt", Condition={"NumericLessThan": {"aws:SourceIp": "1"}}),
        ],
        ids=["action", "case", "wildcard", "not-action", "condition", "absent-key", "value-of-another-type"],
    )
    def test_deny_wins_over_every_allow(self, kms, key, deny, order):
        deny = {name: value for name, value in deny.items() if value is not None}
        put(kms, key, *([deny, ALLOW, ALLOW] if order == "first" else [ALLOW, ALLOW, deny]))
        with refused("AccessDeniedException"):
            kms.encrypt(KeyId=key["KeyId"], Plaintext=b"x")


@pytest.mark.parametrize("name", ["Default", "DEFAULT", "default ", "defaul", "default\x00"])
def test_policy_name_is_one_and_has_one_case(kms, key, name):
    before = kms.get_key_policy(KeyId=key["KeyId"])["Policy"]
    for call in (
        lambda: kms.get_key_policy(KeyId=key["KeyId"], PolicyName=name),
        lambda: kms.put_key_policy(KeyId=key["KeyId"], PolicyName=name, Policy=policy(ALLOW)),
    ):
        assert code_of(call) in ("NotFoundException", "ValidationException")
    assert kms.get_key_policy(KeyId=key["KeyId"], PolicyName="default")["Policy"] == before


@pytest.mark.parametrize(
    "template",
    ["x/../{id}", "../key/{id}", "./{id}", "{id}/", "{id}/.", "%2e%2e/{id}", "{id}%2f", "{id}%00", "{ID}", "//{id}"],
)
def test_a_name_is_not_a_path(server, kms, key, template):
    name = template.format(id=key["KeyId"], ID=key["KeyId"].upper())
    arn = f"arn:aws:kms:{server.region}:{server.account}:key/"
    for text in (name, arn + name, f"arn:aws:kms:{server.region}:{server.account}:alias/../key/{key['KeyId']}"):
        assert code_of(lambda: kms.encrypt(KeyId=text, Plaintext=b"x")) in (
            "NotFoundException",
            "ValidationException",
            "InvalidArnException",
        ), text
    # As the resource of a policy it is another key's ARN, and denies nothing here.
    if name != key["KeyId"]:
        put(kms, key, ALLOW, statement("Deny", "kms:Encrypt", Resource=arn + name))
        kms.encrypt(KeyId=key["KeyId"], Plaintext=b"x")


class TestResourcesThatAreNotPaths:
    """`..` and encoded slashes are letters like any other, in a request and in a policy."""

    def test_an_alias_has_no_dots_and_no_encoded_slashes(self, kms, key, alias):
        for name in (f"{alias}/../x", f"{alias}/./x", f"{alias}%2fx", f"{alias}%2e%2e", f"{alias}\\x"):
            assert code_of(kms.create_alias, AliasName=name, TargetKeyId=key["KeyId"]) == "ValidationException"
        assert kms.list_aliases(KeyId=key["KeyId"])["Aliases"] == []

    def test_an_alias_under_a_prefix_is_no_other(self, server, kms, key, user, alias):
        arn = f"arn:aws:kms:{server.region}:{server.account}:{alias}"
        text = identity_policy("kms:CreateAlias", [f"{arn}/team/*", key["Arn"]])
        user.call("put_{}_policy", PolicyName="p", PolicyDocument=text)
        own = user.client("kms")
        for name in (f"{alias}/team", f"{alias}/teams/x", f"{alias}/Team/x", f"{alias}//team/x"):
            assert code_of(own.create_alias, AliasName=name, TargetKeyId=key["KeyId"]) == "AccessDeniedException"
        own.create_alias(AliasName=f"{alias}/team/x", TargetKeyId=key["KeyId"])

    def test_an_encoded_key_in_a_policy_is_another_key(self, kms, key, user):
        account, _, key_id = key["Arn"].partition(":key/")
        for other in (f"{account}:key%2f{key_id}", f"{account}:x/../key/{key_id}", f"{account}:key/./{key_id}"):
            user.call("put_{}_policy", PolicyName="p", PolicyDocument=identity_policy("kms:Encrypt", other))
            with refused("AccessDeniedException"):
                user.client("kms").encrypt(KeyId=key["Arn"], Plaintext=b"x")

    def test_a_path_of_iam_is_what_it_says(self, server, iam, user):
        """A user below `/team/../` is not one below `/`, and who may do anything there may do nothing elsewhere."""
        own = NewUser(server, identity_policy("iam:*", f"arn:aws:iam::{server.account}:user/team/*")).client("iam")
        inside = own.create_user(UserName=fresh("inside"), Path="/team/../")["User"]
        assert inside["Arn"].endswith(f":user/team/../{inside['UserName']}")
        for path in ("/", "/../team/", "/other/", "/team%2f/"):
            assert code_of(own.create_user, UserName=fresh("outside"), Path=path) == "AccessDenied"
        assert code_of(own.delete_user, UserName=user.name) == "AccessDenied"
        assert code_of(own.delete_user, UserName=f"../{user.name}") == "ValidationError"
        own.delete_user(UserName=inside["UserName"])


EXPENSIVE = {
    "nesting": '{"Statement":' + "[" * 16000 + "]" * 16000 + "}",
    "objects": '{"Statement":' + '{"a":' * 5000 + "1" + "}" * 5000 + "}",
    "digits": '{"Statement":{"Effect":"Deny","Principal":"*","Action":"kms:*","Resource":"*","Condition":'
    '{"NumericEquals":{"k:k":' + "9" * 32000 + "}}}}",
    "escapes": '{"Id":"' + "\\u0041" * 5300 + '"}',
    "unclosed": '{"Id":"' + "\\" * 32000,
}


@pytest.mark.parametrize("name", EXPENSIVE)
def test_no_policy_document_costs_seconds_to_parse(kms, key, name):
    # A parser that takes them back and forth does not end within the client's patience. What each costs, in steps and not
    # in seconds, is with the unit tests of policy/.
    assert len(EXPENSIVE[name]) <= 32768
    with refused("MalformedPolicyDocumentException"):
        kms.put_key_policy(KeyId=key["KeyId"], Policy=EXPENSIVE[name])


def filled(make, room=32000):
    """As many statements as a policy has room for."""
    statements = [ALLOW]
    size = 300
    while size < room:
        one = make(len(statements))
        size += len(json.dumps(one)) + 2
        statements.append(one)
    return statements[:-1]


STARS = "*".join("a" * 500)
SLOW = {
    "stars": lambda n: statement(
        "Deny", "kms:Encrypt", Condition={"StringLike": {"kms:EncryptionContext:a": STARS + f"b{n}"}}
    ),
    "set of keys": lambda n: statement(
        "Deny", "kms:Encrypt", Condition={"ForAnyValue:StringLike": {"kms:EncryptionContextKeys": f"*a*a*a*b{n}"}}
    ),
    "variables": lambda n: statement(
        "Deny",
        "kms:Encrypt",
        Condition={"StringLike": {"kms:EncryptionContext:a": "*${kms:EncryptionContext:a}*" * 20 + f"b{n}"}},
    ),
    "many statements": lambda n: statement(
        "Deny", "kms:Encrypt", Condition={"StringEquals": {f"kms:EncryptionContext:k{n}": "v"}}
    ),
}


@pytest.mark.parametrize("name", SLOW)
def test_no_policy_costs_seconds_to_decide(kms, key, name):
    # The lock-out check decides with it, too.
    put(kms, key, *filled(SLOW[name]))
    context = {"a": "a" * 2000} | {f"aaa{number:03}": "v" for number in range(300)}
    assert code_of(lambda: kms.encrypt(KeyId=key["KeyId"], Plaintext=b"x", EncryptionContext=context)) in (
        None,
        "AccessDeniedException",
    )
