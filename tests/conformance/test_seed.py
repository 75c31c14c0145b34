"""`--seed`: keys, identities and grants that are there when the server starts, with the real binary."""

import json
import subprocess

import pytest

from claviger_server import BINARY, PATIENCE_SECONDS, Server, claviger
from expect import refused

KEY_ID = "bc436485-5092-42b8-92a3-0aa8b93536dc"
MATERIAL = "5cdaead27fe7da2de47945d73cd6d79e36494e73802f3cd3869f1d2cb0b5d7a9"
OWN = f"""
ClavigerSeed: 1
Accounts:
  - Account: "111122223333"
    Keys:
      - KeyId: {KEY_ID}
        Region: eu-west-2
        Description: seeded
        Tags: [{{TagKey: team, TagValue: blue}}]
        KeyMaterial: [{MATERIAL}]
        Aliases: [alias/seeded]
"""
LOCAL_KMS = f"""
Keys:
  Symmetric:
    Aes:
      - Metadata:
          KeyId: {KEY_ID}
          Description: seeded
        BackingKeys:
          - {MATERIAL}
Aliases:
  - AliasName: alias/seeded
    TargetKeyId: {KEY_ID}
"""
ADA, ADA_SECRET = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
PARTNER, PARTNER_SECRET = "AKIAI44QH8DHBEXAMPLE", "je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY"
KEY_ARN = f"arn:aws:kms:eu-west-2:111122223333:key/{KEY_ID}"
IDENTITIES = f"""
ClavigerSeed: 1
Accounts:
  - Account: "111122223333"
    Policies:
      - PolicyName: limits
        PolicyDocument:
          Version: "2012-10-17"
          Statement: [{{Effect: Allow, NotAction: "kms:ScheduleKeyDeletion", Resource: "*"}}]
    Groups:
      - GroupName: readers
        Policies:
          - PolicyName: describe
            PolicyDocument:
              Version: "2012-10-17"
              Statement: [{{Effect: Allow, Action: "kms:DescribeKey", Resource: "*"}}]
    Users:
      - UserName: ada
        Path: /people/
        Tags: [{{Key: team, Value: blue}}]
        Groups: [readers]
        Policies:
          - PolicyName: encrypt
            PolicyDocument:
              Version: "2012-10-17"
              Statement:
                - Effect: Allow
                  Action: ["kms:Encrypt", "kms:ScheduleKeyDeletion"]
                  Resource: {KEY_ARN}
                  Condition: {{StringEquals: {{"aws:PrincipalTag/team": blue}}}}
        PermissionsBoundary: arn:aws:iam::111122223333:policy/limits
        AccessKeys:
          - AccessKeyId: {ADA}
            SecretAccessKey: {ADA_SECRET}
    Roles:
      - RoleName: batch
        MaxSessionDuration: 7200
        AssumeRolePolicyDocument:
          Version: "2012-10-17"
          Statement:
            - Effect: Allow
              Principal: {{AWS: "arn:aws:iam::111122223333:user/people/ada"}}
              Action: sts:AssumeRole
        Policies:
          - PolicyName: decrypt
            PolicyDocument: |
              {{"Version": "2012-10-17", "Statement": {{"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*"}}}}
        ManagedPolicyArns: ["arn:aws:iam::111122223333:policy/limits"]
    Keys:
      - KeyId: {KEY_ID}
        Region: eu-west-2
        Aliases: [alias/seeded]
        Grants:
          - Name: shared
            GranteePrincipal: arn:aws:iam::444455556666:user/partner
            RetiringPrincipal: arn:aws:iam::111122223333:user/people/ada
            Operations: [Encrypt, Decrypt]
            Constraints: {{EncryptionContextSubset: {{shared: "yes"}}}}
  - Account: "444455556666"
    Users:
      - UserName: partner
        Policies:
          - PolicyName: kms
            PolicyDocument:
              Version: "2012-10-17"
              Statement: [{{Effect: Allow, Action: "kms:*", Resource: "*"}}]
        AccessKeys:
          - AccessKeyId: {PARTNER}
            SecretAccessKey: {PARTNER_SECRET}
"""
PLACE = ("--account", "111122223333", "--region", "eu-west-2")


@pytest.fixture
def seeded(tmp_path):
    """Starts servers over directories of their own with a seed; ends them with the test."""
    servers = []

    def start(text, name="one"):
        path = tmp_path / f"{name}.yaml"
        path.write_text(text)
        servers.append(Server(tmp_path / name, tmp_path / f"{name}-log", [*PLACE, "--seed", path]))
        return servers[-1]

    yield start
    for server in servers:
        server.kill()


def refused_seed(tmp_path, text):
    """What `claviger dev` says of a seed that it refuses."""
    path = tmp_path / "bad.yaml"
    path.write_text(text)
    command = [BINARY, "dev", "--listen", "127.0.0.1:0", *PLACE, "--seed", path]
    result = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_SECONDS)
    assert result.returncode == 1
    return result.stderr.replace(str(path), "FILE").strip().splitlines()[-1]


def test_the_keys_of_a_seed_are_there(seeded):
    kms = seeded(OWN).kms()
    metadata = kms.describe_key(KeyId="alias/seeded")["KeyMetadata"]
    assert metadata["Arn"] == f"arn:aws:kms:eu-west-2:111122223333:key/{KEY_ID}"
    assert metadata["Description"] == "seeded"
    assert kms.list_resource_tags(KeyId=KEY_ID)["Tags"] == [{"TagKey": "team", "TagValue": "blue"}]


@pytest.mark.parametrize("other", [OWN, LOCAL_KMS])
def test_a_ciphertext_of_one_server_opens_in_another_of_the_same_seed(seeded, other):
    blob = seeded(OWN, "one").kms().encrypt(KeyId="alias/seeded", Plaintext=b"text")["CiphertextBlob"]
    assert seeded(other, "two").kms().decrypt(CiphertextBlob=blob)["Plaintext"] == b"text"


def test_the_seed_may_be_given_at_every_start(seeded):
    server = seeded(OWN)
    blob = server.kms().encrypt(KeyId=KEY_ID, Plaintext=b"text")["CiphertextBlob"]
    server.terminate()
    server.start()
    assert server.kms().decrypt(CiphertextBlob=blob)["Plaintext"] == b"text"
    server.terminate()
    server.verify_audit()
    shown = claviger("audit", "show", "--data-dir", server.data_dir, "--json", "--event-name", "ApplySeed").stdout
    (event,) = [json.loads(line) for line in shown.splitlines()]
    assert event["eventType"] == "AwsServiceEvent"
    assert event["serviceEventDetails"]["aliases"] == ["arn:aws:kms:eu-west-2:111122223333:alias/seeded"]


def test_what_changed_since_is_an_error_at_the_next_start(seeded):
    server = seeded(OWN)
    server.kms().disable_key(KeyId=KEY_ID)
    server.terminate()
    command = [BINARY, "dev", "--listen", "127.0.0.1:0", "--data-dir", server.data_dir, *server.arguments]
    result = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_SECONDS)
    assert result.returncode == 1
    assert "is there already and has another key state" in result.stderr


@pytest.mark.parametrize(
    "text, error",
    [
        ("Keys:\n  Asymmetric: {}\n", "FILE:2:3: Asymmetric keys are not supported yet"),
        (OWN.replace("alias/seeded", "alias/aws/x"), "FILE:11:19: InvalidAliasNameException: The prefix alias/aws/"),
        (OWN.replace("Tags", "Tag"), "FILE:9:9: a key has no field Tag;"),
        (OWN.replace("111122223333", "99999999999"), "FILE:4:14: Account must be twelve digits"),
        (IDENTITIES.replace("Groups: [readers]", "Groups: [none]"), "FILE:21:18: NoSuchEntity: The group with name none"),
        (IDENTITIES.replace("Effect: Allow", "Effect: Maybe", 1), "FILE:8:11: MalformedPolicyDocument: "),
        (IDENTITIES.replace("user/partner", "user/nobody"), "FILE:54:13: InvalidArnException: "),
        (IDENTITIES.replace("[Encrypt, Decrypt]", "[Sign]"), "FILE:54:13: ValidationException: "),
        (IDENTITIES.replace("SecretAccessKey", "Secret"), "FILE:34:13: an access key has no field Secret;"),
    ],
    ids=range(9),
)
def test_a_seed_that_is_refused_ends_the_start(tmp_path, text, error):
    assert refused_seed(tmp_path, text).startswith("claviger: " + error)


def test_a_seeded_user_may_do_what_its_policies_give_and_no_more(seeded):
    server = seeded(IDENTITIES)
    kms = server.kms(access_key=ADA, secret_key=ADA_SECRET)
    assert kms.encrypt(KeyId="alias/seeded", Plaintext=b"text")["KeyId"] == KEY_ARN
    assert kms.describe_key(KeyId=KEY_ID)["KeyMetadata"]["Arn"] == KEY_ARN
    with refused("AccessDeniedException"):
        kms.generate_data_key(KeyId=KEY_ID, KeySpec="AES_256")
    # Its own policy allows this; its boundary does not.
    with refused("AccessDeniedException"):
        kms.schedule_key_deletion(KeyId=KEY_ID)
    iam = server.client("iam")
    user = iam.get_user(UserName="ada")["User"]
    assert user["Arn"] == "arn:aws:iam::111122223333:user/people/ada"
    assert user["Tags"] == [{"Key": "team", "Value": "blue"}]
    assert [group["GroupName"] for group in iam.list_groups_for_user(UserName="ada")["Groups"]] == ["readers"]
    assert [key["AccessKeyId"] for key in iam.list_access_keys(UserName="ada")["AccessKeyMetadata"]] == [ADA]
    # What the API changes afterwards holds at once, as for any user.
    iam.delete_user_policy(UserName="ada", PolicyName="encrypt")
    with refused("AccessDeniedException"):
        kms.encrypt(KeyId=KEY_ID, Plaintext=b"text")


def test_a_seeded_role_has_its_trust_policy_and_its_policies(seeded):
    iam = seeded(IDENTITIES).client("iam")
    role = iam.get_role(RoleName="batch")["Role"]
    assert role["MaxSessionDuration"] == 7200
    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"AWS": "arn:aws:iam::111122223333:user/people/ada"}
    document = iam.get_role_policy(RoleName="batch", PolicyName="decrypt")["PolicyDocument"]
    assert document["Statement"]["Action"] == "kms:Decrypt"
    (attached,) = iam.list_attached_role_policies(RoleName="batch")["AttachedPolicies"]
    assert attached["PolicyName"] == "limits"
    assert iam.get_policy(PolicyArn=attached["PolicyArn"])["Policy"]["AttachmentCount"] == 1
    simulated = iam.simulate_principal_policy(
        PolicySourceArn=role["Arn"], ActionNames=["kms:Decrypt", "kms:ScheduleKeyDeletion"], ResourceArns=[KEY_ARN]
    )["EvaluationResults"]
    assert [result["EvalDecision"] for result in simulated] == ["allowed", "implicitDeny"]


def test_a_seeded_role_is_assumed_by_the_seeded_user_that_it_trusts(seeded):
    server = seeded(IDENTITIES)
    sts = server.client("sts", access_key=ADA, secret_key=ADA_SECRET)
    role = "arn:aws:iam::111122223333:role/batch"
    session = sts.assume_role(RoleArn=role, RoleSessionName="night", DurationSeconds=7200)["Credentials"]
    blob = server.kms().encrypt(KeyId=KEY_ID, Plaintext=b"text")["CiphertextBlob"]
    assert server.client_of("kms", session).decrypt(CiphertextBlob=blob)["Plaintext"] == b"text"
    with refused("AccessDeniedException"):
        server.client_of("kms", session).schedule_key_deletion(KeyId=KEY_ID)
    with refused("AccessDenied"):
        server.client("sts", access_key=PARTNER, secret_key=PARTNER_SECRET).assume_role(
            RoleArn=role, RoleSessionName="night"
        )


def test_a_seeded_grant_lets_a_user_of_another_seeded_account_use_the_key(seeded):
    server = seeded(IDENTITIES)
    partner = server.kms(access_key=PARTNER, secret_key=PARTNER_SECRET)
    context = {"shared": "yes", "more": "x"}
    blob = partner.encrypt(KeyId=KEY_ARN, Plaintext=b"text", EncryptionContext=context)["CiphertextBlob"]
    assert partner.decrypt(CiphertextBlob=blob, EncryptionContext=context)["Plaintext"] == b"text"
    with refused("AccessDeniedException"):
        partner.encrypt(KeyId=KEY_ARN, Plaintext=b"text")
    with refused("AccessDeniedException"):
        partner.describe_key(KeyId=KEY_ARN)
    (grant,) = server.kms().list_grants(KeyId=KEY_ID)["Grants"]
    assert grant["Name"] == "shared"
    server.kms(access_key=ADA, secret_key=ADA_SECRET).retire_grant(KeyId=KEY_ARN, GrantId=grant["GrantId"])
    with refused("AccessDeniedException"):
        partner.decrypt(CiphertextBlob=blob, EncryptionContext=context)


def test_identities_and_grants_of_a_seed_may_be_given_at_every_start(seeded):
    server = seeded(IDENTITIES)
    user = server.client("iam").get_user(UserName="ada")["User"]
    (grant,) = server.kms().list_grants(KeyId=KEY_ID)["Grants"]
    server.terminate()
    server.start()
    assert server.client("iam").get_user(UserName="ada")["User"] == user
    assert server.kms().list_grants(KeyId=KEY_ID)["Grants"] == [grant]
    server.kms(access_key=ADA, secret_key=ADA_SECRET).encrypt(KeyId=KEY_ID, Plaintext=b"text")
    server.terminate()
    server.verify_audit()
    (event,) = server.audit_events("ApplySeed")
    details = event["serviceEventDetails"]
    assert details["accounts"] == ["444455556666"]
    assert details["accessKeys"] == [ADA, PARTNER]
    assert details["grants"] == [{"keyId": KEY_ARN, "grantId": grant["GrantId"]}]
    assert ADA_SECRET not in json.dumps(event)


@pytest.mark.parametrize(
    "change, error",
    [
        (lambda iam: iam.update_access_key(UserName="ada", AccessKeyId=ADA, Status="Inactive"), "another access key"),
        (lambda iam: iam.delete_user_permissions_boundary(UserName="ada"), "another permissions boundary"),
        (lambda iam: iam.delete_role_policy(RoleName="batch", PolicyName="decrypt"), "another inline policy"),
    ],
)
def test_an_identity_that_changed_since_is_an_error_at_the_next_start(seeded, change, error):
    server = seeded(IDENTITIES)
    change(server.client("iam"))
    server.terminate()
    command = [BINARY, "dev", "--listen", "127.0.0.1:0", "--data-dir", server.data_dir, *server.arguments]
    result = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_SECONDS)
    assert result.returncode == 1
    assert error in result.stderr


def test_init_takes_identities_with_fixed_access_keys(tmp_path):
    path, directory = tmp_path / "seed.yaml", tmp_path / "data"
    path.write_text(IDENTITIES)
    claviger("init", "--data-dir", directory, "--key-file", tmp_path / "data.key", *PLACE, "--seed", path)
    shown = claviger("audit", "show", "--data-dir", directory, "--json", "--event-name", "ApplySeed").stdout
    assert json.loads(shown)["serviceEventDetails"]["accessKeys"] == [ADA, PARTNER]


def test_init_takes_a_seed_without_key_material(tmp_path):
    path, directory = tmp_path / "seed.yaml", tmp_path / "data"
    arguments = ["init", "--data-dir", directory, "--key-file", tmp_path / "key", *PLACE, "--seed", path]
    path.write_text(OWN)
    refused = claviger(*arguments, check=False)
    assert refused.returncode == 1
    assert "KeyMaterial is for `claviger dev` alone" in refused.stderr
    assert not directory.exists()
    path.write_text(OWN.replace(f"        KeyMaterial: [{MATERIAL}]\n", ""))
    assert json.loads(claviger(*arguments).stdout)["account"] == "111122223333"
    assert "1 events" in claviger("audit", "verify", directory).stdout
