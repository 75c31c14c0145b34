#include "cli/seed_local_kms.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/seed_fields.h"

namespace claviger::cli {
namespace {

// A text field that may only say what a key is here anyway.
Status check_only(const std::string_view file, const SeedFields& fields, std::string_view name, std::string_view only) {
  CLAVIGER_ASSIGN(const std::string value, fields.text(name, only));
  if (value == only) return {};
  return yaml::fail_at(file, fields.find(name)->place,
                       fmt::format("{} {} is not supported yet, only {}; remove the key", name, value, only));
}

Result<SeedKey> read_local_kms_key(std::string_view file, const yaml::Node& node, const SeedOptions& options) {
  CLAVIGER_ASSIGN(const SeedFields fields,
                  SeedFields::of(file, node, "an Aes key", {"Metadata", "BackingKeys", "NextKeyRotation"}));
  if (const yaml::Node* rotation = fields.find("NextKeyRotation")) {
    return yaml::fail_at(file, rotation->name_place,
                         "a seed has no schedule of rotation; remove NextKeyRotation and call EnableKeyRotation");
  }
  CLAVIGER_ASSIGN(const yaml::Node* const metadata, fields.require("Metadata"));
  CLAVIGER_ASSIGN(const SeedFields named,
                  SeedFields::of(file, *metadata, "Metadata",
                                 {"KeyId", "Description", "Enabled", "KeySpec", "KeyUsage", "Origin"}));
  CLAVIGER_ASSIGN(const std::string id, named.required_text("KeyId"));
  const auto key_id = KeyId::parse(id);
  if (!key_id) return yaml::fail_at(file, named.find("KeyId")->place, "KeyId must be a UUID in lower case");
  CLAVIGER_TRY(check_only(file, named, "KeySpec", "SYMMETRIC_DEFAULT"));
  CLAVIGER_TRY(check_only(file, named, "KeyUsage", "ENCRYPT_DECRYPT"));
  CLAVIGER_TRY(check_only(file, named, "Origin", "AWS_KMS"));
  SeedKey key{.place = metadata->place, .scope = options.local_kms, .id = *key_id};
  CLAVIGER_ASSIGN(key.description, named.text("Description", ""));
  CLAVIGER_ASSIGN(key.enabled, named.truth("Enabled", true));
  CLAVIGER_ASSIGN(const yaml::Node* const backing_keys, fields.require("BackingKeys"));
  CLAVIGER_ASSIGN(key.material, read_seed_materials(file, *backing_keys, options));
  return key;
}

// What local-kms has and we do not.
Status refuse_kinds(std::string_view file, const SeedFields& fields, std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    if (const yaml::Node* node = fields.find(name)) {
      return yaml::fail_at(file, node->name_place,
                           fmt::format("{} keys are not supported yet, only Symmetric Aes; remove them", name));
    }
  }
  return {};
}

Result<std::vector<SeedKey>> read_keys(std::string_view file, const yaml::Node& node, const SeedOptions& options) {
  CLAVIGER_ASSIGN(const SeedFields fields, SeedFields::of(file, node, "Keys", {"Symmetric", "Asymmetric"}));
  CLAVIGER_TRY(refuse_kinds(file, fields, {"Asymmetric"}));
  std::vector<SeedKey> keys;
  const yaml::Node* symmetric = fields.find("Symmetric");
  if (symmetric == nullptr) return keys;
  CLAVIGER_ASSIGN(const SeedFields kinds, SeedFields::of(file, *symmetric, "Symmetric", {"Aes", "Hmac"}));
  CLAVIGER_TRY(refuse_kinds(file, kinds, {"Hmac"}));
  CLAVIGER_ASSIGN(const auto entries, kinds.list("Aes"));
  for (const yaml::Node& entry : entries) {
    CLAVIGER_ASSIGN(keys.emplace_back(), read_local_kms_key(file, entry, options));
  }
  return keys;
}

Status read_local_kms_alias(std::string_view file, const yaml::Node& node, std::vector<SeedKey>& keys) {
  CLAVIGER_ASSIGN(const SeedFields fields, SeedFields::of(file, node, "an alias", {"AliasName", "TargetKeyId"}));
  CLAVIGER_ASSIGN(std::string name, fields.required_text("AliasName"));
  CLAVIGER_ASSIGN(const std::string target, fields.required_text("TargetKeyId"));
  const auto key = std::find_if(keys.begin(), keys.end(), [&](const SeedKey& one) { return one.id.view() == target; });
  if (key == keys.end()) {
    return yaml::fail_at(file, fields.find("TargetKeyId")->place, "TargetKeyId is not the KeyId of a key of this file");
  }
  key->aliases.push_back({fields.find("AliasName")->place, std::move(name)});
  return {};
}

}  // namespace

Result<std::vector<SeedKey>> read_local_kms(std::string_view file, const yaml::Node& root, const SeedOptions& options) {
  CLAVIGER_ASSIGN(const SeedFields fields, SeedFields::of(file, root, "a seed of local-kms", {"Keys", "Aliases"}));
  std::vector<SeedKey> keys;
  if (const yaml::Node* node = fields.find("Keys")) {
    CLAVIGER_ASSIGN(keys, read_keys(file, *node, options));
  }
  CLAVIGER_ASSIGN(const auto aliases, fields.list("Aliases"));
  for (const yaml::Node& alias : aliases) CLAVIGER_TRY(read_local_kms_alias(file, alias, keys));
  return keys;
}

}  // namespace claviger::cli
