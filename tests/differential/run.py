#!/usr/bin/env python3
"""Compares our decisions with those of an independent simulator on random policies and requests.

  run.py [--cases N] [--seed S] [--show]     2000 cases of seed 1 by default; the last line counts
  run.py --case SEED/NUMBER                  one case, with both answers

Fails on any difference that differences.py does not explain. Needs the target differential_decide of the release build
(CLAVIGER_DECIDE names another), and what scripts/setup installs.
"""
import argparse
import collections
import json
import sys

import cases
import differences
import judges

VERDICTS = {"Allow": "Allowed", "ExplicitDeny": "ExplicitlyDenied", "ImplicitDeny": "ImplicitlyDenied"}
BATCH = 5000


def agree(ours: dict, theirs: dict) -> bool:
    return "result" in theirs and VERDICTS.get(ours.get("verdict")) == theirs["result"]


def ask(batch: list[dict]) -> list[tuple[dict, dict]]:
    """Our answer and the simulator's to each case."""
    ours = judges.decide(map(cases.for_decide, batch))
    theirs = judges.simulate(map(cases.for_simulator, batch))
    if not len(ours) == len(theirs) == len(batch):
        raise SystemExit(f"{len(batch)} cases, {len(ours)} and {len(theirs)} answers")
    for case, mine, other in zip(batch, ours, theirs):
        if not case["id"] == mine["id"] == other["id"]:
            raise SystemExit("answers out of order")
        if other.get("ignored"):
            raise SystemExit(f"case {case['id']}: the simulator ignored {other['ignored']}")
    return list(zip(ours, theirs))


def explain(differing: list[tuple[dict, dict, dict]]) -> dict:
    """By the id of a case, the names of the differences that explain it."""
    tries = []
    for case, ours, _ in differing:
        tries.extend((case["id"], ours, names, rewritten) for names, rewritten in differences.variants(case, ours))
    if not tries:
        return {}
    explained = {}
    for (name, before, names, _), (ours, theirs) in zip(tries, ask([rewritten for *_, rewritten in tries])):
        if name not in explained and ours.get("verdict") == before.get("verdict") and agree(ours, theirs):
            explained[name] = names
    return explained


def show(case: dict, ours: dict, theirs: dict):
    print(f"---- case {case['id']}: {case['question']}, {case['caller'].arn}, {case['action']} on {case['resource']}")
    for name in ("context", "resource_policy", "identity", "boundary", "session"):
        if case.get(name):
            print(f"{name}: {json.dumps(case[name])}")
    print(f"ours:   {json.dumps(ours)}\ntheirs: {json.dumps(theirs)}")


def compare(seed: str, count: int, verbose: bool) -> int:
    verdicts, explained, unexplained = collections.Counter(), collections.Counter(), 0
    source = cases.cases(seed, count)
    while batch := [case for case, _ in zip(source, range(BATCH))]:
        answers = ask(batch)
        verdicts.update(ours.get("reason", "refused document") for ours, _ in answers)
        differing = [(case, *answer) for case, answer in zip(batch, answers) if not agree(*answer)]
        reasons = explain(differing)
        for case, ours, theirs in differing:
            if case["id"] in reasons:
                explained[reasons[case["id"]]] += 1
            else:
                unexplained += 1
            if case["id"] not in reasons or verbose:
                show(case, ours, theirs)
    for reason, number in verdicts.most_common():
        print(f"{number:7} {reason}")
    for names, number in explained.most_common():
        print(f"{number:7} explained: {' + '.join(names)}")
    total = sum(explained.values())
    print(f"total: {count} cases of seed {seed}: {count - total - unexplained} agree, {total} differ and are explained, "
          f"{unexplained} unexplained")
    return 1 if unexplained or count == 0 else 0


def main() -> int:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--cases", type=int, default=2000)
    arguments.add_argument("--seed", default="1")
    arguments.add_argument("--show", action="store_true", help="explained differences too")
    arguments.add_argument("--case", metavar="SEED/NUMBER")
    options = arguments.parse_args()
    if options.case:
        case = cases.Maker(options.case).case(options.case)
        show(case, *ask([case])[0])
        return 0
    return compare(options.seed, options.cases, options.show)


if __name__ == "__main__":
    sys.exit(main())
