#!/usr/bin/env python3
"""Measures Claviger against nginx answering a fixed reply, on the same core in the same run.

Run it through scripts/bench. The server under test runs on core 0, the load (wrk) on core 1; every number is the median
of several rounds in which the two take turns, because machines are noisy and only the ratio means something.
"""
import argparse
import base64
import contextlib
import datetime
import hashlib
import hmac
import http.client
import json
import os
import pathlib
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse
from xml.etree import ElementTree

ROOT = pathlib.Path(__file__).resolve().parents[2]
LUA = pathlib.Path(__file__).with_name("request.lua")
SERVER_CORE, LOAD_CORE = "0", "1"
REGION = "us-east-1"


def say(text):
    print(f"    {text}", file=sys.stderr, flush=True)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


# ---- Signed requests -------------------------------------------------------------------------------------------------

class Signer:
    """Signature Version 4 in the header form, for one access key, Region and service; `token` is that of a session."""

    def __init__(self, access_key, secret_key, host, service="kms", token=None):
        self.access_key, self.host, self.token = access_key, host, token
        now = datetime.datetime.now(datetime.timezone.utc)
        self.date = now.strftime("%Y%m%dT%H%M%SZ")
        self.scope = f"{self.date[:8]}/{REGION}/{service}/aws4_request"
        key = ("AWS4" + secret_key).encode()
        for part in (self.date[:8], REGION, service, "aws4_request"):
            key = hmac.new(key, part.encode(), hashlib.sha256).digest()
        self.key = key

    def request(self, operation, members):
        """In KMS's protocol."""
        return self.signed(json.dumps(members, separators=(",", ":")), "application/x-amz-json-1.1",
                           {"X-Amz-Target": f"TrentService.{operation}"})

    def form(self, parameters):
        """In that of IAM and STS."""
        return self.signed(urllib.parse.urlencode(parameters), "application/x-www-form-urlencoded", {})

    def signed(self, body, content_type, headers):
        body = body.encode()
        headers = {"Content-Type": content_type, "Host": self.host, "X-Amz-Date": self.date, **headers}
        if self.token:
            headers["X-Amz-Security-Token"] = self.token
        names = sorted(headers, key=str.lower)
        signed = ";".join(names).lower()
        canonical = "\n".join(["POST", "/", "", *[f"{name.lower()}:{headers[name]}" for name in names], "", signed,
                               hashlib.sha256(body).hexdigest()])
        to_sign = "\n".join(["AWS4-HMAC-SHA256", self.date, self.scope, hashlib.sha256(canonical.encode()).hexdigest()])
        signature = hmac.new(self.key, to_sign.encode(), hashlib.sha256).hexdigest()
        headers["Authorization"] = (f"AWS4-HMAC-SHA256 Credential={self.access_key}/{self.scope}, "
                                    f"SignedHeaders={signed}, Signature={signature}")
        headers["Content-Length"] = str(len(body))
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        return f"POST / HTTP/1.1\r\n{lines}\r\n".encode() + body


def write_requests(path, requests):
    with open(path, "wb") as file:
        for request in requests:
            file.write(b"%d\n%s\n" % (len(request), request))


def send(port, request):
    """Sends one request and returns status and body."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(request)
        response = http.client.HTTPResponse(connection)
        response.begin()
        return response.status, response.read()


# ---- The two servers -------------------------------------------------------------------------------------------------

@contextlib.contextmanager
def running(command, ready, **options):
    process = subprocess.Popen(command, **options)
    try:
        ready(process)
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def wait_for_port(port):
    def wait(process):
        for _ in range(400):
            if process.poll() is not None:
                raise SystemExit(f"{process.args} ended with {process.returncode}")
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 0.2):
                return
            time.sleep(0.01)
        raise SystemExit(f"{process.args} does not listen")
    return wait


class Claviger:
    """A server on core 0; for TLS as `serve`, else as `dev`."""

    def __init__(self, binary, directory, tls=None):
        self.binary, self.directory, self.tls = binary, directory, tls
        self.access_key, self.secret_key = "claviger", "claviger"

    @contextlib.contextmanager
    def run(self, pin=True):
        self.port = free_port()
        pinned = ["taskset", "-c", SERVER_CORE] if pin else []
        if self.tls is None:
            command = [*pinned, str(self.binary), "dev", "--data-dir", str(self.directory), "--listen",
                       f"127.0.0.1:{self.port}", "--event-loops", "1", "--keys-per-region", "100000000"]
        else:
            config = self.directory.with_suffix(".toml")
            config.write_text(
                f'data_dir = "{self.directory}"\nlisten = "127.0.0.1:{self.port}"\nevent_loops = 1\n'
                f'[tls]\ncertificate = "{self.tls}/cert.pem"\nprivate_key = "{self.tls}/key.pem"\n'
                f'[seal]\nkey_file = "{self.directory}.key"\n')
            command = [*pinned, str(self.binary), "serve", "--config", str(config)]
        log = open(self.directory.with_suffix(".log"), "ab")
        with running(command, wait_for_port(self.port), stdout=subprocess.DEVNULL, stderr=log) as process:
            self.pid = process.pid
            yield self

    def signer(self, **more):
        return Signer(self.access_key, self.secret_key, f"127.0.0.1:{self.port}", **more)

    def call(self, operation, **members):
        status, body = send(self.port, self.signer().request(operation, members))
        if status != 200:
            raise SystemExit(f"{operation}: {status} {body[:300]!r}")
        return json.loads(body or b"{}")

    def query(self, service, action, caller=None, **parameters):
        """Calls IAM or STS, as root if nobody else; the texts of the answer's elements by their names."""
        form = {"Action": action, "Version": {"iam": "2010-05-08", "sts": "2011-06-15"}[service], **parameters}
        signer = caller.signer(self, service=service) if caller else self.signer(service=service)
        status, body = send(self.port, signer.form(form))
        if status != 200:
            raise SystemExit(f"{action}: {status} {body[:300]!r}")
        return {element.tag.rpartition("}")[2]: element.text for element in ElementTree.fromstring(body).iter()}

    def resident_mib(self):
        for line in pathlib.Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
        return 0.0


@contextlib.contextmanager
def nginx(work, reply_size, tls=None):
    """nginx on core 0 with one worker, answering everything with a fixed reply of this size."""
    port = free_port()
    body = "x" * reply_size
    ssl = f"ssl_certificate {tls}/cert.pem; ssl_certificate_key {tls}/key.pem;" if tls else ""
    config = work / f"nginx-{port}.conf"
    config.write_text(f"""
daemon off; worker_processes 1; pid {work}/nginx-{port}.pid; error_log {work}/nginx-error.log;
events {{ worker_connections 2048; }}
http {{ access_log off; keepalive_requests 100000000; keepalive_timeout 600s; default_type application/x-amz-json-1.1;
  client_body_temp_path {work}/nginx-body; proxy_temp_path {work}/nginx-proxy; fastcgi_temp_path {work}/nginx-fastcgi;
  uwsgi_temp_path {work}/nginx-uwsgi; scgi_temp_path {work}/nginx-scgi;
  server {{ listen 127.0.0.1:{port} {"ssl" if tls else ""} backlog=1024; {ssl}
    location / {{ return 200 "{body}"; }} }} }}
""")
    with running(["taskset", "-c", SERVER_CORE, "nginx", "-c", str(config), "-p", str(work)], wait_for_port(port),
                 stderr=subprocess.DEVNULL):
        yield port


def wrk(port, requests, connections, seconds, tls, mode="in-order"):
    command = ["taskset", "-c", LOAD_CORE, "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s", "-s",
               str(LUA), f"http{'s' if tls else ''}://127.0.0.1:{port}/", "--", str(requests), mode]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    line = next(line for line in output.splitlines() if line.startswith("RESULT "))
    result = json.loads(line[len("RESULT "):])
    if result["failed"]:
        raise SystemExit(f"{result['failed']} requests failed:\n{output}")
    return {"rate": result["requests"] * 1e6 / result["microseconds"], "p50": result["p50"], "p99": result["p99"]}


# ---- What is measured ------------------------------------------------------------------------------------------------

def compare(claviger, yardstick_port, name, requests, connections, args, tls):
    """Rounds in which both take turns; the medians, and the ratio of each round's rates."""
    ours, theirs = [], []
    for _ in range(args.rounds):
        ours.append(wrk(claviger.port, requests, connections, args.seconds, tls))
        theirs.append(wrk(yardstick_port, requests, connections, args.seconds, tls))
    ratio = statistics.median(a["rate"] / b["rate"] for a, b in zip(ours, theirs))
    latency = statistics.median(a["p99"] / b["p99"] for a, b in zip(ours, theirs))
    row = {"what": name, "transport": "TLS" if tls else "HTTP", "connections": connections,
           "rate": statistics.median(a["rate"] for a in ours), "nginx_rate": statistics.median(b["rate"] for b in theirs),
           "ratio": ratio, "p50_us": statistics.median(a["p50"] for a in ours),
           "p99_us": statistics.median(a["p99"] for a in ours),
           "nginx_p99_us": statistics.median(b["p99"] for b in theirs), "p99_ratio": latency}
    say(f"{name:16} {row['transport']:4} {connections:4}  {row['rate']:9.0f}/s  nginx {row['nginx_rate']:9.0f}/s  "
        f"ratio {ratio:.2f}  p99 {row['p99_us']:.0f} us ({latency:.2f} x nginx's)")
    return row


def cryptography(claviger, work, args, tls=None):
    """Encrypt, Decrypt and GenerateDataKey, signed, with a context of two pairs, durably audited."""
    rows = []
    signer = claviger.signer()
    context = {"service": "payments", "tenant": "4711"}
    plaintext = base64.b64encode(os.urandom(32)).decode()
    # The key and the ciphertext were made over plain HTTP before.
    key, blob, sizes = claviger.prepared
    calls = {"Encrypt": {"KeyId": key, "Plaintext": plaintext, "EncryptionContext": context},
             "Decrypt": {"CiphertextBlob": blob, "EncryptionContext": context},
             "GenerateDataKey": {"KeyId": key, "KeySpec": "AES_256", "EncryptionContext": context}}
    for name in args.actions:
        requests = work / f"{name}.requests"
        with nginx(work, sizes[name], tls) as yardstick:
            for connections in args.connections:
                # Signatures are good for five minutes.
                write_requests(requests, [claviger.signer().request(name, calls[name])])
                rows.append(compare(claviger, yardstick, name, requests, connections, args, tls))
    del signer
    return rows


def prepare(claviger):
    """Makes a key and a ciphertext, and learns how long the replies are."""
    context = {"service": "payments", "tenant": "4711"}
    key = claviger.call("CreateKey")["KeyMetadata"]["Arn"]
    encrypted = claviger.call("Encrypt", KeyId=key, Plaintext=base64.b64encode(os.urandom(32)).decode(),
                              EncryptionContext=context)
    blob = encrypted["CiphertextBlob"]
    decrypted = claviger.call("Decrypt", CiphertextBlob=blob, EncryptionContext=context)
    data_key = claviger.call("GenerateDataKey", KeyId=key, KeySpec="AES_256", EncryptionContext=context)
    sizes = {name: len(json.dumps(reply, separators=(",", ":")))
             for name, reply in (("Encrypt", encrypted), ("Decrypt", decrypted), ("GenerateDataKey", data_key))}
    claviger.prepared = key, blob, sizes


# Twenty statements, of which the last allows, for a context of the right service.
TWENTY_STATEMENTS = json.dumps({"Version": "2012-10-17", "Statement": [
    *[{"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": f"arn:aws:s3:::bucket-{i:02}/*"}
      for i in range(16)],
    {"Effect": "Deny", "Action": "kms:ScheduleKeyDeletion", "Resource": "*"},
    {"Effect": "Allow", "Action": "kms:List*", "Resource": "*"},
    {"Effect": "Allow", "Action": "kms:GenerateDataKey*", "Resource": f"arn:aws:kms:{REGION}:*:key/*"},
    {"Effect": "Allow", "Action": ["kms:Encrypt", "kms:Decrypt"], "Resource": f"arn:aws:kms:{REGION}:*:key/*",
     "Condition": {"StringEquals": {"kms:EncryptionContext:service": ["billing", "payments"]}}}]},
    separators=(",", ":"))


class User:
    """An IAM user with an access key and without permissions."""
    token = None

    def __init__(self, claviger, name):
        self.arn = claviger.query("iam", "CreateUser", UserName=name)["Arn"]
        made = claviger.query("iam", "CreateAccessKey", UserName=name)
        self.access_key, self.secret_key = made["AccessKeyId"], made["SecretAccessKey"]

    def signer(self, claviger, **more):
        return Signer(self.access_key, self.secret_key, f"127.0.0.1:{claviger.port}", token=self.token, **more)


class RoleSession(User):
    """A session of a role that is allowed what `policy` says."""

    def __init__(self, claviger, name, policy):
        super().__init__(claviger, name)
        trust = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "sts:AssumeRole",
                                                        "Principal": {"AWS": self.arn}}}
        role = claviger.query("iam", "CreateRole", RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Arn"]
        arn = claviger.query("iam", "CreatePolicy", PolicyName=name, PolicyDocument=policy)["Arn"]
        claviger.query("iam", "AttachRolePolicy", RoleName=name, PolicyArn=arn)
        made = claviger.query("sts", "AssumeRole", self, RoleArn=role, RoleSessionName=name)
        self.access_key, self.secret_key = made["AccessKeyId"], made["SecretAccessKey"]
        self.token = made["SessionToken"]


def encrypt_ratio(claviger, work, args, what, ours, theirs):
    """The rates of Encrypt with 32 connections for two pairs of a caller and a key, which take turns; and their ratio."""
    def rate(caller, key):
        requests = work / "authorization.requests"
        signer = claviger.signer() if caller is None else caller.signer(claviger)
        write_requests(requests, [signer.request("Encrypt", {
            "KeyId": key, "Plaintext": base64.b64encode(bytes(32)).decode(),
            "EncryptionContext": {"service": "payments", "tenant": "4711"}})])
        return wrk(claviger.port, requests, 32, args.seconds, False)["rate"]

    rate(*theirs), rate(*ours)  # what is read on first use
    rounds = [(rate(*ours), rate(*theirs)) for _ in range(max(3, args.rounds))]
    ratio = statistics.median(a / b for a, b in rounds)
    say(f"{what}: {statistics.median(a for a, _ in rounds):.0f}/s, ratio {ratio:.2f}")
    return ratio


def authorization(args, work):
    """What a decision costs a request: a role with twenty statements against the root, whom the key policy alone
    decides; and a grant on a key with many other grants against the same grant alone."""
    directory = work / "authorization"
    claviger = Claviger(args.binary, directory)
    with claviger.run():
        session, grantee = RoleSession(claviger, "twenty", TWENTY_STATEMENTS), User(claviger, "grantee")
        few, many = (claviger.call("CreateKey")["KeyMetadata"]["Arn"] for _ in range(2))
        for key in (few, many):
            claviger.call("CreateGrant", KeyId=key, GranteePrincipal=grantee.arn, Operations=["Encrypt"])
        statements = encrypt_ratio(claviger, work, args, "Encrypt as a role with twenty statements against root",
                                   (session, few), (None, few))
    say(f"making {args.grants} grants")
    subprocess.run([str(args.seed_keys), str(directory), "grants", many.rpartition("/")[2], str(args.grants)], check=True)
    # What the store wrote is on its way to the disk that the audit log waits for.
    os.sync()
    with claviger.run():
        grants = encrypt_ratio(claviger, work, args, f"Encrypt by a grant beside {args.grants} others against alone",
                               (grantee, many), (grantee, few))
    return {"twenty_statements_ratio": statements, "many_grants_ratio": grants}


def create_keys(claviger, work, args):
    requests = work / "CreateKey.requests"
    rates = []
    for _ in range(args.rounds):
        write_requests(requests, [claviger.signer().request("CreateKey", {})])
        rates.append(wrk(claviger.port, requests, 32, args.seconds, False)["rate"])
    rate = statistics.median(rates)
    say(f"durable CreateKey, 32 connections: {rate:.0f}/s")
    return rate


def start_time(binary, directory):
    """Milliseconds from exec to the line that says ready; the median of seven starts."""
    times = []
    for _ in range(7):
        begin = time.perf_counter()
        process = subprocess.Popen([str(binary), "dev", "--data-dir", str(directory), "--listen", "127.0.0.1:0"],
                                   stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        process.stdout.readline()
        times.append((time.perf_counter() - begin) * 1000)
        process.send_signal(signal.SIGTERM)
        process.wait(30)
    return statistics.median(times)


def million_keys(args, work):
    """Start, memory and Encrypt over random keys with a great many keys in the store."""
    directory = work / "many"
    claviger = Claviger(args.binary, directory)
    with claviger.run():
        pass
    say(f"seeding {args.keys} keys")
    begin = time.perf_counter()
    ids = subprocess.run([str(args.seed_keys), str(directory), str(args.keys)], check=True, capture_output=True,
                         text=True).stdout.split()
    say(f"seeded in {time.perf_counter() - begin:.0f} s")
    ready = start_time(args.binary, directory)
    plaintext = base64.b64encode(os.urandom(32)).decode()
    with claviger.run():
        memory = claviger.resident_mib()

        def rate(keys, mode):
            requests = work / "random.requests"
            signer = claviger.signer()
            write_requests(requests, [signer.request("Encrypt", {
                "KeyId": key, "Plaintext": plaintext, "EncryptionContext": {"service": "payments", "tenant": "4711"}})
                for key in keys])
            # A round to warm up, in which every key is asked for; then the one that counts.
            wrk(claviger.port, requests, 32, max(args.seconds, 2 + len(keys) // 4000), False)
            return wrk(claviger.port, requests, 32, args.seconds, False, mode)["rate"]

        few, many, ratios = [], [], []
        for _ in range(args.rounds):
            few.append(rate(ids[:10], "random"))
            many.append(rate(ids[:args.random_keys], "random"))
            ratios.append(many[-1] / few[-1])
        warm = claviger.resident_mib()
    result = {"keys": args.keys, "ready_ms": ready, "memory_at_start_mib": memory, "memory_warm_mib": warm,
              "rate_10_keys": statistics.median(few), "random_keys": min(args.random_keys, len(ids)),
              "rate_random_keys": statistics.median(many), "ratio": statistics.median(ratios)}
    say(f"{args.keys} keys: ready in {ready:.0f} ms, {memory:.0f} MiB at start, random/10 keys {result['ratio']:.2f}")
    return result


def self_signed(work):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days",
                    "2", "-subj", "/CN=localhost", "-keyout", f"{work}/key.pem", "-out", f"{work}/cert.pem"],
                   check=True, capture_output=True)


def print_table(rows, summary):
    print("| action | transport | connections | Claviger/s | nginx/s | ratio | p50 us | p99 us | nginx p99 us | p99 ratio |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    for row in rows:
        print(f"| {row['what']} | {row['transport']} | {row['connections']} | {row['rate']:.0f} | "
              f"{row['nginx_rate']:.0f} | {row['ratio']:.2f} | {row['p50_us']:.0f} | {row['p99_us']:.0f} | "
              f"{row['nginx_p99_us']:.0f} | {row['p99_ratio']:.2f} |")
    print()
    for name, value in summary.items():
        print(f"{name}: {value if not isinstance(value, float) else round(value, 2)}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", type=pathlib.Path, default=ROOT / "build/release/claviger")
    parser.add_argument("--seed-keys", type=pathlib.Path, default=ROOT / "build/release/tests/bench/seed_keys")
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--connections", type=int, nargs="+", default=[1, 32, 256])
    parser.add_argument("--actions", nargs="+", default=["Encrypt", "Decrypt", "GenerateDataKey"])
    parser.add_argument("--keys", type=int, default=1_000_000, help="0 leaves the run with many keys out")
    parser.add_argument("--grants", type=int, default=100_000, help="0 leaves the runs about authorization out")
    parser.add_argument("--random-keys", type=int, default=20_000)
    parser.add_argument("--no-tls", action="store_true")
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "bench-results.json")
    args = parser.parse_args()
    work = pathlib.Path(tempfile.mkdtemp(prefix="claviger-bench-"))
    try:
        self_signed(work)
        rows, summary = [], {}
        directory = work / "data"
        claviger = Claviger(args.binary, directory)
        with claviger.run():
            summary["idle_memory_mib"] = claviger.resident_mib()
            prepare(claviger)
            rows += cryptography(claviger, work, args)
            summary["durable_create_key_per_second"] = create_keys(claviger, work, args)
        summary["ready_ms"] = start_time(args.binary, directory)
        if not args.no_tls:
            secure = Claviger(args.binary, directory, tls=work)
            secure.prepared = claviger.prepared
            with secure.run():
                rows += cryptography(secure, work, args, tls=work)
        if args.grants:
            summary.update(authorization(args, work))
        if args.keys:
            summary.update({f"many_{name}": value for name, value in million_keys(args, work).items()})
        print_table(rows, summary)
        args.out.write_text(json.dumps({"rows": rows, "summary": summary}, indent=1) + "\n")
    finally:
        shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    main()
