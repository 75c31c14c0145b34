"""Every action that works on a key, in every state a key can be in."""

import pytest

from actions import (
    ACCEPT_ALIASES,
    DRY_RUN,
    NAME_A_KEY,
    READ_ONLY,
    ROOT,
    SYMMETRIC,
    default_policy,
    kind_of,
    make_key,
    product,
    valid_parameters,
)

DISABLED = "DisabledException", "{arn} is disabled."
PENDING = "KMSInvalidStateException", "{arn} is pending deletion."
NOT_PENDING = "KMSInvalidStateException", "{arn} is not pending deletion."
OK = None

# Action -> the outcome for Enabled, Disabled, PendingDeletion (Developer Guide, "Key states of AWS KMS keys").
USED = OK, DISABLED, PENDING
READ = OK, OK, OK
NOT_PENDING_DELETION = OK, OK, PENDING
OUTCOMES = {
    "CancelKeyDeletion": (NOT_PENDING, NOT_PENDING, OK),
    "CreateAlias": NOT_PENDING_DELETION,
    "CreateGrant": USED,
    "Decrypt": USED,
    "DeleteImportedKeyMaterial": READ,
    "DeriveSharedSecret": USED,
    "DescribeKey": READ,
    "DisableKey": NOT_PENDING_DELETION,
    "DisableKeyRotation": USED,
    "EnableKey": NOT_PENDING_DELETION,
    "EnableKeyRotation": USED,
    "Encrypt": USED,
    "GenerateDataKey": USED,
    "GenerateDataKeyPair": USED,
    "GenerateDataKeyPairWithoutPlaintext": USED,
    "GenerateDataKeyWithoutPlaintext": USED,
    "GenerateMac": USED,
    "GetKeyLastUsage": READ,
    "GetKeyPolicy": READ,
    "GetKeyRotationStatus": READ,
    "GetParametersForImport": NOT_PENDING_DELETION,
    "GetPublicKey": NOT_PENDING_DELETION,
    "ImportKeyMaterial": NOT_PENDING_DELETION,
    "ListAliases": READ,
    "ListGrants": READ,
    "ListKeyPolicies": READ,
    "ListKeyRotations": READ,
    "ListResourceTags": READ,
    "PutKeyPolicy": READ,
    "ReEncrypt": USED,
    "RetireGrant": READ,
    "RevokeGrant": READ,
    "RotateKeyOnDemand": USED,
    "ScheduleKeyDeletion": NOT_PENDING_DELETION,
    "Sign": USED,
    "TagResource": NOT_PENDING_DELETION,
    "UntagResource": NOT_PENDING_DELETION,
    "UpdateAlias": NOT_PENDING_DELETION,
    "UpdateKeyDescription": NOT_PENDING_DELETION,
    "Verify": USED,
    "VerifyMac": USED,
}
STATES = ("Enabled", "Disabled", "PendingDeletion")


def bring_into(kms, key_id, state):
    if state == "Disabled":
        kms.disable_key(KeyId=key_id)
    elif state == "PendingDeletion":
        kms.schedule_key_deletion(KeyId=key_id, PendingWindowInDays=7)
    assert kms.describe_key(KeyId=key_id)["KeyMetadata"]["KeyState"] == state


class Subject:
    """A key in a state, and what calls on it need, made while it was enabled."""

    def __init__(self, kms, raw, kind, state, alias):
        self.alias, metadata = alias, make_key(raw, kind)
        self.key_id, self.arn = metadata["KeyId"], metadata["Arn"]
        kms.create_alias(AliasName=alias, TargetKeyId=self.key_id)
        self.product = product(raw, kind, self.key_id)
        self.grant = kms.create_grant(KeyId=self.key_id, GranteePrincipal=ROOT, Operations=["DescribeKey"])["GrantId"]
        bring_into(kms, self.key_id, state)


@pytest.fixture(scope="module")
def kept(kms, raw):
    """By kind and state: subjects for calls that change nothing."""
    made = {}

    def of(kind, state):
        if (kind, state) not in made:
            made[kind, state] = Subject(kms, raw, kind, state, f"alias/states/{kind}-{state}")
        return made[kind, state]

    return of


@pytest.fixture
def subject(action, state, kms, raw, kept, alias):
    """The key, in the state, that a call of the action is made on."""
    if action in READ_ONLY:
        return kept(kind_of(action), state)
    return Subject(kms, raw, kind_of(action), state, f"{alias}/subject")


@pytest.fixture
def parameters(action, server, kms, subject, shared_key, alias):
    """Those of a call that only the key's state can make fail."""
    if action == "UpdateAlias":
        kms.create_alias(AliasName=alias, TargetKeyId=shared_key["KeyId"])
    policy = default_policy(server.account)
    return valid_parameters(action, subject.arn, subject.product, alias=alias, policy=policy, grant=subject.grant)


def assert_outcome(reply, outcome, arn):
    if outcome is OK:
        assert reply.status == 200, reply
    else:
        code, message = outcome
        assert (reply.status, reply.error, reply.message) == (400, code, message.format(arn=arn))


def test_every_action_on_a_key_is_in_the_table():
    assert set(OUTCOMES) == NAME_A_KEY | {"RetireGrant"}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("action", sorted(OUTCOMES))
def test_action_in_state(action, state, raw, subject, parameters):
    assert_outcome(raw.call(action, parameters), OUTCOMES[action][STATES.index(state)], subject.arn)


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("action", sorted(DRY_RUN))
def test_dry_run_meets_the_same_state_errors(action, state, raw, subject, parameters):
    dry_run = "DryRunOperationException", "The request would have succeeded, but the DryRun option is set."
    outcome = OUTCOMES[action][STATES.index(state)] or dry_run
    assert_outcome(raw.call(action, parameters | {"DryRun": True}), outcome, subject.arn)


@pytest.mark.parametrize("state", STATES)
def test_re_encrypt_checks_the_source_key_too(state, raw, kept, shared_key):
    source = kept(SYMMETRIC, state)
    for named in ({"SourceKeyId": source.key_id}, {}):
        parameters = {"CiphertextBlob": source.product, "DestinationKeyId": shared_key["KeyId"]} | named
        assert_outcome(raw.call("ReEncrypt", parameters), USED[STATES.index(state)], source.arn)


@pytest.mark.parametrize("state", STATES)
def test_decrypt_checks_the_key_that_the_ciphertext_names(state, raw, kept):
    named = kept(SYMMETRIC, state)
    assert_outcome(raw.call("Decrypt", {"CiphertextBlob": named.product}), USED[STATES.index(state)], named.arn)


@pytest.mark.parametrize("action", sorted(ACCEPT_ALIASES))
def test_an_alias_of_a_key_pending_deletion_still_names_it(action, raw, kept):
    named = kept(kind_of(action), "PendingDeletion")
    parameters = valid_parameters(action, named.alias, named.product)
    assert_outcome(raw.call(action, parameters), OUTCOMES[action][2], named.arn)


@pytest.mark.parametrize("state", STATES)
def test_delete_alias_in_state(state, kms, key, alias):
    kms.create_alias(AliasName=alias, TargetKeyId=key["KeyId"])
    bring_into(kms, key["KeyId"], state)
    kms.delete_alias(AliasName=alias)
    assert kms.list_aliases(KeyId=key["KeyId"])["Aliases"] == []


@pytest.mark.parametrize("state", STATES)
def test_update_alias_away_from_a_key_in_state(state, kms, key, shared_key, alias):
    kms.create_alias(AliasName=alias, TargetKeyId=key["KeyId"])
    bring_into(kms, key["KeyId"], state)
    kms.update_alias(AliasName=alias, TargetKeyId=shared_key["KeyId"])
    assert kms.describe_key(KeyId=alias)["KeyMetadata"]["KeyId"] == shared_key["KeyId"]
    kms.delete_alias(AliasName=alias)
