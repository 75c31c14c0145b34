"""One crash: prepare a data directory, run the server until it dies, apply the power loss, start again, and judge."""
import dataclasses
import json
import os
import shutil
import subprocess
import tempfile
import time

import power_loss
import service
import workload
from checker import Checker, Unanswered, check_audit

# How a run of the server ends when nothing killed it.
KILL, TERMINATE = "kill", "terminate"


@dataclasses.dataclass(frozen=True)
class Point:
    """What happens to one run. `phase` is where `at` was counted: "create" (the first start), "start" (of a used data
    directory), "service" or "stop" (within a run that starts, serves and stops), "recovery" (the start after a kill at
    `before` in service)."""
    phase: str
    mode: str  # the interposer's: kill, kill-after, torn, eio, enospc, short, stall
    at: int
    before: int = 0
    times: int = 1  # how many calls fail; 0: all from there on
    power: tuple = ("off",)  # judged after each of these: off (the process died, the kernel lives), lost, some
    skip_sync: str = ""  # syncs of paths with this in them do nothing

    @property
    def kills(self):
        return self.mode in ("kill", "kill-after", "torn")

    def __str__(self):
        before = f" before={self.before}" if self.before else ""
        return f"{self.phase} {self.mode} at={self.at}{before} times={self.times} power={','.join(self.power)}"


@dataclasses.dataclass
class Outcome:
    point: Point
    reached: bool
    kind: str  # of the call that was hit
    problems: list


class Scratch:
    """A directory in memory, with its path free of symbolic links, gone afterwards."""

    def __enter__(self):
        base = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
        self.path = os.path.realpath(tempfile.mkdtemp(prefix="claviger-crash-", dir=base))
        return self.path

    def __exit__(self, *_):
        shutil.rmtree(self.path, ignore_errors=True)


def data_in(disk):
    """The data directory on a disk. The server keeps the development key beside it."""
    return os.path.join(disk, "data")


@dataclasses.dataclass
class Crashed:
    """A disk as a server left it that was killed in service, with what was not durable yet."""
    replay: power_loss.Replay
    known: workload.Known
    recovery_calls: int = 0  # that a start makes until it is ready


class Template:
    """A disk with a data directory that a server made, used and left in an orderly way."""

    def __init__(self, binary):
        self.binary = binary
        self._crashed = {}
        with Scratch() as scratch:
            disk, log = os.path.join(scratch, "disk"), os.path.join(scratch, "log")
            os.mkdir(disk)
            self.empty = power_loss.Disk.of(disk)
            server = service.Server(binary, data_in(disk), log)
            require(server.ready, f"the server does not start: {read_text(log)}")
            self.known = first_key(server)
            workload.run_everything(self.known, server, "tc0")
            require(server.stop() == 0, "the server does not stop")
            require(not self.known.problems, str(self.known.problems))
            self.used = power_loss.Disk.of(disk)

    def of(self, phase):
        """The disk to begin with and what is known of it."""
        if phase == "create":
            return self.empty, workload.Known(self.known.default_policy)
        return self.used, self.known.copy()

    def crashed(self, interposer, before, skip_sync=""):
        """What a kill at that call in service left. Made once: all recoveries from there begin with the same."""
        if (before, skip_sync) not in self._crashed:
            with Scratch() as scratch:
                run = Run(self, interposer, scratch, Point("service", "kill", before, skip_sync=skip_sync))
                run.serve("kill", before)
                reached = run.control[service.FIRED] > 0
                run.close()
                require(reached, f"service makes fewer than {before} calls")
                require(not run.known.problems, str(run.known.problems))
                self._crashed[before, skip_sync] = Crashed(run.replay.follow(), run.known)
            with Scratch() as scratch:
                run = Run(self, interposer, scratch, Point("recovery", "kill", 0, before, skip_sync=skip_sync))
                ready, _, _ = run.serve(clients=False)
                run.close()
                require(ready, f"the server does not start again after a kill: {read_text(run.log)}")
                self._crashed[before, skip_sync].recovery_calls = ready
        return self._crashed[before, skip_sync]


def first_key(server):
    """What is known after making a key called t, which tells what the default policy is."""
    known = workload.Known()
    client = service.Client(server.ready, server.port)
    made = client.call("CreateKey", {"Description": "t made"}, "crash/first/1")
    policy = client.call("GetKeyPolicy", {"KeyId": made.body["KeyMetadata"]["KeyId"]}, "crash/first/2")
    client.close()
    known.default_policy = json.loads(policy.body["Policy"])["Statement"][0]["Sid"]
    known.calls += [workload.Call("crash/first/1", "CreateKey", {}, made),
                    workload.Call("crash/first/2", "GetKeyPolicy", {}, policy)]
    known.facts.update({("t", "description"): "made", ("t", "state"): "Enabled", ("t", "tags"): frozenset(),
                        ("t", "policy"): known.default_policy, ("t", "grants"): frozenset(),
                        ("t", "versions"): 1})
    return known


def require(condition, why):
    if not condition:
        raise RuntimeError(why)


class Run:
    """The disk of one point, the interposer's files beside it, and what the clients know."""

    def __init__(self, template, interposer, scratch, point):
        self.template = template
        self.interposer = interposer
        self.point = point
        self.scratch = scratch
        self.disk = os.path.join(scratch, "disk")
        self.log = os.path.join(scratch, "log")
        os.mkdir(self.disk)
        self.control = service.Control(os.path.join(scratch, "control"))
        self.trace = os.path.join(scratch, "trace")
        open(self.trace, "wb").close()
        if point.phase == "recovery":
            crashed = template.crashed(interposer, point.before, point.skip_sync)
            self.replay, self.known = crashed.replay.moved_to(self.disk, self.trace), crashed.known.copy()
            self._runs = 1
        else:
            image, self.known = template.of(point.phase)
            image = image.copy()
            image.write_to(self.disk)
            self.replay = image.replay(self.disk, self.trace)
            self._runs = 0

    def start(self, faults):
        faults.update(CRASH_DIRECTORY=self.disk, CRASH_CONTROL=self.control.path, CRASH_TRACE=self.trace)
        return service.Server(self.template.binary, data_in(self.disk), self.log, self.interposer, faults)

    def serve(self, mode=None, at=0, times=1, clients=True, end=TERMINATE, rounds=2):
        """One life of the server. The numbers of calls when it was ready, when the clients were done, and at its end;
        None for what it did not reach."""
        for word in range(4):
            self.control[word] = 0
        faults = {"CRASH_MODE": mode, "CRASH_AT": str(at), "CRASH_TIMES": str(times)} if mode else {}
        if self.point.skip_sync:
            faults["CRASH_SKIP_SYNC"] = self.point.skip_sync
        self._runs += 1
        server = self.start(faults)
        if not server.ready:
            server.process.stdout.close()
            return None, None, self.control[service.CALLS]
        ready = self.control[service.CALLS]
        if clients:
            workload.run_clients(self.known, server, f"w{self._runs}", rounds)
        served = self.control[service.CALLS]
        if end == KILL:
            server.kill()
        server.stop()
        return ready, served, self.control[service.CALLS]

    def close(self):
        self.control.close()


def count_calls(template, interposer, phase):
    """An undisturbed run: calls until ready, until the clients were done, in all; and the kind of each. Also proves
    that the trace tells everything: replayed, it must give the very files that are there."""
    with Scratch() as scratch:
        run = Run(template, interposer, scratch, Point(phase, "kill", 0))
        ready, served, ended = run.serve()
        require(ready, f"the server does not start below the interposer: {read_text(run.log)}")
        require(not run.known.problems, str(run.known.problems))
        run.replay.follow()
        difference = run.replay.difference_from(run.disk)
        require(not difference, f"the server wrote past the interposer: {difference}")
        run.close()
        return ready, served, ended, run.replay.kinds


def try_point(template, interposer, point):
    """Runs one point and judges what is left."""
    with Scratch() as scratch:
        run = Run(template, interposer, scratch, point)
        try:
            return _try(run, point)
        except (RuntimeError, TimeoutError, OSError, subprocess.TimeoutExpired, power_loss.ModelError,
                KeyError, ValueError) as error:
            return Outcome(point, True, "", [f"{type(error).__name__}: {error}; log: {read_text(run.log)}"])
        finally:
            run.close()


def _try(run, point):
    # After a fault the server may live on. Ending it hard shows what it had made durable by then.
    end = TERMINATE if point.kills or point.at % 2 else KILL
    run.serve(point.mode, point.at, point.times, clients=point.phase != "recovery" or not point.kills, end=end,
              rounds=2 if point.phase in ("service", "stop") else 1)
    reached = run.control[service.FIRED] > 0
    kind = power_loss.KIND_NAMES[run.control[service.LAST_KIND]]
    problems = list(run.known.problems)
    run.replay.follow()
    # "off" last: it lets the server change the run's own disk.
    for power in sorted(point.power, key=("lost", "some", "off").index):
        disk = run.disk
        known = run.known.copy()
        if power != "off":
            disk = os.path.join(run.scratch, "after-" + power)
            os.mkdir(disk)
            run.replay.after_power_loss(power, str(point)).write_to(disk)
        found = judge(run.template.binary, data_in(disk), known, run.log)
        problems += [f"power {power}: {problem}" for problem in found]
        if power != "off":
            shutil.rmtree(disk)
    return Outcome(point, reached, kind, problems)


def judge(binary, directory, known, log):
    """Starts the server again over what is left, and lists what is wrong."""
    server = service.Server(binary, directory, log)
    if not server.ready:
        return [f"the server does not start again (status {server.process.returncode}): {read_text(log)}"]
    try:
        checker = Checker(known, server, "check")
        problems = checker.check()
    except Unanswered as error:
        time.sleep(0.1)
        status = server.process.poll()
        server.kill()
        return [f"{error}; {'it still runs' if status is None else f'it ended with status {status}'}: {read_text(log)}"]
    finally:
        status = server.stop()
    if status != 0:
        problems.append(f"the restarted server stops with status {status}: {read_text(log)}")
    status, out, err = service.run_tool(binary, "audit", "verify", directory)
    if status != 0:
        problems.append(f"audit verify: status {status}: {out}{err}")
    status, out, err = service.run_tool(binary, "audit", "show", "--data-dir", directory, "--json")
    if status != 0:
        return problems + [f"audit show: status {status}: {err}"]
    events = [json.loads(line) for line in out.splitlines()]
    return problems + check_audit(known, events, checker)


def read_text(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()[-2000:].strip()
