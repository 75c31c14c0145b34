// Parsing of the entries of a Principal element.
#pragma once

#include <optional>
#include <string_view>

#include "policy/document.h"

namespace claviger::policy {

// An entry of {"AWS": ...}; nullopt for a form that AWS KMS does not accept: groups, wildcards inside an ARN, anything
// that is neither an account nor the ARN of a root, user, role, session or federated user.
std::optional<PrincipalEntry> parse_aws_principal(std::string_view text);
// An entry of {"Service": ...}: `<name>.amazonaws.com` and its Regional forms.
std::optional<PrincipalEntry> parse_service_principal(std::string_view text);
// An entry of {"Federated": ...}: the ARN of an OpenID Connect or SAML provider, or one of the providers that AWS knows
// by name.
std::optional<PrincipalEntry> parse_federated_principal(std::string_view text);
// Whether the entry is the ARN of a user or role, which has a unique id; sessions and federated users have none.
bool is_user_or_role(const PrincipalEntry& entry);

}  // namespace claviger::policy
