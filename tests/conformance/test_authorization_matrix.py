"""Every action in every situation of authorization_rules.py: allowed or refused as documented, a refused call changes
nothing, and each is in the audit log once. docs/authorization-matrix.md is the same as a page.

Each cell has a key of its own and, by situation, a caller whose policies are made for it. A key with imported material is
the next such cell's own afterwards, as it was in the beginning, because parameters for import take long to make.
"""

import contextlib
import datetime
import itertools
import json
import os
import subprocess
import sys
import tempfile
import time
from unittest import mock

import botocore.auth
import pytest

from actions import (
    ACTIONS_ACROSS_REGIONS,
    IMPORTED,
    READ_ONLY,
    READ_PRODUCT,
    REPLICA_REGION,
    TAKE_CONTEXT,
    TAKE_GRANT_TOKENS,
    import_again,
    kind_of,
    make_imported_key,
    make_key,
    product,
    valid_parameters,
)
from actions import ACTIONS as IN_ONE_REGION
from authorization_rules import (
    ACTIONS,
    DENIED,
    DENIES,
    GRANTABLE,
    SITUATIONS,
    Credentials,
    Granted,
    Says,
    Statement,
    Where,
    expected,
    possible,
)
from claviger_server import BINARY, PATIENCE_SECONDS, REPOSITORY, Server
from extent import SANITIZED
from raw_kms import RawKms

OTHER_ACCOUNT = "444455556666"
# How slow the server's clock is when it makes the session that has expired afterwards.
SLOW = datetime.timedelta(hours=2)
CONTEXT = {"purpose": "matrix"}
MORE = CONTEXT | {"more": "x"}
# The context of a call, by a grant's constraint and whether the call satisfies it.
CALL_CONTEXT = {
    (None, True): CONTEXT,
    ("Equals", True): CONTEXT,
    ("Equals", False): MORE,
    ("Subset", True): MORE,
    ("Subset", False): {"purpose": "other"},
}
# The constraint of a grant that is to be made, likewise.
CHILD = {
    (None, True): None,
    ("Equals", True): {"EncryptionContextEquals": CONTEXT},
    ("Equals", False): {"EncryptionContextSubset": CONTEXT},
    ("Subset", True): {"EncryptionContextEquals": MORE},
    ("Subset", False): {"EncryptionContextSubset": {"more": "x"}},
}


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def statement(effect, actions, principal=None, negated=False):
    made = {"Effect": effect, "NotAction" if negated else "Action": actions, "Resource": "*"}
    return made | ({"Principal": principal} if principal else {})


def policy_that(says, permissions):
    """A policy of an identity, a boundary or a session policy."""
    if says is Says.DENY:
        return document(statement("Allow", "kms:*"), statement("Deny", permissions))
    return document(statement("Allow", permissions, negated=says is Says.OTHERS))


class Account:
    """One of the two accounts, its root's clients, and the users in it."""

    def __init__(self, server, number, access_key, secret_key):
        self.server, self.number = server, number
        self.root = f"arn:aws:iam::{number}:root"
        self.kms = server.raw(access_key=access_key, secret_key=secret_key)
        self.iam = server.client("iam", access_key=access_key, secret_key=secret_key)

class Caller:
    """A user, or a role; what is the same for both."""

    kind = None

    def __init__(self, account, name):
        self.account, self.name = account, name

    def call(self, form, **parameters):
        """`put_{}_policy` with this caller's kind and name."""
        call = getattr(self.account.iam, form.format(self.kind.lower()))
        return call(**{f"{self.kind}Name": self.name}, **parameters)

    def put_policies(self, action, situation, number):
        """Those of a cell; those of the cell before are replaced."""
        if situation.identity:
            text = policy_that(situation.identity, action.permissions)
            self.call("put_{}_policy", PolicyName="p", PolicyDocument=text)
        if situation.boundary:
            text = policy_that(situation.boundary, action.permissions)
            made = self.account.iam.create_policy(PolicyName=f"boundary-{number}", PolicyDocument=text)["Policy"]
            self.call("put_{}_permissions_boundary", PermissionsBoundary=made["Arn"])


class User(Caller):
    kind = "User"

    def __init__(self, account, name):
        super().__init__(account, name)
        self.arn = self.call("create_{}")["User"]["Arn"]
        self.key = self.call("create_access_key")["AccessKey"]
        self.credentials = {"access_key": self.key["AccessKeyId"], "secret_key": self.key["SecretAccessKey"]}
        self.kms = account.server.raw(**self.credentials)

    @contextlib.contextmanager
    def prepared(self, action, situation, number):
        """Has the policies of a cell; yields how to call KMS."""
        self.put_policies(action, situation, number)
        yield self.kms


class Session(Caller):
    """A session of a role, or, of a cell with a session policy, a new session of that name each time."""

    kind = "Role"

    def __init__(self, account, name, admin):
        super().__init__(account, name)
        self.admin = admin
        trust = document(
            {"Effect": "Allow", "Principal": {"AWS": admin.arn}, "Action": "sts:AssumeRole"}
        )
        self.role = self.call("create_{}", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
        self.arn = f"arn:aws:sts::{account.number}:assumed-role/{name}/job"
        self.kept = None

    def assume(self, **more):
        sts = self.account.server.client("sts", **self.admin.credentials)
        return sts.assume_role(RoleArn=self.role, RoleSessionName="job", **more)["Credentials"]

    @contextlib.contextmanager
    def prepared(self, action, situation, number):
        self.put_policies(action, situation, number)
        more = {"Policy": policy_that(situation.session, action.permissions)} if situation.session else {}
        made = self.kept or self.assume(**more)
        server = self.account.server
        keys = made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"]
        with contextlib.closing(RawKms(server.host, server.port, server.region, *keys)) as kms:
            yield kms


def done(reply):
    assert reply.status == 200, reply
    return reply.json if reply.body else None


class Stage:
    """A server with two accounts, a caller for each situation, and what was called."""

    def __init__(self, server):
        self.server, self.callers, self.numbers, self.calls = server, {}, itertools.count(), []
        # Keys with imported material that no cell has, each with what imports it.
        self.imported = []
        self._connect()
        self.admin = User(self.own, "admin")
        everything = document(statement("Allow", ["kms:*", "sts:AssumeRole"]))
        self.admin.call("put_{}_policy", PolicyName="p", PolicyDocument=everything)
        self.somebody = User(self.own, "somebody")

    def _connect(self):
        server = self.server
        self.own = Account(server, server.account, server.access_key, server.secret_key)
        (other,) = server.other_accounts
        self.other = Account(server, other["account"], other["accessKeyId"], other["secretAccessKey"])

    def reconnect(self):
        """After a restart."""
        self._connect()
        for user in (self.admin, self.somebody):
            user.account, user.kms = self.own, self.server.raw(**user.credentials)

    @property
    def admin_elsewhere(self):
        return self.server.raw(region=REPLICA_REGION, **self.admin.credentials)

    def caller(self, situation):
        if situation.id not in self.callers:
            account, name = self.other if situation.foreign else self.own, f"caller-{len(self.callers)}"
            caller = Session(account, name, self.admin) if situation.role else User(account, name)
            if situation.credentials is Credentials.INACTIVE:
                caller.call("update_access_key", AccessKeyId=caller.key["AccessKeyId"], Status="Inactive")
            self.callers[situation.id] = caller
        return self.callers[situation.id]


class Cell:
    """One action in one situation, on a key of its own."""

    def __init__(self, stage, action, situation):
        self.stage, self.action, self.situation = stage, action, situation
        self.admin, self.number = stage.admin.kms, next(stage.numbers)
        self.caller, self.kind = stage.caller(situation), kind_of(action.name)
        self.alias = f"alias/matrix/{self.number}"
        self.context = CALL_CONTEXT[situation.constraint, situation.fits]
        self.key = self._create_key()
        if action.where is Where.BOTH_KEYS:
            self._replicate()
        self.spare = self._create_key() if action.name == "UpdateAlias" else None
        if action.name in ("DeleteAlias", "UpdateAlias"):
            self.call_admin("CreateAlias", AliasName=self.alias, TargetKeyId=self.key)
        self.product = ""
        if self.kind == IMPORTED:
            self.product = self.imports
        elif action.name in READ_PRODUCT:
            self.product = product(self.admin, self.kind, self.key, self.context)
        self.grant = self._create_grant() if possible(action, situation) else None
        if action.name == "EnableKey":
            self.call_admin("DisableKey", KeyId=self.key)
        if action.name == "DisableKeyRotation":
            self.call_admin("EnableKeyRotation", KeyId=self.key)
        if action.name == "CancelKeyDeletion":
            self.call_admin("ScheduleKeyDeletion", KeyId=self.key)

    def call_admin(self, action, **parameters):
        return done(self.admin.call(action, parameters))

    def _create_key(self):
        more = {"Policy": self.key_policy(), "Tags": [{"TagKey": "k", "TagValue": "v"}]}
        if self.kind != IMPORTED:
            return make_key(self.admin, self.kind, **more)["Arn"]
        if not self.stage.imported:
            metadata, self.imports = make_imported_key(self.admin, **more)
            return metadata["Arn"]
        key, self.imports = self.stage.imported.pop()
        self.call_admin("PutKeyPolicy", KeyId=key, Policy=self.key_policy())
        import_again(self.admin, key, self.imports)
        return key

    def leave(self):
        """After the call, once it was looked at."""
        if self.kind == IMPORTED:
            if self.grant:
                self.call_admin("RevokeGrant", KeyId=self.key, GrantId=self.grant["GrantId"])
            self.stage.imported.append((self.key, self.imports))

    def _replicate(self):
        """Another key with the same policy, in another Region."""
        self.call_admin("ReplicateKey", KeyId=self.key, ReplicaRegion=REPLICA_REGION, Policy=self.key_policy())
        there, name = self.stage.admin_elsewhere, {"KeyId": self.key.rpartition("/")[2]}
        end = time.monotonic() + PATIENCE_SECONDS
        while done(there.call("DescribeKey", name))["KeyMetadata"]["KeyState"] == "Creating":
            assert time.monotonic() < end

    def key_policy(self, *more):
        permissions = self.action.permissions
        meant = {
            Statement.DELEGATES: ("Allow", self.stage.own.root),
            Statement.DELEGATES_OTHERS: ("Allow", self.stage.own.root),
            Statement.CALLER: ("Allow", self.caller.arn),
            Statement.ROLE: ("Allow", getattr(self.caller, "role", None)),
            Statement.ACCOUNT: ("Allow", self.caller.account.root),
            Statement.EVERYONE: ("Allow", "*"),
            Statement.DENIES: ("Deny", self.caller.arn),
        }
        statements = [statement("Allow", "kms:*", {"AWS": self.stage.admin.arn}), *more]
        for one in self.situation.key_policy:
            effect, principal = meant[one]
            statements.append(
                statement(effect, permissions, {"AWS": principal}, negated=one is Statement.DELEGATES_OTHERS)
            )
        return document(*statements)

    def _create_grant(self):
        """The grant of the situation; where there is none, one for somebody else, that can be retired or revoked."""
        if self.situation.grant is None and self.action.name not in ("RetireGrant", "RevokeGrant"):
            return None
        return self.call_admin("CreateGrant", **self.grant_parameters())

    def grant_parameters(self):
        grant, constraint = self.situation.grant, self.situation.constraint
        grantee = self.caller if grant in (Granted.ALL, Granted.OTHERS) else self.stage.somebody
        left_out = self.action.grantable if grant is Granted.OTHERS else ()
        parameters = {} if constraint is None else {"Constraints": {f"EncryptionContext{constraint}": CONTEXT}}
        operations = [one for one in GRANTABLE[self.kind] if one not in left_out]
        return parameters | {"KeyId": self.key, "GranteePrincipal": grantee.arn, "Operations": operations}

    def parameters(self):
        name, grant = self.action.name, self.grant["GrantId"] if self.grant else ""
        parameters = valid_parameters(name, self.key, self.product, alias=self.alias, grant=grant)
        if self.situation.grant is Granted.SOMEBODY_ELSE and name in TAKE_GRANT_TOKENS:
            parameters["GrantTokens"] = [self.grant["GrantToken"]]
        if name == "ReEncrypt":
            parameters |= {"SourceEncryptionContext": self.context, "DestinationEncryptionContext": self.context}
        elif name in TAKE_CONTEXT:
            parameters["EncryptionContext"] = self.context
        special = {
            "CreateGrant": self._child,
            # The same material again changes when it ends.
            "ImportKeyMaterial": lambda: {"ExpirationModel": "KEY_MATERIAL_EXPIRES", "ValidTo": int(time.time()) + 86400},
            "ListRetirableGrants": lambda: {"RetiringPrincipal": self.stage.somebody.arn},
            "PutKeyPolicy": self._new_policy,
            "TagResource": lambda: {"Tags": [{"TagKey": "new", "TagValue": "v"}]},
            "UpdateAlias": lambda: {"TargetKeyId": self.spare},
        }
        if name == "RetireGrant":
            return self._retired()
        return parameters | (special[name]() if name in special else {})

    def _child(self):
        constraint = CHILD[self.situation.constraint, self.situation.fits]
        made = {"KeyId": self.key, "GranteePrincipal": self.stage.somebody.arn, "Operations": ["Encrypt"]}
        return made | ({"Constraints": constraint} if constraint else {})

    def _retired(self):
        if self.situation.grant is Granted.SOMEBODY_ELSE:
            return {"GrantToken": self.grant["GrantToken"]}
        return {"KeyId": self.key, "GrantId": self.grant["GrantId"]}

    def _new_policy(self):
        text = self.key_policy(statement("Deny", "kms:Sign", {"AWS": self.stage.somebody.arn}))
        # The lockout check is another matter.
        return {"KeyId": self.key, "Policy": text, "BypassPolicyLockoutSafetyCheck": True}

    def state(self):
        """All that a call could have changed."""
        shown = {"GetKeyPolicy", "ListResourceTags", "ListAliases", "ListGrants"}
        if "Rotat" in self.action.name:
            shown |= {"GetKeyRotationStatus", "ListKeyRotations"}
        state = {one: self.call_admin(one, KeyId=self.key) for one in sorted(shown | {"DescribeKey"})}
        if self.action.name == "CreateKey":
            kms, marker, state["ListKeys"] = self.caller.account.kms, {}, []
            while marker is not None:
                page = done(kms.call("ListKeys", {"Limit": 1000} | marker))
                state["ListKeys"] += page["Keys"]
                marker = {"Marker": page["NextMarker"]} if page["Truncated"] else None
        return state

    def call(self):
        with self.caller.prepared(self.action, self.situation, self.number) as kms:
            reply = kms.call(self.action.name, self.parameters())
        self.stage.calls.append((self, reply))
        return reply


def slow_clock():
    """Signs with the time that the slow server has."""
    real = botocore.auth.get_current_datetime
    return mock.patch.object(botocore.auth, "get_current_datetime", lambda *how, **more: real(*how, **more) - SLOW)


def stage_with_an_expired_session(server):
    """The server's clock is slow until it has made a session, and right from then on."""
    library = BINARY.parent / "clock_shift.so"
    assert library.exists(), "not built: tests/conformance/CMakeLists.txt"
    checks = f"{os.environ.get('ASAN_OPTIONS', '')}:verify_asan_link_order=0"
    shift = {"LD_PRELOAD": str(library), "CLOCK_SHIFT": str(-int(SLOW.total_seconds())), "ASAN_OPTIONS": checks}
    server.environment = dict(os.environ, **shift)
    server.start()
    with slow_clock():
        stage = Stage(server)
        (situation,) = [one for one in SITUATIONS if one.credentials is Credentials.EXPIRED]
        caller = Session(stage.own, "caller-expired", stage.admin)
        caller.kept = caller.assume()
    server.terminate()
    server.environment = dict(os.environ)
    server.start()
    stage.reconnect()
    caller.account = stage.own
    stage.callers[situation.id] = caller
    return stage


@pytest.fixture(scope="module")
def stage(tmp_path_factory):
    place = tmp_path_factory.mktemp("matrix")
    # In memory where there is room: a thousand cells wait for the disk ten times each, and it is not what is tested.
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=memory) as data:
        accounts = ["--account", "000000000000", "--account", OTHER_ACCOUNT]
        server = Server(f"{data}/data", place, arguments=accounts)
        server.terminate()
        yield stage_with_an_expired_session(server)
        server.terminate()
        server.verify_audit()


def test_the_rules_are_of_every_action():
    built = IN_ONE_REGION | ACTIONS_ACROSS_REGIONS
    assert {action.name for action in ACTIONS} == built and len(ACTIONS) == len(built)
    assert len({situation.id for situation in SITUATIONS}) == len(SITUATIONS)


# Below a sanitizer a third, in which there is every action and every situation.
EVERY = 3 if SANITIZED else 1
CELLS = [
    (action, situation)
    for row, situation in enumerate(SITUATIONS)
    for column, action in enumerate(ACTIONS)
    if possible(action, situation) and (row + column) % EVERY == 0
]
# A cell cannot be if its grant cannot: the situation is shown to be impossible with one action for each kind of key.
IMPOSSIBLE = {
    (kind_of(action.name), situation.id): (action, situation)
    for situation in SITUATIONS
    for action in ACTIONS
    if not possible(action, situation)
}


@pytest.mark.parametrize("action, situation", CELLS, ids=[f"{one.name}-{other.id}" for one, other in CELLS])
def test_cell(stage, action, situation):
    cell = Cell(stage, action, situation)
    before = cell.state()
    reply = cell.call()
    assert reply.error == expected(action, situation), reply
    after = cell.state()
    if reply.error or action.name in READ_ONLY:
        assert after == before
    else:
        # Were it not for this, a comparison of too little would do above.
        assert after != before
    cell.leave()


@pytest.mark.parametrize("where", IMPOSSIBLE, ids=" ".join)
def test_what_is_no_cell_cannot_be(stage, where):
    cell = Cell(stage, *IMPOSSIBLE[where])
    assert cell.admin.call("CreateGrant", cell.grant_parameters()).error == "ValidationException"


@pytest.fixture(scope="module")
def records(stage):
    found = {}
    for event in stage.server.audit_events():
        found.setdefault(event.get("requestID"), []).append(event)
    return found


# What a record calls an error, where that is not the API's name.
AUDIT_NAMES = {None: None, DENIED: "AccessDenied"}


def recipients(cell, reply):
    """The accounts that have a record of a call: that of the caller, and the key's once the caller may use it."""
    yield cell.caller.account.number
    if cell.situation.foreign and not reply.error and cell.action.where in (Where.KEY, Where.GRANT):
        yield cell.stage.own.number


def test_every_call_is_recorded_once_for_each_account(stage, records):
    assert stage.calls, "the cells above were not played"
    for cell, reply in stage.calls:
        where = f"{cell.action.name}, {cell.situation.id}"
        found = records.get(reply.request_id, [])
        for event in found:
            assert event["eventName"] == cell.action.name, where
            assert event.get("errorCode") == AUDIT_NAMES.get(reply.error, reply.error), where
        if cell.situation.credentials is Credentials.VALID:
            assert found[0]["userIdentity"]["arn"] == cell.caller.arn, where
            assert [event["recipientAccountId"] for event in found] == list(recipients(cell, reply)), where
        else:
            assert len(found) == 1, where


def test_the_page_is_up_to_date():
    script = REPOSITORY / "scripts/authorization-matrix"
    result = subprocess.run([sys.executable, script, "--check"], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
