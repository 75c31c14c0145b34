#!/usr/bin/env python3
"""Runs test suites side by side and counts their test cases; scripts/test says which.

  suites.py run DIRECTORY JOBS     runs the suites named on standard input, one per line: KIND<TAB>NAME<TAB>COMMAND
  suites.py total DIRECTORY        prints the closing line over everything that was run with DIRECTORY

KIND says how to count: `gtest` and `pytest` by the reports these write, `check` as one test that passes when the
command succeeds. A suite without a single test has failed. Reports, logs and counts are kept in DIRECTORY. The exit
status is 0 when nothing failed.
"""
import concurrent.futures
import dataclasses
import json
import os
import pathlib
import re
import shlex
import signal
import subprocess
import sys
import threading
import time
import xml.etree.ElementTree

LIMIT_S = float(os.environ.get("CLAVIGER_SUITE_LIMIT", 1800))


@dataclasses.dataclass
class Count:
    passed: int = 0
    failed: int = 0
    skipped: int = 0


def count_gtest(report: pathlib.Path) -> Count:
    count = Count()
    for suite in json.loads(report.read_text(encoding="utf-8"))["testsuites"]:
        for test in suite["testsuite"]:
            if test.get("failures"):
                count.failed += 1
            elif test["result"] == "COMPLETED":
                count.passed += 1
            else:
                count.skipped += 1
    return count


def count_pytest(report: pathlib.Path) -> Count:
    count = Count()
    for case in xml.etree.ElementTree.parse(report).getroot().iter("testcase"):
        outcomes = {child.tag for child in case}
        if outcomes & {"failure", "error"}:
            count.failed += 1
        elif "skipped" in outcomes:
            count.skipped += 1
        else:
            count.passed += 1
    return count


def run_limited(command: str, environment: dict, log: pathlib.Path) -> int:
    """The exit status; 124 after the time limit, when the whole process group was killed."""
    with log.open("wb") as output:
        with subprocess.Popen(["bash", "-c", command], stdin=subprocess.DEVNULL, stdout=output,
                              stderr=subprocess.STDOUT, env=environment, start_new_session=True) as process:
            try:
                return process.wait(LIMIT_S)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                output.write(f"\nerror: killed after {LIMIT_S:.0f} s\n".encode())
                return 124


class Runner:
    def __init__(self, directory: pathlib.Path):
        self.directory = directory
        self._lock = threading.Lock()

    def run(self, kind: str, name: str, command: str) -> Count:
        log, report = self.directory / f"{name}.log", self.directory / f"{name}.report"
        report.unlink(missing_ok=True)
        environment = dict(os.environ)
        if kind == "gtest":
            environment["GTEST_OUTPUT"] = f"json:{report}"
        elif kind == "pytest":
            options = f"--junitxml={shlex.quote(str(report))} {environment.get('PYTEST_ADDOPTS', '')}"
            environment["PYTEST_ADDOPTS"] = options
        began = time.monotonic()
        status = run_limited(command, environment, log)
        count = self._count(kind, status, report)
        self._tell(name, status, count, time.monotonic() - began, log)
        return count

    @staticmethod
    def _count(kind: str, status: int, report: pathlib.Path) -> Count:
        if kind == "check":
            return Count(passed=1) if status == 0 else Count(failed=1)
        try:
            count = {"gtest": count_gtest, "pytest": count_pytest}[kind](report)
        except (OSError, ValueError, xml.etree.ElementTree.ParseError):
            return Count(failed=1)  # it died before it could report
        if count.failed == 0 and (status != 0 or count.passed == 0):
            count.failed = 1  # a sanitizer's word at exit, or nothing was run
        return count

    def _tell(self, name: str, status: int, count: Count, took: float, log: pathlib.Path) -> None:
        good = count.failed == 0
        with self._lock:
            with (self.directory / "counts.jsonl").open("a", encoding="utf-8") as counts:
                counts.write(json.dumps({"name": name, **dataclasses.asdict(count)}) + "\n")
            if not good:
                print(f"---- {name}, exit status {status}: {log}")
                sys.stdout.flush()
                sys.stdout.buffer.write(log.read_bytes())
                print(f"\n---- end of {name}")
            # What a suite leaves out, for want of something on this machine, and what it counted, it says on a line of
            # its own.
            for line in sorted(set(re.findall(r"^\s*(.*NOT RUN.*|total: .*)$", log.read_text(errors="replace"), re.MULTILINE))):
                print(f"     {line}")
            skipped = f", {count.skipped} SKIPPED" if count.skipped else ""
            print(f"{'ok  ' if good else 'FAIL'} {name}: {count.passed} passed, {count.failed} failed{skipped} "
                  f"({took:.1f} s)", flush=True)


def run(directory: pathlib.Path, jobs: int) -> int:
    directory.mkdir(parents=True, exist_ok=True)
    suites = [line.rstrip("\n").split("\t", 2) for line in sys.stdin if line.strip()]
    if not suites:
        print("error: no suites", file=sys.stderr)
        return 1
    runner = Runner(directory)
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        counts = list(pool.map(lambda suite: runner.run(*suite), suites))
    return 1 if any(count.failed for count in counts) else 0


def total(directory: pathlib.Path) -> int:
    lines = (directory / "counts.jsonl").read_text(encoding="utf-8").splitlines()
    suites = [json.loads(line) for line in lines]
    passed, failed, skipped = (sum(suite[key] for suite in suites) for key in ("passed", "failed", "skipped"))
    for suite in suites:
        if suite["failed"]:
            print(f"failed: {suite['name']}")
    if skipped:
        print(f"{skipped} skipped")
    print(f"{passed} passed, {failed} failed", flush=True)
    return 1 if failed or passed == 0 else 0


if __name__ == "__main__":
    where = pathlib.Path(sys.argv[2])
    sys.exit(run(where, int(sys.argv[3])) if sys.argv[1] == "run" else total(where))
