// KeyMetadata (API page "KeyMetadata"): what CreateKey and DescribeKey tell about a key.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "api/kms/common.h"
#include "keys/usage_rules.h"

namespace claviger::api::kms {

struct MultiRegionKey {
  std::string arn;
  std::string region;
};

enum class MultiRegionKeyType : std::uint8_t { kPrimary = 1, kReplica = 2 };

struct MultiRegionConfiguration {
  MultiRegionKeyType type{};
  MultiRegionKey primary;
  std::vector<MultiRegionKey> replicas;  // the key itself too, where it is one
};

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
  std::optional<WallTime> valid_to;
  keys::KeyOrigin origin{};
  std::optional<keys::ExpirationModel> expiration_model;  // of imported material, while all of it is there
  keys::KeyManager manager{};
  std::optional<CustomerMasterKeySpec> customer_master_key_spec;  // absent where it has no name for `spec`
  keys::KeySpec spec{};
  // Of the four, the one of the key's usage is there.
  std::vector<keys::EncryptionAlgorithm> encryption_algorithms;
  std::vector<keys::SigningAlgorithm> signing_algorithms;
  std::vector<keys::KeyAgreementAlgorithm> key_agreement_algorithms;
  std::vector<keys::MacAlgorithm> mac_algorithms;
  bool multi_region = false;
  std::optional<MultiRegionConfiguration> multi_region_configuration;  // of multi-Region keys
  std::optional<std::int32_t> pending_deletion_window_in_days;         // in state PendingReplicaDeletion
  std::string current_key_material_id;                                 // of symmetric encryption keys
};

// What keys of the spec offer when their usage is A's, in the order in which AWS KMS tells it, else nothing: that of
// its service model, but PKCS #1 before PSS.
template <class A>
std::vector<A> offered_algorithms(const keys::KeyRecord& record) {
  std::vector<A> algorithms;
  for (const auto& [algorithm, name] : keys::Names<A>::kAll) {
    if (keys::check_usage(record, algorithm, {})) algorithms.push_back(algorithm);
  }
  std::ranges::stable_partition(algorithms,
                                [](A algorithm) { return keys::name_of(algorithm).starts_with("RSASSA_PKCS1"); });
  return algorithms;
}
// The legacy name of the spec, where it has one.
std::optional<CustomerMasterKeySpec> legacy_spec(keys::KeySpec spec);

// The key as it is at `now`.
KeyMetadata describe(const keys::KeyRecord& record, WallTime now);

}  // namespace claviger::api::kms

namespace claviger::wire {

template <>
struct EnumNames<api::kms::MultiRegionKeyType> {
  static constexpr auto kNames = std::to_array<EnumName<api::kms::MultiRegionKeyType>>({
      {"PRIMARY", api::kms::MultiRegionKeyType::kPrimary},
      {"REPLICA", api::kms::MultiRegionKeyType::kReplica},
  });
};

template <>
struct Structure<api::kms::MultiRegionKey> {
  using M = api::kms::MultiRegionKey;
  static constexpr auto kMembers = members<M>(required<&M::arn>("Arn"), required<&M::region>("Region"));
};

template <>
struct Structure<api::kms::MultiRegionConfiguration> {
  using M = api::kms::MultiRegionConfiguration;
  static constexpr auto kMembers =
      members<M>(required<&M::type>("MultiRegionKeyType"), required<&M::primary>("PrimaryKey"),
                 required<&M::replicas>("ReplicaKeys"));
};

template <>
struct Structure<api::kms::KeyMetadata> {
  using M = api::kms::KeyMetadata;
  static constexpr auto kMembers = members<M>(
      required<&M::account_id>("AWSAccountId"), required<&M::key_id>("KeyId"), required<&M::arn>("Arn"),
      required<&M::creation_date>("CreationDate"), required<&M::enabled>("Enabled"),
      required<&M::description>("Description"), required<&M::usage>("KeyUsage"), required<&M::state>("KeyState"),
      optional<&M::deletion_date>("DeletionDate"), optional<&M::valid_to>("ValidTo"), required<&M::origin>("Origin"),
      unsupported("CustomKeyStoreId", "custom key stores are not supported yet"),
      unsupported("CloudHsmClusterId", "custom key stores are not supported yet"),
      optional<&M::expiration_model>("ExpirationModel"), required<&M::manager>("KeyManager"),
      optional<&M::customer_master_key_spec>("CustomerMasterKeySpec"), required<&M::spec>("KeySpec"),
      optional<&M::encryption_algorithms>("EncryptionAlgorithms"),
      optional<&M::signing_algorithms>("SigningAlgorithms"),
      optional<&M::key_agreement_algorithms>("KeyAgreementAlgorithms"), required<&M::multi_region>("MultiRegion"),
      optional<&M::multi_region_configuration>("MultiRegionConfiguration"),
      optional<&M::pending_deletion_window_in_days>("PendingDeletionWindowInDays"),
      optional<&M::mac_algorithms>("MacAlgorithms"),
      unsupported("XksKeyConfiguration", "custom key stores are not supported yet"),
      optional<&M::current_key_material_id>("CurrentKeyMaterialId"));
};

}  // namespace claviger::wire
