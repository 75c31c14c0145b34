"""What the tests of other servers' mistakes share."""

import base64
import json

from raw_kms import RawKms

PLAINTEXT = base64.b64encode(b"x").decode()
DENIED = {"AccessDeniedException"}


def statement(effect, actions="kms:*", **more):
    return {"Effect": effect, "Principal": "*", "Action": actions, "Resource": "*", **more}


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


ALLOW = statement("Allow")


def put(kms, key, *statements):
    kms.put_key_policy(KeyId=key["KeyId"], Policy=policy(*statements))


class Connections:
    """Connections of one caller, enough that every event loop has some."""

    def __init__(self, server, access_key=None, secret_key=None, session_token=None):
        credentials = access_key or server.access_key, secret_key or server.secret_key, session_token
        self._raw = [RawKms(server.host, server.port, server.region, *credentials) for _ in range(8)]

    def errors(self, action, **parameters):
        """What the same call ends with on each."""
        return {connection.call(action, parameters).error for connection in self._raw}
