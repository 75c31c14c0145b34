"""Requests of the Query protocol that no SDK would send, signed as an SDK signs them."""

import http.client
import xml.etree.ElementTree
from urllib.parse import urlencode

from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

FORM = "application/x-www-form-urlencoded; charset=utf-8"
VERSIONS = {"iam": "2010-05-08", "sts": "2011-06-15"}


class QueryReply:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()
        self.xml = xml.etree.ElementTree.fromstring(self.body)

    @property
    def request_id(self):
        return self.headers["x-amzn-RequestId"]

    def text(self, name):
        """The text of the first element of that name, whatever its namespace; None when there is none."""
        return next((element.text or "" for element in self.xml.iter() if element.tag.rpartition("}")[2] == name), None)

    @property
    def namespace(self):
        return self.xml.tag.partition("}")[0].removeprefix("{")

    @property
    def error(self):
        return None if self.status == 200 else self.text("Code")

    @property
    def message(self):
        return self.text("Message") or ""

    def __repr__(self):
        return f"{self.status} {self.body.decode(errors='replace')}"


class RawQuery:
    """Each request has a connection of its own."""

    def __init__(self, server, service, region=None, access_key=None, secret_key=None, session_token=None):
        self._netloc = f"{server.host}:{server.port}"
        self._address = server.host, server.port
        self._service = service
        self._region = region or server.region
        self._credentials = Credentials(
            access_key or server.access_key, secret_key or server.secret_key, session_token
        )

    def call(self, action, parameters=(), version=None, **how):
        """`parameters`: pairs or a mapping."""
        head = {"Action": action, "Version": version or VERSIONS[self._service]}
        return self.send(urlencode(head) + "&" + urlencode(parameters), **how)

    def send(self, body="", headers=None, method="POST", path="/", query="", sign="header"):
        """`sign`: header, query, or None."""
        sent = {"Content-Type": FORM, "Host": self._netloc} | (headers or {})
        sent = {name: value for name, value in sent.items() if value is not None}
        url = f"http://{self._netloc}{path}" + (f"?{query}" if query else "")
        request = AWSRequest(method, url, data=body.encode(), headers=sent)
        if sign == "header":
            SigV4Auth(self._credentials, self._service, self._region).add_auth(request)
        elif sign == "query":
            # It would move the parameters of a form into the URL.
            request.data = b""
            SigV4QueryAuth(self._credentials, self._service, self._region, expires=300).add_auth(request)
        prepared = request.prepare()
        connection = http.client.HTTPConnection(*self._address)
        connection.request(method, prepared.url.removeprefix(f"http://{self._netloc}"), body=prepared.body or b"",
                           headers=dict(prepared.headers.items()))
        reply = QueryReply(connection.getresponse())
        connection.close()
        return reply
