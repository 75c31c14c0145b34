// What the grant actions have in common.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/conditions.h"
#include "api/kms/common.h"
#include "keys/grant.h"
#include "policy/principal.h"
#include "store/store.h"

namespace claviger::api::kms {

inline constexpr auto kPrincipalLength = wire::length(1, 256);
inline constexpr auto kGrantIdLength = wire::length(1, 128);
// ^[\w+=,.@:/-]+$
extern const wire::Pattern kPrincipalPattern;

// `Constraints` of requests and responses.
struct GrantConstraints {
  std::optional<EncryptionContext> subset;
  std::optional<EncryptionContext> equals;
};

struct GrantListEntry {
  std::string key_id;  // the key's ARN
  std::string grant_id;
  std::optional<std::string> name;
  WallTime creation_date{};
  std::string grantee_principal;
  std::optional<std::string> retiring_principal;
  std::string issuing_account;  // the ARN of its root
  std::vector<keys::GrantOperation> operations;
  std::optional<GrantConstraints> constraints;
};

// The response of ListGrants and ListRetirableGrants.
struct GrantList {
  std::vector<GrantListEntry> grants;
  std::optional<std::string> next_marker;
  bool truncated = false;
};

// A principal as requests name it: the ARN of an account's root, of a user, role, assumed-role session or federated
// user of the Region's partition, all of which must exist. Users and roles are bound to their unique id. kInvalidArn.
[[nodiscard]] Result<keys::GrantPrincipal> grant_principal(std::string_view arn, const Region& region,
                                                           const policy::PrincipalDirectory& directory);

// kInvalidGrantId.
[[nodiscard]] Result<keys::GrantId> parse_grant_id(std::string_view text);

// A grant for a list. A user or role shows the ARN that it has now, or its id when it does not exist any more.
GrantListEntry list_entry(const keys::layout::GrantPlace& place, const keys::GrantRecord& record,
                          const policy::PrincipalDirectory& directory);

// The grant at `place`; nullopt when there is none. Blocks.
[[nodiscard]] Result<std::optional<GrantSnapshot>> read_grant(store::Store& store,
                                                              const keys::layout::GrantPlace& place);

// The grants with a Name that have this hash, and the revision of that list; 0 when there are none. Blocks.
struct NamedGrants {
  std::vector<keys::GrantId> ids;
  store::Revision revision = 0;
};
[[nodiscard]] Result<NamedGrants> read_named_grants(store::Store& store, const keys::layout::KeyPlace& key,
                                                    std::uint64_t request_hash);

// The commit that makes a grant, unless the key has another revision by then (0: it is not there yet), or `named` has,
// the grants like it when it has a Name.
store::Commit creation_of(const GrantSnapshot& grant, store::Revision key_revision, NamedGrants named,
                          std::int64_t grants_per_key);
// The commit that deletes a grant as read_grant() gave it, unless somebody else did. Blocks.
[[nodiscard]] Result<store::Commit> deletion_of(store::Store& store, const GrantSnapshot& grant);
// What is deleted with the grant: everything but the counter and the list of names. Three at most.
void append_deletion(const keys::layout::GrantPlace& place, const keys::GrantRecord& record,
                     std::vector<store::Mutation>& mutations);

inline constexpr std::string_view kGrantLimitMessage = "You have reached the quota of grants for this KMS key.";

// kNotFound for a grant that is not there.
Error missing_grant(const keys::GrantId& id);

// kms:GrantIsForAWSResource: whether a service of ours makes the call for the caller.
template <class Request>
inline constexpr auto kGrantIsForAwsResource = std::to_array<ConditionKey<Request>>({
    {"kms:GrantIsForAWSResource",
     [](const Request&, const ConditionQuestion& asked) { return asked.boolean(asked.via_service); }},
});

}  // namespace claviger::api::kms

namespace claviger::wire {

template <>
struct Structure<api::kms::GrantConstraints> {
  using M = api::kms::GrantConstraints;
  static constexpr auto kMembers =
      members<M>(optional<&M::subset>("EncryptionContextSubset"), optional<&M::equals>("EncryptionContextEquals"),
                 unsupported("SourceArn", "requests that AWS services make for a resource are not told apart"));
};

template <>
struct Structure<api::kms::GrantListEntry> {
  using M = api::kms::GrantListEntry;
  static constexpr auto kMembers =
      members<M>(required<&M::key_id>("KeyId"), required<&M::grant_id>("GrantId"), optional<&M::name>("Name"),
                 required<&M::creation_date>("CreationDate"), required<&M::grantee_principal>("GranteePrincipal"),
                 optional<&M::retiring_principal>("RetiringPrincipal"), required<&M::issuing_account>("IssuingAccount"),
                 required<&M::operations>("Operations"), optional<&M::constraints>("Constraints"));
};

}  // namespace claviger::wire

namespace claviger::api::kms {

inline constexpr auto kGrantList = wire::members<GrantList>(wire::required<&GrantList::grants>("Grants"),
                                                            wire::optional<&GrantList::next_marker>("NextMarker"),
                                                            wire::required<&GrantList::truncated>("Truncated"));

}  // namespace claviger::api::kms
