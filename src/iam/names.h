// Names, paths and ARNs of IAM's entities: what they may look like, and how two of them are compared.
//
// Names are unique without regard to case and keep the case they were given (IAM User Guide, "IAM and AWS STS quotas":
// "Names are not distinguished by case"). Everything that looks one up goes through folded(), so that no two places
// can disagree on whether two names are the same.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/identifiers.h"
#include "iam/ids.h"

namespace claviger::iam {

inline constexpr std::size_t kMaxUserNameBytes = 64;
inline constexpr std::size_t kMaxRoleNameBytes = 64;
inline constexpr std::size_t kMaxGroupNameBytes = 128;
inline constexpr std::size_t kMaxPolicyNameBytes = 128;
inline constexpr std::size_t kMaxPathBytes = 512;
inline constexpr std::size_t kMaxProviderUrlBytes = 255;
inline constexpr std::size_t kMinSessionNameBytes = 2;
inline constexpr std::size_t kMaxSessionNameBytes = 64;
inline constexpr std::size_t kMinSourceIdentityBytes = 2;
inline constexpr std::size_t kMaxSourceIdentityBytes = 64;

// The form in which names are compared: ASCII letters in lower case. Names hold nothing but ASCII.
std::string folded(std::string_view name);
inline bool same_name(std::string_view a, std::string_view b) { return folded(a) == folded(b); }

// 1 to `max_bytes` characters of [A-Za-z0-9_+=,.@-].
bool is_name(std::string_view text, std::size_t max_bytes);
// The same for an entity of this kind.
bool is_name_of(EntityKind kind, std::string_view text);
// `/`, or begins and ends with one and has only U+0021 to U+007E between; of a policy only [A-Za-z0-9.,+@=_-] and no
// empty part.
bool is_path(std::string_view text);
bool is_policy_path(std::string_view text);
// 2 to 64 characters of [A-Za-z0-9_+=,.@-].
bool is_session_name(std::string_view text);
bool is_source_identity(std::string_view text);
// 3 to 63 characters of [a-z0-9-], without a hyphen at an end or two in a row.
bool is_account_alias(std::string_view text);

// `user`, `group`, `role`, `policy`: the word before the path in ARNs.
std::string_view arn_word(EntityKind kind);
// `arn:<partition>:iam::<account>:<word><path><name>`.
std::string entity_arn(std::string_view partition, const AccountId& account, EntityKind kind, std::string_view path,
                       std::string_view name);
// `arn:<partition>:sts::<account>:assumed-role/<role name>/<session name>`: the role's path is not in it.
std::string assumed_role_arn(std::string_view partition, const AccountId& account, std::string_view role_name,
                             std::string_view session_name);
// `arn:<partition>:iam::<account>:oidc-provider/<URL without https://>`.
std::string provider_arn(std::string_view partition, const AccountId& account, std::string_view url);

// The ARN of a user, group, role or policy, in its parts. `path` and `name` are views into the text.
struct EntityArn {
  AccountId account;
  EntityKind kind = EntityKind::kUser;
  std::string_view path;
  std::string_view name;
};
// nullopt unless it has the form of entity_arn() with a well-formed name and path. A path keeps its case.
std::optional<EntityArn> parse_entity_arn(std::string_view arn);

struct SessionArn {
  AccountId account;
  std::string_view role_name;
  std::string_view session_name;
};
// The inverse of assumed_role_arn().
std::optional<SessionArn> parse_assumed_role_arn(std::string_view arn);

struct ProviderArn {
  AccountId account;
  std::string_view url;
};
// The inverse of provider_arn(); the URL is well-formed by is_provider_url().
std::optional<ProviderArn> parse_provider_arn(std::string_view arn);

// Host, optional port and path of an https URL as it stands in ARNs, condition keys and store keys: 1 to 255
// characters of [a-z0-9.-] (the host), then [A-Za-z0-9._~:/-]. It is compared character by character, a slash at its
// end included.
bool is_provider_url(std::string_view text);

}  // namespace claviger::iam
