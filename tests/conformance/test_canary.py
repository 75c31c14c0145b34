"""Secrets that are put through every action turn up nowhere: in no file, log, record, reply, metric or core image."""

import base64
import os
import re
import resource
import signal

import pytest

import memory
from actions import (
    ACTIONS,
    DRY_RUN,
    IMPORTED,
    KINDS,
    MAKES,
    MATERIAL,
    NO_GRANT,
    ROOT,
    SYMMETRIC,
    TAKE_GRANT_TOKENS,
    b64,
    default_policy,
    kind_of,
    make_key,
    product,
    valid_parameters,
)
from claviger_server import Server

# Distinct texts, so that what is found tells where it came from. None has a part that another has.
PLAINTEXT = b"canary-plaintext-7f3a91c55d0e-of-encrypt"
INVALID = b"canary-plaintext-1c9e44b7a802-of-invalid-requests"
WRONG_TYPE = "canary-plaintext-9b20d6fe3381-as-no-base64!"
# The members of answers that hold a secret.
SECRET_ANSWERS = {"Plaintext", "PrivateKeyPlaintext", "SharedSecret"}
ACCESS_KEY_SECRET = "canary-secret-e81f50aa29c7-of-the-access-key"


def encodings(secret):
    """The forms in which a secret could lie about: as it is, in hexadecimal, and in base64 at each alignment."""
    forms = {"raw": secret, "hex": secret.hex().encode(), "HEX": secret.hex().upper().encode()}
    for offset in range(3):
        encoded = base64.b64encode(b"\0" * offset + secret)
        # Without the characters that also depend on what comes before or after.
        forms[f"base64+{offset}"] = encoded[-(-offset * 8 // 6) : len(encoded) // 4 * 4 - 4]
    return forms


def needles(secrets):
    return {f"{name} ({form})": text for name, secret in secrets.items() for form, text in encodings(secret).items()}


def search(data, wanted):
    return [name for name, needle in wanted.items() if needle in data]


def with_canary(parameters):
    """The parameters with the canary in place of what they encrypt, sign, or make a code of."""
    return parameters | dict.fromkeys({"Plaintext", "Message"} & set(parameters), b64(PLAINTEXT))


class Canaries:
    """A server of its own, everything secret that went through it, and every error it answered."""

    def __init__(self, server):
        self.server = server
        self.raw = server.raw()
        self.returned = {}
        self.errors = b""
        self.statuses = {}
        key = self._call("CreateKey", {"Description": "canaries"}).json["KeyMetadata"]
        self.key_id = key["KeyId"]
        other = self._call("CreateKey", {}).json["KeyMetadata"]["KeyId"]
        self.keys = {kind: key if kind == SYMMETRIC else make_key(self.raw, kind) for kind in KINDS}
        self.products = {kind: self._product(kind) for kind in KINDS}
        self.key_arn = key["Arn"]
        self.grant_token = self._grant()["GrantToken"]
        self._call("CreateAlias", {"AliasName": "alias/canary", "TargetKeyId": self.key_id})
        for action in sorted(
            ACTIONS - {"ScheduleKeyDeletion", "CancelKeyDeletion", "CreateAlias", "DeleteAlias", "DisableKey"}
        ):
            self._everything(action)
        for action in ("CreateAlias", "DeleteAlias", "DisableKey", "ScheduleKeyDeletion", "CancelKeyDeletion"):
            self._everything(action)
        self._call("ReEncrypt", {"CiphertextBlob": self.products[SYMMETRIC], "DestinationKeyId": other})

    def _product(self, kind):
        """What the key made of the canary for its other actions to read."""
        if kind == IMPORTED:
            return product(self.raw, kind, self.keys[kind]["KeyId"])
        maker, member = MAKES[kind]
        return self._call(maker, with_canary(valid_parameters(maker, self.keys[kind]["KeyId"]))).json[member]

    def _everything(self, action):
        """The action as it should be called, and with secrets in every place where they should not be."""
        kind = kind_of(action)
        grant = self._grant()["GrantId"] if action in ("RetireGrant", "RevokeGrant") else NO_GRANT
        more = {"alias": "alias/canary", "policy": default_policy(self.server.account), "grant": grant}
        valid = with_canary(valid_parameters(action, self.keys[kind]["Arn"], self.products[kind], **more))
        if action in TAKE_GRANT_TOKENS:
            valid["GrantTokens"] = [self.grant_token]
        self._call(action, valid)
        if action in DRY_RUN:
            self._call(action, valid | {"DryRun": True})
        self._call(action, valid, self.server.raw(secret_key="wrong"))
        member = "Message" if "Message" in valid else "Plaintext"
        for plaintext in (b64(INVALID * 200), WRONG_TYPE, [b64(INVALID)], {"a": b64(INVALID)}, b64(INVALID) + "\n"):
            self._call(action, valid | {member: plaintext})
        body = f'{{"{member}":"{b64(INVALID)}","{member}":"{b64(INVALID)}"'
        self._call(action, body.encode())
        self._call(action, (body + "}").encode())
        self._call("No" + action, {"Plaintext": b64(INVALID)})

    def _grant(self):
        parameters = {"KeyId": self.key_id, "GranteePrincipal": ROOT, "Operations": ["Encrypt", "Decrypt"]}
        return self._call("CreateGrant", parameters).json

    def _call(self, action, parameters, raw=None):
        reply = (raw or self.raw).call(action, parameters)
        self.statuses.setdefault(action, set()).add(reply.status)
        if reply.status != 200:
            self.errors += reply.body
        answered = reply.json if reply.status == 200 and reply.body else {}
        for member in SECRET_ANSWERS & set(answered):
            secret = base64.b64decode(answered[member])
            if secret != PLAINTEXT:
                self.returned[f"{action} {len(self.returned)}"] = secret
        return reply

    def metrics(self):
        reply = self.raw.send(None, b"", method="GET", path="/metrics", sign=False)
        assert reply.status == 200
        return reply.body

    @property
    def plaintexts(self):
        return {
            "plaintext": PLAINTEXT,
            "invalid plaintext": INVALID,
            "wrong type": WRONG_TYPE.encode(),
            "imported material": MATERIAL,
            **self.returned,
        }


@pytest.fixture(scope="module")
def canaries(tmp_path_factory):
    place = tmp_path_factory.mktemp("canaries")
    server = Server(place / "data", place, environment={"CLAVIGER_ROOT_SECRET_ACCESS_KEY": ACCESS_KEY_SECRET})
    yield Canaries(server)
    if server.process.poll() is None:
        server.kill()


@pytest.fixture(scope="module")
def wanted(canaries):
    return needles(canaries.plaintexts | {"access key secret": ACCESS_KEY_SECRET.encode()})


def test_the_canaries_went_through_every_action(canaries):
    assert canaries.server.secret_key == ACCESS_KEY_SECRET
    for action in ACTIONS:
        assert canaries.statuses[action] >= {200, 400}, action
    assert {name.split()[0] for name in canaries.returned} == {
        "DeriveSharedSecret", "GenerateDataKey", "GenerateDataKeyPair", "GenerateRandom"
    }  # fmt: skip
    assert all(len(secret) >= 16 for secret in canaries.returned.values())


def test_a_search_finds_every_encoding(wanted):
    for secret in (PLAINTEXT, ACCESS_KEY_SECRET.encode()):
        for text in (
            secret,
            secret.hex().encode(),
            *(base64.b64encode(b"abc"[:offset] + secret + b"z") for offset in range(3)),
        ):
            assert search(b"before" + text + b"after", wanted), text


def test_no_reply_of_an_error_holds_a_secret(canaries, wanted):
    assert len(canaries.errors) > 10000
    assert search(canaries.errors, wanted) == []


def test_no_metric_holds_a_secret(canaries, wanted):
    assert search(canaries.metrics(), wanted) == []


def test_no_audit_record_holds_a_secret_a_ciphertext_or_a_grant_token(canaries, wanted):
    records = repr(canaries.server.audit_events()).encode()
    assert canaries.key_id.encode() in records
    # Neither of these is a secret, and yet a record is no place for them.
    token, wrapped = canaries.products[IMPORTED].split()
    texts = canaries.products | {IMPORTED: token, "wrapped material": wrapped, "grant token": canaries.grant_token}
    unwanted = needles({name: base64.b64decode(text) for name, text in texts.items()})
    assert search(records, wanted | unwanted) == []
    assert canaries.grant_token.encode() not in records


def test_no_file_holds_a_secret(canaries, wanted):
    files = [path for path in canaries.server.data_dir.rglob("*") if path.is_file()]
    assert len(files) >= 3
    for path in files:
        assert search(path.read_bytes(), wanted) == [], path


def test_no_log_holds_a_secret(canaries, wanted):
    assert search(canaries.server.stderr_path.read_bytes(), wanted) == []
    # The line that tells a developer the credentials is the one place for them.
    ready, _, rest = canaries.server.stdout_path.read_bytes().partition(b"\n")
    assert search(ready, needles(canaries.plaintexts)) == []
    assert search(rest, wanted) == []


def test_no_memory_holds_a_plaintext_once_the_calls_are_over(canaries):
    pid = canaries.server.process.pid
    # The search would find what is there: the key's identifier is public and in use.
    assert memory.find(pid, {"key id": canaries.key_id.encode()})
    assert memory.find(pid, needles(canaries.plaintexts)) == []


def test_a_crash_leaves_no_core_image(start_server):
    # The limits of whoever starts it must not matter.
    _, hard = resource.getrlimit(resource.RLIMIT_CORE)
    server = start_server(preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE, (hard, hard)))
    server.raw().call("GenerateRandom", {"NumberOfBytes": 16})
    with open(f"/proc/{server.process.pid}/limits") as limits:
        soft_and_hard = re.search(r"^Max core file size +(\S+) +(\S+)", limits.read(), re.MULTILINE).groups()
    assert soft_and_hard == ("0", "0")
    server.process.send_signal(signal.SIGABRT)
    _, status = os.waitpid(server.process.pid, 0)
    server.process.returncode = -signal.SIGABRT
    assert not os.WCOREDUMP(status)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) != 0
