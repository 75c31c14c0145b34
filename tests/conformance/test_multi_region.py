"""Multi-Region keys in three Regions: what one made the others read, promotion, deletion in order, and what is refused."""

import json
import time

import pytest

from expect import refused

HOME, SECOND, THIRD = "us-east-1", "eu-west-1", "ap-southeast-2"
REGIONS = HOME, SECOND, THIRD
PATIENCE = 30


@pytest.fixture(scope="module")
def in_region(server):
    return {region: server.kms(region=region) for region in REGIONS}


def arn(server, region, key_id):
    return f"arn:aws:kms:{region}:{server.account}:key/{key_id}"


def described(kms, key_id):
    return kms.describe_key(KeyId=key_id)["KeyMetadata"]


def wait_for(kms, key_id, **wanted):
    """Until the key's metadata has these members, as a client of AWS would wait."""
    end = time.monotonic() + PATIENCE
    while True:
        metadata = described(kms, key_id)
        if all(metadata.get(name) == value for name, value in wanted.items()):
            return metadata
        assert time.monotonic() < end, metadata


def family(in_region, *regions, **parameters):
    """The id of a new primary key with replicas."""
    key_id = in_region[HOME].create_key(MultiRegion=True, **parameters)["KeyMetadata"]["KeyId"]
    for region in regions:
        in_region[HOME].replicate_key(KeyId=key_id, ReplicaRegion=region)
        wait_for(in_region[region], key_id, KeyState="Enabled")
    return key_id


def test_metadata_of_primary_and_replica(server, in_region):
    key_id = family(in_region, SECOND, THIRD, Description="primary")
    assert key_id.startswith("mrk-") and len(key_id) == 36
    expected = {
        "PrimaryKey": {"Arn": arn(server, HOME, key_id), "Region": HOME},
        "ReplicaKeys": [{"Arn": arn(server, region, key_id), "Region": region} for region in (SECOND, THIRD)],
    }
    material = described(in_region[HOME], key_id)["CurrentKeyMaterialId"]
    for region in REGIONS:
        kind = "PRIMARY" if region == HOME else "REPLICA"
        metadata = wait_for(
            in_region[region], key_id, MultiRegionConfiguration={"MultiRegionKeyType": kind} | expected
        )
        assert metadata["MultiRegion"] is True
        assert metadata["Arn"] == arn(server, region, key_id)
        assert metadata["CurrentKeyMaterialId"] == material
        assert metadata["Description"] == ("primary" if region == HOME else "")


def test_the_reply_shows_the_replica_as_it_will_be(server, in_region):
    key_id = family(in_region)
    policy = json.dumps({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{server.account}:root"}, "Action": "kms:*",
            "Resource": "*"
        }],
    })  # fmt: skip
    tags = [{"TagKey": "a", "TagValue": "b"}]
    reply = in_region[HOME].replicate_key(
        KeyId=key_id, ReplicaRegion=SECOND, Policy=policy, Description="mine", Tags=tags
    )
    metadata = reply["ReplicaKeyMetadata"]
    assert (metadata["KeyState"], metadata["Enabled"], metadata["Description"]) == ("Creating", False, "mine")
    assert json.loads(reply["ReplicaPolicy"]) == json.loads(policy)
    assert reply["ReplicaTags"] == tags
    wait_for(in_region[SECOND], key_id, KeyState="Enabled")
    assert in_region[SECOND].list_resource_tags(KeyId=key_id)["Tags"] == tags
    assert in_region[SECOND].get_key_policy(KeyId=key_id)["Policy"] == reply["ReplicaPolicy"]
    assert not in_region[HOME].list_resource_tags(KeyId=key_id)["Tags"]


def test_what_one_region_encrypts_the_others_decrypt(server, in_region):
    key_id = in_region[HOME].create_key(MultiRegion=True)["KeyMetadata"]["KeyId"]
    context = {"a": "b"}
    older = in_region[HOME].encrypt(KeyId=key_id, Plaintext=b"older", EncryptionContext=context)["CiphertextBlob"]
    for region in (SECOND, THIRD):
        in_region[HOME].replicate_key(KeyId=key_id, ReplicaRegion=region)
        wait_for(in_region[region], key_id, KeyState="Enabled")
        reply = in_region[region].decrypt(CiphertextBlob=older, EncryptionContext=context)
        assert (reply["Plaintext"], reply["KeyId"]) == (b"older", arn(server, region, key_id))
    for source in REGIONS:
        blob = in_region[source].encrypt(KeyId=key_id, Plaintext=b"x")["CiphertextBlob"]
        data_key = in_region[source].generate_data_key(KeyId=key_id, KeySpec="AES_256")
        for region in REGIONS:
            kms = in_region[region]
            assert kms.decrypt(CiphertextBlob=blob, KeyId=key_id)["Plaintext"] == b"x"
            assert kms.decrypt(CiphertextBlob=data_key["CiphertextBlob"])["Plaintext"] == data_key["Plaintext"]
            moved = kms.re_encrypt(CiphertextBlob=blob, DestinationKeyId=key_id)["CiphertextBlob"]
            assert in_region[HOME].decrypt(CiphertextBlob=moved)["Plaintext"] == b"x"


SIGNING = [
    ("ECC_NIST_P256", "ECDSA_SHA_256"),
    ("ECC_SECG_P256K1", "ECDSA_SHA_256"),
    ("ECC_NIST_EDWARDS25519", "ED25519_SHA_512"),
    ("RSA_2048", "RSASSA_PSS_SHA_256"),
    ("ML_DSA_44", "ML_DSA_SHAKE_256"),
]


@pytest.mark.parametrize("spec, algorithm", SIGNING)
def test_what_one_region_signs_the_others_verify(in_region, spec, algorithm):
    key_id = family(in_region, SECOND, THIRD, KeySpec=spec, KeyUsage="SIGN_VERIFY")
    public = {kms.get_public_key(KeyId=key_id)["PublicKey"] for kms in in_region.values()}
    assert len(public) == 1
    for signer in in_region.values():
        signature = signer.sign(KeyId=key_id, Message=b"m", SigningAlgorithm=algorithm)["Signature"]
        for verifier in in_region.values():
            call = {"KeyId": key_id, "Message": b"m", "SigningAlgorithm": algorithm, "Signature": signature}
            assert verifier.verify(**call)["SignatureValid"]


@pytest.mark.parametrize("bits", [224, 256, 384, 512])
def test_codes_are_the_same_everywhere(in_region, bits):
    key_id = family(in_region, SECOND, THIRD, KeySpec=f"HMAC_{bits}", KeyUsage="GENERATE_VERIFY_MAC")
    call = {"KeyId": key_id, "Message": b"m", "MacAlgorithm": f"HMAC_SHA_{bits}"}
    codes = {kms.generate_mac(**call)["Mac"] for kms in in_region.values()}
    assert len(codes) == 1
    assert in_region[THIRD].verify_mac(Mac=codes.pop(), **call)["MacValid"]


def test_rsa_ciphertexts_and_shared_secrets(in_region):
    rsa = family(in_region, SECOND, KeySpec="RSA_2048", KeyUsage="ENCRYPT_DECRYPT")
    call = {"KeyId": rsa, "EncryptionAlgorithm": "RSAES_OAEP_SHA_256"}
    blob = in_region[HOME].encrypt(Plaintext=b"x", **call)["CiphertextBlob"]
    assert in_region[SECOND].decrypt(CiphertextBlob=blob, **call)["Plaintext"] == b"x"
    agreement = family(in_region, SECOND, KeySpec="ECC_NIST_P256", KeyUsage="KEY_AGREEMENT")
    peer = in_region[HOME].generate_data_key_pair(KeyId=family(in_region), KeyPairSpec="ECC_NIST_P256")["PublicKey"]
    call = {"KeyId": agreement, "KeyAgreementAlgorithm": "ECDH", "PublicKey": peer}
    assert len({in_region[r].derive_shared_secret(**call)["SharedSecret"] for r in (HOME, SECOND)}) == 1


def test_the_primary_region_moves_and_moves_back(server, in_region):
    key_id = family(in_region, SECOND, THIRD)
    for source, target in ((HOME, SECOND), (SECOND, THIRD), (THIRD, HOME)):
        in_region[source].update_primary_region(KeyId=key_id, PrimaryRegion=target)
        others = sorted(set(REGIONS) - {target})
        for region in REGIONS:
            end = time.monotonic() + PATIENCE
            while True:
                metadata = described(in_region[region], key_id)
                regions = metadata["MultiRegionConfiguration"]
                if metadata["KeyState"] == "Enabled" and regions["PrimaryKey"]["Region"] == target:
                    break
                assert time.monotonic() < end, metadata
            assert regions["MultiRegionKeyType"] == ("PRIMARY" if region == target else "REPLICA")
            assert sorted(replica["Region"] for replica in regions["ReplicaKeys"]) == others
        with refused("UnsupportedOperationException", f"{arn(server, source, key_id)} is not a multi-region primary key."):
            in_region[source].update_primary_region(KeyId=key_id, PrimaryRegion=target)


def test_a_new_primary_key_can_be_replicated(in_region):
    key_id = family(in_region, SECOND)
    in_region[HOME].update_primary_region(KeyId=key_id, PrimaryRegion=SECOND)
    wait_for(in_region[SECOND], key_id, KeyState="Enabled")
    in_region[SECOND].replicate_key(KeyId=key_id, ReplicaRegion=THIRD)
    wait_for(in_region[THIRD], key_id, KeyState="Enabled")
    blob = in_region[THIRD].encrypt(KeyId=key_id, Plaintext=b"x")["CiphertextBlob"]
    assert in_region[HOME].decrypt(CiphertextBlob=blob)["Plaintext"] == b"x"


def test_deletion_waits_for_the_replicas(in_region):
    key_id = family(in_region, SECOND)
    reply = in_region[HOME].schedule_key_deletion(KeyId=key_id, PendingWindowInDays=9)
    assert (reply["KeyState"], reply["PendingWindowInDays"]) == ("PendingReplicaDeletion", 9)
    assert "DeletionDate" not in reply
    metadata = described(in_region[HOME], key_id)
    assert metadata["PendingDeletionWindowInDays"] == 9 and "DeletionDate" not in metadata
    message = f"{metadata['Arn']} is pending replica deletion."
    with refused("KMSInvalidStateException", message):
        in_region[HOME].encrypt(KeyId=key_id, Plaintext=b"x")
    with refused("KMSInvalidStateException", message):
        in_region[HOME].schedule_key_deletion(KeyId=key_id)
    in_region[SECOND].encrypt(KeyId=key_id, Plaintext=b"x")
    in_region[HOME].cancel_key_deletion(KeyId=key_id)
    metadata = described(in_region[HOME], key_id)
    assert metadata["KeyState"] == "Disabled" and "PendingDeletionWindowInDays" not in metadata


def test_independent_properties(in_region):
    key_id = family(in_region, SECOND)
    here, there = in_region[HOME], in_region[SECOND]
    here.create_alias(AliasName="alias/only/here", TargetKeyId=key_id)
    here.tag_resource(KeyId=key_id, Tags=[{"TagKey": "a", "TagValue": "b"}])
    here.disable_key(KeyId=key_id)
    assert described(there, key_id)["KeyState"] == "Enabled"
    assert not there.list_aliases(KeyId=key_id)["Aliases"]
    assert not there.list_resource_tags(KeyId=key_id)["Tags"]
    there.schedule_key_deletion(KeyId=key_id)
    assert described(here, key_id)["KeyState"] == "Disabled"


def test_refusals(server, in_region):
    here, there = in_region[HOME], in_region[SECOND]
    single = here.create_key()["KeyMetadata"]
    not_primary = f"{single['Arn']} is not a multi-region primary key."
    with refused("UnsupportedOperationException", not_primary):
        here.replicate_key(KeyId=single["KeyId"], ReplicaRegion=SECOND)
    with refused("UnsupportedOperationException", not_primary):
        here.update_primary_region(KeyId=single["KeyId"], PrimaryRegion=SECOND)
    key_id = family(in_region, SECOND)
    with refused("AlreadyExistsException"):
        here.replicate_key(KeyId=key_id, ReplicaRegion=SECOND)
    with refused("UnsupportedOperationException", f"{arn(server, SECOND, key_id)} is not a multi-region primary key."):
        there.replicate_key(KeyId=key_id, ReplicaRegion=THIRD)
    with refused("NotFoundException", f"Key '{arn(server, THIRD, key_id)}' does not exist"):
        here.update_primary_region(KeyId=key_id, PrimaryRegion=THIRD)
    with refused("UnsupportedOperationException"):
        here.update_primary_region(KeyId=key_id, PrimaryRegion=HOME)
    with refused("ValidationException"):
        here.replicate_key(KeyId=key_id, ReplicaRegion="cn-north-1")
    with refused("ValidationException"):
        here.replicate_key(KeyId=key_id, ReplicaRegion="Nowhere")
    with refused("TagException"):
        here.replicate_key(KeyId=key_id, ReplicaRegion=THIRD, Tags=[{"TagKey": "aws:a", "TagValue": ""}])
    with refused("MalformedPolicyDocumentException"):
        here.replicate_key(KeyId=key_id, ReplicaRegion=THIRD, Policy="{}")
    with refused("NotFoundException", f"Invalid arn {HOME}"):
        there.describe_key(KeyId=arn(server, HOME, key_id))
    with refused("NotFoundException"):
        in_region[THIRD].describe_key(KeyId=key_id)
    there.disable_key(KeyId=key_id)
    with refused("DisabledException", f"{arn(server, SECOND, key_id)} is disabled."):
        here.update_primary_region(KeyId=key_id, PrimaryRegion=SECOND)
    here.disable_key(KeyId=key_id)
    with refused("DisabledException", f"{arn(server, HOME, key_id)} is disabled."):
        here.replicate_key(KeyId=key_id, ReplicaRegion=THIRD)


def test_a_replica_needs_the_permission_to_make_keys_in_its_region(server, in_region):
    key_id = family(in_region)
    statements = [
        {"Effect": "Allow", "Action": "kms:*", "Resource": "*"},
        {
            "Effect": "Deny", "Action": "kms:CreateKey", "Resource": "*",
            "Condition": {"StringEquals": {"aws:RequestedRegion": SECOND}},
        },
        {
            "Effect": "Deny", "Action": "kms:ReplicateKey", "Resource": "*",
            "Condition": {"StringEquals": {"kms:ReplicaRegion": "eu-central-1"}},
        },
    ]  # fmt: skip
    iam = server.client("iam")
    iam.create_user(UserName="replicator")
    iam.put_user_policy(
        UserName="replicator",
        PolicyName="p",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": statements}),
    )
    made = iam.create_access_key(UserName="replicator")["AccessKey"]
    user = server.kms(region=HOME, access_key=made["AccessKeyId"], secret_key=made["SecretAccessKey"])
    with refused("AccessDeniedException") as caught:
        user.replicate_key(KeyId=key_id, ReplicaRegion=SECOND)
    assert "kms:CreateKey" in caught.value.response["Error"]["Message"]
    with refused("AccessDeniedException") as caught:
        user.replicate_key(KeyId=key_id, ReplicaRegion="eu-central-1")
    assert "kms:ReplicateKey" in caught.value.response["Error"]["Message"]
    user.replicate_key(KeyId=key_id, ReplicaRegion=THIRD)


def test_audit_records_in_each_region(server, in_region):
    key_id = family(in_region, SECOND, THIRD)
    in_region[HOME].update_primary_region(KeyId=key_id, PrimaryRegion=THIRD)
    for region in REGIONS:
        wait_for(in_region[region], key_id, KeyState="Enabled")
    end = time.monotonic() + PATIENCE
    while described(in_region[SECOND], key_id)["MultiRegionConfiguration"]["PrimaryKey"]["Region"] != THIRD:
        assert time.monotonic() < end
    named = [
        (event["eventName"], event["awsRegion"])
        for event in server.audit_events()
        if key_id in json.dumps(event) and not event.get("readOnly")
    ]
    assert named.count(("ReplicateKey", HOME)) == 2
    assert named.count(("CreateKey", SECOND)) == named.count(("CreateKey", THIRD)) == 1
    assert named.count(("UpdatePrimaryRegion", HOME)) == named.count(("UpdatePrimaryRegion", THIRD)) == 1
    assert ("SynchronizeMultiRegionKey", SECOND) in named and ("SynchronizeMultiRegionKey", HOME) in named


def test_the_cli_replicates_and_promotes(server, in_region):
    made = server.aws("create-key", "--multi-region")
    key_id = made["KeyMetadata"]["KeyId"]
    replica = server.aws("replicate-key", "--key-id", key_id, "--replica-region", SECOND)
    assert replica["ReplicaKeyMetadata"]["KeyState"] == "Creating"
    wait_for(in_region[SECOND], key_id, KeyState="Enabled")
    server.aws("update-primary-region", "--key-id", key_id, "--primary-region", SECOND)
    metadata = wait_for(in_region[SECOND], key_id, KeyState="Enabled")
    assert metadata["MultiRegionConfiguration"]["PrimaryKey"]["Region"] == SECOND


def test_messages_survive_a_restart(start_server, tmp_path):
    """What was owed when the server was killed is delivered by the next."""
    server = start_server(tmp_path / "data")
    keys = []
    for _ in range(5):
        key_id = server.kms(region=HOME).create_key(MultiRegion=True)["KeyMetadata"]["KeyId"]
        server.kms(region=HOME).replicate_key(KeyId=key_id, ReplicaRegion=SECOND)
        keys.append(key_id)
    server.kill()
    again = start_server(tmp_path / "data")
    for key_id in keys:
        wait_for(again.kms(region=SECOND), key_id, KeyState="Enabled")
    again.terminate()
    again.verify_audit()
