#!/usr/bin/env python3
"""Kills the server at its n-th write-side system call, or makes that call fail, and checks that nothing acknowledged
is lost and nothing is unrecorded. README.md says how.

  crash_test.py                                a default run, about 950 runs
  crash_test.py --long                         about 3000
  crash_test.py --all                          every call in every way after every kind of power loss: hours
  crash_test.py --prove                        shows that the test notices when fdatasync is skipped
  crash_test.py --replay PHASE MODE AT [BEFORE [TIMES]]
                                               one point, after each kind of power loss; its threads may run otherwise

CLAVIGER_BINARY and CLAVIGER_INTERPOSER name other files than build/release/claviger and
build/release/crash_interposer.so.
"""
import argparse
import collections
import dataclasses
import multiprocessing
import os
import random
import sys
import time

import harness
from harness import Point

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.join(ROOT, "build", "release")
BINARY = os.environ.get("CLAVIGER_BINARY", os.path.join(BUILD, "claviger"))
INTERPOSER = os.environ.get("CLAVIGER_INTERPOSER", os.path.join(BUILD, "crash_interposer.so"))
KILLS = ("kill", "kill-after", "torn")
FAULTS = ("eio", "enospc", "short")
POWER = (("off",), ("lost",), ("some",))
ALL_POWER = ("off", "lost", "some")


def spread(first, last, count):
    """About `count` numbers from first to last, evenly."""
    count = min(count, last - first + 1)
    return sorted({first + (last - first) * i // max(1, count - 1) for i in range(count)}) if count > 0 else []


@dataclasses.dataclass(frozen=True)
class Extent:
    """How much of everything is tried."""
    kills: int  # in service
    faults: int
    stalls: int
    stops: int
    recoveries: int  # kills in service after each of which every call of the recovery is tried
    every_mode: bool = False  # at each of the calls of a start; else one kill, and every second time one fault
    every_power: bool = False


EXTENTS = {"default": Extent(kills=170, faults=80, stalls=9, stops=12, recoveries=5),
           "long": Extent(kills=700, faults=500, stalls=40, stops=40, recoveries=20, every_mode=True),
           "all": Extent(kills=10**6, faults=10**6, stalls=200, stops=10**6, recoveries=60, every_mode=True,
                         every_power=True)}


def plan(counts, recovery_calls, extent):
    """The points of a run. `counts` holds (ready, served, ended) for a first start and for a used directory,
    `recovery_calls` how many calls a start makes after a kill in service at a number."""
    points = []
    create_ready, _, _ = counts["create"]
    ready, served, ended = counts["used"]

    def add(phase, at, modes, before=0):
        for mode in modes:
            number = len(points)
            # Neither goes in step with the modes.
            power = ALL_POWER if extent.every_power else POWER[number // 3 % 3]
            points.append(Point(phase, mode, at, before=before, times=1 if mode == "stall" else number % 2,
                                power=power))

    def of_start(at, turn):
        if extent.every_mode:
            return KILLS + FAULTS
        return (KILLS[(at + turn) % 3],) + ((FAULTS[(at // 2 + turn) % 3],) if at % 2 else ())

    for at in range(1, create_ready + 1):
        add("create", at, of_start(at, 0))
    for at in range(1, ready + 1):
        add("start", at, KILLS + FAULTS)
    for i, at in enumerate(spread(ready + 1, served, extent.kills)):
        add("service", at, KILLS if extent.every_power else (KILLS[i % 3],))
    for i, at in enumerate(spread(ready + 1, served, extent.faults)):
        add("service", at, FAULTS if extent.every_power else (FAULTS[i % 3],))
    for at in spread(ready + 1, served, extent.stalls):
        add("service", at, ("stall",))
    for i, at in enumerate(spread(served + 1, ended, extent.stops)):
        add("stop", at, (KILLS[i % 3], FAULTS[i % 3]))
    for i, (before, calls) in enumerate(recovery_calls.items()):
        for at in range(1, calls + 1):
            add("recovery", at, of_start(at, i) if not extent.every_mode or extent.every_power
                else (KILLS[(at + i) % 3], FAULTS[(at + i) % 3]), before)
    # Those that wait, and those that take long, among the others.
    random.Random(1).shuffle(points)
    return points


class Bench:
    """What every point needs: the server's binary, the interposer, the data directory to begin with."""

    def __init__(self, binary, interposer):
        self.interposer = interposer
        self.template = harness.Template(binary)

    def measure(self):
        counts = {}
        for name, phase in (("create", "create"), ("used", "service")):
            ready, served, ended, kinds = harness.count_calls(self.template, self.interposer, phase)
            counts[name] = (ready, served, ended)
            calls = collections.Counter(harness.power_loss.KIND_NAMES[kind] for kind in kinds)
            print(f"{name}: {ready} write-side calls until ready, {served - ready} in service, "
                  f"{ended - served} to stop ({', '.join(f'{count} {kind}' for kind, count in calls.most_common())})",
                  flush=True)
        return counts

    def recovery_calls(self, befores):
        """How many calls a start makes after each of these kills in service."""
        return {before: self.template.crashed(self.interposer, before).recovery_calls for before in befores}

    def try_all(self, points, processes):
        """Yields the outcomes as they come."""
        with multiprocessing.get_context("fork").Pool(processes) as pool:
            yield from pool.imap_unordered(self._try, points)

    def _try(self, point):
        return harness.try_point(self.template, self.interposer, point)


def report(outcome):
    for problem in outcome.problems:
        print(f"VIOLATION at {outcome.point} ({outcome.kind}): {problem}", flush=True)
    if outcome.problems:
        point = outcome.point
        print(f"  again: tests/crash/crash_test.py --replay {point.phase} {point.mode} {point.at} {point.before} "
              f"{point.times}", flush=True)


def run_all(bench, processes, extent):
    counts = bench.measure()
    ready, served, _ = counts["used"]
    # Not near the end: a run may make fewer calls than the one that was counted.
    recovery = bench.recovery_calls(spread(ready + (served - ready) // 20, served - (served - ready) // 10,
                                           extent.recoveries))
    print(f"recovery: {', '.join(str(calls) for calls in recovery.values())} write-side calls until ready", flush=True)
    points = plan(counts, recovery, extent)
    kills, faults, missed, violations = 0, 0, 0, 0
    hit = collections.Counter()
    began = time.monotonic()
    for outcome in bench.try_all(points, processes):
        report(outcome)
        violations += len(outcome.problems)
        if not outcome.reached:
            missed += 1
        elif outcome.point.kills:
            kills += 1
        else:
            faults += 1
        if outcome.reached:
            hit[f"{outcome.point.mode} {outcome.kind}"] += 1
    print("hit: " + ", ".join(f"{count} {name}" for name, count in sorted(hit.items())))
    print(f"{len(points)} runs in {time.monotonic() - began:.0f} s; {missed} ended before their call was reached")
    print(f"kill points: {kills}, faults: {faults}, violations: {violations}", flush=True)
    if kills < 500 or any(not any(name.startswith(mode) for name in hit) for mode in (*KILLS, *FAULTS, "stall")):
        print("error: too few points were reached for this to mean anything")
        return 1
    return 1 if violations else 0


def prove_skipped_sync(bench, processes):
    """Without the store's or the log's syncs a power loss must be noticed."""
    ready, served, _ = bench.measure()["used"]
    blind = 0
    for what in ("/store.db", "/audit", "/"):
        # Not near the end: a run may make fewer calls than the one that was counted.
        points = [Point("service", "kill", at, power=(power,), skip_sync=what)
                  for at in spread(ready + (served - ready) // 4, ready + (served - ready) // 2, 10)
                  for power in ("lost", "some")]
        caught = collections.Counter(outcome.point.power[0] for outcome in bench.try_all(points, processes)
                                     if outcome.reached and outcome.problems)
        print(f"syncs of *{what}* skipped: noticed in {caught['lost']} of 10 runs that lost everything unsynced, "
              f"and in {caught['some']} of 10 that lost some of it", flush=True)
        blind += caught["lost"] < 9 or caught["some"] < 5
    return 1 if blind else 0


def prove_unrecorded(bench, processes):
    """For a server that is known to change things before it records that it will: 0 when just that is noticed."""
    ready, served, _ = bench.measure()["used"]
    points = [Point("service", "kill", at, power=("off",)) for at in spread(ready + 1, served, 60)]
    noticed = [problem for outcome in bench.try_all(points, processes) for problem in outcome.problems
               if "the change is there, its record does not say so" in problem]
    print(f"intent after the commit: {len(noticed)} changes without a record were noticed, for instance: "
          f"{noticed[0][:200] if noticed else 'none'}")
    return 0 if noticed else 1


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--long", action="store_true")
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--prove", action="store_true")
    parser.add_argument("--prove-unrecorded", action="store_true",
                        help="for a server made wrong by audit_after_commit.patch: succeed when that is noticed")
    parser.add_argument("--replay", nargs="+", metavar=("PHASE", "MODE"))
    parser.add_argument("--processes", type=int, default=(os.cpu_count() or 1) + 1)
    arguments = parser.parse_args()
    bench = Bench(BINARY, INTERPOSER)
    if arguments.replay:
        phase, mode, *numbers = arguments.replay
        at, before, times = ([int(number) for number in numbers] + [0, 0, 1][len(numbers):])
        outcome = bench._try(Point(phase, mode, at, before, times, ALL_POWER))
        report(outcome)
        print(f"{outcome.point}: {'hit a ' + outcome.kind if outcome.reached else 'not reached'}, "
              f"violations: {len(outcome.problems)}")
        return 1 if outcome.problems else 0
    if arguments.prove:
        return prove_skipped_sync(bench, arguments.processes)
    if arguments.prove_unrecorded:
        return prove_unrecorded(bench, arguments.processes)
    extent = "all" if arguments.all else "long" if arguments.long else "default"
    return run_all(bench, arguments.processes, EXTENTS[extent])


if __name__ == "__main__":
    sys.exit(main())
