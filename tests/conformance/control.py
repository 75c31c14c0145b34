"""The control endpoint of a development server."""

import datetime
import json
import urllib.error
import urllib.request

from claviger_server import PATIENCE_SECONDS

# To be given to start_server.
ARGUMENTS = ("--control", "127.0.0.1:0")


class Control:
    def __init__(self, server):
        self.url = server.control_endpoint

    def ask(self, method, target, body=None, **headers):
        """Status and answer."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"} | {name.replace("_", "-"): text for name, text in headers.items()}
        request = urllib.request.Request(self.url + target, data, headers, method=method)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=PATIENCE_SECONDS) as reply:
                return reply.status, json.loads(reply.read())
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read())

    def done(self, method, target, body=None):
        status, answer = self.ask(method, target, body)
        assert status == 200, answer
        return answer

    def advance(self, **duration):
        """Moves the clock forward by what timedelta understands."""
        seconds = int(datetime.timedelta(**duration).total_seconds())
        return self.done("POST", "/clock", {"AdvanceSeconds": seconds})
