"""Grants: CreateGrant, ListGrants, ListRetirableGrants, RetireGrant, RevokeGrant.

The caller is the account's root. A key whose policy lets it administer grants only shows what a grant gives.
"""

import json

import pytest

from actions import ACCEPT_ALIASES, kind_of, make_key, product, valid_parameters
from expect import refused

CONTEXT = {"purpose": "test"}


@pytest.fixture
def root(server):
    return f"arn:aws:iam::{server.account}:root"


@pytest.fixture
def by_grants_only(root):
    """The policy of a key that the root may use by grants only."""
    actions = ["PutKeyPolicy", "CreateGrant", "ListGrants", "RevokeGrant"]
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": root},
        "Action": [f"kms:{action}" for action in actions],
        "Resource": "*",
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.fixture
def guarded(kms, by_grants_only):
    """The metadata of a key with that policy."""
    return kms.create_key(Policy=by_grants_only)["KeyMetadata"]


@pytest.fixture
def grant(kms, guarded, root):
    """Makes a grant on the guarded key."""

    def make(*operations, **more):
        return kms.create_grant(
            KeyId=guarded["KeyId"], GranteePrincipal=root, Operations=list(operations), **more
        )

    return make


# Whose operation has their own name: ReEncrypt has two, see below.
@pytest.mark.parametrize("operation", sorted(ACCEPT_ALIASES - {"ReEncrypt"}))
def test_a_grant_gives_its_operation_at_once_and_takes_it_at_once(kms, raw, root, by_grants_only, operation):
    kind = kind_of(operation)
    key = make_key(raw, kind)
    parameters = valid_parameters(operation, key["KeyId"], product(raw, kind, key["KeyId"]))
    kms.put_key_policy(KeyId=key["KeyId"], Policy=by_grants_only)
    assert raw.call(operation, parameters).error == "AccessDeniedException"
    made = kms.create_grant(KeyId=key["KeyId"], GranteePrincipal=root, Operations=[operation])
    assert raw.call(operation, parameters).status == 200
    assert raw.call(operation, parameters | {"GrantTokens": [made["GrantToken"]]}).status == 200
    kms.revoke_grant(KeyId=key["KeyId"], GrantId=made["GrantId"])
    assert raw.call(operation, parameters).error == "AccessDeniedException"


def test_decrypt_and_re_encrypt_need_their_own_operations(kms, guarded, grant, shared_key):
    grant("Encrypt")
    blob = kms.encrypt(KeyId=guarded["KeyId"], Plaintext=b"x")["CiphertextBlob"]
    with refused("AccessDeniedException"):
        kms.decrypt(CiphertextBlob=blob)
    with refused("AccessDeniedException"):
        kms.re_encrypt(CiphertextBlob=blob, DestinationKeyId=shared_key["KeyId"])
    grant("ReEncryptFrom")
    kms.re_encrypt(CiphertextBlob=blob, DestinationKeyId=shared_key["KeyId"])
    with refused("AccessDeniedException"):
        kms.re_encrypt(CiphertextBlob=blob, DestinationKeyId=guarded["KeyId"])
    grant("ReEncryptTo", "Decrypt")
    kms.re_encrypt(CiphertextBlob=blob, DestinationKeyId=guarded["KeyId"])
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"x"


@pytest.mark.parametrize(
    "form, context, allowed",
    [
        ("EncryptionContextEquals", CONTEXT, True),
        ("EncryptionContextEquals", CONTEXT | {"more": "x"}, False),
        ("EncryptionContextSubset", CONTEXT | {"more": "x"}, True),
        ("EncryptionContextSubset", {"PURPOSE": "test"}, False),
        ("EncryptionContextSubset", {}, False),
    ],
)
def test_constraints(kms, guarded, grant, form, context, allowed):
    grant("Encrypt", "DescribeKey", Constraints={form: CONTEXT})
    kms.describe_key(KeyId=guarded["KeyId"])
    if allowed:
        kms.encrypt(KeyId=guarded["KeyId"], Plaintext=b"x", EncryptionContext=context)
    else:
        with refused("AccessDeniedException"):
            kms.encrypt(KeyId=guarded["KeyId"], Plaintext=b"x", EncryptionContext=context)


def test_lists_show_what_was_made(kms, guarded, grant, root):
    made = grant(
        "Encrypt", "Decrypt", Name="a-name", RetiringPrincipal=root, Constraints={"EncryptionContextSubset": CONTEXT}
    )
    for entry in (
        kms.list_grants(KeyId=guarded["Arn"])["Grants"][0],
        kms.list_grants(KeyId=guarded["KeyId"], GrantId=made["GrantId"], GranteePrincipal=root)["Grants"][0],
        next(
            entry
            for page in kms.get_paginator("list_grants").paginate(KeyId=guarded["KeyId"])
            for entry in page["Grants"]
        ),
    ):
        entry.pop("CreationDate")
        assert entry == {
            "KeyId": guarded["Arn"],
            "GrantId": made["GrantId"],
            "Name": "a-name",
            "GranteePrincipal": root,
            "RetiringPrincipal": root,
            "IssuingAccount": root,
            "Operations": ["Decrypt", "Encrypt"],
            "Constraints": {"EncryptionContextSubset": CONTEXT},
        }
    retirable = {entry["GrantId"] for entry in retirable_grants(kms, root)}
    assert made["GrantId"] in retirable
    kms.retire_grant(GrantToken=made["GrantToken"])
    assert kms.list_grants(KeyId=guarded["KeyId"])["Grants"] == []
    assert made["GrantId"] not in {entry["GrantId"] for entry in retirable_grants(kms, root)}


def retirable_grants(kms, root):
    marker = {}
    while True:
        page = kms.list_retirable_grants(RetiringPrincipal=root, Limit=1, **marker)
        yield from page["Grants"]
        if not page["Truncated"]:
            return
        marker = {"Marker": page["NextMarker"]}


def test_the_same_call_with_a_name_gives_the_same_grant(grant):
    first, second = grant("Encrypt", Name="n"), grant("Encrypt", Name="n")
    assert first["GrantId"] == second["GrantId"]
    assert first["GrantToken"] != second["GrantToken"]
    assert grant("Decrypt", Name="n")["GrantId"] != first["GrantId"]
    assert grant("Encrypt")["GrantId"] != grant("Encrypt")["GrantId"]


def test_retire_takes_a_key_arn_and_an_id(kms, guarded, grant):
    made = grant("Encrypt")
    with refused("InvalidArnException"):
        kms.retire_grant(KeyId=guarded["KeyId"], GrantId=made["GrantId"])
    with refused("ValidationException"):
        kms.retire_grant(KeyId=guarded["Arn"])
    kms.retire_grant(KeyId=guarded["Arn"], GrantId=made["GrantId"])
    with refused("NotFoundException"):
        kms.retire_grant(KeyId=guarded["Arn"], GrantId=made["GrantId"])


def test_dry_runs_change_nothing(kms, guarded, grant):
    with refused("DryRunOperationException"):
        grant("Encrypt", DryRun=True)
    assert kms.list_grants(KeyId=guarded["KeyId"])["Grants"] == []
    made = grant("Encrypt")
    with refused("DryRunOperationException"):
        kms.revoke_grant(KeyId=guarded["KeyId"], GrantId=made["GrantId"], DryRun=True)
    with refused("DryRunOperationException"):
        kms.retire_grant(GrantToken=made["GrantToken"], DryRun=True)
    assert len(kms.list_grants(KeyId=guarded["KeyId"])["Grants"]) == 1


def test_what_is_wrong_is_refused(kms, guarded, grant, root):
    key_id = guarded["KeyId"]
    with refused("InvalidGrantIdException"):
        kms.revoke_grant(KeyId=key_id, GrantId="x")
    with refused("NotFoundException"):
        kms.revoke_grant(KeyId=key_id, GrantId="0" * 64)
    with refused("InvalidGrantTokenException"):
        kms.retire_grant(GrantToken="AAAA")
    with refused("InvalidArnException"):
        kms.create_grant(KeyId=key_id, GranteePrincipal="arn:aws:iam::111122223333:group/g", Operations=["Encrypt"])
    with refused("ValidationException"):
        grant("Sign")
    with refused("ValidationException"):
        grant("Encrypt", Constraints={"EncryptionContextEquals": CONTEXT, "EncryptionContextSubset": CONTEXT})


def test_key_states(kms, key, root):
    kms.create_grant(KeyId=key["KeyId"], GranteePrincipal=root, Operations=["Encrypt"])
    kms.disable_key(KeyId=key["KeyId"])
    with refused("DisabledException"):
        kms.create_grant(KeyId=key["KeyId"], GranteePrincipal=root, Operations=["Encrypt"])
    kms.schedule_key_deletion(KeyId=key["KeyId"])
    with refused("KMSInvalidStateException"):
        kms.create_grant(KeyId=key["KeyId"], GranteePrincipal=root, Operations=["Encrypt"])
    (entry,) = kms.list_grants(KeyId=key["KeyId"])["Grants"]
    kms.revoke_grant(KeyId=key["KeyId"], GrantId=entry["GrantId"])
