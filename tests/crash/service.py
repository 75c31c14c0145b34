"""Starts the server, and speaks its API with signed requests."""
import hashlib
import hmac
import http.client
import json
import os
import select
import signal
import struct
import subprocess
import time

CALLS, FIRED, LAST_KIND, DISK = range(4)  # the words of the interposer's control file
DISK_WORKS, DISK_FULL, DISK_BLOCKED, STORE_BLOCKED = range(4)

READY_DEADLINE_S = 20.0
STOP_DEADLINE_S = 20.0
CALL_DEADLINE_S = 10.0


class Control:
    """The interposer's shared words."""

    def __init__(self, path):
        self.path = path
        with open(path, "wb") as file:
            file.write(bytes(32))
        self._fd = os.open(path, os.O_RDWR)

    def __getitem__(self, index):
        return struct.unpack("=Q", os.pread(self._fd, 8, 8 * index))[0]

    def __setitem__(self, index, value):
        os.pwrite(self._fd, struct.pack("=Q", value), 8 * index)

    def close(self):
        os.close(self._fd)


class Server:
    """One process of the server over a data directory. `faults` is the interposer's environment; None: without it."""

    def __init__(self, binary, directory, log_path, interposer=None, faults=None):
        self.log_path = log_path
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("CRASH_", "CLAVIGER"))}
        if faults is not None:
            environment.update(faults, LD_PRELOAD=interposer)
        with open(log_path, "ab") as log:
            self.process = subprocess.Popen(
                [binary, "dev", "--data-dir", directory, "--listen", "127.0.0.1:0"], env=environment,
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, close_fds=True)
        self.ready = self._read_ready()
        if self.ready:
            self.port = int(self.ready["endpoint"].rsplit(":", 1)[1].rstrip("/"))

    def _read_ready(self):
        """The line that says where it listens; None when the process ended, or was killed for being late, before."""
        deadline = time.monotonic() + READY_DEADLINE_S
        line = b""
        while not line.endswith(b"\n"):
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self.process.stdout], [], [], left)[0]:
                self.process.kill()
                self.process.wait()
                raise TimeoutError(f"not ready after {READY_DEADLINE_S} s, see {self.log_path}")
            part = os.read(self.process.stdout.fileno(), 65536)
            if not part:
                self.process.wait()
                return None
            line += part
        return json.loads(line)

    def stop(self):
        """SIGTERM; the exit status, which is negative for a signal."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.wait()

    def wait(self):
        try:
            return self.process.wait(STOP_DEADLINE_S)
        except subprocess.TimeoutExpired:
            self.kill()
            raise
        finally:
            self.process.stdout.close()

    def kill(self):
        self.process.kill()
        self.process.wait()


class Answer:
    def __init__(self, status, request_id, body):
        self.status = status
        self.request_id = request_id
        self.body = body

    @property
    def error(self):
        return self.body.get("__type", "").rsplit("#", 1)[-1] if self.status != 200 else ""


class Client:
    """One connection. call() returns an Answer, or None when there was no complete answer; then the connection is
    done."""

    def __init__(self, ready, port, region=None):
        self._key_id = ready["accessKeyId"]
        self._secret = ready["secretAccessKey"]
        self._region = region or ready["region"]
        self._host = f"127.0.0.1:{port}"
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=CALL_DEADLINE_S)
        self._day, self._signing_key = "", b""
        self.timed_out = False

    def close(self):
        self._connection.close()

    def get(self, path):
        self._connection.request("GET", path, headers={"Host": self._host})
        response = self._connection.getresponse()
        return response.status, response.read()

    def call(self, action, parameters, agent):
        body = json.dumps(parameters).encode()
        headers = self._signed_headers("TrentService." + action, body)
        headers["User-Agent"] = agent
        try:
            self._connection.request("POST", "/", body, headers)
            response = self._connection.getresponse()
            data = response.read()
            return Answer(response.status, response.headers["x-amzn-RequestId"], json.loads(data) if data else {})
        except (OSError, http.client.HTTPException) as error:
            self.timed_out = isinstance(error, TimeoutError)
            self._connection.close()
            return None

    def _signed_headers(self, target, body):
        now = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
        headers = {"content-type": "application/x-amz-json-1.1", "host": self._host, "x-amz-date": now,
                   "x-amz-target": target}
        names = ";".join(headers)
        canonical = "POST\n/\n\n" + "".join(f"{name}:{value}\n" for name, value in headers.items()) + \
            f"\n{names}\n{hashlib.sha256(body).hexdigest()}"
        scope = f"{now[:8]}/{self._region}/kms/aws4_request"
        text = f"AWS4-HMAC-SHA256\n{now}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
        if self._day != now[:8]:
            self._day, key = now[:8], ("AWS4" + self._secret).encode()
            for part in (now[:8], self._region, "kms", "aws4_request"):
                key = hmac.digest(key, part.encode(), "sha256")
            self._signing_key = key
        signature = hmac.digest(self._signing_key, text.encode(), "sha256").hex()
        headers["authorization"] = (f"AWS4-HMAC-SHA256 Credential={self._key_id}/{scope}, SignedHeaders={names}, "
                                    f"Signature={signature}")
        return headers


def run_tool(binary, *arguments):
    """Runs a subcommand; (exit status, standard output, standard error)."""
    done = subprocess.run([binary, *arguments], stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False)
    return done.returncode, done.stdout.decode(), done.stderr.decode()
