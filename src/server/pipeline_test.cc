#include "server/pipeline.h"

#include <gtest/gtest.h>

#include "server/testing_world.h"
#include "store/testing_store.h"

namespace claviger::server {
namespace {

class PipelineTest : public testing::Test {
 protected:
  std::string with_key(std::string_view key, std::string_view rest = "") {
    return R"({"KeyId":")" + std::string(key) + R"(")" + std::string(rest) + "}";
  }
  std::string last_event() { return world_.log.events().back().json; }

  TestWorld world_;
};

TEST_F(PipelineTest, UnknownOperationIsRefusedAfterTheSignatureWasChecked) {
  const TestReply reply = world_.call("CreateCustomKeyStore", "{}");
  EXPECT_EQ(reply.status, 400);
  EXPECT_EQ(reply.error(), "UnknownOperationException");
  EXPECT_EQ(text_member(last_event(), "eventName"), "CreateCustomKeyStore");
  EXPECT_EQ(world_.send(TestWorld::request("CreateCustomKeyStore", "{}")).error(),
            "MissingAuthenticationTokenException")
      << "nobody learns without credentials what is built";
  EXPECT_EQ(world_.log.events().size(), 2u);
}

TEST_F(PipelineTest, TargetThatIsNoNameIsNotWrittenToTheAudit) {
  for (const std::string& name : {std::string("Encrypt\"}"), std::string(65, 'a'), std::string()}) {
    EXPECT_EQ(world_.call(name, "{}").error(), "UnknownOperationException");
    EXPECT_EQ(text_member(last_event(), "eventName"), "Unknown");
  }
}

TEST_F(PipelineTest, OnlyPostToTheRootIsAnOperation) {
  for (const auto& [method, path] : {std::pair("GET", "/"), std::pair("PUT", "/"), std::pair("POST", "/other")}) {
    iam::TestRequest request = TestWorld::request("ListKeys", "{}");
    request.method = method;
    request.path = path;
    iam::test_signer().sign_header(request);
    EXPECT_EQ(world_.send(request).error(), "UnknownOperationException") << method << " " << path;
  }
  EXPECT_EQ(world_.log.events().size(), 3u);
}

TEST_F(PipelineTest, SignatureOfAnotherBodyIsRefused) {
  iam::TestRequest request = TestWorld::request("CreateKey", "{}");
  iam::test_signer().sign_header(request);
  request.body = "{ }";
  EXPECT_EQ(world_.send(request).error(), "InvalidSignatureException");
  EXPECT_EQ(text_member(last_event(), "errorCode"), "InvalidSignatureException");
  EXPECT_EQ(text_member(last_event(), "accessKeyId"), "") << "nobody is said to have made it";
}

TEST_F(PipelineTest, RegionThatIsNotServedIsRefused) {
  EXPECT_EQ(world_.call("ListKeys", "{}", "eu-west-1").status, 200);
  const TestReply reply = world_.call("ListKeys", "{}", "eu-west-2");
  EXPECT_EQ(reply.error(), "InvalidSignatureException");
  EXPECT_EQ(reply.message(), "Credential should be scoped to a valid region.");
}

TEST_F(PipelineTest, RegionsHaveKeysOfTheirOwn) {
  const std::string key = world_.create_key();
  const TestReply elsewhere = world_.call("DescribeKey", with_key(key), "eu-west-1");
  EXPECT_EQ(elsewhere.error(), "NotFoundException");
  EXPECT_EQ(elsewhere.message(), "Key 'arn:aws:kms:eu-west-1:111122223333:key/" + key + "' does not exist");
}

TEST_F(PipelineTest, ChangeIsInForceForTheVeryNextCall) {
  const std::string key = world_.create_key();
  const std::string encrypt = with_key(key, R"(,"Plaintext":"aGVsbG8=")");
  for (int i = 0; i < 20; ++i) {
    ASSERT_EQ(world_.call("Encrypt", encrypt).status, 200);
    ASSERT_EQ(world_.call("DisableKey", with_key(key)).status, 200);
    ASSERT_EQ(world_.call("Encrypt", encrypt).error(), "DisabledException");
    ASSERT_EQ(world_.call("EnableKey", with_key(key)).status, 200);
  }
}

TEST_F(PipelineTest, ConflictIsTriedAgainFromWhatIsThereNow) {
  const std::string key = world_.create_key();
  bool met = false;
  world_.store.on_commit([&](const store::Commit&) -> std::optional<Error> {
    if (std::exchange(met, true)) return std::nullopt;
    // Somebody else tags the key between the read and the commit.
    keys::KeyRecord record = world_.record(key);
    record.tags.push_back({"team", "b"});
    const std::string place = keys::layout::key(record.scope, record.id);
    EXPECT_TRUE(store::commit_now(world_.store.memory(), store::put(place, as_text(keys::encode(record)))).has_value());
    return std::nullopt;
  });
  const std::size_t before = world_.log.events().size();
  ASSERT_EQ(world_.call("UpdateKeyDescription", with_key(key, R"(,"Description":"new")")).status, 200);
  const keys::KeyRecord record = world_.record(key);
  EXPECT_EQ(record.description, "new");
  EXPECT_EQ(record.tags, (std::vector<keys::Tag>{{"team", "b"}}));
  EXPECT_EQ(world_.log.events().size(), before + 1);
  const auto frames = world_.log.frames();
  ASSERT_GE(frames.size(), 3u);
  for (std::size_t i = frames.size() - 3; i < frames.size(); ++i) {
    EXPECT_EQ(frames[i].request_id, frames.back().request_id) << "two intents and the event of one request";
  }
}

TEST_F(PipelineTest, EndlessConflictsAreThrottledWithOneRecordAndNoChange) {
  const std::string key = world_.create_key();
  const std::size_t before = world_.log.events().size();
  world_.store.on_commit([](const store::Commit&) { return Error(ErrorCode::kConflict, {}); });
  const TestReply reply = world_.call("UpdateKeyDescription", with_key(key, R"(,"Description":"new")"));
  EXPECT_EQ(reply.error(), "ThrottlingException");
  EXPECT_EQ(world_.record(key).description, "");
  ASSERT_EQ(world_.log.events().size(), before + 1);
  EXPECT_EQ(text_member(last_event(), "errorCode"), "ThrottlingException");
}

TEST_F(PipelineTest, UnknownOutcomeIsAnErrorWithoutARecordOfItsOwn) {
  const std::string key = world_.create_key();
  const std::size_t before = world_.log.events().size();
  world_.store.on_commit([](const store::Commit&) { return Error(ErrorCode::kUnknownOutcome, {}, "EIO"); });
  const TestReply reply = world_.call("DisableKey", with_key(key));
  EXPECT_EQ(reply.status, 500);
  EXPECT_EQ(reply.error(), "KMSInternalException");
  EXPECT_EQ(world_.log.events().size(), before) << "the next start knows, and writes it";
  EXPECT_EQ(world_.log.frames().back().kind, audit::FrameKind::kIntent);
}

TEST_F(PipelineTest, StoreThatCannotBeReadIsAnInternalErrorWithARecord) {
  const std::string key = world_.create_key();
  TestWorld other;
  other.store.on_get([](std::string_view) { return Error::corrupt("a swapped row"); });
  const TestReply reply = other.call("DescribeKey", with_key(key));
  EXPECT_EQ(reply.status, 500);
  EXPECT_EQ(reply.body.find("swapped"), std::string::npos);
  ASSERT_EQ(other.log.events().size(), 1u);
  EXPECT_EQ(text_member(other.log.events()[0].json, "errorCode"), "KMSInternalException");
}

TEST_F(PipelineTest, AliasThatGoesWhileItsKeyIsListedDoesNotEndTheListing) {
  const std::string key = world_.create_key();
  for (const char* name : {"a", "b", "c"}) {
    ASSERT_EQ(
        world_
            .call("CreateAlias", R"({"AliasName":"alias/)" + std::string(name) + R"(","TargetKeyId":")" + key + R"("})")
            .status,
        200);
  }
  bool gone = false;
  world_.store.after_range([&](std::string_view) {
    if (std::exchange(gone, true)) return;
    const Scope scope = world_.record(key).scope;
    EXPECT_TRUE(
        store::commit_now(world_.store.memory(), store::del(keys::layout::alias(scope, *AliasName::parse("alias/a"))))
            .has_value());
  });
  const TestReply reply = world_.call("ListAliases", with_key(key, R"(,"Limit":1)"));
  EXPECT_EQ(text_member(reply.body, "AliasName"), "alias/b");
  EXPECT_NE(reply.body.find(R"("Truncated":true)"), std::string::npos) << reply.body;
}

TEST_F(PipelineTest, CallsAreCountedByActionAndOutcome) {
  const std::string key = world_.create_key();
  world_.call("DescribeKey", with_key(key));
  world_.call("DescribeKey", with_key("alias/none"));
  world_.call("Nonsense", "{}");
  world_.log.on_append([](const audit::Frame&) { return Error::io("the disk is full"); });
  world_.call("DescribeKey", with_key(key));
  const auto& by_action = world_.counts().by_action;
  const CallCounts::Count& describe = by_action[world_.actions().find(Service::kKms, "DescribeKey").index];
  EXPECT_EQ(describe.succeeded, 1u);
  EXPECT_EQ(describe.refused, 1u);
  EXPECT_EQ(describe.failed, 1u);
  EXPECT_EQ(by_action.back().refused, 1u);
  EXPECT_EQ(by_action[world_.actions().find(Service::kKms, "CreateKey").index].succeeded, 1u);
}

TEST_F(PipelineTest, HealthAndMetricsNeedNoSignatureAndLeaveNoRecord) {
  const auto get = [this](std::string path) {
    iam::TestRequest request;
    request.method = "GET";
    request.path = std::move(path);
    return world_.send(request);
  };
  EXPECT_EQ(get("/health/live").body, R"({"live":true})");
  EXPECT_EQ(get("/health/ready").body, R"({"ready":true})");
  EXPECT_EQ(get("/metrics").body, "metrics\n");
  world_.log.set_failure("no space left on the device");
  const TestReply unready = get("/health/ready");
  EXPECT_EQ(unready.status, 503);
  EXPECT_EQ(unready.body, R"({"ready":false,"reasons":{"audit":"no space left on the device"}})");
  EXPECT_EQ(get("/health/live").status, 200) << "a restart would not help";
  EXPECT_TRUE(world_.log.events().empty());
  EXPECT_EQ(get("/health").error(), "MissingAuthenticationTokenException");
}

TEST(PipelineLimits, QuotasOfKeysAndAliasesAreKept) {
  TestWorld world({.keys_per_region = 2, .aliases_per_key = 1});
  const std::string first = world.create_key();
  const std::string second = world.create_key();
  EXPECT_EQ(world.call("CreateKey", "{}").error(), "LimitExceededException");
  EXPECT_EQ(world.call("CreateKey", "{}", "eu-west-1").status, 200) << "each Region has its own";
  const auto alias = [&](std::string_view action, std::string_view name, std::string_view key) {
    return world.call(
        action, R"({"AliasName":"alias/)" + std::string(name) + R"(","TargetKeyId":")" + std::string(key) + R"("})");
  };
  EXPECT_EQ(alias("CreateAlias", "a", first).status, 200);
  EXPECT_EQ(alias("CreateAlias", "b", first).error(), "LimitExceededException");
  EXPECT_EQ(alias("CreateAlias", "b", second).status, 200);
  EXPECT_EQ(alias("UpdateAlias", "b", first).error(), "LimitExceededException");
  EXPECT_EQ(alias("UpdateAlias", "b", second).status, 200) << "to the key it has already";
  EXPECT_EQ(world.call("DeleteAlias", R"({"AliasName":"alias/a"})").status, 200);
  EXPECT_EQ(alias("UpdateAlias", "b", first).status, 200);
}

}  // namespace
}  // namespace claviger::server
