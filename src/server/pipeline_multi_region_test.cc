// Multi-Region keys through the whole pipeline and the replicator, in three Regions.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>

#include "base/json.h"
#include "keys/replication_layout.h"
#include "server/testing_world.h"
#include "store/commit_rules.h"

namespace claviger::server {
namespace {

using std::chrono::days;

constexpr const char* kHome = "us-east-1";
constexpr const char* kSecond = "eu-west-1";
constexpr const char* kThird = "ap-southeast-2";

std::string arn(std::string_view region, std::string_view key) {
  return fmt::format("arn:aws:kms:{}:111122223333:key/{}", region, key);
}

class PipelineMultiRegion : public testing::Test {
 protected:
  std::string make_primary(std::string_view more = "") {
    return world_.create_key(fmt::format(R"({{"MultiRegion":true{}}})", more));
  }
  TestReply replicate_call(std::string_view key, std::string_view region, std::string_view more = "",
                           std::string_view from = kHome) {
    return world_.call("ReplicateKey", fmt::format(R"({{"KeyId":"{}","ReplicaRegion":"{}"{}}})", key, region, more),
                       from);
  }
  void replicate(std::string_view key, std::string_view region, std::string_view from = kHome) {
    const TestReply reply = replicate_call(key, region, "", from);
    ASSERT_EQ(reply.error(), "") << reply.body;
    deliver();
  }
  void deliver() {
    const auto delivered = world_.replicate();
    ASSERT_TRUE(delivered.has_value()) << delivered.error().detail();
    EXPECT_EQ(world_.store.count(keys::layout::kReplication).value(), 0u) << "nothing is owed any more";
  }
  TestReply on_key(std::string_view action, std::string_view key, std::string_view region, std::string_view more = "") {
    return world_.call(action, fmt::format(R"({{"KeyId":"{}"{}}})", key, more), region);
  }
  std::string state(std::string_view key, std::string_view region) {
    return text_member(on_key("DescribeKey", key, region).body, "KeyState");
  }
  std::string type(std::string_view key, std::string_view region) {
    return text_member(on_key("DescribeKey", key, region).body, "MultiRegionKeyType");
  }
  // The names of the events since the last call of this, each with its Region.
  std::vector<std::string> events() {
    std::vector<std::string> names;
    const auto all = world_.log.events();
    for (; seen_ < all.size(); ++seen_) {
      const std::string& json = all[seen_].json;
      if (text_member(json, "eventName") == "DescribeKey") continue;
      names.push_back(text_member(json, "eventName") + " " + text_member(json, "awsRegion") + " " +
                      text_member(json, "errorCode"));
    }
    return names;
  }

  TestWorld world_{{.keys_per_region = 3}};
  std::size_t seen_ = 0;
};

TEST_F(PipelineMultiRegion, APrimaryKeyIsShownAsOne) {
  const TestReply reply = world_.call("CreateKey", R"({"MultiRegion":true})");
  const std::string key = text_member(reply.body, "KeyId");
  EXPECT_TRUE(key.starts_with("mrk-")) << key;
  EXPECT_NE(
      reply.body.find(fmt::format(R"("MultiRegion":true,"MultiRegionConfiguration":{{"MultiRegionKeyType":)"
                                  R"("PRIMARY","PrimaryKey":{{"Arn":"{}","Region":"us-east-1"}},"ReplicaKeys":[]}})",
                                  arn(kHome, key))),
      std::string::npos)
      << reply.body;
}

TEST_F(PipelineMultiRegion, AReplicaIsCreatingThenEnabledAndHasWhatWasAskedForIt) {
  const std::string key = make_primary(R"(,"Description":"of the primary","Tags":[{"TagKey":"a","TagValue":"b"}])");
  events();
  const TestReply reply =
      replicate_call(key, kSecond, R"(,"Description":"mine","Tags":[{"TagKey":"c","TagValue":"d"}])");
  ASSERT_EQ(reply.error(), "") << reply.body;
  EXPECT_EQ(text_member(reply.body, "KeyState"), "Creating");
  EXPECT_EQ(text_member(reply.body, "Arn"), arn(kSecond, key));
  EXPECT_EQ(text_member(reply.body, "MultiRegionKeyType"), "REPLICA");
  EXPECT_NE(reply.body.find(R"("ReplicaTags":[{"TagKey":"c","TagValue":"d"}])"), std::string::npos) << reply.body;
  EXPECT_NE(reply.body.find("key-default-1"), std::string::npos) << reply.body;
  EXPECT_EQ(reply.body.find("CurrentKeyMaterialId"), std::string::npos);
  EXPECT_EQ(state(key, kSecond), "Creating");
  const TestReply early = on_key("Encrypt", key, kSecond, R"(,"Plaintext":"aGVsbG8=")");
  EXPECT_EQ(early.error(), "KMSInvalidStateException");
  EXPECT_EQ(early.message(), arn(kSecond, key) + " is creating.");
  deliver();
  EXPECT_EQ(state(key, kSecond), "Enabled");
  const std::string shown = on_key("DescribeKey", key, kSecond).body;
  EXPECT_EQ(text_member(shown, "Description"), "mine");
  EXPECT_EQ(text_member(shown, "CurrentKeyMaterialId"),
            text_member(on_key("DescribeKey", key, kHome).body, "CurrentKeyMaterialId"));
  EXPECT_EQ(events(), (std::vector<std::string>{"ReplicateKey us-east-1 ", "Encrypt eu-west-1 KMSInvalidStateException",
                                                "CreateKey eu-west-1 "}));
}

TEST_F(PipelineMultiRegion, RelatedKeysReadWhatTheOthersMade) {
  const std::string key = make_primary();
  const std::string before =
      text_member(on_key("Encrypt", key, kHome, R"(,"Plaintext":"aGVsbG8=")").body, "CiphertextBlob");
  replicate(key, kSecond);
  const auto decrypted = [&](std::string_view blob, std::string_view region) {
    return world_.call("Decrypt", fmt::format(R"({{"CiphertextBlob":"{}"}})", blob), region);
  };
  EXPECT_EQ(text_member(decrypted(before, kSecond).body, "Plaintext"), "aGVsbG8=") << "older than the replica";
  EXPECT_EQ(text_member(decrypted(before, kSecond).body, "KeyId"), arn(kSecond, key));
  const std::string there =
      text_member(on_key("Encrypt", key, kSecond, R"(,"Plaintext":"aGVsbG8=")").body, "CiphertextBlob");
  EXPECT_EQ(text_member(decrypted(there, kHome).body, "Plaintext"), "aGVsbG8=");
  EXPECT_EQ(decrypted(there, kThird).error(), "AccessDeniedException") << "no replica there";

  const std::string mac_key = make_primary(R"(,"KeySpec":"HMAC_256","KeyUsage":"GENERATE_VERIFY_MAC")");
  replicate(mac_key, kSecond);
  constexpr const char* kMessage = R"(,"Message":"aGVsbG8=","MacAlgorithm":"HMAC_SHA_256")";
  const std::string mac = text_member(on_key("GenerateMac", mac_key, kHome, kMessage).body, "Mac");
  EXPECT_EQ(on_key("VerifyMac", mac_key, kSecond, fmt::format(R"({},"Mac":"{}")", kMessage, mac)).error(), "");

  const std::string signing = make_primary(R"(,"KeySpec":"ECC_NIST_P256","KeyUsage":"SIGN_VERIFY")");
  replicate(signing, kThird);
  constexpr const char* kSigned = R"(,"Message":"aGVsbG8=","SigningAlgorithm":"ECDSA_SHA_256")";
  const std::string signature = text_member(on_key("Sign", signing, kThird, kSigned).body, "Signature");
  EXPECT_EQ(on_key("Verify", signing, kHome, fmt::format(R"({},"Signature":"{}")", kSigned, signature)).error(), "");
  EXPECT_EQ(text_member(on_key("GetPublicKey", signing, kHome).body, "PublicKey"),
            text_member(on_key("GetPublicKey", signing, kThird).body, "PublicKey"));
}

TEST_F(PipelineMultiRegion, RefusedReplications) {
  const std::string single = world_.create_key();
  TestReply reply = replicate_call(single, kSecond);
  EXPECT_EQ(reply.error(), "UnsupportedOperationException");
  EXPECT_EQ(reply.message(), arn(kHome, single) + " is not a multi-region primary key.");
  const std::string key = make_primary();
  replicate(key, kSecond);
  EXPECT_EQ(replicate_call(key, kSecond).error(), "AlreadyExistsException");
  EXPECT_EQ(replicate_call(key, kHome).error(), "AlreadyExistsException");
  EXPECT_EQ(replicate_call(key, kThird, "", kSecond).error(), "UnsupportedOperationException");
  EXPECT_EQ(replicate_call(key, "us-west-2").error(), "ValidationException") << "not served";
  EXPECT_EQ(replicate_call(key, "cn-north-1").error(), "ValidationException");
  EXPECT_EQ(replicate_call(key, "Nowhere").error(), "ValidationException");
  EXPECT_EQ(replicate_call(key, kThird, R"(,"Tags":[{"TagKey":"aws:x","TagValue":""}])").error(), "TagException");
  EXPECT_EQ(replicate_call(key, kThird, R"(,"Policy":"{}")").error(), "MalformedPolicyDocumentException");
  on_key("DisableKey", key, kHome);
  EXPECT_EQ(replicate_call(key, kThird).error(), "DisabledException");
  on_key("ScheduleKeyDeletion", key, kSecond);
  on_key("EnableKey", key, kHome);
  EXPECT_EQ(replicate_call(key, kSecond).error(), "AlreadyExistsException") << "in whatever state";
  EXPECT_EQ(world_.store.count(keys::layout::kReplication).value(), 0u) << "a refused call owes nothing";
}

TEST_F(PipelineMultiRegion, TheQuotaOfKeysIsThatOfTheReplicasRegion) {
  for (int i = 0; i < 3; ++i) world_.call("CreateKey", "{}", kSecond);
  const std::string key = make_primary();
  EXPECT_EQ(replicate_call(key, kSecond).error(), "LimitExceededException");
  EXPECT_EQ(on_key("DescribeKey", key, kSecond).error(), "NotFoundException");
  EXPECT_NE(on_key("DescribeKey", key, kHome).body.find(R"("ReplicaKeys":[])"), std::string::npos);
}

TEST_F(PipelineMultiRegion, AKeysPrimaryRegionMoves) {
  const std::string key = make_primary();
  replicate(key, kSecond);
  replicate(key, kThird);
  events();
  ASSERT_EQ(on_key("UpdatePrimaryRegion", key, kHome, R"(,"PrimaryRegion":"eu-west-1")").error(), "");
  EXPECT_NE(world_.log.events().back().json.find(R"("responseElements":{"keyId":")" + arn(kHome, key)),
            std::string::npos);
  EXPECT_EQ(state(key, kHome), "Updating");
  EXPECT_EQ(state(key, kSecond), "Updating");
  EXPECT_EQ(type(key, kHome) + type(key, kSecond), "REPLICAREPLICA");
  EXPECT_EQ(on_key("Encrypt", key, kSecond, R"(,"Plaintext":"aGVsbG8=")").error(), "") << "goes on";
  for (const char* region : {kHome, kSecond}) {
    EXPECT_EQ(on_key("DisableKey", key, region).error(), "KMSInvalidStateException");
    EXPECT_EQ(on_key("ScheduleKeyDeletion", key, region).error(), "KMSInvalidStateException");
    EXPECT_EQ(replicate_call(key, kThird, "", region).error(), "UnsupportedOperationException");
  }
  events();
  deliver();
  for (const char* region : {kHome, kSecond, kThird}) EXPECT_EQ(state(key, region), "Enabled") << region;
  EXPECT_EQ(type(key, kHome), "REPLICA");
  EXPECT_EQ(type(key, kSecond), "PRIMARY");
  const auto told = events();
  ASSERT_EQ(told.size(), 3u);
  EXPECT_EQ(told.front(), "UpdatePrimaryRegion eu-west-1 ");
  EXPECT_EQ(told[1].substr(0, 26), "SynchronizeMultiRegionKey ");
  EXPECT_EQ(on_key("UpdatePrimaryRegion", key, kHome, R"(,"PrimaryRegion":"eu-west-1")").error(),
            "UnsupportedOperationException");
}

TEST_F(PipelineMultiRegion, RefusedPromotions) {
  const std::string single = world_.create_key();
  const auto promote = [&](std::string_view key, std::string_view region, std::string_view from = kHome) {
    return on_key("UpdatePrimaryRegion", key, from, fmt::format(R"(,"PrimaryRegion":"{}")", region));
  };
  EXPECT_EQ(promote(single, kSecond).error(), "UnsupportedOperationException");
  const std::string key = make_primary();
  EXPECT_EQ(promote(key, kSecond).error(), "NotFoundException");
  EXPECT_EQ(promote(key, kHome).error(), "UnsupportedOperationException");
  EXPECT_EQ(promote(key, "us-west-2").error(), "ValidationException");
  replicate(key, kSecond);
  EXPECT_EQ(promote(key, kHome, kSecond).error(), "UnsupportedOperationException");
  on_key("DisableKey", key, kSecond);
  const TestReply disabled = promote(key, kSecond);
  EXPECT_EQ(disabled.error(), "DisabledException");
  EXPECT_EQ(disabled.message(), arn(kSecond, key) + " is disabled.");
  EXPECT_EQ(state(key, kHome), "Enabled");
}

// Bodies are JSON with a policy in a text.
std::string policy_body(std::string_view key, std::string_view action) {
  const std::string policy = fmt::format(
      R"({{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"arn:aws:iam::111122223333:root"}},"Action":"kms:*","Resource":"*"}},{{"Effect":"Deny","Principal":"*","Action":"{}","Resource":"*"}}]}})",
      action);
  std::string body;
  json::Writer<std::string> writer(body);
  writer.begin_object();
  writer.name("KeyId");
  writer.string(key);
  writer.name("Policy");
  writer.string(policy);
  writer.end_object();
  return body;
}

TEST_F(PipelineMultiRegion, BothPoliciesMustAllowAPromotion) {
  const std::string key = make_primary();
  replicate(key, kSecond);
  ASSERT_EQ(world_.call("PutKeyPolicy", policy_body(key, "kms:UpdatePrimaryRegion"), kSecond).error(), "");
  EXPECT_EQ(on_key("UpdatePrimaryRegion", key, kHome, R"(,"PrimaryRegion":"eu-west-1")").error(),
            "AccessDeniedException");
  ASSERT_EQ(world_.call("PutKeyPolicy", policy_body(key, "kms:Verify"), kSecond).error(), "");
  EXPECT_EQ(on_key("UpdatePrimaryRegion", key, kHome, R"(,"PrimaryRegion":"eu-west-1")").error(), "");
}

TEST_F(PipelineMultiRegion, APrimaryKeyIsDeletedAfterItsReplicas) {
  const std::string key = make_primary();
  replicate(key, kSecond);
  const TestReply waiting = on_key("ScheduleKeyDeletion", key, kHome, R"(,"PendingWindowInDays":9)");
  EXPECT_EQ(text_member(waiting.body, "KeyState"), "PendingReplicaDeletion");
  EXPECT_EQ(waiting.body.find("DeletionDate"), std::string::npos) << waiting.body;
  const std::string shown = on_key("DescribeKey", key, kHome).body;
  EXPECT_NE(shown.find(R"("PendingDeletionWindowInDays":9)"), std::string::npos) << shown;
  EXPECT_EQ(shown.find("DeletionDate"), std::string::npos);
  world_.clock.advance(days(40));
  EXPECT_EQ(world_.sweep().value(), 0u) << "no date, however long it waits";
  ASSERT_EQ(on_key("ScheduleKeyDeletion", key, kSecond, R"(,"PendingWindowInDays":7)").error(), "");
  world_.clock.advance(days(7));
  EXPECT_EQ(state(key, kHome), "PendingReplicaDeletion") << "scheduled is not deleted";
  ASSERT_EQ(world_.sweep().value(), 1u);
  deliver();
  EXPECT_EQ(state(key, kHome), "PendingDeletion");
  EXPECT_EQ(world_.record(key).deletion_date, world_.clock.now() + days(9));
  EXPECT_EQ(on_key("DescribeKey", key, kSecond).error(), "NotFoundException");
  world_.clock.advance(days(9));
  EXPECT_EQ(world_.sweep().value(), 1u);
  EXPECT_EQ(on_key("DescribeKey", key, kHome).error(), "NotFoundException");
}

TEST_F(PipelineMultiRegion, ADeletedReplicaCanBeMadeAgain) {
  const std::string key = make_primary();
  replicate(key, kSecond);
  const std::string blob =
      text_member(on_key("Encrypt", key, kSecond, R"(,"Plaintext":"aGVsbG8=")").body, "CiphertextBlob");
  on_key("ScheduleKeyDeletion", key, kSecond, R"(,"PendingWindowInDays":7)");
  world_.clock.advance(days(7));
  ASSERT_EQ(world_.sweep().value(), 1u);
  EXPECT_EQ(replicate_call(key, kSecond).error(), "AlreadyExistsException") << "until the primary key knows";
  deliver();
  replicate(key, kSecond);
  EXPECT_EQ(
      text_member(world_.call("Decrypt", fmt::format(R"({{"CiphertextBlob":"{}"}})", blob), kSecond).body, "Plaintext"),
      "aGVsbG8=");
  const auto count =
      world_.store.get(keys::layout::key_count({*AccountId::parse("111122223333"), *Region::parse(kSecond)}));
  EXPECT_EQ(store::decode_counter(count.value()->value).value(), 1);
}

TEST_F(PipelineMultiRegion, CancellingADeletionThatWaitsForReplicas) {
  const std::string key = make_primary();
  replicate(key, kSecond);
  on_key("ScheduleKeyDeletion", key, kHome);
  EXPECT_EQ(on_key("CancelKeyDeletion", key, kHome).error(), "");
  EXPECT_EQ(state(key, kHome), "Disabled");
  EXPECT_EQ(state(key, kSecond), "Enabled") << "a primary key's state is its own";
}

TEST_F(PipelineMultiRegion, AReplicaMayBeDeletedBeforeItsMaterialArrives) {
  const std::string key = make_primary();
  ASSERT_EQ(replicate_call(key, kSecond).error(), "");
  EXPECT_EQ(on_key("ScheduleKeyDeletion", key, kSecond, R"(,"PendingWindowInDays":7)").error(), "");
  EXPECT_EQ(on_key("CancelKeyDeletion", key, kSecond).error(), "");
  EXPECT_EQ(state(key, kSecond), "Creating");
  EXPECT_EQ(on_key("ScheduleKeyDeletion", key, kSecond, R"(,"PendingWindowInDays":7)").error(), "");
  world_.clock.advance(days(7));
  ASSERT_EQ(world_.sweep().value(), 1u);
  deliver();
  EXPECT_EQ(on_key("DescribeKey", key, kSecond).error(), "NotFoundException");
  EXPECT_NE(on_key("DescribeKey", key, kHome).body.find(R"("ReplicaKeys":[])"), std::string::npos);
}

TEST_F(PipelineMultiRegion, WhatAReplicaMayNot) {
  const std::string key = make_primary();
  replicate(key, kSecond);
  EXPECT_EQ(replicate_call(key, kThird, "", kSecond).error(), "UnsupportedOperationException");
  EXPECT_EQ(on_key("DescribeKey", arn(kHome, key), kSecond).error(), "NotFoundException")
      << "an ARN of another Region is nothing here";
}

}  // namespace
}  // namespace claviger::server
