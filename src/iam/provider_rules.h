// The rules for OpenID Connect providers.
//
// AWS fetches an issuer's keys over the network. This server is to work without one: an administrator uploads the
// issuer's JSON Web Key Set, and only keys of that set are trusted. Thumbprints, which AWS compares with the issuer's
// TLS certificate, are kept and shown.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "iam/plan.h"

namespace claviger::iam {

struct NewProvider {
  AccountId account;
  std::string url;  // with `https://`
  std::vector<std::string> client_ids;
  std::vector<std::string> thumbprints;
  std::vector<Tag> tags;
};

// CreateOpenIDConnectProvider. kAlreadyExists, kLimitExceeded, kInvalidInput, kValidation.
[[nodiscard]] Result<Planned<ProviderRecord>> create_provider(const RuleContext& context, const NewProvider& wish);
// The others name the provider by its ARN. kNotFound when there is none in the account.
[[nodiscard]] Result<store::Commit> delete_provider(const RuleContext& context, const AccountId& account,
                                                    std::string_view arn);
// Adding a client id again, or removing one that is not there, changes nothing.
[[nodiscard]] Result<store::Commit> add_client_id(const RuleContext& context, const AccountId& account,
                                                  std::string_view arn, std::string_view client_id);
[[nodiscard]] Result<store::Commit> remove_client_id(const RuleContext& context, const AccountId& account,
                                                     std::string_view arn, std::string_view client_id);
[[nodiscard]] Result<store::Commit> update_thumbprints(const RuleContext& context, const AccountId& account,
                                                       std::string_view arn,
                                                       const std::vector<std::string>& thumbprints);
// The keys that the issuer's tokens are checked with from now on, in place of those before. kInvalidInput as
// KeySet::parse(). AWS has no such action.
[[nodiscard]] Result<store::Commit> set_key_set(const RuleContext& context, const AccountId& account,
                                                std::string_view arn, std::string_view key_set);
[[nodiscard]] Result<store::Commit> tag_provider(const RuleContext& context, const AccountId& account,
                                                 std::string_view arn, const std::vector<Tag>& tags);
[[nodiscard]] Result<store::Commit> untag_provider(const RuleContext& context, const AccountId& account,
                                                   std::string_view arn, const std::vector<std::string>& keys);

}  // namespace claviger::iam
