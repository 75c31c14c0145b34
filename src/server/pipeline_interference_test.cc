// A development server that does what it was told to do wrong, from the bytes to the audit record.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

#include "server/interference.h"
#include "server/testing_world.h"

namespace claviger::server {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;

class PipelineInterference : public testing::Test {
 protected:
  std::string error(std::string_view action, const std::string& body) { return world_.call(action, body).error(); }
  std::string encrypt(std::string_view key, std::string_view more = "") {
    return error("Encrypt", fmt::format(R"({{"KeyId":"{}","Plaintext":"eA=="{}}})", key, more));
  }
  std::string alias(std::string_view action, std::string_view key) {
    return error(action, fmt::format(R"({{"AliasName":"alias/a","TargetKeyId":"{}"}})", key));
  }
  std::string key_of_alias() {
    const TestReply reply = world_.call("DescribeKey", R"({"KeyId":"alias/a"})");
    return reply.status == 200 ? text_member(reply.body, "KeyId") : reply.error();
  }
  // Lets the root do these actions and no others.
  std::string put_policy(std::string_view key, std::string_view actions) {
    return error("PutKeyPolicy",
                 fmt::format(R"({{"KeyId":"{}","BypassPolicyLockoutSafetyCheck":true,"Policy":"{{\"Version\":)"
                             R"(\"2012-10-17\",\"Statement\":[{{\"Effect\":\"Allow\",\"Principal\":{{\"AWS\":\"{}\"}},)"
                             R"(\"Action\":[{}],\"Resource\":\"*\"}}]}}"}})",
                             key, kTestRootArn, actions));
  }
  void hold(VisibilityDelays delays) { interference_.visibility.set(delays); }
  // All delays here are five minutes.
  void wait(milliseconds less = milliseconds(0)) { clock_.advance(minutes(5) - less); }

  ManualClock clock_{iam::test_time()};
  Interference interference_{clock_};
  TestWorld world_{{}, ActionTable(), {.interference = &interference_}};
};

TEST_F(PipelineInterference, AFaultIsAnErrorLikeItsOwn) {
  struct Row {
    const char* error;
    int status;
    const char* message;
  };
  const std::string key = world_.create_key();
  for (const Row& row :
       {Row{"ThrottlingException", 400,
            "You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls."},
        Row{"KMSInternalException", 500, "The request was rejected because an internal exception occurred."},
        Row{"DependencyTimeoutException", 503, "The system timed out while trying to fulfill the request."},
        Row{"DisabledException", 400, ""}}) {
    SCOPED_TRACE(row.error);
    Fault fault;
    fault.actions = {"DisableKey"};
    fault.error = kms_error_named(row.error);
    fault.count = 1;
    interference_.faults.set({fault});
    const std::string body = fmt::format(R"({{"KeyId":"{}"}})", key);
    const TestReply reply = world_.call("DisableKey", body);
    EXPECT_EQ(reply.error(), row.error);
    EXPECT_EQ(reply.status, row.status);
    EXPECT_EQ(reply.message(), row.message);
    EXPECT_EQ(text_member(world_.log.events().back().json, "errorCode"), row.error);
    EXPECT_EQ(world_.record(key).state, keys::KeyState::kEnabled) << "nothing was done";
    EXPECT_EQ(error("DisableKey", body), "") << "once";
    EXPECT_EQ(error("EnableKey", body), "");
  }
}

TEST_F(PipelineInterference, AFaultStrikesCallsThatFoundItsKey) {
  const std::string key = world_.create_key();
  const std::string other = world_.create_key();
  ASSERT_EQ(alias("CreateAlias", key), "");
  Fault fault;
  fault.key = KeyId::parse(key);
  fault.error = ErrorCode::kKeyUnavailable;
  interference_.faults.set({fault});
  EXPECT_EQ(encrypt("alias/a"), "KeyUnavailableException");
  EXPECT_EQ(encrypt(other), "");
  EXPECT_EQ(error("ListKeys", "{}"), "");
  EXPECT_EQ(encrypt("alias/none"), "NotFoundException") << "what is not there is not struck";
  EXPECT_EQ(interference_.faults.report()[0].struck, 1u);
}

TEST_F(PipelineInterference, ASlowCallIsDoneAfterItsDelayAndByWhatIsThereThen) {
  const std::string key = world_.create_key();
  Fault fault;
  fault.actions = {"Encrypt"};
  fault.delay = milliseconds(20);
  interference_.faults.set({fault});
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(encrypt(key), "");
  EXPECT_GE(std::chrono::steady_clock::now() - begin, milliseconds(20));
  fault.error = ErrorCode::kInternal;
  interference_.faults.set({fault});
  EXPECT_EQ(encrypt(key), "KMSInternalException");
}

TEST_F(PipelineInterference, ANewGrantIsSeenLateAndByItsTokenAtOnce) {
  const std::string key = world_.create_key();
  ASSERT_EQ(put_policy(key, R"(\"kms:PutKeyPolicy\",\"kms:CreateGrant\",\"kms:ListGrants\")"), "");
  const std::string create =
      fmt::format(R"({{"KeyId":"{}","GranteePrincipal":"{}","Operations":["Encrypt"]}})", key, kTestRootArn);
  hold({.grants = minutes(5)});
  const TestReply made = world_.call("CreateGrant", create);
  ASSERT_EQ(made.status, 200) << made.body;
  const std::string token = fmt::format(R"(,"GrantTokens":["{}"])", text_member(made.body, "GrantToken"));
  EXPECT_EQ(encrypt(key), "AccessDeniedException");
  EXPECT_EQ(encrypt(key, token), "");
  wait(milliseconds(1));
  EXPECT_EQ(encrypt(key), "AccessDeniedException");
  wait();
  EXPECT_EQ(encrypt(key), "");
  hold({});
  const std::string other = world_.create_key();
  ASSERT_EQ(put_policy(other, R"(\"kms:PutKeyPolicy\",\"kms:CreateGrant\")"), "");
  ASSERT_EQ(error("CreateGrant", fmt::format(R"({{"KeyId":"{}","GranteePrincipal":"{}","Operations":["Encrypt"]}})",
                                             other, kTestRootArn)),
            "");
  EXPECT_EQ(encrypt(other), "") << "without a delay at once";
}

TEST_F(PipelineInterference, ATokenOfAnotherGrantShowsNothing) {
  const std::string key = world_.create_key();
  const std::string other = world_.create_key();
  ASSERT_EQ(put_policy(key, R"(\"kms:PutKeyPolicy\",\"kms:CreateGrant\")"), "");
  hold({.grants = minutes(5)});
  std::string token;
  for (const std::string& id : {key, other}) {
    token = text_member(
        world_
            .call("CreateGrant",
                  fmt::format(R"({{"KeyId":"{}","GranteePrincipal":"{}","Operations":["Encrypt"]}})", id, kTestRootArn))
            .body,
        "GrantToken");
  }
  EXPECT_EQ(encrypt(key, fmt::format(R"(,"GrantTokens":["{}"])", token)), "AccessDeniedException");
}

TEST_F(PipelineInterference, AnAliasIsSeenAsItWasUntilItsChangeIsDue) {
  const std::string first = world_.create_key();
  const std::string second = world_.create_key();
  hold({.aliases = minutes(5)});
  ASSERT_EQ(alias("CreateAlias", first), "");
  EXPECT_EQ(key_of_alias(), "NotFoundException");
  EXPECT_EQ(alias("CreateAlias", first), "AlreadyExistsException") << "it is there";
  wait();
  EXPECT_EQ(key_of_alias(), first);
  ASSERT_EQ(alias("UpdateAlias", second), "");
  EXPECT_EQ(key_of_alias(), first);
  wait(milliseconds(1));
  ASSERT_EQ(alias("UpdateAlias", second), "");
  wait(milliseconds(1));
  EXPECT_EQ(key_of_alias(), first) << "until the last change is due";
  wait();
  EXPECT_EQ(key_of_alias(), second);
  ASSERT_EQ(alias("UpdateAlias", first), "");
  ASSERT_EQ(error("DeleteAlias", R"({"AliasName":"alias/a"})"), "");
  EXPECT_EQ(key_of_alias(), "NotFoundException") << "what is gone is gone";
}

TEST_F(PipelineInterference, APolicyIsDecidedByAsItWasAndNeverLost) {
  const std::string key = world_.create_key();
  hold({.policies = minutes(5)});
  ASSERT_EQ(put_policy(key, R"(\"kms:PutKeyPolicy\",\"kms:GetKeyPolicy\",\"kms:TagResource\")"), "");
  EXPECT_EQ(encrypt(key), "");
  const std::string body = fmt::format(R"({{"KeyId":"{}"}})", key);
  EXPECT_EQ(world_.call("GetKeyPolicy", body).body.find("kms:TagResource"), std::string::npos);
  // A change of the key's record while the policy is held back keeps the new one.
  EXPECT_EQ(error("TagResource", fmt::format(R"({{"KeyId":"{}","Tags":[{{"TagKey":"a","TagValue":"b"}}]}})", key)), "");
  EXPECT_EQ(encrypt(key), "");
  wait();
  EXPECT_EQ(encrypt(key), "AccessDeniedException");
  EXPECT_NE(world_.call("GetKeyPolicy", body).body.find("kms:TagResource"), std::string::npos);
}

}  // namespace
}  // namespace claviger::server
