#include "api/kms/key_metadata.h"

#include "base/encoding.h"
#include "keys/import_rules.h"
#include "keys/state_rules.h"

namespace claviger::api::kms {

std::optional<CustomerMasterKeySpec> legacy_spec(keys::KeySpec spec) {
  return wire::parse_enum<CustomerMasterKeySpec>(keys::name_of(spec));
}

namespace {

std::optional<MultiRegionConfiguration> regions_of(const keys::KeyRecord& record) {
  if (!record.multi_region) return std::nullopt;
  const auto related = [&record](const Region& region) {
    return MultiRegionKey{key_arn({record.scope.account, region}, record.id), std::string(region.view())};
  };
  MultiRegionConfiguration regions;
  regions.type = record.is_primary() ? MultiRegionKeyType::kPrimary : MultiRegionKeyType::kReplica;
  regions.primary = related(record.multi_region->primary);
  for (const keys::Replica& replica : record.multi_region->replicas) {
    regions.replicas.push_back(related(replica.region));
  }
  return regions;
}

}  // namespace

KeyMetadata describe(const keys::KeyRecord& record, WallTime now) {
  KeyMetadata metadata;
  metadata.account_id = record.scope.account.view();
  metadata.key_id = record.id.view();
  metadata.arn = record.arn();
  metadata.creation_date = record.created;
  metadata.state = keys::state_at(record, now);
  metadata.enabled = metadata.state == keys::KeyState::kEnabled;
  metadata.description = record.description;
  metadata.usage = record.usage;
  metadata.deletion_date = record.deletion_date;
  if (const auto expiration = keys::expiration_of(record, now)) {
    metadata.expiration_model = expiration->model;
    metadata.valid_to = expiration->valid_to;
  }
  metadata.origin = record.origin;
  metadata.manager = record.manager;
  metadata.customer_master_key_spec = legacy_spec(record.spec);
  metadata.spec = record.spec;
  metadata.encryption_algorithms = offered_algorithms<keys::EncryptionAlgorithm>(record);
  metadata.signing_algorithms = offered_algorithms<keys::SigningAlgorithm>(record);
  metadata.key_agreement_algorithms = offered_algorithms<keys::KeyAgreementAlgorithm>(record);
  metadata.mac_algorithms = offered_algorithms<keys::MacAlgorithm>(record);
  metadata.multi_region = record.multi_region.has_value();
  metadata.multi_region_configuration = regions_of(record);
  metadata.pending_deletion_window_in_days = record.pending_window_days;
  if (record.spec == keys::KeySpec::kSymmetricDefault && !record.materials.empty()) {
    metadata.current_key_material_id = hex_encode(record.current_material().id);
  }
  return metadata;
}

}  // namespace claviger::api::kms
