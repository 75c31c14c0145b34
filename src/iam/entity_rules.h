// The rules for accounts, users, groups and roles themselves (IAM API: CreateUser, DeleteRole, AddUserToGroup, ...).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "iam/plan.h"

namespace claviger::iam {

struct NewPrincipal {
  AccountId account;
  std::string name;
  std::string path = "/";
  std::optional<std::string> boundary_arn;
  std::vector<Tag> tags;
};

// kAlreadyExists, kLimitExceeded, kNotFound (of the boundary), kValidation, kInvalidInput (tags).
[[nodiscard]] Result<Planned<UserRecord>> create_user(const RuleContext& context, const NewPrincipal& wish);
struct Renaming {
  AccountId account;
  std::string_view name;
  std::optional<std::string> new_name, new_path;
};
// kNotFound, kAlreadyExists, kValidation. The unique id stays, and with it everything that names the user.
[[nodiscard]] Result<Planned<UserRecord>> update_user(const RuleContext& context, const Renaming& wish);
// kNotFound; kDeleteConflict while it has access keys, policies or groups.
[[nodiscard]] Result<store::Commit> delete_user(const RuleContext& context, const AccountId& account,
                                                std::string_view name);

// As for users.
[[nodiscard]] Result<Planned<GroupRecord>> create_group(const RuleContext& context, const AccountId& account,
                                                        std::string_view name, std::string_view path);
[[nodiscard]] Result<Planned<GroupRecord>> update_group(const RuleContext& context, const Renaming& wish);
// kDeleteConflict while it has members or policies.
[[nodiscard]] Result<store::Commit> delete_group(const RuleContext& context, const AccountId& account,
                                                 std::string_view name);
// Adding a member again changes nothing; removing who is none is kNotFound.
[[nodiscard]] Result<store::Commit> add_user_to_group(const RuleContext& context, const AccountId& account,
                                                      std::string_view group, std::string_view user);
[[nodiscard]] Result<store::Commit> remove_user_from_group(const RuleContext& context, const AccountId& account,
                                                           std::string_view group, std::string_view user);

inline constexpr std::uint32_t kMinMaxSessionSeconds = 3600;
inline constexpr std::uint32_t kMaxMaxSessionSeconds = 43'200;

struct NewRole {
  NewPrincipal principal;
  std::string trust_policy;
  std::string description;
  std::uint32_t max_session_seconds = kMinMaxSessionSeconds;
};
// As for users; kMalformedPolicyDocument for a trust policy that is none, or names principals that do not exist.
[[nodiscard]] Result<Planned<RoleRecord>> create_role(const RuleContext& context, const NewRole& wish);
struct RoleUpdate {
  AccountId account;
  std::string_view name;
  std::optional<std::string> description;
  std::optional<std::uint32_t> max_session_seconds;
};
[[nodiscard]] Result<Planned<RoleRecord>> update_role(const RuleContext& context, const RoleUpdate& wish);
[[nodiscard]] Result<store::Commit> update_trust_policy(const RuleContext& context, const AccountId& account,
                                                        std::string_view name, std::string_view trust_policy);
// kDeleteConflict while it has policies. Its sessions end with it.
[[nodiscard]] Result<store::Commit> delete_role(const RuleContext& context, const AccountId& account,
                                                std::string_view name);

// An account of the server. kAlreadyExists, kValidation (a name above 128 bytes).
[[nodiscard]] Result<Planned<AccountRecord>> create_account(const RuleContext& context, const AccountId& id,
                                                            std::string_view name);
// The account's only alias, in place of the one it had. kAlreadyExists when it is another account's, kValidation.
[[nodiscard]] Result<store::Commit> set_account_alias(const RuleContext& context, const AccountId& id,
                                                      std::string_view alias);
// kNotFound unless it is this account's alias.
[[nodiscard]] Result<store::Commit> remove_account_alias(const RuleContext& context, const AccountId& id,
                                                         std::string_view alias);

}  // namespace claviger::iam
