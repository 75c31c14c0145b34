#include "api/kms/key_metadata.h"

#include "base/encoding.h"
#include "keys/usage_rules.h"

namespace claviger::api::kms {

KeyMetadata describe(const keys::KeyRecord& record) {
  KeyMetadata metadata;
  metadata.account_id = record.scope.account.view();
  metadata.key_id = record.id.view();
  metadata.arn = record.arn();
  metadata.creation_date = record.created;
  metadata.enabled = record.state == keys::KeyState::kEnabled;
  metadata.description = record.description;
  metadata.usage = record.usage;
  metadata.state = record.state;
  metadata.deletion_date = record.deletion_date;
  metadata.origin = record.origin;
  metadata.customer_master_key_spec = wire::parse_enum<CustomerMasterKeySpec>(keys::name_of(record.spec));
  metadata.spec = record.spec;
  for (const auto& [algorithm, name] : keys::Names<keys::EncryptionAlgorithm>::kAll) {
    if (keys::offers(record.spec, algorithm)) metadata.encryption_algorithms.push_back(algorithm);
  }
  metadata.current_key_material_id = hex_encode(record.current_material().id);
  return metadata;
}

}  // namespace claviger::api::kms
