"""The two programs that decide: ours, and the simulator. Cases go in as lines and answers come out in the same order."""
import json
import os
import pathlib
import subprocess
import threading

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
CACHE = pathlib.Path(os.environ.get("CLAVIGER_CACHE") or pathlib.Path(
    os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "claviger")
DECIDE = pathlib.Path(os.environ.get("CLAVIGER_DECIDE") or ROOT / "build/release/tests/differential/differential_decide")


def ask(command: list, lines) -> list[dict]:
    """The answers of a program to all lines."""
    with subprocess.Popen([str(part) for part in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          text=True) as process:
        def feed():
            try:
                for line in lines:
                    process.stdin.write(line + "\n")
                process.stdin.close()
            except BrokenPipeError:
                pass  # it died; its exit status says so below

        feeder = threading.Thread(target=feed)
        feeder.start()
        answers = [json.loads(line) for line in process.stdout]
        feeder.join()
    if process.returncode != 0:
        raise SystemExit(f"{command[0]} ended with status {process.returncode}")
    return answers


def decide(lines) -> list[dict]:
    return ask([DECIDE], lines)


def simulate(lines) -> list[dict]:
    return ask(["node", HERE / "simulate.mjs", CACHE / "differential"], lines)
