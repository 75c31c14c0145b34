// KeyMetadata (API page "KeyMetadata"): what CreateKey and DescribeKey tell about a key.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "api/kms/common.h"

namespace claviger::api::kms {

enum class KeyManager : std::uint8_t { kAws = 1, kCustomer = 2 };

struct KeyMetadata {
  std::string account_id;
  std::string key_id;
  std::string arn;
  WallTime creation_date{};
  bool enabled = false;
  std::string description;
  keys::KeyUsage usage{};
  keys::KeyState state{};
  std::optional<WallTime> deletion_date;
  keys::KeyOrigin origin{};
  KeyManager manager = KeyManager::kCustomer;
  std::optional<CustomerMasterKeySpec> customer_master_key_spec;  // absent where it has no name for `spec`
  keys::KeySpec spec{};
  std::vector<keys::EncryptionAlgorithm> encryption_algorithms;
  bool multi_region = false;
  std::string current_key_material_id;
};

KeyMetadata describe(const keys::KeyRecord& record);

}  // namespace claviger::api::kms

namespace claviger::wire {

template <>
struct EnumNames<api::kms::KeyManager> {
  static constexpr auto kNames = std::to_array<EnumName<api::kms::KeyManager>>(
      {{"AWS", api::kms::KeyManager::kAws}, {"CUSTOMER", api::kms::KeyManager::kCustomer}});
};

template <>
struct Structure<api::kms::KeyMetadata> {
  using M = api::kms::KeyMetadata;
  static constexpr auto kMembers = members<M>(
      required<&M::account_id>("AWSAccountId"), required<&M::key_id>("KeyId"), required<&M::arn>("Arn"),
      required<&M::creation_date>("CreationDate"), required<&M::enabled>("Enabled"),
      required<&M::description>("Description"), required<&M::usage>("KeyUsage"), required<&M::state>("KeyState"),
      optional<&M::deletion_date>("DeletionDate"), unsupported("ValidTo", "imported key material is not supported yet"),
      required<&M::origin>("Origin"), unsupported("CustomKeyStoreId", "custom key stores are not supported yet"),
      unsupported("CloudHsmClusterId", "custom key stores are not supported yet"),
      unsupported("ExpirationModel", "imported key material is not supported yet"), required<&M::manager>("KeyManager"),
      optional<&M::customer_master_key_spec>("CustomerMasterKeySpec"), required<&M::spec>("KeySpec"),
      required<&M::encryption_algorithms>("EncryptionAlgorithms"),
      unsupported("SigningAlgorithms", "asymmetric keys are not supported yet"),
      unsupported("KeyAgreementAlgorithms", "asymmetric keys are not supported yet"),
      required<&M::multi_region>("MultiRegion"),
      unsupported("MultiRegionConfiguration", "multi-Region keys are not supported yet"),
      unsupported("PendingDeletionWindowInDays", "multi-Region keys are not supported yet"),
      unsupported("MacAlgorithms", "HMAC keys are not supported yet"),
      unsupported("XksKeyConfiguration", "custom key stores are not supported yet"),
      required<&M::current_key_material_id>("CurrentKeyMaterialId"));
};

}  // namespace claviger::wire
