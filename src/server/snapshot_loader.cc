#include "server/snapshot_loader.h"

#include <algorithm>

#include "api/kms/grant.h"
#include "keys/layout.h"
#include "keys/usage_rules.h"
#include "policy/key_policy.h"

namespace claviger::server {

Result<std::shared_ptr<const policy::Document>> SnapshotLoader::policy_of(const keys::KeyRecord& record) {
  const auto parse = [&record](std::string_view text) -> Result<std::shared_ptr<const policy::Document>> {
    Result<policy::Document> document =
        policy::Document::parse(policy::DocumentKind::kKeyPolicy, text, record.policy_bindings);
    if (!document) return fail(Error::corrupt("a stored key policy does not parse"));
    return std::make_shared<const policy::Document>(*std::move(document));
  };
  if (!record.policy.empty()) return parse(record.policy);
  const std::string partition(record.scope.region.partition());
  return defaults_.with([&](auto& defaults) -> Result<std::shared_ptr<const policy::Document>> {
    std::shared_ptr<const policy::Document>& shared = defaults[{partition, record.scope.account}];
    if (shared == nullptr) {
      CLAVIGER_ASSIGN(shared, parse(policy::default_key_policy(partition, record.scope.account)));
    }
    return shared;
  });
}

Result<std::vector<std::string>> SnapshotLoader::aliases_of(const Scope& scope, const KeyId& id) {
  // One more than a key may have tells that there are too many.
  CLAVIGER_ASSIGN(const auto entries,
                  store_.range(keys::layout::aliases_of_prefix(scope, id), {}, api::KeySnapshot::kMaxAliases + 1));
  std::vector<std::string> names;
  names.reserve(entries.size());
  for (const store::Entry& entry : entries) {
    const auto place = keys::layout::parse_alias_of(entry.key);
    if (!place) return fail(Error::corrupt("a store key is not the place of a key's alias"));
    names.push_back(place->alias.text());
  }
  return names;
}

Result<std::shared_ptr<const api::KeySnapshot>> SnapshotLoader::key(const Scope& scope, const KeyId& id) {
  CLAVIGER_ASSIGN(const auto stored, store_.get(keys::layout::key(scope, id)));
  if (!stored) return nullptr;
  CLAVIGER_ASSIGN(keys::KeyRecord record, keys::decode_key(scope, id, stored->value));
  CLAVIGER_ASSIGN(auto policy, policy_of(record));
  CLAVIGER_ASSIGN(auto aliases, aliases_of(scope, id));
  std::optional<hsm::PublicKey> public_key;
  if (!record.public_key.empty()) {
    public_key = hsm::parse_stored_public_key(keys::name_of(record.spec), record.public_key);
    if (!public_key) return fail(Error::corrupt("a stored public key does not parse"));
  }
  std::string arn = record.arn();
  return std::make_shared<const api::KeySnapshot>(api::KeySnapshot{std::move(record), stored->revision, std::move(arn),
                                                                   std::move(policy), std::move(aliases),
                                                                   std::move(public_key)});
}

Result<std::shared_ptr<const api::AliasSnapshot>> SnapshotLoader::alias(const Scope& scope, const AliasName& name) {
  CLAVIGER_ASSIGN(const auto stored, store_.get(keys::layout::alias(scope, name)));
  if (!stored) return nullptr;
  CLAVIGER_ASSIGN(const keys::AliasRecord record, keys::decode_alias(stored->value));
  return std::make_shared<const api::AliasSnapshot>(api::AliasSnapshot{name, scope, record, stored->revision});
}

Result<std::shared_ptr<const api::GranteeSnapshot>> SnapshotLoader::grants_for(
    const keys::layout::GranteePlace& place) {
  constexpr std::size_t kBatch = 1000;
  const std::string prefix = keys::layout::grants_for_prefix(place.key.scope, place.key.id, place.grantee);
  auto snapshot = std::make_shared<api::GranteeSnapshot>();
  std::string after;
  while (true) {
    CLAVIGER_ASSIGN(const auto entries, store_.range(prefix, after, kBatch));
    for (const store::Entry& entry : entries) {
      const auto id = keys::GrantId::parse(std::string_view(entry.key).substr(prefix.size()));
      if (!id) return fail(Error::corrupt("a store key is not a grant's place"));
      CLAVIGER_ASSIGN(keys::GrantRecord record, keys::decode_grant(entry.value));
      snapshot->grants.push_back({{place.key, *id}, std::move(record), entry.revision});
    }
    if (entries.size() < kBatch) break;
    after = entries.back().key;
  }
  std::stable_partition(snapshot->grants.begin(), snapshot->grants.end(), [](const api::GrantSnapshot& grant) {
    return grant.record.constraint.type == keys::ConstraintType::kNone;
  });
  return snapshot;
}

Result<std::shared_ptr<const api::GrantSnapshot>> SnapshotLoader::grant(const keys::layout::GrantPlace& place) {
  CLAVIGER_ASSIGN(auto grant, api::kms::read_grant(store_, place));
  if (!grant) return nullptr;
  return std::make_shared<const api::GrantSnapshot>(*std::move(grant));
}

}  // namespace claviger::server
