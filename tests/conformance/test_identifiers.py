"""The forms in which a request may name a key, for every action that names one."""

import pytest

from actions import (
    ACCEPT_ALIASES,
    NAME_A_KEY,
    NO_INVALID_ARN,
    READ_ONLY,
    ROOT,
    SYMMETRIC,
    default_policy,
    kind_of,
    make_key,
    product,
    valid_parameters,
)
from expect import UNKNOWN_KEY, other_region

FOREIGN_ACCOUNT = "123456789012"
MANAGEMENT = sorted(NAME_A_KEY - ACCEPT_ALIASES)
ALIAS_WRITERS = {"CreateAlias", "UpdateAlias"}
ALIASES_ARE_NOT_KEYS = "ValidationException", "Aliases must refer to keys. Not aliases"


class Named:
    """A key with an alias, something that it made and a grant, and what its identifiers are."""

    def __init__(self, server, kind, alias):
        kms, raw = server.kms(), server.raw()
        metadata = make_key(raw, kind)
        self.key_id, self.arn = metadata["KeyId"], metadata["Arn"]
        self.alias_name = f"{alias}/named"
        self.alias_arn = f"arn:aws:kms:{server.region}:{server.account}:{self.alias_name}"
        self.product = product(raw, kind, self.key_id)
        self.grant = kms.create_grant(KeyId=self.key_id, GranteePrincipal=ROOT, Operations=["DescribeKey"])["GrantId"]
        kms.create_alias(AliasName=self.alias_name, TargetKeyId=self.key_id)


@pytest.fixture
def fresh(server, alias):
    """One of the test's own."""
    return Named(server, SYMMETRIC, alias)


@pytest.fixture(scope="module")
def kept(server):
    """By kind: what no call changes."""
    made = {}

    def of(kind):
        if kind not in made:
            made[kind] = Named(server, kind, f"alias/kept/{kind}")
        return made[kind]

    return of


@pytest.fixture
def named(action, kept):
    """What a call of the action is to name, which is refused or changes nothing."""
    return kept(kind_of(action))


def call(server, raw, action, identifier, named, alias):
    """Calls `action` on `identifier`. The only thing that can be wrong is the identifier, and, of CancelKeyDeletion,
    the key's state, which comes after it."""
    if action == "UpdateAlias":
        server.kms().create_alias(AliasName=alias, TargetKeyId=named.key_id)
    parameters = valid_parameters(
        action,
        identifier,
        named.product,
        alias=alias,
        source=named.key_id,
        policy=default_policy(server.account),
        grant=named.grant,
    )
    return raw.call(action, parameters)


def assert_refused(reply, code, message):
    assert (reply.status, reply.error, reply.message) == (400, code, message)


@pytest.mark.parametrize("form", ["key_id", "arn"])
@pytest.mark.parametrize("action", sorted(NAME_A_KEY))
def test_every_action_accepts_key_id_and_key_arn(action, form, server, raw, kept, alias):
    kind = kind_of(action)
    named = kept(kind) if action in READ_ONLY else Named(server, kind, alias)
    reply = call(server, raw, action, getattr(named, form), named, alias)
    if action == "CancelKeyDeletion":
        assert_refused(reply, "KMSInvalidStateException", f"{named.arn} is not pending deletion.")
    else:
        assert reply.status == 200, reply


@pytest.mark.parametrize("form", ["alias_name", "alias_arn"])
@pytest.mark.parametrize("action", sorted(ACCEPT_ALIASES))
def test_actions_that_use_a_key_accept_its_alias(action, form, server, raw, named, alias):
    reply = call(server, raw, action, getattr(named, form), named, alias)
    assert reply.status == 200, reply
    if action == "DescribeKey":
        assert reply.json["KeyMetadata"]["Arn"] == named.arn
    else:
        assert reply.json["KeyId"] == named.arn


@pytest.mark.parametrize("form", ["key_id", "arn", "alias_name", "alias_arn"])
def test_re_encrypt_accepts_every_form_for_the_source(form, raw, kept, shared_key):
    named = kept(SYMMETRIC)
    parameters = {"CiphertextBlob": named.product, "SourceKeyId": getattr(named, form)}
    reply = raw.call("ReEncrypt", parameters | {"DestinationKeyId": shared_key["KeyId"]}).json
    assert reply["SourceKeyId"] == named.arn
    assert reply["KeyId"] == shared_key["Arn"]


@pytest.mark.parametrize("action", MANAGEMENT)
def test_management_refuses_an_alias_name(action, server, raw, named, alias):
    reply = call(server, raw, action, named.alias_name, named, alias)
    wanted = (
        ALIASES_ARE_NOT_KEYS
        if action in ALIAS_WRITERS
        else ("NotFoundException", f"Invalid keyId '{named.alias_name}'")
    )
    assert_refused(reply, *wanted)


@pytest.mark.parametrize("action", MANAGEMENT)
def test_management_refuses_an_alias_arn(action, server, raw, named, alias):
    reply = call(server, raw, action, named.alias_arn, named, alias)
    wanted = (
        ALIASES_ARE_NOT_KEYS if action in ALIAS_WRITERS else ("InvalidArnException", f"Invalid ARN '{named.alias_arn}'")
    )
    assert_refused(reply, *wanted)


@pytest.mark.parametrize("form", ["id", "arn"])
@pytest.mark.parametrize("action", sorted(NAME_A_KEY))
def test_a_key_that_does_not_exist(action, form, server, raw, named, alias):
    arn = f"arn:aws:kms:{server.region}:{server.account}:key/{UNKNOWN_KEY}"
    reply = call(server, raw, action, UNKNOWN_KEY if form == "id" else arn, named, alias)
    assert_refused(reply, "NotFoundException", f"Key '{arn}' does not exist")


@pytest.mark.parametrize("form", ["name", "arn"])
@pytest.mark.parametrize("action", sorted(ACCEPT_ALIASES))
def test_an_alias_that_does_not_exist(action, form, server, raw, named, alias):
    arn = f"arn:aws:kms:{server.region}:{server.account}:alias/none"
    reply = call(server, raw, action, "alias/none" if form == "name" else arn, named, alias)
    assert_refused(reply, "NotFoundException", f"Alias {arn} is not found.")


@pytest.mark.parametrize(
    "identifier",
    [
        "nonsense",
        "0123456789ab4cde8f0123456789abcd",
        UNKNOWN_KEY.upper(),
        UNKNOWN_KEY + "0",
        " " + UNKNOWN_KEY,
        "key/" + UNKNOWN_KEY,
        "mrk-0123",
        "é",
    ],
)
@pytest.mark.parametrize("action", sorted(NAME_A_KEY))
def test_malformed_key_ids(action, identifier, server, raw, named, alias):
    reply = call(server, raw, action, identifier, named, alias)
    assert_refused(reply, "NotFoundException", f"Invalid keyId '{identifier}'")


@pytest.mark.parametrize(
    "form",
    [
        "arn:",
        "arn:aws:kms",
        "arn:aws:kms:{region}:{account}:{id}",
        "arn:aws:kms:{region}:{account}:key/nonsense",
        "arn:aws:s3:{region}:{account}:key/{id}",
        "arn:aws-cn:kms:{region}:{account}:key/{id}",
        "arn:aws:kms:{region}::key/{id}",
        "arn:aws:kms:nowhere:{account}:key/{id}",
        "arn:aws:kms:{region}:12:key/{id}",
    ],
)
@pytest.mark.parametrize("action", sorted(NAME_A_KEY))
def test_malformed_arns(action, form, server, raw, named, alias):
    arn = form.format(region=server.region, account=server.account, id=named.key_id)
    reply = call(server, raw, action, arn, named, alias)
    if action in NO_INVALID_ARN:
        assert_refused(reply, "NotFoundException", f"Invalid keyId '{arn}'")
    else:
        assert_refused(reply, "InvalidArnException", f"Invalid ARN '{arn}'")


@pytest.mark.parametrize("action", sorted(NAME_A_KEY))
def test_the_arn_of_another_region(action, server, raw, named, alias):
    region = other_region(server)
    reply = call(server, raw, action, f"arn:aws:kms:{region}:{server.account}:key/{named.key_id}", named, alias)
    assert_refused(reply, "NotFoundException", f"Invalid arn {region}")


# Authorization comes before disclosure: whether a foreign key exists is not for us to learn.
@pytest.mark.parametrize("action", sorted(NAME_A_KEY))
def test_the_arn_of_another_account(action, server, raw, named, alias):
    reply = call(server, raw, action, f"arn:aws:kms:{server.region}:{FOREIGN_ACCOUNT}:key/{named.key_id}", named, alias)
    assert (reply.status, reply.error) == (400, "AccessDeniedException")


@pytest.mark.parametrize("action", sorted(NAME_A_KEY))
@pytest.mark.parametrize("length", [0, 2049])
def test_identifiers_have_the_length_of_the_model(action, length, server, raw, named, alias):
    reply = call(server, raw, action, "x" * length, named, alias)
    assert reply.error == "ValidationException"


@pytest.mark.parametrize("action", sorted(ACCEPT_ALIASES - {"DescribeKey"}))
def test_replies_name_the_key_by_its_arn(action, server, raw, named, alias):
    for identifier in (named.key_id, named.arn, named.alias_name, named.alias_arn):
        assert call(server, raw, action, identifier, named, alias).json["KeyId"] == named.arn


def test_update_alias_follows_the_alias_at_once(kms, raw, fresh, shared_key):
    kms.update_alias(AliasName=fresh.alias_name, TargetKeyId=shared_key["KeyId"])
    reply = raw.call("Decrypt", {"CiphertextBlob": fresh.product, "KeyId": fresh.alias_name})
    assert reply.error == "IncorrectKeyException"
    kms.delete_alias(AliasName=fresh.alias_name)
