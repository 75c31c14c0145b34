#include "server/action_table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <tuple>

#include "server/action_models.h"

namespace claviger::server {
namespace {

// AWS has it not: see docs/api-coverage.md.
constexpr std::string_view kOwn = "PutOpenIDConnectProviderKeySet";

TEST(ActionTable, IsSortedAndFindsEachActionAtItsPlace) {
  const ActionTable table;
  for (std::size_t i = 0; i < table.all().size(); ++i) {
    const api::Action& action = *table.all()[i];
    const ActionTable::Found found = table.find(action.service(), action.name());
    EXPECT_EQ(found.action, &action) << action.name();
    EXPECT_EQ(found.index, i);
    if (i > 0) {
      const api::Action& before = *table.all()[i - 1];
      EXPECT_LT(std::tuple(before.service(), before.name()), std::tuple(action.service(), action.name()));
    }
  }
}

TEST(ActionTable, ModelsAreThoseOfTheApiVersions) {
  for (const auto& [service, size] : {std::pair(Service::kKms, 54u), {Service::kIam, 176u}, {Service::kSts, 11u}}) {
    const auto model = model_actions(service);
    EXPECT_EQ(model.size(), size);
    EXPECT_TRUE(std::ranges::is_sorted(model));
    EXPECT_EQ(std::ranges::adjacent_find(model), model.end());
  }
}

TEST(ActionTable, EveryActionIsOfItsServicesModelAndBuiltOrMissing) {
  const ActionTable table;
  for (const auto& action : table.all()) {
    EXPECT_EQ(std::ranges::binary_search(model_actions(action->service()), action->name()), action->name() != kOwn)
        << action->name();
  }
  for (const Service service : kServices) {
    const auto built = std::ranges::count_if(
        table.all(), [&](const auto& action) { return action->service() == service && action->name() != kOwn; });
    EXPECT_EQ(static_cast<std::size_t>(built) + table.missing(service).size(), model_actions(service).size());
    for (const std::string_view name : table.missing(service)) {
      EXPECT_EQ(table.find(service, name).action, nullptr) << name;
    }
  }
  EXPECT_EQ(table.all().size() - table.find(Service::kSts, "AssumeRole").index, 5u) << "STS comes last";
}

TEST(ActionTable, UnknownNamesAreNotFound) {
  const ActionTable table;
  for (const std::string_view name : {"", "encrypt", "Encrypt ", "EncryptX", "Encryp", "Zzz", "CreateCustomKeyStore"}) {
    EXPECT_EQ(table.find(Service::kKms, name).action, nullptr) << name;
  }
}

TEST(ActionTable, ActionsAreNotFoundInAnotherService) {
  const ActionTable table;
  for (const auto& action : table.all()) {
    for (const Service service : kServices) {
      const bool own = service == action->service();
      EXPECT_EQ(table.find(service, action->name()).action == nullptr, !own) << action->name();
    }
  }
}

TEST(ActionTable, PermissionOfAnActionIsItsServiceAndName) {
  const ActionTable table;
  for (const auto& action : table.all()) {
    if (action->name() == "ReEncrypt") {
      EXPECT_EQ(action->permission(), "kms:ReEncryptFrom");
    } else {
      EXPECT_EQ(action->permission(),
                std::string(service_info(action->service()).name) + ":" + std::string(action->name()));
    }
  }
}

// Service Authorization Reference, "Actions, resources, and condition keys for AWS Key Management Service", and the KMS
// Developer Guide, "Condition keys for AWS KMS"; without those of every operation on a key. Names that end in `:` or
// `/` stand for all that begin so.
TEST(ActionTable, ConditionKeysOfEachActionAreThoseThatAwsLists) {
  const std::set<std::string_view> encryption = {
      "kms:EncryptionAlgorithm", "kms:EncryptionContext:", "kms:EncryptionContextKeys", "kms:RequestAlias"};
  std::set<std::string_view> re_encryption = encryption;
  re_encryption.insert("kms:ReEncryptOnSameKey");
  std::set<std::string_view> key_pair = encryption;
  key_pair.insert("kms:DataKeyPairSpec");
  const auto attested = [](std::set<std::string_view> names) {
    names.insert("kms:RecipientAttestation:");
    return names;
  };
  const std::map<std::string_view, std::set<std::string_view>> listed = {
      {"CreateKey",
       {"kms:BypassPolicyLockoutSafetyCheck", "kms:CallerAccount", "kms:KeySpec", "kms:CustomerMasterKeySpec",
        "kms:KeyUsage", "kms:CustomerMasterKeyUsage", "kms:KeyOrigin", "kms:MultiRegion", "kms:MultiRegionKeyType",
        "aws:RequestTag/", "aws:ResourceTag/", "aws:TagKeys"}},
      {"CreateGrant",
       {"kms:EncryptionContext:", "kms:EncryptionContextKeys", "kms:GrantConstraintType", "kms:GrantIsForAWSResource",
        "kms:GrantOperations", "kms:GranteePrincipal", "kms:RetiringPrincipal"}},
      {"EnableKeyRotation", {"kms:RotationPeriodInDays"}},
      {"ListGrants", {"kms:GrantIsForAWSResource"}},
      // Those of the new key are asked where kms:CreateKey is decided, aws:RequestedRegion for its Region.
      {"ReplicateKey",
       {"kms:ReplicaRegion", "kms:BypassPolicyLockoutSafetyCheck", "kms:CallerAccount", "kms:KeySpec",
        "kms:CustomerMasterKeySpec", "kms:KeyUsage", "kms:CustomerMasterKeyUsage", "kms:KeyOrigin", "kms:MultiRegion",
        "kms:MultiRegionKeyType", "aws:RequestTag/", "aws:RequestedRegion", "aws:ResourceTag/", "aws:TagKeys"}},
      {"UpdatePrimaryRegion", {"kms:PrimaryRegion"}},
      {"RevokeGrant", {"kms:GrantIsForAWSResource"}},
      {"Decrypt", attested(encryption)},
      {"DeriveSharedSecret", attested({"kms:KeyAgreementAlgorithm", "kms:RequestAlias"})},
      {"DescribeKey", {"kms:RequestAlias"}},
      {"Encrypt", encryption},
      {"GenerateDataKey", attested(encryption)},
      {"GenerateDataKeyPair", attested(key_pair)},
      {"GenerateDataKeyPairWithoutPlaintext", key_pair},
      {"GenerateDataKeyWithoutPlaintext", encryption},
      {"GenerateRandom", attested({})},
      {"GenerateMac", {"kms:MacAlgorithm", "kms:RequestAlias"}},
      {"GetParametersForImport", {"kms:WrappingAlgorithm", "kms:WrappingKeySpec"}},
      {"GetPublicKey", {"kms:RequestAlias"}},
      {"ImportKeyMaterial", {"kms:ExpirationModel", "kms:ValidTo"}},
      {"PutKeyPolicy", {"kms:BypassPolicyLockoutSafetyCheck"}},
      {"ReEncrypt", re_encryption},
      {"DisableKey", {"kms:TrailingDaysWithoutKeyUsage"}},
      {"ScheduleKeyDeletion", {"kms:ScheduleKeyDeletionPendingWindowInDays", "kms:TrailingDaysWithoutKeyUsage"}},
      {"Sign", {"kms:MessageType", "kms:RequestAlias", "kms:SigningAlgorithm"}},
      {"Verify", {"kms:MessageType", "kms:RequestAlias", "kms:SigningAlgorithm"}},
      {"VerifyMac", {"kms:MacAlgorithm", "kms:RequestAlias"}},
      {"TagResource", {"aws:RequestTag/", "aws:TagKeys"}},
      {"UntagResource", {"aws:RequestTag/", "aws:TagKeys"}},
  };
  const ActionTable table;
  for (const auto& action : table.all()) {
    if (action->service() != Service::kKms) continue;
    const std::vector<std::string_view> names = action->condition_keys();
    const std::set<std::string_view> own(names.begin(), names.end());
    EXPECT_EQ(own.size(), names.size()) << action->name() << " has a key twice";
    const auto expected = listed.find(action->name());
    EXPECT_EQ(own, expected == listed.end() ? std::set<std::string_view>() : expected->second) << action->name();
  }
  for (const auto& [name, keys] : listed) EXPECT_NE(table.find(Service::kKms, name).action, nullptr) << name;
}

TEST(ActionTable, WhatPoliciesOfTheCallerDoNotDecide) {
  const std::map<std::string_view, api::Access> others = {
      {"GetCallerIdentity", api::Access::kEveryone},
      {"GetSessionToken", api::Access::kEveryone},
      {"AssumeRole", api::Access::kTrustPolicy},
      {"AssumeRoleWithWebIdentity", api::Access::kTrustPolicy},
  };
  const ActionTable table;
  for (const auto& action : table.all()) {
    const auto other = others.find(action->name());
    EXPECT_EQ(action->access(), other == others.end() ? api::Access::kPermission : other->second) << action->name();
  }
}

TEST(ActionTable, OnlyActionsWhoseConditionsAskForItReadTheLastUse) {
  const ActionTable table;
  for (const auto& action : table.all()) {
    const auto names = action->condition_keys();
    EXPECT_EQ(action->asks_last_use(), std::ranges::find(names, "kms:TrailingDaysWithoutKeyUsage") != names.end())
        << action->name();
  }
}

TEST(ActionTable, OnlyAssumeRoleWithWebIdentityNeedsNoSignature) {
  const ActionTable table;
  for (const auto& action : table.all()) {
    const bool is_it = action->service() == Service::kSts && action->name() == "AssumeRoleWithWebIdentity";
    EXPECT_EQ(action->authenticates_itself(), is_it) << action->name();
  }
}

}  // namespace
}  // namespace claviger::server
