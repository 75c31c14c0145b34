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

constexpr const char* kHomeRegion = "us-east-1";
constexpr const char* kSecondRegion = "eu-west-1";
constexpr const char* kThirdRegion = "ap-southeast-2";

std::string arn_in(std::string_view region, std::string_view key) {
  return fmt::format("arn:aws:kms:{}:111122223333:key/{}", region, key);
}

class PipelineMultiRegion : public testing::Test {
 protected:
  std::string make_primary(std::string_view more = "") {
    return world_.create_key(fmt::format(R"({{"MultiRegion":true{}}})", more));
  }
  TestReply replicate_call(std::string_view key, std::string_view region, std::string_view more = "",
                           std::string_view from = kHomeRegion) {
    return world_.call("ReplicateKey", fmt::format(R"({{"KeyId":"{}","ReplicaRegion":"{}"{}}})", key, region, more),
                       from);
  }
  void replicate(std::string_view key, std::string_view region, std::string_view from = kHomeRegion) {
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
                                  arn_in(kHomeRegion, key))),
      std::string::npos)
      << reply.body;
}

TEST_F(PipelineMultiRegion, AReplicaIsCreatingThenEnabledAndHasWhatWasAskedForIt) {
  const std::string key = make_primary(R"(,"Description":"of the primary","Tags":[{"TagKey":"a","TagValue":"b"}])");
  events();
  const TestReply reply =
      replicate_call(key, kSecondRegion, R"(,"Description":"mine","Tags":[{"TagKey":"c","TagValue":"d"}])");
  ASSERT_EQ(reply.error(), "") << reply.body;
  EXPECT_EQ(text_member(reply.body, "KeyState"), "Creating");
  EXPECT_EQ(text_member(reply.body, "Arn"), arn_in(kSecondRegion, key));
  EXPECT_EQ(text_member(reply.body, "MultiRegionKeyType"), "REPLICA");
  EXPECT_NE(reply.body.find(R"("ReplicaTags":[{"TagKey":"c","TagValue":"d"}])"), std::string::npos) << reply.body;
  EXPECT_NE(reply.body.find("key-default-1"), std::string::npos) << reply.body;
  EXPECT_EQ(reply.body.find("CurrentKeyMaterialId"), std::string::npos);
  EXPECT_EQ(state(key, kSecondRegion), "Creating");
  const TestReply early = on_key("Encrypt", key, kSecondRegion, R"(,"Plaintext":"aGVsbG8=")");
  EXPECT_EQ(early.error(), "KMSInvalidStateException");
  EXPECT_EQ(early.message(), arn_in(kSecondRegion, key) + " is creating.");
  deliver();
  EXPECT_EQ(state(key, kSecondRegion), "Enabled");
  const std::string shown = on_key("DescribeKey", key, kSecondRegion).body;
  EXPECT_EQ(text_member(shown, "Description"), "mine");
  EXPECT_EQ(text_member(shown, "CurrentKeyMaterialId"),
            text_member(on_key("DescribeKey", key, kHomeRegion).body, "CurrentKeyMaterialId"));
  EXPECT_EQ(events(), (std::vector<std::string>{"ReplicateKey us-east-1 ", "Encrypt eu-west-1 KMSInvalidStateException",
                                                "CreateKey eu-west-1 "}));
}

TEST_F(PipelineMultiRegion, RelatedKeysReadWhatTheOthersMade) {
  const std::string key = make_primary();
  const std::string before =
      text_member(on_key("Encrypt", key, kHomeRegion, R"(,"Plaintext":"aGVsbG8=")").body, "CiphertextBlob");
  replicate(key, kSecondRegion);
  const auto decrypted = [&](std::string_view blob, std::string_view region) {
    return world_.call("Decrypt", fmt::format(R"({{"CiphertextBlob":"{}"}})", blob), region);
  };
  EXPECT_EQ(text_member(decrypted(before, kSecondRegion).body, "Plaintext"), "aGVsbG8=") << "older than the replica";
  EXPECT_EQ(text_member(decrypted(before, kSecondRegion).body, "KeyId"), arn_in(kSecondRegion, key));
  const std::string there =
      text_member(on_key("Encrypt", key, kSecondRegion, R"(,"Plaintext":"aGVsbG8=")").body, "CiphertextBlob");
  EXPECT_EQ(text_member(decrypted(there, kHomeRegion).body, "Plaintext"), "aGVsbG8=");
  EXPECT_EQ(decrypted(there, kThirdRegion).error(), "AccessDeniedException") << "no replica there";

  const std::string mac_key = make_primary(R"(,"KeySpec":"HMAC_256","KeyUsage":"GENERATE_VERIFY_MAC")");
  replicate(mac_key, kSecondRegion);
  constexpr const char* kMessage = R"(,"Message":"aGVsbG8=","MacAlgorithm":"HMAC_SHA_256")";
  const std::string mac = text_member(on_key("GenerateMac", mac_key, kHomeRegion, kMessage).body, "Mac");
  EXPECT_EQ(on_key("VerifyMac", mac_key, kSecondRegion, fmt::format(R"({},"Mac":"{}")", kMessage, mac)).error(), "");

  const std::string signing = make_primary(R"(,"KeySpec":"ECC_NIST_P256","KeyUsage":"SIGN_VERIFY")");
  replicate(signing, kThirdRegion);
  constexpr const char* kSigned = R"(,"Message":"aGVsbG8=","SigningAlgorithm":"ECDSA_SHA_256")";
  const std::string signature = text_member(on_key("Sign", signing, kThirdRegion, kSigned).body, "Signature");
  EXPECT_EQ(on_key("Verify", signing, kHomeRegion, fmt::format(R"({},"Signature":"{}")", kSigned, signature)).error(),
            "");
  EXPECT_EQ(text_member(on_key("GetPublicKey", signing, kHomeRegion).body, "PublicKey"),
            text_member(on_key("GetPublicKey", signing, kThirdRegion).body, "PublicKey"));
}

TEST_F(PipelineMultiRegion, RefusedReplications) {
  const std::string single = world_.create_key();
  TestReply reply = replicate_call(single, kSecondRegion);
  EXPECT_EQ(reply.error(), "UnsupportedOperationException");
  EXPECT_EQ(reply.message(), arn_in(kHomeRegion, single) + " is not a multi-region primary key.");
  const std::string key = make_primary();
  replicate(key, kSecondRegion);
  EXPECT_EQ(replicate_call(key, kSecondRegion).error(), "AlreadyExistsException");
  EXPECT_EQ(replicate_call(key, kHomeRegion).error(), "AlreadyExistsException");
  EXPECT_EQ(replicate_call(key, kThirdRegion, "", kSecondRegion).error(), "UnsupportedOperationException");
  EXPECT_EQ(replicate_call(key, "us-west-2").error(), "ValidationException") << "not served";
  EXPECT_EQ(replicate_call(key, "cn-north-1").error(), "ValidationException");
  EXPECT_EQ(replicate_call(key, "Nowhere").error(), "ValidationException");
  EXPECT_EQ(replicate_call(key, kThirdRegion, R"(,"Tags":[{"TagKey":"aws:x","TagValue":""}])").error(), "TagException");
  EXPECT_EQ(replicate_call(key, kThirdRegion, R"(,"Policy":"{}")").error(), "MalformedPolicyDocumentException");
  on_key("DisableKey", key, kHomeRegion);
  EXPECT_EQ(replicate_call(key, kThirdRegion).error(), "DisabledException");
  on_key("ScheduleKeyDeletion", key, kSecondRegion);
  on_key("EnableKey", key, kHomeRegion);
  EXPECT_EQ(replicate_call(key, kSecondRegion).error(), "AlreadyExistsException") << "in whatever state";
  EXPECT_EQ(world_.store.count(keys::layout::kReplication).value(), 0u) << "a refused call owes nothing";
}

TEST_F(PipelineMultiRegion, TheQuotaOfKeysIsThatOfTheReplicasRegion) {
  for (int i = 0; i < 3; ++i) world_.call("CreateKey", "{}", kSecondRegion);
  const std::string key = make_primary();
  EXPECT_EQ(replicate_call(key, kSecondRegion).error(), "LimitExceededException");
  EXPECT_EQ(on_key("DescribeKey", key, kSecondRegion).error(), "NotFoundException");
  EXPECT_NE(on_key("DescribeKey", key, kHomeRegion).body.find(R"("ReplicaKeys":[])"), std::string::npos);
}

TEST_F(PipelineMultiRegion, AKeysPrimaryRegionMoves) {
  const std::string key = make_primary();
  replicate(key, kSecondRegion);
  replicate(key, kThirdRegion);
  events();
  ASSERT_EQ(on_key("UpdatePrimaryRegion", key, kHomeRegion, R"(,"PrimaryRegion":"eu-west-1")").error(), "");
  EXPECT_NE(world_.log.events().back().json.find(R"("responseElements":{"keyId":")" + arn_in(kHomeRegion, key)),
            std::string::npos);
  EXPECT_EQ(state(key, kHomeRegion), "Updating");
  EXPECT_EQ(state(key, kSecondRegion), "Updating");
  EXPECT_EQ(type(key, kHomeRegion) + type(key, kSecondRegion), "REPLICAREPLICA");
  EXPECT_EQ(on_key("Encrypt", key, kSecondRegion, R"(,"Plaintext":"aGVsbG8=")").error(), "") << "goes on";
  for (const char* region : {kHomeRegion, kSecondRegion}) {
    EXPECT_EQ(on_key("DisableKey", key, region).error(), "KMSInvalidStateException");
    EXPECT_EQ(on_key("ScheduleKeyDeletion", key, region).error(), "KMSInvalidStateException");
    EXPECT_EQ(replicate_call(key, kThirdRegion, "", region).error(), "KMSInvalidStateException");
    EXPECT_EQ(on_key("UpdatePrimaryRegion", key, region, R"(,"PrimaryRegion":"ap-southeast-2")").error(),
              "UnsupportedOperationException")
        << "neither is the primary key";
  }
  events();
  deliver();
  for (const char* region : {kHomeRegion, kSecondRegion, kThirdRegion})
    EXPECT_EQ(state(key, region), "Enabled") << region;
  EXPECT_EQ(type(key, kHomeRegion), "REPLICA");
  EXPECT_EQ(type(key, kSecondRegion), "PRIMARY");
  const auto told = events();
  ASSERT_EQ(told.size(), 3u);
  EXPECT_EQ(told.front(), "UpdatePrimaryRegion eu-west-1 ");
  EXPECT_EQ(told[1].substr(0, 26), "SynchronizeMultiRegionKey ");
  EXPECT_EQ(on_key("UpdatePrimaryRegion", key, kHomeRegion, R"(,"PrimaryRegion":"eu-west-1")").error(),
            "UnsupportedOperationException");
}

TEST_F(PipelineMultiRegion, RefusedPromotions) {
  const std::string single = world_.create_key();
  const auto promote = [&](std::string_view key, std::string_view region, std::string_view from = kHomeRegion) {
    return on_key("UpdatePrimaryRegion", key, from, fmt::format(R"(,"PrimaryRegion":"{}")", region));
  };
  EXPECT_EQ(promote(single, kSecondRegion).error(), "UnsupportedOperationException");
  const std::string key = make_primary();
  EXPECT_EQ(promote(key, kSecondRegion).error(), "NotFoundException");
  EXPECT_EQ(promote(key, kHomeRegion).error(), "UnsupportedOperationException");
  EXPECT_EQ(promote(key, "us-west-2").error(), "ValidationException");
  replicate(key, kSecondRegion);
  EXPECT_EQ(promote(key, kHomeRegion, kSecondRegion).error(), "UnsupportedOperationException");
  on_key("DisableKey", key, kSecondRegion);
  const TestReply disabled = promote(key, kSecondRegion);
  EXPECT_EQ(disabled.error(), "DisabledException");
  EXPECT_EQ(disabled.message(), arn_in(kSecondRegion, key) + " is disabled.");
  EXPECT_EQ(state(key, kHomeRegion), "Enabled");
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
  replicate(key, kSecondRegion);
  ASSERT_EQ(world_.call("PutKeyPolicy", policy_body(key, "kms:UpdatePrimaryRegion"), kSecondRegion).error(), "");
  EXPECT_EQ(on_key("UpdatePrimaryRegion", key, kHomeRegion, R"(,"PrimaryRegion":"eu-west-1")").error(),
            "AccessDeniedException");
  ASSERT_EQ(world_.call("PutKeyPolicy", policy_body(key, "kms:Verify"), kSecondRegion).error(), "");
  EXPECT_EQ(on_key("UpdatePrimaryRegion", key, kHomeRegion, R"(,"PrimaryRegion":"eu-west-1")").error(), "");
}

TEST_F(PipelineMultiRegion, APrimaryKeyIsDeletedAfterItsReplicas) {
  const std::string key = make_primary();
  replicate(key, kSecondRegion);
  const TestReply waiting = on_key("ScheduleKeyDeletion", key, kHomeRegion, R"(,"PendingWindowInDays":9)");
  EXPECT_EQ(text_member(waiting.body, "KeyState"), "PendingReplicaDeletion");
  EXPECT_EQ(waiting.body.find("DeletionDate"), std::string::npos) << waiting.body;
  const std::string shown = on_key("DescribeKey", key, kHomeRegion).body;
  EXPECT_NE(shown.find(R"("PendingDeletionWindowInDays":9)"), std::string::npos) << shown;
  EXPECT_EQ(shown.find("DeletionDate"), std::string::npos);
  world_.clock.advance(days(40));
  EXPECT_EQ(world_.sweep().value(), 0u) << "no date, however long it waits";
  ASSERT_EQ(on_key("ScheduleKeyDeletion", key, kSecondRegion, R"(,"PendingWindowInDays":7)").error(), "");
  world_.clock.advance(days(7));
  EXPECT_EQ(state(key, kHomeRegion), "PendingReplicaDeletion") << "scheduled is not deleted";
  ASSERT_EQ(world_.sweep().value(), 1u);
  deliver();
  EXPECT_EQ(state(key, kHomeRegion), "PendingDeletion");
  EXPECT_EQ(world_.record(key).deletion_date, world_.clock.now() + days(9));
  EXPECT_EQ(on_key("DescribeKey", key, kSecondRegion).error(), "NotFoundException");
  world_.clock.advance(days(9));
  EXPECT_EQ(world_.sweep().value(), 1u);
  EXPECT_EQ(on_key("DescribeKey", key, kHomeRegion).error(), "NotFoundException");
}

TEST_F(PipelineMultiRegion, ADeletedReplicaCanBeMadeAgain) {
  const std::string key = make_primary();
  replicate(key, kSecondRegion);
  const std::string blob =
      text_member(on_key("Encrypt", key, kSecondRegion, R"(,"Plaintext":"aGVsbG8=")").body, "CiphertextBlob");
  on_key("ScheduleKeyDeletion", key, kSecondRegion, R"(,"PendingWindowInDays":7)");
  world_.clock.advance(days(7));
  ASSERT_EQ(world_.sweep().value(), 1u);
  EXPECT_EQ(replicate_call(key, kSecondRegion).error(), "AlreadyExistsException") << "until the primary key knows";
  deliver();
  replicate(key, kSecondRegion);
  EXPECT_EQ(text_member(world_.call("Decrypt", fmt::format(R"({{"CiphertextBlob":"{}"}})", blob), kSecondRegion).body,
                        "Plaintext"),
            "aGVsbG8=");
  const auto count =
      world_.store.get(keys::layout::key_count({*AccountId::parse("111122223333"), *Region::parse(kSecondRegion)}));
  EXPECT_EQ(store::decode_counter(count.value()->value).value(), 1);
}

TEST_F(PipelineMultiRegion, CancellingADeletionThatWaitsForReplicas) {
  const std::string key = make_primary();
  replicate(key, kSecondRegion);
  on_key("ScheduleKeyDeletion", key, kHomeRegion);
  EXPECT_EQ(on_key("CancelKeyDeletion", key, kHomeRegion).error(), "");
  EXPECT_EQ(state(key, kHomeRegion), "Disabled");
  EXPECT_EQ(state(key, kSecondRegion), "Enabled") << "a primary key's state is its own";
}

TEST_F(PipelineMultiRegion, AReplicaMayBeDeletedBeforeItsMaterialArrives) {
  const std::string key = make_primary();
  ASSERT_EQ(replicate_call(key, kSecondRegion).error(), "");
  EXPECT_EQ(on_key("ScheduleKeyDeletion", key, kSecondRegion, R"(,"PendingWindowInDays":7)").error(), "");
  EXPECT_EQ(on_key("CancelKeyDeletion", key, kSecondRegion).error(), "");
  EXPECT_EQ(state(key, kSecondRegion), "Creating");
  EXPECT_EQ(on_key("ScheduleKeyDeletion", key, kSecondRegion, R"(,"PendingWindowInDays":7)").error(), "");
  world_.clock.advance(days(7));
  ASSERT_EQ(world_.sweep().value(), 1u);
  deliver();
  EXPECT_EQ(on_key("DescribeKey", key, kSecondRegion).error(), "NotFoundException");
  EXPECT_NE(on_key("DescribeKey", key, kHomeRegion).body.find(R"("ReplicaKeys":[])"), std::string::npos);
}

TEST_F(PipelineMultiRegion, WhatAReplicaMayNot) {
  const std::string key = make_primary();
  replicate(key, kSecondRegion);
  EXPECT_EQ(replicate_call(key, kThirdRegion, "", kSecondRegion).error(), "UnsupportedOperationException");
  EXPECT_EQ(on_key("DescribeKey", arn_in(kHomeRegion, key), kSecondRegion).error(), "NotFoundException")
      << "an ARN of another Region is nothing here";
}

}  // namespace
}  // namespace claviger::server
