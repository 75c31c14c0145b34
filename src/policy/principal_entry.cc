#include "policy/principal_entry.h"

#include <algorithm>

namespace claviger::policy {
namespace {

// IAM's names and paths: printable ASCII, no wildcards; a path is slashes and names.
bool is_principal_path(std::string_view text) {
  return !text.empty() && text.size() <= 640 && !text.starts_with('/') && !text.ends_with('/') &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f && c != '*' && c != '?'; });
}

bool is_principal_resource(std::string_view service, std::string_view resource) {
  const auto named = [resource](std::string_view prefix) {
    return resource.starts_with(prefix) && is_principal_path(resource.substr(prefix.size()));
  };
  if (service == "iam") return named("user/") || named("role/");
  if (service != "sts") return false;
  if (named("federated-user/")) return true;
  constexpr std::string_view kAssumed = "assumed-role/";
  return named(kAssumed) && resource.find('/', kAssumed.size()) != std::string_view::npos;
}

bool is_partition(std::string_view text) {
  return text.starts_with("aws") &&
         std::all_of(text.begin(), text.end(), [](char c) { return (c >= 'a' && c <= 'z') || c == '-'; });
}

}  // namespace

std::optional<PrincipalEntry> parse_aws_principal(std::string_view text) {
  if (text == "*") return PrincipalEntry{PrincipalEntry::Kind::kAnyone, {}, std::string(text)};
  if (const auto account = AccountId::parse(text))
    return PrincipalEntry{PrincipalEntry::Kind::kAccount, *account, std::string(text)};
  const auto parts = split_arn(text);
  if (!parts || !is_partition(parts->partition) || !parts->region.empty()) return std::nullopt;
  const auto account = AccountId::parse(parts->account);
  if (!account) return std::nullopt;
  if (parts->service == "iam" && parts->resource == "root") {
    return PrincipalEntry{PrincipalEntry::Kind::kAccount, *account, std::string(text)};
  }
  if (!is_principal_resource(parts->service, parts->resource)) return std::nullopt;
  return PrincipalEntry{PrincipalEntry::Kind::kPrincipal, *account, std::string(text)};
}

std::optional<PrincipalEntry> parse_service_principal(std::string_view text) {
  const bool suffixed = text.ends_with(".amazonaws.com") || text.ends_with(".amazonaws.com.cn");
  const auto allowed = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.'; };
  if (!suffixed || text.size() > 256 || text.starts_with('.') || text.find("..") != std::string_view::npos ||
      !std::all_of(text.begin(), text.end(), allowed)) {
    return std::nullopt;
  }
  return PrincipalEntry{PrincipalEntry::Kind::kService, {}, std::string(text)};
}

std::optional<PrincipalEntry> parse_federated_principal(std::string_view text) {
  for (const std::string_view known :
       {"accounts.google.com", "cognito-identity.amazonaws.com", "graph.facebook.com", "www.amazon.com"}) {
    if (text == known) return PrincipalEntry{PrincipalEntry::Kind::kFederated, {}, std::string(text)};
  }
  const auto parts = split_arn(text);
  if (!parts || !is_partition(parts->partition) || parts->service != "iam" || !parts->region.empty()) {
    return std::nullopt;
  }
  const auto account = AccountId::parse(parts->account);
  const auto named = [&parts](std::string_view prefix) {
    return parts->resource.starts_with(prefix) && is_principal_path(parts->resource.substr(prefix.size()));
  };
  if (!account || (!named("oidc-provider/") && !named("saml-provider/"))) return std::nullopt;
  return PrincipalEntry{PrincipalEntry::Kind::kFederated, *account, std::string(text)};
}

bool is_user_or_role(const PrincipalEntry& entry) {
  const auto parts = split_arn(entry.text);
  return entry.kind == PrincipalEntry::Kind::kPrincipal && parts && parts->service == "iam";
}

}  // namespace claviger::policy
