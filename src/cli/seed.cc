#include "cli/seed.h"

#include <fmt/format.h>

#include <set>
#include <utility>

#include "base/json.h"
#include "cli/seed_fields.h"
#include "cli/seed_local_kms.h"

namespace claviger::cli {
namespace {

constexpr std::string_view kVersionField = "ClavigerSeed";
constexpr std::string_view kVersion = "1";

// A policy written as YAML instead of as JSON; all scalars are strings, which policies take for numbers and truth
// values too. The recursion ends: the tree has a bounded depth.
void append_json(const yaml::Node& node, json::Writer<std::string>& writer) {
  switch (node.kind) {
    case yaml::Kind::kNull:
      return writer.null();
    case yaml::Kind::kText:
      return writer.string(node.text);
    case yaml::Kind::kList:
      writer.begin_array();
      for (const yaml::Node& child : node.children) append_json(child, writer);
      return writer.end_array();
    case yaml::Kind::kMap:
      writer.begin_object();
      for (const yaml::Node& child : node.children) {
        writer.name(child.name);
        append_json(child, writer);
      }
      return writer.end_object();
  }
}

std::string policy_json(const yaml::Node& node) {
  if (node.kind == yaml::Kind::kText) return node.text;
  std::string text;
  json::Writer<std::string> writer(text);
  append_json(node, writer);
  return text;
}

Result<SeedPolicy> read_policy(const SeedFields& fields) {
  SeedPolicy policy{.place = fields.place()};
  if (const yaml::Node* node = fields.find("Policy")) {
    policy.place = node->place;
    policy.json = policy_json(*node);
    if (policy.json.empty()) return fields.fail_here("Policy is empty; leave it out for the default key policy");
  }
  CLAVIGER_ASSIGN(policy.bypass_lockout_safety_check, fields.truth("BypassPolicyLockoutSafetyCheck", false));
  return policy;
}

Result<std::vector<keys::Tag>> read_tags(std::string_view file, const SeedFields& fields) {
  std::vector<keys::Tag> tags;
  CLAVIGER_ASSIGN(const auto entries, fields.list("Tags"));
  for (const yaml::Node& entry : entries) {
    CLAVIGER_ASSIGN(const SeedFields pair, SeedFields::of(file, entry, "a tag", {"TagKey", "TagValue"}));
    keys::Tag& tag = tags.emplace_back();
    CLAVIGER_ASSIGN(tag.key, pair.required_text("TagKey"));
    CLAVIGER_ASSIGN(tag.value, pair.text("TagValue", ""));
  }
  return tags;
}

Result<SeedKey> read_key(std::string_view file, const yaml::Node& node, const AccountId& account,
                         const SeedOptions& options) {
  CLAVIGER_ASSIGN(const SeedFields fields,
                  SeedFields::of(file, node, "a key",
                                 {"KeyId", "Region", "Description", "Policy", "BypassPolicyLockoutSafetyCheck", "Tags",
                                  "Enabled", "KeyMaterial", "Aliases"}));
  CLAVIGER_ASSIGN(const std::string id_text, fields.required_text("KeyId"));
  const auto id = KeyId::parse(id_text);
  if (!id || id->is_multi_region()) {
    return yaml::fail_at(file, fields.find("KeyId")->place, "KeyId must be a UUID in lower case; `uuidgen` makes one");
  }
  CLAVIGER_ASSIGN(const std::string region_text, fields.required_text("Region"));
  const auto region = Region::parse(region_text);
  if (!region) {
    return yaml::fail_at(file, fields.find("Region")->place, "Region must be the name of a Region, such as eu-west-1");
  }
  SeedKey key{.place = fields.place(), .scope = {account, *region}, .id = *id};
  CLAVIGER_ASSIGN(key.description, fields.text("Description", ""));
  CLAVIGER_ASSIGN(key.policy, read_policy(fields));
  CLAVIGER_ASSIGN(key.tags, read_tags(file, fields));
  CLAVIGER_ASSIGN(key.enabled, fields.truth("Enabled", true));
  if (const yaml::Node* material = fields.find("KeyMaterial")) {
    CLAVIGER_ASSIGN(key.material, read_seed_materials(file, *material, options));
  }
  CLAVIGER_ASSIGN(const auto aliases, fields.list("Aliases"));
  for (const yaml::Node& alias : aliases) {
    CLAVIGER_ASSIGN(std::string name, seed_text(file, alias, "an alias"));
    key.aliases.push_back({alias.place, std::move(name)});
  }
  return key;
}

Status read_account(std::string_view file, const yaml::Node& node, const SeedOptions& options, Seed& seed) {
  CLAVIGER_ASSIGN(const SeedFields fields, SeedFields::of(file, node, "an account", {"Account", "Keys"}));
  CLAVIGER_ASSIGN(const std::string text, fields.required_text("Account"));
  const auto account = AccountId::parse(text);
  if (!account) return yaml::fail_at(file, fields.find("Account")->place, "Account must be twelve digits");
  CLAVIGER_ASSIGN(const auto keys, fields.list("Keys"));
  for (const yaml::Node& key : keys) {
    CLAVIGER_ASSIGN(seed.keys.emplace_back(), read_key(file, key, *account, options));
  }
  return {};
}

Result<Seed> read_own(std::string_view file, const yaml::Node& root, const SeedOptions& options) {
  CLAVIGER_ASSIGN(const SeedFields fields, SeedFields::of(file, root, "a seed", {kVersionField, "Accounts"}));
  CLAVIGER_ASSIGN(const std::string version, fields.required_text(kVersionField));
  if (version != kVersion) {
    return yaml::fail_at(file, fields.find(kVersionField)->place,
                         fmt::format("version {} of the format is not known, only {}", version, kVersion));
  }
  Seed seed{.file = std::string(file)};
  CLAVIGER_ASSIGN(const auto accounts, fields.list("Accounts"));
  for (const yaml::Node& account : accounts) CLAVIGER_TRY(read_account(file, account, options, seed));
  return seed;
}

Status check_unique(const Seed& seed) {
  if (seed.keys.size() > kMaxSeedKeys) {
    return yaml::fail_at(seed.file, seed.keys[kMaxSeedKeys].place,
                         fmt::format("more than {} keys; use several files", kMaxSeedKeys));
  }
  std::set<std::pair<Scope, KeyId>> keys;
  std::set<std::pair<Scope, std::string_view>> aliases;
  for (const SeedKey& key : seed.keys) {
    if (!keys.emplace(key.scope, key.id).second) {
      return yaml::fail_at(seed.file, key.place,
                           fmt::format("the key {} stands in this file twice; remove one", key_arn(key.scope, key.id)));
    }
    for (const SeedAlias& alias : key.aliases) {
      if (aliases.emplace(key.scope, alias.name).second) continue;
      return yaml::fail_at(seed.file, alias.place, fmt::format("{} stands in this file twice; remove one", alias.name));
    }
  }
  return {};
}

}  // namespace

Result<Seed> parse_seed(std::string_view file, std::string_view text, const SeedOptions& options) {
  CLAVIGER_ASSIGN(const yaml::Node root, yaml::parse(file, text));
  const bool own = std::any_of(root.children.begin(), root.children.end(),
                               [](const yaml::Node& child) { return child.name == kVersionField; });
  Seed seed{.file = std::string(file)};
  if (own) {
    CLAVIGER_ASSIGN(seed, read_own(file, root, options));
  } else {
    CLAVIGER_ASSIGN(seed.keys, read_local_kms(file, root, options));
  }
  CLAVIGER_TRY(check_unique(seed));
  return seed;
}

}  // namespace claviger::cli
