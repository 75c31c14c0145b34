"""What was acknowledged is there after the server went, however it went."""

import pytest

from expect import code_of, refused


def fill(server):
    """Makes one thing of each kind, and gives a function that finds all of them in a server."""
    kms = server.kms()
    context = {"purpose": "restart"}
    key = kms.create_key(Description="kept", Tags=[{"TagKey": "k", "TagValue": "v"}])["KeyMetadata"]
    disabled, pending = (kms.create_key()["KeyMetadata"] for _ in range(2))
    kms.create_alias(AliasName="alias/kept", TargetKeyId=key["KeyId"])
    kms.create_alias(AliasName="alias/gone", TargetKeyId=key["KeyId"])
    kms.delete_alias(AliasName="alias/gone")
    kms.disable_key(KeyId=disabled["KeyId"])
    date = kms.schedule_key_deletion(KeyId=pending["KeyId"])["DeletionDate"]
    policy = kms.get_key_policy(KeyId=key["KeyId"])["Policy"] + "\n"
    kms.put_key_policy(KeyId=key["KeyId"], Policy=policy)
    blob = kms.encrypt(KeyId="alias/kept", Plaintext=b"kept", EncryptionContext=context)["CiphertextBlob"]
    # The last request before the end, whose effect has nothing after it.
    kms.update_key_description(KeyId=key["KeyId"], Description="kept at last")
    key["Description"] = "kept at last"

    def check(server):
        kms = server.kms()
        assert kms.describe_key(KeyId="alias/kept")["KeyMetadata"] == key
        assert kms.list_resource_tags(KeyId=key["KeyId"])["Tags"] == [{"TagKey": "k", "TagValue": "v"}]
        aliases = [entry["AliasName"] for entry in kms.list_aliases()["Aliases"] if "TargetKeyId" in entry]
        assert aliases == ["alias/kept"]
        assert kms.describe_key(KeyId=disabled["KeyId"])["KeyMetadata"]["KeyState"] == "Disabled"
        metadata = kms.describe_key(KeyId=pending["KeyId"])["KeyMetadata"]
        assert (metadata["KeyState"], metadata["DeletionDate"]) == ("PendingDeletion", date)
        assert kms.get_key_policy(KeyId=key["KeyId"])["Policy"] == policy
        assert kms.decrypt(CiphertextBlob=blob, EncryptionContext=context)["Plaintext"] == b"kept"
        with refused("InvalidCiphertextException", ""):
            kms.decrypt(CiphertextBlob=blob)
        # The quota counts what is there: 49 more fit beside the one that stayed.
        for number in range(49):
            kms.create_alias(AliasName=f"alias/more/{number}", TargetKeyId=key["KeyId"])
        assert (
            code_of(kms.create_alias, AliasName="alias/more/49", TargetKeyId=key["KeyId"]) == "LimitExceededException"
        )

    return check


@pytest.mark.parametrize("end", ["terminate", "kill"])
def test_a_restart_loses_nothing(start_server, end):
    server = start_server()
    check = fill(server)
    before = server.audit_events()
    getattr(server, end)()
    server.start()
    # No record is lost, and those of the time before are unchanged.
    assert server.audit_events()[: len(before)] == before
    check(server)
    server.terminate()
    server.verify_audit()


def test_a_marker_outlives_a_restart(start_server):
    server = start_server()
    for _ in range(3):
        server.kms().create_key()
    page = server.kms().list_keys(Limit=2)
    server.terminate()
    server.start()
    rest = server.kms().list_keys(Marker=page["NextMarker"])
    assert len({entry["KeyId"] for entry in page["Keys"] + rest["Keys"]}) == 3


def test_a_second_server_on_the_same_directory_refuses_to_start(start_server):
    server = start_server()
    with pytest.raises(AssertionError, match="did not become ready"):
        start_server(data_dir=server.data_dir)
    server.kms().list_keys()


def test_the_data_directory_is_for_its_owner_only(start_server):
    server = start_server()
    server.kms().create_key()
    places = [server.data_dir, *server.data_dir.rglob("*")]
    assert len(places) > 2
    for place in places:
        assert place.stat().st_mode & 0o077 == 0, place
