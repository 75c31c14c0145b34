#include "api/kms/grant.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "policy/principal_entry.h"

namespace claviger::api::kms {
namespace {

bool is_principal_char(char c) {
  const bool word = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
  return word || std::string_view("+=,.@:/-").find(c) != std::string_view::npos;
}

std::string shown(const keys::GrantPrincipal& principal, const policy::PrincipalDirectory& directory) {
  if (principal.unique_id.empty()) return principal.arn;
  return directory.arn_of(principal.unique_id).value_or(principal.unique_id);
}

// In the order of keys::layout: what lies in the store for one grant besides the list of names.
std::string place_of(const keys::layout::GrantPlace& place) {
  return keys::layout::grant(place.key.scope, place.key.id, place.grant);
}
std::string grantee_place_of(const keys::layout::GrantPlace& place, const keys::GrantRecord& record) {
  return keys::layout::grant_for(place.key.scope, place.key.id, record.grantee.identity(), place.grant);
}
std::string retirable_place_of(const keys::layout::GrantPlace& place, const keys::GrantRecord& record) {
  return keys::layout::retirable(record.retiring->identity(), place.key.scope, place.key.id, place.grant);
}

}  // namespace

constinit const wire::Pattern kPrincipalPattern{
    "^[\\w+=,.@:/-]+$", [](std::string_view text) { return std::all_of(text.begin(), text.end(), is_principal_char); }};

Result<keys::GrantPrincipal> grant_principal(std::string_view arn, const Region& region,
                                             const policy::PrincipalDirectory& directory) {
  using Kind = policy::PrincipalEntry::Kind;
  const auto refuse = [arn] {
    return fail(ErrorCode::kInvalidArn, fmt::format("ARN does not refer to a valid principal: {}", arn));
  };
  const auto parts = split_arn(arn);
  const auto entry = parts ? policy::parse_aws_principal(arn) : std::nullopt;
  if (!entry || parts->partition != region.partition() || !directory.account_exists(entry->account)) return refuse();
  if (entry->kind == Kind::kAccount) return keys::GrantPrincipal{std::string(arn), {}};
  if (entry->kind != Kind::kPrincipal || !directory.principal_exists(arn)) return refuse();
  if (parts->service == "sts") return keys::GrantPrincipal{std::string(arn), {}};
  auto unique_id = directory.unique_id(arn);
  // Without an id a namesake could not be told from it.
  if (!unique_id || unique_id->empty()) return refuse();
  return keys::GrantPrincipal{std::string(arn), *std::move(unique_id)};
}

Result<keys::GrantId> parse_grant_id(std::string_view text) {
  const auto id = keys::GrantId::parse(text);
  if (!id) return fail(ErrorCode::kInvalidGrantId, fmt::format("Grant ID '{}' is not valid.", text));
  return *id;
}

Error missing_grant(const keys::GrantId& id) {
  return Error(ErrorCode::kNotFound, fmt::format("Grant ID {} not found", id.view()));
}

GrantListEntry list_entry(const keys::layout::GrantPlace& place, const keys::GrantRecord& record,
                          const policy::PrincipalDirectory& directory) {
  GrantListEntry entry;
  entry.key_id = key_arn(place.key.scope, place.key.id);
  entry.grant_id = place.grant.view();
  if (!record.name.empty()) entry.name = record.name;
  entry.creation_date = record.created;
  entry.grantee_principal = shown(record.grantee, directory);
  if (record.retiring) entry.retiring_principal = shown(*record.retiring, directory);
  entry.issuing_account = account_root_arn(place.key.scope.region.partition(), record.issuer);
  entry.operations = record.operations.list();
  if (record.constraint.type == keys::ConstraintType::kSubset) {
    entry.constraints = GrantConstraints{.subset = record.constraint.context, .equals = {}};
  } else if (record.constraint.type == keys::ConstraintType::kEquals) {
    entry.constraints = GrantConstraints{.subset = {}, .equals = record.constraint.context};
  }
  return entry;
}

Result<std::optional<GrantSnapshot>> read_grant(store::Store& store, const keys::layout::GrantPlace& place) {
  CLAVIGER_ASSIGN(const auto stored, store.get(place_of(place)));
  if (!stored) return std::nullopt;
  CLAVIGER_ASSIGN(keys::GrantRecord record, keys::decode_grant(stored->value));
  return GrantSnapshot{place, std::move(record), stored->revision};
}

Result<NamedGrants> read_named_grants(store::Store& store, const keys::layout::KeyPlace& key,
                                      std::uint64_t request_hash) {
  CLAVIGER_ASSIGN(const auto stored, store.get(keys::layout::grant_named(key.scope, key.id, request_hash)));
  if (!stored) return NamedGrants{};
  CLAVIGER_ASSIGN(auto ids, keys::decode_grant_ids(stored->value));
  return NamedGrants{std::move(ids), stored->revision};
}

store::Commit creation_of(const GrantSnapshot& grant, store::Revision key_revision, NamedGrants named,
                          std::int64_t grants_per_key) {
  const auto& [scope, id] = grant.place.key;
  const Bytes record = keys::encode(grant.record);
  store::Commit commit;
  // A key that is deleted meanwhile takes no grants any more.
  commit.preconditions.push_back({keys::layout::key(scope, id), key_revision});
  commit.preconditions.push_back({place_of(grant.place), 0});
  commit.mutations.push_back(store::Put{place_of(grant.place), record});
  commit.mutations.push_back(store::Put{grantee_place_of(grant.place, grant.record), record});
  if (grant.record.retiring) commit.mutations.push_back(store::Put{retirable_place_of(grant.place, grant.record), {}});
  if (!grant.record.name.empty()) {
    const std::string list = keys::layout::grant_named(scope, id, grant.record.request_hash());
    named.ids.push_back(grant.place.grant);
    // Of two equal calls at once the second finds the first's grant when it is run again.
    commit.preconditions.push_back({list, named.revision});
    commit.mutations.push_back(store::Put{list, keys::encode_grant_ids(named.ids)});
  }
  commit.mutations.push_back(store::Add{keys::layout::grant_count(scope, id), 1, grants_per_key});
  return commit;
}

void append_deletion(const keys::layout::GrantPlace& place, const keys::GrantRecord& record,
                     std::vector<store::Mutation>& mutations) {
  mutations.emplace_back(store::Delete{place_of(place)});
  mutations.emplace_back(store::Delete{grantee_place_of(place, record)});
  if (record.retiring) mutations.emplace_back(store::Delete{retirable_place_of(place, record)});
}

Result<store::Commit> deletion_of(store::Store& store, const GrantSnapshot& grant) {
  const auto& [scope, id] = grant.place.key;
  store::Commit commit;
  commit.preconditions.push_back({place_of(grant.place), grant.revision});
  append_deletion(grant.place, grant.record, commit.mutations);
  if (!grant.record.name.empty()) {
    const std::uint64_t hash = grant.record.request_hash();
    CLAVIGER_ASSIGN(NamedGrants named, read_named_grants(store, grant.place.key, hash));
    std::erase(named.ids, grant.place.grant);
    const std::string list = keys::layout::grant_named(scope, id, hash);
    commit.preconditions.push_back({list, named.revision});
    if (named.ids.empty()) {
      commit.mutations.push_back(store::Delete{list});
    } else {
      commit.mutations.push_back(store::Put{list, keys::encode_grant_ids(named.ids)});
    }
  }
  commit.mutations.push_back(
      store::Add{keys::layout::grant_count(scope, id), -1, std::numeric_limits<std::int64_t>::max()});
  return commit;
}

}  // namespace claviger::api::kms
