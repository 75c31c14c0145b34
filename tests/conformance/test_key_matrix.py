"""Every action on every kind of key in every condition of key_rules.py: the outcome is the documented one, a refused
call changes nothing, and the key's state after one that succeeds is the documented one. docs/key-matrix.md is the same
as a page.

All calls on a key in one condition come together, and what takes it out of it is followed by what brings it back. Then
the key goes on to its next condition: most of the time would be spent in making RSA keys otherwise.
"""

import os
import runpy
import tempfile

import pytest

import creation_rules
import key_rules as rules
from actions import ACCEPT_ALIASES, ACTIONS_ACROSS_REGIONS, DRY_RUN, NAME_A_KEY, READ_ONLY
from claviger_server import REPOSITORY, Server
from control import ARGUMENTS
from extent import SANITIZED
from key_rules import CONDITIONS, ENABLED, KINDS, SPECS, Condition, Kind, Material, Place, State
from key_stage import LASTING, SHOWN, SPARE_REGION, Stage, Subject, done, wait_for

DRY_RUN_MESSAGE = "The request would have succeeded, but the DryRun option is set."
# For a key to hear of a related one.
WAITING = (State.CREATING, State.UPDATING)


def place_in_order(condition):
    """A key can come into each condition from those before it of the same origin and place: from Creating, and without
    material, into all others, and from Updating into none."""
    return (
        condition.place is not Place.SINGLE,
        condition.origin,
        condition.state is State.UPDATING,
        condition.place is (Place.REPLICA if condition.state is State.UPDATING else Place.PRIMARY),
        condition.material is not Material.NEVER,
        condition.state is not State.CREATING,
        condition.state is not State.PENDING_DELETION,
        condition.place is Place.PRIMARY and condition.state is State.ENABLED,
    )


# Others differ from one of these in sizes.
ONE_OF_EACH_FAMILY = (
    "SYMMETRIC_DEFAULT",
    "RSA_2048",
    "ECC_NIST_P256",
    "ECC_NIST_EDWARDS25519",
    "ML_DSA_44",
    "HMAC_256",
    "SM2",
)
ROWS = [
    (spec, condition)
    for spec in SPECS
    for condition in sorted(CONDITIONS, key=place_in_order)
    if (not SANITIZED or spec.name in ONE_OF_EACH_FAMILY)
    and any(condition.fits(kind) for kind in KINDS if kind.spec == spec)
]


@pytest.fixture(scope="module")
def stage(tmp_path_factory):
    # In memory where there is room: what waits for the disk is not what is tested.
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=memory) as data:
        server = Server(f"{data}/data", tmp_path_factory.mktemp("key-matrix"), arguments=ARGUMENTS)
        yield Stage(server)
        server.terminate()
        server.verify_audit()


def fits(reply, outcome, words):
    if reply.error != outcome.error:
        return False
    return reply.error is None or outcome.message is None or reply.message == outcome.message.format(**words)


def told(reply, expected, among, **words):
    """The code of the outcome; what the reply says where it is none of these."""
    for one in (expected, *among):
        if fits(reply, one, words):
            return one.code
    return repr(reply)


class Calls:
    """Of an action on one key: all the ways to call it, those first that are refused."""

    def __init__(self, stage, action, kind, condition):
        self.stage, self.action, self.kind, self.condition = stage, action, kind, condition
        variants = [one for one in rules.variants(action) if rules.asked(one, kind, condition)]
        self.expected = {one: rules.expected(one, kind, condition) for one in variants}
        self.wrong, self.called_otherwise = [], set()
        self.spare = None
        if is_the_end(action, condition) and condition.state is State.CREATING:
            self.spare = Subject(stage, kind, condition, SPARE_REGION)

    @property
    def subject(self):
        return self.spare or self.stage.subject(self.kind, self.condition)

    def play(self):
        """What is wrong, as texts."""
        refused = [one for one, outcome in self.expected.items() if outcome is not rules.YES]
        for variant in refused:
            self._call(variant)
        if refused and self.action not in READ_ONLY:
            looked = self.subject.look(self._parts())
            if not self._check_unchanged(f"a refused {self.action}", looked, looked):
                self.stage.forget(self.subject)
        if rules.YES in self.expected.values() and is_the_end(self.action, self.condition):
            self.wrong += changes(self.subject)
        for variant, outcome in self.expected.items():
            if outcome is rules.YES and not self._call(variant).error and self.action not in READ_ONLY:
                self._check_state(variant)
        return self.wrong

    def _complain(self, variant, what):
        self.wrong.append(f"{variant}, {self.kind}, {self.condition}: {what}")

    def _call(self, variant):
        self._call_otherwise(variant)
        reply = self.subject.raw.call(self.action, self.subject.parameters(variant))
        code, expected = self._told(variant, reply), self.expected[variant].code
        self.stage.observed[variant, self.kind, self.condition] = code
        if code != expected:
            self._complain(variant, f"{code}, not {expected}")
            if not reply.error:
                self.stage.forget(self.subject)
        return reply

    def _told(self, variant, reply):
        words = {
            "arn": self.subject.arn,
            "action": self.action,
            "usage": self.kind.usage,
            "spec": self.kind.spec.name,
            "algorithm": variant.algorithm or "SYMMETRIC_DEFAULT",
            "origin": self.condition.origin,
        }
        return told(reply, self.expected[variant], rules.OUTCOMES, **words)

    def _call_otherwise(self, variant):
        """As a dry run, and, if that is allowed, by an alias: nothing but the success of a dry run is different. One
        algorithm stands for those with the same outcome."""
        expected = self.expected[variant].code
        if (variant.role, expected) in self.called_otherwise:
            return
        self.called_otherwise.add((variant.role, expected))
        if self.action in DRY_RUN:
            reply = self.subject.raw.call(self.action, self.subject.parameters(variant) | {"DryRun": True})
            would_succeed = (reply.error, reply.message) == ("DryRunOperationException", DRY_RUN_MESSAGE)
            code = rules.YES.code if would_succeed else self._told(variant, reply)
            if code != expected or reply.status == 200:
                self._complain(variant, f"as a dry run: {reply}, not {expected}")
        if self.action in ACCEPT_ALIASES:
            parameters = self.subject.parameters(variant, self.subject.aliases["kept"])
            code = self._told(variant, self.subject.raw.call(self.action, parameters))
            if code != expected:
                self._complain(variant, f"by an alias: {code}, not {expected}")

    def _parts(self):
        """What the action could have changed."""
        return [part for part, (_, word) in SHOWN.items() if word in self.action]

    def _check_unchanged(self, variant, looked, parts):
        """Whether these parts are as they were."""
        changed = [part for part in parts if looked[part] != self.subject.shown[part]]
        if changed:
            self._complain(variant, f"has changed what these tell: {changed}")
        return not changed

    def _check_state(self, variant):
        """After a success."""
        subject, expected = self.subject, rules.state_after(variant, self.condition)
        looked = subject.look(self._parts())
        state = State(looked["DescribeKey"]["KeyState"])
        # It is updated in less than a call may take.
        if state is not expected and not (expected is State.UPDATING and state is State.ENABLED):
            self._complain(variant, f"the key is {state} afterwards, not {expected}")
            return self.stage.forget(subject)
        if self.spare:
            return None
        if is_the_end(self.action, self.condition):
            return self.stage.leave(subject)
        if self.action == "UpdatePrimaryRegion":
            subject.family.bring_back()
            looked = subject.look(SHOWN)
            self._check_unchanged(variant, looked, LASTING)
        if self.action == "RotateKeyOnDemand":
            subject.wait_for_rotation()
            looked = subject.look(self._parts())
        if state is not self.condition.state or self.action == "DeleteImportedKeyMaterial":
            subject.settle()
            looked = subject.look(SHOWN)
            self._check_unchanged(variant, looked, LASTING)
        subject.shown |= looked
        if self.action == "UpdateAlias":
            # The alias came from that key, or went to it.
            other = self.stage.neighbour(subject)
            other.shown |= other.look(["ListAliases"])


def is_the_end(action, condition):
    """Whether nothing brings a key back into the condition after a success. A key that is being made stays behind itself:
    another one does that."""
    if condition.state is State.CREATING:
        return action == "ScheduleKeyDeletion"
    return action == "ImportKeyMaterial" and condition.material is Material.NEVER


def changes(subject):
    """What of a key is not as the last call left it, as texts."""
    looked, words = subject.look(SHOWN), f"{subject.kind}, {subject.condition}"
    return [f"{words}: {part}" for part, value in looked.items() if value != subject.shown[part]]


def let_go(subject):
    """Lets a key go on, which becomes what it waited for."""
    subject.stage.let_go(subject.family.key)
    condition = subject.condition
    state = wait_for(lambda: (now := subject.state()) not in WAITING and now)
    assert state is (State.ENABLED if condition.material is Material.THERE else State.PENDING_IMPORT)
    looked = subject.look(SHOWN)
    metadata = looked["DescribeKey"]
    changes_place = condition.state is State.UPDATING
    was_primary = condition.place is Place.PRIMARY
    is_primary = metadata["MultiRegionConfiguration"]["MultiRegionKeyType"] == "PRIMARY"
    assert is_primary == (was_primary != changes_place), metadata
    assert all(looked[part] == subject.shown[part] for part in LASTING), looked


def finish(stage, kind, condition):
    """After the calls on a key in a condition: what is wrong, as texts."""
    subject = stage.subjects.get((kind, condition))
    # Both keys of a promotion wait for the same.
    stays = condition == ENABLED or condition.state is State.UPDATING
    if subject is None or stays:
        return []
    wrong = changes(subject)
    if condition.state is State.CREATING:
        let_go(subject)
    stage.leave(subject)
    return wrong


def test_the_rules_are_of_every_action_on_a_key():
    assert set(rules.BY_STATE) == NAME_A_KEY | ACTIONS_ACROSS_REGIONS | {"DeleteAlias", "RetireGrant"}


@pytest.mark.parametrize("spec, condition", ROWS, ids=[f"{spec.name}-{condition}" for spec, condition in ROWS])
def test_row(stage, spec, condition):
    wrong = []
    for kind in (one for one in KINDS if one.spec == spec and condition.fits(one)):
        for action in sorted(rules.BY_STATE, key=lambda one: is_the_end(one, condition)):
            wrong += Calls(stage, action, kind, condition).play()
        wrong += finish(stage, kind, condition)
    assert not wrong, "\n".join(wrong)


def test_every_key_is_as_its_last_call_left_it(stage):
    """Those that went on from one condition to another were asked before."""
    assert stage.subjects, "the rows above were not played"
    changed = [text for subject in stage.subjects.values() for text in changes(subject)]
    assert not changed, "\n".join(changed)


def check_made(stage, spec, usage, origin):
    """What CreateKey told of the key of the matrix."""
    kind = Kind(spec, usage)
    condition = ENABLED if origin == rules.AWS_KMS else Condition(origin, State.PENDING_IMPORT, Material.NEVER)
    made = stage.made.get((kind, origin)) or stage.subject(kind, condition).metadata
    assert (made["KeySpec"], made["KeyUsage"], made["Origin"]) == (spec.name, usage, origin)
    assert made["KeyState"] == condition.state.value
    shown = [made[one] for one in made if one.endswith("Algorithms")]
    assert shown == [list(kind.algorithms)]
    return rules.YES.code


def create(raw, expected, spec, usage, origin):
    before = done(raw.call("ListKeys", {"Limit": 1000}))
    asked = {"KeySpec": spec.name, "Origin": origin} | ({"KeyUsage": usage} if usage else {})
    reply = raw.call("CreateKey", asked)
    assert (done(raw.call("ListKeys", {"Limit": 1000})) == before) == bool(reply.error)
    return told(reply, expected, creation_rules.CREATION_OUTCOMES, spec=spec.name, usage=usage)


@pytest.mark.parametrize("spec", SPECS, ids=[spec.name for spec in SPECS])
def test_creation(stage, spec):
    wrong = []
    for usage in (None, *rules.USAGES):
        for origin in rules.ORIGINS:
            expected = creation_rules.creation(spec, usage, origin)
            if expected is rules.YES and usage:
                code = check_made(stage, spec, usage, origin)
            else:
                code = create(stage.raw(spec), expected, spec, usage, origin)
            stage.created[spec.name, usage, origin] = code
            if code != expected.code:
                wrong.append(f"{spec.name} {usage} {origin}: {code}, not {expected.code}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("spec", [one for one in SPECS if one.region], ids=lambda spec: spec.name)
def test_creation_where_the_spec_is_not_to_be_had(stage, spec):
    for usage in spec.algorithms:
        reply = stage.server.raw().call("CreateKey", {"KeySpec": spec.name, "KeyUsage": usage})
        assert reply.error == "UnsupportedOperationException"


if not SANITIZED:

    def test_the_page_is_what_was_observed(stage):
        script = runpy.run_path(str(REPOSITORY / "scripts/key-matrix"))

        def of(observed):
            def told_in(*cell):
                assert cell in observed, "not all of the above was played"
                return observed[cell]

            return told_in

        page = script["page"](of(stage.observed), of(stage.created))
        assert page == script["PAGE"].read_text(encoding="utf-8"), "differs from what scripts/key-matrix wrote"


def test_keys_that_are_let_go_become_what_they_waited_for(stage):
    """After all of the calls above, of which those that succeeded hold. Those that were being made were let go before."""
    waiting = [subject for (_, condition), subject in stage.subjects.items() if condition.state in WAITING]
    assert waiting, "the rows above were not played"
    for subject in waiting:
        let_go(subject)
