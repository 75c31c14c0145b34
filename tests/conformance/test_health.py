"""The endpoints for operators, which need no signature."""

import http.client
import json

import pytest


def get(server, path, method="GET"):
    connection = http.client.HTTPConnection(server.host, server.port)
    connection.request(method, path)
    response = connection.getresponse()
    return response.status, response.headers["Content-Type"], response.read()


@pytest.mark.parametrize("path", ["/health/live", "/health/ready"])
def test_a_running_server_is_healthy(server, path):
    status, content_type, body = get(server, path)
    assert status == 200
    assert content_type.startswith("application/json")
    assert isinstance(json.loads(body), dict)


def test_metrics_are_prometheus_text_and_count_requests(server, kms):
    def requests():
        status, content_type, body = get(server, "/metrics")
        assert status == 200
        assert content_type.startswith("text/plain")
        samples = [line for line in body.decode().splitlines() if line and not line.startswith("#")]
        assert samples
        # A sample is a name, perhaps labels, and a number.
        return {name: float(value) for name, _, value in (line.rpartition(" ") for line in samples)}

    before = requests()
    for _ in range(3):
        kms.generate_random(NumberOfBytes=1)
    after = requests()
    assert any(after[name] - before.get(name, 0) >= 3 for name in after)


@pytest.mark.parametrize("path", ["/health", "/health/other", "/metrics/", "/", "/admin", "/health/live/.."])
def test_nothing_else_is_there(server, path):
    # Everything else is a call of the API, and this one is not signed.
    status, _, body = get(server, path)
    assert (status, json.loads(body)["__type"]) == (400, "MissingAuthenticationTokenException")


@pytest.mark.parametrize("path", ["/health/live", "/health/ready", "/metrics"])
def test_endpoints_of_operators_only_read(server, path):
    assert get(server, path, "POST")[0] == 400
