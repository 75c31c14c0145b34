"""CreateAlias, UpdateAlias, DeleteAlias, ListAliases."""

import datetime

import pytest

from expect import refused, UNKNOWN_KEY, violation

PREFIX_MESSAGE = (
    'Alias must start with the prefix "alias/". Please see the AWS KMS documentation for alias naming rules.'
)
ALIAS_ACTIONS = ["create_alias", "update_alias", "delete_alias"]


def alias_arn(server, name):
    return f"arn:aws:kms:{server.region}:{server.account}:{name}"


def call(kms, action, name, key):
    target = {} if action == "delete_alias" else {"TargetKeyId": key["KeyId"]}
    return getattr(kms, action)(AliasName=name, **target)


def only_alias(kms, key):
    aliases = kms.list_aliases(KeyId=key["KeyId"])["Aliases"]
    assert len(aliases) == 1
    return aliases[0]


def test_create_alias_answers_nothing_and_lists_everything(server, kms, key, alias):
    before = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(milliseconds=1)
    reply = kms.create_alias(AliasName=alias, TargetKeyId=key["KeyId"])
    after = datetime.datetime.now(datetime.timezone.utc)
    assert set(reply) == {"ResponseMetadata"}
    entry = only_alias(kms, key)
    created = entry.pop("CreationDate")
    assert before <= created <= after
    assert entry.pop("LastUpdatedDate") == created
    assert entry == {"AliasName": alias, "AliasArn": alias_arn(server, alias), "TargetKeyId": key["KeyId"]}


def test_create_alias_takes_a_key_arn(kms, key, alias):
    kms.create_alias(AliasName=alias, TargetKeyId=key["Arn"])
    assert only_alias(kms, key)["TargetKeyId"] == key["KeyId"]


@pytest.mark.parametrize(
    "name", ["alias/A", "alias/a_b-c/9", "alias//", "alias/aws", "alias/awsome/x", "alias/" + "x" * 250]
)
def test_create_alias_accepts(kms, key, name):
    kms.create_alias(AliasName=name, TargetKeyId=key["KeyId"])
    assert kms.describe_key(KeyId=name)["KeyMetadata"]["KeyId"] == key["KeyId"]
    kms.delete_alias(AliasName=name)


def test_alias_names_are_case_sensitive(kms, key, shared_key, alias):
    kms.create_alias(AliasName=alias, TargetKeyId=key["KeyId"])
    kms.create_alias(AliasName=alias.upper().replace("ALIAS/", "alias/"), TargetKeyId=shared_key["KeyId"])
    assert kms.describe_key(KeyId=alias)["KeyMetadata"]["KeyId"] == key["KeyId"]


@pytest.mark.parametrize("action", ALIAS_ACTIONS)
@pytest.mark.parametrize("name", ["x", "Alias/x", "aliasx", "ALIAS/x", "arn:aws:kms:us-east-1:000000000000:alias/x"])
def test_alias_must_start_with_the_prefix(kms, shared_key, action, name):
    with refused("ValidationException", PREFIX_MESSAGE):
        call(kms, action, name, shared_key)


@pytest.mark.parametrize("action", ALIAS_ACTIONS)
@pytest.mark.parametrize("name", ["alias/aws/", "alias/aws/s3"])
def test_the_prefix_of_aws_is_reserved(kms, shared_key, action, name):
    with refused("InvalidAliasNameException"):
        call(kms, action, name, shared_key)


@pytest.mark.parametrize("action", ALIAS_ACTIONS)
# The model lets a colon through; the service does not.
@pytest.mark.parametrize("name", ["alias/a:b", "alias/"])
def test_names_that_only_the_model_allows_are_invalid(kms, shared_key, action, name):
    with refused("InvalidAliasNameException"):
        call(kms, action, name, shared_key)


@pytest.mark.parametrize("action", ALIAS_ACTIONS)
@pytest.mark.parametrize("name", ["alias/a b", "alias/ü", "alias/a.b", "alias/a\n"])
def test_names_outside_the_pattern_fail_validation(kms, shared_key, action, name):
    message = violation("aliasName", "Member must satisfy regular expression pattern: ^[a-zA-Z0-9:/_-]+$", f"'{name}'")
    with refused("ValidationException", message):
        call(kms, action, name, shared_key)


@pytest.mark.parametrize("same_key", [True, False])
def test_create_alias_refuses_a_name_that_is_taken(server, kms, key, shared_key, alias, same_key):
    kms.create_alias(AliasName=alias, TargetKeyId=key["KeyId"])
    with refused("AlreadyExistsException", f"An alias with the name {alias_arn(server, alias)} already exists"):
        kms.create_alias(AliasName=alias, TargetKeyId=(key if same_key else shared_key)["KeyId"])
    assert only_alias(kms, key)["AliasName"] == alias


@pytest.mark.parametrize("action", ["create_alias", "update_alias"])
def test_the_target_must_exist(server, kms, key, alias, action):
    if action == "update_alias":
        kms.create_alias(AliasName=alias, TargetKeyId=key["KeyId"])
    arn = f"arn:aws:kms:{server.region}:{server.account}:key/{UNKNOWN_KEY}"
    with refused("NotFoundException", f"Key '{arn}' does not exist"):
        call(kms, action, alias, {"KeyId": UNKNOWN_KEY})


@pytest.mark.parametrize("action", ["create_alias", "update_alias"])
@pytest.mark.parametrize("form", ["name", "arn"])
def test_the_target_must_not_be_an_alias(server, kms, key, alias, alias_names, action, form):
    kms.create_alias(AliasName=alias, TargetKeyId=key["KeyId"])
    name = next(alias_names) if action == "create_alias" else alias
    target = alias if form == "name" else alias_arn(server, alias)
    with refused("ValidationException", "Aliases must refer to keys. Not aliases"):
        call(kms, action, name, {"KeyId": target})


@pytest.mark.parametrize("action", ["update_alias", "delete_alias"])
def test_the_alias_must_exist(server, kms, shared_key, alias, action):
    with refused("NotFoundException", f"Alias {alias_arn(server, alias)} is not found."):
        call(kms, action, alias, shared_key)


def test_update_alias_moves_it_and_keeps_its_creation_date(kms, key, alias):
    other = kms.create_key()["KeyMetadata"]
    kms.create_alias(AliasName=alias, TargetKeyId=key["KeyId"])
    created = only_alias(kms, key)["CreationDate"]
    reply = kms.update_alias(AliasName=alias, TargetKeyId=other["Arn"])
    assert set(reply) == {"ResponseMetadata"}
    assert kms.list_aliases(KeyId=key["KeyId"])["Aliases"] == []
    entry = only_alias(kms, other)
    assert entry["TargetKeyId"] == other["KeyId"]
    assert entry["CreationDate"] == created
    assert entry["LastUpdatedDate"] > created


# Type and usage of a key; two kinds of each where there are several specs.
OF_A_KIND = {
    "symmetric": [{}, {}],
    "HMAC": [{"KeySpec": spec, "KeyUsage": "GENERATE_VERIFY_MAC"} for spec in ("HMAC_256", "HMAC_512")],
    "asymmetric to sign": [
        {"KeySpec": spec, "KeyUsage": "SIGN_VERIFY"} for spec in ("ECC_NIST_P256", "ECC_NIST_EDWARDS25519")
    ],
    "asymmetric to agree": [{"KeySpec": spec, "KeyUsage": "KEY_AGREEMENT"} for spec in ("ECC_NIST_P256", "ECC_NIST_P384")],
    "asymmetric to encrypt": [{"KeySpec": spec, "KeyUsage": "ENCRYPT_DECRYPT"} for spec in ("RSA_2048", "RSA_3072")],
}


@pytest.fixture(scope="module")
def of_a_kind(kms):
    made = {kind: [kms.create_key(**parameters)["KeyMetadata"] for parameters in both] for kind, both in OF_A_KIND.items()}
    # The other type of the same usage.
    made["asymmetric to sign"].append(kms.create_key(KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY")["KeyMetadata"])
    return made


@pytest.mark.parametrize("to", OF_A_KIND)
@pytest.mark.parametrize("of", OF_A_KIND)
def test_update_alias_keeps_to_a_type_and_a_usage(kms, of_a_kind, alias, of, to):
    kms.create_alias(AliasName=alias, TargetKeyId=of_a_kind[of][0]["KeyId"])
    for target in of_a_kind[to]:
        if of == to:
            kms.update_alias(AliasName=alias, TargetKeyId=target["KeyId"])
        else:
            with refused(
                "ValidationException", "The current and the new KMS key of an alias must be of the same type and usage."
            ):
                kms.update_alias(AliasName=alias, TargetKeyId=target["KeyId"])
    last = of_a_kind[of][-1 if of == to else 0]
    assert kms.describe_key(KeyId=alias)["KeyMetadata"]["KeyId"] == last["KeyId"]
    kms.delete_alias(AliasName=alias)


def test_update_alias_to_the_same_key_is_repeatable(kms, key, alias):
    kms.create_alias(AliasName=alias, TargetKeyId=key["KeyId"])
    for _ in range(2):
        kms.update_alias(AliasName=alias, TargetKeyId=key["KeyId"])
    assert only_alias(kms, key)["AliasName"] == alias


def test_what_an_alias_encrypted_outlives_the_alias(kms, key, shared_key, alias):
    kms.create_alias(AliasName=alias, TargetKeyId=key["KeyId"])
    reply = kms.encrypt(KeyId=alias, Plaintext=b"kept")
    assert reply["KeyId"] == key["Arn"]
    kms.update_alias(AliasName=alias, TargetKeyId=shared_key["KeyId"])
    assert kms.encrypt(KeyId=alias, Plaintext=b"x")["KeyId"] == shared_key["Arn"]
    kms.delete_alias(AliasName=alias)
    assert kms.decrypt(CiphertextBlob=reply["CiphertextBlob"])["Plaintext"] == b"kept"


def test_a_deleted_name_is_free_again(server, kms, key, shared_key, alias):
    kms.create_alias(AliasName=alias, TargetKeyId=shared_key["KeyId"])
    kms.delete_alias(AliasName=alias)
    with refused("NotFoundException", f"Alias {alias_arn(server, alias)} is not found."):
        kms.encrypt(KeyId=alias, Plaintext=b"x")
    kms.create_alias(AliasName=alias, TargetKeyId=key["KeyId"])
    assert only_alias(kms, key)["AliasName"] == alias


def test_list_aliases_without_a_key_lists_those_of_all_keys(kms, key, alias, alias_names):
    other = kms.create_key()["KeyMetadata"]
    second = next(alias_names)
    kms.create_alias(AliasName=alias, TargetKeyId=key["KeyId"])
    kms.create_alias(AliasName=second, TargetKeyId=other["KeyId"])
    listed = {
        entry["AliasName"]: entry.get("TargetKeyId")
        for page in kms.get_paginator("list_aliases").paginate()
        for entry in page["Aliases"]
    }
    assert listed[alias] == key["KeyId"]
    assert listed[second] == other["KeyId"]


def test_a_key_has_at_most_fifty_aliases(kms, key, alias_names):
    names = [next(alias_names) for _ in range(51)]
    for name in names[:50]:
        kms.create_alias(AliasName=name, TargetKeyId=key["KeyId"])
    with refused("LimitExceededException"):
        kms.create_alias(AliasName=names[50], TargetKeyId=key["KeyId"])
    other = kms.create_key()["KeyMetadata"]
    kms.create_alias(AliasName=names[50], TargetKeyId=other["KeyId"])
    with refused("LimitExceededException"):
        kms.update_alias(AliasName=names[50], TargetKeyId=key["KeyId"])
    assert only_alias(kms, other)["AliasName"] == names[50]
    # One that goes makes room for one; to point at the same key anew needs none.
    kms.update_alias(AliasName=names[0], TargetKeyId=key["KeyId"])
    kms.delete_alias(AliasName=names[1])
    kms.update_alias(AliasName=names[50], TargetKeyId=key["KeyId"])
    listed = kms.list_aliases(KeyId=key["KeyId"], Limit=100)["Aliases"]
    assert {entry["AliasName"] for entry in listed} == set(names) - {names[1]}
