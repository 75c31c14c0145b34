// Each action through the whole pipeline: what it answers, and that every way to end gives exactly one audit record.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "server/testing_import.h"

namespace claviger::server {
namespace {

class PipelineActions : public testing::Test {
 protected:
  // Replaces each `{name}` by what an earlier step kept under that name.
  std::string filled(std::string text) {
    for (const auto& [name, value] : kept_) {
      const std::string pattern = "{" + name + "}";
      for (std::size_t at = text.find(pattern); at != std::string::npos; at = text.find(pattern)) {
        text.replace(at, pattern.size(), value);
      }
    }
    return text;
  }
  // The one event that was written since the last call of this.
  std::string only_event() {
    const auto events = world_.log.events();
    EXPECT_EQ(events.size(), seen_ + 1) << "exactly one audit record for each call";
    seen_ = events.size();
    return events.empty() ? std::string() : events.back().json;
  }

  TestWorld world_;
  std::map<std::string, std::string> kept_;
  std::size_t seen_ = 0;
};

struct DayStep {
  const char* action;
  const char* body;
  // A part of the answer; empty for an action that answers with nothing.
  const char* expected;
  // A text of the answer that later steps need, and its name.
  const char* member = "";
  const char* name = "";
};

// One day of a few keys, in which every action has its turn.
const DayStep kDay[] = {
    {"CreateKey", R"({"Description":"first","Tags":[{"TagKey":"team","TagValue":"a"}]})", R"("KeyState":"Enabled")",
     "KeyId", "key"},
    {"CreateKey", "{}", R"("MultiRegion":false)", "KeyId", "other"},
    {"CreateKey", R"({"MultiRegion":true})", R"("MultiRegionKeyType":"PRIMARY")", "KeyId", "related"},
    {"ReplicateKey", R"({"KeyId":"{related}","ReplicaRegion":"eu-west-1"})", R"("KeyState":"Creating")"},
    {"UpdatePrimaryRegion", R"({"KeyId":"{related}","PrimaryRegion":"eu-west-1"})", ""},
    {"CreateAlias", R"({"AliasName":"alias/a","TargetKeyId":"{key}"})", ""},
    {"UpdateAlias", R"({"AliasName":"alias/a","TargetKeyId":"{other}"})", ""},
    {"ListAliases", R"({"KeyId":"{other}"})", R"("AliasName":"alias/a")"},
    {"DescribeKey", R"({"KeyId":"alias/a"})", R"("KeyId":"{other}")"},
    {"ListKeys", "{}", R"("Truncated":false)"},
    {"TagResource", R"({"KeyId":"{key}","Tags":[{"TagKey":"stage","TagValue":"b"}]})", ""},
    {"ListResourceTags", R"({"KeyId":"{key}"})",
     R"([{"TagKey":"stage","TagValue":"b"},{"TagKey":"team","TagValue":"a"}])"},
    {"UntagResource", R"({"KeyId":"{key}","TagKeys":["team"]})", ""},
    {"UpdateKeyDescription", R"({"KeyId":"{key}","Description":"second"})", ""},
    {"GetKeyPolicy", R"({"KeyId":"{key}"})", R"("PolicyName":"default")"},
    {"PutKeyPolicy",
     R"({"KeyId":"{key}","Policy":"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":)"
     R"({\"AWS\":\"arn:aws:iam::111122223333:root\"},\"Action\":\"kms:*\",\"Resource\":\"*\"}]}"})",
     ""},
    {"ListKeyPolicies", R"({"KeyId":"{key}"})", R"(["default"])"},
    {"Encrypt", R"({"KeyId":"{key}","Plaintext":"aGVsbG8=","EncryptionContext":{"a":"b"}})", R"("CiphertextBlob")",
     "CiphertextBlob", "blob"},
    {"Decrypt", R"({"CiphertextBlob":"{blob}","EncryptionContext":{"a":"b"}})", R"("Plaintext":"aGVsbG8=")"},
    {"ReEncrypt", R"({"CiphertextBlob":"{blob}","SourceEncryptionContext":{"a":"b"},"DestinationKeyId":"alias/a"})",
     R"("SourceEncryptionAlgorithm":"SYMMETRIC_DEFAULT")", "CiphertextBlob", "moved"},
    {"Decrypt", R"({"CiphertextBlob":"{moved}"})", R"("Plaintext":"aGVsbG8=")"},
    {"GenerateDataKey", R"({"KeyId":"{key}","KeySpec":"AES_256"})", R"("Plaintext")"},
    {"GenerateDataKeyWithoutPlaintext", R"({"KeyId":"{key}","NumberOfBytes":7})", R"("CiphertextBlob")"},
    {"GenerateDataKeyPair", R"({"KeyId":"{key}","KeyPairSpec":"ECC_NIST_P256"})", R"("PrivateKeyPlaintext")"},
    {"GenerateDataKeyPairWithoutPlaintext", R"({"KeyId":"{key}","KeyPairSpec":"ECC_NIST_P256"})",
     R"("PrivateKeyCiphertextBlob")"},
    {"CreateKey", R"({"KeySpec":"ECC_NIST_P256","KeyUsage":"SIGN_VERIFY"})", R"("KeyUsage":"SIGN_VERIFY")", "KeyId",
     "signing"},
    {"Sign", R"({"KeyId":"{signing}","Message":"aGVsbG8=","SigningAlgorithm":"ECDSA_SHA_256"})", R"("Signature")",
     "Signature", "signature"},
    {"Verify",
     R"({"KeyId":"{signing}","Message":"aGVsbG8=","Signature":"{signature}","SigningAlgorithm":"ECDSA_SHA_256"})",
     R"("SignatureValid":true)"},
    {"CreateKey", R"({"KeySpec":"ECC_NIST_P384","KeyUsage":"KEY_AGREEMENT"})", R"("KeyUsage":"KEY_AGREEMENT")", "KeyId",
     "agreement"},
    {"GetPublicKey", R"({"KeyId":"{agreement}"})", R"("PublicKey")", "PublicKey", "public"},
    {"DeriveSharedSecret", R"({"KeyId":"{agreement}","KeyAgreementAlgorithm":"ECDH","PublicKey":"{public}"})",
     R"("SharedSecret")"},
    {"CreateKey", R"({"KeySpec":"HMAC_256","KeyUsage":"GENERATE_VERIFY_MAC"})", R"("MacAlgorithms")", "KeyId", "codes"},
    {"GenerateMac", R"({"KeyId":"{codes}","Message":"aGVsbG8=","MacAlgorithm":"HMAC_SHA_256"})", R"("Mac")", "Mac",
     "mac"},
    {"VerifyMac", R"({"KeyId":"{codes}","Message":"aGVsbG8=","Mac":"{mac}","MacAlgorithm":"HMAC_SHA_256"})",
     R"("MacValid":true)"},
    {"GenerateRandom", R"({"NumberOfBytes":9})", R"("Plaintext")"},
    {"CreateKey", R"({"Origin":"EXTERNAL"})", R"("KeyState":"PendingImport")", "KeyId", "external"},
    {"GetParametersForImport",
     R"({"KeyId":"{external}","WrappingAlgorithm":"RSAES_OAEP_SHA_256","WrappingKeySpec":"RSA_2048"})",
     R"("ParametersValidTo")", "PublicKey", "wrapping"},
    {"ImportKeyMaterial",
     R"({"KeyId":"{external}","ImportToken":"{import}","EncryptedKeyMaterial":"{wrapped}",)"
     R"("ExpirationModel":"KEY_MATERIAL_DOES_NOT_EXPIRE"})",
     R"("KeyMaterialId")"},
    {"DeleteImportedKeyMaterial", R"({"KeyId":"{external}"})", R"("KeyMaterialId")"},
    {"CreateGrant", R"({"KeyId":"{key}","GranteePrincipal":"arn:aws:iam::111122223333:root","Operations":["Encrypt"]})",
     R"("GrantToken")", "GrantId", "grant"},
    {"CreateGrant",
     R"({"KeyId":"{key}","GranteePrincipal":"arn:aws:iam::111122223333:root","Operations":["Encrypt"],)"
     R"("RetiringPrincipal":"arn:aws:iam::111122223333:root"})",
     R"("GrantId")", "GrantToken", "token"},
    {"ListGrants", R"({"KeyId":"{key}"})", R"("GrantId":"{grant}")"},
    {"ListRetirableGrants", R"({"RetiringPrincipal":"arn:aws:iam::111122223333:root"})", R"("Truncated":false)"},
    {"RevokeGrant", R"({"KeyId":"{key}","GrantId":"{grant}"})", ""},
    {"RetireGrant", R"({"GrantToken":"{token}"})", ""},
    {"EnableKeyRotation", R"({"KeyId":"{key}","RotationPeriodInDays":90})", ""},
    {"GetKeyRotationStatus", R"({"KeyId":"{key}"})", R"("RotationPeriodInDays":90)"},
    {"RotateKeyOnDemand", R"({"KeyId":"{key}"})", R"("KeyId":"{key}")"},
    {"ListKeyRotations", R"({"KeyId":"{key}"})", R"("RotationType":"ON_DEMAND")"},
    {"DisableKeyRotation", R"({"KeyId":"{key}"})", ""},
    {"GetKeyLastUsage", R"({"KeyId":"{key}"})", R"("Operation":"GenerateDataKeyPairWithoutPlaintext")"},
    {"DisableKey", R"({"KeyId":"{key}"})", ""},
    {"EnableKey", R"({"KeyId":"{key}"})", ""},
    {"ScheduleKeyDeletion", R"({"KeyId":"{key}"})", R"("KeyState":"PendingDeletion")"},
    {"CancelKeyDeletion", R"({"KeyId":"{key}"})", R"("KeyId")"},
    {"DeleteAlias", R"({"AliasName":"alias/a"})", ""},
};

TEST_F(PipelineActions, EachAnswersAndLeavesExactlyOneRecord) {
  std::set<std::string_view> done;
  for (const DayStep& step : kDay) {
    SCOPED_TRACE(step.action);
    if (step.action == std::string_view("UpdatePrimaryRegion")) {
      ASSERT_TRUE(world_.replicate().has_value());
      seen_ = world_.log.events().size();
    }
    const TestReply reply = world_.call(step.action, filled(step.body));
    ASSERT_EQ(reply.status, 200) << reply.body;
    EXPECT_EQ(reply.body.empty(), *step.expected == '\0') << reply.body;
    EXPECT_NE(reply.body.find(filled(step.expected)), std::string::npos) << reply.body;
    if (*step.name != '\0') kept_[step.name] = text_member(reply.body, step.member);
    if (std::string_view(step.action) == "GetParametersForImport") {
      kept_["import"] = text_member(reply.body, "ImportToken");
      kept_["wrapped"] = wrapped(kept_["wrapping"], "RSAES_OAEP_SHA_256", SecretBytes(32));
    }

    const std::string event = only_event();
    const api::Action& action = *world_.actions().find(Service::kKms, step.action).action;
    EXPECT_EQ(text_member(event, "eventName"), step.action);
    EXPECT_EQ(text_member(event, "requestID"), reply.request_id);
    EXPECT_EQ(text_member(event, "accessKeyId"), iam::kTestKeyId);
    EXPECT_EQ(text_member(event, "sourceIPAddress"), "192.0.2.1");
    EXPECT_EQ(text_member(event, "errorCode"), "");
    EXPECT_NE(event.find(action.read_only() ? R"("readOnly":true)" : R"("readOnly":false)"), std::string::npos);
    EXPECT_EQ(event.find("aGVsbG8="), std::string::npos) << "no plaintext in the audit";
    done.insert(action.name());
  }
  const auto is_kms = [](const auto& action) { return action->service() == Service::kKms; };
  EXPECT_EQ(done.size(), std::ranges::count_if(world_.actions().all(), is_kms)) << "every action had its turn";
}

TEST_F(PipelineActions, EachWayToFailLeavesExactlyOneRecord) {
  struct Row {
    const char* name;
    bool with_signature;
    const char* body;
    const char* error;
  };
  const Row rows[] = {
      {"unauthenticated", false, "{}", "MissingAuthenticationTokenException"},
      {"not JSON", true, "{", "SerializationException"},
      {"a member of the wrong type", true,
       R"({"KeyId":[],"AliasName":[],"Limit":[],"NumberOfBytes":[],"CiphertextBlob":[],"Description":[]})",
       "SerializationException"},
  };
  for (const auto& action : world_.actions().all()) {
    if (action->service() != Service::kKms) continue;
    for (const Row& row : rows) {
      SCOPED_TRACE(std::string(action->name()) + ", " + row.name);
      const store::Revision before = world_.store.revision();
      const TestReply reply = row.with_signature ? world_.call(action->name(), row.body)
                                                 : world_.send(TestWorld::request(action->name(), row.body));
      EXPECT_EQ(reply.status, 400);
      EXPECT_EQ(reply.error(), row.error);
      const std::string event = only_event();
      EXPECT_EQ(text_member(event, "eventName"), action->name());
      EXPECT_EQ(text_member(event, "errorCode"), row.error);
      EXPECT_EQ(text_member(event, "requestID"), reply.request_id);
      EXPECT_EQ(world_.store.revision(), before);
    }
  }
}

TEST_F(PipelineActions, WhatIsWrongWithTheKindOfAKeyIsToldBeforeItsState) {
  const auto made = [this](const char* parameters) {
    return text_member(world_.call("CreateKey", parameters).body, "KeyId");
  };
  const std::string symmetric = made("{}"), gone = made("{}");
  const std::string codes = made(R"({"KeySpec":"HMAC_256","KeyUsage":"GENERATE_VERIFY_MAC"})");
  const auto of = [](const std::string& key, const std::string& more) {
    return R"({"KeyId":")" + key + '"' + more + '}';
  };
  const std::string blob =
      text_member(world_.call("Encrypt", of(symmetric, R"(,"Plaintext":"aGVsbG8=")")).body, "CiphertextBlob");
  const std::string ciphertext = R"(,"CiphertextBlob":")" + blob + '"';
  const std::string from = R"({"DestinationKeyId":")" + symmetric + R"(","SourceKeyId":")";
  for (const std::string& key : {gone, codes}) {
    ASSERT_EQ(world_.call("ScheduleKeyDeletion", of(key, "")).status, 200);
  }
  const std::string grant = R"(,"GranteePrincipal":"arn:aws:iam::111122223333:root","Operations":)";
  struct Row {
    const char* action;
    std::string body;
    const char* error;
  };
  const Row rows[] = {
      {"GetPublicKey", of(gone, ""), "UnsupportedOperationException"},
      {"CreateGrant", of(gone, grant + R"(["Sign"])"), "ValidationException"},
      {"CreateGrant", of(gone, grant + R"(["Encrypt"])"), "KMSInvalidStateException"},
      {"Encrypt", of(codes, R"(,"Plaintext":"aGVsbG8=")"), "InvalidKeyUsageException"},
      {"Decrypt", of(codes, ciphertext), "IncorrectKeyException"},
      {"Decrypt", of(gone, ciphertext), "IncorrectKeyException"},
      {"ReEncrypt", from + codes + '"' + ciphertext + '}', "IncorrectKeyException"},
      {"Decrypt", of(gone, R"(,"CiphertextBlob":"AAAA")"), "KMSInvalidStateException"},
      {"Decrypt", of(codes, R"(,"DryRun":true,"DryRunModifiers":["IGNORE_CIPHERTEXT"])"), "InvalidKeyUsageException"},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(world_.call(row.action, row.body).error(), row.error) << row.action << row.body;
  }
  EXPECT_EQ(world_.call("Decrypt", of(symmetric, ciphertext)).status, 200);
}

TEST_F(PipelineActions, NoCallSucceedsWhileTheLogRefusesAndNothingChanges) {
  const std::string key = world_.create_key();
  world_.call("CreateAlias", R"({"AliasName":"alias/a","TargetKeyId":")" + key + R"("})");
  kept_ = {{"key", key}, {"other", key}};
  const store::Revision before = world_.store.revision();
  const std::size_t frames = world_.log.frames().size();
  world_.log.on_append([](const audit::Frame&) { return Error::io("the disk is full"); });
  for (const DayStep& step : kDay) {
    SCOPED_TRACE(step.action);
    const TestReply reply = world_.call(step.action, filled(step.body));
    EXPECT_EQ(reply.status, 500);
    EXPECT_EQ(reply.error(), "KMSInternalException");
    EXPECT_EQ(reply.body.find("disk"), std::string::npos) << "the reason is not the client's business";
    EXPECT_EQ(reply.body.find("Plaintext"), std::string::npos);
    EXPECT_EQ(world_.store.revision(), before);
  }
  EXPECT_EQ(world_.log.frames().size(), frames);
  world_.log.on_append({});
  EXPECT_EQ(world_.call("DescribeKey", filled(R"({"KeyId":"{key}"})")).status, 200) << "and works again";
}

}  // namespace
}  // namespace claviger::server
