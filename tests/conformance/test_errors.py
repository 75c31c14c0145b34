"""The protocol around the actions: targets, bodies, credentials, and the headers of replies."""

import http.client
import json
import re

import pytest

from actions import ACTIONS, ACTIONS_ACROSS_REGIONS, b64
from expect import UNKNOWN_KEY, refused

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def assert_headers(reply):
    assert UUID.fullmatch(reply.request_id)
    assert reply.headers["Content-Type"] == "application/x-amz-json-1.1"
    assert int(reply.headers["Content-Length"]) == len(reply.body)


@pytest.mark.parametrize(
    "action, parameters, status",
    [
        ("GenerateRandom", {"NumberOfBytes": 1}, 200),
        ("GenerateRandom", {}, 400),
        ("EnableKey", {"KeyId": UNKNOWN_KEY}, 400),
        ("Nonsense", {}, 400),
    ],
)
def test_every_reply_has_the_headers_of_aws(raw, action, parameters, status):
    reply = raw.call(action, parameters)
    assert reply.status == status
    assert_headers(reply)


def test_every_request_has_its_own_id(raw):
    assert len({raw.call("ListKeys", {"Limit": 1}).request_id for _ in range(20)}) == 20


@pytest.mark.parametrize("action", ["EnableKey", "UpdateKeyDescription", "TagResource"])
def test_an_action_without_output_has_no_output(raw, shared_key, action):
    more = {"UpdateKeyDescription": {"Description": "shared; not to be changed"}, "TagResource": {"Tags": []}}.get(
        action, {}
    )
    reply = raw.call(action, {"KeyId": shared_key["KeyId"]} | more)
    assert reply.status == 200
    assert reply.body in (b"", b"{}")


def test_timestamps_are_epoch_seconds(raw, shared_key):
    date = raw.call("DescribeKey", {"KeyId": shared_key["KeyId"]}).json["KeyMetadata"]["CreationDate"]
    assert isinstance(date, (int, float)) and date > 1_700_000_000


@pytest.mark.parametrize(
    "target",
    [
        "TrentService.Nonsense",
        "TrentService.",
        "TrentService",
        "Nonsense.ListKeys",
        "ListKeys",
        "TrentService.listKeys",
        "TrentService.ListKeys.",
        "TrentService. ListKeys",
        "",
    ],
)
def test_an_unknown_operation(raw, target):
    reply = raw.send(target)
    assert (reply.status, reply.error) == (400, "UnknownOperationException")
    assert_headers(reply)


def test_an_operation_of_the_model_that_is_not_built(raw, kms):
    missing = set(kms.meta.service_model.operation_names) - ACTIONS - ACTIONS_ACROSS_REGIONS
    assert missing
    assert {raw.call(action).error for action in missing} == {"UnknownOperationException"}


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"{", id="unfinished"),
        pytest.param(b"nonsense", id="no-json"),
        pytest.param(b"[]", id="array"),
        pytest.param(b'"x"', id="string"),
        pytest.param(b"1", id="number"),
        pytest.param(b"null", id="null"),
        pytest.param(b" ", id="white-space"),
        pytest.param(b"{} x", id="trailing-bytes"),
        pytest.param(b"{}{}", id="two-objects"),
        pytest.param(b"{}\0", id="trailing-nul"),
        pytest.param(b'{"NumberOfBytes":1,}', id="trailing-comma"),
        pytest.param(b"{'NumberOfBytes':1}", id="single-quotes"),
        pytest.param(b'{"NumberOfBytes":01}', id="leading-zero"),
        pytest.param(b'{"NumberOfBytes":1,"NumberOfBytes":1}', id="duplicate-member"),
        pytest.param(b'{"NumberOfBytes":1,"\\u004eumberOfBytes":1}', id="duplicate-member-escaped"),
        pytest.param(b'{"NumberOfBytes":1,"X":1,"X":2}', id="duplicate-unknown-member"),
        pytest.param(b'{"NumberOfBytes":1,"X":"\xff"}', id="bad-utf-8"),
        pytest.param(b'{"NumberOfBytes":1,"X":"\xed\xa0\x80"}', id="surrogate-in-utf-8"),
        pytest.param(b'{"NumberOfBytes":1,"X":"\\ud800"}', id="lone-surrogate"),
        pytest.param(b'{"NumberOfBytes":1,"X":"\x01"}', id="control-character"),
        pytest.param(b'\xef\xbb\xbf{"NumberOfBytes":1}', id="byte-order-mark"),
        pytest.param(b'{"NumberOfBytes":1,"X":' + b"[" * 70 + b"]" * 70 + b"}", id="deep-nesting"),
        pytest.param(
            b'{"NumberOfBytes":1,"X":' + b'{"a":' * 10000 + b"1" + b"}" * 10000 + b"}", id="very-deep-nesting"
        ),
    ],
)
def test_a_body_that_is_no_request(raw, body):
    reply = raw.call("GenerateRandom", body)
    assert (reply.status, reply.error) == (400, "SerializationException"), reply
    assert_headers(reply)


def test_duplicates_inside_members(raw, shared_key):
    for body in (
        '{{"KeyId":"{0}","Plaintext":"eA==","EncryptionContext":{{"a":"1","a":"1"}}}}',
        '{{"KeyId":"{0}","Plaintext":"eA==","EncryptionContext":{{"a":"1","\\u0061":"1"}}}}',
    ):
        assert raw.call("Encrypt", body.format(shared_key["KeyId"]).encode()).error == "SerializationException"
    body = f'{{"KeyId":"{shared_key["KeyId"]}","Tags":[{{"TagKey":"a","TagKey":"b","TagValue":"c"}}]}}'
    assert raw.call("TagResource", body.encode()).error == "SerializationException"


def test_an_empty_body_is_an_empty_request(raw):
    assert raw.call("ListKeys", b"").status == 200
    reply = raw.call("GenerateRandom", b"")
    assert (reply.error, reply.message) == ("ValidationException", "NumberOfBytes is required.")


@pytest.mark.parametrize("white_space", [b" \t\r\n"])
def test_white_space_about_a_body_is_nothing(raw, white_space):
    assert raw.call("GenerateRandom", white_space + b'{ "NumberOfBytes" : 1 }' + white_space).status == 200


def test_a_body_that_is_too_large(server):
    # Refused by its announced length: nothing of it needs to be sent.
    connection = http.client.HTTPConnection(server.host, server.port)
    connection.putrequest("POST", "/")
    connection.putheader("X-Amz-Target", "TrentService.GenerateRandom")
    connection.putheader("Content-Length", str(1 << 30))
    connection.endheaders()
    assert connection.getresponse().status == 413


@pytest.mark.parametrize("content_type", ["application/json", "text/plain", "application/x-amz-json-1.0", None])
def test_the_target_alone_names_the_protocol(raw, content_type):
    # Nothing is gained by looking at the content type too: the signature covers target and body.
    assert raw.call("GenerateRandom", {"NumberOfBytes": 1}, {"Content-Type": content_type}).status == 200


@pytest.mark.parametrize("method, path", [("GET", "/"), ("PUT", "/"), ("DELETE", "/"), ("POST", "/other")])
def test_another_method_or_path_is_not_served(raw, method, path):
    reply = raw.send("TrentService.GenerateRandom", {"NumberOfBytes": 1}, method=method, path=path)
    assert (reply.status, reply.error) == (400, "UnknownOperationException")


@pytest.mark.parametrize(
    "credentials, code",
    [
        ({"secret_key": "wrong"}, "InvalidSignatureException"),
        ({"access_key": "AKIAUNKNOWNUNKNOWN00"}, "UnrecognizedClientException"),
    ],
)
def test_wrong_credentials(server, credentials, code):
    with refused(code):
        server.kms(**credentials).list_keys()


def test_no_credentials(raw):
    reply = raw.send("TrentService.ListKeys", sign=False)
    assert (reply.status, reply.error) == (400, "MissingAuthenticationTokenException")
    assert_headers(reply)


def test_a_signature_comes_before_the_request_is_looked_at(server):
    wrong = server.raw(secret_key="wrong")
    for action, body in (
        ("Nonsense", b"{}"),
        ("Encrypt", b"{"),
        ("Encrypt", b"{}"),
        ("DescribeKey", json.dumps({"KeyId": UNKNOWN_KEY}).encode()),
    ):
        assert wrong.call(action, body).error == "InvalidSignatureException"


def test_validation_comes_before_the_key_is_looked_up(raw):
    assert raw.call("Encrypt", {"KeyId": UNKNOWN_KEY, "Plaintext": ""}).error == "ValidationException"


def test_validation_comes_before_what_is_not_built(raw):
    assert raw.call("CreateKey", {"MultiRegion": True, "Description": "x" * 8193}).error == "ValidationException"


def test_the_key_usage_comes_before_the_key_state(kms, key):
    kms.disable_key(KeyId=key["KeyId"])
    with refused("InvalidKeyUsageException"):
        kms.encrypt(KeyId=key["KeyId"], Plaintext=b"x", EncryptionAlgorithm="RSAES_OAEP_SHA_256")


def test_the_key_state_comes_before_the_ciphertext(raw, kms, key):
    kms.disable_key(KeyId=key["KeyId"])
    assert raw.call("Decrypt", {"KeyId": key["KeyId"], "CiphertextBlob": b64(b"nonsense")}).error == "DisabledException"
