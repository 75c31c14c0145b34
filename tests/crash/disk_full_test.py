#!/usr/bin/env python3
"""Fills or blocks the disk below the audit log of a serving server, or blocks it below the store: calls must fail soon
and say so, health must say why, and work must go on by itself once the disk works again; no acknowledged call may lack
its record.

Full with a small file system of its own below the log, in a private mount namespace (where the machine allows that);
the rest with the interposer of the crash tests. Environment as in crash_test.py.
"""
import base64
import os
import shutil
import subprocess
import sys
import time

import harness
import service
import workload
from crash_test import BINARY, INTERPOSER

INSIDE = "--inside-namespace"
FILE_SYSTEM_MIB = 40  # one segment of 32 MiB and little else
FAILURE_LIMIT_S = 2.5  # two seconds are promised; the rest is for a busy machine
RECOVERY_LIMIT_S = 10.0


class Caller:
    """Sends calls and keeps what is known."""

    def __init__(self, known, server):
        self._known = known
        self._client = service.Client(server.ready, server.port)
        self._sent = 0

    def call(self, action, parameters, change=None):
        """The answer and how long it took."""
        self._sent += 1
        began = time.monotonic()
        answer = self._client.call(action, parameters, f"crash/disk-full/{self._sent}")
        took = time.monotonic() - began
        harness.require(answer is not None, f"{action} was not answered in {took:.1f} s")
        call = workload.Call(f"crash/disk-full/{self._sent}", action, change or {}, answer)
        self._known.calls.append(call)
        if change and call.succeeded:
            self._known.facts.update(change)
        elif change:
            self._known.uncertain.append((call, {fact: workload.ABSENT for fact in change}))
        return answer, took

    def create_key(self, label):
        facts = {(label, "description"): "made", (label, "state"): "Enabled", (label, "tags"): frozenset(),
                 (label, "policy"): self._known.default_policy, (label, "grants"): frozenset(),
                 (label, "versions"): 1}
        return self.call("CreateKey", {"Description": f"{label} made"}, facts)

    def encrypt(self, key_id, context):
        plaintext = base64.b64encode(b"disk full").decode()
        answer, took = self.call("Encrypt", {"KeyId": key_id, "Plaintext": plaintext, "EncryptionContext": context})
        if answer.status == 200 and not context:
            self._known.ciphertexts.append((answer.body["CiphertextBlob"], context, plaintext, "t"))
        return answer, took

    def health(self, what):
        status, body = self._client.get("/health/" + what)
        return status, body.decode()


def serve_through_a_full_disk(known, server, fill, make_space, calls_until_full):
    """The test proper. `fill` and `make_space` act on the disk; after `fill` the log may hold out for some calls."""
    caller = Caller(known, server)
    key_id = next(call.answer.body["KeyMetadata"]["KeyId"] for call in known.calls if call.action == "CreateKey")
    harness.require(caller.encrypt(key_id, {})[0].status == 200, "Encrypt does not work to begin with")
    fill()
    # Long records, so that a prepared segment is used up soon.
    context = {f"pair {i}": "x" * 900 for i in range(8)}
    accepted = 0
    answer, slowest = caller.encrypt(key_id, context)
    while answer.status == 200:
        accepted += 1
        harness.require(accepted <= calls_until_full, f"{accepted} calls were acknowledged on a full disk")
        answer, slowest = caller.encrypt(key_id, context)
    refused = 1
    for i in range(10):
        for answer, took in (caller.encrypt(key_id, {}), caller.call("DescribeKey", {"KeyId": key_id}),
                             caller.create_key(f"full{i}"), caller.call("DescribeKey", {"KeyId": "alias/nothing"})):
            harness.require(answer.status in (500, 503) and answer.error,
                            f"a call on a full disk: {answer.status} {answer.body}")
            slowest = max(slowest, took)
            refused += 1
    harness.require(slowest < FAILURE_LIMIT_S, f"a call took {slowest:.1f} s to fail")
    status, body = caller.health("ready")
    harness.require(status == 503 and "audit" in body, f"health on a full disk: {status} {body}")
    print(f"  full after {accepted} more calls; {refused} refused, the slowest after {slowest * 1000:.0f} ms; "
          f"ready: {body}")
    harness.require(caller.health("live")[0] == 200, "the server calls itself dead on a full disk")
    make_space()
    began = time.monotonic()
    while caller.encrypt(key_id, {})[0].status != 200:
        harness.require(time.monotonic() - began < RECOVERY_LIMIT_S, "no work although there is space again")
        time.sleep(0.02)
    recovered = time.monotonic() - began
    harness.require(caller.create_key("after")[0].status == 200, "CreateKey does not work after a full disk")
    status, body = caller.health("ready")
    harness.require(status == 200, f"health with space again: {status} {body}")
    print(f"  work went on {recovered * 1000:.0f} ms after there was space, in the same process")


def serve_through_a_blocked_store(known, server, block, unblock):
    """What needs the store fails, what does not goes on."""
    caller = Caller(known, server)
    key_id = next(call.answer.body["KeyMetadata"]["KeyId"] for call in known.calls if call.action == "CreateKey")
    harness.require(caller.encrypt(key_id, {})[0].status == 200, "Encrypt does not work to begin with")
    block()
    # The first is stuck in the disk; those after it are not even begun.
    answer, slowest = caller.create_key("stuck")
    harness.require(answer.status == 500, f"a change in a blocked store: {answer.status} {answer.body}")
    for i in range(10):
        for answer, took in (caller.create_key(f"blocked{i}"), caller.call("DescribeKey", {"KeyId": "alias/nothing"})):
            harness.require(answer.error == "DependencyTimeoutException",
                            f"a call of a blocked store: {answer.status} {answer.body}")
            slowest = max(slowest, took)
        answer, took = caller.encrypt(key_id, {})
        harness.require(answer.status == 200, f"Encrypt beside a blocked store: {answer.status} {answer.body}")
        slowest = max(slowest, took)
    harness.require(slowest < FAILURE_LIMIT_S, f"a call took {slowest:.1f} s to fail")
    status, body = caller.health("ready")
    harness.require(status == 503 and "store" in body, f"health of a blocked store: {status} {body}")
    print(f"  30 calls answered, the slowest after {slowest * 1000:.0f} ms; ready: {body}")
    unblock()
    began = time.monotonic()
    number = 0
    while caller.create_key(f"after{number}")[0].status != 200:
        harness.require(time.monotonic() - began < RECOVERY_LIMIT_S, "no work although the store's disk works again")
        number += 1
        time.sleep(0.02)
    recovered = time.monotonic() - began
    status, body = caller.health("ready")
    harness.require(status == 200, f"health of a store that works again: {status} {body}")
    print(f"  work went on {recovered * 1000:.0f} ms after the disk worked, in the same process")


def finish(server, binary, data, known, log):
    harness.require(server.stop() == 0, f"the server does not stop: {harness.read_text(log)}")
    problems = harness.judge(binary, data, known, log)
    for problem in problems:
        print(f"VIOLATION: {problem}")
    return 1 if problems else 0


def with_interposer(template, name, serve):
    """`serve` gets what is known, the server, and what sets the disk's state."""
    print(f"disk {name}, by the interposer:", flush=True)
    with harness.Scratch() as scratch:
        # A new directory: in a used one the server may have to scrub its store, and a store whose disk is full while it
        # is written is not to go on.
        run = harness.Run(template, INTERPOSER, scratch, harness.Point("create", "enospc", 0))
        server = run.start({})
        harness.require(server.ready, f"the server does not start: {harness.read_text(run.log)}")
        run.known = harness.first_key(server)

        def set_disk(value):
            run.control[service.DISK] = value

        try:
            serve(run.known, server, set_disk)
            return finish(server, BINARY, harness.data_in(run.disk), run.known, run.log)
        finally:
            server.kill()


def full_or_blocked(state):
    # Of the whole disk; but nothing reaches the store before the log has taken its intent.
    return lambda known, server, set_disk: serve_through_a_full_disk(
        known, server, lambda: set_disk(state), lambda: set_disk(service.DISK_WORKS), calls_until_full=0)


def blocked_store(known, server, set_disk):
    serve_through_a_blocked_store(known, server, lambda: set_disk(service.STORE_BLOCKED),
                                  lambda: set_disk(service.DISK_WORKS))


def with_file_system():
    """Runs in a mount namespace of its own."""
    print(f"disk full, with a file system of {FILE_SYSTEM_MIB} MiB below the log:", flush=True)
    with harness.Scratch() as scratch:
        data, log = os.path.join(scratch, "data"), os.path.join(scratch, "log")
        audit = os.path.join(data, "audit")
        server = service.Server(BINARY, data, log)
        harness.require(server.ready, f"the server does not start: {harness.read_text(log)}")
        known = harness.first_key(server)
        harness.require(server.stop() == 0, f"the server does not stop: {harness.read_text(log)}")
        move_to_small_file_system(audit)
        server = service.Server(BINARY, data, log)
        harness.require(server.ready, f"the server does not start again: {harness.read_text(log)}")
        filler = os.path.join(audit, "filler")

        def fill():
            with open(filler, "wb", buffering=0) as file:
                try:
                    while True:
                        file.write(bytes(4096))
                except OSError:
                    pass

        try:
            serve_through_a_full_disk(known, server, fill, lambda: enlarge(audit, filler), calls_until_full=20_000)
            return finish(server, BINARY, data, known, log)
        finally:
            server.kill()
            subprocess.run(["umount", "-l", audit], check=False)


def move_to_small_file_system(audit):
    aside = audit + ".aside"
    os.rename(audit, aside)
    os.mkdir(audit, 0o700)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={FILE_SYSTEM_MIB}m,mode=0700", "claviger", audit], check=True)
    for name in os.listdir(aside):
        target = os.path.join(audit, name)
        shutil.copyfile(os.path.join(aside, name), target)
        os.chmod(target, 0o600)
        # As the server left it: a segment owns the space up to its end.
        with open(target, "rb+") as file:
            os.posix_fallocate(file.fileno(), 0, os.path.getsize(target))
    shutil.rmtree(aside)


def enlarge(audit, filler):
    os.unlink(filler)
    subprocess.run(["mount", "-o", f"remount,size={4 * FILE_SYSTEM_MIB}m", audit], check=True)


def namespace_command():
    """How to run something with mounts of its own; None where that is not allowed."""
    for options in (["-m"], ["-r", "-m"]):
        probe = subprocess.run(["unshare", *options, "mount", "-t", "tmpfs", "none", "/mnt"], capture_output=True,
                               check=False)
        if probe.returncode == 0:
            return ["unshare", *options]
    return None


def main():
    if sys.argv[1:] == [INSIDE]:
        return with_file_system()
    template = harness.Template(BINARY)
    failed = with_interposer(template, "full", full_or_blocked(service.DISK_FULL))
    failed |= with_interposer(template, "blocked", full_or_blocked(service.DISK_BLOCKED))
    failed |= with_interposer(template, "blocked below the store", blocked_store)
    command = namespace_command()
    if command is None:
        print("disk full, with a file system of its own: NOT RUN, this machine allows no private mounts")
        return failed
    inside = [*command, sys.executable, os.path.abspath(__file__), INSIDE]
    return failed | subprocess.run(inside, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
