"""Requests that no SDK would send, signed as an SDK signs them."""

import http.client
import json
import select

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

CONTENT_TYPE = "application/x-amz-json-1.1"


class Reply:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def request_id(self):
        return self.headers["x-amzn-RequestId"]

    @property
    def error(self):
        """The error's name; None for a success."""
        return None if self.status == 200 else self.json["__type"]

    @property
    def message(self):
        return self.json.get("message", "")

    def __repr__(self):
        return f"{self.status} {self.body.decode(errors='replace')}"


class RawKms:
    """One keep-alive connection. Not for use by several threads."""

    def __init__(self, host, port, region, access_key, secret_key, session_token=None):
        self._netloc = f"{host}:{port}"
        self._auth = SigV4Auth(Credentials(access_key, secret_key, session_token), "kms", region)
        self._connection = http.client.HTTPConnection(host, port)

    def close(self):
        self._connection.close()

    def call(self, action, parameters=None, headers=None):
        """Calls an action with parameters that are encoded here, or, given as bytes, are the body as it is."""
        return self.send(f"TrentService.{action}", parameters, headers)

    def send(self, target, parameters=None, headers=None, method="POST", path="/", sign=True):
        """`target` None leaves the header out; a header whose value is None is left out too."""
        body = parameters if isinstance(parameters, bytes) else json.dumps(parameters or {}).encode()
        sent = {"Content-Type": CONTENT_TYPE, "X-Amz-Target": target, "Host": self._netloc} | (headers or {})
        sent = {name: value for name, value in sent.items() if value is not None}
        if sign:
            request = AWSRequest(method, f"http://{self._netloc}{path}", data=body, headers=sent)
            self._auth.add_auth(request)
            sent = dict(request.headers.items())
        # The server closes connections that were idle for long; one with something to read was closed.
        if self._connection.sock and select.select([self._connection.sock], [], [], 0)[0]:
            self._connection.close()
        self._connection.request(method, path, body=body, headers=sent)
        return Reply(self._connection.getresponse())
