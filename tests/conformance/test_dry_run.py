"""DryRun: everything is checked and nothing is done."""

import pytest

from actions import CRYPTO, DRY_RUN, NO_GRANT, ROOT, TAKE_GRANT_TOKENS, b64, kind_of, product, valid_parameters
from expect import UNKNOWN_KEY, violation

MESSAGE = "The request would have succeeded, but the DryRun option is set."


@pytest.fixture
def parameters(kms, raw, shared_key, shared_keys):
    def make(action):
        kind, grant = kind_of(action), NO_GRANT
        arn = shared_keys(kind)["Arn"]
        if action in ("RetireGrant", "RevokeGrant"):
            made = kms.create_grant(KeyId=shared_key["KeyId"], GranteePrincipal=ROOT, Operations=["Encrypt"])
            grant = made["GrantId"]
        return valid_parameters(action, arn, product(raw, kind, arn), grant=grant)

    return make


@pytest.mark.parametrize("action", sorted(DRY_RUN))
def test_a_dry_run_never_succeeds(raw, parameters, action):
    reply = raw.call(action, parameters(action) | {"DryRun": True})
    assert (reply.status, reply.json) == (400, {"__type": "DryRunOperationException", "message": MESSAGE})


@pytest.mark.parametrize("action", sorted(DRY_RUN))
def test_false_is_no_dry_run(raw, parameters, action):
    assert raw.call(action, parameters(action) | {"DryRun": False}).status == 200


@pytest.mark.parametrize("action", sorted(DRY_RUN - CRYPTO))
def test_a_dry_run_changes_nothing(kms, raw, shared_key, parameters, action):
    asked = parameters(action) | {"DryRun": True}
    before = kms.list_grants(KeyId=shared_key["KeyId"], Limit=100)["Grants"]
    assert raw.call(action, asked).error == "DryRunOperationException"
    assert kms.list_grants(KeyId=shared_key["KeyId"], Limit=100)["Grants"] == before


UNKNOWN = {"KeyId": UNKNOWN_KEY, "DestinationKeyId": UNKNOWN_KEY}
ERRORS = [
    *((action, UNKNOWN, "NotFoundException") for action in sorted(DRY_RUN - {"RetireGrant"})),
    *((action, {"KeyId": "", "DestinationKeyId": ""}, "ValidationException") for action in sorted(DRY_RUN)),
    *(
        (action, {"GrantTokens": ["not ours"]}, "InvalidGrantTokenException")
        for action in sorted(TAKE_GRANT_TOKENS & DRY_RUN)
    ),
    *((action, {"GrantId": NO_GRANT}, "NotFoundException") for action in ("RetireGrant", "RevokeGrant")),
    *((action, {"GrantId": "x"}, "InvalidGrantIdException") for action in ("RetireGrant", "RevokeGrant")),
    ("CreateGrant", {"Operations": ["Sign"]}, "ValidationException"),
    ("CreateGrant", {"GranteePrincipal": "arn:aws:iam::111122223333:group/g"}, "InvalidArnException"),
    ("RetireGrant", {"KeyId": UNKNOWN_KEY}, "InvalidArnException"),
    ("RetireGrant", {"GrantToken": "AAAA"}, "ValidationException"),
]


@pytest.mark.parametrize("action, change, error", ERRORS)
def test_a_dry_run_ends_in_the_error_of_the_real_call(raw, parameters, action, change, error):
    known = parameters(action)
    changed = known | {name: value for name, value in change.items() if name in known or name.startswith("GrantToken")}
    assert raw.call(action, changed).error == error
    assert raw.call(action, changed | {"DryRun": True}).error == error


@pytest.mark.parametrize("action", ["Decrypt", "ReEncrypt"])
def test_a_dry_run_looks_at_the_ciphertext(raw, parameters, action):
    damaged = parameters(action) | {"DryRun": True, "CiphertextBlob": b64(b"damaged")}
    assert raw.call(action, damaged).error == "InvalidCiphertextException"
    context = "EncryptionContext" if action == "Decrypt" else "SourceEncryptionContext"
    wrong_context = parameters(action) | {"DryRun": True, context: {"a": "b"}}
    assert raw.call(action, wrong_context).error == "InvalidCiphertextException"


@pytest.mark.parametrize("action, key_member", [("Decrypt", "KeyId"), ("ReEncrypt", "SourceKeyId")])
class TestIgnoreCiphertext:
    IGNORE = {"DryRun": True, "DryRunModifiers": ["IGNORE_CIPHERTEXT"]}

    def test_needs_no_ciphertext(self, raw, parameters, action, key_member):
        without = parameters(action) | self.IGNORE
        del without["CiphertextBlob"]
        assert raw.call(action, without).error == "DryRunOperationException"

    def test_does_not_look_at_the_ciphertext(self, raw, parameters, action, key_member):
        damaged = parameters(action) | self.IGNORE | {"CiphertextBlob": b64(b"damaged")}
        assert raw.call(action, damaged).error == "DryRunOperationException"

    def test_needs_the_key(self, raw, parameters, action, key_member):
        without = parameters(action) | self.IGNORE
        del without[key_member]
        reply = raw.call(action, without)
        path = key_member[0].lower() + key_member[1:]
        assert (reply.error, reply.message) == (
            "ValidationException",
            violation(path, "Member must not be null", "null"),
        )

    @pytest.mark.parametrize("dry_run", [{}, {"DryRun": False}], ids=["absent", "false"])
    def test_is_only_for_dry_runs(self, raw, parameters, action, key_member, dry_run):
        reply = raw.call(action, parameters(action) | {"DryRunModifiers": ["IGNORE_CIPHERTEXT"]} | dry_run)
        assert reply.error == "ValidationException"

    def test_no_modifier_changes_nothing(self, raw, parameters, action, key_member):
        assert raw.call(action, parameters(action) | {"DryRunModifiers": []}).status == 200

    def test_other_modifiers_do_not_exist(self, raw, parameters, action, key_member):
        reply = raw.call(action, parameters(action) | {"DryRun": True, "DryRunModifiers": ["IGNORE"]})
        assert (reply.error, reply.message) == (
            "ValidationException",
            violation(
                "dryRunModifiers",
                "Member must satisfy constraint: [Member must satisfy enum value set: [IGNORE_CIPHERTEXT]]",
                "'[IGNORE]'",
            ),
        )


@pytest.mark.parametrize("action", ["Decrypt", "ReEncrypt"])
def test_the_ciphertext_is_otherwise_required(raw, parameters, action):
    for more in ({}, {"DryRun": True}):
        without = parameters(action) | more
        del without["CiphertextBlob"]
        reply = raw.call(action, without)
        assert (reply.error, reply.message) == (
            "ValidationException",
            violation("ciphertextBlob", "Member must not be null", "null"),
        )
