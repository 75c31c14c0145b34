"""Multi-Region keys with imported material: the same material comes to each related key by itself."""

import os

import pytest

from expect import refused
from importing import FOREVER, bring_in, parameters
from test_multi_region import HOME, PATIENCE, REGIONS, SECOND, THIRD, arn, wait_for

NEW = {"ImportType": "NEW_KEY_MATERIAL", **FOREVER}
WAITING = "PENDING_MULTI_REGION_IMPORT_AND_ROTATION"


@pytest.fixture(scope="module")
def in_region(server):
    return {region: server.kms(region=region) for region in REGIONS}


def materials(kms, key_id):
    listed = kms.list_key_rotations(KeyId=key_id, IncludeKeyMaterial="ALL_KEY_MATERIAL")["Rotations"]
    return [(one["KeyMaterialId"], one["KeyMaterialState"], one["ImportState"]) for one in listed]


def wait_for_materials(kms, key_id, wanted):
    for _ in range(PATIENCE * 100):
        if materials(kms, key_id) == wanted:
            return
    assert materials(kms, key_id) == wanted


def family(in_region, *regions, **more):
    """A primary key with imported material, and replicas that lack it still: the id, and the material."""
    here, material = in_region[HOME], os.urandom(32)
    made = here.create_key(MultiRegion=True, Origin="EXTERNAL", **more)["KeyMetadata"]
    assert made["KeyState"] == "PendingImport"
    bring_in(here, made["KeyId"], material)
    for region in regions:
        here.replicate_key(KeyId=made["KeyId"], ReplicaRegion=region)
        wait_for(in_region[region], made["KeyId"], KeyState="PendingImport")
    return made["KeyId"], material


def test_a_replica_takes_the_same_material_and_no_other(server, in_region):
    here, there = in_region[HOME], in_region[SECOND]
    key_id, material = family(in_region, SECOND)
    with refused("KMSInvalidStateException", f"{arn(server, SECOND, key_id)} is pending import."):
        there.encrypt(KeyId=key_id, Plaintext=b"x")
    with refused("IncorrectKeyMaterialException"):
        bring_in(there, key_id, os.urandom(32))
    with refused("UnsupportedOperationException"):
        bring_in(there, key_id, os.urandom(32), **NEW)
    with refused("UnsupportedOperationException"):
        bring_in(there, key_id, material, KeyMaterialDescription="of a replica", **FOREVER)
    imported = bring_in(there, key_id, material)
    assert imported["KeyMaterialId"] == here.describe_key(KeyId=key_id)["KeyMetadata"]["CurrentKeyMaterialId"]
    assert wait_for(there, key_id, KeyState="Enabled")["Origin"] == "EXTERNAL"
    for one, other in ((here, there), (there, here)):
        blob = one.encrypt(KeyId=key_id, Plaintext=b"text")["CiphertextBlob"]
        assert other.decrypt(CiphertextBlob=blob)["Plaintext"] == b"text"
    # Each has its own: the other keeps it.
    here.delete_imported_key_material(KeyId=key_id)
    assert there.encrypt(KeyId=key_id, Plaintext=b"text")["CiphertextBlob"]
    with refused("KMSInvalidStateException"):
        here.encrypt(KeyId=key_id, Plaintext=b"text")


def test_material_is_rotated_to_when_every_related_key_has_it(in_region):
    here, there, third = (in_region[region] for region in REGIONS)
    key_id, material = family(in_region, SECOND, THIRD)
    for replica in (there, third):
        bring_in(replica, key_id, material)
    first = here.describe_key(KeyId=key_id)["KeyMetadata"]["CurrentKeyMaterialId"]
    old = here.encrypt(KeyId=key_id, Plaintext=b"text")["CiphertextBlob"]
    following = os.urandom(32)
    second = bring_in(here, key_id, following, KeyMaterialDescription="second", **NEW)["KeyMaterialId"]
    assert materials(here, key_id) == [(first, "CURRENT", "IMPORTED"), (second, WAITING, "IMPORTED")]
    lacks = [(first, "CURRENT", "IMPORTED"), (second, WAITING, "PENDING_IMPORT")]
    for replica in (there, third):
        wait_for_materials(replica, key_id, lacks)
    with refused("KMSInvalidStateException"):
        here.rotate_key_on_demand(KeyId=key_id)
    bring_in(there, key_id, following)
    with refused("KMSInvalidStateException"):
        here.rotate_key_on_demand(KeyId=key_id)
    bring_in(third, key_id, following)
    wait_for_materials(here, key_id, [(first, "CURRENT", "IMPORTED"), (second, "PENDING_ROTATION", "IMPORTED")])
    here.rotate_key_on_demand(KeyId=key_id)
    new = here.encrypt(KeyId=key_id, Plaintext=b"text")["CiphertextBlob"]
    for region in REGIONS:
        wait_for(in_region[region], key_id, CurrentKeyMaterialId=second, KeyState="Enabled")
        for blob in (old, new):
            assert in_region[region].decrypt(CiphertextBlob=blob)["Plaintext"] == b"text"
    listed = third.list_key_rotations(KeyId=key_id, IncludeKeyMaterial="ALL_KEY_MATERIAL")["Rotations"]
    assert listed[1]["KeyMaterialDescription"] == "second" and listed[1]["RotationType"] == "ON_DEMAND"


def test_pending_material_goes_with_the_primary_keys(in_region):
    here, there = in_region[HOME], in_region[SECOND]
    key_id, material = family(in_region, SECOND)
    bring_in(there, key_id, material)
    first = here.describe_key(KeyId=key_id)["KeyMetadata"]["CurrentKeyMaterialId"]
    second = bring_in(here, key_id, os.urandom(32), **NEW)["KeyMaterialId"]
    wait_for_materials(there, key_id, [(first, "CURRENT", "IMPORTED"), (second, WAITING, "PENDING_IMPORT")])
    here.delete_imported_key_material(KeyId=key_id, KeyMaterialId=second)
    for kms in (here, there):
        wait_for_materials(kms, key_id, [(first, "CURRENT", "IMPORTED")])


def test_a_replica_that_lost_its_copy_is_pending_import_after_a_rotation(in_region):
    here, there = in_region[HOME], in_region[SECOND]
    key_id, material = family(in_region, SECOND)
    bring_in(there, key_id, material)
    first = here.describe_key(KeyId=key_id)["KeyMetadata"]["CurrentKeyMaterialId"]
    following = os.urandom(32)
    second = bring_in(here, key_id, following, **NEW)["KeyMaterialId"]
    wait_for_materials(there, key_id, [(first, "CURRENT", "IMPORTED"), (second, WAITING, "PENDING_IMPORT")])
    bring_in(there, key_id, following)
    wait_for_materials(here, key_id, [(first, "CURRENT", "IMPORTED"), (second, "PENDING_ROTATION", "IMPORTED")])
    there.delete_imported_key_material(KeyId=key_id, KeyMaterialId=second)
    assert there.describe_key(KeyId=key_id)["KeyMetadata"]["KeyState"] == "Enabled"
    here.rotate_key_on_demand(KeyId=key_id)
    wait_for(there, key_id, KeyState="PendingImport", CurrentKeyMaterialId=second)
    bring_in(there, key_id, following)
    assert there.describe_key(KeyId=key_id)["KeyMetadata"]["KeyState"] == "Enabled"


def test_a_promoted_key_takes_new_material(in_region):
    here, there = in_region[HOME], in_region[SECOND]
    key_id, material = family(in_region, SECOND)
    bring_in(there, key_id, material)
    here.update_primary_region(KeyId=key_id, PrimaryRegion=SECOND)
    for kms in (here, there):
        wait_for(kms, key_id, KeyState="Enabled")
    with refused("UnsupportedOperationException"):
        bring_in(here, key_id, os.urandom(32), **NEW)
    following = os.urandom(32)
    second = bring_in(there, key_id, following, **NEW)["KeyMaterialId"]
    first = there.describe_key(KeyId=key_id)["KeyMetadata"]["CurrentKeyMaterialId"]
    wait_for_materials(here, key_id, [(first, "CURRENT", "IMPORTED"), (second, WAITING, "PENDING_IMPORT")])
    bring_in(here, key_id, following)
    wait_for_materials(there, key_id, [(first, "CURRENT", "IMPORTED"), (second, "PENDING_ROTATION", "IMPORTED")])
    there.rotate_key_on_demand(KeyId=key_id)
    wait_for(here, key_id, CurrentKeyMaterialId=second)


@pytest.mark.parametrize("spec", ["HMAC_256"])
def test_a_key_with_one_material_for_ever(in_region, spec):
    here, there = in_region[HOME], in_region[SECOND]
    key_id, material = family(in_region, SECOND, KeySpec=spec, KeyUsage="GENERATE_VERIFY_MAC")
    with refused("IncorrectKeyMaterialException"):
        bring_in(there, key_id, os.urandom(32))
    assert parameters(there, key_id)["KeyId"].startswith("arn:aws:kms:" + SECOND)
    bring_in(there, key_id, material)
    codes = {kms.generate_mac(KeyId=key_id, Message=b"m", MacAlgorithm="HMAC_SHA_256")["Mac"] for kms in (here, there)}
    assert len(codes) == 1
