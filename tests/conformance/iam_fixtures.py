"""What the tests of IAM share: names that no other test has, policies, and users with a key."""

import itertools
import json
from urllib.parse import unquote

NUMBERS = itertools.count(1)

EC2_TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}],
}


def fresh(word="name"):
    return f"{word}-{next(NUMBERS)}"


def policy(actions, resource="*", effect="Allow", **more):
    """The text of a policy with one statement."""
    statement = {"Effect": effect, "Action": actions, "Resource": resource, **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def trust(account):
    statement = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account}:root"}, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def metadata_gone(response):
    assert response.pop("ResponseMetadata")["HTTPStatusCode"] == 200
    return response


def decoded(document):
    """A policy in an answer: botocore decodes it into an object where its model says so."""
    return json.loads(unquote(document)) if isinstance(document, str) else document


class Holder:
    """A user, group or role, and the calls that differ in its kind only."""

    def __init__(self, iam, kind, account):
        self.iam, self.kind = iam, kind
        self.name = fresh(kind.lower())
        more = {"AssumeRolePolicyDocument": trust(account)} if kind == "Role" else {}
        made = getattr(iam, f"create_{kind.lower()}")(**self.me, **more)[kind]
        self.arn, self.id = made["Arn"], made[f"{kind}Id"]

    @property
    def me(self):
        return {f"{self.kind}Name": self.name}

    def call(self, form, **parameters):
        """`attach_{}_policy` with this holder's kind and name."""
        return getattr(self.iam, form.format(self.kind.lower()))(**self.me, **parameters)

    def delete(self):
        return self.call("delete_{}")


class NewUser(Holder):
    """A user with an access key and clients that use it."""

    def __init__(self, server, *policies):
        super().__init__(server.client("iam"), "User", server.account)
        self.server = server
        self.key = self.call("create_access_key")["AccessKey"]
        for number, text in enumerate(policies):
            self.call("put_{}_policy", PolicyName=f"p{number}", PolicyDocument=text)

    def client(self, service, **more):
        return self.server.client(
            service, access_key=self.key["AccessKeyId"], secret_key=self.key["SecretAccessKey"], **more
        )
