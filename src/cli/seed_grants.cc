#include "cli/seed_grants.h"

#include <fmt/format.h>

#include <map>
#include <utility>

#include "api/kms/grant.h"
#include "base/json.h"
#include "iam/registry.h"
#include "iam/snapshot_directory.h"
#include "keys/layout.h"

namespace claviger::cli {
namespace {

void write_pairs(json::Writer<std::string>& writer, std::string_view name,
                 const std::optional<SeedGrant::Pairs>& pairs) {
  if (!pairs) return;
  writer.name(name);
  writer.begin_object();
  for (const auto& [key, value] : *pairs) {
    writer.name(key);
    writer.string(value);
  }
  writer.end_object();
}

// The CreateGrant that a client would send.
std::string request_of(const SeedKey& key, const SeedGrant& grant) {
  std::string body;
  json::Writer<std::string> writer(body);
  writer.begin_object();
  writer.name("KeyId");
  writer.string(key.id.view());
  writer.name("Name");
  writer.string(grant.name);
  writer.name("GranteePrincipal");
  writer.string(grant.grantee);
  if (grant.retiring) {
    writer.name("RetiringPrincipal");
    writer.string(*grant.retiring);
  }
  writer.name("Operations");
  writer.begin_array();
  for (const std::string& operation : grant.operations) writer.string(operation);
  writer.end_array();
  if (grant.equals || grant.subset) {
    writer.name("Constraints");
    writer.begin_object();
    write_pairs(writer, "EncryptionContextEquals", grant.equals);
    write_pairs(writer, "EncryptionContextSubset", grant.subset);
    writer.end_object();
  }
  writer.end_object();
  return body;
}

Result<std::optional<EncryptionContext>> context_of(const std::optional<SeedGrant::Pairs>& pairs) {
  if (!pairs) return std::nullopt;
  CLAVIGER_ASSIGN(EncryptionContext context, EncryptionContext::from_pairs(*pairs));
  return context;
}

// The record that the action makes of its request.
Result<keys::GrantRecord> record_of(const SeedStage& stage, const keys::KeyRecord& key, const SeedGrant& grant) {
  const iam::SnapshotDirectory principals(*stage.snapshot(), stage.target().registry.partition());
  keys::GrantRecord record;
  for (const std::string& name : grant.operations) {
    const auto operation = keys::grant_operation("kms:" + name);
    if (!operation) return fail(Error::internal("CreateGrant accepts what is no operation"));
    record.operations.add(*operation);
  }
  CLAVIGER_ASSIGN(const auto equals, context_of(grant.equals));
  CLAVIGER_ASSIGN(const auto subset, context_of(grant.subset));
  CLAVIGER_ASSIGN(record.constraint, keys::make_constraint(equals ? &*equals : nullptr, subset ? &*subset : nullptr));
  CLAVIGER_TRY(keys::check_grantable(key.spec, key.usage, record.operations, record.constraint));
  CLAVIGER_ASSIGN(record.grantee, api::kms::grant_principal(grant.grantee, key.scope.region, principals));
  if (grant.retiring) {
    CLAVIGER_ASSIGN(record.retiring, api::kms::grant_principal(*grant.retiring, key.scope.region, principals));
  }
  record.issuer = key.scope.account;
  record.name = grant.name;
  record.created = stage.now();
  return record;
}

using GrantsByName = std::multimap<std::string, keys::GrantRecord>;

// Those on a key that have a name.
Result<GrantsByName> read_grants(store::Store& store, const SeedKey& key) {
  constexpr std::size_t kPage = 256;
  GrantsByName grants;
  std::string after;
  while (true) {
    CLAVIGER_ASSIGN(const auto entries, store.range(keys::layout::grants_prefix(key.scope, key.id), after, kPage));
    if (entries.empty()) return grants;
    for (const store::Entry& entry : entries) {
      CLAVIGER_ASSIGN(keys::GrantRecord record, keys::decode_grant(entry.value));
      if (record.name.empty()) continue;
      std::string name = record.name;
      grants.emplace(std::move(name), std::move(record));
    }
    after = entries.back().key;
  }
}

// Whether the grant is there. kValidation when another of its name is.
Result<bool> is_there(const SeedStage& stage, const SeedGrant& grant, const keys::GrantRecord& wanted,
                      const GrantsByName& there) {
  const auto [first, last] = there.equal_range(grant.name);
  for (auto at = first; at != last; ++at) {
    if (at->second.same_request(wanted)) return true;
  }
  if (first == last) return false;
  return yaml::fail_at(stage.seed().file, grant.place,
                       fmt::format("the key has a grant of the name {} already, which gives something else; make one "
                                   "like the other, or remove the grant from the seed",
                                   grant.name));
}

}  // namespace

Status plan_grants(SeedStage& stage, const SeedKey& key, const keys::KeyRecord& record, store::Revision revision) {
  if (key.grants.empty()) return {};
  const SeedTarget& target = stage.target();
  GrantsByName there;
  if (revision != 0) {
    CLAVIGER_ASSIGN(there, read_grants(target.store, key));
  }
  for (const SeedGrant& grant : key.grants) {
    CLAVIGER_TRY(stage.decode(grant.place, Service::kKms, "CreateGrant", request_of(key, grant)));
    const auto wanted = record_of(stage, record, grant);
    if (!wanted) return stage.refused(grant.place, Service::kKms, wanted.error());
    CLAVIGER_ASSIGN(const bool same, is_there(stage, grant, *wanted, there));
    if (same) continue;
    const keys::layout::KeyPlace place{key.scope, key.id};
    CLAVIGER_ASSIGN(api::kms::NamedGrants named,
                    api::kms::read_named_grants(target.store, place, wanted->request_hash()));
    const api::GrantSnapshot made{{place, keys::GrantId::make(target.random)}, *wanted, 0};
    CLAVIGER_TRY(stage.add(api::kms::creation_of(made, revision, std::move(named), target.limits.grants_per_key)));
    stage.made.grants.emplace_back(record.arn(), made.place.grant.view());
  }
  return {};
}

}  // namespace claviger::cli
