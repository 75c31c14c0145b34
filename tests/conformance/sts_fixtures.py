"""What the tests of STS share: roles with a trust policy, and what they answer."""

import json

from iam_fixtures import Holder, NewUser, fresh, policy
from raw_query import RawQuery

EVERY_STS = ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]


def trusting(principal, actions="sts:AssumeRole", effect="Allow", **condition):
    """A trust policy with one statement; `principal` is an ARN or an account."""
    statement = {"Effect": effect, "Principal": {"AWS": principal}, "Action": actions}
    if condition:
        statement["Condition"] = condition
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


class NewRole(Holder):
    """A role with a trust policy and inline policies."""

    def __init__(self, server, trust, *policies, **more):
        self.server, self.iam, self.kind = server, server.client("iam"), "Role"
        self.name = fresh("role")
        made = self.iam.create_role(**self.me, AssumeRolePolicyDocument=trust, **more)["Role"]
        self.arn, self.id = made["Arn"], made["RoleId"]
        for number, text in enumerate(policies):
            self.call("put_{}_policy", PolicyName=f"p{number}", PolicyDocument=text)

    def trust(self, text):
        self.iam.update_assume_role_policy(**self.me, PolicyDocument=text)

    def session_arn(self, name):
        return f"arn:aws:sts::{self.server.account}:assumed-role/{self.name}/{name}"

    def assume(self, sts, name="job", **more):
        return sts.assume_role(RoleArn=self.arn, RoleSessionName=name, **more)


def put_key_set(server, arn, key_set, **how):
    """The reply to our own action, as no SDK has it."""
    raw = RawQuery(server, "iam", **how)
    return raw.call("PutOpenIDConnectProviderKeySet", {"OpenIDConnectProviderArn": arn, "KeySet": key_set})


def register(server, issuer, client_ids=("sts.amazonaws.com",)):
    """Makes the issuer a provider of the account, with its keys."""
    server.client("iam").create_open_id_connect_provider(Url=issuer.url, ClientIDList=list(client_ids))
    reply = put_key_set(server, issuer.arn(server.account), issuer.key_set())
    assert reply.status == 200, reply
    return reply


__all__ = ["EVERY_STS", "NewRole", "NewUser", "fresh", "policy", "put_key_set", "register", "trusting"]
