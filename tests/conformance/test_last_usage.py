"""GetKeyLastUsage: the last successful use of a key's material."""

import datetime
import json

import pytest

from actions import CRYPTO, KINDS, kind_of, make_key, product, valid_parameters
from claviger_server import Server
from control import ARGUMENTS, Control
from expect import code_of


def usage(kms, key):
    answer = kms.get_key_last_usage(KeyId=key["KeyId"])
    assert answer["KeyId"] == key["KeyId"]
    assert answer["KeyCreationDate"] == key["CreationDate"]
    assert answer["TrackingStartDate"] == key["CreationDate"], "the key is younger than the server"
    return answer["KeyLastUsage"]


@pytest.fixture(scope="module")
def used(kms, raw):
    """A key of each kind, and what it made."""
    made = {}
    for kind in KINDS:
        key = kms.describe_key(KeyId=make_key(raw, kind)["KeyId"])["KeyMetadata"]
        made[kind] = key, product(raw, kind, key["KeyId"])
    return made


@pytest.mark.parametrize("action", sorted(CRYPTO))
def test_each_use_of_material_is_the_last_one_at_once(server, kms, raw, used, action):
    key, made = used[kind_of(action)]
    reply = raw.call(action, valid_parameters(action, key["KeyId"], made))
    assert reply.status == 200, reply
    event = server.audit(reply.request_id)
    told = usage(kms, key)
    assert told["Operation"] == action
    assert told["KmsRequestId"] == reply.request_id
    assert told["CloudTrailEventId"] == event["eventID"]
    assert told["Timestamp"].strftime("%Y-%m-%dT%H:%M:%SZ") == event["eventTime"]


def test_what_uses_no_material_or_fails_is_no_use(kms, raw, key):
    blob = kms.encrypt(KeyId=key["KeyId"], Plaintext=b"x")["CiphertextBlob"]
    before = usage(kms, key)
    kms.describe_key(KeyId=key["KeyId"])
    kms.rotate_key_on_demand(KeyId=key["KeyId"])
    assert raw.call("Encrypt", {"KeyId": key["KeyId"], "Plaintext": "eA==", "DryRun": True}).status == 400
    with pytest.raises(kms.exceptions.InvalidCiphertextException):
        kms.decrypt(CiphertextBlob=blob, EncryptionContext={"a": "b"})
    kms.disable_key(KeyId=key["KeyId"])
    with pytest.raises(kms.exceptions.DisabledException):
        kms.encrypt(KeyId=key["KeyId"], Plaintext=b"x")
    assert usage(kms, key) == before
    kms.schedule_key_deletion(KeyId=key["KeyId"])
    assert usage(kms, key) == before, "in every state"


def test_a_key_that_was_never_used(kms, key):
    assert usage(kms, key) == {}


def protecting(days):
    """A key policy against losing what was used lately (Developer Guide, kms:TrailingDaysWithoutKeyUsage)."""
    everything = {"Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*"}
    denied = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": ["kms:DisableKey", "kms:ScheduleKeyDeletion"],
        "Resource": "*",
        "Condition": {"NumericLessThanEquals": {"kms:TrailingDaysWithoutKeyUsage": days}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [everything, denied]})


def test_a_key_that_was_used_lately_can_be_kept_from_being_disabled(start_server):
    server = start_server(arguments=ARGUMENTS)
    control, kms = Control(server), server.kms()
    used, unused = (kms.create_key(Policy=protecting(30))["KeyMetadata"]["KeyId"] for _ in range(2))
    control.advance(days=20)
    kms.encrypt(KeyId=used, Plaintext=b"x")
    for key_id in (used, unused):
        for call in (kms.disable_key, kms.schedule_key_deletion):
            assert code_of(call, KeyId=key_id) == "AccessDeniedException"
    control.advance(days=11)
    kms.disable_key(KeyId=unused)
    assert code_of(kms.disable_key, KeyId=used) == "AccessDeniedException"
    server.terminate()
    server.start()
    control, kms = Control(server), server.kms()
    assert code_of(kms.disable_key, KeyId=used) == "AccessDeniedException"
    control.advance(days=20)
    kms.schedule_key_deletion(KeyId=used)


def test_outlives_a_server_that_is_stopped(tmp_path):
    server = Server(tmp_path / "data", tmp_path)
    kms = server.kms()
    key = kms.create_key()["KeyMetadata"]
    kms.generate_data_key(KeyId=key["KeyId"], KeySpec="AES_256")
    before = kms.get_key_last_usage(KeyId=key["KeyId"])
    server.terminate()
    server.start()
    after = server.kms().get_key_last_usage(KeyId=key["KeyId"])
    for answer in (before, after):
        del answer["ResponseMetadata"]
    assert after == before and before["KeyLastUsage"]["Operation"] == "GenerateDataKey"
    server.terminate()
