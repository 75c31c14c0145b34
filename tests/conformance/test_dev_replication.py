"""`claviger dev --control`: multi-Region keys that stay Creating and Updating for as long as they are held."""

import datetime

import pytest

from claviger_server import Server
from control import ARGUMENTS, Control
from expect import refused
from test_multi_region import HOME, REGIONS, SECOND, THIRD, described, family, wait_for


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """Clients in each Region of a server for the whole module, and its control endpoint."""
    place = tmp_path_factory.mktemp("told")
    server = Server(place / "data", place, arguments=ARGUMENTS)
    yield clients(server), Control(server)
    server.terminate()
    server.verify_audit()


def clients(server):
    return {region: server.kms(region=region) for region in REGIONS}


def hold(control, *keys):
    assert control.done("PUT", "/replication", {"HeldKeys": keys}) == {"HeldKeys": sorted(keys)}


def new_primary(in_region):
    return in_region[HOME].create_key(MultiRegion=True)["KeyMetadata"]["KeyId"]


def test_a_held_replica_stays_creating_and_others_do_not(told):
    in_region, control = told
    held = new_primary(in_region)
    hold(control, held)
    in_region[HOME].replicate_key(KeyId=held, ReplicaRegion=SECOND)
    # Made later, and ready.
    family(in_region, SECOND)
    metadata = described(in_region[SECOND], held)
    assert metadata["KeyState"] == "Creating"
    with refused("KMSInvalidStateException", f"{metadata['Arn']} is creating."):
        in_region[SECOND].encrypt(KeyId=held, Plaintext=b"x")
    blob = in_region[HOME].encrypt(KeyId=held, Plaintext=b"x")["CiphertextBlob"]
    assert control.done("GET", "/replication") == {"HeldKeys": [held]}
    hold(control)
    wait_for(in_region[SECOND], held, KeyState="Enabled")
    assert in_region[SECOND].decrypt(CiphertextBlob=blob, KeyId=held)["Plaintext"] == b"x"


def test_a_held_promotion_stays_updating_and_its_keys_work(told):
    in_region, control = told
    key = family(in_region, SECOND)
    hold(control, key)
    in_region[HOME].update_primary_region(KeyId=key, PrimaryRegion=SECOND)
    blob = None
    for region in (HOME, SECOND):
        metadata = described(in_region[region], key)
        assert (metadata["KeyState"], metadata["Enabled"]) == ("Updating", False)
        assert metadata["MultiRegionConfiguration"]["MultiRegionKeyType"] == "REPLICA"
        with refused("KMSInvalidStateException", f"{metadata['Arn']} is updating."):
            in_region[region].replicate_key(KeyId=key, ReplicaRegion=THIRD)
        with refused("KMSInvalidStateException", f"{metadata['Arn']} is updating."):
            in_region[region].disable_key(KeyId=key)
        blob = blob or in_region[region].encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
        assert in_region[region].decrypt(CiphertextBlob=blob, KeyId=key)["Plaintext"] == b"x"
    hold(control)
    for region in (HOME, SECOND):
        wait_for(in_region[region], key, KeyState="Enabled")
    primary = described(in_region[HOME], key)["MultiRegionConfiguration"]["PrimaryKey"]["Region"]
    assert primary == SECOND


def test_a_primary_key_waits_to_hear_that_its_replica_is_deleted(told):
    in_region, control = told
    key = family(in_region, SECOND)
    in_region[SECOND].schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    in_region[HOME].schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    hold(control, key)
    assert control.advance(days=30)["DeletedKeys"] == 1
    with refused("NotFoundException"):
        described(in_region[SECOND], key)
    assert described(in_region[HOME], key)["KeyState"] == "PendingReplicaDeletion"
    hold(control)
    date = wait_for(in_region[HOME], key, KeyState="PendingDeletion")["DeletionDate"]
    now = datetime.datetime.fromisoformat(control.done("GET", "/clock")["Now"].replace("Z", "+00:00"))
    assert abs(date - now - datetime.timedelta(days=7)) < datetime.timedelta(hours=1)
    assert control.advance(days=7, minutes=1)["DeletedKeys"] == 1


def test_a_replica_that_is_never_made_can_be_deleted(told):
    in_region, control = told
    key = new_primary(in_region)
    hold(control, key)
    in_region[HOME].replicate_key(KeyId=key, ReplicaRegion=SECOND)
    in_region[SECOND].schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    assert control.advance(days=7, minutes=1)["DeletedKeys"] == 1
    # The primary key does not know it yet.
    with refused("AlreadyExistsException"):
        in_region[HOME].replicate_key(KeyId=key, ReplicaRegion=SECOND)
    hold(control)
    shown = described(in_region[HOME], key)["MultiRegionConfiguration"]
    wait_for(in_region[HOME], key, MultiRegionConfiguration=shown | {"ReplicaKeys": []})
    in_region[HOME].replicate_key(KeyId=key, ReplicaRegion=SECOND)
    wait_for(in_region[SECOND], key, KeyState="Enabled")


def test_what_is_no_list_of_multi_region_keys_changes_nothing(told):
    in_region, control = told
    key = new_primary(in_region)
    hold(control, key)
    single = in_region[HOME].create_key()["KeyMetadata"]["KeyId"]
    for wrong in ([single], [5], ["alias/a"], [None], key, {}, [f"mrk-{number:032x}" for number in range(1001)]):
        status, answer = control.ask("PUT", "/replication", {"HeldKeys": wrong})
        assert status == 400 and answer["Error"].startswith("request:"), wrong
    assert control.done("GET", "/replication") == {"HeldKeys": [key]}
    hold(control)


def test_a_restart_holds_nothing(start_server, tmp_path):
    data = tmp_path / "data"
    server = start_server(data, arguments=ARGUMENTS)
    key = new_primary(clients(server))
    hold(Control(server), key)
    server.kms(region=HOME).replicate_key(KeyId=key, ReplicaRegion=SECOND)
    server.terminate()
    server = start_server(data, arguments=ARGUMENTS)
    assert Control(server).done("GET", "/replication") == {"HeldKeys": []}
    wait_for(server.kms(region=SECOND), key, KeyState="Enabled")
