"""Key policies: stored as they were written, and enforced."""

import base64
import json

import pytest

from actions import NAME_A_KEY, SYMMETRIC, default_policy, kind_of, make_key, product, valid_parameters
from expect import refused

LOCKOUT = "The new key policy will not allow you to update the key policy in the future."


def statement(account, effect="Allow", actions="kms:*", principal=None, **more):
    return {
        "Effect": effect,
        "Principal": principal or {"AWS": f"arn:aws:iam::{account}:root"},
        "Action": actions,
        "Resource": "*",
        **more,
    }


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def put(kms, key, text, **more):
    return kms.put_key_policy(KeyId=key["KeyId"], Policy=text, **more)


def get(kms, key):
    return kms.get_key_policy(KeyId=key["KeyId"])["Policy"]


@pytest.fixture
def allow(server):
    """The statement that gives the account everything."""
    return statement(server.account)


def test_a_key_has_the_default_policy(server, kms, key):
    reply = kms.get_key_policy(KeyId=key["KeyId"], PolicyName="default")
    del reply["ResponseMetadata"]
    assert reply == {"Policy": default_policy(server.account), "PolicyName": "default"}


def test_a_policy_comes_back_byte_for_byte(server, kms, key, allow):
    plain = policy(allow)
    odd = '\n{\t"Version" : "2012-10-17",\r\n "Id":"\\u0041é",  "Statement": ' + json.dumps(allow) + " }  "
    for text in (plain, json.dumps(json.loads(plain), indent=7), odd):
        reply = put(kms, key, text)
        assert set(reply) == {"ResponseMetadata"}
        assert get(kms, key) == text
        assert kms.get_key_policy(KeyId=kms.create_key(Policy=text)["KeyMetadata"]["KeyId"])["Policy"] == text


def test_there_is_one_policy_name(kms, key, allow):
    put(kms, key, policy(allow), PolicyName="default")
    for call in (
        lambda: kms.get_key_policy(KeyId=key["KeyId"], PolicyName="other"),
        lambda: put(kms, key, policy(allow), PolicyName="other"),
    ):
        with refused("NotFoundException", "No such policy exists"):
            call()


def test_an_explicit_deny_is_enforced_until_it_is_taken_back(server, kms, key, allow):
    deny = statement(server.account, "Deny", ["kms:Encrypt", "kms:Generate*"])
    put(kms, key, policy(allow, deny))
    arn = f"arn:aws:iam::{server.account}:root"
    for call, action in (
        (lambda: kms.encrypt(KeyId=key["KeyId"], Plaintext=b"x"), "kms:Encrypt"),
        (lambda: kms.generate_data_key(KeyId=key["KeyId"], KeySpec="AES_256"), "kms:GenerateDataKey"),
    ):
        with refused(
            "AccessDeniedException",
            f"User: {arn} is not authorized to perform: {action} on resource: "
            f"{key['Arn']} with an explicit deny in a resource-based policy",
        ):
            call()
    kms.describe_key(KeyId=key["KeyId"])
    put(kms, key, policy(allow))
    kms.encrypt(KeyId=key["KeyId"], Plaintext=b"x")


def test_re_encrypt_needs_both_permissions(server, kms, key, allow):
    other = kms.create_key()["KeyMetadata"]
    blob = kms.encrypt(KeyId=key["KeyId"], Plaintext=b"x")["CiphertextBlob"]
    for denied, on in (("kms:ReEncryptFrom", key), ("kms:ReEncryptTo", other)):
        put(kms, on, policy(allow, statement(server.account, "Deny", denied)))
        with refused("AccessDeniedException"):
            kms.re_encrypt(CiphertextBlob=blob, DestinationKeyId=other["KeyId"])
        put(kms, on, policy(allow))
    kms.re_encrypt(CiphertextBlob=blob, DestinationKeyId=other["KeyId"])


def test_update_alias_needs_permission_on_both_keys(server, kms, key, allow, alias):
    other = kms.create_key()["KeyMetadata"]
    kms.create_alias(AliasName=alias, TargetKeyId=key["KeyId"])
    for on in (key, other):
        put(kms, on, policy(allow, statement(server.account, "Deny", "kms:UpdateAlias")))
        with refused("AccessDeniedException"):
            kms.update_alias(AliasName=alias, TargetKeyId=other["KeyId"])
        put(kms, on, policy(allow))
    kms.update_alias(AliasName=alias, TargetKeyId=other["KeyId"])


def test_what_is_not_allowed_is_denied(server, kms, key):
    put(kms, key, policy(statement(server.account, actions=["kms:PutKeyPolicy", "kms:Describe*", "kms:Encrypt"])))
    kms.describe_key(KeyId=key["KeyId"])
    kms.encrypt(KeyId=key["KeyId"], Plaintext=b"x")
    with refused("AccessDeniedException"):
        kms.disable_key(KeyId=key["KeyId"])


def test_a_policy_that_would_lock_its_writer_out_is_refused(server, kms, key, allow):
    before = get(kms, key)
    lockouts = [
        policy(statement(server.account, actions="kms:Encrypt")),
        policy(statement(server.account, "Deny")),
        policy(allow, statement(server.account, "Deny", "kms:PutKeyPolicy")),
        policy(allow, statement(server.account, "Deny", "kms:Put*", principal="*")),
    ]
    for text in lockouts:
        with refused("MalformedPolicyDocumentException", LOCKOUT):
            put(kms, key, text)
        with refused("MalformedPolicyDocumentException", LOCKOUT):
            put(kms, key, text, BypassPolicyLockoutSafetyCheck=False)
        with refused("MalformedPolicyDocumentException", LOCKOUT):
            kms.create_key(Policy=text)
    assert get(kms, key) == before


@pytest.fixture(scope="module")
def locked_out_keys(server, kms, raw):
    """By kind: a key whose policy gives nobody anything, with an alias and something that it made."""
    made = {}

    def of(kind):
        if kind not in made:
            key = make_key(raw, kind)
            key["Alias"] = f"alias/locked-out/{kind}"
            key["Product"] = product(raw, kind, key["KeyId"])
            kms.create_alias(AliasName=key["Alias"], TargetKeyId=key["KeyId"])
            put(kms, key, policy(statement(server.account, "Deny")), BypassPolicyLockoutSafetyCheck=True)
            made[kind] = key
        return made[kind]

    return of


@pytest.fixture
def locked_out(locked_out_keys):
    return locked_out_keys(SYMMETRIC)


@pytest.mark.parametrize("action", sorted(NAME_A_KEY - {"ListAliases"}))
def test_a_lockout_locks_even_the_root_out(server, raw, kms, locked_out_keys, shared_key, alias, action):
    if action == "UpdateAlias":
        kms.create_alias(AliasName=alias, TargetKeyId=shared_key["KeyId"])
    key = locked_out_keys(kind_of(action))
    parameters = valid_parameters(
        action, key["KeyId"], key["Product"], alias=alias, policy=default_policy(server.account)
    )
    reply = raw.call(action, parameters)
    assert (reply.status, reply.error) == (400, "AccessDeniedException"), reply
    assert reply.message.startswith(
        f"User: arn:aws:iam::{server.account}:root is not authorized to perform: kms:{action}"
    )


def test_a_lockout_covers_the_key_s_aliases(kms, locked_out, shared_key):
    for call in (
        lambda: kms.delete_alias(AliasName=locked_out["Alias"]),
        lambda: kms.update_alias(AliasName=locked_out["Alias"], TargetKeyId=shared_key["KeyId"]),
        lambda: kms.encrypt(KeyId=locked_out["Alias"], Plaintext=b"x"),
    ):
        with refused("AccessDeniedException"):
            call()


def test_a_locked_out_key_is_still_listed(kms, locked_out):
    # ListKeys and ListAliases are permissions of the account, not of a key.
    listed = {entry["KeyId"] for page in kms.get_paginator("list_keys").paginate() for entry in page["Keys"]}
    assert locked_out["KeyId"] in listed
    assert kms.list_aliases(KeyId=locked_out["KeyId"])["Aliases"][0]["AliasName"] == locked_out["Alias"]


def test_a_ciphertext_of_a_forbidden_key_says_nothing_of_the_key(kms, locked_out):
    with refused("AccessDeniedException") as caught:
        kms.decrypt(CiphertextBlob=base64.b64decode(locked_out["Product"]))
    assert caught.value.response["Error"]["Message"].startswith(
        "The ciphertext refers to a customer master key that does "
        "not exist, does not exist in this region, or you are "
        "not allowed to access."
    )


@pytest.mark.parametrize("element", ["NotPrincipal", "NotAction", "NotResource"])
def test_an_element_and_its_opposite_exclude_each_other(kms, key, allow, element):
    with refused("MalformedPolicyDocumentException"):
        put(kms, key, policy(allow, allow | {element: "*"}))


def test_everything_but_a_list_is_enforced(kms, key, allow):
    deny = {"Effect": "Deny", "Principal": "*", "Resource": "*"}
    put(kms, key, policy(allow, deny | {"NotAction": ["kms:Describe*", "kms:PutKeyPolicy", "kms:GetKeyPolicy"]}))
    kms.describe_key(KeyId=key["KeyId"])
    with refused("AccessDeniedException"):
        kms.encrypt(KeyId=key["KeyId"], Plaintext=b"x")
    put(kms, key, policy(allow, {"Effect": "Deny", "Principal": "*", "Action": "*", "NotResource": "*"}))
    kms.encrypt(KeyId=key["KeyId"], Plaintext=b"x")


# {good} stands for a statement that is all right.
MALFORMED = {
    "empty": " ",
    "not-json": "{",
    "not-an-object": "[]",
    "trailing-bytes": '{"Statement":{good}} x',
    "no-statement": '{"Version":"2012-10-17"}',
    "empty-statement": '{"Version":"2012-10-17","Statement":[]}',
    "bad-version": '{"Version":"2012-10-18","Statement":{good}}',
    "unknown-field": '{"Version":"2012-10-17","Statements":{good},"Statement":{good}}',
    "duplicate-field": '{"Version":"2012-10-17","Statement":{good},"Statement":{good}}',
    "too-deep": '{"Statement":{good},"Id":' + "[" * 40 + "]" * 40 + "}",
}
BAD_STATEMENTS = {
    "unknown-statement-field": '"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*","X":1',
    "no-effect": '"Principal":"*","Action":"kms:*","Resource":"*"',
    "bad-effect": '"Effect":"allow","Principal":"*","Action":"kms:*","Resource":"*"',
    "no-principal": '"Effect":"Allow","Action":"kms:*","Resource":"*"',
    "unknown-account": '"Effect":"Allow","Principal":{"AWS":"999999999999"},"Action":"kms:*","Resource":"*"',
    "unknown-user": '"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::{account}:user/x"},"Action":"kms:*",'
    '"Resource":"*"',
    "bad-principal": '"Effect":"Allow","Principal":{"AWS":"x"},"Action":"kms:*","Resource":"*"',
    "bad-action": '"Effect":"Allow","Principal":"*","Action":"Encrypt","Resource":"*"',
    "bad-resource": '"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"x"',
}
MALFORMED |= {name: '{"Statement":[{good},{' + bad + "}]}" for name, bad in BAD_STATEMENTS.items()}


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed_policies_are_refused(server, kms, key, allow, name):
    text = MALFORMED[name].replace("{good}", json.dumps(allow)).replace("{account}", server.account)
    before = get(kms, key)
    for call in (lambda: put(kms, key, text, BypassPolicyLockoutSafetyCheck=True), lambda: kms.create_key(Policy=text)):
        with refused("MalformedPolicyDocumentException"):
            call()
    assert get(kms, key) == before


def test_a_policy_has_at_most_32768_bytes(kms, key, allow):
    text = policy(allow)
    largest = text + " " * (32768 - len(text))
    put(kms, key, largest)
    assert get(kms, key) == largest
    for call in (lambda: put(kms, key, largest + " "), lambda: kms.create_key(Policy=largest + " ")):
        with refused("LimitExceededException"):
            call()


@pytest.mark.parametrize("character", ["\u0000", "\u0008", "\u0100", "\U0001f511"])
def test_a_policy_has_the_characters_of_the_model(kms, key, allow, character):
    with refused("ValidationException"):
        put(kms, key, policy(allow) + character)


def test_a_policy_can_be_changed_in_every_state(kms, key, allow):
    for change in (kms.disable_key, kms.schedule_key_deletion):
        change(KeyId=key["KeyId"])
        put(kms, key, policy(allow))
    assert get(kms, key) == policy(allow)
