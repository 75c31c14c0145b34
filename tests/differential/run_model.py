#!/usr/bin/env python3
"""Compares our decisions with those of model.py: random sequences of changes to policies, sessions, principals and grants,
with a question after each. What the model allows happens: a grant that is made counts from then on, one that is retired
is gone.

  run_model.py [--sequences N] [--seed S]    1000 sequences of seed 1 by default; the last line counts

Fails on any difference. Needs the target differential_decide of the release build (CLAVIGER_DECIDE names another).
"""
import argparse
import collections
import dataclasses
import json
import random
import sys

import judges
import model

OWNER, OTHER = "111122223333", "444455556666"
KEY = f"arn:aws:kms:us-east-1:{OWNER}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
ACROSS = ("Encrypt", "Decrypt", "GenerateDataKey", "ReEncryptFrom", "DescribeKey", "CreateGrant")
WITHIN = ("PutKeyPolicy", "EnableKey")
OPERATIONS = (*ACROSS, *WITHIN, "RetireGrant")
PAIRS = (("App", "red"), ("App", "Red"), ("app", "red"), ("Env", "test"))
# Makers and retirers of grants are what is new in a sequence; the rest needs fewer questions.
ASKED = (*OPERATIONS, "CreateGrant", "CreateGrant", "RetireGrant")
ROUNDS = 6  # questions of a sequence
BATCH = 4000


def principals(account: str) -> list[model.Who]:
    """Who there is in an account, users and roles twice: as they were, and deleted and made again."""
    result = [model.Who("root", account, f"arn:aws:iam::{account}:root")]
    for life in ("1", "2"):
        user, role = f"arn:aws:iam::{account}:user/u", f"arn:aws:iam::{account}:role/path/r"
        result += [
            model.Who("user", account, user, unique_id=f"AIDA{account}{life}"),
            model.Who("user", account, user + "2", unique_id=f"AIDB{account}{life}"),
            model.Who("assumed-role", account, f"arn:aws:sts::{account}:assumed-role/r/s", role, f"AROA{account}{life}"),
            model.Who("assumed-role", account, f"arn:aws:sts::{account}:assumed-role/r/else", role, f"AROA{account}{life}"),
            model.Who("federated-user", account, f"arn:aws:sts::{account}:federated-user/f", user, f"AIDA{account}{life}")]
    return result


EVERYONE = principals(OWNER) * 2 + principals(OTHER)
ENTITIES = {who.source or who.arn: who for who in EVERYONE if who.kind in ("user", "assumed-role")}
NAMES = sorted({who.arn for who in EVERYONE} | set(ENTITIES) | {OWNER, OTHER})


class Sequence:
    """A world that changes at random."""

    def __init__(self, seed: str):
        self.random = random.Random(seed)
        self.who = self.random.choice(EVERYONE)
        self.count = 0
        self.gone = []  # ids of grants
        self.world = model.World(OWNER, [], {}, [], None, [], [])
        self.put_key_policy()
        self.attach()

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def statement(self, resource_side: bool, deny_share: float):
        deny = self.chance(deny_share)
        names = None
        if resource_side:
            near = [self.who.arn, self.who.source or self.who.arn, self.who.account, self.who.root, "*"]
            names = [self.random.choice(near if self.chance(0.6) else NAMES) for _ in range(self.random.choice((1, 1, 2)))]
            names = ["*"] if "*" in names else names
        actions = ["*"] if self.chance(0.15 if deny else 0.5) else self.random.sample(OPERATIONS, self.random.randint(1, 4))
        condition = self.random.choice(PAIRS[:2]) if self.chance(0.2) else None
        return "Deny" if deny else "Allow", names, actions, condition

    def policy(self, resource_side=False, deny_share=0.12) -> list:
        return [self.statement(resource_side, deny_share) for _ in range(self.random.choice((1, 1, 2)))]

    def put_key_policy(self):
        self.world.key_policy = self.policy(resource_side=True)
        if self.chance(0.3):
            self.world.key_policy.append(("Allow", [f"arn:aws:iam::{OWNER}:root"], ["*"], None))
        # Who has these ARNs when the policy is put.
        self.world.bindings = {name: ENTITIES[name].unique_id[:-1] + self.random.choice("1112")
                               for statement in self.world.key_policy for name in statement[1]
                               if name in ENTITIES and self.chance(0.7)}

    def attach(self):
        if self.who.kind != "root":
            self.world.identity = [self.policy() for _ in range(self.random.choice((0, 1, 1, 2)))]

    def detach(self):
        self.world.identity = self.world.identity[1:]

    def put_boundary(self):
        if self.who.kind != "root":
            self.world.boundary = None if self.chance(0.4) else self.policy(deny_share=0.08)

    def new_session(self):
        if self.who.kind in ("assumed-role", "federated-user"):
            self.world.session = [self.policy(deny_share=0.08) for _ in range(self.random.choice((0, 1, 1, 2)))]

    def principal(self) -> model.Named:
        """Somebody who a grant is about; a user or role as it is bound when the grant is made."""
        near = [self.who.arn, self.who.source or self.who.arn, self.who.root]
        arn = self.random.choice(near if self.chance(0.7) else [name for name in NAMES if name.startswith("arn")])
        return model.Named(arn, ENTITIES[arn].unique_id[:-1] + self.random.choice("1112") if arn in ENTITIES else "")

    def grant(self, issuer: str, operations=()) -> model.Grant:
        constraint = {}
        if self.chance(0.5):
            pairs = dict(self.random.sample(PAIRS, self.random.choice((1, 1, 2))))
            constraint = {self.random.choice(("equals", "subset")): tuple(pairs.items())}
        operations = operations or self.random.sample(sorted(model.GRANTABLE), self.random.randint(1, 4))
        self.count += 1
        return model.Grant(f"{self.count:064x}", self.principal(), frozenset(operations), **constraint,
                           retiring=self.principal() if self.chance(0.4) else None, issuer=issuer)

    def create_grant(self):
        self.world.grants.append(self.grant(self.random.choice((OWNER, OWNER, OWNER, OTHER))))

    def child(self) -> model.Grant:
        """What somebody asks CreateGrant for: often something near a grant that gives it."""
        parents = [grant for grant in self.world.grants if "CreateGrant" in grant.operations]
        if not parents or self.chance(0.3):
            return self.grant(self.who.account)
        parent = self.random.choice(parents)
        inside = sorted(parent.operations)
        child = self.grant(self.who.account, self.random.sample(inside, self.random.randint(1, len(inside))))
        if self.chance(0.6):
            kind = self.random.choice(("equals", "subset"))
            pairs = dict(parent.equals or parent.subset or ())
            if self.chance(0.3):
                pairs |= dict(self.random.sample(PAIRS, 1))
            child = dataclasses.replace(child, **{"equals": None, "subset": None, kind: tuple(pairs.items()) or None})
        return child

    def revoke_grant(self):
        if self.world.grants:
            self.remove(self.random.choice(self.world.grants))

    def remove(self, grant: model.Grant):
        self.world.grants.remove(grant)
        self.gone.append(grant.id)

    def change(self):
        self.random.choice((self.put_key_policy, self.attach, self.detach, self.put_boundary, self.new_session,
                            self.new_session, self.create_grant, self.create_grant, self.create_grant,
                            self.revoke_grant))()

    def question(self, name: str):
        """(our line, the model's verdict, what was asked)"""
        operation = self.random.choice(ASKED)
        if operation == "RetireGrant" and not self.world.grants:
            operation = "CreateGrant"
        child = self.child() if operation == "CreateGrant" else None
        goes = self.random.choice(self.world.grants) if operation == "RetireGrant" else None
        pairs = dict(self.random.sample(PAIRS, self.random.choice((0, 1, 1, 2))))
        if child is not None:  # conditions see its constraint
            pairs = dict(child.equals or child.subset or ())
        if len({key.lower() for key in pairs}) < len(pairs):  # AWS leaves open which of the two a condition sees
            return None
        across = operation not in WITHIN
        expected = model.verdict(self.world, self.who, operation, pairs, across, child, goes)
        asked = case(name, self.world, self.who, operation, pairs, across)
        if child is not None:
            asked["child"] = grant_object(child)
        if goes is not None:
            asked |= {"retired": goes.id, "by_token": self.chance(0.5)}
        everything = [grant.id for grant in self.world.grants] + self.gone
        asked["tokens"] = self.random.sample(everything, min(len(everything), self.random.choice((0, 0, 1, 3))))
        if expected == "Allow" and child is not None:
            self.world.grants.append(child)
        if expected == "Allow" and goes is not None:
            self.remove(goes)
        return json.dumps(asked), expected


def document(policy: list) -> str:
    statements = []
    for effect, names, actions, condition in policy:
        statement = {"Effect": effect, "Action": [action if action == "*" else f"kms:{action}" for action in actions],
                     "Resource": "*"}
        if names is not None:
            statement["Principal"] = {"AWS": names}
        if condition is not None:
            statement["Condition"] = {"StringEquals": {f"kms:EncryptionContext:{condition[0]}": condition[1]}}
        statements.append(statement)
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def grant_object(grant: model.Grant) -> dict:
    constraint = {kind: dict(getattr(grant, kind)) for kind in ("equals", "subset") if getattr(grant, kind) is not None}
    made = {"id": grant.id, "grantee": dataclasses.asdict(grant.grantee), "operations": sorted(grant.operations),
            "constraint": constraint or None, "issuer": grant.issuer}
    return made | ({"retiring": dataclasses.asdict(grant.retiring)} if grant.retiring else {})


def case(name: str, world: model.World, who: model.Who, operation: str, pairs: dict, across: bool) -> dict:
    caller = {"kind": who.kind, "account": who.account, "arn": who.arn, "unique_id": who.unique_id,
              "role_arn" if who.kind == "assumed-role" else "user_arn": who.source}
    made = {"id": name, "question": "key", "caller": caller, "owner": world.owner, "action": f"kms:{operation}",
            "resource": KEY, "context": {f"kms:EncryptionContext:{key}": value for key, value in pairs.items()},
            "resource_policy": document(world.key_policy),
            "bindings": [{"arn": arn, "unique_id": unique_id} for arn, unique_id in world.bindings.items()],
            "identity": [document(policy) for policy in world.identity],
            "session": [document(policy) for policy in world.session], "usable_across_accounts": across,
            "grants": [grant_object(grant) for grant in world.grants], "encryption_context": pairs}
    if world.boundary is not None:
        made["boundary"] = document(world.boundary)
    return made


def questions(seed: str, sequences: range):
    for number in sequences:
        sequence = Sequence(f"{seed}/{number}")
        for turn in range(ROUNDS):
            for _ in range(sequence.random.randint(1, 3)):
                sequence.change()
            question = sequence.question(f"{seed}/{number}/{turn}")
            while question is None:
                question = sequence.question(f"{seed}/{number}/{turn}")
            yield question


def main() -> int:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--sequences", type=int, default=1000)
    arguments.add_argument("--seed", default="1")
    options = arguments.parse_args()
    reasons, wrong, asked = collections.Counter(), 0, 0
    for start in range(0, options.sequences, BATCH):
        batch = list(questions(options.seed, range(start, min(start + BATCH, options.sequences))))
        answers = judges.decide(one for one, _ in batch)
        if len(answers) != len(batch):
            raise SystemExit(f"{len(batch)} questions, {len(answers)} answers")
        for (asked_line, expected), answer in zip(batch, answers):
            asked += 1
            reasons[answer.get("reason", "refused document")] += 1
            if answer.get("verdict") != expected:
                wrong += 1
                print(f"---- {asked_line}\nours: {json.dumps(answer)}\nmodel: {expected}")
    for reason, number in reasons.most_common():
        print(f"{number:7} {reason}")
    print(f"total: {options.sequences} sequences of seed {options.seed}, {asked} questions, {wrong} differ")
    return 1 if wrong or asked == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
