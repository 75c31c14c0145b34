"""Every action that works on a key, in every state a key can be in."""

import pytest

from actions import ACCEPT_ALIASES, DRY_RUN, NAME_A_KEY, ROOT, default_policy, key_parameters, valid_parameters

DISABLED = "DisabledException", "{arn} is disabled."
PENDING = "KMSInvalidStateException", "{arn} is pending deletion."
NOT_PENDING = "KMSInvalidStateException", "{arn} is not pending deletion."
OK = None

# Action -> the outcome for Enabled, Disabled, PendingDeletion (Developer Guide, "Key states of AWS KMS keys").
USED = OK, DISABLED, PENDING
READ = OK, OK, OK
CHANGED = OK, OK, PENDING
OUTCOMES = {
    "CancelKeyDeletion": (NOT_PENDING, NOT_PENDING, OK),
    "CreateAlias": CHANGED,
    "CreateGrant": USED,
    "Decrypt": USED,
    "DescribeKey": READ,
    "DisableKey": CHANGED,
    "EnableKey": CHANGED,
    "Encrypt": USED,
    "GenerateDataKey": USED,
    "GenerateDataKeyWithoutPlaintext": USED,
    "GetKeyPolicy": READ,
    "ListAliases": READ,
    "ListGrants": READ,
    "ListKeyPolicies": READ,
    "ListResourceTags": READ,
    "PutKeyPolicy": READ,
    "ReEncrypt": USED,
    "RetireGrant": READ,
    "RevokeGrant": READ,
    "ScheduleKeyDeletion": CHANGED,
    "TagResource": CHANGED,
    "UntagResource": CHANGED,
    "UpdateAlias": CHANGED,
    "UpdateKeyDescription": CHANGED,
}
STATES = ("Enabled", "Disabled", "PendingDeletion")


def bring_into(kms, key_id, state):
    if state == "Disabled":
        kms.disable_key(KeyId=key_id)
    elif state == "PendingDeletion":
        kms.schedule_key_deletion(KeyId=key_id, PendingWindowInDays=7)
    assert kms.describe_key(KeyId=key_id)["KeyMetadata"]["KeyState"] == state


def ciphertext(kms, key_id):
    return kms.encrypt(KeyId=key_id, Plaintext=b"plaintext")["CiphertextBlob"]


def parameters_for(action, server, kms, key, shared_key, alias):
    """A call of `action` on `key` that only the key's state can make fail."""
    if action == "UpdateAlias":
        kms.create_alias(AliasName=alias, TargetKeyId=shared_key["KeyId"])
    grant = kms.create_grant(KeyId=key["KeyId"], GranteePrincipal=ROOT, Operations=["Encrypt"])["GrantId"]
    return valid_parameters(
        action,
        key["Arn"],
        ciphertext(kms, key["KeyId"]),
        alias=alias,
        policy=default_policy(server.account),
        grant=grant,
    )


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
def test_action_in_state(action, state, server, kms, raw, key, shared_key, alias):
    parameters = parameters_for(action, server, kms, key, shared_key, alias)
    bring_into(kms, key["KeyId"], state)
    assert_outcome(raw.call(action, parameters), OUTCOMES[action][STATES.index(state)], key["Arn"])


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("action", sorted(DRY_RUN))
def test_dry_run_meets_the_same_state_errors(action, state, server, kms, raw, key, shared_key, alias):
    parameters = parameters_for(action, server, kms, key, shared_key, alias) | {"DryRun": True}
    bring_into(kms, key["KeyId"], state)
    dry_run = "DryRunOperationException", "The request would have succeeded, but the DryRun option is set."
    assert_outcome(raw.call(action, parameters), OUTCOMES[action][STATES.index(state)] or dry_run, key["Arn"])


@pytest.mark.parametrize("state", STATES)
def test_re_encrypt_checks_the_source_key_too(state, kms, raw, key, shared_key):
    blob = ciphertext(kms, key["KeyId"])
    bring_into(kms, key["KeyId"], state)
    for named in ({"SourceKeyId": key["KeyId"]}, {}):
        parameters = key_parameters("ReEncrypt", shared_key["KeyId"], blob) | named
        if not named:
            del parameters["SourceKeyId"]
        assert_outcome(raw.call("ReEncrypt", parameters), USED[STATES.index(state)], key["Arn"])


@pytest.mark.parametrize("state", STATES)
def test_decrypt_checks_the_key_that_the_ciphertext_names(state, kms, raw, key):
    blob = ciphertext(kms, key["KeyId"])
    bring_into(kms, key["KeyId"], state)
    parameters = key_parameters("Decrypt", key["KeyId"], blob)
    del parameters["KeyId"]
    assert_outcome(raw.call("Decrypt", parameters), USED[STATES.index(state)], key["Arn"])


@pytest.mark.parametrize("action", sorted(ACCEPT_ALIASES))
def test_an_alias_of_a_key_pending_deletion_still_names_it(action, kms, raw, key, alias):
    kms.create_alias(AliasName=alias, TargetKeyId=key["KeyId"])
    blob = ciphertext(kms, key["KeyId"])
    bring_into(kms, key["KeyId"], "PendingDeletion")
    assert_outcome(raw.call(action, key_parameters(action, alias, blob)), OUTCOMES[action][2], key["Arn"])


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
