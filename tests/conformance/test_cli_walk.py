"""Every action with the real AWS CLI, as its users type them."""

import base64
import time

import pytest

from actions import ACTIONS, AGREEMENT, MAC, ROOT, make_key, wrapped_for
from claviger_server import CliError


class Walk:
    """The AWS CLI; remembers which actions were called with success."""

    def __init__(self, server):
        self._server = server
        self.done = set()

    def __call__(self, command, *arguments):
        output = self._server.aws(command, *arguments)
        self.done.add("".join(word.capitalize() for word in command.split("-")))
        return output


@pytest.fixture(scope="module")
def aws(server):
    return Walk(server)


def test_the_main_job(server, aws, tmp_path):
    key = aws("create-key", "--description", "made by the AWS CLI", "--tags", "TagKey=team,TagValue=archive")[
        "KeyMetadata"
    ]
    key_id, arn = key["KeyId"], key["Arn"]
    assert aws("create-alias", "--alias-name", "alias/cli", "--target-key-id", key_id) is None
    (tmp_path / "plain").write_bytes(b"\x00\xffnot text\n")

    blob = aws(
        "encrypt",
        "--key-id",
        "alias/cli",
        "--plaintext",
        f"fileb://{tmp_path}/plain",
        "--encryption-context",
        "purpose=test,stage=one",
    )["CiphertextBlob"]
    (tmp_path / "sealed").write_bytes(base64.b64decode(blob))
    opened = aws(
        "decrypt", "--ciphertext-blob", f"fileb://{tmp_path}/sealed", "--encryption-context", "stage=one,purpose=test"
    )
    assert base64.b64decode(opened["Plaintext"]) == b"\x00\xffnot text\n"
    assert opened["KeyId"] == arn
    with pytest.raises(
        CliError, match=r"An error occurred \(InvalidCiphertextException\) when calling the Decrypt operation"
    ):
        aws("decrypt", "--ciphertext-blob", f"fileb://{tmp_path}/sealed", "--encryption-context", "purpose=test")

    moved = aws(
        "re-encrypt",
        "--ciphertext-blob",
        f"fileb://{tmp_path}/sealed",
        "--source-encryption-context",
        "purpose=test,stage=one",
        "--destination-key-id",
        arn,
        "--destination-encryption-context",
        "stage=two",
    )
    assert moved["SourceKeyId"] == moved["KeyId"] == arn
    data_key = aws("generate-data-key", "--key-id", "alias/cli", "--key-spec", "AES_256")
    assert len(base64.b64decode(data_key["Plaintext"])) == 32
    assert "Plaintext" not in aws("generate-data-key-without-plaintext", "--key-id", key_id, "--number-of-bytes", "64")
    assert len(base64.b64decode(aws("generate-random", "--number-of-bytes", "12")["Plaintext"])) == 12

    names = {event["eventName"] for event in server.audit_events(resource=arn)}
    assert {"CreateKey", "Encrypt", "Decrypt", "ReEncrypt", "GenerateDataKey"} <= names


def test_management(aws, tmp_path):
    key = aws("create-key")["KeyMetadata"]
    key_id, arn = key["KeyId"], key["Arn"]
    assert aws("update-key-description", "--key-id", arn, "--description", "changed") is None
    assert aws("describe-key", "--key-id", key_id)["KeyMetadata"]["Description"] == "changed"
    assert key_id in {entry["KeyId"] for entry in aws("list-keys")["Keys"]}

    assert aws("tag-resource", "--key-id", key_id, "--tags", "TagKey=a,TagValue=1", "TagKey=b,TagValue=") is None
    assert aws("untag-resource", "--key-id", key_id, "--tag-keys", "a", "c") is None
    assert aws("list-resource-tags", "--key-id", key_id)["Tags"] == [{"TagKey": "b", "TagValue": ""}]

    other = aws("create-key")["KeyMetadata"]["KeyId"]
    aws("create-alias", "--alias-name", "alias/cli-moved", "--target-key-id", other)
    assert aws("update-alias", "--alias-name", "alias/cli-moved", "--target-key-id", arn) is None
    assert [entry["AliasName"] for entry in aws("list-aliases", "--key-id", key_id)["Aliases"]] == ["alias/cli-moved"]
    assert aws("delete-alias", "--alias-name", "alias/cli-moved") is None

    assert aws("list-key-policies", "--key-id", key_id)["PolicyNames"] == ["default"]
    policy = aws("get-key-policy", "--key-id", key_id, "--policy-name", "default")["Policy"]
    (tmp_path / "policy.json").write_text(policy)
    assert (
        aws(
            "put-key-policy",
            "--key-id",
            key_id,
            "--policy-name",
            "default",
            "--policy",
            f"file://{tmp_path}/policy.json",
        )
        is None
    )

    assert aws("disable-key", "--key-id", key_id) is None
    assert aws("enable-key", "--key-id", key_id) is None
    pending = aws("schedule-key-deletion", "--key-id", key_id, "--pending-window-in-days", "7")
    assert (pending["KeyId"], pending["KeyState"], pending["PendingWindowInDays"]) == (arn, "PendingDeletion", 7)
    # The first version of the AWS CLI shows dates as they are on the wire, in seconds.
    assert pending["DeletionDate"] > time.time() + 6 * 24 * 3600
    assert aws("cancel-key-deletion", "--key-id", key_id)["KeyId"] == arn


def test_rotation(aws):
    key = aws("create-key")["KeyMetadata"]["KeyId"]
    assert aws("enable-key-rotation", "--key-id", key, "--rotation-period-in-days", "90") is None
    status = aws("get-key-rotation-status", "--key-id", key)
    assert (status["KeyId"], status["KeyRotationEnabled"], status["RotationPeriodInDays"]) == (key, True, 90)
    assert status["NextRotationDate"] > time.time() + 89 * 24 * 3600
    assert aws("disable-key-rotation", "--key-id", key) is None
    assert aws("get-key-rotation-status", "--key-id", key) == {"KeyId": key, "KeyRotationEnabled": False}
    assert aws("rotate-key-on-demand", "--key-id", key) == {"KeyId": key}
    listed = aws("list-key-rotations", "--key-id", key, "--include-key-material", "ALL_KEY_MATERIAL")["Rotations"]
    assert [(one["KeyMaterialState"], one.get("RotationType")) for one in listed] == [
        ("NON_CURRENT", None),
        ("CURRENT", "ON_DEMAND"),
    ]
    assert aws("get-key-last-usage", "--key-id", key)["KeyLastUsage"] == {}


def test_import(aws, tmp_path):
    key = aws("create-key", "--origin", "EXTERNAL")["KeyMetadata"]["KeyId"]
    wrapping = "--wrapping-algorithm", "RSAES_OAEP_SHA_256", "--wrapping-key-spec", "RSA_2048"
    made = aws("get-parameters-for-import", "--key-id", key, *wrapping)
    assert time.time() + 23 * 3600 < made["ParametersValidTo"] < time.time() + 25 * 3600
    (tmp_path / "token").write_bytes(base64.b64decode(made["ImportToken"]))
    (tmp_path / "wrapped").write_bytes(base64.b64decode(wrapped_for(made["PublicKey"])))
    blobs = "--import-token", f"fileb://{tmp_path}/token", "--encrypted-key-material", f"fileb://{tmp_path}/wrapped"
    imported = aws("import-key-material", "--key-id", key, *blobs, "--expiration-model", "KEY_MATERIAL_DOES_NOT_EXPIRE")
    assert aws("delete-imported-key-material", "--key-id", key) == imported
    assert set(imported) == {"KeyId", "KeyMaterialId"}


def test_grants(aws):
    arn = aws("create-key")["KeyMetadata"]["Arn"]
    made = aws(
        "create-grant",
        "--key-id",
        arn,
        "--grantee-principal",
        ROOT,
        "--retiring-principal",
        ROOT,
        "--operations",
        "Encrypt",
        "Decrypt",
        "--constraints",
        "EncryptionContextSubset={purpose=test}",
        "--name",
        "made-by-the-cli",
    )
    (entry,) = aws("list-grants", "--key-id", arn, "--grant-id", made["GrantId"])["Grants"]
    assert (entry["GrantId"], entry["Name"], entry["Operations"]) == (
        made["GrantId"],
        "made-by-the-cli",
        ["Decrypt", "Encrypt"],
    )
    assert entry["Constraints"] == {"EncryptionContextSubset": {"purpose": "test"}}
    retirable = aws("list-retirable-grants", "--retiring-principal", ROOT)["Grants"]
    assert made["GrantId"] in {one["GrantId"] for one in retirable}
    assert aws("retire-grant", "--grant-token", made["GrantToken"]) is None
    made = aws("create-grant", "--key-id", arn, "--grantee-principal", ROOT, "--operations", "Encrypt")
    assert aws("revoke-grant", "--key-id", arn, "--grant-id", made["GrantId"]) is None
    assert aws("list-grants", "--key-id", arn)["Grants"] == []


def test_keys_of_other_kinds(aws, raw, tmp_path):
    message, made, public = tmp_path / "message", tmp_path / "made", tmp_path / "public"
    message.write_bytes(b"\x00what is signed\n")

    key = aws("create-key", "--key-spec", "ECC_NIST_P256", "--key-usage", "SIGN_VERIFY")["KeyMetadata"]
    signing = "--key-id", key["KeyId"], "--message", f"fileb://{message}"
    signing += "--signing-algorithm", "ECDSA_SHA_256"
    made.write_bytes(base64.b64decode(aws("sign", *signing)["Signature"]))
    assert aws("verify", *signing, "--signature", f"fileb://{made}")["SignatureValid"] is True
    coding = "--key-id", make_key(raw, MAC)["KeyId"], "--message", f"fileb://{message}"
    coding += "--mac-algorithm", "HMAC_SHA_256"
    made.write_bytes(base64.b64decode(aws("generate-mac", *coding)["Mac"]))
    assert aws("verify-mac", *coding, "--mac", f"fileb://{made}")["MacValid"] is True
    agreeing = "--key-id", make_key(raw, AGREEMENT)["KeyId"]
    public.write_bytes(base64.b64decode(aws("get-public-key", *agreeing)["PublicKey"]))
    how = "--key-agreement-algorithm", "ECDH", "--public-key", f"fileb://{public}"
    assert len(base64.b64decode(aws("derive-shared-secret", *agreeing, *how)["SharedSecret"])) == 32


def test_data_key_pairs(aws, shared_key):
    pair = "--key-id", shared_key["KeyId"], "--key-pair-spec", "ECC_NIST_P256"
    made = aws("generate-data-key-pair", *pair)
    assert base64.b64decode(made["PrivateKeyPlaintext"]) not in base64.b64decode(made["PrivateKeyCiphertextBlob"])
    made = aws("generate-data-key-pair-without-plaintext", *pair)
    assert made["PublicKey"] and "PrivateKeyPlaintext" not in made


def test_the_walk_went_through_every_action(aws):
    # Runs after those above, in the order of this file.
    assert aws.done == ACTIONS
