"""AWS's SDK for JavaScript, unchanged: its serializers, its signatures and its names of errors."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from claviger_server import PATIENCE_SECONDS
from iam_fixtures import NewUser

HERE = Path(__file__).parent / "javascript"
CACHE_HOME = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
CACHE = Path(os.environ.get("CLAVIGER_CACHE") or CACHE_HOME / "claviger")
INSTALLED = CACHE / "javascript"


@pytest.fixture(scope="module")
def grantee(server):
    return NewUser(server)


@pytest.fixture(scope="module")
def told(server, grantee):
    """What the program says."""
    pinned = (HERE / "package-lock.json").read_bytes()
    assert (INSTALLED / ".installed").read_bytes() == pinned, "run scripts/setup"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    environment |= {
        "AWS_ENDPOINT_URL_KMS": server.endpoint,
        "AWS_REGION": server.region,
        "AWS_ACCESS_KEY_ID": server.access_key,
        "AWS_SECRET_ACCESS_KEY": server.secret_key,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "GRANTEE_ACCESS_KEY_ID": grantee.key["AccessKeyId"],
        "GRANTEE_SECRET_ACCESS_KEY": grantee.key["SecretAccessKey"],
        "GRANTEE_ARN": grantee.arn,
    }
    command = ["node", HERE / "sdk.mjs", INSTALLED]
    result = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=PATIENCE_SECONDS)
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


def test_a_key_is_made_found_and_listed(server, told):
    key = told["key"]
    assert (key["AWSAccountId"], key["Description"], key["KeyState"]) == (server.account, "from JavaScript", "Enabled")
    assert told["created"] and told["listed"] == 1
    event = server.audit(told["requestId"])
    assert event["eventName"] == "DescribeKey" and event["userAgent"].startswith("aws-sdk-js/3")


def test_what_was_encrypted_is_decrypted_in_its_context_only(told):
    assert told["opened"] == "hello from JavaScript"
    assert told["wrongContext"]["name"] == "InvalidCiphertextException"
    assert (told["dataKeyBytes"], told["sameDataKey"]) == (32, True)


def test_a_grant_and_its_token(grantee, told):
    assert told["beforeGrant"]["name"] == told["afterRevoke"]["name"] == "AccessDeniedException"
    assert told["beforeGrant"]["status"] == 400
    assert told["byGrant"] == "hello from JavaScript"


@pytest.mark.parametrize(
    "call, name, message",
    [
        ("invalid", "ValidationException", "1 validation error detected: Value at 'plaintext' failed"),
        ("disabled", "DisabledException", "{arn} is disabled."),
    ],
)
def test_errors_have_their_names_and_messages(told, call, name, message):
    refused = told[call]
    assert (refused["name"], refused["status"], refused["fault"]) == (name, 400, "client")
    assert refused["message"].startswith(message.format(arn=told["key"]["Arn"]))
