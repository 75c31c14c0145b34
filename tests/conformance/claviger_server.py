"""The real binary, started for a test as a user starts it, and the clients that talk to it."""

import json
import os
import selectors
import shutil
import subprocess
import threading
from pathlib import Path

import boto3
from botocore.config import Config

from aws_cli import AwsCli
from raw_kms import RawKms

REPOSITORY = Path(__file__).resolve().parents[2]
BINARY = Path(os.environ.get("CLAVIGER_BINARY", REPOSITORY / "build/release/claviger")).resolve()
# Only ends a test that would hang for ever; nothing is expected to take long.
PATIENCE_SECONDS = 120


class CliError(Exception):
    """The AWS CLI ended with an error; the text is what it wrote to standard error."""


def claviger(*arguments, check=True):
    """Runs a subcommand of the binary to its end."""
    return subprocess.run(
        [BINARY, *map(str, arguments)], check=check, capture_output=True, text=True, timeout=PATIENCE_SECONDS
    )


class Server:
    """A running `claviger dev` over a data directory, which may be stopped and started again."""

    def __init__(self, data_dir, log_dir, arguments=(), environment=None, **popen):
        self.data_dir = Path(data_dir)
        self.log_dir = Path(log_dir)
        self.log_dir.mkdir(parents=True, exist_ok=True)
        self.arguments = [str(argument) for argument in arguments]
        self.environment = dict(os.environ, **(environment or {}))
        self.popen = popen
        self.process = None
        self._aws_cli = None
        self.start()

    @property
    def stderr_path(self):
        return self.log_dir / "stderr"

    @property
    def stdout_path(self):
        return self.log_dir / "stdout"

    def start(self):
        command = [BINARY, "dev", "--listen", "127.0.0.1:0", "--data-dir", self.data_dir, *self.arguments]
        with open(self.stderr_path, "ab") as stderr:
            self.process = subprocess.Popen(
                [str(part) for part in command],
                stdout=subprocess.PIPE,
                stderr=stderr,
                env=self.environment,
                **self.popen,
            )
        line = self._first_line()
        self._drain = threading.Thread(target=self._keep_stdout, args=(line, self.process.stdout), daemon=True)
        self._drain.start()
        ready = json.loads(line)
        self.endpoint = ready["endpoint"]
        self.account = ready["account"]
        self.region = ready["region"]
        self.access_key = ready["accessKeyId"]
        self.secret_key = ready["secretAccessKey"]
        self.other_accounts = ready.get("otherAccounts", [])
        self.control_endpoint = ready.get("controlEndpoint")
        self.host, port = self.endpoint.removeprefix("http://").split(":")
        self.port = int(port)
        self._clients = {}
        self._raw = {}

    def _first_line(self):
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            line = self.process.stdout.readline() if selector.select(PATIENCE_SECONDS) else b""
        if not line:
            self.process.kill()
            self.process.wait()
            raise AssertionError("the server did not become ready:\n" + self.stderr_path.read_text(errors="replace"))
        return line

    def _keep_stdout(self, first_line, pipe):
        with pipe, open(self.stdout_path, "ab") as out:
            out.write(first_line)
            out.flush()
            shutil.copyfileobj(pipe, out)

    def terminate(self):
        """Ends the server as an operator does; it must drain and say that all was well."""
        self._close_aws_cli()
        self.process.terminate()
        status = self.process.wait(PATIENCE_SECONDS)
        self._drain.join()
        assert status == 0, f"exit status {status}:\n{self.stderr_path.read_text(errors='replace')}"

    def kill(self):
        self._close_aws_cli()
        self.process.kill()
        self.process.wait(PATIENCE_SECONDS)
        self._drain.join()

    def _close_aws_cli(self):
        if self._aws_cli is not None:
            self._aws_cli.close()
            self._aws_cli = None

    def verify_audit(self):
        """The report of `claviger audit verify`, which must find nothing wrong."""
        result = claviger("audit", "verify", self.data_dir, check=False)
        assert result.returncode == 0, result.stdout + result.stderr
        return result.stdout

    def kms(self, region=None, access_key=None, secret_key=None):
        return self.client("kms", region, access_key, secret_key)

    def client(self, service, region=None, access_key=None, secret_key=None, session_token=None):
        """A boto3 client. It neither repeats a request nor checks parameters: that is the server's task."""
        access_key, secret_key = access_key or self.access_key, secret_key or self.secret_key
        key = (region or self.region, access_key, secret_key, session_token, service)
        if key not in self._clients:
            config = Config(retries={"total_max_attempts": 1}, parameter_validation=False)
            session = boto3.session.Session(
                region_name=key[0], aws_access_key_id=key[1], aws_secret_access_key=key[2], aws_session_token=key[3]
            )
            self._clients[key] = session.client(service, endpoint_url=self.endpoint, config=config)
        return self._clients[key]

    def client_of(self, service, credentials):
        """The same for the Credentials of an answer of STS."""
        return self.client(
            service,
            access_key=credentials["AccessKeyId"],
            secret_key=credentials["SecretAccessKey"],
            session_token=credentials["SessionToken"],
        )

    def raw(self, region=None, access_key=None, secret_key=None):
        """Signed requests with any body at all, over one connection that is kept."""
        key = (region or self.region, access_key or self.access_key, secret_key or self.secret_key)
        if key not in self._raw:
            self._raw[key] = RawKms(self.host, self.port, *key)
        return self._raw[key]

    def aws(self, *arguments, service="kms", region=None, environment=None):
        """Runs `aws SERVICE ARGUMENTS` and gives its output, parsed; None when it printed nothing. `environment` is added
        to that of the command; a value of None takes a variable away."""
        command = ["--endpoint-url", self.endpoint, "--output", "json", service, *map(str, arguments)]
        added = environment or {}
        environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        environment |= {
            "AWS_ACCESS_KEY_ID": self.access_key,
            "AWS_SECRET_ACCESS_KEY": self.secret_key,
            "AWS_DEFAULT_REGION": region or self.region,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "HOME": str(self.log_dir),
            "AWS_MAX_ATTEMPTS": "1",
        } | added
        environment = {name: str(value) for name, value in environment.items() if value is not None}
        if self._aws_cli is None:
            # The CLI keeps sessions of assumed roles below HOME, and would use those of another server.
            self._aws_cli = AwsCli(self.log_dir, PATIENCE_SECONDS)
        status, output, complaint = self._aws_cli.run(command, environment)
        if status != 0:
            raise CliError(complaint)
        return json.loads(output) if output.strip() else None

    def audit_events(self, event_name=None, request_id=None, resource=None):
        """The audit records, oldest first, read from the directory of the running server."""
        command = ["audit", "show", "--data-dir", self.data_dir, "--json"]
        for option, value in (("--event-name", event_name), ("--request-id", request_id), ("--resource", resource)):
            if value is not None:
                command += [option, value]
        return [json.loads(line) for line in claviger(*command).stdout.splitlines()]

    def audit(self, request_id, account=None):
        """The one audit record of a request, or, of one that concerns several accounts, the one for this account."""
        events = self.audit_events(request_id=request_id)
        events = [event for event in events if account in (None, event["recipientAccountId"])]
        assert len(events) == 1, f"{len(events)} records of request {request_id}"
        return events[0]
