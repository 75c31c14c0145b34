"""IAM and STS on the endpoint of KMS: the real clients, unchanged, and what no client would send."""

import http.client
import subprocess
from urllib.parse import urlencode

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from claviger_server import Server
from expect import refused, violation
from raw_query import RawQuery

# Of the form that AWS's keys have: the model asks for 16 characters at least.
ACCESS_KEY = "AKIAIOSFODNN7EXAMPLE"
IDENTITY = "Action=GetCallerIdentity&Version=2011-06-15"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    place = tmp_path_factory.mktemp("query")
    server = Server(place / "data", place, environment={"CLAVIGER_ROOT_ACCESS_KEY_ID": ACCESS_KEY})
    yield server
    server.terminate()
    server.verify_audit()


@pytest.fixture(scope="module")
def sts(server):
    return server.client("sts")


@pytest.fixture(scope="module")
def raw_sts(server):
    return RawQuery(server, "sts")


@pytest.fixture(scope="module")
def raw_iam(server):
    return RawQuery(server, "iam")


def caller(server):
    return {"UserId": server.account, "Account": server.account, "Arn": f"arn:aws:iam::{server.account}:root"}


def without_metadata(response):
    assert response.pop("ResponseMetadata")["HTTPStatusCode"] == 200
    return response


def test_boto3_learns_who_it_is(server, sts):
    assert without_metadata(sts.get_caller_identity()) == caller(server)


def test_boto3_learns_whose_an_access_key_is(server, sts):
    assert without_metadata(sts.get_access_key_info(AccessKeyId=server.access_key)) == {"Account": server.account}


def test_the_cli_learns_who_it_is(server):
    assert server.aws("get-caller-identity", service="sts") == caller(server)
    assert server.aws("get-access-key-info", "--access-key-id", server.access_key, service="sts") == {
        "Account": server.account
    }


def test_the_cli_works_without_a_region_of_the_deployment(server):
    assert server.aws("get-caller-identity", service="sts", region="us-east-1") == caller(server)


def test_a_presigned_url_identifies_its_maker(server, sts):
    # As EKS and Vault use it.
    url = sts.generate_presigned_url("get_caller_identity", ExpiresIn=60, HttpMethod="GET")
    done = subprocess.run(["curl", "-sS", url], capture_output=True, text=True, check=True, timeout=60)
    assert f"<Arn>arn:aws:iam::{server.account}:root</Arn>" in done.stdout


def test_kms_still_answers_beside_it(server, sts):
    sts.get_caller_identity()
    assert server.kms().list_keys(Limit=1)["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_the_request_id_is_the_audit_record_s(server, sts):
    response = sts.get_access_key_info(AccessKeyId=server.access_key)
    event = server.audit(response["ResponseMetadata"]["RequestId"])
    assert event["eventSource"] == "sts.amazonaws.com"
    assert event["eventName"] == "GetAccessKeyInfo"
    assert event["eventVersion"] == "1.11"
    assert event["awsRegion"] == server.region
    assert event["readOnly"] is True
    assert event["requestParameters"] == {"accessKeyId": server.access_key}
    assert event["responseElements"] is None
    assert "resources" not in event
    assert event["userIdentity"]["type"] == "Root"


def test_errors_are_botocore_s(server, sts):
    with refused("ValidationError", violation("accessKeyId", "Member must not be null", "null")):
        sts.get_access_key_info()
    with refused(
        "ValidationError", violation("accessKeyId", "Member must have length greater than or equal to 16", "'AKIA'")
    ):
        sts.get_access_key_info(AccessKeyId="AKIA")
    with refused("ValidationError"):
        sts.get_access_key_info(AccessKeyId="AKIAUNKNOWN000000000")
    with refused("InvalidAction", "Could not find operation GetDelegatedAccessToken for version 2011-06-15"):
        sts.get_delegated_access_token(TradeInToken="x")
    with refused("InvalidClientTokenId"):
        server.client("sts", access_key="AKIAUNKNOWN000000000").get_caller_identity()
    with refused("SignatureDoesNotMatch") as caught:
        server.client("sts", secret_key="wrong").get_caller_identity()
    error = caught.value.response
    assert error["Error"]["Type"] == "Sender"
    assert error["ResponseMetadata"]["HTTPStatusCode"] == 403
    assert server.audit(error["ResponseMetadata"]["RequestId"])["errorCode"] == "SignatureDoesNotMatch"


def test_an_action_of_iam_that_does_not_exist_is_refused_as_iam_does(server, raw_iam):
    reply = raw_iam.call("NoSuchAction")
    assert (reply.status, reply.error, reply.text("Type")) == (400, "InvalidAction", "Sender")
    assert reply.message == "Could not find operation NoSuchAction for version 2010-05-08"
    assert reply.namespace == "https://iam.amazonaws.com/doc/2010-05-08/"
    assert reply.text("RequestId") == reply.request_id
    event = server.audit(reply.request_id)
    assert (event["eventSource"], event["awsRegion"]) == ("iam.amazonaws.com", "us-east-1")


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("sign", ["header", "query"])
def test_parameters_may_stand_in_the_url(server, raw_sts, method, sign):
    reply = raw_sts.send(query=IDENTITY, method=method, sign=sign)
    assert reply.text("Account") == server.account, reply


@pytest.mark.parametrize(
    "service, action, version",
    [
        ("sts", "CreateUser", "2010-05-08"),
        ("sts", "GetCallerIdentity", "2010-05-08"),
        ("sts", "GetCallerIdentity", "2011-06-14"),
        ("iam", "GetCallerIdentity", "2011-06-15"),
        ("iam", "GetCallerIdentity", "2010-05-08"),
        ("sts", "ListKeys", "2014-11-01"),
        ("iam", "Encrypt", "2014-11-01"),
        ("sts", "getcalleridentity", "2011-06-15"),
    ],
)
def test_an_operation_is_reached_through_its_own_service_only(server, service, action, version):
    reply = RawQuery(server, service).call(action, version=version)
    assert (reply.status, reply.error) == (400, "InvalidAction")
    assert reply.message == f"Could not find operation {action} for version {version}"


def test_the_scope_of_kms_does_not_open_the_query_protocol(server):
    reply = RawQuery(server, "kms").send(IDENTITY)
    assert (reply.status, reply.error) == (403, "SignatureDoesNotMatch")
    assert reply.message == "Credential should be scoped to correct service: 'sts'. "


@pytest.mark.parametrize("service", ["iam", "sts", "s3"])
def test_no_other_scope_opens_kms(server, service):
    target = {"X-Amz-Target": "TrentService.ListKeys", "Content-Type": "application/x-amz-json-1.1"}
    request = AWSRequest("POST", server.endpoint + "/", data=b"{}", headers=target)
    SigV4Auth(Credentials(server.access_key, server.secret_key), service, server.region).add_auth(request)
    prepared = request.prepare()
    connection = http.client.HTTPConnection(server.host, server.port)
    connection.request("POST", "/", body=b"{}", headers=dict(prepared.headers.items()))
    response = connection.getresponse()
    assert response.status == 400
    assert b"InvalidSignatureException" in response.read()
    connection.close()


def test_another_region_is_refused_but_not_the_global_one(server):
    assert RawQuery(server, "sts", region="us-east-1").send(IDENTITY).status == 200
    assert RawQuery(server, "iam", region="us-east-1").call("NoSuchAction").error == "InvalidAction"


BAD_FORMS = {
    "percent": "&x=%zz",
    "percent at the end": "&x=%",
    "not UTF-8": "&x=%ff",
    "not UTF-8 in a name": "&%c3%28=x",
    "twice": "&Version=2011-06-15",
    "twice, once encoded": "&V%65rsion=2011-06-15",
    "unknown and twice": "&x=1&x=1",
    "no name": "&=x",
    "too many": "".join(f"&x{number}=" for number in range(4096)),
    "list for a string": "&AccessKeyId.member.1=AKIAIOSFODNN7EXAMPLE",
    "structure for a string": "&AccessKeyId.Name=AKIAIOSFODNN7EXAMPLE",
}


@pytest.mark.parametrize("name", BAD_FORMS)
def test_a_malformed_form_is_refused(server, raw_sts, name):
    reply = raw_sts.send("Action=GetAccessKeyInfo&Version=2011-06-15" + BAD_FORMS[name])
    assert (reply.status, reply.error) == (400, "MalformedInput"), reply
    event = server.audit(reply.request_id)
    assert (event["eventName"], event["errorCode"]) == ("GetAccessKeyInfo", "MalformedInput")
    assert event["requestParameters"] is None


def test_unknown_parameters_are_ignored(server, raw_sts):
    more = [("Other", "x"), ("Other.member.7.Key", "y"), ("accessKeyId", "z")]
    reply = raw_sts.call("GetAccessKeyInfo", [("AccessKeyId", server.access_key), *more])
    assert reply.text("Account") == server.account


def test_what_a_client_sent_stays_data_in_the_reply(raw_sts):
    sent = "]]><Code>&amp;\u0001\r\n\"'\u00e9\U0001f511"
    reply = raw_sts.call("GetAccessKeyInfo", {"AccessKeyId": sent})
    assert reply.error == "ValidationError"
    assert f"Value '{sent}' at".replace("\u0001", "\ufffd") in reply.message


def test_an_unsigned_request_learns_nothing(raw_sts):
    for parameters in (IDENTITY, "Action=NoSuchAction&Version=2011-06-15", "Action=%zz", ""):
        reply = raw_sts.send(parameters, sign=None)
        assert (reply.status, reply.error) == (403, "MissingAuthenticationToken"), reply


def test_every_parameter_is_signed(server, raw_sts):
    assert raw_sts.send(IDENTITY, query="x=y").status == 200
    request = urlencode({"Action": "GetAccessKeyInfo", "Version": "2011-06-15", "AccessKeyId": server.access_key})
    reply = raw_sts.send(request, query="AccessKeyId=AKIAUNKNOWN000000000")
    assert reply.error == "MalformedInput", "given twice, in URL and body"
