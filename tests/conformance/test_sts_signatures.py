"""Requests signed with the credentials of a session, then changed on the wire: the server accepts none of them."""

import re

import pytest

from sts_fixtures import NewRole, NewUser, policy, trusting
from test_signature_mutations import MUTATIONS, REFUSALS, after, header, query, send, sign

# The signer puts the session's token in place of this one.
OWN_TOKEN = "session token of nobody"
TOKEN = "X-Amz-Security-Token"


class Session:
    """A server as somebody with a session of a role sees it."""

    def __init__(self, server, role, sts):
        self.host, self.port, self.region, self.endpoint = server.host, server.port, server.region, server.endpoint
        credentials, other = (role.assume(sts)["Credentials"] for _ in range(2))
        self.access_key, self.secret_key = credentials["AccessKeyId"], credentials["SecretAccessKey"]
        self.session_token, self.other_token = credentials["SessionToken"], other["SessionToken"]


@pytest.fixture(scope="module")
def session(server):
    user = NewUser(server)
    return Session(server, NewRole(server, trusting(user.arn), policy("kms:*")), user.client("sts"))


def with_token(make, change):
    """`make`'s request with its token changed by change(session, token)."""

    def build(session):
        wire = make(session)
        if any(name == TOKEN for name, _ in wire.headers):
            wire.set(TOKEN, change(session, wire.get(TOKEN)))
        else:
            token = re.search(f"{TOKEN}=([^&]*)", wire.target).group(1)
            wire.query(f"{TOKEN}=[^&]*", f"{TOKEN}={change(session, token)}")
        return wire

    return build


def token_mutations():
    for name, make in (("", header()), ("query: ", query())):
        yield name + "the token of another session", with_token(make, lambda s, t: s.other_token)
        yield name + "token without its last characters", with_token(make, lambda s, t: t[:-4])
        yield name + "token with one character changed", with_token(
            make, lambda s, t: t[:50] + ("B" if t[50] == "A" else "A") + t[51:]
        )
        yield name + "empty token", with_token(make, lambda s, t: "")
        yield name + "token in small letters", with_token(make, lambda s, t: t.lower())
        yield name + "token twice as long", with_token(make, lambda s, t: t + t)
    yield "token removed", after(header(), lambda w: w.drop(TOKEN))
    yield "query: token removed", after(query(), lambda w: w.query(f"&?{TOKEN}=[^&]*", ""))
    yield "token in two places", after(query(), lambda w: w.add(TOKEN, "x"))
    yield "token taken off the signed list", after(header(), lambda w: w.sub(";x-amz-security-token", ""))


ALL = [entry for entry in MUTATIONS if entry[0] != OWN_TOKEN] + list(token_mutations())


@pytest.mark.parametrize("form", ["header", "query"])
def test_the_untouched_request_is_accepted(session, form):
    status, body = send(session, sign(session, form))
    assert status == 200, body


@pytest.mark.parametrize("build", [build for _, build in ALL], ids=[name for name, _ in ALL])
def test_no_mutation_is_accepted(session, build):
    status, body = send(session, build(session))
    assert 400 <= status < 500, body
    assert b"Plaintext" not in body
    if body.startswith(b"{") and b"__type" in body:
        assert any(refusal.encode() in body for refusal in REFUSALS), body
