"""The real AWS CLI without the four fifths of its time that it takes to start.

Run as a program with the tests' Python, it imports and warms up the CLI once and then, for each line of JSON on standard
input ({"arguments": [...], "environment": {...}, "seconds": ...}), forks a process that is `aws ARGUMENTS` with nothing but
that environment, and is killed after that time, and answers with a line ({"status": ..., "out": ..., "err": ...}).
"""

import contextlib
import io
import json
import os
import signal
import subprocess
import sys
import tempfile
import traceback

# A port where nobody listens: the call fails once everything that it needs is there.
NOWHERE = "http://127.0.0.1:1"


class AwsCli:
    """The program below. The CLI asks for the home directory when it is imported, so it is the same for all calls. A call
    may take so many seconds."""

    def __init__(self, home, patience):
        self._patience = patience
        environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        environment["HOME"] = str(home)
        self._process = subprocess.Popen(
            [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        )

    def run(self, arguments, environment):
        """The exit status, what went to standard output, and what to standard error."""
        request = {"arguments": arguments, "environment": environment, "seconds": self._patience}
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, "the process that runs the AWS CLI ended"
        answer = json.loads(line)
        return answer["status"], answer["out"], answer["err"]

    def close(self):
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait()


def warm_up(clidriver):
    """Has every module and model in memory that a call of a service needs."""
    os.environ |= {"AWS_ACCESS_KEY_ID": "none", "AWS_SECRET_ACCESS_KEY": "none", "AWS_DEFAULT_REGION": "us-east-1"}
    os.environ |= {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull, "AWS_MAX_ATTEMPTS": "1"}
    with contextlib.redirect_stderr(io.StringIO()):
        clidriver.create_clidriver().main(["kms", "list-keys", "--endpoint-url", NOWHERE])


def be_the_cli(clidriver, request, out, err):
    """In a process of its own, which ends here."""
    signal.alarm(request["seconds"])
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(out.fileno(), 1)
    os.dup2(err.fileno(), 2)
    # Set by importing the CLI: where its own data lies.
    data = {"AWS_DATA_PATH": os.environ["AWS_DATA_PATH"]}
    os.environ.clear()
    os.environ.update(data | request["environment"])
    sys.argv = ["aws", *request["arguments"]]
    status = 1
    try:
        status = clidriver.main()
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 1
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def answer(clidriver, request):
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        child = os.fork()
        if child == 0:
            be_the_cli(clidriver, request, out, err)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        out.seek(0)
        err.seek(0)
        return {"status": status, "out": out.read().decode(), "err": err.read().decode()}


def main():
    from awscli import clidriver  # only this process needs it

    warm_up(clidriver)
    for line in sys.stdin:
        print(json.dumps(answer(clidriver, json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
