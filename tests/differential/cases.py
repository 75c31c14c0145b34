"""Random cases of a decision over a vocabulary so small that statements often apply. The same seed gives the same cases.

A case is a dictionary; its policies are Python objects, which `texts` turns into the JSON that both judges get.
"""
import dataclasses
import json
import random
import re

OWNER, OTHER = "111122223333", "444455556666"
ACCOUNTS = (OWNER, OTHER)
KEYS = tuple(f"arn:aws:kms:{region}:{OWNER}:key/{key}" for region, key in (
    ("us-east-1", "1234abcd-12ab-34cd-56ef-1234567890ab"),
    ("us-east-1", "1234abcd-0000-4000-8000-000000000001"),
    ("eu-west-1", "mrk-1234abcd12ab34cd56ef1234567890ab")))
ALIASES = (f"arn:aws:kms:us-east-1:{OWNER}:alias/app/main", f"arn:aws:kms:us-east-1:{OWNER}:alias/other")
ROLES = (f"arn:aws:iam::{OWNER}:role/r", f"arn:aws:iam::{OWNER}:role/path/r2")

# Operations on a key that principals of another account may use, others on a key, and those without a key.
ACROSS = ("kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey", "kms:ReEncryptFrom", "kms:DescribeKey",
          "kms:CreateGrant", "kms:RevokeGrant")
WITHIN = ("kms:PutKeyPolicy", "kms:EnableKey", "kms:TagResource", "kms:ScheduleKeyDeletion")
WITHOUT = ("kms:CreateKey", "kms:ListKeys", "kms:GenerateRandom")
ON_ALIAS = ("kms:CreateAlias", "kms:DeleteAlias", "kms:UpdateAlias")

ACTION_PATTERNS = ("kms:*", "*", "kms:Encrypt", "kms:encrypt", "kms:?ncrypt", "kms:*crypt*", "kms:Decrypt",
                   "kms:GenerateDataKey*", "kms:Generate*", "kms:Describe*", "kms:*Key", "kms:Re*", "kms:*Grant",
                   "kms:*e*e*y*", "kms:PutKeyPolicy", "kms:Create*", "kms:List*", "s3:*", "iam:PassRole")
RESOURCE_PATTERNS = ("*", *KEYS, "arn:aws:kms:*:*:*", f"arn:aws:kms:us-east-1:{OWNER}:key/*",
                     f"arn:aws:kms:*:{OWNER}:key/*", "arn:aws:kms:*:*:key/1234abcd-*", "arn:aws:kms:us-????-1:*:key/*",
                     "arn:aws:kms:*:1111*:key/*ab", "arn:*:kms:eu-*:*:key/mrk-*", f"arn:aws:kms:*:{OTHER}:key/*",
                     "arn:aws:kms:*:*:alias/*", "arn:aws:kms:us-east-1:*:alias/app/*", ALIASES[0],
                     "arn:aws:kms:*:*:key/*-000000000001", "arn:aws:s3:::bucket/*",
                     "arn:aws:kms:*:*:key/${aws:PrincipalTag/key}", "arn:aws:kms:*:*:key/${aws:PrincipalTag/no, '1234abcd*'}",
                     "arn:aws:kms:*:*:k?y/${kms:KeyId, 'mrk-1234abcd12ab34cd56ef1234567890ab'}",
                     "arn:aws:kms:*:*:key/1234abcd${*}")


@dataclasses.dataclass(frozen=True)
class Key:
    """A condition key: its type, what requests and what policies hold."""
    name: str
    type: str
    requests: tuple
    policies: tuple
    many: bool = False


TEXTS = ("red", "Red", "r*", "?ed", "blue", "*", "red-${aws:PrincipalTag/site, 'east'}", "${aws:PrincipalTag/site}",
         "a${*}b", "a*b", "${aws:PrincipalTag/none}", "r${?}d", "re[d]", "red.")
KEY_LIST = (
    Key("aws:PrincipalTag/team", "String", ("red", "blue", "red-east", "a*b", "axb", "r?d", "red."), TEXTS),
    Key("aws:PrincipalTag/site", "String", ("east", "red", "*", "re"), TEXTS),
    Key("aws:PrincipalTag/key", "String", ("1234abcd-12ab-34cd-56ef-1234567890ab", "*", "1234abcd*"), ("1234*", "*", "x")),
    Key("aws:PrincipalTag/blob", "Binary", ("cmVk", "Ymx1ZQ=="), ("cmVk", "Ymx1ZQ==", "")),
    Key("kms:ViaService", "String", ("s3.us-east-1.amazonaws.com", "ebs.eu-west-1.amazonaws.com"),
        ("s3.us-east-1.amazonaws.com", "s3.*", "*.amazonaws.com", "S3.us-east-1.amazonaws.com", "ec2.*")),
    Key("kms:EncryptionContext:App", "String", ("red", "Red", "a*b"), TEXTS),
    Key("kms:EncryptionContextKeys", "String", (("App",), ("App", "Env"), ("app", "red"), ("Env",)),
        ("App", "app", "Env", "A*", "?nv", "red"), many=True),
    Key("aws:TagKeys", "String", (("red",), ("red", "blue"), ("a*b", "red", "x")), ("red", "blue", "r*", "*", "Red", "x"),
        many=True),
    Key("aws:MultiFactorAuthAge", "Numeric", ("60", "3600", "3600.5", "-5", "0"),
        ("60", "3600", "3600.5", "3601", "-5", "0.0", 60, 3600)),
    Key("aws:CurrentTime", "Date", ("2026-11-22T03:00:00Z", "2026-11-22T03:00:00.500Z", "2026-01-01T00:00:00Z"),
        ("2026-11-22T03:00:00Z", "2026-11-22T05:00:00+02:00", "2026-11-22", "2026-01-01T00:00:00Z", "2027-01-01T00:00Z")),
    Key("aws:EpochTime", "Date", ("1795316400", "0", "1767225600"), ("1795316400", "1767225600", 1767225601, "0", "-1")),
    Key("aws:SecureTransport", "Bool", ("true", "false"), ("true", "false", "True", "FALSE", True, False)),
    Key("aws:MultiFactorAuthPresent", "Bool", ("true", "false"), ("true", "false", True)),
    Key("aws:SourceIp", "IpAddress", ("203.0.113.7", "203.0.113.200", "10.0.0.1", "2001:db8::7", "2001:db8:1::1"),
        ("203.0.113.0/24", "203.0.113.7", "203.0.113.7/32", "203.0.113.128/25", "0.0.0.0/0", "10.0.0.0/8", "10.0.0.0/7",
         "2001:db8::/32", "2001:db8::7/128", "2001:db8:1::/48", "::/0")),
    Key("aws:SourceArn", "Arn", ("arn:aws:s3:::bucket", "arn:aws:sns:us-east-1:111122223333:t:sub", KEYS[0]),
        ("arn:aws:s3:::bucket", "arn:aws:s3:::*", "arn:aws:*:us-east-?:*:*", "arn:aws:sns:*:*:t", "arn:aws:kms:*:*:key/*",
         "arn:aws:s3:::${aws:PrincipalTag/site, 'bucket'}", "arn:aws:sns:*:111122223333:t:*")),
)
# The simulator's tables of what KMS's actions have leave these out, so it gets them under another name of their kind.
STAND_INS = (("kms:EncryptionContextKeys", "aws:CalledVia"), ("kms:EncryptionContext:", "aws:PrincipalTag/"))
# What the caller's own identity fixes; a policy may ask for it all the same.
IDENTITY_KEYS = (
    Key("aws:PrincipalArn", "Arn", (), (f"arn:aws:iam::{OWNER}:role/*", f"arn:aws:iam::{OWNER}:user/f",
                                        "arn:aws:iam::*:user/*", "arn:aws:*::*:*/*", f"arn:aws:iam::{OWNER}:root", *ROLES)),
    Key("aws:PrincipalArn", "String", (), (f"arn:aws:iam::{OWNER}:role/r", f"arn:aws:iam::{OWNER}:*", "*:user/*")),
    Key("aws:PrincipalAccount", "String", (), (*ACCOUNTS, "1111*", "${kms:CallerAccount}")),
    Key("kms:CallerAccount", "String", (), (*ACCOUNTS, "4444*", "${aws:PrincipalAccount}")),
    Key("aws:username", "String", (), ("f", "v", "*", "F", "${aws:username}")),
)
OPERATORS = {
    "String": ("StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", "StringLike",
               "StringNotLike"),
    "Numeric": ("NumericEquals", "NumericNotEquals", "NumericLessThan", "NumericLessThanEquals", "NumericGreaterThan",
                "NumericGreaterThanEquals"),
    "Date": ("DateEquals", "DateNotEquals", "DateLessThan", "DateLessThanEquals", "DateGreaterThan",
             "DateGreaterThanEquals"),
    "Bool": ("Bool",),
    "Binary": ("BinaryEquals",),
    "IpAddress": ("IpAddress", "NotIpAddress"),
    "Arn": ("ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike"),
}


@dataclasses.dataclass(frozen=True)
class Caller:
    kind: str
    account: str
    arn: str
    source: str = ""  # the role of a session, the user behind a federated user
    user_name: str = ""
    service: str = ""

    def members(self) -> dict:
        """The caller as decide.cc reads it."""
        members = {"kind": self.kind, "arn": self.arn, "unique_id": "AIDA" + self.arn[-1] if self.kind == "user" else "",
                   "user_name": self.user_name, "service_name": self.service}
        if self.account:
            members["account"] = self.account
        members["role_arn" if self.kind == "assumed-role" else "user_arn"] = self.source
        return members

    def context(self) -> dict:
        if self.kind == "service":
            return {}
        context = {"aws:PrincipalArn": self.source if self.kind == "assumed-role" else self.arn,
                   "aws:PrincipalAccount": self.account, "kms:CallerAccount": self.account}
        if self.user_name:
            context["aws:username"] = self.user_name
        return context


def caller(kind: str, account: str, name: str = "") -> Caller:
    if kind == "root":
        return Caller(kind, account, f"arn:aws:iam::{account}:root")
    if kind == "user":
        return Caller(kind, account, f"arn:aws:iam::{account}:user/{name}", user_name=name.rsplit("/", 1)[-1])
    if kind == "federated-user":
        return Caller(kind, account, f"arn:aws:sts::{account}:federated-user/{name}", f"arn:aws:iam::{account}:user/{name}")
    path, session = name.split(":")
    role = path.rsplit("/", 1)[-1]
    return Caller("assumed-role", account, f"arn:aws:sts::{account}:assumed-role/{role}/{session}",
                  f"arn:aws:iam::{account}:role/{path}")


CALLERS = (
    caller("user", OWNER, "f"), caller("user", OWNER, "dev/alice"), caller("user", OTHER, "v"),
    caller("assumed-role", OWNER, "r:s"), caller("assumed-role", OWNER, "path/r2:s"),
    caller("assumed-role", OTHER, "r:s"), caller("federated-user", OWNER, "f"), caller("root", OWNER),
    caller("root", OTHER), Caller("service", "", "logs.amazonaws.com", service="logs.amazonaws.com"),
)
WEIGHTS = (8, 3, 6, 7, 3, 4, 3, 3, 2, 1)

PRINCIPALS = tuple({"AWS": one} for one in sorted(
    {c.arn for c in CALLERS if c.account} | {c.source for c in CALLERS if c.source} | set(ACCOUNTS) |
    {f"arn:aws:sts::{OWNER}:assumed-role/r/else"})) + (
        "*", {"AWS": "*"}, {"Service": "logs.amazonaws.com"}, {"Service": "s3.amazonaws.com"})


class Maker:
    """Makes cases from one source of randomness."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def some(self, values, most: int):
        """One value, or a list of up to `most` of them."""
        if self.chance(0.6):
            return self.random.choice(values)
        return self.random.sample(values, self.random.randint(1, min(most, len(values))))

    def operator(self, key: Key) -> str:
        if self.chance(0.1):
            return "Null"
        family = key.type if not (key.type == "Arn" and self.chance(0.15)) else "String"
        operator = self.random.choice(OPERATORS[family])
        if key.many and not self.chance(0.1) or self.chance(0.08):
            operator = self.random.choice(("ForAllValues:", "ForAnyValue:")) + operator
        return operator + ("IfExists" if self.chance(0.2) else "")

    def conditions(self) -> dict:
        result = {}
        for _ in range(self.random.choice((1, 1, 1, 2, 2, 3))):
            key = self.random.choice(KEY_LIST + IDENTITY_KEYS)
            operator = self.operator(key)
            values = self.some(("true", "false", True) if operator == "Null" else key.policies, 3)
            name = key.name if self.chance(0.85) else self.random.choice((str.lower, str.upper))(key.name)
            if operator.startswith("ForAllValues:") and name.lower().startswith("kms:encryptioncontext:"):
                operator = operator.removeprefix("ForAllValues:")  # refused in a key policy, and wrong everywhere
            block = result.setdefault(operator, {})
            if name.lower() not in {one.lower() for one in block}:
                block[name] = values
        return result

    def statement(self, case: dict, principal: bool, resources=RESOURCE_PATTERNS, actions=ACTION_PATTERNS) -> dict:
        deny = self.chance(0.25)
        statement = {"Effect": "Deny" if deny else "Allow"}
        if self.chance(0.2):
            statement["Sid"] = "S" + str(self.random.randint(0, 9999))
        if principal:
            values = self.some(PRINCIPALS, 1) if not self.chance(0.3) else {"AWS": [
                one["AWS"] for one in self.random.sample([p for p in PRINCIPALS if "AWS" in p and p != {"AWS": "*"}], 3)]}
            if isinstance(values, list):
                values = values[0]
            negated = (deny and self.chance(0.15) and values not in ("*", {"AWS": "*"}) and case["question"] != "trust")
            statement["NotPrincipal" if negated else "Principal"] = values
        likely = self.chance(0.4)
        negated = self.chance(0.08) and case["question"] != "trust"
        statement["NotAction" if negated else "Action"] = (
            case["action"] if likely and not negated else self.some(actions, 4))
        if resources:
            negated = self.chance(0.1)
            pattern = "*" if (principal or likely) and self.chance(0.6) and not negated else self.some(resources, 3)
            statement["NotResource" if negated else "Resource"] = pattern
        if self.chance(0.6 if deny else 0.45):
            statement["Condition"] = self.conditions()
        return statement

    def document(self, case: dict, principal=False, most=3, **more) -> dict:
        version = "2012-10-17" if self.chance(0.93) else "2008-10-17"
        statements = [self.statement(case, principal, **more) for _ in range(self.random.randint(1, most))]
        return {"Version": version, "Statement": statements[0] if len(statements) == 1 and self.chance(0.3) else statements}

    def context(self, who: Caller, on_key: bool) -> dict:
        context = {name: value for name, value in who.context().items() if on_key or not name.startswith("kms:")}
        for key in KEY_LIST:
            if (on_key or not key.name.startswith("kms:")) and self.chance(0.6):
                value = self.random.choice(key.requests)
                context[key.name] = list(value) if key.many else value
        return context

    def limits(self, case: dict, who: Caller):
        if who.kind in ("root", "service"):
            return
        case["identity"] = [self.document(case) for _ in range(self.random.choice((0, 1, 1, 2)))]
        if who.kind != "federated-user" and self.chance(0.25):
            case["boundary"] = self.document(case) if not self.chance(0.3) else {
                "Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "kms:*", "Resource": "*"}}
        if who.kind in ("assumed-role", "federated-user") and (
                who.kind == "federated-user" or self.chance(0.4)):
            case["session"] = [self.document(case)]

    def key_case(self) -> dict:
        who = self.random.choices(CALLERS, WEIGHTS)[0]
        case = {"question": "key", "caller": who, "owner": OWNER, "identity": [], "session": [],
                "action": self.random.choice(ACROSS if who.account != OWNER or self.chance(0.75) else WITHIN),
                "resource": self.random.choice(KEYS)}
        # An operation that accounts share is all that the simulator knows; others are the business of model.py.
        if not self.chance(0.04):
            case["resource_policy"] = self.document(case, principal=True, most=4)
            if self.chance(0.4):
                policy = case["resource_policy"]
                if not isinstance(policy["Statement"], list):
                    policy["Statement"] = [policy["Statement"]]
                policy["Statement"].append({"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{OWNER}:root"},
                                            "Action": "kms:*", "Resource": "*"})
        self.limits(case, who)
        case["context"] = self.context(who, True)
        return case

    def keyless_case(self) -> dict:
        who = self.random.choices(CALLERS, WEIGHTS)[0]
        while who.account != OWNER:
            who = self.random.choices(CALLERS, WEIGHTS)[0]
        alias = self.chance(0.5)
        case = {"question": "none", "caller": who, "owner": OWNER, "identity": [], "session": [],
                "action": self.random.choice(ON_ALIAS if alias else WITHOUT),
                "resource": self.random.choice(ALIASES) if alias else "*"}
        self.limits(case, who)
        case["context"] = self.context(who, False)
        return case

    def trust_case(self) -> dict:
        who = self.random.choices(CALLERS, WEIGHTS)[0]
        while who.kind == "service":
            who = self.random.choices(CALLERS, WEIGHTS)[0]
        case = {"question": "trust", "caller": who, "owner": OWNER, "identity": [], "session": [],
                "action": "sts:AssumeRole", "resource": self.random.choice(ROLES)}
        actions = ("sts:AssumeRole", "sts:TagSession", "sts:AssumeRoleWithWebIdentity")
        case["resource_policy"] = self.document(case, principal=True, resources=(), actions=actions)
        self.limits(case, who)
        for document in case["identity"] + case["session"] + ([case["boundary"]] if "boundary" in case else []):
            statements = document["Statement"] if isinstance(document["Statement"], list) else [document["Statement"]]
            for statement in statements:
                element = "Resource" if "Resource" in statement else "NotResource"
                statement[element] = self.random.choice(("*", *ROLES, f"arn:aws:iam::{OWNER}:role/*",
                                                         "arn:aws:iam::*:role/path/*"))
        case["context"] = self.context(who, False)
        return case

    def case(self, name: str) -> dict:
        make = self.random.choices((self.key_case, self.keyless_case, self.trust_case), (80, 10, 10))[0]
        return {"id": name, **make()}


def cases(seed: int, count: int):
    """Each case has a seed of its own, so that one can be made again without those before it."""
    for number in range(count):
        yield Maker(f"{seed}/{number}").case(f"{seed}/{number}")


def for_decide(case: dict) -> str:
    """The line that decide.cc reads."""
    texts = {name: [json.dumps(document) for document in case[name]] for name in ("identity", "session")}
    line = {"id": case["id"], "question": case["question"], "caller": case["caller"].members(), "owner": case["owner"],
            "action": case["action"], "resource": case["resource"], "context": case["context"], **texts}
    for name in ("resource_policy", "boundary"):
        if name in case:
            line[name] = json.dumps(case[name])
    return json.dumps(line)


def for_simulator(case: dict) -> str:
    """The line that simulate.mjs reads. A root has no identity policies and may do what its account may: to the
    simulator, which knows no root, it is a principal with a policy that allows everything."""
    everything = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
    identity = [everything] if case["caller"].kind == "root" else case["identity"]
    simulation = {
        "request": {"principal": case["caller"].arn, "action": case["action"],
                    "resource": {"resource": case["resource"], "accountId": case["owner"]},
                    "contextVariables": case["context"]},
        "identityPolicies": [{"name": str(n), "policy": document} for n, document in enumerate(identity)],
        "serviceControlPolicies": [{"orgIdentifier": "root", "policies": [{"name": "all", "policy": everything}]}],
        "resourceControlPolicies": [{"orgIdentifier": "root", "policies": []}],
    }
    if "resource_policy" in case:
        simulation["resourcePolicy"] = case["resource_policy"]
    if "boundary" in case:
        simulation["permissionBoundaryPolicies"] = [{"name": "boundary", "policy": case["boundary"]}]
    if case["session"]:
        simulation["sessionPolicy"] = case["session"][0]
    line = json.dumps({"id": case["id"], "simulation": simulation})
    for name, stand_in in STAND_INS:
        line = re.sub(re.escape(name), stand_in, line, flags=re.IGNORECASE)
    return line
