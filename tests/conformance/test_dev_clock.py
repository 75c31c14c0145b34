"""`claviger dev --control`: the clock that can be moved, and who may move it."""

import datetime

import pytest

from claviger_server import claviger
from control import ARGUMENTS, Control
from expect import refused
from iam_fixtures import NewUser, policy

DAY = datetime.timedelta(days=1)


@pytest.fixture
def moved(start_server):
    server = start_server(arguments=ARGUMENTS)
    return server, Control(server)


def now():
    return datetime.datetime.now(datetime.timezone.utc)


def test_there_is_no_control_endpoint_unless_it_is_asked_for(server):
    assert server.control_endpoint is None


def test_the_endpoint_for_clients_has_none_of_it(moved):
    server, _ = moved
    for sign in (True, False):
        reply = server.raw().send(None, method="GET", path="/clock", sign=sign)
        assert reply.status == 400 and b"AheadSeconds" not in reply.body


def test_a_key_that_is_due_is_gone_when_the_clock_has_moved(moved):
    server, control = moved
    kms = server.kms()
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    blob = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    date = kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)["DeletionDate"]
    assert abs(date - now() - 7 * DAY) < DAY
    assert control.advance(days=7, seconds=-60)["DeletedKeys"] == 0
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "PendingDeletion"
    assert control.advance(seconds=60)["DeletedKeys"] == 1
    with refused("NotFoundException"):
        kms.describe_key(KeyId=key)
    with refused("AccessDeniedException"):
        kms.decrypt(CiphertextBlob=blob)
    (event,) = server.audit_events(event_name="DeleteKey")
    assert event["eventTime"] >= (date - datetime.timedelta(seconds=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert len(server.audit_events(event_name="MoveClock")) == 2


def test_clients_that_know_nothing_of_it_go_on(moved):
    server, control = moved
    control.advance(days=3650)
    # Signed by the real time, and made at the server's.
    created = server.kms().create_key()["KeyMetadata"]["CreationDate"]
    assert abs(created - now() - 3650 * DAY) < DAY
    assert server.aws("create-key")["KeyMetadata"]["Enabled"]
    # The field by which SDKs correct their clocks.
    reply = server.kms().list_keys()["ResponseMetadata"]["HTTPHeaders"]["date"]
    told = datetime.datetime.strptime(reply, "%a, %d %b %Y %H:%M:%S GMT").replace(tzinfo=datetime.timezone.utc)
    assert abs(told - now()) < DAY


def test_a_session_ends_by_the_servers_clock(moved):
    server, control = moved
    credentials = server.client("sts").get_session_token(DurationSeconds=900)["Credentials"]
    session = server.client_of("kms", credentials)
    session.list_keys()
    control.advance(seconds=600)
    session.list_keys()
    control.advance(seconds=300)
    with refused("ExpiredTokenException"):
        session.list_keys()


def test_conditions_see_the_servers_clock(moved):
    server, control = moved
    user = NewUser(server)
    until = (now() + 2 * DAY).strftime("%Y-%m-%dT%H:%M:%SZ")
    before = {"DateLessThan": {"aws:CurrentTime": until}}
    user.call("put_{}_policy", PolicyName="p", PolicyDocument=policy("kms:ListKeys", Condition=before))
    user.client("kms").list_keys()
    control.advance(days=3)
    with refused("AccessDeniedException"):
        user.client("kms").list_keys()


def test_the_clock_stays_where_it_is_over_a_restart(moved):
    server, control = moved
    ahead = control.advance(days=400)["AheadSeconds"]
    server.terminate()
    server.verify_audit()
    server.start()
    assert Control(server).done("GET", "/clock")["AheadSeconds"] == ahead
    created = server.kms().create_key()["KeyMetadata"]["CreationDate"]
    assert abs(created - now() - 400 * DAY) < DAY
    server.kill()
    server.start()
    assert Control(server).done("GET", "/clock")["AheadSeconds"] == ahead
    server.terminate()
    server.verify_audit()
    # Production does not go back in time.
    config = server.log_dir / "claviger.toml"
    config.write_text(
        f'data_dir = "{server.data_dir}"\nlisten = "127.0.0.1:0"\ninsecure_plain_http = true\n'
        f'[seal]\nkey_file = "{server.data_dir}.key"\n'
    )
    result = claviger("serve", "--config", config, check=False)
    assert result.returncode == 1 and "the clock of this data directory was moved" in result.stderr


def test_a_seed_sets_the_clock(start_server, tmp_path):
    seed = tmp_path / "seed.yaml"
    seed.write_text(
        "ClavigerSeed: 1\nClock:\n  MoveTo: 2040-01-31T12:00:00Z\nAccounts:\n  - Account: '000000000000'\n    Keys:\n"
        "      - {KeyId: 1234abcd-12ab-34cd-56ef-1234567890ab, Region: us-east-1}\n"
    )
    server = start_server(arguments=(*ARGUMENTS, "--seed", seed))
    assert Control(server).done("GET", "/clock")["Now"].startswith("2040-01-31T12:")
    key = server.kms().describe_key(KeyId="1234abcd-12ab-34cd-56ef-1234567890ab")["KeyMetadata"]
    assert key["CreationDate"].strftime("%Y-%m-%d") == "2040-01-31"
    ahead = Control(server).advance(days=1)["AheadSeconds"]
    server.terminate()
    server.start()
    assert Control(server).done("GET", "/clock")["AheadSeconds"] == ahead
    init = ("init", "--data-dir", tmp_path / "d", "--key-file", tmp_path / "k", "--seed", seed)
    assert "Clock is for `claviger dev` alone" in claviger(*init, check=False).stderr


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://example.com"},
        {"Origin": "null"},
        {"Host": "example.com"},
        {"Host": "127.0.0.1"},
        {"Referer": "https://example.com/"},
        {"Sec_Fetch_Site": "cross-site"},
        {"Content_Type": "text/plain"},
        {"Content_Type": "application/x-www-form-urlencoded"},
    ],
    ids=str,
)
def test_no_page_in_a_browser_moves_the_clock(moved, headers):
    _, control = moved
    status, answer = control.ask("POST", "/clock", {"AdvanceSeconds": 1}, **headers)
    assert status == 403 and "Error" in answer
    assert control.done("GET", "/clock")["AheadSeconds"] == 0


def test_it_listens_on_this_machine_alone(tmp_path):
    result = claviger("dev", "--listen", "127.0.0.1:0", "--control", "0.0.0.0:0", check=False)
    assert result.returncode == 1 and "127.0.0.1 or [::1] only" in result.stderr
