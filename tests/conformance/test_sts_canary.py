"""Credentials that were given and tokens that were shown turn up nowhere: in no file, log, record, error or metric."""

import pytest

import memory
from claviger_server import Server
from raw_query import RawQuery
from sts_fixtures import EVERY_STS, NewRole, NewUser, policy, register, trusting
from test_canary import needles, search
from web_identity import Issuer


class Canaries:
    """A server of its own, and everything secret that STS gave or was shown."""

    def __init__(self, server):
        self.server = server
        self.given = {}
        self.shown = {}
        self.errors = b""
        issuer = Issuer("canary.example.com")
        register(server, issuer)
        user = NewUser(server, policy("sts:*"))
        role = NewRole(server, trusting(user.arn, EVERY_STS), policy("kms:*"))
        pods = NewRole(server, issuer.trust(server.account), policy("kms:*"))
        sts = user.client("sts")
        self._keep("role", role.assume(sts, Policy=policy("*"), Tags=[{"Key": "a", "Value": "b"}])["Credentials"])
        self._keep("user", sts.get_session_token()["Credentials"])
        self._keep("root", server.client("sts").get_session_token()["Credentials"])
        # As botocore would call it, and as it should not be called.
        for number, (changed, sign) in enumerate(
            [({}, None), ({}, "header"), ({"RoleArn": pods.arn + "-none"}, None), ({"RoleArn": "x"}, None),
             ({"RoleSessionName": "!"}, None), ({"ProviderId": "abcd"}, None), ({"Policy": "{"}, None)]
        ):
            token = issuer.token()
            self.shown[f"token {number}"] = token.rpartition(".")[2].encode()
            parameters = {"RoleArn": pods.arn, "RoleSessionName": "pod", "WebIdentityToken": token} | changed
            reply = RawQuery(server, "sts").call("AssumeRoleWithWebIdentity", parameters, sign=sign)
            if reply.status == 200:
                credentials = {name: reply.text(name) for name in ("SecretAccessKey", "SessionToken", "AccessKeyId")}
                self._keep(f"web identity {number}", credentials)
            else:
                self.errors += reply.body
        # Refused: the signature is of another's key, or the token is cut.
        for form, bad in (("wrong signature", issuer.token()[:-8] + "AAAAAAAA"), ("cut", issuer.token()[:-1])):
            self.shown[form] = bad.rpartition(".")[2].encode()
            parameters = {"RoleArn": pods.arn, "RoleSessionName": "pod", "WebIdentityToken": bad}
            self.errors += RawQuery(server, "sts").call("AssumeRoleWithWebIdentity", parameters, sign=None).body

    def _keep(self, name, credentials):
        self.server.client_of("sts", credentials).get_caller_identity()
        self.given[f"secret of {name}"] = credentials["SecretAccessKey"].encode()
        # Long enough to be found, wherever it is cut into lines or segments.
        self.given[f"session token of {name}"] = credentials["SessionToken"][200:260].encode()


@pytest.fixture(scope="module")
def canaries(tmp_path_factory):
    place = tmp_path_factory.mktemp("sts-canaries")
    server = Server(place / "data", place)
    yield Canaries(server)
    server.kill()


@pytest.fixture(scope="module")
def wanted(canaries):
    return needles(canaries.given | canaries.shown)


def test_there_are_canaries_of_every_kind(canaries):
    assert len(canaries.given) == 2 * 5
    assert len(canaries.shown) == 9
    assert all(len(secret) >= 40 for secret in (canaries.given | canaries.shown).values())
    assert canaries.errors.count(b"<Code>") == 7


def test_no_file_holds_one(canaries, wanted):
    files = [path for path in canaries.server.data_dir.rglob("*") if path.is_file()]
    assert len(files) >= 3
    for path in files:
        assert search(path.read_bytes(), wanted) == [], path


def test_no_record_log_error_or_metric_holds_one(canaries, wanted):
    server = canaries.server
    records = repr(server.audit_events()).encode()
    assert b"AssumeRoleWithWebIdentity" in records
    metrics = server.raw().send(None, b"", method="GET", path="/metrics", sign=False).body
    for text in (records, canaries.errors, metrics, server.stderr_path.read_bytes(), server.stdout_path.read_bytes()):
        assert search(text, wanted) == []


def test_no_memory_holds_a_token_of_an_issuer_once_the_calls_are_over(canaries):
    pid = canaries.server.process.pid
    assert memory.find(pid, {"a role": b"AssumeRoleWithWebIdentity"})
    assert memory.find(pid, canaries.shown) == []
