#include "server/request_context.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "api/kms/conditions.h"
#include "base/encoding.h"
#include "server/testing_request.h"

namespace claviger::server {
namespace {

using policy::PrincipalKind;

struct ContextRow {
  const char* name;
  const char* value;
};

TEST_F(RequestContextTest, ASessionHasItsTagsBeforeItsRoles) {
  prepare("DescribeKey", with_key());
  auto role = std::make_shared<iam::Identity>();
  role->kind = iam::EntityKind::kRole;
  role->tags = {{"Team", "role"}, {"Stage", "prod"}};
  caller_.identity = role;
  EXPECT_EQ(value("aws:PrincipalTag/team"), "role");
  EXPECT_EQ(value("aws:TokenIssueTime"), "-") << "long-term credentials";
  auto session = std::make_shared<iam::SessionDetails>();
  session->issued = from_millis(1'767'225'600'000);
  session->tags = {{"TEAM", "session"}};
  session->source_identity = "me";
  caller_.session = session;
  EXPECT_EQ(value("aws:PrincipalTag/team"), "session");
  EXPECT_EQ(value("aws:PrincipalTag/STAGE"), "prod");
  EXPECT_EQ(value("aws:PrincipalTag/other"), "-");
  EXPECT_EQ(value("aws:TokenIssueTime"), "2026-01-01T00:00:00Z");
  EXPECT_EQ(value("aws:SourceIdentity"), "me");
  EXPECT_EQ(value("aws:MultiFactorAuthPresent"), "false");
}

TEST_F(RequestContextTest, EveryRequestHasTheGlobalKeys) {
  prepare("DescribeKey", with_key());
  const ContextRow rows[] = {
      {"aws:CurrentTime", "2026-01-01T00:00:00Z"},
      {"aws:EpochTime", "1767225600"},
      {"aws:PrincipalAccount", "111122223333"},
      {"aws:PrincipalArn", "arn:aws:iam::111122223333:root"},
      {"aws:PrincipalIsAWSService", "false"},
      {"aws:PrincipalType", "Account"},
      {"aws:Referer", "https://example.org/"},
      {"aws:RequestedRegion", "eu-west-1"},
      {"aws:ResourceAccount", "111122223333"},
      {"aws:SecureTransport", "false"},
      {"aws:SourceIp", "192.0.2.7"},
      {"aws:UserAgent", "boto3/1"},
      {"aws:userid", "111122223333"},
      {"aws:username", "-"},
      {"aws:ViaAWSService", "false"},
      {"AWS:SOURCEIP", "192.0.2.7"},
      {"aws:FederatedProvider", "-"},
      {"aws:PrincipalTag/team", "-"},
      {"aws:TokenIssueTime", "-"},
      {"aws:MultiFactorAuthPresent", "-"},
      {"aws:MultiFactorAuthAge", "-"},
      {"aws:PrincipalOrgID", "-"},
      {"aws:CalledVia", "-"},
      {"aws:SourceArn", "-"},
      {"aws:SourceVpc", "-"},
      {"aws:RequestTag/Team", "-"},
      {"aws:TagKeys", "-"},
      {"aws:nonsense", "-"},
      {"s3:prefix", "-"},
  };
  for (const ContextRow& row : rows) EXPECT_EQ(value(row.name), row.value) << row.name;
  http::TlsInfo tls;
  request_.tls = &tls;
  request_.headers = {};
  EXPECT_EQ(value("aws:SecureTransport"), "true");
  EXPECT_EQ(value("aws:UserAgent"), "-");
  EXPECT_EQ(value("aws:Referer"), "-");
}

TEST_F(RequestContextTest, PrincipalOfASessionIsItsRole) {
  prepare("DescribeKey", with_key());
  caller_.kind = PrincipalKind::kAssumedRole;
  caller_.principal_arn = "arn:aws:sts::111122223333:assumed-role/r/s";
  caller_.role_arn = "arn:aws:iam::111122223333:role/path/r";
  caller_.principal_id = "AROAEXAMPLEEXAMPLEEX:s";
  EXPECT_EQ(value("aws:PrincipalArn"), "arn:aws:iam::111122223333:role/path/r");
  EXPECT_EQ(value("aws:PrincipalType"), "AssumedRole");
  EXPECT_EQ(value("aws:userid"), "AROAEXAMPLEEXAMPLEEX:s");
  EXPECT_EQ(value("aws:username"), "-");

  caller_.kind = PrincipalKind::kUser;
  caller_.principal_arn = "arn:aws:iam::111122223333:user/u";
  caller_.role_arn = "";
  caller_.user_name = "u";
  EXPECT_EQ(value("aws:PrincipalArn"), "arn:aws:iam::111122223333:user/u");
  EXPECT_EQ(value("aws:PrincipalType"), "User");
  EXPECT_EQ(value("aws:username"), "u");
}

TEST_F(RequestContextTest, EveryOperationOnAKeyHasTheKeysOfTheKey) {
  prepare("GetKeyPolicy", with_key());
  const ContextRow rows[] = {
      {"kms:CallerAccount", "111122223333"},
      {"kms:KeySpec", "SYMMETRIC_DEFAULT"},
      {"kms:CustomerMasterKeySpec", "SYMMETRIC_DEFAULT"},
      {"kms:KeyUsage", "ENCRYPT_DECRYPT"},
      {"kms:CustomerMasterKeyUsage", "ENCRYPT_DECRYPT"},
      {"kms:KeyOrigin", "AWS_KMS"},
      {"kms:MultiRegion", "false"},
      {"kms:MultiRegionKeyType", "-"},
      {"kms:ViaService", "-"},
      {"kms:ResourceAliases", "[alias/a,alias/b]"},
      {"aws:ResourceTag/Team", "Payments"},
      {"aws:ResourceTag/team", "Payments"},
      {"aws:ResourceTag/empty", ""},
      {"aws:ResourceTag/tea", "-"},
      {"aws:ResourceTag/", "-"},
      {"kms:RequestAlias", "-"},
      {"kms:EncryptionAlgorithm", "-"},
  };
  for (const ContextRow& row : rows) EXPECT_EQ(value(row.name), row.value) << row.name;
}

TEST_F(RequestContextTest, ACallOfAServiceNamesIt) {
  via_service_ = "s3.eu-west-1.amazonaws.com";
  via_principal_ = "s3.amazonaws.com";
  prepare("ListGrants", with_key());
  const ContextRow rows[] = {
      {"kms:ViaService", "s3.eu-west-1.amazonaws.com"},
      {"kms:GrantIsForAWSResource", "true"},
      {"kms:CallerAccount", "111122223333"},
      {"aws:ViaAWSService", "true"},
      {"aws:CalledVia", "[s3.amazonaws.com]"},
      {"aws:CalledViaFirst", "s3.amazonaws.com"},
      {"aws:CalledViaLast", "s3.amazonaws.com"},
      {"aws:PrincipalIsAWSService", "false"},
      {"aws:SecureTransport", "true"},
  };
  for (const ContextRow& row : rows) EXPECT_EQ(value(row.name), row.value) << row.name;
  prepare("ListKeys", "{}");
  EXPECT_EQ(value("kms:ViaService"), "-");
  EXPECT_EQ(value("aws:ViaAWSService"), "true");
}

TEST_F(RequestContextTest, ACallOfNoServiceNamesNone) {
  prepare("ListGrants", with_key());
  for (const char* name : {"kms:ViaService", "aws:CalledVia", "aws:CalledViaFirst", "aws:CalledViaLast"}) {
    EXPECT_EQ(value(name), "-") << name;
  }
  for (const char* name : {"kms:GrantIsForAWSResource", "aws:ViaAWSService"}) EXPECT_EQ(value(name), "false") << name;
}

TEST_F(RequestContextTest, DaysWithoutUseAreOfDisablingAndDeletingAndUndecidableWhileUnknown) {
  for (const char* action : {"DisableKey", "ScheduleKeyDeletion"}) {
    prepare(action, with_key());
    days_without_use_.reset();
    EXPECT_EQ(value("kms:TrailingDaysWithoutKeyUsage"), "?");
    days_without_use_ = 7;
    EXPECT_EQ(value("kms:TrailingDaysWithoutKeyUsage"), "7");
  }
  prepare("EnableKey", with_key());
  EXPECT_EQ(value("kms:TrailingDaysWithoutKeyUsage"), "-");
}

TEST_F(RequestContextTest, OperationsWithoutAKeyHaveNoneOfThem) {
  prepare("ListKeys", "{}");
  for (const std::string_view name : conditions_of_every_key_operation()) EXPECT_EQ(value(name), "-") << name;
  EXPECT_EQ(value("aws:ResourceAccount"), "-");
  EXPECT_EQ(value("aws:RequestedRegion"), "eu-west-1");
  // The key is a filter, nothing is decided on it.
  prepare("ListAliases", with_key());
  EXPECT_EQ(value("kms:KeySpec", RequestContext::kNoTarget), "-");
}

TEST_F(RequestContextTest, AliasSideOfAnAliasOperationHasNoneOfThem) {
  prepare("CreateAlias", R"({"AliasName":"alias/n","TargetKeyId":"1234abcd-12ab-34cd-56ef-1234567890ab"})");
  EXPECT_EQ(value("kms:KeySpec", 0), "SYMMETRIC_DEFAULT");
  EXPECT_EQ(value("kms:KeySpec", 1), "-");
  EXPECT_EQ(value("kms:CallerAccount", 1), "-");
  EXPECT_EQ(value("aws:ResourceAccount", 1), "111122223333");
}

TEST_F(RequestContextTest, ResourceAliasesAreForIdentityPoliciesOnly) {
  prepare("DescribeKey", with_key());
  EXPECT_EQ(value("kms:ResourceAliases"), "[alias/a,alias/b]");
  EXPECT_EQ(value_in_key_policy("kms:ResourceAliases"), "-");
  EXPECT_EQ(value_in_key_policy("KMS:resourcealiases"), "-");
  EXPECT_EQ(value_in_key_policy("aws:ResourceTag/Team"), "Payments");
}

TEST_F(RequestContextTest, NoConditionOnTheAliasesOfAKeyBeyondTheQuotaCanBeJudged) {
  key_.aliases.clear();
  for (std::size_t i = 0; i < api::KeySnapshot::kMaxAliases; ++i) key_.aliases.push_back("alias/" + std::to_string(i));
  prepare("DescribeKey", with_key());
  EXPECT_TRUE(value("kms:ResourceAliases").starts_with("[alias/0,alias/1,"));
  key_.aliases.push_back("alias/one-too-many");
  prepare("DescribeKey", with_key());
  EXPECT_EQ(value("kms:ResourceAliases"), "?");
  key_.aliases.clear();
  prepare("DescribeKey", with_key());
  EXPECT_EQ(value("kms:ResourceAliases"), "-");
}

TEST_F(RequestContextTest, TagsThatDifferInCaseOnlyCannotBeTold) {
  key_.record.tags = {{"Team", "a"}, {"team", "b"}, {"other", "c"}};
  prepare("DescribeKey", with_key());
  EXPECT_EQ(value("aws:ResourceTag/Team"), "?");
  EXPECT_EQ(value("aws:ResourceTag/other"), "c");
}

TEST_F(RequestContextTest, EncryptionConditionsAreThoseOfTheRequest) {
  const std::string blob = base64_encode(Bytes(100, 1));
  const struct {
    const char* action;
    std::string body;
  } requests[] = {
      {"Encrypt", with_key(R"(,"Plaintext":"AA==","EncryptionContext":{"AppName":"X","b":"Y"})")},
      {"Decrypt", with_key(R"(,"CiphertextBlob":")" + blob + R"(","EncryptionContext":{"AppName":"X","b":"Y"})")},
      {"GenerateDataKey", with_key(R"(,"KeySpec":"AES_256","EncryptionContext":{"AppName":"X","b":"Y"})")},
      {"GenerateDataKeyWithoutPlaintext",
       with_key(R"(,"KeySpec":"AES_256","EncryptionContext":{"AppName":"X","b":"Y"})")},
  };
  for (const auto& request : requests) {
    SCOPED_TRACE(request.action);
    prepare(request.action, request.body);
    const ContextRow rows[] = {
        {"kms:EncryptionAlgorithm", "SYMMETRIC_DEFAULT"},
        {"kms:EncryptionContext:AppName", "X"},
        {"KMS:encryptioncontext:APPNAME", "X"},
        {"kms:EncryptionContext:b", "Y"},
        {"kms:EncryptionContext:c", "-"},
        {"kms:EncryptionContext:AppNam", "-"},
        {"kms:EncryptionContext:", "-"},
        {"kms:EncryptionContextKeys", "[AppName,b]"},
        {"kms:RequestAlias", "-"},
        {"kms:KeySpec", "SYMMETRIC_DEFAULT"},
        {"kms:ReEncryptOnSameKey", "-"},
    };
    for (const ContextRow& row : rows) EXPECT_EQ(value(row.name), row.value) << row.name;
  }
}

TEST_F(RequestContextTest, EmptyEncryptionContextIsNone) {
  for (const char* more : {R"(,"Plaintext":"AA==")", R"(,"Plaintext":"AA==","EncryptionContext":{})"}) {
    prepare("Encrypt", with_key(more));
    EXPECT_EQ(value("kms:EncryptionContextKeys"), "-") << more;
    EXPECT_EQ(value("kms:EncryptionContext:a"), "-") << more;
  }
}

TEST_F(RequestContextTest, ContextKeysThatDifferInCaseOnlyCannotBeTold) {
  prepare("Encrypt", with_key(R"(,"Plaintext":"AA==","EncryptionContext":{"A":"1","a":"2"})"));
  EXPECT_EQ(value("kms:EncryptionContext:a"), "?");
  EXPECT_EQ(value("kms:EncryptionContextKeys"), "[A,a]");
}

// The keys are found in another way where there are many.
TEST_F(RequestContextTest, EncryptionContextsOfEverySizeAnswerTheSame) {
  for (const std::size_t size : {api::kms::kSearchedOneByOne - 3, api::kms::kSearchedOneByOne - 2,
                                 api::kms::kSearchedOneByOne - 1, std::size_t{400}}) {
    SCOPED_TRACE(size);
    std::string pairs = R"("B":"x","Twice":"1","tWICE":"2")";
    for (std::size_t i = 0; i < size - 1; ++i)
      pairs += ",\"Key" + std::to_string(i) + "\":\"v" + std::to_string(i) + '"';
    prepare("Encrypt", with_key(R"(,"Plaintext":"AA==","EncryptionContext":{)" + pairs + "}"));
    for (std::size_t i = 0; i < size - 1; ++i) {
      EXPECT_EQ(value("kms:EncryptionContext:kEY" + std::to_string(i)), "v" + std::to_string(i));
    }
    const ContextRow rows[] = {{"kms:EncryptionContext:b", "x"},   {"kms:EncryptionContext:twice", "?"},
                               {"kms:EncryptionContext:a", "-"},   {"kms:EncryptionContext:z", "-"},
                               {"kms:EncryptionContext:key", "-"}, {"kms:EncryptionContext:", "-"},
                               {"kms:EncryptionContext:keyx", "-"}};
    for (const ContextRow& row : rows) EXPECT_EQ(value(row.name), row.value) << row.name;
  }
}

TEST_F(RequestContextTest, EachSideOfReEncryptSeesItsOwnContext) {
  prepare("ReEncrypt", R"({"CiphertextBlob":")" + base64_encode(Bytes(100, 1)) +
                           R"(","SourceKeyId":"alias/a","SourceEncryptionContext":{"s":"1"},)"
                           R"("DestinationKeyId":"arn:aws:kms:eu-west-1:111122223333:alias/b",)"
                           R"("DestinationEncryptionContext":{"d":"2"}})");
  EXPECT_EQ(value("kms:EncryptionContextKeys", 0), "[s]");
  EXPECT_EQ(value("kms:EncryptionContext:s", 0), "1");
  EXPECT_EQ(value("kms:EncryptionContext:d", 0), "-");
  EXPECT_EQ(value("kms:RequestAlias", 0), "alias/a");
  EXPECT_EQ(value("kms:EncryptionContextKeys", 1), "[d]");
  EXPECT_EQ(value("kms:EncryptionContext:s", 1), "-");
  EXPECT_EQ(value("kms:EncryptionContext:d", 1), "2");
  EXPECT_EQ(value("kms:RequestAlias", 1), "alias/b");
  for (const std::size_t place : {0u, 1u}) {
    EXPECT_EQ(value("kms:ReEncryptOnSameKey", place), "true");
    EXPECT_EQ(value("kms:EncryptionAlgorithm", place), "SYMMETRIC_DEFAULT");
  }
  auto other = std::make_shared<api::KeySnapshot>(key_);
  other->record.id = *KeyId::parse("00000000-0000-4000-8000-000000000002");
  other->arn = other->record.arn();
  resolved_[1].key = other;
  EXPECT_EQ(value("kms:ReEncryptOnSameKey", 0), "false");
  EXPECT_EQ(value("kms:ReEncryptOnSameKey", 1), "false");
}

TEST_F(RequestContextTest, RequestAliasIsTheNameInTheRequest) {
  const struct {
    const char* key;
    const char* value;
  } rows[] = {{"alias/a", "alias/a"},
              {"arn:aws:kms:eu-west-1:111122223333:alias/path/a", "alias/path/a"},
              {"1234abcd-12ab-34cd-56ef-1234567890ab", "-"},
              {"arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab", "-"}};
  for (const auto& row : rows) {
    const std::string key = std::string(R"("KeyId":")") + row.key + "\"";
    prepare("Encrypt", "{" + key + R"(,"Plaintext":"AA=="})");
    EXPECT_EQ(value("kms:RequestAlias"), row.value) << row.key;
    prepare("DescribeKey", "{" + key + "}");
    EXPECT_EQ(value("kms:RequestAlias"), row.value) << row.key;
  }
}

TEST_F(RequestContextTest, CreateKeyShowsTheKeyThatIsToBeMade) {
  const struct {
    const char* body;
    std::vector<ContextRow> rows;
  } requests[] = {
      {"{}",
       {{"kms:CallerAccount", "111122223333"},
        {"kms:KeySpec", "SYMMETRIC_DEFAULT"},
        {"kms:CustomerMasterKeySpec", "SYMMETRIC_DEFAULT"},
        {"kms:KeyUsage", "ENCRYPT_DECRYPT"},
        {"kms:CustomerMasterKeyUsage", "ENCRYPT_DECRYPT"},
        {"kms:KeyOrigin", "AWS_KMS"},
        {"kms:MultiRegion", "false"},
        {"kms:MultiRegionKeyType", "-"},
        {"kms:BypassPolicyLockoutSafetyCheck", "-"},
        {"aws:RequestTag/team", "-"},
        {"aws:ResourceTag/team", "-"},
        {"aws:TagKeys", "-"},
        {"kms:ResourceAliases", "-"}}},
      {R"({"KeySpec":"RSA_2048","KeyUsage":"SIGN_VERIFY","Origin":"EXTERNAL","MultiRegion":true,
           "BypassPolicyLockoutSafetyCheck":false,
           "Tags":[{"TagKey":"Team","TagValue":"a"},{"TagKey":"cost","TagValue":""}]})",
       {{"kms:KeySpec", "RSA_2048"},
        {"kms:KeyUsage", "SIGN_VERIFY"},
        {"kms:KeyOrigin", "EXTERNAL"},
        {"kms:MultiRegion", "true"},
        {"kms:MultiRegionKeyType", "PRIMARY"},
        {"kms:BypassPolicyLockoutSafetyCheck", "false"},
        {"aws:RequestTag/team", "a"},
        {"aws:ResourceTag/team", "a"},
        {"aws:RequestTag/cost", ""},
        {"aws:TagKeys", "[Team,cost]"}}},
      {R"({"CustomerMasterKeySpec":"RSA_4096","BypassPolicyLockoutSafetyCheck":true})",
       {{"kms:KeySpec", "RSA_4096"}, {"kms:BypassPolicyLockoutSafetyCheck", "true"}}},
  };
  for (const auto& request : requests) {
    SCOPED_TRACE(request.body);
    prepare("CreateKey", request.body);
    for (const ContextRow& row : request.rows) EXPECT_EQ(value(row.name), row.value) << row.name;
  }
}

TEST_F(RequestContextTest, ParametersOfManagementOperations) {
  const struct {
    const char* action;
    std::string body;
    ContextRow row;
  } rows[] = {
      {"EnableKeyRotation", with_key(), {"kms:RotationPeriodInDays", "365"}},
      {"ScheduleKeyDeletion", with_key(), {"kms:ScheduleKeyDeletionPendingWindowInDays", "30"}},
      {"ScheduleKeyDeletion",
       with_key(R"(,"PendingWindowInDays":7)"),
       {"kms:ScheduleKeyDeletionPendingWindowInDays", "7"}},
      {"PutKeyPolicy", with_key(R"(,"Policy":"{}")"), {"kms:BypassPolicyLockoutSafetyCheck", "-"}},
      {"PutKeyPolicy",
       with_key(R"(,"Policy":"{}","BypassPolicyLockoutSafetyCheck":true)"),
       {"kms:BypassPolicyLockoutSafetyCheck", "true"}},
      {"TagResource", with_key(R"(,"Tags":[{"TagKey":"Team","TagValue":"b"}])"), {"aws:RequestTag/team", "b"}},
      {"TagResource", with_key(R"(,"Tags":[{"TagKey":"Team","TagValue":"b"}])"), {"aws:TagKeys", "[Team]"}},
      {"TagResource", with_key(R"(,"Tags":[{"TagKey":"Team","TagValue":"b"}])"), {"aws:ResourceTag/team", "Payments"}},
      {"UntagResource", with_key(R"(,"TagKeys":["b","a"])"), {"aws:TagKeys", "[b,a]"}},
      {"UntagResource", with_key(R"(,"TagKeys":["b","a"])"), {"aws:RequestTag/a", "-"}},
  };
  for (const auto& row : rows) {
    prepare(row.action, row.body);
    EXPECT_EQ(value(row.row.name), row.row.value) << row.action << ' ' << row.row.name;
  }
}

TEST_F(RequestContextTest, OneListIsMadeOnceHoweverOftenItIsAskedFor) {
  prepare("Encrypt", with_key(R"(,"Plaintext":"AA==","EncryptionContext":{"a":"1","b":"2"})"));
  const RequestFacts facts{caller_, scope_, request_, clock_, call_.get()};
  const RequestContext context(facts, resolved_, 0);
  const auto first = context.find(policy::ContextKey("kms:EncryptionContextKeys"));
  const auto again = context.find(policy::ContextKey("kms:EncryptionContextKeys"));
  EXPECT_EQ(first[0].data(), again[0].data());
  EXPECT_EQ(shown(first), shown(again));
}

TEST_F(RequestContextTest, AnImportHasWhatItSays) {
  prepare("GetParametersForImport",
          with_key(R"(,"WrappingAlgorithm":"RSAES_OAEP_SHA_1","WrappingKeySpec":"RSA_3072")"));
  EXPECT_EQ(value("kms:WrappingAlgorithm"), "RSAES_OAEP_SHA_1");
  EXPECT_EQ(value("kms:WrappingKeySpec"), "RSA_3072");
  EXPECT_EQ(value("kms:ExpirationModel"), "-");
  constexpr std::string_view kBlobs = R"(,"ImportToken":"AA==","EncryptedKeyMaterial":"AA==")";
  prepare("ImportKeyMaterial",
          with_key(std::string(kBlobs) + R"(,"ValidTo":1767225600,"ExpirationModel":"KEY_MATERIAL_EXPIRES")"));
  EXPECT_EQ(value("kms:ExpirationModel"), "KEY_MATERIAL_EXPIRES");
  EXPECT_EQ(value("kms:ValidTo"), "1767225600");
  prepare("ImportKeyMaterial", with_key(std::string(kBlobs) + R"(,"ValidTo":1767225600.25)"));
  EXPECT_EQ(value("kms:ValidTo"), "1767225600.250");
  prepare("ImportKeyMaterial", with_key(kBlobs));
  EXPECT_EQ(value("kms:ExpirationModel"), "-") << "the default is not what the request says";
  EXPECT_EQ(value("kms:ValidTo"), "-");
}

}  // namespace
}  // namespace claviger::server
