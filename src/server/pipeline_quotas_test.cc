// Calls beyond a request quota, from the bytes to the audit record.
#include <gtest/gtest.h>

#include <string>

#include "server/request_quotas.h"
#include "server/testing_world.h"

namespace claviger::server {
namespace {

constexpr const char* kExceeded =
    "You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls.";

// Quotas of two calls a second on a clock that stands still.
class PipelineQuotasTest : public testing::Test {
 protected:
  static RequestQuotaOptions two_of_each() {
    RequestQuotaOptions options{.enabled = true};
    for (std::size_t i = 0; i < request_quota_count(); ++i) options.rates[static_cast<QuotaId>(i)] = 2;
    options.rates[*find_quota("CreateKey")] = 100;
    return options;
  }
  // The errors of `count` calls, each and a space.
  std::string errors(int count, std::string_view action, const std::string& body) {
    std::string all;
    for (int i = 0; i < count; ++i) all += world_.call(action, body).error() + " ";
    return all;
  }
  std::string encrypted(const std::string& key) {
    return text_member(world_.call("Encrypt", R"({"KeyId":")" + key + R"(","Plaintext":"eA=="})").body,
                       "CiphertextBlob");
  }
  void wait() { now_ += std::chrono::seconds(1); }

  std::chrono::steady_clock::time_point now_{std::chrono::seconds(1000)};
  RequestQuotas quotas_{two_of_each(), [this] { return now_; }};
  TestWorld world_{{}, ActionTable(), {.quotas = &quotas_}};
};

TEST_F(PipelineQuotasTest, ACallTooManyIsThrottledWithAwssTextAndRecorded) {
  EXPECT_EQ(errors(2, "ListKeys", "{}"), "  ");
  const TestReply reply = world_.call("ListKeys", "{}");
  EXPECT_EQ(reply.status, 400);
  EXPECT_EQ(reply.error(), "ThrottlingException");
  EXPECT_EQ(reply.message(), kExceeded);
  const std::string event = world_.log.events().back().json;
  EXPECT_EQ(text_member(event, "requestID"), reply.request_id);
  EXPECT_EQ(text_member(event, "errorCode"), "ThrottlingException");
  EXPECT_EQ(text_member(event, "errorMessage"), kExceeded);
  EXPECT_EQ(world_.call("ListKeys", "{}", "eu-west-1").status, 200) << "each Region has its own";
  EXPECT_EQ(world_.call("ListAliases", "{}").status, 200) << "each action has its own";
  wait();
  EXPECT_EQ(world_.call("ListKeys", "{}").status, 200);
}

TEST_F(PipelineQuotasTest, AThrottledCallChangesNothing) {
  const std::string key = world_.create_key();
  const std::string body = R"({"KeyId":")" + key + "\"}";
  EXPECT_EQ(errors(3, "DisableKey", body), "  ThrottlingException ");
  EXPECT_EQ(errors(2, "EnableKey", body), "  ");
  EXPECT_EQ(errors(1, "DisableKey", body), "ThrottlingException ");
  EXPECT_EQ(world_.record(key).state, keys::KeyState::kEnabled);
}

TEST_F(PipelineQuotasTest, CallsThatFailCountToo) {
  struct Row {
    const char* name;
    const char* action;
    std::string body;
    std::string expected;
  };
  const std::string key = world_.create_key();
  const Row rows[] = {
      {"not found", "DescribeKey", R"({"KeyId":"alias/none"})",
       "NotFoundException NotFoundException ThrottlingException "},
      {"not valid", "GetKeyPolicy", R"({"KeyId":""})", "ValidationException ValidationException ThrottlingException "},
      {"not JSON", "ListKeys", "{", "SerializationException SerializationException ThrottlingException "},
      {"not fit", "Sign", R"({"KeyId":")" + key + R"(","Message":"eA==","SigningAlgorithm":"ECDSA_SHA_256"})",
       "InvalidKeyUsageException InvalidKeyUsageException ThrottlingException "},
      {"dry run", "CreateGrant",
       R"({"DryRun":true,"GranteePrincipal":"arn:aws:iam::111122223333:root","Operations":["Encrypt"],"KeyId":")" +
           key + "\"}",
       "DryRunOperationException DryRunOperationException ThrottlingException "},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    EXPECT_EQ(errors(3, row.action, row.body), row.expected);
  }
}

TEST_F(PipelineQuotasTest, WhoIsUnknownIsNotCounted) {
  iam::TestSigner signer = iam::test_signer();
  signer.key_id = "NOBODY";
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(world_.call_as(signer, "ListKeys", "{}").error(), "UnrecognizedClientException")
        << "nobody's account has no quota";
  }
  EXPECT_EQ(errors(3, "ListKeys", "{}"), "  ThrottlingException ");
}

TEST_F(PipelineQuotasTest, CryptographicCallsShareByTheKindOfKey) {
  const std::string key = world_.create_key();
  const std::string rsa = world_.create_key(R"({"KeySpec":"RSA_2048","KeyUsage":"ENCRYPT_DECRYPT"})");
  const std::string encrypt = R"({"KeyId":")" + key + R"(","Plaintext":"eA=="})";
  const std::string rsa_encrypt =
      R"({"KeyId":")" + rsa + R"(","Plaintext":"eA==","EncryptionAlgorithm":"RSAES_OAEP_SHA_256"})";
  EXPECT_EQ(errors(1, "GenerateRandom", R"({"NumberOfBytes":1})"), " ");
  EXPECT_EQ(errors(2, "Encrypt", encrypt), " ThrottlingException ");
  EXPECT_EQ(errors(3, "Encrypt", rsa_encrypt), "  ThrottlingException ");
}

TEST_F(PipelineQuotasTest, ReEncryptCountsInTheQuotasOfBothKeys) {
  const std::string key = world_.create_key();
  const std::string rsa = world_.create_key(R"({"KeySpec":"RSA_2048","KeyUsage":"ENCRYPT_DECRYPT"})");
  const std::string body = R"({"CiphertextBlob":")" + encrypted(key) + R"(","DestinationKeyId":")" + rsa +
                           R"(","DestinationEncryptionAlgorithm":"RSAES_OAEP_SHA_256"})";
  wait();
  EXPECT_EQ(errors(1, "ReEncrypt", body), " ");
  EXPECT_EQ(errors(2, "GenerateRandom", R"({"NumberOfBytes":1})"), " ThrottlingException ");
  const std::string rsa_encrypt =
      R"({"KeyId":")" + rsa + R"(","Plaintext":"eA==","EncryptionAlgorithm":"RSAES_OAEP_SHA_256"})";
  EXPECT_EQ(errors(2, "Encrypt", rsa_encrypt), " ThrottlingException ");
}

TEST_F(PipelineQuotasTest, DataKeyPairsShareBySpec) {
  const std::string key = world_.create_key();
  const auto body = [&](const char* spec) { return R"({"KeyId":")" + key + R"(","KeyPairSpec":")" + spec + "\"}"; };
  EXPECT_EQ(errors(1, "GenerateDataKeyPair", body("ECC_NIST_P256")), " ");
  EXPECT_EQ(errors(2, "GenerateDataKeyPairWithoutPlaintext", body("ECC_NIST_P256")), " ThrottlingException ");
  EXPECT_EQ(errors(1, "GenerateDataKeyPair", body("ECC_NIST_P384")), " ");
  EXPECT_EQ(errors(2, "GenerateRandom", R"({"NumberOfBytes":1})"), "  ") << "they are not in that of symmetric keys";
}

TEST_F(PipelineQuotasTest, ActionsOnRelatedKeysCountInTheOtherRegionToo) {
  RequestQuotaOptions options = two_of_each();
  options.rates[*find_quota("CreateKey")] = 3;
  RequestQuotas quotas(std::move(options), [this] { return now_; });
  TestWorld world({}, ActionTable(), {.quotas = &quotas});
  const std::string key = world.create_key(R"({"MultiRegion":true})");
  const std::string body = R"({"KeyId":")" + key + R"(",)";
  EXPECT_EQ(world.call("ReplicateKey", body + R"("ReplicaRegion":"eu-west-1"})").error(), "");
  ASSERT_TRUE(world.replicate().has_value());
  EXPECT_EQ(world.call("CreateKey", "{}", "eu-west-1").error(), "") << "two of three are used up";
  EXPECT_EQ(world.call("CreateKey", "{}", "eu-west-1").error(), "ThrottlingException");
  EXPECT_EQ(world.call("ReplicateKey", body + R"("ReplicaRegion":"eu-west-1"})").error(), "ThrottlingException");
  EXPECT_EQ(world.call("CreateKey", "{}").error(), "") << "nothing of it counts at home";

  EXPECT_EQ(world.call("UpdatePrimaryRegion", body + R"("PrimaryRegion":"eu-west-1"})").error(), "");
  ASSERT_TRUE(world.replicate().has_value());
  const auto back = [&] {
    return world.call("UpdatePrimaryRegion", body + R"("PrimaryRegion":"us-east-1"})", "eu-west-1");
  };
  EXPECT_EQ(back().error(), "") << "one of two was used up there";
  ASSERT_TRUE(world.replicate().has_value());
  EXPECT_EQ(back().error(), "ThrottlingException");
}

TEST_F(PipelineQuotasTest, OtherServicesHaveNone) {
  for (int i = 0; i < 5; ++i) {
    iam::TestRequest request;
    request.headers = {{"Host", "127.0.0.1:4599"},
                       {"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"}};
    request.body = "Action=GetCallerIdentity&Version=2011-06-15";
    iam::TestSigner signer = iam::test_signer();
    signer.service = "sts";
    signer.sign_header(request);
    EXPECT_EQ(world_.send(request).status, 200);
  }
}

}  // namespace
}  // namespace claviger::server
