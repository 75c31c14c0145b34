"""Ten years in the life of keys with imported material and of related keys, by moving the clock of a running server.

What it answers and tells is compared with key_life_model.py after each move. When they differ, the failure shows the
calls that led to it."""

import base64
import collections
import hashlib
import hmac
import json
import os
import pathlib
import random
import tempfile
import time

import pytest

from control import ARGUMENTS, Control
from importing import OAEP, wrap
from key_life_model import ABSENT, DAY, MINUTE, PENDING_DELETION, Date, Key, learn, new_secret

REGIONS = ("us-east-1", "eu-west-1", "ap-southeast-2")
YEARS = 10
SEED = 2026
KINDS = {
    "imported": {"imported": True},
    "imported HMAC": {"imported": True, "mac": True},
    "multi-Region": {"multi_region": True},
    "multi-Region imported": {"imported": True, "multi_region": True},
}
KEYS_OF_A_KIND = 2
TOLD = (
    "KeyState",
    "Enabled",
    "DeletionDate",
    "PendingDeletionWindowInDays",
    "ExpirationModel",
    "ValidTo",
    "CurrentKeyMaterialId",
    "MultiRegionConfiguration",
)
# Calls that a change may take to reach the related keys. Only ends a test that would hang for ever.
PATIENCE_CALLS = 2000
# No call comes so shortly before something is due, lest it be due in between.
MARGIN = 5 * MINUTE


def differences(told, expected):
    """Lines that say where they differ."""
    if isinstance(told, list) and isinstance(expected, list) and len(told) == len(expected):
        return [line for one, other in zip(told, expected) for line in differences(one, other)]
    return [] if told == expected else [f"told     {told}", f"expected {expected}"]


class Life:
    def __init__(self, server, seed):
        self.server, self.random, self.control = server, random.Random(seed), Control(server)
        self.kms = {region: server.raw(region=region) for region in REGIONS}
        self.ahead = 0
        self.keys = {}  # kind: keys
        self.gone = []
        self.counts = collections.Counter()
        self.trace = collections.deque(maxlen=1000)
        self.beacon = None
        self.end = self.now() + YEARS * 365 * DAY
        self.make_beacon()
        for kind in KINDS:
            self.keys[kind] = [self.make_key(kind) for _ in range(KEYS_OF_A_KIND)]

    # -- Calls

    def now(self):
        return time.time() + self.ahead

    def call(self, action, region, parameters):
        """The members of the answer, or the name of the error."""
        reply = self.kms[region].call(action, parameters)
        members = json.loads(reply.body or b"{}")
        if not action.startswith(("Decrypt", "Describe", "Get", "List")) and parameters.get("KeyId") != self.beacon:
            shown = {name: value for name, value in parameters.items() if len(str(value)) < 200}
            self.trace.append(f"{self.now():.3f} {region} {action} {shown}: {members.get('message', 'done')}")
        return members if reply.status == 200 else members["__type"]

    def must(self, action, region, **parameters):
        answer = self.call(action, region, parameters)
        assert isinstance(answer, dict), self.told(f"{action}: {answer}")
        return answer

    def told(self, problem, key=None):
        """A problem, with the calls that led to it: those of the key alone when it is known."""
        lines = [line for line in self.trace if key is None or key.key_id in line or "advanced" in line]
        return "\n".join([*lines[-40:], problem])

    def make(self, action, key, region, expect, **parameters):
        """Makes a call and compares how it ends. `expect` asks the model, given the time. The answer, or None."""
        before = self.now()
        answer = self.call(action, region, {"KeyId": key.key_id, **parameters})
        wanted = expect(Date(before, self.now()))
        ended = answer if isinstance(answer, str) else None
        assert ended == wanted, self.told(f"{action} ended with {ended}, expected {wanted}: {self.of(key)}", key)
        self.counts[f"{action} {wanted}"] += 1
        # What a replica reports of its material is not always seen.
        key.settled &= wanted is not None or action != "ImportKeyMaterial"
        return None if wanted else answer

    def of(self, key):
        states = {region: (key.state(region), member) for region, member in key.members.items()}
        return f"{key.kind}, primary in {key.primary}, {states}, pending {key.pending}, reported {key.reported}"

    # -- Keys

    def make_beacon(self):
        made = self.must("CreateKey", REGIONS[0], MultiRegion=True)
        self.beacon = made["KeyMetadata"]["KeyId"]
        self.must("ReplicateKey", REGIONS[0], KeyId=self.beacon, ReplicaRegion=REGIONS[1])
        self.until(lambda: self.call("DescribeKey", REGIONS[1], {"KeyId": self.beacon})["KeyMetadata"]["Enabled"], True)

    def make_key(self, kind):
        region = self.random.choice(REGIONS)
        key = Key(region, self.now(), **KINDS[kind])
        key.kind, key.tokens, key.made, key.settled = kind, [], [], True
        spec = {"KeySpec": "HMAC_256", "KeyUsage": "GENERATE_VERIFY_MAC"} if key.mac else {}
        origin = {"Origin": "EXTERNAL"} if key.imported else {}
        made = self.must("CreateKey", region, MultiRegion=key.multi_region, **spec, **origin)["KeyMetadata"]
        key.key_id = made["KeyId"]
        self.account = made["AWSAccountId"]
        self.compare(key)
        return key

    def some_key(self, kinds):
        """Of one of the kinds. At times of another, or a deleted one, to be asked for in vain."""
        if self.gone and self.random.random() < 0.01:
            return self.random.choice(self.gone)
        return self.random.choice(self.keys[self.random.choice(kinds if self.random.random() < 0.95 else list(KINDS))])

    def some_region(self, key):
        """One where the key is, but at times."""
        if key.multi_region and self.random.random() < 0.97 and key.members:
            return self.random.choice(sorted(key.members))
        return self.random.choice(REGIONS) if key.multi_region else key.primary

    def primary_or_not(self, key):
        return key.primary if self.random.random() < 0.85 else self.some_region(key)

    # -- Moves

    def get_parameters(self, key, region=None):
        region = region or self.some_region(key)
        call = {"WrappingAlgorithm": OAEP[1], "WrappingKeySpec": "RSA_2048"}
        when = []
        ask = lambda at: when.append(at) or key.parameters(region)  # noqa: E731
        made = self.make("GetParametersForImport", key, region, ask, **call)
        if not made:
            return None
        until = when[0] + DAY
        assert until == made["ParametersValidTo"], self.told(f"{until} told as {made['ParametersValidTo']}")
        until.learn(made["ParametersValidTo"])
        token = region, made["ImportToken"], base64.b64decode(made["PublicKey"]), until
        key.tokens = key.tokens[-5:] + [token]
        return token

    def import_material(self, key):
        region = self.some_region(key)
        if self.random.random() < 0.7:
            # Where something lacks, so that keys with many materials are used at all.
            lacking = [one for one in sorted(key.members) if set(key.known()) - set(key.members[one].copies)]
            region = self.random.choice(lacking) if lacking else region
        # Fresh ones take the server long to make.
        old = [token for token in key.tokens if token[0] == region]
        valid = [token for token in old if token[3].low > self.now()]
        reused = valid if self.random.random() < 0.8 else old if self.random.random() < 0.8 else []
        token = self.random.choice(reused) if reused else self.get_parameters(key, region)
        others = [token for token in key.tokens if token[0] != region]
        token = self.random.choice(others) if token and others and self.random.random() < 0.1 else token
        if not token and key.imported:
            return
        # Whatever the token is, the kind of the key is told first.
        token = token or (region, base64.b64encode(b"token").decode(), None, Date(0, 0))
        from_region, text, public_key, until = token
        known = key.known()
        here = key.members[region].copies if region in key.members else {}
        missing = [one for one in known if one not in here]
        turn, more, named = self.random.random(), {}, None
        if missing and turn < 0.7:
            chosen = self.random.choice(missing)
            secret = chosen.secret
            if not key.mac and self.random.random() < 0.2:
                named = self.random.choice(known)
                more["named"] = named
        elif known and turn < 0.8:
            secret = self.random.choice(known).secret
            kinds = {}, {"kind": "EXISTING_KEY_MATERIAL"}, {"kind": "NEW_KEY_MATERIAL"}
            more = {} if key.mac else self.random.choice(kinds)
        else:
            secret = new_secret()
            more = self.random.choice([{}, {"kind": "NEW_KEY_MATERIAL"}, {"kind": "NEW_KEY_MATERIAL"}])
        # No source says what new material does to pending material that a promoted key lacks.
        unsaid = more.get("kind") and key.pending and key.pending not in key.members[key.primary].copies
        if until.high <= self.now() or from_region != region or unsaid:
            more = {}
        if more.get("kind") == "NEW_KEY_MATERIAL" and self.random.random() < 0.4:
            more["description"] = f"material {self.random.randrange(1000)}"
        self.send_material(key, region, secret, token, more)

    def send_material(self, key, region, secret, token, more):
        from_region, text, public_key, token_until = token
        wrapped = wrap(public_key, OAEP[1], secret) if public_key else b"x"
        valid_to = None
        if self.random.random() < 0.5:
            valid_to = int(self.now()) + self.random.choice([2, 20, 90, 300, 364]) * DAY - self.random.randrange(DAY)
            wrong = token_until.high > self.now() and from_region == region and not key.parameters(region)
            if wrong and self.random.random() < 0.05:
                valid_to = self.random.choice([int(self.now()) - 1, int(self.now()) + 366 * DAY])
        parameters = {"ImportToken": text, "EncryptedKeyMaterial": base64.b64encode(wrapped).decode()}
        parameters |= {"ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE"} if valid_to is None else {"ValidTo": valid_to}
        names = {"kind": "ImportType", "description": "KeyMaterialDescription"}
        parameters |= {names[name]: value for name, value in more.items() if name in names}
        if more.get("named"):
            parameters["KeyMaterialId"] = more["named"].material_id.text
        sent = {"until": valid_to, "token": (from_region, token_until), **more}
        ask = lambda at: key.bring_in(region, secret, now=at.low, **sent)  # noqa: E731
        answer = self.make("ImportKeyMaterial", key, region, ask, **parameters)
        if answer and not key.mac:
            found = next(one for one in key.known() if one.secret == secret)
            assert found.material_id == answer["KeyMaterialId"], self.told(self.of(key), key)
            found.material_id.learn(answer["KeyMaterialId"])

    def delete_material(self, key):
        region = self.some_region(key)
        known = [None] if key.mac else [None, *key.known()]
        chosen = self.random.choice(known)
        lost = [(one, at) for one in self.every_key() for at in one.replicas() if one.pending in one.members[at].copies]
        if lost and self.random.random() < 0.7:
            key, region = self.random.choice(lost)
            chosen = key.pending
        named = {} if chosen is None else {"KeyMaterialId": chosen.material_id.text}
        self.make("DeleteImportedKeyMaterial", key, region, lambda at: key.delete_material(region, chosen), **named)

    def rotate_on_demand(self, key):
        region = self.primary_or_not(key)
        self.make("RotateKeyOnDemand", key, region, lambda at: key.rotate_on_demand(region, at))

    def enable_rotation(self, key):
        region, days = self.primary_or_not(key), self.random.choice([90, 91, 180, 365])
        ask = lambda at: key.enable_rotation(region, days, at)  # noqa: E731
        self.make("EnableKeyRotation", key, region, ask, RotationPeriodInDays=days)

    def disable_rotation(self, key):
        region = self.primary_or_not(key)
        self.make("DisableKeyRotation", key, region, lambda at: key.disable_rotation(region))

    def disable(self, key):
        region = self.some_region(key)
        self.make("DisableKey", key, region, lambda at: key.disable(region))

    def enable(self, key):
        disabled = [region for region in sorted(key.members) if key.state(region) == "Disabled"]
        region = self.random.choice(disabled) if disabled else self.some_region(key)
        self.make("EnableKey", key, region, lambda at: key.enable(region))
        # What was due while it was disabled comes with the next look at the dates.
        if key.overdue(self.now()):
            self.advance(1)

    def schedule_deletion(self, key):
        region, days = self.some_region(key), self.random.randint(7, 30)
        if self.random.random() < 0.5:
            # What a primary key waits for is to come.
            waiting = [one for one in self.every_key() if one.state(one.primary) == "PendingReplicaDeletion"]
            key = self.random.choice(waiting or [key])
            region = self.random.choice(key.replicas() or [region])
        ask = lambda at: key.schedule_deletion(region, days, at)  # noqa: E731
        self.make("ScheduleKeyDeletion", key, region, ask, PendingWindowInDays=days)

    def cancel_deletion(self, key):
        waiting = [region for region in sorted(key.members) if key.members[region].base in PENDING_DELETION]
        region = self.random.choice(waiting if waiting and self.random.random() < 0.5 else [self.some_region(key)])
        self.make("CancelKeyDeletion", key, region, lambda at: key.cancel_deletion(region))

    def replicate(self, key):
        region = self.primary_or_not(key)
        absent = sorted(set(REGIONS) - set(key.members))
        target = self.random.choice(absent if absent and self.random.random() < 0.9 else REGIONS)
        self.make("ReplicateKey", key, region, lambda at: key.replicate(region, target), ReplicaRegion=target)

    def promote(self, key):
        region, target = self.primary_or_not(key), self.random.choice(REGIONS)
        self.make("UpdatePrimaryRegion", key, region, lambda at: key.promote(region, target), PrimaryRegion=target)

    def use(self, key):
        region = self.some_region(key)
        if key.mac:
            call = {"Message": "aGVsbG8=", "MacAlgorithm": "HMAC_SHA_256"}
            answer = self.make("GenerateMac", key, region, lambda at: key.unusable(region), **call)
            if answer:
                code = hmac.new(key.materials[0].secret, b"hello", hashlib.sha256).digest()
                assert base64.b64decode(answer["Mac"]) == code
                key.made.append((answer["Mac"], None, None))
            return
        text = base64.b64encode(self.random.randbytes(8)).decode()
        answer = self.make("Encrypt", key, region, lambda at: key.unusable(region), Plaintext=text)
        if answer:
            key.made.append((answer["CiphertextBlob"], text, key.materials[-1]))

    # -- Time

    def every_key(self):
        return [key for keys in self.keys.values() for key in keys]

    def due_within(self, begin, seconds):
        """The last of the times, each within so many seconds of the one before, at which something changes; or None."""
        times = [one for key in self.every_key() for one in key.boundaries()]
        times += [token[3].high for key in self.every_key() for token in key.tokens]
        found = None
        for one in sorted(times):
            if begin < one <= (found or begin) + seconds:
                found = one
        return found

    def advance(self, seconds):
        """Moves the clock to no moment shortly before something is due; what is due is done when it has moved."""
        before = self.now()
        target = before + seconds
        due = self.due_within(target, 2 * MARGIN)
        seconds = int((due or target) - before) + 2
        answer = self.control.advance(seconds=seconds)
        self.ahead = answer["AheadSeconds"]
        self.trace.append(f"{self.now():.3f} advanced by {seconds}: {answer}")
        # What follows in other Regions follows within moments.
        when = Date(before + seconds, self.now() + MINUTE)
        told = [dict(key.counts) for key in self.every_key()]
        gone = sum(key.time_passes(when) for key in self.every_key())
        assert answer["DeletedKeys"] == gone, self.told(f"{gone} keys were to be deleted")
        for key, counts in zip(self.every_key(), told):
            if key.counts != counts:
                self.compare(key)
        for kind in KINDS:
            self.gone += [key for key in self.keys[kind] if not key.members]
            self.keys[kind] = [key if key.members else self.make_key(kind) for key in self.keys[kind]]

    def let_time_pass(self, key):
        turn = self.random.randrange(6)
        if turn == 0:
            self.advance(self.random.randrange(30 * MINUTE))
        elif turn == 1:
            self.advance(self.random.randrange(60 * 60 * MINUTE))
        elif turn == 2:
            # To shortly before, or just behind, the next thing that is due.
            begin = self.now() + 3 * MARGIN
            times = [one for other in self.every_key() for one in other.boundaries() if begin < one < begin + 40 * DAY]
            if times:
                self.advance(min(times) - self.now() - self.random.choice([0, 2 * MARGIN + MINUTE]))
        else:
            self.advance(self.random.randrange(40 * DAY))

    # -- What is told

    def until(self, tell, expected, key=None):
        """The one place that waits: for what related keys owe each other."""
        for _ in range(PATIENCE_CALLS):
            told = tell()
            if told == expected:
                learn(expected, told)
                return
        state = self.of(key) if key else ""
        pytest.fail(self.told("\n".join([*differences(told, expected), state]), key), pytrace=False)

    def settle(self):
        """Until nothing is owed that was owed before: what the beacon's keys owe is delivered behind it."""
        for days in (100, 101):
            self.must("EnableKeyRotation", REGIONS[0], KeyId=self.beacon, RotationPeriodInDays=days)
            ask = {"KeyId": self.beacon}
            self.until(lambda: self.call("GetKeyRotationStatus", REGIONS[1], ask).get("RotationPeriodInDays"), days)

    def compare(self, key):
        """Everything that is told of the key, in each of its Regions and where it is not."""
        if key.multi_region and not key.settled:
            self.settle()
            key.settled = True
        for region in sorted(REGIONS if key.multi_region else [key.primary], key=lambda one: one != key.primary):
            if region not in key.members:
                self.until(lambda: self.call("DescribeKey", region, {"KeyId": key.key_id}), ABSENT, key)
                continue
            arn = lambda of: f"arn:aws:kms:{of}:{self.account}:key/{key.key_id}"  # noqa: E731
            # First, because it tells new ids beside their dates.
            self.until(lambda: self.rotations(key, region, "ALL_KEY_MATERIAL"), key.rotations(region, True), key)
            self.until(lambda: self.describe(key, region), key.described(region, arn), key)
            ask = {"KeyId": key.key_id}
            self.until(lambda: self.call("GetKeyRotationStatus", region, ask), key.rotation_status(region), key)
        region = self.some_region(key)
        if region in key.members:
            told = self.rotations(key, region, "ROTATIONS_ONLY")
            assert told == key.rotations(region, False), self.told(self.of(key), key)
        self.read(key)

    def describe(self, key, region):
        told = self.call("DescribeKey", region, {"KeyId": key.key_id})
        if isinstance(told, str):
            return told
        metadata = told["KeyMetadata"]
        shown = {name: metadata[name] for name in TOLD if name in metadata}
        if "MultiRegionConfiguration" in shown:
            shown["MultiRegionConfiguration"]["ReplicaKeys"].sort(key=lambda replica: replica["Region"])
        return shown

    def rotations(self, key, region, which):
        told = self.call("ListKeyRotations", region, {"KeyId": key.key_id, "IncludeKeyMaterial": which})
        return told if isinstance(told, str) else told["Rotations"]

    def read(self, key):
        """What some Region made, in some Region."""
        for blob, text, material in self.random.sample(key.made, min(3, len(key.made))):
            region = self.some_region(key)
            ask = lambda at: key.unusable(region)  # noqa: E731
            if key.mac:
                call = {"Message": "aGVsbG8=", "MacAlgorithm": "HMAC_SHA_256", "Mac": blob}
                self.make("VerifyMac", key, region, ask, **call)
                continue
            answer = self.make("Decrypt", key, region, ask, CiphertextBlob=blob)
            if answer:
                assert answer["Plaintext"] == text
                assert material.material_id == answer["KeyMaterialId"], self.told(self.of(key), key)


RELATED = ["multi-Region", "multi-Region imported"]
IMPORTED = ["imported", "imported HMAC", "multi-Region imported", "multi-Region imported"]
# Move: its weight, and the kinds of keys that it is mostly made on.
MOVES = {
    Life.get_parameters: (1, IMPORTED),
    Life.import_material: (22, IMPORTED),
    Life.delete_material: (5, IMPORTED),
    Life.rotate_on_demand: (9, ["imported", *RELATED]),
    Life.enable_rotation: (4, RELATED[:1]),
    Life.disable_rotation: (1, RELATED[:1]),
    Life.disable: (3, list(KINDS)),
    Life.enable: (8, list(KINDS)),
    Life.schedule_deletion: (4, [*KINDS, *RELATED]),
    Life.cancel_deletion: (3, list(KINDS)),
    Life.replicate: (9, RELATED),
    Life.promote: (8, RELATED),
    Life.use: (12, list(KINDS)),
    Life.let_time_pass: (18, list(KINDS)),
}


# So that it means something. Half of what is usual: how fast the machine is moves some of it.
AT_LEAST = {
    "import": 120,
    "expiry": 25,
    "rotation AUTOMATIC": 8,
    "rotation ON_DEMAND": 18,
    "promotion": 12,
    "pending material of a replica lost": 1,
    "deletion": 10,
    "deletion of a replica": 12,
    "deletion after the last replica": 1,
    "token too old": 20,
    "token of a related key": 2,
}


RECORDED = {"RotateKey": ["rotation AUTOMATIC", "rotation ON_DEMAND"], "DeleteKey": ["deletion", "deletion of a replica"]}


@pytest.fixture
def in_memory():
    """A directory whose syncs cost nothing where the system has one: there are thousands of calls."""
    with tempfile.TemporaryDirectory(dir="/dev/shm" if os.path.isdir("/dev/shm") else None) as name:
        yield pathlib.Path(name)


def test_ten_years_go_as_the_model_says(start_server, in_memory):
    life = Life(start_server(in_memory / "data", arguments=ARGUMENTS), seed=SEED)
    moves, weights = list(MOVES), [weight for weight, _ in MOVES.values()]
    steps = 0
    while life.now() < life.end:
        if life.due_within(life.now(), MARGIN):
            life.advance(0)
        (move,) = life.random.choices(moves, weights)
        key = life.some_key(MOVES[move][1])
        life.trace.append(f"-- step {steps}: {move.__name__} of {key.kind} {key.key_id}")
        move(life, key)
        life.compare(key)
        steps += 1
    total = sum((collections.Counter(key.counts) for key in life.every_key() + life.gone), collections.Counter())
    print(f"{steps} moves:", dict(total | life.counts))
    assert not {what: total[what] for what, least in AT_LEAST.items() if total[what] < least}
    answered = {answer.split()[0] for answer in life.counts if answer.endswith(" None")}
    assert answered >= {"UpdatePrimaryRegion", "ReplicateKey", "CancelKeyDeletion", "EnableKey", "DisableKeyRotation"}
    # What the service did by itself stands in the log, once each.
    for name, whats in RECORDED.items():
        events = life.server.audit_events(event_name=name)
        done = [one for one in events if "errorCode" not in one and life.beacon not in one["resources"][0]["ARN"]]
        assert len(done) == sum(total[what] for what in whats), name
    life.server.terminate()
    life.server.verify_audit()
