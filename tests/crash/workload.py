"""What the clients do, and what they know for certain afterwards.

Each connection works on keys and aliases of its own, one call at a time. So all changes are certain but those whose
answer never came (or said that something inside the server failed): these must be there wholly or not at all. A key is
known by the first word of its description, its label; a call by its User-Agent, which is unique and stands in its audit
record.
"""
import base64
import hashlib
import json
import os
import threading
import time

from service import Client

CONNECTIONS = 3
ABSENT = None
ROOT = "arn:aws:iam::000000000000:root"
# Where replicas are made.
REPLICA_REGION = "ap-southeast-2"
# What a script waits for its replica before it goes on without it: not all faults let one come.
SCRIPT_REPLICATION_SECONDS = 5
FOREVER = {"ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE"}
UNSETTLED = "Creating", "Updating"
# Whose AWS managed keys all connections ask for at once, by the round.
SERVICES = "ebs", "s3"


class Call:
    """One call that was sent. `change` is what it makes true: {fact: value}; empty for calls that change nothing."""

    def __init__(self, agent, action, change, answer):
        self.agent = agent
        self.action = action
        self.change = change
        self.answer = answer  # None: unanswered

    @property
    def acknowledged(self):
        """The server said what became of it. An internal failure says nothing."""
        return self.answer is not None and self.answer.status < 500

    @property
    def succeeded(self):
        return self.answer is not None and self.answer.status == 200


class Known:
    """What all clients together know. A fact is (label, property) or ("alias", name)."""

    def __init__(self, default_policy=""):
        self.facts = {}
        self.uncertain = []  # (call, {fact: value before})
        self.managed = set()  # aliases whose AWS managed keys are there
        self.calls = []
        self.ciphertexts = []  # (blob, context, plaintext, label), all base64 texts but the label
        self.problems = []
        self.default_policy = default_policy

    def copy(self):
        result = Known(self.default_policy)
        result.facts = dict(self.facts)
        result.calls = list(self.calls)
        result.ciphertexts = list(self.ciphertexts)
        result.uncertain = list(self.uncertain)
        result.managed = set(self.managed)
        return result


class _Gone(Exception):
    """The server is gone, or this script cannot go on because the outcome of a change is not known."""


class Connection:
    """One client's scripts, one after the other, until the server is gone or `rounds` are done. `turn` says with which
    of the long scripts it begins, one in each round; None: all of them in every round."""

    def __init__(self, known, ready, port, name, rounds, turn):
        self._known = known
        self._client = Client(ready, port)
        self._elsewhere = Client(ready, port, REPLICA_REGION)
        self._home = ready["region"]
        self._name = name
        self._rounds = rounds
        self._turn = turn
        self._label = ""
        self._sent = 0
        self._ids = {}  # label: key id
        self._grants = {}  # label: {name: grant id}

    def run(self):
        try:
            for number in range(self._rounds):
                self._label = f"{self._name}r{number}"
                try:
                    self._script(number)
                except _Gone:
                    if self._client is None:
                        return
        except Exception as error:  # a thread's exception would be lost
            self._known.problems.append(f"{self._name}: {type(error).__name__}: {error}")
        finally:
            if self._client is not None:
                self._client.close()
            self._elsewhere.close()

    def _call(self, action, parameters, change=None, refused="", elsewhere=False):
        """Sends a call that must succeed, or be refused with the error given, when it is answered at all."""
        change = change or {}
        self._sent += 1
        agent = f"crash/{self._name}/{self._sent}"
        client = self._elsewhere if elsewhere else self._client
        answer = client.call(action, parameters, agent)
        call = Call(agent, action, change, answer)
        self._known.calls.append(call)
        if answer is not None and answer.status < 500:
            if answer.error != refused:
                self._known.problems.append(f"{agent} {action}: {answer.status} {answer.body}")
                raise _Gone
            if not refused:
                self._known.facts.update(change)
            return answer.body
        if change:
            before = {fact: self._known.facts.get(fact, ABSENT) for fact in change}
            self._known.uncertain.append((call, before))
        if answer is None:
            if client.timed_out:
                self._known.problems.append(f"{agent} {action}: no answer in time")
            self._client.close()
            self._client = None
            raise _Gone
        if change:
            raise _Gone
        return None

    def _create_key(self, name, tags=(), imports=False, **more):
        label = f"{self._label}{name}"
        origin = {"Origin": "EXTERNAL"} if imports else {}
        state, versions = ("PendingImport", 0) if imports else ("Enabled", 1)
        body = self._call("CreateKey", {
            "Description": f"{label} made", "Tags": [{"TagKey": k, "TagValue": v} for k, v in tags], **origin, **more
        }, {(label, "description"): "made", (label, "state"): state, (label, "tags"): frozenset(tags),
            (label, "policy"): self._known.default_policy, (label, "grants"): frozenset(),
            (label, "versions"): versions} | ({(label, "primary"): self._home} if "MultiRegion" in more else {}))
        self._ids[label] = body["KeyMetadata"]["KeyId"]
        self._grants[label] = {}
        return label

    def _set(self, action, label, parameters, at_replica=False, **change):
        self._call(action, {"KeyId": self._ids[label], **parameters},
                   {(label, name): value for name, value in change.items()}, elsewhere=at_replica)

    def _alias(self, action, name, label):
        parameters = {"AliasName": f"alias/{self._label}{name}"}
        if label is not ABSENT:
            parameters["TargetKeyId"] = self._ids[label]
        self._call(action, parameters, {("alias", parameters["AliasName"]): label})

    def _create_grant(self, label, name):
        grants = self._grants[label]
        body = self._call("CreateGrant", {
            "KeyId": self._ids[label], "GranteePrincipal": ROOT, "RetiringPrincipal": ROOT, "Name": name,
            "Operations": ["Encrypt", "Decrypt"]
        }, {(label, "grants"): frozenset(grants) | {name}})
        grants[name] = body["GrantId"]

    def _revoke_grant(self, label, name):
        grants = self._grants[label]
        rest = frozenset(grants) - {name}
        self._set("RevokeGrant", label, {"GrantId": grants[name]}, grants=rest)
        del grants[name]

    def _encrypt(self, key_id, label, text, context):
        plaintext = base64.b64encode(text.encode()).decode()
        body = self._call("Encrypt", {"KeyId": key_id, "Plaintext": plaintext, "EncryptionContext": context})
        if body is not None:
            self._known.ciphertexts.append((body["CiphertextBlob"], context, plaintext, label))

    def _data_key(self, label):
        body = self._call("GenerateDataKey", {"KeyId": self._ids[label], "KeySpec": "AES_256"})
        if body is not None:
            self._known.ciphertexts.append((body["CiphertextBlob"], {}, body["Plaintext"], label))

    def _parameters(self, label, at_replica=False):
        return self._call("GetParametersForImport", {
            "KeyId": self._ids[label], "WrappingAlgorithm": "RSAES_OAEP_SHA_256", "WrappingKeySpec": "RSA_2048"
        }, elsewhere=at_replica)

    def _bring_in(self, label, parameters, material, options, **change):
        self._set("ImportKeyMaterial", label, {
            "ImportToken": parameters["ImportToken"], "EncryptedKeyMaterial": wrap(parameters["PublicKey"], material)
        } | options, **change)

    def _import_script(self):
        """Of a key whose material comes, goes and comes back."""
        label = self._create_key("c", imports=True)
        parameters = self._parameters(label)
        if parameters is None:
            return
        first, second = os.urandom(32), os.urandom(32)

        def bring_in(material, options, **change):
            self._bring_in(label, parameters, material, options, **change)

        bring_in(first, {"ValidTo": time.time() + 86400}, state="Enabled", versions=1, expires=True)
        self._data_key(label)
        bring_in(second, FOREVER | {"ImportType": "NEW_KEY_MATERIAL"}, versions=2, waits=True)
        self._set("RotateKeyOnDemand", label, {}, waits=ABSENT)
        self._data_key(label)
        self._set("DeleteImportedKeyMaterial", label, {}, state="PendingImport", expires=ABSENT)
        bring_in(second, FOREVER, state="Enabled", expires=True)
        bring_in(first, FOREVER, expires=ABSENT)

    def _use_managed_key(self, service):
        """The first call makes the key. Whose it is nobody can tell, nor whether one without an answer was it."""
        alias = f"alias/aws/{service}"
        if self._call("DescribeKey", {"KeyId": alias}) is not None:
            self._known.managed.add(alias)

    def _script(self, number):
        self._use_managed_key(SERVICES[number % len(SERVICES)])
        context = {"purpose": "crash", "who": self._name}
        first = self._create_key("a", (("owner", self._name), ("stage", "1")))
        self._alias("CreateAlias", "x", first)
        self._encrypt(f"alias/{self._label}x", first, f"{self._label} secret", context)
        self._set("TagResource", first, {"Tags": [{"TagKey": "stage", "TagValue": "2"}]},
                  tags=frozenset((("owner", self._name), ("stage", "2"))))
        self._data_key(first)
        self._set("EnableKeyRotation", first, {"RotationPeriodInDays": 90}, rotation=90)
        self._set("RotateKeyOnDemand", first, {}, versions=2)
        self._data_key(first)
        sid = f"policy of {first}"
        self._set("PutKeyPolicy", first, {"Policy": _policy(sid)}, policy=sid)
        self._create_grant(first, "one")
        self._create_grant(first, "two")
        second = self._create_key("b")
        self._revoke_grant(first, "one")
        self._alias("UpdateAlias", "x", second)
        self._call("DescribeKey", {"KeyId": "alias/none-of-that-name"}, refused="NotFoundException")
        self._set("DisableKey", second, {}, state="Disabled")
        self._call("Encrypt", {"KeyId": self._ids[second], "Plaintext": "AAAA"}, refused="DisabledException")
        self._set("EnableKey", second, {}, state="Enabled")
        self._encrypt(self._ids[second], second, f"{self._label} other", {})
        self._set("UpdateKeyDescription", first, {"Description": f"{first} described"}, description="described")
        self._set("ScheduleKeyDeletion", second, {"PendingWindowInDays": 7}, state="PendingDeletion")
        self._call("GenerateRandom", {"NumberOfBytes": 16})
        self._set("UntagResource", first, {"TagKeys": ["stage"]}, tags=frozenset((("owner", self._name),)))
        if number % 2 == 0:
            self._set("CancelKeyDeletion", second, {}, state="Disabled")
        self._set("DisableKeyRotation", first, {}, rotation=ABSENT)
        self._alias("CreateAlias", "y", first)
        self._alias("DeleteAlias", "x", ABSENT)
        # Not all of them each time: the RSA keys that imports are wrapped for cost more than all else that a server does.
        long_scripts = [self._import_script, self._promotion_script, self._replica_script]
        for script in long_scripts if self._turn is None else [long_scripts[(self._turn + number) % 3]]:
            script()
        self._data_key(first)

    def _replicated(self, label, state):
        """Makes a replica, and waits for it; false when it does not come."""
        self._set("ReplicateKey", label, {"ReplicaRegion": REPLICA_REGION}, replicas=frozenset((REPLICA_REGION,)),
                  elsewhere=state)
        end = time.monotonic() + SCRIPT_REPLICATION_SECONDS
        while time.monotonic() < end:
            body = self._call("DescribeKey", {"KeyId": self._ids[label]}, elsewhere=True)
            if body is None:
                return False
            if body["KeyMetadata"]["KeyState"] not in UNSETTLED:
                return True
            time.sleep(0.02)
        return False

    def _promotion_script(self):
        """Of a primary key that becomes a replica."""
        label = self._create_key("m", MultiRegion=True)
        self._encrypt(self._ids[label], label, f"{self._label} shared", {})
        if self._replicated(label, "Enabled"):
            self._set("UpdatePrimaryRegion", label, {"PrimaryRegion": REPLICA_REGION}, primary=REPLICA_REGION,
                      replicas=frozenset((self._home,)))
            self._encrypt(self._ids[label], label, f"{self._label} promoted", {})

    def _replica_script(self):
        """Of a replica that gets the material its primary key has, and is to be deleted."""
        label, material = self._create_key("n", imports=True, MultiRegion=True), os.urandom(32)
        here = self._parameters(label)
        if here is None:
            return
        self._bring_in(label, here, material, FOREVER, state="Enabled", versions=1)
        self._data_key(label)
        there = self._parameters(label, at_replica=True) if self._replicated(label, "PendingImport") else None
        if there is None:
            return
        self._bring_in(label, there, material, FOREVER, at_replica=True, elsewhere="Enabled")
        self._set("ScheduleKeyDeletion", label, {"PendingWindowInDays": 7}, at_replica=True, elsewhere="PendingDeletion")


def wrap(public_key, material):
    """RSAES-OAEP (RFC 8017 section 7.1.1) with SHA-256 for an RSA_2048 SubjectPublicKeyInfo, both in base64."""
    numbers = base64.b64decode(public_key)[-266:]  # INTEGER modulus of 257 bytes, INTEGER 65537
    assert numbers[:5].hex() == "0282010100" and numbers[-5:].hex() == "0203010001", numbers.hex()
    modulus = int.from_bytes(numbers[5:261], "big")
    empty, seed = hashlib.sha256(b"").digest(), os.urandom(32)

    def masked(data, by):
        blocks = (hashlib.sha256(by + i.to_bytes(4, "big")).digest() for i in range(len(data) // 32 + 1))
        return bytes(a ^ b for a, b in zip(data, b"".join(blocks)))

    block = masked(empty + bytes(256 - len(material) - 66) + b"\x01" + material, seed)
    encoded = b"\0" + masked(seed, block) + block
    return base64.b64encode(pow(int.from_bytes(encoded, "big"), 65537, modulus).to_bytes(256, "big")).decode()


def _policy(sid):
    return json.dumps({"Version": "2012-10-17", "Statement": [
        {"Sid": sid, "Effect": "Allow", "Principal": {"AWS": ROOT}, "Action": "kms:*",
         "Resource": "*"}]})


def run_everything(known, server, name):
    """One connection, which does one round of everything."""
    Connection(known, server.ready, server.port, name, rounds=1, turn=None).run()


def run_clients(known, server, name, rounds):
    """All connections at once, which together do everything; returns when each is done or without a server."""
    workers = [Connection(known, server.ready, server.port, f"{name}c{i}", rounds, turn=i) for i in range(CONNECTIONS)]
    threads = [threading.Thread(target=worker.run) for worker in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
