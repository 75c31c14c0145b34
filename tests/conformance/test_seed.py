"""`--seed`: keys and aliases that are there when the server starts, with the real binary."""

import json
import subprocess

import pytest

from claviger_server import BINARY, PATIENCE_SECONDS, Server, claviger

KEY_ID = "bc436485-5092-42b8-92a3-0aa8b93536dc"
MATERIAL = "5cdaead27fe7da2de47945d73cd6d79e36494e73802f3cd3869f1d2cb0b5d7a9"
OWN = f"""
ClavigerSeed: 1
Accounts:
  - Account: "111122223333"
    Keys:
      - KeyId: {KEY_ID}
        Region: eu-west-2
        Description: seeded
        Tags: [{{TagKey: team, TagValue: blue}}]
        KeyMaterial: [{MATERIAL}]
        Aliases: [alias/seeded]
"""
LOCAL_KMS = f"""
Keys:
  Symmetric:
    Aes:
      - Metadata:
          KeyId: {KEY_ID}
          Description: seeded
        BackingKeys:
          - {MATERIAL}
Aliases:
  - AliasName: alias/seeded
    TargetKeyId: {KEY_ID}
"""
PLACE = ("--account", "111122223333", "--region", "eu-west-2")


@pytest.fixture
def seeded(tmp_path):
    """Starts servers over directories of their own with a seed; ends them with the test."""
    servers = []

    def start(text, name="one"):
        path = tmp_path / f"{name}.yaml"
        path.write_text(text)
        servers.append(Server(tmp_path / name, tmp_path / f"{name}-log", [*PLACE, "--seed", path]))
        return servers[-1]

    yield start
    for server in servers:
        server.kill()


def refused_seed(tmp_path, text):
    """What `claviger dev` says of a seed that it refuses."""
    path = tmp_path / "bad.yaml"
    path.write_text(text)
    command = [BINARY, "dev", "--listen", "127.0.0.1:0", *PLACE, "--seed", path]
    result = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_SECONDS)
    assert result.returncode == 1
    return result.stderr.replace(str(path), "FILE").strip().splitlines()[-1]


def test_the_keys_of_a_seed_are_there(seeded):
    kms = seeded(OWN).kms()
    metadata = kms.describe_key(KeyId="alias/seeded")["KeyMetadata"]
    assert metadata["Arn"] == f"arn:aws:kms:eu-west-2:111122223333:key/{KEY_ID}"
    assert metadata["Description"] == "seeded"
    assert kms.list_resource_tags(KeyId=KEY_ID)["Tags"] == [{"TagKey": "team", "TagValue": "blue"}]


@pytest.mark.parametrize("other", [OWN, LOCAL_KMS])
def test_a_ciphertext_of_one_server_opens_in_another_of_the_same_seed(seeded, other):
    blob = seeded(OWN, "one").kms().encrypt(KeyId="alias/seeded", Plaintext=b"text")["CiphertextBlob"]
    assert seeded(other, "two").kms().decrypt(CiphertextBlob=blob)["Plaintext"] == b"text"


def test_the_seed_may_be_given_at_every_start(seeded):
    server = seeded(OWN)
    blob = server.kms().encrypt(KeyId=KEY_ID, Plaintext=b"text")["CiphertextBlob"]
    server.terminate()
    server.start()
    assert server.kms().decrypt(CiphertextBlob=blob)["Plaintext"] == b"text"
    server.terminate()
    server.verify_audit()
    shown = claviger("audit", "show", "--data-dir", server.data_dir, "--json", "--event-name", "ApplySeed").stdout
    (event,) = [json.loads(line) for line in shown.splitlines()]
    assert event["eventType"] == "AwsServiceEvent"
    assert event["serviceEventDetails"]["aliases"] == ["arn:aws:kms:eu-west-2:111122223333:alias/seeded"]


def test_what_changed_since_is_an_error_at_the_next_start(seeded):
    server = seeded(OWN)
    server.kms().disable_key(KeyId=KEY_ID)
    server.terminate()
    command = [BINARY, "dev", "--listen", "127.0.0.1:0", "--data-dir", server.data_dir, *server.arguments]
    result = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_SECONDS)
    assert result.returncode == 1
    assert "is there already and has another key state" in result.stderr


@pytest.mark.parametrize(
    "text, error",
    [
        ("Keys:\n  Asymmetric: {}\n", "FILE:2:3: Asymmetric keys are not supported yet"),
        (OWN.replace("alias/seeded", "alias/aws/x"), "FILE:11:19: InvalidAliasNameException: The prefix alias/aws/"),
        (OWN.replace("Tags", "Tag"), "FILE:9:9: a key has no field Tag;"),
        (OWN.replace("111122223333", "999999999999"), "FILE:6:9: the key is of account 999999999999"),
    ],
)
def test_a_seed_that_is_refused_ends_the_start(tmp_path, text, error):
    assert refused_seed(tmp_path, text).startswith("claviger: " + error)


def test_init_takes_a_seed_without_key_material(tmp_path):
    path, directory = tmp_path / "seed.yaml", tmp_path / "data"
    arguments = ["init", "--data-dir", directory, "--key-file", tmp_path / "key", *PLACE, "--seed", path]
    path.write_text(OWN)
    refused = claviger(*arguments, check=False)
    assert refused.returncode == 1
    assert "KeyMaterial is for `claviger dev` alone" in refused.stderr
    assert not directory.exists()
    path.write_text(OWN.replace(f"        KeyMaterial: [{MATERIAL}]\n", ""))
    assert json.loads(claviger(*arguments).stdout)["account"] == "111122223333"
    assert "1 events" in claviger("audit", "verify", directory).stdout
