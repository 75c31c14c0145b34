"""Every action on every kind of key in every condition of key_rules.py: the outcome is the documented one, a refused
call changes nothing, and the key's state after one that succeeds is the documented one. docs/key-matrix.md is the same
as a page.

There is one key for each kind and condition. What takes it out of its condition is followed by what brings it back.
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
from key_rules import CONDITIONS, ENABLED, KINDS, SPECS, Condition, Kind, Material, State
from key_stage import LASTING, SHOWN, Stage, done, wait_for

DRY_RUN_MESSAGE = "The request would have succeeded, but the DryRun option is set."
# For a key to hear of a related one.
WAITING = (State.CREATING, State.UPDATING)
ROWS = [(action, spec) for action in rules.BY_STATE for spec in SPECS if spec.name not in rules.SPECS_NOT_BUILT]


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

    @property
    def subject(self):
        return self.stage.subject(self.kind, self.condition)

    def play(self):
        """What is wrong, as texts."""
        refused = [one for one, outcome in self.expected.items() if outcome is not rules.YES]
        for variant in refused:
            self._call(variant)
        if refused and self.action not in READ_ONLY:
            looked = self.subject.look(self._parts())
            if not self._check_unchanged(f"a refused {self.action}", looked, looked):
                self.stage.forget(self.subject)
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
        is_first_import = self.action == "ImportKeyMaterial" and self.condition.material is Material.NEVER
        is_never_made = self.action == "ScheduleKeyDeletion" and self.condition.state is State.CREATING
        if is_first_import or is_never_made or self.action == "UpdatePrimaryRegion":
            # Nothing brings it back, or not at once.
            return self.stage.forget(subject)
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


def test_the_rules_are_of_every_action_on_a_key():
    assert set(rules.BY_STATE) == NAME_A_KEY | ACTIONS_ACROSS_REGIONS | {"DeleteAlias", "RetireGrant"}


@pytest.mark.parametrize("action, spec", ROWS, ids=[f"{action}-{spec.name}" for action, spec in ROWS])
def test_row(stage, action, spec):
    wrong = []
    for kind in (one for one in KINDS if one.spec == spec):
        for condition in CONDITIONS:
            wrong += Calls(stage, action, kind, condition).play()
    assert not wrong, "\n".join(wrong)


def test_every_key_is_as_its_last_call_left_it(stage):
    assert stage.subjects, "the rows above were not played"
    changed = [
        f"{kind}, {condition}: {part}"
        for (kind, condition), subject in stage.subjects.items()
        for part, value in subject.look(SHOWN).items()
        if value != subject.shown[part]
    ]
    assert not changed, "\n".join(changed)


def check_made(stage, spec, usage, origin):
    """What CreateKey told of the key of the matrix."""
    kind = Kind(spec, usage)
    condition = ENABLED if origin == rules.AWS_KMS else Condition(origin, State.PENDING_IMPORT, Material.NEVER)
    made = stage.subject(kind, condition).metadata
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
    """After all of the calls above, of which those that succeeded hold."""
    waiting = [(one, subject) for (_, one), subject in stage.subjects.items() if one.state in WAITING]
    assert waiting, "the rows above were not played"
    stage.let_go()
    for condition, subject in waiting:
        state = wait_for(lambda: (now := subject.state()) not in WAITING and now)
        assert state is (State.ENABLED if condition.material is Material.THERE else State.PENDING_IMPORT)
        metadata = subject.look(["DescribeKey"])["DescribeKey"]
        changes_place = condition.state is State.UPDATING
        was_primary = condition.place is rules.Place.PRIMARY
        is_primary = metadata["MultiRegionConfiguration"]["MultiRegionKeyType"] == "PRIMARY"
        assert is_primary == (was_primary != changes_place), metadata
        assert all(value == subject.shown[part] for part, value in subject.look(LASTING).items()), metadata
