"""Faults of a development server: each is seen by unmodified clients, and tried again as they do with AWS."""

import json
import types

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ReadTimeoutError

from claviger_server import CliError, Server, claviger
from control import ARGUMENTS, Control
from expect import refused
from iam_fixtures import NewUser

# What the SDKs' standard mode tries again, and what not (AWS SDKs and Tools Reference Guide, "Retry behavior").
TRANSIENT = [
    ("ThrottlingException", 400),
    ("KMSInternalException", 500),
    ("KeyUnavailableException", 500),
    ("DependencyTimeoutException", 503),
]
FINAL = [("DisabledException", 400), ("AccessDeniedException", 400), ("KMSInvalidStateException", 400)]


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """A server for the whole module; each test sets its own faults."""
    place = tmp_path_factory.mktemp("told")
    server = Server(place / "data", place, arguments=ARGUMENTS)
    yield server, Control(server)
    server.terminate()
    server.verify_audit()


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch):
    """The clients' pauses between attempts are as long as they say, and nobody waits for them."""
    monkeypatch.setattr("botocore.endpoint.time", types.SimpleNamespace(sleep=lambda seconds: None))


def client(server, mode="standard", **more):
    return boto3.client(
        "kms",
        region_name=server.region,
        endpoint_url=server.endpoint,
        aws_access_key_id=server.access_key,
        aws_secret_access_key=server.secret_key,
        config=Config(retries={"mode": mode, "total_max_attempts": 3}, **more),
    )


def faults(control, *all_of_them):
    return control.done("PUT", "/faults", {"Faults": list(all_of_them)})


def counts(control):
    return [(fault["Matched"], fault["Struck"]) for fault in control.done("GET", "/faults")["Faults"]]


@pytest.mark.parametrize("mode", ["standard", "legacy"])
@pytest.mark.parametrize("name, status", TRANSIENT)
def test_a_client_tries_again_until_the_fault_has_passed(told, mode, name, status):
    server, control = told
    faults(control, {"Actions": ["GenerateRandom"], "Error": name, "Count": 2})
    reply = client(server, mode).generate_random(NumberOfBytes=4)
    assert len(reply["Plaintext"]) == 4
    assert reply["ResponseMetadata"]["RetryAttempts"] == 2
    assert counts(control) == [(3, 2)]
    codes = [event.get("errorCode") for event in server.audit_events(event_name="GenerateRandom")][-3:]
    assert codes == [name, name, None]


@pytest.mark.parametrize("name, status", TRANSIENT)
def test_a_client_gives_up_after_its_attempts_and_tells_the_error(told, name, status):
    server, control = told
    faults(control, {"Actions": ["GenerateRandom"], "Error": name})
    with pytest.raises(ClientError) as caught:
        client(server).generate_random(NumberOfBytes=4)
    response = caught.value.response
    assert (response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]) == (name, status)
    assert counts(control) == [(3, 3)]


@pytest.mark.parametrize("name, status", FINAL)
def test_what_is_no_passing_fault_is_not_tried_again(told, name, status):
    server, control = told
    faults(control, {"Actions": ["GenerateRandom"], "Error": name, "Message": "as it was told"})
    with pytest.raises(ClientError, match="as it was told") as caught:
        client(server).generate_random(NumberOfBytes=4)
    response = caught.value.response
    assert (response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]) == (name, status)
    assert counts(control) == [(1, 1)]


def test_a_slow_answer_is_given_up_and_asked_for_again(told):
    server, control = told
    faults(control, {"Actions": ["GenerateRandom"], "DelayMilliseconds": 60000, "Count": 1})
    reply = client(server, read_timeout=3).generate_random(NumberOfBytes=4)
    assert reply["ResponseMetadata"]["RetryAttempts"] == 1
    assert counts(control) == [(2, 1)]
    faults(control, {"Actions": ["GenerateRandom"], "DelayMilliseconds": 60000})
    with pytest.raises(ReadTimeoutError):
        client(server, read_timeout=0.3).generate_random(NumberOfBytes=4)
    assert counts(control) == [(3, 3)]


def test_the_cli_tries_again_too(told, tmp_path):
    server, control = told
    # Python reads it at its start.
    (tmp_path / "sitecustomize.py").write_text("import time\ntime.sleep = lambda seconds: None\n")
    environment = {"AWS_MAX_ATTEMPTS": "2", "AWS_RETRY_MODE": "standard", "PYTHONPATH": tmp_path}
    for name, _ in TRANSIENT:
        faults(control, {"Actions": ["ListKeys"], "Error": name, "Count": 1})
        assert "Keys" in server.aws("list-keys", environment=environment)
        assert counts(control) == [(2, 1)]
    faults(control, {"Actions": ["ListKeys"], "Error": "DisabledException"})
    with pytest.raises(CliError, match="DisabledException"):
        server.aws("list-keys", environment=environment)
    assert counts(control) == [(1, 1)]


def test_a_share_and_a_key(told):
    server, control = told
    kms = server.kms()
    key, other = (kms.create_key()["KeyMetadata"]["KeyId"] for _ in range(2))
    faults(control, {"KeyId": key, "Share": 0.5, "Error": "ThrottlingException"})
    codes = []
    for _ in range(6):
        kms.describe_key(KeyId=other)
        try:
            kms.describe_key(KeyId=key)
            codes.append(None)
        except ClientError as error:
            codes.append(error.response["Error"]["Code"])
    assert codes == [None, "ThrottlingException"] * 3
    assert counts(control) == [(6, 3)]


def test_a_call_that_failed_was_not_done(told):
    server, control = told
    key = server.kms().create_key()["KeyMetadata"]["KeyId"]
    faults(control, {"Actions": ["DisableKey"], "Error": "KMSInternalException"})
    with refused("KMSInternalException"):
        server.kms().disable_key(KeyId=key)
    faults(control)
    assert server.kms().describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "Enabled"


def test_what_is_not_understood_changes_nothing(told):
    _, control = told
    faults(control, {"Actions": ["Sign"], "Error": "ThrottlingException"})
    for wrong in ({"Faults": [{"Error": "Nothing"}]}, {"Faults": [{"Error": "ThrottlingException", "Kount": 1}]}, {}):
        status, answer = control.ask("PUT", "/faults", wrong)
        assert status == 400 and answer["Error"].startswith("request:")
    assert len(counts(control)) == 1


def test_a_new_grant_is_seen_late_and_by_its_token_at_once(told):
    server, control = told
    faults(control)
    user = NewUser(server)
    key = server.kms().create_key()["KeyMetadata"]["KeyId"]
    control.done("PUT", "/visibility-delay", {"GrantsSeconds": 300})
    grant = server.kms().create_grant(KeyId=key, GranteePrincipal=user.arn, Operations=["Encrypt"])
    arn = f"arn:aws:kms:{server.region}:{server.account}:key/{key}"
    with refused("AccessDeniedException"):
        user.client("kms").encrypt(KeyId=arn, Plaintext=b"x")
    user.client("kms").encrypt(KeyId=arn, Plaintext=b"x", GrantTokens=[grant["GrantToken"]])
    control.advance(seconds=60)
    with refused("AccessDeniedException"):
        user.client("kms").encrypt(KeyId=arn, Plaintext=b"x")
    control.advance(seconds=240)
    user.client("kms").encrypt(KeyId=arn, Plaintext=b"x")
    control.done("PUT", "/visibility-delay", {})


def test_new_aliases_and_policies_are_seen_late(told):
    server, control = told
    faults(control)
    kms = server.kms()
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    control.done("PUT", "/visibility-delay", {"AliasesSeconds": 60, "PoliciesSeconds": 60})
    kms.create_alias(AliasName="alias/late", TargetKeyId=key)
    deny = {"Effect": "Deny", "Principal": "*", "Action": "kms:Encrypt", "Resource": "*"}
    allow = {"Effect": "Allow", "Principal": {"AWS": server.account}, "Action": "kms:*", "Resource": "*"}
    kms.put_key_policy(KeyId=key, Policy=json.dumps({"Version": "2012-10-17", "Statement": [allow, deny]}))
    with refused("NotFoundException"):
        kms.describe_key(KeyId="alias/late")
    kms.encrypt(KeyId=key, Plaintext=b"x")
    control.advance(seconds=60)
    assert kms.describe_key(KeyId="alias/late")["KeyMetadata"]["KeyId"] == key
    with refused("AccessDeniedException"):
        kms.encrypt(KeyId=key, Plaintext=b"x")
    control.done("PUT", "/visibility-delay", {})


def test_a_seed_sets_faults_and_delays(start_server, tmp_path):
    seed = tmp_path / "seed.yaml"
    seed.write_text(
        "ClavigerSeed: 1\nFaults:\n  - Actions: [ListKeys]\n    Error: ThrottlingException\n    Count: 1\n"
        "VisibilityDelay:\n  AliasesSeconds: 60\nAccounts: []\n"
    )
    server = start_server(arguments=(*ARGUMENTS, "--seed", seed))
    with refused("ThrottlingException"):
        server.kms().list_keys()
    server.kms().list_keys()
    assert counts(Control(server)) == [(2, 1)]
    assert Control(server).done("GET", "/visibility-delay")["AliasesSeconds"] == 60
    init = ("init", "--data-dir", tmp_path / "d", "--key-file", tmp_path / "k", "--seed", seed)
    assert "Faults is for `claviger dev` alone" in claviger(*init, check=False).stderr


def test_a_stop_does_not_wait_for_slow_calls(start_server):
    server = start_server(arguments=ARGUMENTS)
    control = Control(server)
    faults(control, {"Actions": ["GenerateRandom"], "DelayMilliseconds": 60000})
    with pytest.raises(ReadTimeoutError):
        client(server, read_timeout=0.3).generate_random(NumberOfBytes=4)
    server.terminate()
    server.verify_audit()
