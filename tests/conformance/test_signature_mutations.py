"""Requests signed by botocore's own signers, then changed on the wire: the server accepts none of them."""

import datetime
import hashlib
import http.client
import json
import re
from urllib.parse import urlsplit

import pytest
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

BODY = b'{"NumberOfBytes":16}'
TARGET = "TrentService.GenerateRandom"
REFUSALS = {
    "MissingAuthenticationTokenException",
    "IncompleteSignatureException",
    "InvalidSignatureException",
    "UnrecognizedClientException",
}


class QueryAuth(SigV4QueryAuth):
    """botocore moves a body into the query string before it signs; this one signs it as the body it is."""

    def __init__(self, *args, body, **kwargs):
        super().__init__(*args, **kwargs)
        self.body = body

    def payload(self, request):
        return hashlib.sha256(self.body).hexdigest()


class Wire:
    """One request as it goes over the wire: every part of it can be changed after signing."""

    def __init__(self, method, target, headers, body):
        self.method, self.target, self.headers, self.body = method, target, list(headers), body

    def get(self, name):
        return next(v for k, v in self.headers if k.lower() == name.lower())

    def set(self, name, value):
        assert any(k.lower() == name.lower() for k, _ in self.headers), name
        self.headers = [(k, value if k.lower() == name.lower() else v) for k, v in self.headers]

    def drop(self, name):
        self.headers = [(k, v) for k, v in self.headers if k.lower() != name.lower()]

    def add(self, name, value):
        self.headers.append((name, value))

    def sub(self, pattern, replacement, name="Authorization"):
        changed = re.sub(pattern, lambda _: replacement, self.get(name), count=1)
        assert changed != self.get(name), pattern
        self.set(name, changed)

    def query(self, pattern, replacement):
        changed = re.sub(pattern, lambda _: replacement, self.target, count=1)
        assert changed != self.target, pattern
        self.target = changed


def sign(server, form, *, access_key=None, secret=None, region=None, service="kms", body=BODY, target=TARGET,
         headers=(), shift=0, expires=300):
    """A request signed by botocore, `shift` seconds away from now."""
    request = AWSRequest(
        method="POST",
        url=server.endpoint + "/",
        data=None if form == "query" else body,
        headers={"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": target, **dict(headers)},
    )
    token = getattr(server, "session_token", None)
    credentials = Credentials(access_key or server.access_key, secret or server.secret_key, token)
    place = (credentials, service, region or server.region)
    signer = QueryAuth(*place, expires=expires, body=body) if form == "query" else SigV4Auth(*place)
    if shift:
        signer = shifted(signer, shift)
    signer.add_auth(request)
    parts = urlsplit(request.url)
    names = [("Host", parts.netloc)] + [(k, v) for k, v in request.headers.items() if k.lower() != "host"]
    return Wire("POST", (parts.path or "/") + ("?" + parts.query if parts.query else ""), names, body)


def shifted(signer, seconds):
    """The same signer with another idea of the time; botocore asks the clock inside add_auth()."""
    original = signer.add_auth

    def add_auth(request):
        import botocore.auth

        moment = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)

        class Moved(datetime.datetime):
            @classmethod
            def utcnow(cls):
                return moment.replace(tzinfo=None)

            @classmethod
            def now(cls, tz=None):
                return moment

        with pytest.MonkeyPatch.context() as patch:
            if hasattr(botocore.auth, "get_current_datetime"):
                patch.setattr(botocore.auth, "get_current_datetime", lambda remove_tzinfo=True: Moved.utcnow())
            else:
                patch.setattr(botocore.auth.datetime, "datetime", Moved)
            original(request)

    signer.add_auth = add_auth
    return signer


def send(server, wire):
    connection = http.client.HTTPConnection(server.host, int(server.port), timeout=10)
    try:
        connection.putrequest(wire.method, wire.target, skip_host=True, skip_accept_encoding=True)
        for name, value in wire.headers:
            if name.lower() != "content-length":
                connection.putheader(name, value)
        connection.putheader("Content-Length", str(len(wire.body)))
        connection.endheaders(wire.body)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def header(**changed):
    return lambda server: sign(server, "header", **changed)


def query(**changed):
    return lambda server: sign(server, "query", **changed)


def after(make, change):
    def build(server):
        wire = make(server)
        change(wire)
        return wire

    return build


def flip(text, at):
    return text[:at] + ("0" if text[at] != "0" else "1") + text[at + 1 :]


def double_header(name):
    return lambda w: w.add(name.upper(), w.get(name))


def mutations():
    yield "wrong secret", header(secret="x" * 40)
    yield "unknown access key", header(access_key="AKIAUNKNOWN")
    yield "expired", header(shift=-400)
    yield "from the future", header(shift=400)
    yield "another service", header(service="s3")
    yield "malformed region", header(region="nowhere")
    yield "unsigned", after(header(), lambda w: w.drop("Authorization"))
    yield "session token of nobody", header(headers=[("X-Amz-Security-Token", "token")])
    yield "unsigned payload", header(headers=[("X-Amz-Content-SHA256", "UNSIGNED-PAYLOAD")])
    yield "query: wrong secret", query(secret="x" * 40)
    yield "query: unknown access key", query(access_key="AKIAUNKNOWN")
    yield "query: expired", query(shift=-400)
    yield "query: from the future", query(shift=400, expires=3600)
    yield "query: another service", query(service="s3")
    for operation in ("ScheduleKeyDeletion", "CreateKey", "ListKeys", "generaterandom"):
        yield f"target {operation}", after(header(), lambda w, o=operation: w.set("X-Amz-Target", "TrentService." + o))
        yield f"query: target {operation}", after(
            query(), lambda w, o=operation: w.set("X-Amz-Target", "TrentService." + o))
    for name in ("Host", "X-Amz-Date", "X-Amz-Target", "Content-Type"):
        yield f"{name} altered", after(header(), lambda w, n=name: w.set(n, w.get(n) + "1"))
    for name in ("X-Amz-Date", "X-Amz-Target", "Authorization"):
        yield f"{name} removed", after(header(), lambda w, n=name: w.drop(n))
        yield f"{name} doubled", after(header(), double_header(name))
    yield "query: target removed", after(query(), lambda w: w.drop("X-Amz-Target"))
    yield "query: target doubled", after(query(), double_header("X-Amz-Target"))
    for name in ("X-Amz-Meta", "x-amz-user-agent", "X-Amz-Security-Token"):
        yield f"unsigned {name}", after(header(), lambda w, n=name: w.add(n, "1"))
        yield f"query: unsigned {name}", after(query(), lambda w, n=name: w.add(n, "1"))
    for body in (b"", b"{}", b'{"NumberOfBytes":17}', BODY + b" "):
        yield f"body {body!r}", after(header(), lambda w, b=body: setattr(w, "body", b))
        yield f"query: body {body!r}", after(query(), lambda w, b=body: setattr(w, "body", b))
    for at in (0, 31, 63):
        yield f"signature flipped at {at}", after(header(), lambda w, i=at: w.sub(
            r"[0-9a-f]{64}$", flip(w.get("Authorization")[-64:], i)))
        yield f"query: signature flipped at {at}", after(query(), lambda w, i=at: w.query(
            r"[0-9a-f]{64}$", flip(w.target[-64:], i)))
    yield "signature cut", after(header(), lambda w: w.set("Authorization", w.get("Authorization")[:-1]))
    yield "signature empty", after(header(), lambda w: w.sub(r"[0-9a-f]{64}$", ""))
    yield "signature in capitals", after(header(), lambda w: w.sub(
        r"[0-9a-f]{64}$", w.get("Authorization")[-64:].upper()))
    for part in ("Credential", "SignedHeaders", "Signature"):
        yield f"{part} removed", after(header(), lambda w, p=part: w.sub(p + r"=[^,]*,? ?", ""))
        yield f"{part} doubled", after(header(), lambda w, p=part: w.set(
            "Authorization", w.get("Authorization") + f", {p}=x"))
    for scheme in ("AWS4-HMAC-SHA1", "AWS4-ECDSA-P256-SHA256", "Bearer", "Basic"):
        yield f"scheme {scheme}", after(header(), lambda w, s=scheme: w.sub(r"^\S+", s))
    yield "region swapped", after(header(), lambda w: w.sub(r"/[a-z]+-[a-z]+-[0-9]/", "/eu-west-3/"))
    yield "day swapped", after(header(), lambda w: w.sub(r"/[0-9]{8}/", "/20200101/"))
    yield "terminator swapped", after(header(), lambda w: w.sub("aws4_request", "aws4_requests"))
    yield "target taken off the signed list", after(header(), lambda w: w.sub(";x-amz-target", ""))
    yield "host taken off the signed list", after(header(), lambda w: w.sub("host;", ""))
    yield "signed list out of order", after(header(), lambda w: w.sub("content-type;host", "host;content-type"))
    yield "method", after(header(), lambda w: setattr(w, "method", "PUT"))
    yield "path", after(header(), lambda w: setattr(w, "target", "/x"))
    yield "query added", after(header(), lambda w: setattr(w, "target", "/?a=b"))
    for name in ("Algorithm", "Credential", "Date", "Expires", "SignedHeaders", "Signature"):
        yield f"query: {name} removed", after(query(), lambda w, n=name: w.query(rf"X-Amz-{n}=[^&]*&?", ""))
        yield f"query: {name} doubled", after(query(), lambda w, n=name: setattr(
            w, "target", w.target + "&" + re.search(rf"X-Amz-{n}=[^&]*", w.target).group()))
    yield "query: longer life", after(query(), lambda w: w.query("X-Amz-Expires=300", "X-Amz-Expires=301"))

    def both(server):
        wire = sign(server, "header")
        wire.target = sign(server, "query").target
        return wire

    yield "header and query credentials", both


MUTATIONS = list(mutations())


@pytest.mark.parametrize("form", ["header", "query"])
def test_the_untouched_request_is_accepted(server, form):
    status, body = send(server, sign(server, form))
    assert status == 200, body
    assert "Plaintext" in json.loads(body)


def test_there_are_at_least_sixty_mutations():
    names = [name for name, _ in MUTATIONS]
    assert len(set(names)) == len(names)
    print(f"{len(names)} mutated requests")
    assert len(names) >= 60


@pytest.mark.parametrize("build", [build for _, build in MUTATIONS], ids=[name for name, _ in MUTATIONS])
def test_no_mutation_is_accepted(server, build):
    status, body = send(server, build(server))
    assert 400 <= status < 500, body
    assert b"Plaintext" not in body
    # A repeated Host, say, is refused by HTTP itself; what speaks the protocol names the reason.
    if body.startswith(b"{") and b"__type" in body:
        assert json.loads(body)["__type"].split("#")[-1] in REFUSALS, body
