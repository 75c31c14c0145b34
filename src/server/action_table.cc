#include "server/action_table.h"

#include <algorithm>

#include "api/kms/actions.h"

namespace claviger::server {

ActionTable::ActionTable() {
  using namespace api::kms;  // NOLINT(google-build-using-namespace): the table names nothing else
  constexpr auto kMakers = std::to_array<std::unique_ptr<const api::Action> (*)()>({
      cancel_key_deletion_action,
      create_alias_action,
      create_key_action,
      decrypt_action,
      delete_alias_action,
      describe_key_action,
      disable_key_action,
      enable_key_action,
      encrypt_action,
      generate_data_key_action,
      generate_data_key_without_plaintext_action,
      generate_random_action,
      get_key_policy_action,
      list_aliases_action,
      list_key_policies_action,
      list_keys_action,
      list_resource_tags_action,
      put_key_policy_action,
      re_encrypt_action,
      schedule_key_deletion_action,
      tag_resource_action,
      untag_resource_action,
      update_alias_action,
      update_key_description_action,
  });
  for (const auto& make : kMakers) actions_.push_back(make());
  std::sort(actions_.begin(), actions_.end(), [](const auto& a, const auto& b) { return a->name() < b->name(); });
}

ActionTable::Found ActionTable::find(std::string_view name) const {
  const auto at = std::lower_bound(actions_.begin(), actions_.end(), name,
                                   [](const auto& action, std::string_view wanted) { return action->name() < wanted; });
  if (at == actions_.end() || (*at)->name() != name) return {};
  return {at->get(), static_cast<std::size_t>(at - actions_.begin())};
}

const std::vector<std::string_view>& missing_actions() {
  static const std::vector<std::string_view> kMissing = {
      "ConnectCustomKeyStore",
      "CreateCustomKeyStore",
      "CreateGrant",
      "DeleteCustomKeyStore",
      "DeleteImportedKeyMaterial",
      "DeriveSharedSecret",
      "DescribeCustomKeyStores",
      "DisableKeyRotation",
      "DisconnectCustomKeyStore",
      "EnableKeyRotation",
      "GenerateDataKeyPair",
      "GenerateDataKeyPairWithoutPlaintext",
      "GenerateMac",
      "GetKeyLastUsage",
      "GetKeyRotationStatus",
      "GetParametersForImport",
      "GetPublicKey",
      "ImportKeyMaterial",
      "ListGrants",
      "ListKeyRotations",
      "ListRetirableGrants",
      "ReplicateKey",
      "RetireGrant",
      "RevokeGrant",
      "RotateKeyOnDemand",
      "Sign",
      "UpdateCustomKeyStore",
      "UpdatePrimaryRegion",
      "Verify",
      "VerifyMac",
  };
  return kMissing;
}

}  // namespace claviger::server
