"""One audit record for each call, whatever became of it, with the fields that CloudTrail gives it."""

import datetime
import re

import pytest

from actions import (
    ACTIONS,
    KINDS,
    READ_ONLY,
    ROOT,
    SYMMETRIC,
    TAKE_CONTEXT,
    default_policy,
    kind_of,
    make_key,
    product,
    valid_parameters,
)
from expect import UNKNOWN_KEY

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
# What is denied by the policy of a key that is locked out; the others have no key, or only look it up.
DENIABLE = ACTIONS - {"CreateKey", "ListKeys", "ListAliases", "GenerateRandom", "ListRetirableGrants"}
INVALID = {
    "CreateKey": {"Description": "x" * 8193},
    "GenerateRandom": {"NumberOfBytes": 0},
    "ListKeys": {"Limit": 0},
    "DeleteAlias": {"AliasName": ""},
    "ListRetirableGrants": {"RetiringPrincipal": ""},
}
CONTEXT = {"Department": "10.1", "é": "\U0001f511"}
# By action: the name of the member that says with which encryption context a ciphertext was made.
CONTEXT_MEMBER = dict.fromkeys(TAKE_CONTEXT, "EncryptionContext") | {"ReEncrypt": "SourceEncryptionContext"}
# What no record shows.
BLOBS = {"Plaintext", "CiphertextBlob", "Message", "Signature", "Mac", "PublicKey", "ImportToken", "EncryptedKeyMaterial"}
# What a record shows though nobody sent it.
ALWAYS = {
    "Decrypt": {"encryptionAlgorithm": "SYMMETRIC_DEFAULT"},
    "Encrypt": {"encryptionAlgorithm": "SYMMETRIC_DEFAULT"},
    "PutKeyPolicy": {"bypassPolicyLockoutSafetyCheck": False},
    "ReEncrypt": {
        "sourceEncryptionAlgorithm": "SYMMETRIC_DEFAULT",
        "destinationEncryptionAlgorithm": "SYMMETRIC_DEFAULT",
    },
    "Sign": {"messageType": "RAW"},
    "Verify": {"messageType": "RAW"},
}


def arn_of(server, resource):
    return f"arn:aws:kms:{server.region}:{server.account}:{resource}"


class Stage:
    """The keys that the calls are made on, and a record of every call."""

    def __init__(self, server):
        self.server, self.kms, self.calls, self.grants = server, server.kms(), {}, {}
        self.keys = {kind: make_key(server.raw(), kind) for kind in KINDS}
        self.key = self.keys[SYMMETRIC]
        self.products = {kind: product(server.raw(), kind, self.keys[kind]["KeyId"], CONTEXT) for kind in KINDS}
        self.other = self.kms.create_key()["KeyMetadata"]
        self.pending = self.kms.create_key()["KeyMetadata"]
        self.kms.schedule_key_deletion(KeyId=self.pending["KeyId"])
        self.kms.create_alias(AliasName="alias/audit/target", TargetKeyId=self.key["KeyId"])
        self.locked, self.locked_products, self.locked_grant = {}, {}, None
        for kind in KINDS:
            self._lock(kind)

    def _lock(self, kind):
        self.locked[kind] = key = make_key(self.server.raw(), kind)
        self.locked_products[kind] = product(self.server.raw(), kind, key["KeyId"], CONTEXT)
        if kind == SYMMETRIC:
            self.kms.create_alias(AliasName="alias/audit/locked", TargetKeyId=key["KeyId"])
            self.locked_grant = self._grant(key)
        self.kms.put_key_policy(
            KeyId=key["KeyId"],
            BypassPolicyLockoutSafetyCheck=True,
            Policy='{"Statement":{"Effect":"Deny","Principal":"*","Action":"kms:*","Resource":"*"}}',
        )

    def _grant(self, key):
        return self.kms.create_grant(KeyId=key["KeyId"], GranteePrincipal=ROOT, Operations=["Encrypt"])["GrantId"]

    def key_of(self, action):
        """The key that the action is called on, with success."""
        # DisableKey comes before DisableKeyRotation, which a disabled key refuses.
        return {
            "CancelKeyDeletion": self.pending,
            "DisableKeyRotation": self.other,
            "ScheduleKeyDeletion": self.other,
        }.get(action, self.keys[kind_of(action)])

    def call(self, name, action, parameters, raw=None):
        reply = (raw or self.server.raw()).call(action, parameters)
        assert name not in self.calls
        self.calls[name] = action, parameters, reply

    def parameters(self, action, alias):
        key, grant = self.key_of(action), self.locked_grant
        if action in ("RetireGrant", "RevokeGrant"):
            grant = self.grants[action] = self._grant(key)
        return self._parameters(action, key, self.products, alias, grant)

    def locked_parameters(self, action, alias):
        return self._parameters(action, self.locked[kind_of(action)], self.locked_products, alias, self.locked_grant)

    def _parameters(self, action, key, products, alias, grant):
        name = key["Arn"] if action == "RetireGrant" else key["KeyId"]
        policy = default_policy(self.server.account)
        parameters = valid_parameters(
            action, name, products[kind_of(action)], alias=alias, policy=policy, grant=grant
        )
        if action in CONTEXT_MEMBER:
            parameters[CONTEXT_MEMBER[action]] = CONTEXT
        return parameters

    def play(self):
        for action in sorted(ACTIONS):
            alias = "alias/audit/new" if action == "CreateAlias" else "alias/audit/target"
            if action not in ("DeleteAlias", "ScheduleKeyDeletion"):
                self.call(f"{action}-success", action, self.parameters(action, alias))
            locked = self.locked_parameters(action, alias)
            if action in DENIABLE:
                name = "alias/audit/locked" if action in ("DeleteAlias", "UpdateAlias") else "alias/audit/other"
                self.call(f"{action}-denied", action, self.locked_parameters(action, name))
            self.call(
                f"{action}-invalid",
                action,
                locked | INVALID.get(action, {"KeyId": "", "TargetKeyId": "", "DestinationKeyId": ""}),
            )
            self.call(f"{action}-unauthenticated", action, locked, self.server.raw(secret_key="wrong"))
        # Last, because they take away what the others use.
        self.call("DeleteAlias-success", "DeleteAlias", {"AliasName": "alias/audit/target"})
        self.call(
            "ScheduleKeyDeletion-success", "ScheduleKeyDeletion", {"KeyId": self.other["Arn"], "PendingWindowInDays": 9}
        )


@pytest.fixture(scope="module")
def stage(server):
    stage = Stage(server)
    stage.play()
    return stage


@pytest.fixture(scope="module")
def records(server, stage):
    """The records of the whole log by request id."""
    found = {}
    for event in server.audit_events():
        found.setdefault(event.get("requestID"), []).append(event)
    return found


@pytest.fixture(scope="module")
def record(stage, records):
    def one(name):
        events = records.get(stage.calls[name][2].request_id, [])
        assert len(events) == 1, f"{len(events)} records of {name}"
        return events[0]

    return one


OUTCOMES = {
    "success": None,
    "denied": "AccessDenied",
    "invalid": "ValidationException",
    "unauthenticated": "InvalidSignatureException",
}
CASES = [
    (action, outcome) for action in sorted(ACTIONS) for outcome in OUTCOMES if outcome != "denied" or action in DENIABLE
]


@pytest.mark.parametrize("action, outcome", CASES)
def test_a_call_has_one_record_that_tells_its_outcome(server, stage, record, action, outcome):
    _, _, reply = stage.calls[f"{action}-{outcome}"]
    event = record(f"{action}-{outcome}")
    # The API's name of a refusal is AccessDeniedException, the record's is not.
    assert reply.error == (OUTCOMES[outcome] if outcome != "denied" else "AccessDeniedException"), reply
    assert event.get("errorCode") == OUTCOMES[outcome]
    assert event.get("errorMessage", "") == ("" if reply.status == 200 else reply.message[:1024])
    assert event["eventVersion"] == "1.11"
    assert event["eventSource"] == "kms.amazonaws.com"
    assert event["eventName"] == action
    assert event["requestID"] == reply.request_id
    assert UUID.fullmatch(event["eventID"])
    assert event["sourceIPAddress"] == "127.0.0.1"
    assert event["readOnly"] is (action in READ_ONLY)
    assert event["eventType"] == "AwsApiCall"
    assert event["managementEvent"] is True
    assert event["eventCategory"] == "Management"
    assert event["recipientAccountId"] == server.account
    assert "requestParameters" in event
    if outcome != "success":
        assert event["responseElements"] is None
    time = datetime.datetime.strptime(event["eventTime"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=datetime.timezone.utc)
    assert abs(time - datetime.datetime.now(datetime.timezone.utc)) < datetime.timedelta(minutes=10)


@pytest.mark.parametrize("action, outcome", CASES)
def test_a_record_tells_who_called(server, record, action, outcome):
    event = record(f"{action}-{outcome}")
    if outcome == "unauthenticated":
        # Who it was is what is not known.
        assert event["userIdentity"].get("type") != "Root"
        assert "arn" not in event["userIdentity"]
    else:
        assert event["awsRegion"] == server.region
        assert event["userIdentity"] == {
            "type": "Root",
            "principalId": server.account,
            "accountId": server.account,
            "arn": f"arn:aws:iam::{server.account}:root",
            "accessKeyId": server.access_key,
        }


def test_no_event_id_is_used_twice(records):
    ids = [event["eventID"] for events in records.values() for event in events]
    assert len(ids) == len(set(ids)) > 3 * len(ACTIONS)


def expected_request(stage, action):
    """requestParameters of a success: what was sent, but for blobs, and what is always shown."""

    def lower(value):
        if isinstance(value, dict):
            return {name[0].lower() + name[1:]: lower(inner) for name, inner in value.items()}
        return [lower(inner) for inner in value] if isinstance(value, list) else value

    sent = dict(stage.calls[f"{action}-success"][1])
    contexts = {name: sent.pop(name) for name in list(sent) if name.endswith("EncryptionContext")}
    for blob in BLOBS:
        sent.pop(blob, None)
    shown = lower(sent) | {name[0].lower() + name[1:]: context for name, context in contexts.items()}
    return shown | ALWAYS.get(action, {})


@pytest.mark.parametrize("action", sorted(ACTIONS - {"CreateKey", "GenerateRandom", "ListKeys", "RetireGrant"}))
def test_request_parameters_are_those_sent(stage, record, action):
    parameters = record(f"{action}-success")["requestParameters"]
    # The documents differ on whether a default policy name is shown.
    parameters.pop("policyName", None)
    assert parameters == expected_request(stage, action)


def test_request_parameters_of_create_key(record):
    parameters = record("CreateKey-success")["requestParameters"]
    assert parameters["bypassPolicyLockoutSafetyCheck"] is False
    assert parameters["origin"] == "AWS_KMS"


@pytest.mark.parametrize("action", ["GenerateRandom", "ListKeys", "RetireGrant"])
def test_request_parameters_are_null_where_there_are_none(record, action):
    assert record(f"{action}-success")["requestParameters"] is None


def test_identifiers_stand_as_they_were_sent(server, stage):
    for number, identifier in enumerate((stage.key["KeyId"], stage.key["Arn"])):
        reply = server.raw().call("DescribeKey", {"KeyId": identifier})
        event = server.audit(reply.request_id)
        assert event["requestParameters"] == {"keyId": identifier}
        assert [resource["ARN"] for resource in event["resources"]] == [stage.key["Arn"]]


@pytest.mark.parametrize("action", sorted(READ_ONLY))
def test_reading_has_no_response_elements(record, action):
    assert record(f"{action}-success")["responseElements"] is None


SHOW_MORE = {"CreateKey", "CreateGrant", "ScheduleKeyDeletion", "CancelKeyDeletion", "RotateKeyOnDemand"} | {
    "DeleteImportedKeyMaterial", "ImportKeyMaterial"
}
KEY_ONLY = sorted(ACTIONS - READ_ONLY - SHOW_MORE)


@pytest.mark.parametrize("action", KEY_ONLY)
def test_changes_that_answer_nothing_show_the_key(stage, record, action):
    assert record(f"{action}-success")["responseElements"] == {"keyId": stage.key_of(action)["Arn"]}


def test_response_elements_of_deletion(stage, record):
    assert record("CancelKeyDeletion-success")["responseElements"] == {"keyId": stage.pending["Arn"]}
    elements = record("ScheduleKeyDeletion-success")["responseElements"]
    assert elements.pop("deletionDate")
    assert elements == {"keyId": stage.other["Arn"], "keyState": "PendingDeletion", "pendingWindowInDays": 9}


@pytest.mark.parametrize("action", ["DeleteImportedKeyMaterial", "ImportKeyMaterial"])
def test_response_elements_of_imports(stage, record, action):
    reply = stage.calls[f"{action}-success"][2].json
    assert record(f"{action}-success")["responseElements"] == {
        "keyId": reply["KeyId"], "keyMaterialId": reply["KeyMaterialId"]
    }  # fmt: skip


def test_response_elements_of_rotation(stage, record):
    assert record("RotateKeyOnDemand-success")["responseElements"] == {"keyId": stage.key["KeyId"]}


def test_response_elements_of_create_grant(stage, record):
    made = stage.calls["CreateGrant-success"][2].json["GrantId"]
    assert record("CreateGrant-success")["responseElements"] == {"keyId": stage.key["Arn"], "grantId": made}


def test_response_elements_of_create_key(stage, record):
    made = stage.calls["CreateKey-success"][2].json["KeyMetadata"]
    shown = record("CreateKey-success")["responseElements"]["keyMetadata"]
    assert shown["arn"] == made["Arn"]
    assert shown["keyId"] == made["KeyId"]
    assert shown["keyState"] == "Enabled"
    assert "aWSAccountId" in shown or "AWSAccountId" in shown


def expected_resources(stage, action):
    alias = arn_of(stage.server, "alias/audit/target")
    return {
        "CreateKey": [stage.calls["CreateKey-success"][2].json.get("KeyMetadata", {}).get("Arn")],
        "ListKeys": [],
        "ListAliases": [],
        "ListRetirableGrants": [],
        "GenerateRandom": [],
        "CreateAlias": [stage.key["Arn"], arn_of(stage.server, "alias/audit/new")],
        "UpdateAlias": [alias, stage.key["Arn"]],
        "DeleteAlias": [alias, stage.key["Arn"]],
        "ReEncrypt": [stage.key["Arn"], stage.key["Arn"]],
    }.get(action, [stage.key_of(action)["Arn"]])


@pytest.mark.parametrize("action", sorted(ACTIONS))
def test_resources_are_the_keys_and_aliases_in_their_order(server, stage, record, action):
    wanted = [
        {"accountId": server.account, "type": "AWS::KMS::Key", "ARN": arn} for arn in expected_resources(stage, action)
    ]
    assert record(f"{action}-success")["resources"] == wanted


@pytest.mark.parametrize("action", sorted(DENIABLE))
def test_a_denied_call_names_what_it_was_denied(stage, record, action):
    event = record(f"{action}-denied")
    assert stage.locked[kind_of(action)]["Arn"] in [resource["ARN"] for resource in event["resources"]]


def test_a_key_that_does_not_exist_is_no_resource(server):
    event = server.audit(server.raw().call("DescribeKey", {"KeyId": UNKNOWN_KEY}).request_id)
    assert event["errorCode"] == "NotFoundException"
    assert event["requestParameters"] == {"keyId": UNKNOWN_KEY}
    assert not event.get("resources")


@pytest.mark.parametrize("action", sorted(TAKE_CONTEXT - {"ReEncrypt"}))
def test_cryptography_tells_the_key_material(stage, record, action):
    assert record(f"{action}-success")["additionalEventData"] == {"keyMaterialId": stage.key["CurrentKeyMaterialId"]}


def test_re_encrypt_tells_both_key_materials(stage, record):
    material = stage.key["CurrentKeyMaterialId"]
    assert record("ReEncrypt-success")["additionalEventData"] == {
        "sourceKeyMaterialId": material,
        "destinationKeyMaterialId": material,
    }


def test_retiring_tells_the_grant(stage, record):
    assert record("RetireGrant-success")["additionalEventData"] == {"grantId": stage.grants["RetireGrant"]}


@pytest.mark.parametrize("action", sorted(ACTIONS - TAKE_CONTEXT - {"RetireGrant"}))
def test_other_calls_have_no_additional_data(record, action):
    assert "additionalEventData" not in record(f"{action}-success")


def test_a_dry_run_is_recorded(server, stage):
    reply = server.raw().call("Encrypt", {"KeyId": stage.other["KeyId"], "Plaintext": "eA==", "DryRun": True})
    assert server.audit(reply.request_id)["errorCode"] == reply.error
    reply = server.raw().call("Encrypt", {"KeyId": stage.key["KeyId"], "Plaintext": "eA==", "DryRun": True})
    event = server.audit(reply.request_id)
    assert event["errorCode"] == "DryRunOperationException"
    assert event["errorMessage"] == reply.message


def test_a_refused_ciphertext_is_recorded_without_a_message(server, stage):
    reply = server.raw().call("Decrypt", {"CiphertextBlob": stage.products[SYMMETRIC], "KeyId": stage.key["KeyId"]})
    event = server.audit(reply.request_id)
    assert event["errorCode"] == "InvalidCiphertextException"
    assert "errorMessage" not in event
    assert "additionalEventData" not in event


def test_requests_without_an_operation_are_recorded(server):
    raw = server.raw()
    for reply in (raw.send("TrentService.Nonsense"), raw.send(None), raw.send("TrentService.ListKeys", sign=False)):
        assert server.audit(reply.request_id)["errorCode"] == reply.error


def test_the_user_agent_is_recorded_up_to_a_kilobyte(server):
    for agent in ('unit test/1.0 "quoted"', "x" * 3000):
        reply = server.raw().call("ListKeys", {}, {"User-Agent": agent})
        assert server.audit(reply.request_id)["userAgent"] == agent[:1024]


def test_show_selects_by_name_and_resource(server, stage):
    by_name = server.audit_events(event_name="ScheduleKeyDeletion")
    assert {event["eventName"] for event in by_name} == {"ScheduleKeyDeletion"}
    by_resource = server.audit_events(resource=stage.other["Arn"])
    assert {"CreateKey", "ScheduleKeyDeletion"} <= {event["eventName"] for event in by_resource}
    for event in by_resource:
        assert stage.other["Arn"] in [resource["ARN"] for resource in event["resources"]]
