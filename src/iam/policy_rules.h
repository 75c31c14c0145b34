// The rules for customer managed policies and their versions.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "iam/plan.h"

namespace claviger::iam {

struct NewPolicy {
  AccountId account;
  std::string name;
  std::string path = "/";
  std::string document;
  std::string description;
  std::vector<Tag> tags;
};

// CreatePolicy. kAlreadyExists, kLimitExceeded, kMalformedPolicyDocument, kValidation, kInvalidInput (tags).
[[nodiscard]] Result<Planned<PolicyRecord>> create_policy(const RuleContext& context, const NewPolicy& wish);
// DeletePolicy. kDeleteConflict while somebody has it, or it has more than its default version.
[[nodiscard]] Result<store::Commit> delete_policy(const RuleContext& context, const AccountId& account,
                                                  std::string_view arn);
// CreatePolicyVersion; the new one is the last of the record's versions. kLimitExceeded at five.
[[nodiscard]] Result<Planned<PolicyRecord>> create_policy_version(const RuleContext& context, const AccountId& account,
                                                                  std::string_view arn, std::string_view document,
                                                                  bool set_as_default);
// kDeleteConflict for the default one; kNotFound.
[[nodiscard]] Result<store::Commit> delete_policy_version(const RuleContext& context, const AccountId& account,
                                                          std::string_view arn, std::string_view version);
[[nodiscard]] Result<store::Commit> set_default_policy_version(const RuleContext& context, const AccountId& account,
                                                               std::string_view arn, std::string_view version);

// `v3` and its inverse; nullopt for anything that version_id() does not make.
std::string version_id(std::uint32_t number);
std::optional<std::uint32_t> parse_version_id(std::string_view text);

}  // namespace claviger::iam
