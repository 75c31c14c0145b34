"""`claviger policy lint` and `claviger policy simulate`, with the real binary."""

import json

import pytest

from claviger_server import claviger

KEY = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
USER = "arn:aws:iam::111122223333:user/u"
ROOT = {"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "kms:*", "Resource": "*"}


@pytest.fixture
def policy(tmp_path):
    """Writes a policy of these statements, one line each; returns its path."""

    def write(*statements, name="policy.json"):
        path = tmp_path / name
        lines = ",\n".join(json.dumps(statement) for statement in statements)
        path.write_text('{"Version": "2012-10-17", "Statement": [\n' + lines + "]}")
        return path

    return write


def test_lint_says_nothing_of_an_ordinary_policy(policy):
    result = claviger("policy", "lint", policy(ROOT))
    assert result.stdout == ""


def test_lint_names_line_and_code_and_ends_with_1(policy):
    path = policy(ROOT, {**ROOT, "Principal": "*", "Action": "kms:Encript"})
    result = claviger("policy", "lint", path, check=False)
    assert result.returncode == 1
    lines = result.stdout.splitlines()
    assert all(line.startswith(f"{path}:3: warning: ") for line in lines)
    assert [line.rpartition(" ")[2] for line in lines] == ["[open-to-everyone]", "[unknown-action]"]


def test_lint_ends_with_2_when_the_policy_would_be_refused(policy):
    path = policy({**ROOT, "Action": "kms:Encrypt"})
    result = claviger("policy", "lint", path, "--json", check=False)
    assert result.returncode == 2
    assert [(finding["code"], finding["severity"]) for finding in json.loads(result.stdout)] == [("lockout", "error")]
    assert claviger("policy", "lint", path.with_name("missing"), check=False).returncode == 2


def test_lint_knows_the_other_kinds(policy):
    statement = {"Effect": "Allow", "Action": "kms:ListKeys", "Resource": KEY}
    result = claviger("policy", "lint", "--kind", "identity", policy(statement), check=False)
    assert result.stdout.endswith("[resource-must-be-any]\n")


def test_lint_names_principals_that_a_data_directory_does_not_have(policy, tmp_path):
    seal = ("--data-dir", tmp_path / "data", "--key-file", tmp_path / "key")
    claviger("init", *seal, "--account", "111122223333")
    path = policy(ROOT, {**ROOT, "Principal": {"AWS": USER}})
    result = claviger("policy", "lint", path, *seal, check=False)
    assert result.returncode == 2
    assert result.stdout == f"{path}:3: error: {USER} does not exist [principal-missing]\n"
    assert claviger("policy", "lint", policy(ROOT), *seal).stdout == ""


def simulate(*arguments):
    return claviger("policy", "simulate", "--caller", USER, "--resource", KEY, *arguments, check=False)


def test_simulate_shows_the_condition_that_failed(policy):
    condition = {"StringEquals": {"kms:EncryptionContext:App": "blue"}}
    identity = policy({"Effect": "Allow", "Action": "kms:Encrypt", "Resource": "*", "Condition": condition})
    arguments = ("--action", "kms:Encrypt", "--identity-policy", identity)
    allowed = simulate(*arguments, "--context", "kms:EncryptionContext:App=blue")
    assert allowed.returncode == 0, allowed.stdout + allowed.stderr
    assert allowed.stdout.startswith("allowed: ")
    refused = simulate(*arguments, "--context", "kms:EncryptionContext:App=red", "--json")
    assert refused.returncode == 1
    explained = json.loads(refused.stdout)
    assert explained["verdict"] == "implicitDeny"
    (condition,) = explained["statements"][1]["conditions"]
    assert (condition["policyValues"], condition["requestValues"]) == (["blue"], ["red"])


def test_simulate_names_a_missing_delegation(policy):
    key_policy = policy({**ROOT, "Action": "kms:PutKeyPolicy"}, name="key.json")
    identity = policy({"Effect": "Allow", "Action": "kms:*", "Resource": "*"})
    result = simulate("--action", "kms:Decrypt", "--key-policy", key_policy, "--identity-policy", identity)
    assert result.returncode == 1
    assert "the delegation is missing" in result.stdout


def test_simulate_refuses_what_is_no_question(policy):
    result = simulate("--action", "kms:Encript")
    assert result.returncode == 2
    assert "AWS KMS has no permission kms:Encript" in result.stderr
