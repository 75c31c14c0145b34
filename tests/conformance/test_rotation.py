"""Rotation of key material: on demand, by the clock, and what is told of it."""

import datetime

import pytest

from actions import MAC, make_key
from claviger_server import Server
from control import ARGUMENTS, Control
from expect import refused

DAY = datetime.timedelta(days=1)


def rotations(kms, key, **more):
    return kms.list_key_rotations(KeyId=key["KeyId"], **more)["Rotations"]


def encrypt(kms, key):
    return kms.encrypt(KeyId=key["KeyId"], Plaintext=b"text")["CiphertextBlob"]


def material_of(kms, blob):
    opened = kms.decrypt(CiphertextBlob=blob)
    assert opened["Plaintext"] == b"text"
    return opened["KeyMaterialId"]


def test_ciphertexts_of_every_version_open_and_new_ones_are_of_the_newest(kms, key):
    blobs = [encrypt(kms, key)]
    for _ in range(3):
        assert kms.rotate_key_on_demand(KeyId=key["Arn"])["KeyId"] == key["KeyId"]
        blobs.append(encrypt(kms, key))
    listed = rotations(kms, key, IncludeKeyMaterial="ALL_KEY_MATERIAL")
    assert [material_of(kms, blob) for blob in blobs] == [one["KeyMaterialId"] for one in listed]
    assert [one["KeyMaterialState"] for one in listed] == ["NON_CURRENT"] * 3 + ["CURRENT"]
    assert kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]["CurrentKeyMaterialId"] == listed[-1]["KeyMaterialId"]
    data_key = kms.generate_data_key(KeyId=key["KeyId"], KeySpec="AES_256")
    assert data_key["KeyMaterialId"] == listed[-1]["KeyMaterialId"]
    moved = kms.re_encrypt(CiphertextBlob=blobs[0], DestinationKeyId=key["KeyId"])
    assert (moved["SourceKeyMaterialId"], moved["DestinationKeyMaterialId"]) == (
        listed[0]["KeyMaterialId"],
        listed[-1]["KeyMaterialId"],
    )


def test_on_demand_is_recorded_as_a_call_and_as_the_service_s_rotation(server, kms, key):
    reply = kms.rotate_key_on_demand(KeyId=key["KeyId"])
    first, second = rotations(kms, key, IncludeKeyMaterial="ALL_KEY_MATERIAL")
    assert server.audit(reply["ResponseMetadata"]["RequestId"])["eventName"] == "RotateKeyOnDemand"
    (event,) = server.audit_events(event_name="RotateKey", resource=key["Arn"])
    assert event["serviceEventDetails"] == {
        "rotationType": "ON_DEMAND",
        "keyOrigin": "AWS_KMS",
        "previousKeyMaterialId": first["KeyMaterialId"],
        "currentKeyMaterialId": second["KeyMaterialId"],
        "keyId": key["KeyId"],
    }
    assert event["eventType"] == "AwsServiceEvent"
    assert event["userIdentity"] == {"accountId": server.account, "invokedBy": "AWS Internal"}
    assert event["sourceIPAddress"] == event["userAgent"] == "AWS Internal"
    assert event["requestParameters"] is None and event["responseElements"] is None
    assert "requestID" not in event and "errorCode" not in event


def test_the_first_material_came_by_no_rotation(kms, key):
    assert rotations(kms, key) == []
    (first,) = rotations(kms, key, IncludeKeyMaterial="ALL_KEY_MATERIAL")
    assert first == {
        "KeyId": key["KeyId"],
        "KeyMaterialId": key["CurrentKeyMaterialId"],
        "KeyMaterialState": "CURRENT",
    }


def test_twenty_five_times_on_demand(kms, key):
    for _ in range(25):
        kms.rotate_key_on_demand(KeyId=key["KeyId"])
    with refused(
        "LimitExceededException",
        "The on-demand rotations limit has been reached for the given keyId. No more on-demand rotations can be "
        f"performed for this key: {key['Arn']}",
    ):
        kms.rotate_key_on_demand(KeyId=key["KeyId"])
    assert len(rotations(kms, key)) == 25


def test_the_period_is_a_year_unless_it_is_said_and_begins_anew_each_time(kms, key):
    for period, parameters in ((365, {}), (90, {"RotationPeriodInDays": 90}), (365, {})):
        kms.enable_key_rotation(KeyId=key["KeyId"], **parameters)
        status = kms.get_key_rotation_status(KeyId=key["KeyId"])
        assert (status["KeyRotationEnabled"], status["RotationPeriodInDays"]) == (True, period)
        ahead = status["NextRotationDate"] - datetime.datetime.now(datetime.timezone.utc)
        assert abs(ahead - period * DAY) < datetime.timedelta(minutes=5)
        assert "OnDemandRotationStartDate" not in status


@pytest.mark.parametrize("action", ["EnableKeyRotation", "DisableKeyRotation", "RotateKeyOnDemand", "ListKeyRotations"])
def test_other_kinds_of_keys_do_not_rotate_whatever_their_state(raw, action):
    key = make_key(raw, MAC)
    for change in (None, "DisableKey", "ScheduleKeyDeletion"):
        if change:
            raw.call(change, {"KeyId": key["KeyId"]})
        reply = raw.call(action, {"KeyId": key["KeyId"]})
        assert (reply.status, reply.error) == (400, "UnsupportedOperationException")
        assert reply.message == f"{key['Arn']} key spec is HMAC_256 which is not valid for this operation."
        assert raw.call("GetKeyRotationStatus", {"KeyId": key["KeyId"]}).json == {
            "KeyId": key["KeyId"], "KeyRotationEnabled": False
        }


def test_a_policy_can_bound_the_period(server, kms, key):
    root = f"arn:aws:iam::{server.account}:root"
    statements = [
        f'{{"Effect":"Allow","Principal":{{"AWS":"{root}"}},"Action":"kms:*","Resource":"*"}}',
        '{"Effect":"Deny","Principal":"*","Action":"kms:EnableKeyRotation","Resource":"*",'
        '"Condition":{"NumericGreaterThan":{"kms:RotationPeriodInDays":"180"}}}',
    ]
    policy = f'{{"Version":"2012-10-17","Statement":[{",".join(statements)}]}}'
    kms.put_key_policy(KeyId=key["KeyId"], Policy=policy)
    kms.enable_key_rotation(KeyId=key["KeyId"], RotationPeriodInDays=180)
    for parameters in ({"RotationPeriodInDays": 181}, {}):
        with pytest.raises(kms.exceptions.ClientError, match="AccessDeniedException"):
            kms.enable_key_rotation(KeyId=key["KeyId"], **parameters)


@pytest.fixture(scope="module")
def moved(tmp_path_factory):
    """A server whose clock can be moved, and a client of it."""
    place = tmp_path_factory.mktemp("rotation")
    server = Server(place / "data", place, arguments=ARGUMENTS)
    yield server, Control(server), server.kms()
    server.terminate()
    server.verify_audit()


def test_by_the_clock_each_period_has_one_rotation_with_a_service_event(moved):
    server, control, kms = moved
    key = kms.create_key()["KeyMetadata"]
    kms.enable_key_rotation(KeyId=key["KeyId"], RotationPeriodInDays=90)
    blobs = [encrypt(kms, key)]
    for _ in range(2):
        control.advance(days=89)
        before = len(rotations(kms, key))
        control.advance(days=1)
        assert len(rotations(kms, key)) == before + 1
        blobs.append(encrypt(kms, key))
    listed = rotations(kms, key, IncludeKeyMaterial="ALL_KEY_MATERIAL")
    assert [one.get("RotationType") for one in listed] == [None, "AUTOMATIC", "AUTOMATIC"]
    assert [material_of(kms, blob) for blob in blobs] == [one["KeyMaterialId"] for one in listed]
    events = [one for one in server.audit_events(event_name="RotateKey", resource=key["Arn"])]
    assert [one["serviceEventDetails"] for one in events] == [
        {
            "rotationType": "AUTOMATIC",
            "keyOrigin": "AWS_KMS",
            "previousKeyMaterialId": old["KeyMaterialId"],
            "currentKeyMaterialId": new["KeyMaterialId"],
            "keyId": key["KeyId"],
        }
        for old, new in zip(listed, listed[1:])
    ]
    for event in events:
        assert event["eventType"] == "AwsServiceEvent"
        assert event["userIdentity"] == {"accountId": server.account, "invokedBy": "AWS Internal"}
        assert event["readOnly"] is False
        assert event["requestParameters"] is None and event["responseElements"] is None
        assert "requestID" not in event


def test_years_without_a_look_are_made_good_by_one_rotation(moved):
    _, control, kms = moved
    key = kms.create_key()["KeyMetadata"]
    kms.enable_key_rotation(KeyId=key["KeyId"], RotationPeriodInDays=90)
    control.advance(days=1000)
    assert len(rotations(kms, key)) == 1
    (rotation,) = rotations(kms, key)
    status = kms.get_key_rotation_status(KeyId=key["KeyId"])
    assert abs(status["NextRotationDate"] - rotation["RotationDate"] - 90 * DAY) < datetime.timedelta(minutes=1)


def test_on_demand_not_shortly_before_an_automatic_rotation(moved):
    _, control, kms = moved
    key = kms.create_key()["KeyMetadata"]
    kms.enable_key_rotation(KeyId=key["KeyId"], RotationPeriodInDays=90)
    control.advance(days=90, seconds=-1000)
    with pytest.raises(kms.exceptions.ConflictException):
        kms.rotate_key_on_demand(KeyId=key["KeyId"])
    control.advance(seconds=1000)
    kms.rotate_key_on_demand(KeyId=key["KeyId"])
    assert [one["RotationType"] for one in rotations(kms, key)] == ["AUTOMATIC", "ON_DEMAND"]


def test_a_disabled_key_waits(moved):
    _, control, kms = moved
    key = kms.create_key()["KeyMetadata"]
    kms.enable_key_rotation(KeyId=key["KeyId"], RotationPeriodInDays=90)
    kms.disable_key(KeyId=key["KeyId"])
    control.advance(days=100)
    assert rotations(kms, key) == []
    kms.enable_key(KeyId=key["KeyId"])
    control.advance(seconds=1)
    assert len(rotations(kms, key)) == 1


def test_a_schedule_and_its_rotations_outlive_the_server(moved):
    server, control, kms = moved
    key = kms.create_key()["KeyMetadata"]
    kms.enable_key_rotation(KeyId=key["KeyId"], RotationPeriodInDays=90)
    blob = encrypt(kms, key)
    control.advance(days=90)
    before = rotations(kms, key, IncludeKeyMaterial="ALL_KEY_MATERIAL"), kms.get_key_rotation_status(KeyId=key["KeyId"])
    server.kill()
    server.start()
    kms = server.kms()
    after = rotations(kms, key, IncludeKeyMaterial="ALL_KEY_MATERIAL"), kms.get_key_rotation_status(KeyId=key["KeyId"])
    assert [before[0], before[1]["NextRotationDate"]] == [after[0], after[1]["NextRotationDate"]]
    assert material_of(kms, blob) == before[0][0]["KeyMaterialId"]
