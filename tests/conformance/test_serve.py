"""`claviger init` and `claviger serve`: the production server, with a sealed root key and TLS."""

import json
import os
import re
import signal
import socket
import ssl
import subprocess

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, HTTPClientError

from claviger_server import BINARY, PATIENCE_SECONDS, claviger
from expect import refused
from test_canary import needles, search

SEALS = {"key-file": "key_file", "passphrase-file": "passphrase_file"}


def make_certificate(place, name):
    """A self-signed certificate for 127.0.0.1 and its private key, over what was there before."""
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj".split()
    files = ["-keyout", place / "tls.key", "-out", place / "tls.crt", "-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run([*command, f"/CN={name}", *files], check=True, capture_output=True)


class Installation:
    """A data directory made by `init` and its configuration; started and stopped by hand."""

    def __init__(self, place, seal="key-file", tls=False, regions=()):
        self.place, self.process = place, None
        self.data_dir, self.seal_file, self.stderr_path = place / "data", place / "seal", place / "stderr"
        if seal == "passphrase-file":
            self.seal_file.write_text("correct horse battery staple\n")
        arguments = [f"--region={region}" for region in regions]
        self.init_command = [
            "init",
            "--data-dir",
            self.data_dir,
            f"--{seal}",
            self.seal_file,
            "--account",
            "123456789012",
        ]
        self.printed = claviger(*self.init_command, *arguments).stdout
        self.credentials = json.loads(self.printed)
        self.scheme = "https" if tls else "http"
        text = f'data_dir = "{self.data_dir}"\nlisten = "127.0.0.1:0"\n'
        if tls:
            make_certificate(place, "first")
            text += f'[tls]\ncertificate = "{place}/tls.crt"\nprivate_key = "{place}/tls.key"\n'
        else:
            text += "insecure_plain_http = true\n"
        self.config = place / "claviger.toml"
        self.config.write_text(text + f'[seal]\n{SEALS[seal]} = "{self.seal_file}"\n')

    def start(self):
        command = [str(BINARY), "serve", "--config", str(self.config)]
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        self.wait_for_log("serving")
        return self

    def wait_for_log(self, event):
        """The next line of the log that tells of `event`."""
        for line in self.process.stderr:
            with open(self.stderr_path, "a") as kept:
                kept.write(line)
            if match := re.search(r"(\w+) (\{.*\})$", line):
                fields = json.loads(match[2])
                if fields["event"] == event:
                    self.port = int(fields.get("port", getattr(self, "port", 0)))
                    return fields
        raise AssertionError(f"the server ended with status {self.process.wait()}:\n{self.stderr_path.read_text()}")

    def stop(self):
        self.process.terminate()
        assert self.process.wait(PATIENCE_SECONDS) == 0
        self.process.stderr.close()

    def kms(self, region="eu-central-1"):
        session = boto3.session.Session(
            region_name=region,
            aws_access_key_id=self.credentials["accessKeyId"],
            aws_secret_access_key=self.credentials["secretAccessKey"],
        )
        return session.client(
            "kms",
            endpoint_url=f"{self.scheme}://127.0.0.1:{self.port}",
            verify=str(self.place / "tls.crt"),
            config=Config(retries={"total_max_attempts": 1}),
        )


@pytest.fixture
def install(tmp_path):
    made = []

    def installation(**options):
        place = tmp_path / str(len(made))
        place.mkdir()
        made.append(Installation(place, **options))
        return made[-1]

    yield installation
    for one in made:
        if one.process and one.process.poll() is None:
            one.process.kill()
            one.process.wait()


@pytest.mark.parametrize("seal", SEALS)
def test_what_init_made_serves_across_restarts(install, seal):
    installation = install(seal=seal).start()
    key = installation.kms().create_key()["KeyMetadata"]
    assert key["AWSAccountId"] == installation.credentials["account"] == "123456789012"
    blob = installation.kms().encrypt(KeyId=key["KeyId"], Plaintext=b"kept")["CiphertextBlob"]
    installation.stop()
    installation.start()
    assert installation.kms().decrypt(CiphertextBlob=blob)["Plaintext"] == b"kept"
    installation.stop()
    claviger("audit", "verify", installation.data_dir)


@pytest.mark.parametrize("more, wanted", [("", "ThrottlingException"), ("enabled = false\n", None)])
def test_request_quotas_are_in_force_unless_they_are_turned_off(install, more, wanted):
    installation = install()
    # However slow the machine is, the second call comes within a thousand seconds.
    text = installation.config.read_text() + f"[request_quotas]\n{more}ListKeys = 0.001\n"
    installation.config.write_text(text)
    installation.start()
    kms = installation.kms()
    kms.list_keys()
    if wanted is None:
        kms.list_keys()
    else:
        with refused(wanted):
            kms.list_keys()
    installation.stop()


@pytest.mark.parametrize("seal", SEALS)
def test_another_seal_does_not_open_the_root_key(install, seal):
    installation = install(seal=seal)
    right = installation.seal_file.read_bytes()
    installation.seal_file.write_bytes(os.urandom(32) if seal == "key-file" else b"wrong horse battery staple\n")
    with pytest.raises(AssertionError, match="the server ended with status [1-9]"):
        installation.start()
    installation.process.stderr.close()
    installation.seal_file.write_bytes(right)
    installation.start()
    installation.stop()


def test_init_makes_nothing_over_what_is_there(install):
    installation = install()
    before = {path: path.read_bytes() for path in installation.data_dir.rglob("*") if path.is_file()}
    again = claviger(*installation.init_command, check=False)
    assert again.returncode != 0
    assert again.stdout == ""
    assert {path: path.read_bytes() for path in installation.data_dir.rglob("*") if path.is_file()} == before


def test_the_secret_access_key_is_shown_once_and_kept_nowhere(install):
    installation = install().start()
    kms = installation.kms()
    kms.create_key()
    wanted = needles({"secret access key": installation.credentials["secretAccessKey"].encode()})
    assert search(installation.printed.encode(), wanted)
    files = [path for path in installation.place.rglob("*") if path.is_file()]
    assert installation.stderr_path in files and len(files) > 5
    for path in files:
        assert search(path.read_bytes(), wanted) == [], path
    installation.stop()


def test_only_the_regions_of_the_deployment_are_served(install):
    installation = install(regions=["eu-central-1", "eu-west-1"]).start()
    for region in ("eu-central-1", "eu-west-1"):
        assert region in installation.kms(region).create_key()["KeyMetadata"]["Arn"]
    with refused("InvalidSignatureException", "Credential should be scoped to a valid region."):
        installation.kms("us-east-1").create_key()
    installation.stop()


def test_credentials_of_the_development_server_do_not_work(install):
    installation = install().start()
    installation.credentials = {"accessKeyId": "claviger", "secretAccessKey": "claviger"}
    with refused("UnrecognizedClientException"):
        installation.kms().list_keys()
    installation.stop()


class TestTls:
    def certificate_name(self, installation):
        return re.search(r"CN *= *(\w+)", self.subject(installation))[1]

    def subject(self, installation):
        pem = ssl.get_server_certificate(("127.0.0.1", installation.port))
        return subprocess.run(
            ["openssl", "x509", "-noout", "-subject"], input=pem, text=True, check=True, capture_output=True
        ).stdout

    def test_the_api_is_served_and_the_record_tells_of_tls(self, install):
        installation = install(tls=True).start()
        request_id = installation.kms().create_key()["ResponseMetadata"]["RequestId"]
        shown = claviger(
            "audit", "show", "--data-dir", installation.data_dir, "--json", "--request-id", request_id
        ).stdout
        details = json.loads(shown)["tlsDetails"]
        assert details["tlsVersion"] == "TLSv1.3"
        assert details["cipherSuite"].startswith("TLS_")
        assert details["clientProvidedHostHeader"] == f"127.0.0.1:{installation.port}"
        installation.stop()

    @pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
    def test_both_versions_of_tls_are_spoken(self, install, version):
        installation = install(tls=True).start()
        context = ssl.create_default_context(cafile=installation.place / "tls.crt")
        context.minimum_version = context.maximum_version = version
        with socket.create_connection(("127.0.0.1", installation.port)) as plain:
            with context.wrap_socket(plain, server_hostname="127.0.0.1") as secure:
                assert secure.version() == version.name.replace("_", ".")
        installation.stop()

    def test_plain_http_is_not_served(self, install):
        installation = install(tls=True).start()
        installation.scheme = "http"
        with pytest.raises((ClientError, HTTPClientError)):
            installation.kms().list_keys()
        installation.stop()

    def test_sighup_takes_a_new_certificate_and_keeps_connections(self, install):
        installation = install(tls=True).start()
        kms = installation.kms()
        kms.list_keys()
        assert self.certificate_name(installation) == "first"
        make_certificate(installation.place, "second")
        installation.process.send_signal(signal.SIGHUP)
        installation.wait_for_log("certificate reloaded")
        assert self.certificate_name(installation) == "second"
        kms.list_keys()
        (installation.place / "tls.crt").write_text("no certificate")
        installation.process.send_signal(signal.SIGHUP)
        installation.wait_for_log("certificate not reloaded")
        assert self.certificate_name(installation) == "second"
        installation.stop()


@pytest.mark.parametrize(
    "change, wanted",
    [
        (lambda text: text.replace("insecure_plain_http = true\n", ""), "tls"),
        (lambda text: text + "colour = 1\n", "colour"),
        (lambda text: text.replace('listen = "127.0.0.1:0"', 'listen = "nowhere"'), "listen"),
        (lambda text: text[: text.index("[seal]")], "seal"),
        (lambda text: "= nonsense", "claviger.toml"),
    ],
    ids=["neither-tls-nor-plain", "unknown-key", "bad-listen", "no-seal", "no-toml"],
)
def test_a_configuration_that_makes_no_sense_is_named(install, change, wanted):
    installation = install()
    installation.config.write_text(change(installation.config.read_text()))
    result = claviger("serve", "--config", installation.config, check=False)
    assert result.returncode != 0
    assert wanted in result.stderr


def test_status_tells_of_a_running_server(install):
    installation = install().start()
    told = json.loads(claviger("status", installation.data_dir).stdout)
    assert told["pid"] == installation.process.pid
    assert told["listen"] == f"127.0.0.1:{installation.port}"
    installation.stop()
    assert json.loads(claviger("status", installation.data_dir).stdout) == {"running": False}
