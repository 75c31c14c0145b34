#include "server/quota_rules.h"

#include <algorithm>
#include <array>
#include <string>

#include "base/check.h"

namespace claviger::server {
namespace {

struct Quota {
  std::string_view name;
  double per_second;
};

constexpr std::string_view kPairPrefix = "GenerateDataKeyPair-";

// Quotas of one rate; a space parts their names.
struct RatedQuotas {
  double per_second;
  std::string_view names;
};
constexpr auto kRatedQuotas = std::to_array<RatedQuotas>({
    {10'000, "Symmetric"},
    {1'000, "RSA ECC ML-DSA"},
    {20, "GenerateDataKeyPair-RSA_2048"},
    {4, "GenerateDataKeyPair-RSA_3072"},
    {1, "GenerateDataKeyPair-RSA_4096"},
    {100,
     "GenerateDataKeyPair-ECC_NIST_P256 GenerateDataKeyPair-ECC_NIST_P384 GenerateDataKeyPair-ECC_NIST_P521 "
     "GenerateDataKeyPair-ECC_SECG_P256K1 GenerateDataKeyPair-ECC_NIST_EDWARDS25519"},
    {25, "GenerateDataKeyPair-SM2"},
    {2'000, "DescribeKey GetPublicKey ListResourceTags"},
    {1'000, "GetKeyPolicy GetKeyRotationStatus"},
    {500, "ListAliases ListKeys"},
    {100, "ListGrants ListKeyPolicies ListKeyRotations ListRetirableGrants"},
    {50, "CreateGrant RetireGrant RevokeGrant"},
    {15, "DeleteAlias DeleteImportedKeyMaterial EnableKeyRotation ImportKeyMaterial PutKeyPolicy ScheduleKeyDeletion"},
    {10, "TagResource"},
    {5,
     "CancelKeyDeletion CreateAlias CreateKey DisableKey DisableKeyRotation EnableKey GetKeyLastUsage ReplicateKey "
     "RotateKeyOnDemand UntagResource UpdateAlias UpdateKeyDescription UpdatePrimaryRegion ConnectCustomKeyStore "
     "CreateCustomKeyStore DeleteCustomKeyStore DescribeCustomKeyStores DisconnectCustomKeyStore "
     "UpdateCustomKeyStore"},
    {0.25, "GetParametersForImport"},
});

constexpr std::size_t kQuotaCount = [] {
  std::ptrdiff_t count = 0;
  for (const RatedQuotas& rated : kRatedQuotas) count += 1 + std::ranges::count(rated.names, ' ');
  return static_cast<std::size_t>(count);
}();
// A QuotaId is a place in it.
constexpr std::array<Quota, kQuotaCount> kQuotas = [] {
  std::array<Quota, kQuotaCount> quotas{};
  auto next = quotas.begin();
  for (const RatedQuotas& rated : kRatedQuotas) {
    for (std::string_view rest = rated.names; !rest.empty(); ++next) {
      const std::string_view name = rest.substr(0, rest.find(' '));
      *next = {name, rated.per_second};
      rest.remove_prefix(std::min(name.size() + 1, rest.size()));
    }
  }
  return quotas;
}();
static_assert(kQuotas.size() <= 64, "a QuotaSet has 64 bits");

constexpr QuotaId index_of(std::string_view name) {
  for (std::size_t i = 0; i < kQuotas.size(); ++i) {
    if (kQuotas[i].name == name) return static_cast<QuotaId>(i);
  }
  CLAVIGER_CHECK(false);
}
constexpr QuotaId kSymmetric = index_of("Symmetric");
constexpr QuotaId kRsa = index_of("RSA");
constexpr QuotaId kEcc = index_of("ECC");
constexpr QuotaId kMlDsa = index_of("ML-DSA");

struct RegionRate {
  std::string_view quota;
  std::string_view region;  // or `partition:`
  double per_second;
};
constexpr auto kRegionRates = std::to_array<RegionRate>({
    {"Symmetric", "us-east-1", 100'000},
    {"Symmetric", "us-west-2", 100'000},
    {"Symmetric", "eu-west-1", 100'000},
    {"Symmetric", "us-east-2", 20'000},
    {"Symmetric", "ap-southeast-1", 20'000},
    {"Symmetric", "ap-southeast-2", 20'000},
    {"Symmetric", "ap-northeast-1", 20'000},
    {"Symmetric", "eu-central-1", 20'000},
    {"Symmetric", "eu-west-2", 20'000},
    {"GenerateDataKeyPair-RSA_2048", "aws-cn", 1},
    {"GenerateDataKeyPair-RSA_3072", "aws-cn", 0.5},
    {"GenerateDataKeyPair-RSA_4096", "aws-cn", 0.1},
});

// The actions whose quota is not one of their own.
struct SharedRule {
  std::string_view action;
  QuotaRule rule;
};
constexpr auto kSharedRules = std::to_array<SharedRule>({
    {"Decrypt", {QuotaRule::Basis::kKeys, kSymmetric}},
    {"DeriveSharedSecret", {QuotaRule::Basis::kKeys, kEcc}},
    {"Encrypt", {QuotaRule::Basis::kKeys, kSymmetric}},
    {"GenerateDataKey", {QuotaRule::Basis::kOne, kSymmetric}},
    {"GenerateDataKeyPair", {QuotaRule::Basis::kPairSpec, kSymmetric}},
    {"GenerateDataKeyPairWithoutPlaintext", {QuotaRule::Basis::kPairSpec, kSymmetric}},
    {"GenerateDataKeyWithoutPlaintext", {QuotaRule::Basis::kOne, kSymmetric}},
    {"GenerateMac", {QuotaRule::Basis::kOne, kSymmetric}},
    {"GenerateRandom", {QuotaRule::Basis::kOne, kSymmetric}},
    {"ReEncrypt", {QuotaRule::Basis::kKeys, kSymmetric}},
    {"Sign", {QuotaRule::Basis::kKeys, kRsa}},
    {"Verify", {QuotaRule::Basis::kKeys, kRsa}},
    {"VerifyMac", {QuotaRule::Basis::kOne, kSymmetric}},
});

}  // namespace

std::size_t request_quota_count() { return kQuotas.size(); }

std::string_view quota_name(QuotaId quota) { return kQuotas.at(quota).name; }

std::optional<QuotaId> find_quota(std::string_view name) {
  const auto found = std::ranges::find(kQuotas, name, &Quota::name);
  if (found == kQuotas.end()) return std::nullopt;
  return static_cast<QuotaId>(found - kQuotas.begin());
}

double default_rate(QuotaId quota, const Region& region) {
  for (const RegionRate& rate : kRegionRates) {
    const bool here = rate.region == region.view() || rate.region == region.partition();
    if (here && rate.quota == quota_name(quota)) return rate.per_second;
  }
  return kQuotas.at(quota).per_second;
}

std::optional<QuotaRule> quota_rule(std::string_view action) {
  const auto shared = std::ranges::find(kSharedRules, action, &SharedRule::action);
  if (shared != kSharedRules.end()) return shared->rule;
  const auto own = find_quota(action);
  const bool is_shared = own && (*own <= kMlDsa || action.starts_with(kPairPrefix));
  if (!own || is_shared) return std::nullopt;
  return QuotaRule{QuotaRule::Basis::kOne, *own};
}

RelatedCharge related_charge(std::string_view action) {
  if (action == "ReplicateKey") return {index_of("CreateKey"), 2};
  if (action == "UpdatePrimaryRegion") return {index_of("UpdatePrimaryRegion"), 1};
  return {};
}

QuotaId quota_of(keys::KeySpec spec) {
  using enum keys::KeySpec;
  switch (spec) {
    case kSymmetricDefault:
    case kHmac224:
    case kHmac256:
    case kHmac384:
    case kHmac512:
      return kSymmetric;
    case kRsa2048:
    case kRsa3072:
    case kRsa4096:
      return kRsa;
    case kEccNistP256:
    case kEccNistP384:
    case kEccNistP521:
    case kEccSecgP256k1:
    case kEccNistEdwards25519:
    case kSm2:
      return kEcc;
    case kMlDsa44:
    case kMlDsa65:
    case kMlDsa87:
      return kMlDsa;
  }
  CLAVIGER_CHECK(false);
}

QuotaSet quotas_of_call(const QuotaRule& rule, std::span<const keys::KeySpec> keys, std::string_view pair_spec) {
  QuotaSet set;
  switch (rule.basis) {
    case QuotaRule::Basis::kKeys:
      for (const keys::KeySpec spec : keys) set.add(quota_of(spec));
      if (keys.empty()) set.add(rule.quota);
      return set;
    case QuotaRule::Basis::kPairSpec:
      set.add(find_quota(std::string(kPairPrefix).append(pair_spec)).value_or(rule.quota));
      return set;
    case QuotaRule::Basis::kOne:
      break;
  }
  set.add(rule.quota);
  return set;
}

}  // namespace claviger::server
