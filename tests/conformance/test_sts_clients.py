"""STS as its users meet it: `aws sts`, profiles that assume roles, and the environment that Kubernetes gives a pod."""

import json
import os

import boto3
import pytest

from claviger_server import CliError
from actions import STS_ACTIONS
from sts_fixtures import EVERY_STS, NewRole, NewUser, fresh, policy, register, trusting
from web_identity import Issuer


@pytest.fixture(scope="module")
def user(server):
    return NewUser(server, policy("sts:*"))


@pytest.fixture(scope="module")
def role(server, user):
    trust = trusting(user.arn, EVERY_STS, StringEquals={"sts:ExternalId": "deal:42"})
    return NewRole(server, trust, policy("kms:*"), MaxSessionDuration=7200)


@pytest.fixture(scope="module")
def issuer(server):
    issuer = Issuer("clients.example.com")
    register(server, issuer)
    return issuer


@pytest.fixture(scope="module")
def pods(server, issuer):
    return NewRole(server, issuer.trust(server.account), policy("kms:*"))


@pytest.fixture
def token_file(tmp_path, issuer):
    path = tmp_path / "token"
    path.write_text(issuer.token())
    return path


def keys_of(user):
    return {"AWS_ACCESS_KEY_ID": user.key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": user.key["SecretAccessKey"]}


NO_KEYS = {"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None}


@pytest.fixture
def profiles(tmp_path, server, user, role, pods, token_file):
    """A configuration file as people write it, with one endpoint for all services."""
    path = tmp_path / "config"
    path.write_text(
        f"""
[profile base]
aws_access_key_id = {user.key["AccessKeyId"]}
aws_secret_access_key = {user.key["SecretAccessKey"]}
region = {server.region}
endpoint_url = {server.endpoint}

[profile worker]
role_arn = {role.arn}
source_profile = base
role_session_name = from-a-profile
external_id = deal:42
duration_seconds = 3600
region = {server.region}
endpoint_url = {server.endpoint}

[profile pod]
role_arn = {pods.arn}
web_identity_token_file = {token_file}
role_session_name = from-a-token
region = {server.region}
endpoint_url = {server.endpoint}
"""
    )
    return path


@pytest.fixture
def clean_environment(monkeypatch):
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    return monkeypatch


class TestCommands:
    done = set()

    def aws(self, server, command, *arguments, **how):
        output = server.aws(command, *arguments, service="sts", **how)
        self.done.add(command)
        return output

    def test_assume_role_with_all_options(self, server, user, role):
        managed = server.client("iam").create_policy(PolicyName=fresh("cli"), PolicyDocument=policy("kms:*"))["Policy"]
        words = ["--role-arn", role.arn, "--role-session-name", "cli", "--external-id", "deal:42"]
        words += ["--duration-seconds", "7200", "--policy", policy("kms:*"), "--policy-arns", f"arn={managed['Arn']}"]
        words += ["--tags", "Key=Team,Value=a", "Key=own,Value=x", "--transitive-tag-keys", "Team"]
        words += ["--source-identity", "alice"]
        answer = self.aws(server, "assume-role", *words, environment=keys_of(user))
        assert answer["AssumedRoleUser"]["Arn"] == role.session_arn("cli")
        assert answer["SourceIdentity"] == "alice"
        session = {
            "AWS_ACCESS_KEY_ID": answer["Credentials"]["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": answer["Credentials"]["SecretAccessKey"],
            "AWS_SESSION_TOKEN": answer["Credentials"]["SessionToken"],
        }
        assert self.aws(server, "get-caller-identity", environment=session)["Arn"] == role.session_arn("cli")
        assert server.aws("create-key", environment=session)["KeyMetadata"]["KeyState"] == "Enabled"
        with pytest.raises(CliError, match="Cannot call GetSessionToken with session credentials"):
            self.aws(server, "get-session-token", environment=session)

    def test_get_session_token(self, server, user):
        answer = self.aws(server, "get-session-token", "--duration-seconds", "900", environment=keys_of(user))
        session = {
            "AWS_ACCESS_KEY_ID": answer["Credentials"]["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": answer["Credentials"]["SecretAccessKey"],
            "AWS_SESSION_TOKEN": answer["Credentials"]["SessionToken"],
        }
        assert self.aws(server, "get-caller-identity", environment=session)["Arn"] == user.arn

    def test_assume_role_with_web_identity_without_any_credentials(self, server, issuer, pods):
        words = ["--role-arn", pods.arn, "--role-session-name", "cli", "--web-identity-token", issuer.token()]
        words += ["--duration-seconds", "900", "--policy", policy("kms:*")]
        answer = self.aws(server, "assume-role-with-web-identity", *words, environment=NO_KEYS)
        assert answer["AssumedRoleUser"]["Arn"] == pods.session_arn("cli")
        assert answer["Provider"] == issuer.arn(server.account)

    def test_get_access_key_info(self, server, user):
        assert self.aws(server, "get-access-key-info", "--access-key-id", user.key["AccessKeyId"]) == {
            "Account": server.account
        }

    def test_the_walk_went_through_every_action(self):
        # Runs after those above, in the order of this class.
        assert {command.replace("-", "") for command in self.done} == {action.lower() for action in STS_ACTIONS}


@pytest.mark.parametrize("profile, session", [("worker", "from-a-profile"), ("pod", "from-a-token")])
class TestProfiles:
    def test_with_the_cli(self, server, role, pods, profiles, profile, session):
        environment = NO_KEYS | {"AWS_CONFIG_FILE": profiles, "AWS_PROFILE": profile, "AWS_DEFAULT_REGION": None}
        who = server.aws("get-caller-identity", service="sts", environment=environment)
        assert who["Arn"] == {"worker": role, "pod": pods}[profile].session_arn(session)
        assert "Keys" in server.aws("list-keys", environment=environment)

    def test_with_boto3(self, clean_environment, role, pods, profiles, profile, session):
        clean_environment.setenv("AWS_CONFIG_FILE", str(profiles))
        found = boto3.session.Session(profile_name=profile)
        who = found.client("sts").get_caller_identity()
        assert who["Arn"] == {"worker": role, "pod": pods}[profile].session_arn(session)
        sealed = found.client("kms")
        key = sealed.create_key()["KeyMetadata"]["KeyId"]
        blob = sealed.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
        assert sealed.decrypt(CiphertextBlob=blob)["Plaintext"] == b"x"


def test_the_environment_of_a_pod(server, clean_environment, pods, token_file):
    """What Kubernetes sets for a service account that is bound to a role."""
    for name, value in {
        "AWS_ROLE_ARN": pods.arn,
        "AWS_WEB_IDENTITY_TOKEN_FILE": str(token_file),
        "AWS_REGION": server.region,
        "AWS_ENDPOINT_URL": server.endpoint,
        "AWS_CONFIG_FILE": os.devnull,
    }.items():
        clean_environment.setenv(name, value)
    clean_environment.setenv("AWS_DEFAULT_REGION", server.region)
    session = boto3.session.Session()
    arn = session.client("sts").get_caller_identity()["Arn"]
    assert arn.startswith(pods.session_arn(""))
    assert session.client("kms").list_keys()["Keys"] is not None


def test_a_new_token_is_read_from_the_file(server, clean_environment, issuer, pods, token_file, profiles):
    """The file changes, as Kubernetes changes it every hour; an expired token is refused, a new one is taken."""
    clean_environment.setenv("AWS_CONFIG_FILE", str(profiles))
    token_file.write_text(issuer.token(exp=1, iat=0, nbf=0))
    with pytest.raises(Exception, match="Token expired"):
        boto3.session.Session(profile_name="pod").client("sts").get_caller_identity()
    token_file.write_text(issuer.token())
    assert json.dumps(boto3.session.Session(profile_name="pod").client("sts").get_caller_identity()["Account"])
