#!/usr/bin/env python3
"""Kills the server at its n-th write-side system call, or makes that call fail, and checks that nothing acknowledged
is lost and nothing is unrecorded. README.md says how.

  crash_test.py                                a default run, about 900 points
  crash_test.py --long                         every call of a run in every way
  crash_test.py --prove                        shows that the test notices when fdatasync is skipped
  crash_test.py --replay PHASE MODE AT [BEFORE [TIMES]]
                                               one point, after each kind of power loss; its threads may run otherwise

CLAVIGER_BINARY and CLAVIGER_INTERPOSER name other files than build/release/claviger and
build/release/crash_interposer.so.
"""
import argparse
import collections
import multiprocessing
import os
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


def plan(counts, recovery_calls, long_run):
    """The points of a run. `counts` holds (ready, served, ended) for a first start and for a used directory."""
    points = []
    create_ready, _, _ = counts["create"]
    ready, served, ended = counts["used"]
    many = 1_000_000

    def add(phase, at, modes, before=0):
        for mode in modes:
            number = len(points)
            points.append(Point(phase, mode, at, before=before, times=1 if number % 2 else 0,
                                power=ALL_POWER if long_run else POWER[number % 3]))

    def one_of(modes, i):
        return modes if long_run else (modes[i % len(modes)],)

    for at in range(1, create_ready + 1):
        add("create", at, one_of(KILLS, at) + (one_of(FAULTS, at // 2) if at % 2 or long_run else ()))
    for at in range(1, ready + 1):
        add("start", at, KILLS + FAULTS)
    for i, at in enumerate(spread(ready + 1, served, many if long_run else 220)):
        add("service", at, one_of(KILLS, i))
    for i, at in enumerate(spread(ready + 1, served, many if long_run else 80)):
        add("service", at, one_of(FAULTS, i))
    for i, at in enumerate(spread(served + 1, ended, many if long_run else 12)):
        add("stop", at, one_of(KILLS, i) + one_of(FAULTS, i))
    for i, before in enumerate(spread(ready + 1, served, 60 if long_run else 10)):
        for at in range(1, recovery_calls + 1):
            add("recovery", at, one_of(KILLS, i + at), before)
            if long_run or (i + at) % 3 == 0:
                add("recovery", at, one_of(FAULTS, i + at // 3), before)
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
                  f"{ended - served} to stop ({', '.join(f'{count} {kind}' for kind, count in calls.most_common())})", flush=True)
        return counts

    def recovery_calls(self, before):
        """How many calls a start makes after a kill in the middle of service."""
        with harness.Scratch() as scratch:
            run = harness.Run(self.template, self.interposer, scratch, Point("recovery", "kill", 0))
            run.serve("kill", before)
            ready, _, _ = run.serve(clients=False)
            run.close()
            harness.require(ready is not None, "the server does not start again after a kill: "
                            + harness.read_text(run.log))
            return ready

    def try_all(self, points, processes, stop_after=None):
        """Yields the outcomes as they come."""
        with multiprocessing.get_context("fork").Pool(processes) as pool:
            for outcome in pool.imap_unordered(self._try, points):
                yield outcome
                if stop_after is not None and outcome.problems:
                    stop_after -= 1
                    if stop_after == 0:
                        return

    def _try(self, point):
        return harness.try_point(self.template, self.interposer, point)


def report(outcome):
    for problem in outcome.problems:
        print(f"VIOLATION at {outcome.point} ({outcome.kind}): {problem}", flush=True)
    if outcome.problems:
        point = outcome.point
        print(f"  again: tests/crash/crash_test.py --replay {point.phase} {point.mode} {point.at} {point.before} "
              f"{point.times}", flush=True)


def run_all(bench, processes, long_run):
    counts = bench.measure()
    ready, served, _ = counts["used"]
    recovery = bench.recovery_calls((ready + served) // 2)
    print(f"recovery: {recovery} write-side calls until ready", flush=True)
    points = plan(counts, recovery, long_run)
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
    if kills < 500 or any(not any(name.startswith(mode) for name in hit) for mode in KILLS + FAULTS):
        print("error: too few points were reached for this to mean anything")
        return 1
    return 1 if violations else 0


def prove_skipped_sync(bench, processes):
    """Without the store's or the log's syncs a power loss must be noticed."""
    ready, served, _ = bench.measure()["used"]
    blind = 0
    for what in ("/store.db", "/audit", "/"):
        points = [Point("service", "kill", at, power=(power,), skip_sync=what)
                  for at in spread(ready + (served - ready) // 3, served, 10) for power in ("lost", "some")]
        caught = collections.Counter(outcome.point.power[0] for outcome in bench.try_all(points, processes)
                                     if outcome.reached and outcome.problems)
        print(f"syncs of *{what}* skipped: noticed in {caught['lost']} of 10 runs that lost everything unsynced, and in "
              f"{caught['some']} of 10 that lost some of it", flush=True)
        # A run that hardly got anywhere had nothing to lose.
        blind += caught["lost"] < 8 or caught["some"] < 5
    return 1 if blind else 0


def prove_unrecorded(bench, processes):
    """For a server that is known to change things before it records that it will: 0 when just that is noticed."""
    ready, served, _ = bench.measure()["used"]
    points = [Point("service", "kill", at, power=("off",)) for at in spread(ready + 1, served, 200)]
    noticed = [problem for outcome in bench.try_all(points, processes, stop_after=5) for problem in outcome.problems
               if "the change is there, its record does not say so" in problem]
    print(f"intent after the commit: {len(noticed)} changes without a record were noticed, for instance: "
          f"{noticed[0][:200] if noticed else 'none'}")
    return 0 if noticed else 1


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--long", action="store_true")
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
    return run_all(bench, arguments.processes, arguments.long)


if __name__ == "__main__":
    sys.exit(main())
