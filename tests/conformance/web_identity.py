"""An issuer of web identity tokens, as a Kubernetes cluster is one: keys, their JSON Web Key Set, and tokens."""

import base64
import hashlib
import json
import secrets
import time

# NIST P-256 (FIPS 186-4, D.1.2.3).
P = 2**256 - 2**224 + 2**192 + 2**96 - 1
N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
G = (
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
)
AUDIENCE = "sts.amazonaws.com"


def b64url(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def add(a, b):
    if a is None or b is None:
        return a or b
    if a[0] == b[0] and (a[1] + b[1]) % P == 0:
        return None
    if a == b:
        slope = (3 * a[0] * a[0] - 3) * pow(2 * a[1], -1, P)
    else:
        slope = (b[1] - a[1]) * pow(b[0] - a[0], -1, P)
    x = (slope * slope - a[0] - b[0]) % P
    return x, (slope * (a[0] - x) - a[1]) % P


def multiply(number, point):
    result = None
    while number:
        if number & 1:
            result = add(result, point)
        point, number = add(point, point), number >> 1
    return result


class EcKey:
    algorithm = "ES256"

    def __init__(self, kid):
        self.kid = kid
        self._private = secrets.randbelow(N - 1) + 1
        self._public = multiply(self._private, G)

    def jwk(self):
        x, y = (b64url(part.to_bytes(32, "big")) for part in self._public)
        return {"kty": "EC", "crv": "P-256", "kid": self.kid, "alg": "ES256", "use": "sig", "x": x, "y": y}

    def private_jwk(self):
        return self.jwk() | {"d": b64url(self._private.to_bytes(32, "big"))}

    def sign(self, message):
        digest = int.from_bytes(hashlib.sha256(message).digest(), "big")
        k = secrets.randbelow(N - 1) + 1
        r = multiply(k, G)[0] % N
        s = pow(k, -1, N) * (digest + r * self._private) % N
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def prime():
    """A probable prime of 1,024 bits: good enough for a key that lives as long as a test."""
    while True:
        number = secrets.randbits(1024) | 3 << 1022 | 1
        if number % 3 and number % 5 and number % 65537 != 1 and pow(2, number - 1, number) == 1:
            return number


class RsaKey:
    algorithm = "RS256"
    # Of DigestInfo with SHA-256 (RFC 8017, section 9.2).
    PREFIX = bytes.fromhex("3031300d060960864801650304020105000420")

    def __init__(self, kid):
        self.kid = kid
        p, q = prime(), prime()
        self._n, self._d = p * q, pow(65537, -1, (p - 1) * (q - 1))

    def jwk(self):
        n, e = self._n.to_bytes(256, "big"), b"\1\0\1"
        return {"kty": "RSA", "kid": self.kid, "alg": "RS256", "use": "sig", "n": b64url(n), "e": b64url(e)}

    def sign(self, message):
        digest = self.PREFIX + hashlib.sha256(message).digest()
        padded = b"\0\1" + b"\xff" * (253 - len(digest)) + b"\0" + digest
        return pow(int.from_bytes(padded, "big"), self._d, self._n).to_bytes(256, "big")


class Issuer:
    """`host` makes it an issuer of its own."""

    def __init__(self, host, *keys):
        self.url = f"https://{host}"
        self.name = host
        self.keys = list(keys) or [EcKey("k1")]

    def key_set(self):
        return json.dumps({"keys": [key.jwk() for key in self.keys]})

    def token(self, subject="system:serviceaccount:apps:web", key=None, header=None, **claims):
        key = key or self.keys[0]
        now = int(time.time())
        head = {"alg": key.algorithm, "kid": key.kid, "typ": "JWT"} | (header or {})
        body = {"iss": self.url, "sub": subject, "aud": [AUDIENCE], "iat": now, "nbf": now, "exp": now + 3600} | claims
        signed = ".".join(b64url(json.dumps(part).encode()) for part in (head, body))
        return f"{signed}.{b64url(key.sign(signed.encode()))}"

    def arn(self, account):
        return f"arn:aws:iam::{account}:oidc-provider/{self.name}"

    def trust(self, account, actions="sts:AssumeRoleWithWebIdentity", **condition):
        statement = {"Effect": "Allow", "Principal": {"Federated": self.arn(account)}, "Action": actions}
        if condition:
            statement["Condition"] = condition
        return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
