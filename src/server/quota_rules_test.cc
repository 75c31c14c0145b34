#include "server/quota_rules.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "server/action_models.h"
#include "server/token_bucket.h"

namespace claviger::server {
namespace {

using keys::KeySpec;
using std::chrono::nanoseconds;
using std::chrono::seconds;

const Region kRegion = *Region::parse("eu-central-2");

std::vector<std::string> names(const QuotaSet& set) {
  std::vector<std::string> result;
  set.all_of([&](QuotaId quota) {
    result.emplace_back(quota_name(quota));
    return true;
  });
  return result;
}

TEST(QuotaRules, EveryActionOfKmsHasOne) {
  for (const std::string_view action : model_actions(Service::kKms)) {
    EXPECT_TRUE(quota_rule(action).has_value()) << action;
  }
  for (const char* name : {"Symmetric", "RSA", "ECC", "ML-DSA", "GenerateDataKeyPair-SM2", "CreateUser", ""}) {
    EXPECT_FALSE(quota_rule(name).has_value()) << name;
  }
}

TEST(QuotaRules, EveryQuotaIsOfAnActionOfKmsOrShared) {
  const auto actions = model_actions(Service::kKms);
  for (std::size_t i = 0; i < request_quota_count(); ++i) {
    const std::string_view name = quota_name(static_cast<QuotaId>(i));
    const bool shared = i < 4 || name.starts_with("GenerateDataKeyPair-");
    EXPECT_TRUE(shared || std::ranges::find(actions, name) != actions.end()) << name;
    EXPECT_EQ(find_quota(name), static_cast<QuotaId>(i));
  }
}

TEST(QuotaRules, ReplicationAndPromotionCountInTheOtherRegionToo) {
  for (const std::string_view action : model_actions(Service::kKms)) {
    const RelatedCharge charge = related_charge(action);
    const int expected = action == "ReplicateKey" ? 2 : action == "UpdatePrimaryRegion" ? 1 : 0;
    EXPECT_EQ(charge.requests, expected) << action;
  }
  EXPECT_EQ(quota_name(related_charge("ReplicateKey").quota), "CreateKey");
  EXPECT_EQ(quota_name(related_charge("UpdatePrimaryRegion").quota), "UpdatePrimaryRegion");
}

TEST(QuotaRules, ACallCountsByItsActionAndItsKeys) {
  struct Row {
    const char* name;
    const char* action;
    std::vector<KeySpec> keys;
    const char* pair_spec;
    std::vector<std::string> expected;
  };
  using Names = std::vector<std::string>;
  const Row rows[] = {
      {"its own", "CreateKey", {}, "", Names{"CreateKey"}},
      {"its own, whatever the key", "DescribeKey", {KeySpec::kRsa2048}, "", Names{"DescribeKey"}},
      {"symmetric", "Encrypt", {KeySpec::kSymmetricDefault}, "", Names{"Symmetric"}},
      {"RSA", "Decrypt", {KeySpec::kRsa4096}, "", Names{"RSA"}},
      {"SM2 is with ECC", "Decrypt", {KeySpec::kSm2}, "", Names{"ECC"}},
      {"no key", "Encrypt", {}, "", Names{"Symmetric"}},
      {"no key to sign with", "Sign", {}, "", Names{"RSA"}},
      {"no key to agree with", "DeriveSharedSecret", {}, "", Names{"ECC"}},
      {"an elliptic curve", "Sign", {KeySpec::kEccSecgP256k1}, "", Names{"ECC"}},
      {"another", "Verify", {KeySpec::kEccNistEdwards25519}, "", Names{"ECC"}},
      {"a lattice", "Verify", {KeySpec::kMlDsa65}, "", Names{"ML-DSA"}},
      {"codes", "GenerateMac", {KeySpec::kHmac512}, "", Names{"Symmetric"}},
      {"nothing secret", "GenerateRandom", {}, "", Names{"Symmetric"}},
      {"two kinds of keys, each once",
       "ReEncrypt",
       {KeySpec::kSymmetricDefault, KeySpec::kRsa3072},
       "",
       Names{"Symmetric", "RSA"}},
      {"one kind twice is once",
       "ReEncrypt",
       {KeySpec::kSymmetricDefault, KeySpec::kSymmetricDefault},
       "",
       Names{"Symmetric"}},
      {"a pair",
       "GenerateDataKeyPair",
       {KeySpec::kSymmetricDefault},
       "RSA_4096",
       Names{"GenerateDataKeyPair-RSA_4096"}},
      {"shares with the other action",
       "GenerateDataKeyPairWithoutPlaintext",
       {KeySpec::kSymmetricDefault},
       "ECC_NIST_P521",
       Names{"GenerateDataKeyPair-ECC_NIST_P521"}},
      {"a pair that could not be read", "GenerateDataKeyPair", {}, "", Names{"Symmetric"}},
      {"a key with two parts", "GenerateDataKey", {KeySpec::kSymmetricDefault}, "", Names{"Symmetric"}},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    EXPECT_EQ(names(quotas_of_call(quota_rule(row.action).value(), row.keys, row.pair_spec)), row.expected);
  }
}

TEST(QuotaRules, EverySpecOfADataKeyPairHasAQuota) {
  for (const auto& [spec, name] : keys::Names<keys::DataKeyPairSpec>::kAll) {
    EXPECT_TRUE(find_quota("GenerateDataKeyPair-" + std::string(name)).has_value()) << name;
  }
}

TEST(QuotaRules, RatesAreAwssDefaults) {
  struct Row {
    const char* quota;
    const char* region;
    double rate;
  };
  for (const Row& row :
       {Row{"Symmetric", "us-east-1", 100'000}, Row{"Symmetric", "eu-west-2", 20'000},
        Row{"Symmetric", "eu-central-2", 10'000}, Row{"Symmetric", "cn-north-1", 10'000},
        Row{"RSA", "us-east-1", 1'000}, Row{"CreateKey", "us-east-1", 5},
        Row{"GenerateDataKeyPair-RSA_4096", "us-east-1", 1}, Row{"GenerateDataKeyPair-RSA_4096", "cn-northwest-1", 0.1},
        Row{"GenerateDataKeyPair-SM2", "cn-north-1", 25}, Row{"GetParametersForImport", "us-east-1", 0.25}}) {
    SCOPED_TRACE(std::string(row.quota) + " " + row.region);
    EXPECT_EQ(default_rate(find_quota(row.quota).value(), *Region::parse(row.region)), row.rate);
  }
}

// Not on the stack: where g++ 12 looks for uses after a return, it does not align what lies there as it should.
std::unique_ptr<TokenBucket> on_its_cache_line(double per_second) { return std::make_unique<TokenBucket>(per_second); }

TEST(TokenBucket, AllowsASecondsWorthAtOnceAndThenItsRate) {
  const auto owned_bucket = on_its_cache_line(5);
  TokenBucket& bucket = *owned_bucket;
  TokenBucket::Time now(seconds(1'000'000));
  const auto taken = [&] {
    int count = 0;
    while (bucket.take(now)) ++count;
    return count;
  };
  EXPECT_EQ(taken(), 5);
  now += nanoseconds(199'999'999);
  EXPECT_EQ(taken(), 0);
  now += nanoseconds(1);
  EXPECT_EQ(taken(), 1);
  now += seconds(60);
  EXPECT_EQ(taken(), 5) << "what was not used is not saved for longer than a second";
}

TEST(TokenBucket, AllowsOneAtATimeOfLessThanOneASecond) {
  const auto owned_bucket = on_its_cache_line(0.25);
  TokenBucket& bucket = *owned_bucket;
  TokenBucket::Time now(seconds(0));
  EXPECT_TRUE(bucket.take(now));
  EXPECT_FALSE(bucket.take(now + seconds(4) - nanoseconds(1)));
  EXPECT_TRUE(bucket.take(now + seconds(4)));
  EXPECT_FALSE(bucket.take(now + seconds(4)));
}

TEST(TokenBucket, HoldsTheExtremesOfARate) {
  const auto owned_fast = on_its_cache_line(kMaxRate);
  TokenBucket& fast = *owned_fast;
  int count = 0;
  while (fast.take(TokenBucket::Time(seconds(5)))) ++count;
  EXPECT_EQ(count, kMaxRate);
  const auto owned_slow = on_its_cache_line(kMinRate);
  TokenBucket& slow = *owned_slow;
  EXPECT_TRUE(slow.take(TokenBucket::Time(seconds(5))));
  EXPECT_FALSE(slow.take(TokenBucket::Time(seconds(1004))));
  EXPECT_TRUE(slow.take(TokenBucket::Time(seconds(1005))));
}

}  // namespace
}  // namespace claviger::server
