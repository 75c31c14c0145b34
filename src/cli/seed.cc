#include "cli/seed.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

#include "cli/control_entries.h"
#include "cli/seed_entities.h"
#include "cli/seed_fields.h"
#include "cli/seed_local_kms.h"
#include "iam/names.h"

namespace claviger::cli {
namespace {

constexpr std::string_view kVersionField = "ClavigerSeed";
constexpr std::string_view kVersion = "1";

Result<SeedPolicy> read_key_policy(std::string_view file, const SeedFields& fields) {
  SeedPolicy policy{.place = fields.place()};
  if (const yaml::Node* node = fields.find("Policy")) {
    CLAVIGER_ASSIGN(SeedText document, read_seed_document(file, *node, "leave it out for the default key policy"));
    policy.place = document.place;
    policy.json = std::move(document.text);
  }
  CLAVIGER_ASSIGN(policy.bypass_lockout_safety_check, fields.truth("BypassPolicyLockoutSafetyCheck", false));
  return policy;
}

Result<std::optional<SeedGrant::Pairs>> read_pairs(std::string_view file, const SeedFields& fields,
                                                   std::string_view name) {
  const yaml::Node* node = fields.find(name);
  if (node == nullptr) return std::nullopt;
  if (node->kind != yaml::Kind::kMap) return yaml::fail_at(file, node->place, fmt::format("{} must be a map", name));
  SeedGrant::Pairs pairs;
  for (const yaml::Node& pair : node->children) {
    CLAVIGER_ASSIGN(std::string value, seed_text(file, pair, pair.name));
    pairs.emplace_back(pair.name, std::move(value));
  }
  return pairs;
}

Result<SeedGrant> read_grant(std::string_view file, const yaml::Node& node) {
  CLAVIGER_ASSIGN(const SeedFields fields,
                  SeedFields::of(file, node, "a grant",
                                 {"Name", "GranteePrincipal", "RetiringPrincipal", "Operations", "Constraints"}));
  SeedGrant grant{.place = fields.place()};
  CLAVIGER_ASSIGN(grant.name, fields.required_text("Name"));
  CLAVIGER_ASSIGN(grant.grantee, fields.required_text("GranteePrincipal"));
  if (fields.find("RetiringPrincipal") != nullptr) {
    CLAVIGER_ASSIGN(grant.retiring, fields.required_text("RetiringPrincipal"));
  }
  CLAVIGER_TRY(fields.require("Operations"));
  CLAVIGER_ASSIGN(auto operations, read_seed_texts(file, fields, "Operations"));
  for (SeedText& operation : operations) grant.operations.push_back(std::move(operation.text));
  if (const yaml::Node* constraints = fields.find("Constraints")) {
    CLAVIGER_ASSIGN(const SeedFields kinds, SeedFields::of(file, *constraints, "Constraints",
                                                           {"EncryptionContextEquals", "EncryptionContextSubset"}));
    CLAVIGER_ASSIGN(grant.equals, read_pairs(file, kinds, "EncryptionContextEquals"));
    CLAVIGER_ASSIGN(grant.subset, read_pairs(file, kinds, "EncryptionContextSubset"));
  }
  return grant;
}

Result<SeedKey> read_key(std::string_view file, const yaml::Node& node, const AccountId& account,
                         const SeedOptions& options) {
  CLAVIGER_ASSIGN(const SeedFields fields,
                  SeedFields::of(file, node, "a key",
                                 {"KeyId", "Region", "Description", "Policy", "BypassPolicyLockoutSafetyCheck", "Tags",
                                  "Enabled", "KeyMaterial", "Aliases", "Grants"}));
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
  CLAVIGER_ASSIGN(key.policy, read_key_policy(file, fields));
  CLAVIGER_ASSIGN(auto tags, read_seed_tags(file, fields, "TagKey", "TagValue"));
  for (auto& [tag_key, value] : tags) key.tags.push_back({std::move(tag_key), std::move(value)});
  CLAVIGER_ASSIGN(key.enabled, fields.truth("Enabled", true));
  if (const yaml::Node* material = fields.find("KeyMaterial")) {
    CLAVIGER_ASSIGN(key.material, read_seed_materials(file, *material, options));
  }
  CLAVIGER_ASSIGN(const auto aliases, fields.list("Aliases"));
  for (const yaml::Node& alias : aliases) {
    CLAVIGER_ASSIGN(std::string name, seed_text(file, alias, "an alias"));
    key.aliases.push_back({alias.place, std::move(name)});
  }
  CLAVIGER_ASSIGN(const auto grants, fields.list("Grants"));
  for (const yaml::Node& grant : grants) {
    CLAVIGER_ASSIGN(key.grants.emplace_back(), read_grant(file, grant));
  }
  return key;
}

Status read_account(std::string_view file, const yaml::Node& node, const SeedOptions& options, Seed& seed) {
  CLAVIGER_ASSIGN(const SeedFields fields, SeedFields::of(file, node, "an account",
                                                          {"Account", "Policies", "Groups", "Users", "Roles", "Keys"}));
  CLAVIGER_ASSIGN(const std::string text, fields.required_text("Account"));
  const auto account = AccountId::parse(text);
  if (!account) return yaml::fail_at(file, fields.find("Account")->place, "Account must be twelve digits");
  seed.accounts.push_back(*account);
  CLAVIGER_TRY(read_seed_entities(file, fields, *account, seed.entities));
  CLAVIGER_ASSIGN(const auto keys, fields.list("Keys"));
  for (const yaml::Node& key : keys) {
    CLAVIGER_ASSIGN(seed.keys.emplace_back(), read_key(file, key, *account, options));
  }
  return {};
}

// What is named by others has to be made before them.
int turn_of(iam::EntityKind kind) {
  switch (kind) {
    case iam::EntityKind::kPolicy:
      return 0;
    case iam::EntityKind::kGroup:
      return 1;
    case iam::EntityKind::kUser:
      return 2;
    case iam::EntityKind::kRole:
      return 3;
  }
  return 3;
}

// What a development server is told besides.
Status read_control_entries(std::string_view file, const SeedFields& fields, const SeedOptions& options, Seed& seed) {
  for (const std::string_view name : {"Clock", "Faults", "VisibilityDelay"}) {
    const yaml::Node* node = fields.find(name);
    if (node == nullptr) continue;
    if (!options.development) {
      return yaml::fail_at(file, node->name_place, fmt::format("{} is for `claviger dev` alone; remove it", name));
    }
    if (name == "Clock") {
      CLAVIGER_ASSIGN(const server::ClockMove floor, read_clock_move(file, *node));
      seed.clock = SeedClock{node->place, floor};
    } else if (name == "Faults") {
      CLAVIGER_ASSIGN(seed.faults, read_faults(file, *node));
    } else {
      CLAVIGER_ASSIGN(seed.visibility, read_visibility_delays(file, *node));
    }
  }
  return {};
}

Result<Seed> read_own(std::string_view file, const yaml::Node& root, const SeedOptions& options) {
  CLAVIGER_ASSIGN(
      const SeedFields fields,
      SeedFields::of(file, root, "a seed", {kVersionField, "Clock", "Faults", "VisibilityDelay", "Accounts"}));
  CLAVIGER_ASSIGN(const std::string version, fields.required_text(kVersionField));
  if (version != kVersion) {
    return yaml::fail_at(file, fields.find(kVersionField)->place,
                         fmt::format("version {} of the format is not known, only {}", version, kVersion));
  }
  Seed seed{.file = std::string(file)};
  CLAVIGER_TRY(read_control_entries(file, fields, options, seed));
  CLAVIGER_ASSIGN(const auto accounts, fields.list("Accounts"));
  for (const yaml::Node& account : accounts) CLAVIGER_TRY(read_account(file, account, options, seed));
  std::stable_sort(seed.entities.begin(), seed.entities.end(),
                   [](const SeedEntity& a, const SeedEntity& b) { return turn_of(a.kind) < turn_of(b.kind); });
  return seed;
}

Status check_unique_entities(const Seed& seed) {
  if (seed.entities.size() > kMaxSeedEntities) {
    return yaml::fail_at(
        seed.file, seed.entities[kMaxSeedEntities].place,
        fmt::format("more than {} policies, groups, users and roles; use several files", kMaxSeedEntities));
  }
  std::set<std::tuple<AccountId, iam::EntityKind, std::string>> names;
  for (const SeedEntity& entity : seed.entities) {
    if (names.emplace(entity.account, entity.kind, iam::folded(entity.name)).second) continue;
    return yaml::fail_at(
        seed.file, entity.place,
        fmt::format("the {} {} stands in this file twice; remove one", iam::arn_word(entity.kind), entity.name));
  }
  return {};
}

Status check_unique_names(const Seed& seed, const SeedKey& key, std::set<std::pair<Scope, std::string_view>>& aliases) {
  for (const SeedAlias& alias : key.aliases) {
    if (aliases.emplace(key.scope, alias.name).second) continue;
    return yaml::fail_at(seed.file, alias.place, fmt::format("{} stands in this file twice; remove one", alias.name));
  }
  std::set<std::string_view> grants;
  for (const SeedGrant& grant : key.grants) {
    if (grants.insert(grant.name).second) continue;
    return yaml::fail_at(seed.file, grant.place,
                         fmt::format("the key has two grants of the name {}; give one another name", grant.name));
  }
  return {};
}

Status check_unique(const Seed& seed) {
  if (seed.keys.size() > kMaxSeedKeys) {
    return yaml::fail_at(seed.file, seed.keys[kMaxSeedKeys].place,
                         fmt::format("more than {} keys; use several files", kMaxSeedKeys));
  }
  std::set<std::pair<Scope, KeyId>> keys;
  std::set<std::pair<Scope, std::string_view>> aliases;
  std::size_t grants = 0;
  for (const SeedKey& key : seed.keys) {
    if (!keys.emplace(key.scope, key.id).second) {
      return yaml::fail_at(seed.file, key.place,
                           fmt::format("the key {} stands in this file twice; remove one", key_arn(key.scope, key.id)));
    }
    CLAVIGER_TRY(check_unique_names(seed, key, aliases));
    grants += key.grants.size();
    if (grants > kMaxSeedGrants) {
      return yaml::fail_at(seed.file, key.place, fmt::format("more than {} grants; use several files", kMaxSeedGrants));
    }
  }
  return check_unique_entities(seed);
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
