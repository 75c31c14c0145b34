// IAM and STS through the pipeline: the same endpoint, another protocol.
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <tuple>

#include "base/json.h"
#include "server/testing_world.h"

namespace claviger::server {
namespace {

constexpr std::string_view kKeyInfo = "Action=GetAccessKeyInfo&Version=2011-06-15&AccessKeyId=AKIAIOSFODNN7EXAMPLE";

class PipelineQueryTest : public testing::Test {
 protected:
  static iam::TestRequest form(std::string_view parameters) {
    iam::TestRequest request;
    request.headers = {{"Host", "127.0.0.1:4599"},
                       {"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"},
                       {"User-Agent", "test"}};
    request.body = parameters;
    return request;
  }
  TestReply call(std::string_view service, iam::TestRequest request, std::string_view region = "us-east-1") {
    iam::TestSigner signer = iam::test_signer();
    signer.service = service;
    signer.region = region;
    signer.sign_header(request);
    return world_.send(request);
  }
  std::string last_event() { return world_.log.events().back().json; }

  TestWorld world_;
};

TEST_F(PipelineQueryTest, AnswersGetCallerIdentityInXml) {
  const TestReply reply = call("sts", form(kGetCallerIdentity));
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.body,
            "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult>"
            "<UserId>111122223333</UserId><Account>111122223333</Account><Arn>arn:aws:iam::111122223333:root</Arn>"
            "</GetCallerIdentityResult><ResponseMetadata><RequestId>" +
                reply.request_id + "</RequestId></ResponseMetadata></GetCallerIdentityResponse>");
}

TEST_F(PipelineQueryTest, TakesParametersFromTheUrl) {
  for (const char* method : {"GET", "POST"}) {
    iam::TestRequest request = form("");
    request.method = method;
    request.query = kGetCallerIdentity;
    EXPECT_EQ(call("sts", request).status, 200) << method;
    iam::TestSigner signer = iam::test_signer();
    signer.service = "sts";
    signer.sign_query(request);
    EXPECT_EQ(xml_element(world_.send(request), "Account"), iam::kTestAccount) << method;
  }
  iam::TestRequest request = form(kGetCallerIdentity);
  request.method = "PUT";
  EXPECT_EQ(xml_element(call("sts", request), "Code"), "InvalidAction");
  request.method = "POST";
  request.path = "/other";
  EXPECT_EQ(xml_element(call("sts", request), "Code"), "InvalidAction");
}

TEST_F(PipelineQueryTest, WritesTheEventOfTheService) {
  const TestReply reply = call("sts", form(kKeyInfo), "eu-west-1");
  EXPECT_EQ(xml_element(reply, "Account"), iam::kTestAccount);
  const std::string event = last_event();
  EXPECT_EQ(text_member(event, "eventSource"), "sts.amazonaws.com");
  EXPECT_EQ(text_member(event, "eventName"), "GetAccessKeyInfo");
  EXPECT_EQ(text_member(event, "eventVersion"), "1.11");
  EXPECT_EQ(text_member(event, "awsRegion"), "eu-west-1");
  EXPECT_TRUE(event.contains(R"("requestParameters":{"accessKeyId":"AKIAIOSFODNN7EXAMPLE"})")) << event;
  EXPECT_TRUE(event.contains(R"("readOnly":true)"));
  EXPECT_FALSE(event.contains(R"("resources")"));
  call("sts", form(kGetCallerIdentity));
  EXPECT_TRUE(last_event().contains(R"("requestParameters":null)"));
}

TEST_F(PipelineQueryTest, IamHappensInTheGlobalRegion) {
  const TestReply reply = call("iam", form("Action=NoSuchAction&Version=2010-05-08"), "eu-west-1");
  EXPECT_EQ(reply.status, 400);
  EXPECT_EQ(xml_element(reply, "Code"), "InvalidAction");
  EXPECT_EQ(text_member(last_event(), "eventSource"), "iam.amazonaws.com");
  EXPECT_EQ(text_member(last_event(), "awsRegion"), "us-east-1");
  EXPECT_EQ(text_member(last_event(), "errorCode"), "InvalidAction");
}

TEST_F(PipelineQueryTest, OperationsBelongToTheirServiceAndVersion) {
  struct Case {
    std::string_view service;
    std::string_view parameters;
    std::string_view message;
  };
  for (const Case& c : {
           Case{"sts", "Action=AssumeRoleWithWebIdentity&Version=2010-05-08",
                "Could not find operation AssumeRoleWithWebIdentity for version 2010-05-08"},
           Case{"sts", "Action=AssumeRoot&Version=2011-06-15",
                "Could not find operation AssumeRoot for version 2011-06-15"},
           Case{"sts", "Action=CreateUser&Version=2010-05-08",
                "Could not find operation CreateUser for version 2010-05-08"},
           Case{"sts", "Action=GetCallerIdentity&Version=2010-05-08",
                "Could not find operation GetCallerIdentity for version 2010-05-08"},
           Case{"sts", "Action=GetCallerIdentity",
                "Could not find operation GetCallerIdentity for version NO_VERSION_SPECIFIED"},
           Case{"iam", kGetCallerIdentity, "Could not find operation GetCallerIdentity for version 2011-06-15"},
           Case{"iam", "Action=ListKeys&Version=2014-11-01",
                "Could not find operation ListKeys for version 2014-11-01"},
           Case{"sts", "Action=ListKeys&Version=2011-06-15",
                "Could not find operation ListKeys for version 2011-06-15"},
       }) {
    const TestReply reply = call(c.service, form(c.parameters));
    EXPECT_EQ(reply.status, 400);
    EXPECT_EQ(xml_element(reply, "Code"), "InvalidAction") << reply.body;
    EXPECT_EQ(xml_element(reply, "Message"), c.message);
    EXPECT_EQ(xml_element(reply, "Type"), "Sender");
    EXPECT_EQ(xml_element(reply, "RequestId"), reply.request_id);
  }
  EXPECT_EQ(xml_element(call("sts", form("Version=2011-06-15")), "Code"), "MissingAction");
  EXPECT_EQ(xml_element(call("sts", form("Action=Get-Caller&Version=2011-06-15")), "Code"), "MissingAction");
}

TEST_F(PipelineQueryTest, ScopeOfOneProtocolIsNoneOfTheOther) {
  const TestReply by_kms = call("kms", form(kGetCallerIdentity));
  EXPECT_EQ(by_kms.status, 403);
  EXPECT_EQ(xml_element(by_kms, "Code"), "SignatureDoesNotMatch");
  EXPECT_EQ(xml_element(by_kms, "Message"), "Credential should be scoped to correct service: &#39;sts&#39;. ");
  for (const char* service : {"iam", "sts"}) {
    const TestReply reply = call(service, TestWorld::request("ListKeys", "{}"));
    EXPECT_EQ(reply.error(), "InvalidSignatureException");
    EXPECT_EQ(reply.message(), "Credential should be scoped to correct service: 'kms'. ");
    EXPECT_EQ(text_member(last_event(), "eventSource"), "kms.amazonaws.com");
  }
}

TEST_F(PipelineQueryTest, RefusesAsTheQueryProtocolDoes) {
  struct Case {
    const char* code;
    int status;
    TestReply reply;
  };
  iam::TestRequest changed = form(kGetCallerIdentity);
  iam::TestSigner signer = iam::test_signer();
  signer.service = "sts";
  signer.sign_header(changed);
  changed.body += "&x=y";
  iam::TestRequest stranger = form(kGetCallerIdentity);
  signer.key_id = "AKIAUNKNOWN000000000";
  signer.sign_header(stranger);
  for (const Case& c : {
           Case{"MissingAuthenticationToken", 403, world_.send(form(kGetCallerIdentity))},
           Case{"SignatureDoesNotMatch", 403, world_.send(changed)},
           Case{"InvalidClientTokenId", 403, world_.send(stranger)},
           Case{"SignatureDoesNotMatch", 403, call("sts", form(kGetCallerIdentity), "ap-south-1")},
           Case{"MalformedInput", 400, call("sts", form(std::string(kGetCallerIdentity) + "&x=%zz"))},
           Case{"MalformedInput", 400, call("sts", form(std::string(kGetCallerIdentity) + "&A%63tion=Other"))},
           Case{"ValidationError", 400, call("sts", form("Action=GetAccessKeyInfo&Version=2011-06-15"))},
           Case{"ValidationError", 400,
                call("sts", form("Action=GetAccessKeyInfo&Version=2011-06-15&AccessKeyId=" +
                                 std::string("AKIAUNKNOWN000000000")))},
       }) {
    EXPECT_EQ(c.reply.status, c.status) << c.reply.body;
    EXPECT_EQ(xml_element(c.reply, "Code"), c.code) << c.reply.body;
    EXPECT_TRUE(c.reply.body.starts_with("<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">"));
    EXPECT_EQ(xml_element(c.reply, "RequestId"), c.reply.request_id);
  }
}

TEST_F(PipelineQueryTest, EachWayToFailLeavesExactlyOneRecord) {
  std::size_t events = 0;
  for (const auto& action : world_.actions().all()) {
    if (protocol_of(action->service()) != Protocol::kQuery) continue;
    const ServiceInfo& service = service_info(action->service());
    const std::string parameters =
        "Action=" + std::string(action->name()) + "&Version=" + std::string(service.api_version);
    const char* unsigned_error = action->authenticates_itself() ? "ValidationError" : "MissingAuthenticationToken";
    const auto audited = [](std::string_view error) {
      return error == "ValidationError" ? "ValidationException" : error;
    };
    for (const auto& [signs, more, error] : {std::tuple(false, "", unsigned_error),
                                             {true, "&x=%", "MalformedInput"},
                                             {true, "&Version=x", "MalformedInput"}}) {
      const iam::TestRequest request = form(parameters + more);
      const TestReply reply = signs ? call(service.name, request) : world_.send(request);
      EXPECT_EQ(xml_element(reply, "Code"), error) << reply.body;
      ASSERT_EQ(world_.log.events().size(), ++events);
      EXPECT_EQ(text_member(last_event(), "eventName"), action->name());
      EXPECT_EQ(text_member(last_event(), "eventSource"), service.event_source);
      EXPECT_EQ(text_member(last_event(), "errorCode"), audited(error));
      EXPECT_EQ(text_member(last_event(), "requestID"), reply.request_id);
    }
  }
  EXPECT_GT(events, 0u);
}

constexpr std::string_view kWebIdentity =
    "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleSessionName=pod&WebIdentityToken=secret-token&"
    "RoleArn=arn:aws:iam::111122223333:role/pods";

TEST_F(PipelineQueryTest, OneActionNeedsNoSignatureAndLooksAtNone) {
  iam::TestRequest by_url = form("");
  by_url.method = "GET";
  by_url.query = kWebIdentity;
  iam::TestRequest wrong = form(kWebIdentity);
  wrong.headers.emplace_back("Authorization", "AWS4-HMAC-SHA256 nonsense");
  for (const TestReply& reply :
       {world_.send(form(kWebIdentity)), world_.send(by_url), world_.send(wrong), call("sts", form(kWebIdentity))}) {
    EXPECT_EQ(xml_element(reply, "Code"), "InvalidIdentityToken") << reply.body;
    EXPECT_EQ(text_member(last_event(), "errorCode"), "InvalidIdentityTokenException");
    EXPECT_TRUE(last_event().contains(R"("userIdentity":{"type":"Unknown")")) << last_event();
    EXPECT_FALSE(last_event().contains("secret-token"));
    EXPECT_FALSE(reply.body.contains("secret-token"));
  }
}

TEST_F(PipelineQueryTest, NothingElseComesInWithoutASignature) {
  for (const auto& [from, to] : {std::pair("AssumeRoleWithWebIdentity", "AssumeRole"),
                                 {"AssumeRoleWithWebIdentity", "GetSessionToken"},
                                 {"AssumeRoleWithWebIdentity", "AssumeRoleWithSAML"},
                                 {"AssumeRoleWithWebIdentity", "assumeRoleWithWebIdentity"},
                                 {"2011-06-15", "2010-05-08"}}) {
    std::string parameters(kWebIdentity);
    parameters.replace(parameters.find(from), std::string_view(from).size(), to);
    EXPECT_EQ(xml_element(world_.send(form(parameters)), "Code"), "MissingAuthenticationToken") << parameters;
  }
  // Which action it is stands once, or the request is none.
  for (const std::string more : {"&Action=CreateUser", "&%41ction=CreateUser", "&Version=2010-05-08"}) {
    EXPECT_EQ(xml_element(world_.send(form(std::string(kWebIdentity) + more)), "Code"), "MalformedInput") << more;
  }
  iam::TestRequest kms = TestWorld::request("AssumeRoleWithWebIdentity", "{}");
  EXPECT_EQ(world_.send(kms).error(), "MissingAuthenticationTokenException");
  iam::TestRequest put = form(kWebIdentity);
  put.method = "PUT";
  EXPECT_EQ(xml_element(world_.send(put), "Code"), "InvalidAction");
}

TEST_F(PipelineQueryTest, NoCallSucceedsWhileTheLogRefuses) {
  world_.log.on_append([](const audit::Frame&) { return Error::io("the disk is full"); });
  const TestReply reply = call("sts", form(kGetCallerIdentity));
  EXPECT_EQ(reply.status, 500);
  EXPECT_EQ(xml_element(reply, "Code"), "InternalFailure");
  EXPECT_EQ(xml_element(reply, "Type"), "Receiver");
  EXPECT_FALSE(reply.body.contains("disk"));
}

}  // namespace
}  // namespace claviger::server
