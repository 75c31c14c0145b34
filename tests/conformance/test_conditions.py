"""Key policies whose statements have conditions: what each condition key has, and what the operators make of it."""

import json
from datetime import datetime, timedelta, timezone

import pytest

from expect import code_of, refused

LOCKOUT = "The new key policy will not allow you to update the key policy in the future."


def statement(effect, actions, condition=None, **more):
    made = {"Effect": effect, "Principal": "*", "Action": actions, "Resource": "*", **more}
    if condition is not None:
        made["Condition"] = condition
    if "NotAction" in made:
        del made["Action"]
    return made


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allowing(action, condition):
    """Everything is allowed but `action`; that only where the condition holds."""
    actions = action if isinstance(action, list) else [action]
    return policy(statement("Allow", None, NotAction=actions), statement("Allow", actions, condition))


def denying(action, condition):
    return policy(statement("Allow", "kms:*"), statement("Deny", action, condition))


def put(kms, key, text, **more):
    kms.put_key_policy(KeyId=key["KeyId"], Policy=text, **more)


def allowed(call, **parameters):
    code = code_of(call, **parameters)
    assert code in (None, "AccessDeniedException"), code
    return code is None


def holds(kms, key, condition, context=None, key_id=None):
    """Whether the condition is fulfilled by an Encrypt with this encryption context."""
    put(kms, key, allowing("kms:Encrypt", condition))
    return allowed(kms.encrypt, KeyId=key_id or key["KeyId"], Plaintext=b"x", EncryptionContext=context or {})


CONTEXT_CONDITIONS = {
    "equal": ({"StringEquals": {"kms:EncryptionContext:App": "X"}}, {"App": "X"}, True),
    "equal, more in the request": ({"StringEquals": {"kms:EncryptionContext:App": "X"}}, {"App": "X", "b": "c"}, True),
    "another value": ({"StringEquals": {"kms:EncryptionContext:App": "X"}}, {"App": "Y"}, False),
    "value in another case": ({"StringEquals": {"kms:EncryptionContext:App": "X"}}, {"App": "x"}, False),
    "value in another case, ignored": (
        {"StringEqualsIgnoreCase": {"kms:EncryptionContext:App": "X"}},
        {"App": "x"},
        True,
    ),
    "no such pair": ({"StringEquals": {"kms:EncryptionContext:App": "X"}}, {}, False),
    "key part without case": ({"StringEquals": {"kms:EncryptionContext:APP": "X"}}, {"app": "X"}, True),
    "name without case": ({"StringEquals": {"KMS:encryptioncontext:App": "X"}}, {"App": "X"}, True),
    "key part is not a prefix": ({"StringEquals": {"kms:EncryptionContext:Ap": "X"}}, {"App": "X"}, False),
    "two keys that differ in case": ({"StringEquals": {"kms:EncryptionContext:a": "1"}}, {"A": "1", "a": "1"}, False),
    "one of several values": ({"StringEquals": {"kms:EncryptionContext:App": ["W", "X"]}}, {"App": "X"}, True),
    "both keys": (
        {"StringEquals": {"kms:EncryptionContext:a": "1", "kms:EncryptionContext:b": "2"}},
        {"a": "1", "b": "2"},
        True,
    ),
    "one of both keys": (
        {"StringEquals": {"kms:EncryptionContext:a": "1", "kms:EncryptionContext:b": "2"}},
        {"a": "1"},
        False,
    ),
    "like": ({"StringLike": {"kms:EncryptionContext:App": "pay*"}}, {"App": "payments"}, True),
    "not like": ({"StringLike": {"kms:EncryptionContext:App": "pay*"}}, {"App": "p*"}, False),
    "negated and absent": ({"StringNotEquals": {"kms:EncryptionContext:App": "X"}}, {}, True),
    "if exists and absent": ({"StringEqualsIfExists": {"kms:EncryptionContext:App": "X"}}, {}, True),
    "if exists and other": ({"StringEqualsIfExists": {"kms:EncryptionContext:App": "X"}}, {"App": "Y"}, False),
    "null and absent": ({"Null": {"kms:EncryptionContext:App": "true"}}, {}, True),
    "null and present": ({"Null": {"kms:EncryptionContext:App": "true"}}, {"App": "X"}, False),
    "not null and present": ({"Null": {"kms:EncryptionContext:App": "false"}}, {"App": "X"}, True),
    "any of the keys": ({"ForAnyValue:StringEquals": {"kms:EncryptionContextKeys": "App"}}, {"App": "X", "b": "c"}, True),
    "none of the keys": ({"ForAnyValue:StringEquals": {"kms:EncryptionContextKeys": "App"}}, {"b": "c"}, False),
    "any of no keys": ({"ForAnyValue:StringEquals": {"kms:EncryptionContextKeys": "App"}}, {}, False),
    "keys with case": ({"ForAnyValue:StringEquals": {"kms:EncryptionContextKeys": "App"}}, {"app": "X"}, False),
    "keys without case": (
        {"ForAnyValue:StringEqualsIgnoreCase": {"kms:EncryptionContextKeys": "App"}},
        {"app": "X"},
        True,
    ),
    "all of the keys": ({"ForAllValues:StringEquals": {"kms:EncryptionContextKeys": ["a", "b"]}}, {"a": "1"}, True),
    "one key too many": (
        {"ForAllValues:StringEquals": {"kms:EncryptionContextKeys": ["a", "b"]}},
        {"a": "1", "c": "2"},
        False,
    ),
    "all of no keys, which is the trap": ({"ForAllValues:StringEquals": {"kms:EncryptionContextKeys": ["a"]}}, {}, True),
    "several values without a set operator": ({"StringEquals": {"kms:EncryptionContextKeys": "a"}}, {"a": "1"}, False),
    "algorithm is there by default": ({"StringEquals": {"kms:EncryptionAlgorithm": "SYMMETRIC_DEFAULT"}}, {}, True),
    "another algorithm": ({"StringEquals": {"kms:EncryptionAlgorithm": "RSAES_OAEP_SHA_256"}}, {}, False),
    "variable": (
        {"StringEquals": {"kms:EncryptionContext:who": "${aws:PrincipalArn}"}},
        {"who": "arn:aws:iam::{account}:root"},
        True,
    ),
    "variable, another": ({"StringEquals": {"kms:EncryptionContext:who": "${aws:PrincipalArn}"}}, {"who": "me"}, False),
    "variable of one pair against another": (
        {"StringEquals": {"kms:EncryptionContext:a": "${kms:EncryptionContext:b}"}},
        {"a": "1", "b": "1"},
        True,
    ),
    "variable without a value": ({"StringEquals": {"kms:EncryptionContext:a": "${aws:username}"}}, {"a": "1"}, False),
    "variable with a default": (
        {"StringEquals": {"kms:EncryptionContext:a": "${aws:username, 'nobody'}"}},
        {"a": "nobody"},
        True,
    ),
    "variable of several values": (
        {"StringEquals": {"kms:EncryptionContext:a": "${kms:EncryptionContextKeys}"}},
        {"a": "a"},
        False,
    ),
    "wildcard from the request is a character": (
        {"StringLike": {"kms:EncryptionContext:a": "${kms:EncryptionContext:b}"}},
        {"a": "xyz", "b": "*"},
        False,
    ),
}


@pytest.mark.parametrize("name", CONTEXT_CONDITIONS)
def test_encryption_context(server, kms, key, name):
    condition, context, expected = CONTEXT_CONDITIONS[name]
    context = {pair: value.replace("{account}", server.account) for pair, value in context.items()}
    assert holds(kms, key, condition, context) is expected


@pytest.mark.parametrize("action", ["Encrypt", "Decrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext"])
def test_every_use_shows_its_encryption_context(kms, key, action):
    blobs = {
        app: kms.encrypt(KeyId=key["KeyId"], Plaintext=b"x", EncryptionContext={"App": app})["CiphertextBlob"]
        for app in ("X", "Y")
    }
    put(kms, key, allowing(f"kms:{action}", {"StringEquals": {"kms:EncryptionContext:App": "X"}}))
    for app in ("X", "Y"):
        call, parameters = {
            "Encrypt": (kms.encrypt, {"KeyId": key["KeyId"], "Plaintext": b"x"}),
            "Decrypt": (kms.decrypt, {"CiphertextBlob": blobs[app]}),
            "GenerateDataKey": (kms.generate_data_key, {"KeyId": key["KeyId"], "KeySpec": "AES_256"}),
            "GenerateDataKeyWithoutPlaintext": (
                kms.generate_data_key_without_plaintext,
                {"KeyId": key["KeyId"], "KeySpec": "AES_256"},
            ),
        }[action]
        assert allowed(call, EncryptionContext={"App": app}, **parameters) is (app == "X")


def test_decrypt_is_decided_with_the_context_that_the_caller_gives(kms, key):
    blob = kms.encrypt(KeyId=key["KeyId"], Plaintext=b"x", EncryptionContext={"App": "X"})["CiphertextBlob"]
    put(kms, key, allowing("kms:Decrypt", {"StringEquals": {"kms:EncryptionContext:App": "Y"}}))
    with refused("AccessDeniedException"):
        kms.decrypt(CiphertextBlob=blob, EncryptionContext={"App": "X"})
    # Allowed, and then the ciphertext is not one of that context.
    with refused("InvalidCiphertextException"):
        kms.decrypt(CiphertextBlob=blob, EncryptionContext={"App": "Y"})


def test_re_encrypt_sees_the_source_s_context_and_the_destination_s(kms, key):
    other = kms.create_key()["KeyMetadata"]
    old, new = {"stage": "old"}, {"stage": "new"}
    blob = kms.encrypt(KeyId=key["KeyId"], Plaintext=b"x", EncryptionContext=old)["CiphertextBlob"]

    def re_encrypt(destination):
        return allowed(
            kms.re_encrypt,
            CiphertextBlob=blob,
            SourceEncryptionContext=old,
            DestinationEncryptionContext=new,
            DestinationKeyId=destination["KeyId"],
        )

    for source, destination, expected in (("old", "new", True), ("new", "new", False), ("old", "old", False)):
        put(kms, key, allowing("kms:ReEncryptFrom", {"StringEquals": {"kms:EncryptionContext:stage": source}}))
        put(kms, other, allowing("kms:ReEncryptTo", {"StringEquals": {"kms:EncryptionContext:stage": destination}}))
        assert re_encrypt(other) is expected, (source, destination)

    for value in ("true", "false"):
        condition = {"Bool": {"kms:ReEncryptOnSameKey": value}}
        for text in (allowing("kms:ReEncrypt*", condition), allowing("kms:ReEncryptFrom", condition)):
            put(kms, key, text)
            put(kms, other, policy(statement("Allow", "kms:*")))
            assert re_encrypt(key) is (value == "true")
            assert re_encrypt(other) is (value == "false")


def test_request_alias_is_how_the_request_named_the_key(server, kms, key, alias_names):
    alias, second = next(alias_names), next(alias_names)
    for name in (alias, second):
        kms.create_alias(AliasName=name, TargetKeyId=key["KeyId"])
    put(kms, key, allowing(["kms:Encrypt", "kms:DescribeKey"], {"StringEquals": {"kms:RequestAlias": alias}}))
    arn = f"arn:aws:kms:{server.region}:{server.account}:{alias}"
    for name, expected in ((alias, True), (arn, True), (second, False), (key["KeyId"], False), (key["Arn"], False)):
        assert allowed(kms.encrypt, KeyId=name, Plaintext=b"x") is expected, name
        assert allowed(kms.describe_key, KeyId=name) is expected, name


def test_resource_aliases_are_not_seen_by_key_policies(kms, key, alias):
    kms.create_alias(AliasName=alias, TargetKeyId=key["KeyId"])
    assert not holds(kms, key, {"ForAnyValue:StringEquals": {"kms:ResourceAliases": alias}})
    assert holds(kms, key, {"Null": {"kms:ResourceAliases": "true"}})


OF_THE_KEY = {
    "kms:CallerAccount": "{account}",
    "kms:KeySpec": "SYMMETRIC_DEFAULT",
    "kms:CustomerMasterKeySpec": "SYMMETRIC_DEFAULT",
    "kms:KeyUsage": "ENCRYPT_DECRYPT",
    "kms:CustomerMasterKeyUsage": "ENCRYPT_DECRYPT",
    "kms:KeyOrigin": "AWS_KMS",
    "kms:MultiRegion": "false",
    "aws:PrincipalArn": "arn:aws:iam::{account}:root",
    "aws:PrincipalAccount": "{account}",
    "aws:PrincipalType": "Account",
    "aws:PrincipalIsAWSService": "false",
    "aws:ViaAWSService": "false",
    "aws:userid": "{account}",
    "aws:SourceIp": "127.0.0.1",
    "aws:SecureTransport": "false",
    "aws:RequestedRegion": "{region}",
    "aws:ResourceAccount": "{account}",
}
ABSENT = [
    "kms:ViaService",
    "kms:GrantIsForAWSResource",
    "kms:MultiRegionKeyType",
    "kms:RequestAlias",
    "aws:username",
    "aws:MultiFactorAuthPresent",
    "aws:MultiFactorAuthAge",
    "aws:TokenIssueTime",
    "aws:FederatedProvider",
    "aws:PrincipalOrgID",
    "aws:PrincipalTag/team",
    "aws:RequestTag/team",
    "aws:ResourceTag/team",
    "aws:SourceArn",
    "aws:SourceVpce",
    "aws:CalledVia",
    "aws:Referer",
    "aws:nonsense",
]


@pytest.mark.parametrize("name", OF_THE_KEY)
def test_what_every_request_says(server, kms, key, name):
    value = OF_THE_KEY[name].format(account=server.account, region=server.region)
    assert holds(kms, key, {"StringEquals": {name: value}})
    assert holds(kms, key, {"StringEquals": {name.upper(): value}})
    assert not holds(kms, key, {"StringEquals": {name: value + "x"}})
    assert not holds(kms, key, {"Null": {name: "true"}})


@pytest.mark.parametrize("name", ABSENT)
def test_what_no_request_of_the_root_says(kms, key, name):
    assert holds(kms, key, {"Null": {name: "true"}})
    assert not holds(kms, key, {"StringLike": {name: "*"}})


def test_user_agent(kms, key):
    assert holds(kms, key, {"StringLike": {"aws:UserAgent": "Boto3/*"}})
    assert not holds(kms, key, {"StringLike": {"aws:UserAgent": "curl/*"}})


@pytest.mark.parametrize(
    ("operator", "value", "expected"),
    [
        ("IpAddress", "127.0.0.0/8", True),
        ("IpAddress", "127.0.0.1", True),
        ("IpAddress", "203.0.113.0/24", False),
        ("IpAddress", ["203.0.113.0/24", "127.0.0.1/32"], True),
        ("NotIpAddress", "203.0.113.0/24", True),
        ("NotIpAddress", "127.0.0.0/8", False),
        ("IpAddress", "::1/128", False),
    ],
)
def test_source_ip(kms, key, operator, value, expected):
    assert holds(kms, key, {operator: {"aws:SourceIp": value}}) is expected


def test_secure_transport(kms, key):
    # The trap of many a bucket policy, on a server without TLS.
    put(kms, key, denying("kms:Encrypt", {"Bool": {"aws:SecureTransport": "false"}}))
    assert not allowed(kms.encrypt, KeyId=key["KeyId"], Plaintext=b"x")
    put(kms, key, denying("kms:Encrypt", {"Bool": {"aws:SecureTransport": "true"}}))
    assert allowed(kms.encrypt, KeyId=key["KeyId"], Plaintext=b"x")


def test_time(kms, key):
    now = datetime.now(timezone.utc)
    past, future = (now - timedelta(hours=1)), (now + timedelta(hours=1))
    for name in ("aws:CurrentTime", "aws:EpochTime"):
        for moment, after in ((past, True), (future, False)):
            for value in (moment.strftime("%Y-%m-%dT%H:%M:%SZ"), str(int(moment.timestamp()))):
                assert holds(kms, key, {"DateGreaterThan": {name: value}}) is after, (name, value)
                assert holds(kms, key, {"DateLessThan": {name: value}}) is not after, (name, value)
    assert holds(kms, key, {"NumericGreaterThan": {"aws:EpochTime": str(int(past.timestamp()))}})


def test_tags_of_the_key(kms, key):
    condition = {"StringEquals": {"aws:ResourceTag/team": "payments"}}
    assert not holds(kms, key, condition)
    for tag, value, expected in (("team", "payments", True), ("team", "other", False), ("Team", "payments", False)):
        # `team` and `Team` both: nobody can say which is meant.
        kms.tag_resource(KeyId=key["KeyId"], Tags=[{"TagKey": tag, "TagValue": value}])
        assert allowed(kms.encrypt, KeyId=key["KeyId"], Plaintext=b"x") is expected, (tag, value)
    kms.untag_resource(KeyId=key["KeyId"], TagKeys=["team"])
    assert allowed(kms.encrypt, KeyId=key["KeyId"], Plaintext=b"x"), "the name of a tag is compared without case"
    kms.untag_resource(KeyId=key["KeyId"], TagKeys=["Team"])
    assert not allowed(kms.encrypt, KeyId=key["KeyId"], Plaintext=b"x"), "in force for the very next request"


def test_tags_of_the_request(kms, key):
    def tag(name, value="v"):
        return allowed(kms.tag_resource, KeyId=key["KeyId"], Tags=[{"TagKey": name, "TagValue": value}])

    def untag(*names):
        return allowed(kms.untag_resource, KeyId=key["KeyId"], TagKeys=list(names))

    put(kms, key, allowing("kms:TagResource", {"StringEquals": {"aws:RequestTag/stage": ["dev", "test"]}}))
    assert tag("stage", "dev")
    assert tag("Stage", "test")
    assert not tag("stage", "prod")
    assert not tag("other", "dev")
    put(
        kms,
        key,
        allowing(["kms:TagResource", "kms:UntagResource"], {"ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b"]}}),
    )
    assert tag("a") and tag("b")
    assert not tag("A")
    assert not tag("c")
    assert untag("a", "b")
    assert not untag("a", "c")
    put(kms, key, allowing("kms:UntagResource", {"Null": {"aws:RequestTag/a": "true"}}))
    assert untag("a"), "a request that takes tags away has none"


def test_waiting_period_of_a_deletion(kms, key):
    def schedule(**more):
        done = allowed(kms.schedule_key_deletion, KeyId=key["KeyId"], **more)
        if done:
            kms.cancel_key_deletion(KeyId=key["KeyId"])
        return done

    name = "kms:ScheduleKeyDeletionPendingWindowInDays"
    put(kms, key, denying("kms:ScheduleKeyDeletion", {"NumericLessThan": {name: "20"}}))
    assert not schedule(PendingWindowInDays=7)
    assert schedule(PendingWindowInDays=20)
    assert schedule(), "the default of 30 days is seen"
    put(kms, key, allowing("kms:ScheduleKeyDeletion", {"NumericEquals": {name: "30"}}))
    assert schedule()
    assert not schedule(PendingWindowInDays=29)


def test_bypass_of_the_lockout_check(kms, key):
    name = "kms:BypassPolicyLockoutSafetyCheck"
    text = allowing("kms:PutKeyPolicy", {"Null": {name: "true"}})
    put(kms, key, text)
    for bypass in (True, False):
        with refused("AccessDeniedException"):
            put(kms, key, text, BypassPolicyLockoutSafetyCheck=bypass)
    put(kms, key, denying("kms:PutKeyPolicy", {"Bool": {name: "true"}}))
    with refused("AccessDeniedException"):
        put(kms, key, text, BypassPolicyLockoutSafetyCheck=True)
    put(kms, key, text)


@pytest.mark.parametrize(
    ("condition", "accepted"),
    [
        ({"IpAddress": {"aws:SourceIp": "127.0.0.0/8"}}, True),
        ({"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}, False),
        ({"StringEquals": {"kms:CallerAccount": "{account}"}}, True),
        ({"StringEquals": {"kms:CallerAccount": "999999999999"}}, False),
        ({"StringEquals": {"kms:KeySpec": "SYMMETRIC_DEFAULT"}}, True),
        ({"StringEquals": {"aws:ResourceTag/team": "payments"}}, False),
        ({"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}}, False),
    ],
)
def test_the_lockout_check_asks_this_request(server, kms, key, condition, accepted):
    text = policy(statement("Allow", "kms:*", json.loads(json.dumps(condition).replace("{account}", server.account))))
    for call in (lambda: put(kms, key, text), lambda: kms.create_key(Policy=text)):
        if accepted:
            call()
        else:
            with refused("MalformedPolicyDocumentException", LOCKOUT):
                call()


def test_a_new_key_s_tags_count_for_its_lockout_check(kms):
    text = policy(statement("Allow", "kms:*", {"StringEquals": {"aws:ResourceTag/team": "payments"}}))
    with refused("MalformedPolicyDocumentException", LOCKOUT):
        kms.create_key(Policy=text)
    key = kms.create_key(Policy=text, Tags=[{"TagKey": "team", "TagValue": "payments"}])["KeyMetadata"]
    kms.encrypt(KeyId=key["KeyId"], Plaintext=b"x")


def test_a_deny_with_a_negated_operator_denies_what_has_no_such_key(kms, key):
    put(kms, key, denying("kms:DescribeKey", {"StringNotEquals": {"kms:EncryptionContext:App": "X"}}))
    with refused("AccessDeniedException"):
        kms.describe_key(KeyId=key["KeyId"])
    put(kms, key, denying("kms:Decrypt", {"StringNotEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}}))
    blob = kms.encrypt(KeyId=key["KeyId"], Plaintext=b"x")["CiphertextBlob"]
    with refused("AccessDeniedException"):
        kms.decrypt(CiphertextBlob=blob)


def test_what_only_services_have_blocks_direct_use(kms, key):
    assert not holds(kms, key, {"StringLike": {"kms:ViaService": "*"}})
    assert not holds(kms, key, {"Bool": {"kms:GrantIsForAWSResource": "true"}})


def test_a_deny_that_cannot_be_judged_denies(kms, key):
    put(kms, key, denying("kms:Encrypt", {"StringEquals": {"kms:EncryptionContext:a": "1"}}))
    assert allowed(kms.encrypt, KeyId=key["KeyId"], Plaintext=b"x", EncryptionContext={"a": "2"})
    assert not allowed(kms.encrypt, KeyId=key["KeyId"], Plaintext=b"x", EncryptionContext={"a": "2", "A": "2"})


@pytest.mark.parametrize("name", ["kms:EncryptionContext:App", "aws:RequestTag/team"])
def test_for_all_values_of_what_may_be_missing_is_refused(kms, key, name):
    with refused("MalformedPolicyDocumentException"):
        put(kms, key, allowing("kms:Encrypt", {"ForAllValues:StringEquals": {name: "X"}}))


def test_a_variable_in_the_resource(server, kms, key):
    def deny(name):
        resource = f"arn:aws:kms:{server.region}:{server.account}:key/${{{name}}}"
        put(kms, key, policy(statement("Allow", "kms:*"), statement("Deny", "kms:Encrypt", Resource=resource)))

    deny("kms:EncryptionContext:id")
    for context, expected in (({"id": key["KeyId"]}, False), ({"id": "*"}, True), ({}, True)):
        assert allowed(kms.encrypt, KeyId=key["KeyId"], Plaintext=b"x", EncryptionContext=context) is expected
