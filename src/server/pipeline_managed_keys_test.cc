// AWS managed keys through the whole pipeline: made at first use, used by way of their service only, managed by nobody.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/testing.h"
#include "iam/access_key_rules.h"
#include "iam/entity_rules.h"
#include "iam/permission_rules.h"
#include "keys/managed_keys.h"
#include "server/recovery.h"
#include "server/rotation_sweeper.h"
#include "server/testing_world.h"
#include "store/testing_store.h"

namespace claviger::server {
namespace {

constexpr std::string_view kS3 = R"({"KeyId":"alias/aws/s3"})";
constexpr std::string_view kDataKey = R"({"KeyId":"alias/aws/s3","KeySpec":"AES_256"})";

class PipelineManagedKeys : public testing::Test {
 protected:
  TestReply describe(std::string_view alias = "alias/aws/s3", std::string_view region = "us-east-1") {
    return world_.call("DescribeKey", fmt::format(R"({{"KeyId":"{}"}})", alias), region);
  }
  // Made, if need be.
  std::string key_id(std::string_view alias = "alias/aws/s3", std::string_view region = "us-east-1") {
    const TestReply reply = describe(alias, region);
    EXPECT_EQ(reply.status, 200) << reply.body;
    return text_member(reply.body, "KeyId");
  }
  TestReply by_s3(std::string_view action, std::string_view body) {
    return world_.call_via("s3", world_.root(), action, body);
  }
  std::size_t keys() { return world_.store.range(keys::layout::kKeys, "", 100).value().size(); }
  std::vector<std::string> events_named(std::string_view name) {
    std::vector<std::string> found;
    for (const audit::Frame& frame : world_.log.events()) {
      if (text_member(frame.json, "eventName") == name) found.push_back(frame.json);
    }
    return found;
  }
  // Without policies.
  iam::TestSigner user() {
    world_.change_iam([&](const iam::RuleContext& c) { return create_user(c, {.account = account_, .name = "u"}); });
    world_.change_iam([&](const iam::RuleContext& c) {
      return create_access_key(c, world_.credential_sealer, account_, "u",
                               iam::AccessKey{"USERKEY", SecretBytes::copy_of(as_bytes("usersecret"))});
    });
    iam::TestSigner signer = iam::test_signer();
    signer.key_id = "USERKEY";
    signer.secret = "usersecret";
    return signer;
  }
  void allow_user(std::string_view action) {
    const std::string document = fmt::format(
        R"({{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"{}","Resource":"arn:aws:kms:*:*:key/*"}}]}})",
        action);
    world_.change_iam([&](const iam::RuleContext& c) {
      return put_inline_policy(c, iam::Holder{iam::EntityKind::kUser, account_, "u"}, "p", document);
    });
  }

  const AccountId account_ = *AccountId::parse(iam::kTestAccount);
  TestWorld world_;
};

TEST_F(PipelineManagedKeys, DescribingAPredefinedAliasMakesItsKeyOnce) {
  const TestReply first = describe();
  ASSERT_EQ(first.status, 200) << first.body;
  EXPECT_EQ(text_member(first.body, "KeyManager"), "AWS");
  EXPECT_EQ(text_member(first.body, "KeyState"), "Enabled");
  EXPECT_EQ(text_member(first.body, "Description"),
            "Default key that protects my S3 objects when no other key is defined");
  EXPECT_EQ(describe().body, first.body);
  EXPECT_EQ(describe("arn:aws:kms:us-east-1:111122223333:alias/aws/s3").body, first.body);
  EXPECT_EQ(keys(), 1u);
  const keys::KeyRecord record = world_.record(text_member(first.body, "KeyId"));
  EXPECT_EQ(record.manager, keys::KeyManager::kAws);
  EXPECT_EQ(record.materials.size(), 1u);
}

TEST_F(PipelineManagedKeys, OtherNamesOfAwsHaveNoKey) {
  for (const char* alias : {"alias/aws/s", "alias/aws/nothing", "alias/aws/S3", "alias/s3"}) {
    EXPECT_EQ(describe(alias).error(), "NotFoundException") << alias;
  }
  EXPECT_EQ(describe("arn:aws:kms:us-east-1:444455556666:alias/aws/s3").error(), "AccessDeniedException");
  EXPECT_EQ(keys(), 0u);
}

TEST_F(PipelineManagedKeys, TheServiceRecordsThatItMadeTheKeyAndTheCallerThatItAsked) {
  const std::string arn = "arn:aws:kms:us-east-1:111122223333:key/" + key_id();
  const std::vector<std::string> made = events_named("CreateKey");
  ASSERT_EQ(made.size(), 1u);
  EXPECT_NE(made[0].find(R"("userIdentity":{"accountId":"111122223333","invokedBy":"AWS Internal"})"),
            std::string::npos)
      << made[0];
  EXPECT_EQ(text_member(made[0], "eventType"), "AwsServiceEvent");
  EXPECT_EQ(text_member(made[0], "ARN"), arn);
  EXPECT_EQ(text_member(made[0], "errorCode"), "");
  const std::vector<std::string> asked = events_named("DescribeKey");
  ASSERT_EQ(asked.size(), 1u);
  EXPECT_EQ(text_member(asked[0], "ARN"), arn);
}

TEST_F(PipelineManagedKeys, WhoMayNotDescribeItMakesNone) {
  const iam::TestSigner signer = user();
  EXPECT_EQ(world_.call_as(signer, "DescribeKey", kS3).error(), "AccessDeniedException");
  EXPECT_EQ(keys(), 0u);
  EXPECT_TRUE(events_named("CreateKey").empty());
  allow_user("kms:DescribeKey");
  EXPECT_EQ(world_.call_as(signer, "DescribeKey", kS3).status, 200);
  EXPECT_EQ(keys(), 1u);
}

TEST_F(PipelineManagedKeys, WhoeverUsesItDirectlyMakesNoneAndIsRefusedWhenThereIsOne) {
  EXPECT_EQ(world_.call("GenerateDataKey", kDataKey).error(), "NotFoundException");
  EXPECT_EQ(keys(), 0u);
  const std::string id = key_id();
  const std::string blob =
      text_member(by_s3("Encrypt", R"({"KeyId":"alias/aws/s3","Plaintext":"aGVsbG8="})").body, "CiphertextBlob");
  ASSERT_FALSE(blob.empty());
  for (const std::string& named : {id, std::string("alias/aws/s3")}) {
    const std::string key = fmt::format(R"("KeyId":"{}")", named);
    const std::string pair = R"(,"KeyPairSpec":"ECC_NIST_P256"})";
    for (const auto& [action, body] : std::vector<std::pair<std::string, std::string>>{
             {"Encrypt", "{" + key + R"(,"Plaintext":"eA=="})"},
             {"Decrypt", "{" + key + R"(,"CiphertextBlob":")" + blob + "\"}"},
             {"GenerateDataKey", "{" + key + R"(,"KeySpec":"AES_256"})"},
             {"GenerateDataKeyWithoutPlaintext", "{" + key + R"(,"KeySpec":"AES_256"})"},
             {"GenerateDataKeyPair", "{" + key + pair},
             {"GenerateDataKeyPairWithoutPlaintext", "{" + key + pair},
             {"ReEncrypt", R"({"CiphertextBlob":")" + blob + R"(","DestinationKeyId":")" + named + "\"}"}}) {
      EXPECT_EQ(world_.call(action, body).error(), "AccessDeniedException") << action;
    }
  }
  EXPECT_EQ(world_.call("Decrypt", R"({"CiphertextBlob":")" + blob + "\"}").error(), "AccessDeniedException");
}

TEST_F(PipelineManagedKeys, TheFirstUseByItsServiceMakesTheKeyAndUsesIt) {
  const TestReply reply = by_s3("GenerateDataKey", kDataKey);
  ASSERT_EQ(reply.status, 200) << reply.body;
  EXPECT_EQ(keys(), 1u);
  EXPECT_EQ(events_named("CreateKey").size(), 1u);
  const std::string blob = text_member(reply.body, "CiphertextBlob");
  const TestReply opened = by_s3("Decrypt", R"({"CiphertextBlob":")" + blob + "\"}");
  EXPECT_EQ(text_member(opened.body, "Plaintext"), text_member(reply.body, "Plaintext"));
  EXPECT_EQ(text_member(opened.body, "KeyId"), text_member(reply.body, "KeyId"));
}

TEST_F(PipelineManagedKeys, EveryPrincipalOfTheAccountUsesItThroughTheServiceAndNobodyElse) {
  const iam::TestSigner signer = user();
  EXPECT_EQ(world_.call_as(signer, "GenerateDataKey", kDataKey).status, 400);
  const auto snapshot = world_.registry().snapshot();
  iam::Caller plain = iam::root_caller("aws", account_, "USERKEY");
  plain.kind = policy::PrincipalKind::kUser;
  plain.principal_arn = "arn:aws:iam::111122223333:user/u";
  plain.user_name = "u";
  EXPECT_EQ(world_.call_via("s3", plain, "GenerateDataKey", kDataKey).status, 200);
  const std::string by_id =
      fmt::format(R"({{"KeyId":"{}","KeySpec":"AES_256"}})", "arn:aws:kms:us-east-1:111122223333:key/" + key_id());
  const AccountId other = *AccountId::parse("444455556666");
  world_.add_account(other);
  const iam::Caller stranger = iam::root_caller("aws", other, "OTHERKEY");
  EXPECT_EQ(world_.call_via("s3", stranger, "GenerateDataKey", by_id).error(), "AccessDeniedException");
  EXPECT_EQ(world_.call_via("sqs", plain, "GenerateDataKey", by_id).error(), "AccessDeniedException");
}

TEST_F(PipelineManagedKeys, AServiceMakesNoKeyOfAnotherService) {
  const std::string_view body = R"({"KeyId":"alias/aws/ebs","KeySpec":"AES_256"})";
  EXPECT_EQ(by_s3("GenerateDataKey", body).error(), "AccessDeniedException");
  EXPECT_EQ(world_.call_via("ebs", world_.root(), "GenerateDataKey", body).error(), "AccessDeniedException");
  EXPECT_EQ(keys(), 0u);
  EXPECT_EQ(world_.call_via("ec2", world_.root(), "GenerateDataKey", body).status, 200);
  EXPECT_EQ(keys(), 1u);
}

TEST_F(PipelineManagedKeys, ARecordOfAServicesCallNamesTheServiceAndItsCaller) {
  ASSERT_EQ(by_s3("GenerateDataKey", kDataKey).status, 200);
  const std::string event = events_named("GenerateDataKey").at(0);
  EXPECT_EQ(text_member(event, "arn"), "arn:aws:iam::111122223333:root") << event;
  EXPECT_EQ(text_member(event, "invokedBy"), "s3.amazonaws.com");
  EXPECT_EQ(text_member(event, "sourceIPAddress"), "s3.amazonaws.com");
  EXPECT_EQ(text_member(event, "userAgent"), "s3.amazonaws.com");
  EXPECT_EQ(text_member(event, "eventType"), "AwsApiCall");
}

TEST_F(PipelineManagedKeys, AServiceCallsKmsOnlyAndWhereItIsServed) {
  EXPECT_EQ(by_s3("NoSuchAction", "{}").error(), "UnknownOperationException");
  EXPECT_EQ(world_.call_via("s3", world_.root(), "ListKeys", "{}", "eu-central-1").error(),
            "UnknownOperationException");
  EXPECT_EQ(by_s3("ListKeys", "{}").status, 200);
}

TEST_F(PipelineManagedKeys, GrantsAreMadeByServicesThatUseThem) {
  const std::string id = key_id("alias/aws/ebs");
  const std::string body = fmt::format(
      R"({{"KeyId":"{}","GranteePrincipal":"arn:aws:iam::111122223333:root","Operations":["Decrypt"]}})", id);
  EXPECT_EQ(world_.call("CreateGrant", body).error(), "AccessDeniedException");
  const TestReply granted = world_.call_via("ec2", world_.root(), "CreateGrant", body);
  ASSERT_EQ(granted.status, 200) << granted.body;
  EXPECT_NE(world_.call("ListGrants", fmt::format(R"({{"KeyId":"{}"}})", id)).body.find("\"Decrypt\""),
            std::string::npos);
  const std::string of_s3 = fmt::format(
      R"({{"KeyId":"{}","GranteePrincipal":"arn:aws:iam::111122223333:root","Operations":["Decrypt"]}})", key_id());
  EXPECT_EQ(by_s3("CreateGrant", of_s3).error(), "AccessDeniedException");
}

TEST_F(PipelineManagedKeys, NobodyManagesIt) {
  const std::string id = key_id();
  const std::string other = world_.create_key();
  const std::string key = fmt::format(R"("KeyId":"{}")", id);
  const std::string ours = fmt::format(R"({{{}}})", key);
  const std::vector<std::pair<std::string, std::string>> calls = {
      {"CancelKeyDeletion", ours},
      {"CreateAlias", fmt::format(R"({{"AliasName":"alias/mine","TargetKeyId":"{}"}})", id)},
      {"CreateGrant", "{" + key + R"(,"GranteePrincipal":"arn:aws:iam::111122223333:root","Operations":["Decrypt"]})"},
      {"DeleteImportedKeyMaterial", ours},
      {"DisableKey", ours},
      {"DisableKeyRotation", ours},
      {"EnableKey", ours},
      {"EnableKeyRotation", "{" + key + R"(,"RotationPeriodInDays":90})"},
      {"PutKeyPolicy", "{" + key + R"(,"Policy":"{}"})"},
      {"RotateKeyOnDemand", ours},
      {"ScheduleKeyDeletion", ours},
      {"TagResource", "{" + key + R"(,"Tags":[{"TagKey":"a","TagValue":"b"}]})"},
      {"UntagResource", "{" + key + R"(,"TagKeys":["a"]})"},
      {"UpdateKeyDescription", "{" + key + R"(,"Description":"mine"})"},
  };
  const keys::KeyRecord before = world_.record(id);
  for (const auto& [action, body] : calls) {
    EXPECT_EQ(world_.call(action, body).error(), "AccessDeniedException") << action;
    EXPECT_EQ(by_s3(action, body).error(), "AccessDeniedException") << action << " through the service";
  }
  for (const auto& [action, target] : {std::pair{"CreateAlias", true}, {"UpdateAlias", true}, {"DeleteAlias", false}}) {
    const std::string more = target ? fmt::format(R"(,"TargetKeyId":"{}")", other) : "";
    EXPECT_EQ(world_.call(action, R"({"AliasName":"alias/aws/s3")" + more + "}").error(), "InvalidAliasNameException")
        << action;
  }
  world_.call("CreateAlias", fmt::format(R"({{"AliasName":"alias/b","TargetKeyId":"{}"}})", other));
  EXPECT_EQ(world_.call("UpdateAlias", fmt::format(R"({{"AliasName":"alias/b","TargetKeyId":"{}"}})", id)).error(),
            "AccessDeniedException");
  EXPECT_EQ(world_.record(id), before);
  EXPECT_EQ(key_id(), id);
}

TEST_F(PipelineManagedKeys, TheAccountReadsWhatItIs) {
  const std::string ours = fmt::format(R"({{"KeyId":"{}"}})", key_id());
  for (const char* action : {"DescribeKey", "GetKeyPolicy", "GetKeyRotationStatus", "ListKeyRotations", "ListGrants",
                             "ListResourceTags", "ListKeyPolicies", "ListAliases", "GetKeyLastUsage"}) {
    EXPECT_EQ(world_.call(action, ours).status, 200) << action;
  }
  EXPECT_NE(world_.call("GetKeyPolicy", ours).body.find("s3.us-east-1.amazonaws.com"), std::string::npos);
  EXPECT_NE(world_.call("ListKeys", "{}").body.find(key_id()), std::string::npos);
}

TEST_F(PipelineManagedKeys, ItRotatesEveryYearByItself) {
  const std::string id = key_id();
  const std::string ours = fmt::format(R"({{"KeyId":"{}"}})", id);
  const TestReply status = world_.call("GetKeyRotationStatus", ours);
  EXPECT_NE(status.body.find(R"("KeyRotationEnabled":true)"), std::string::npos) << status.body;
  EXPECT_NE(status.body.find(R"("RotationPeriodInDays":365)"), std::string::npos) << status.body;
  RotationSweeper sweeper(world_.recorder(), world_.store, world_.keyring, world_.clock, world_.random,
                          world_.logger());
  const auto sweep = [&] { return world_.run_beside_the_loop([&] { return sweeper.run_once(); }).value(); };
  const TestReply old = by_s3("Encrypt", R"({"KeyId":"alias/aws/s3","Plaintext":"aGVsbG8="})");
  world_.clock.advance(std::chrono::days(365) - std::chrono::seconds(1));
  EXPECT_EQ(sweep(), 0u);
  world_.clock.advance(std::chrono::seconds(1));
  EXPECT_EQ(sweep(), 1u);
  EXPECT_EQ(world_.record(id).materials.size(), 2u);
  EXPECT_EQ(events_named("RotateKey").size(), 1u);
  const TestReply opened =
      by_s3("Decrypt", fmt::format(R"({{"CiphertextBlob":"{}"}})", text_member(old.body, "CiphertextBlob")));
  EXPECT_EQ(text_member(opened.body, "Plaintext"), "aGVsbG8=");
  world_.clock.advance(std::chrono::days(365));
  EXPECT_EQ(sweep(), 1u) << "and every year after";
}

TEST_F(PipelineManagedKeys, EachRegionAndEachAccountHasItsOwn) {
  const std::string here = key_id();
  EXPECT_NE(key_id("alias/aws/s3", "eu-west-1"), here);
  const AccountId other = *AccountId::parse("444455556666");
  world_.add_account(other);
  const TestReply theirs =
      world_.call_via("s3", iam::root_caller("aws", other, "OTHERKEY"), "GenerateDataKey", kDataKey);
  ASSERT_EQ(theirs.status, 200) << theirs.body;
  EXPECT_NE(text_member(theirs.body, "KeyId").find("444455556666"), std::string::npos) << theirs.body;
  EXPECT_EQ(keys(), 3u);
  EXPECT_EQ(key_id(), here);
}

TEST_F(PipelineManagedKeys, FirstUsesAtTheSameTimeMakeOneKey) {
  iam::TestRequest request = TestWorld::request("DescribeKey", kS3);
  iam::test_signer().sign_header(request);
  const std::vector<TestReply> replies = world_.send_together(std::vector<iam::TestRequest>(5, request));
  std::set<std::string> ids;
  for (const TestReply& reply : replies) {
    EXPECT_EQ(reply.status, 200) << reply.body;
    ids.insert(text_member(reply.body, "KeyId"));
  }
  EXPECT_EQ(ids.size(), 1u);
  EXPECT_EQ(keys(), 1u);
  EXPECT_EQ(events_named("CreateKey").size(), 1u);
}

TEST_F(PipelineManagedKeys, WhoComesLateFindsTheKeyThatAnotherMade) {
  const std::string id = key_id();
  const keys::ManagedKeyService& service = *keys::managed_key_service(*AliasName::parse("alias/aws/s3"));
  keys::KeyRecord second = world_.record(id);
  second.id = KeyId::make(world_.random);
  ManagedKeyMaker maker(world_.recorder(), world_.clock);
  const std::string event_id = make_uuid(world_.random);
  EXPECT_TRUE(world_.run_beside_the_loop([&] {
    std::promise<Status> outcome;
    maker.make(service, second, event_id, [&](Status status) { outcome.set_value(std::move(status)); });
    return outcome.get_future().get();
  }));
  EXPECT_EQ(key_id(), id);
  EXPECT_EQ(keys(), 1u);
  const std::vector<std::string> events = events_named("CreateKey");
  ASSERT_EQ(events.size(), 2u) << "the intent of the second has its end";
  EXPECT_EQ(text_member(events[1], "eventID"), event_id);
  EXPECT_EQ(text_member(events[1], "errorCode"), "KMSInternalException");
}

TEST_F(PipelineManagedKeys, WhatTheStoreRefusesIsNotMadeAndTheNextUseTriesAgain) {
  world_.store.on_commit([](const store::Commit&) { return Error::io("refused"); });
  EXPECT_EQ(describe().error(), "KMSInternalException");
  world_.store.on_commit(nullptr);
  EXPECT_EQ(keys(), 0u);
  EXPECT_EQ(text_member(events_named("CreateKey").at(0), "errorCode"), "KMSInternalException");
  EXPECT_EQ(describe().status, 200);
}

TEST_F(PipelineManagedKeys, PredefinedAliasesAreListedWithAKeyOnceThereIsOne) {
  const auto listed = [this](std::string_view body) { return world_.call("ListAliases", body).body; };
  const std::string before = listed(R"({"Limit":100})");
  const std::string_view without =
      R"({"AliasName":"alias/aws/s3","AliasArn":"arn:aws:kms:us-east-1:111122223333:alias/aws/s3"})";
  EXPECT_NE(before.find(without), std::string::npos) << before;
  EXPECT_EQ(before.find("TargetKeyId"), std::string::npos) << before;
  const std::string id = key_id();
  const std::string after = listed(R"({"Limit":100})");
  EXPECT_EQ(after.find(without), std::string::npos) << after;
  EXPECT_EQ(text_member(after, "TargetKeyId"), id);
  EXPECT_EQ(text_member(listed(fmt::format(R"({{"KeyId":"{}"}})", id)), "AliasName"), "alias/aws/s3");
}

TEST_F(PipelineManagedKeys, EveryAliasIsOnOnePageWhereverPagesEnd) {
  const std::string id = world_.create_key();
  std::set<std::string> expected;
  for (const keys::ManagedKeyService& service : keys::managed_key_services()) {
    expected.insert(keys::predefined_alias(service).text());
  }
  for (const char* alias : {"alias/a", "alias/aws-mine", "alias/z"}) {
    world_.call("CreateAlias", fmt::format(R"({{"AliasName":"{}","TargetKeyId":"{}"}})", alias, id));
    expected.insert(alias);
  }
  key_id("alias/aws/glue");
  key_id("alias/aws/xray");
  for (const int limit : {1, 2, 7, static_cast<int>(expected.size()), 100}) {
    std::vector<std::string> seen;
    std::string marker;
    while (true) {
      const std::string more = marker.empty() ? "" : fmt::format(R"(,"Marker":"{}")", marker);
      std::string page = world_.call("ListAliases", fmt::format(R"({{"Limit":{}{}}})", limit, more)).body;
      const bool truncated = page.find(R"("Truncated":true)") != std::string::npos;
      marker = text_member(page, "NextMarker");
      ASSERT_EQ(marker.empty(), !truncated);
      int on_page = 0;
      for (std::string name = text_member(page, "AliasName"); !name.empty(); name = text_member(page, "AliasName")) {
        seen.push_back(name);
        ++on_page;
        page.erase(0, page.find(R"("AliasName":")") + 1);
      }
      EXPECT_LE(on_page, limit);
      if (!truncated) break;
    }
    EXPECT_EQ(seen, std::vector<std::string>(expected.begin(), expected.end())) << limit;
  }
}

TEST(ManagedKeyQuotas, ManagedKeysAndTheirAliasesCountInNone) {
  TestWorld world(api::Limits{.keys_per_region = 1, .aliases_per_key = 0});
  for (const char* alias : {"alias/aws/s3", "alias/aws/ebs", "alias/aws/sqs"}) {
    EXPECT_EQ(world.call("DescribeKey", fmt::format(R"({{"KeyId":"{}"}})", alias)).status, 200) << alias;
  }
  EXPECT_EQ(world.call("CreateKey", "{}").status, 200);
  EXPECT_EQ(world.call("CreateKey", "{}").error(), "LimitExceededException");
  EXPECT_EQ(world.call("DescribeKey", R"({"KeyId":"alias/aws/ssm"})").status, 200);
}

}  // namespace
}  // namespace claviger::server
