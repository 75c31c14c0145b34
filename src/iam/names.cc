#include "iam/names.h"

#include <algorithm>

#include "iam/text.h"

namespace claviger::iam {
namespace {

bool is_alphanumeric(char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }
bool is_lower_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }
bool is_one_of(char c, std::string_view set) { return set.find(c) != std::string_view::npos; }
bool is_name_character(char c) { return is_alphanumeric(c) || is_one_of(c, "_+=,.@-"); }

std::string iam_arn(std::string_view partition, std::string_view service, const AccountId& account,
                    std::initializer_list<std::string_view> resource) {
  std::string arn = "arn:";
  arn.append(partition).append(":").append(service).append("::").append(account.view()).append(":");
  for (const std::string_view part : resource) arn.append(part);
  return arn;
}

// The account and the resource of an ARN of a service that has no Region.
struct Global {
  AccountId account;
  std::string_view resource;
};
std::optional<Global> parse_global(std::string_view arn, std::string_view service) {
  const auto parts = split_arn(arn);
  if (!parts || parts->service != service || !parts->region.empty() || !parts->partition.starts_with("aws")) {
    return std::nullopt;
  }
  const auto account = AccountId::parse(parts->account);
  if (!account) return std::nullopt;
  return Global{*account, parts->resource};
}

// Takes `word` and the slash behind it from the front.
bool take_word(std::string_view& text, std::string_view word) {
  if (!text.starts_with(word) || text.size() <= word.size() || text[word.size()] != '/') return false;
  text.remove_prefix(word.size());
  return true;
}

}  // namespace

std::string folded(std::string_view name) {
  std::string out(name);
  std::transform(out.begin(), out.end(), out.begin(), to_lower);
  return out;
}

bool is_name(std::string_view text, std::size_t max_bytes) {
  return !text.empty() && text.size() <= max_bytes && std::all_of(text.begin(), text.end(), is_name_character);
}

bool is_name_of(EntityKind kind, std::string_view text) {
  switch (kind) {
    case EntityKind::kUser:
      return is_name(text, kMaxUserNameBytes);
    case EntityKind::kGroup:
      return is_name(text, kMaxGroupNameBytes);
    case EntityKind::kRole:
      return is_name(text, kMaxRoleNameBytes);
    case EntityKind::kPolicy:
      return is_name(text, kMaxPolicyNameBytes);
  }
  return false;
}

bool is_path(std::string_view text) {
  if (text == "/") return true;
  return text.size() >= 3 && text.size() <= kMaxPathBytes && text.front() == '/' && text.back() == '/' &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

bool is_policy_path(std::string_view text) {
  if (!is_path(text) || text.find("//") != std::string_view::npos) return false;
  return std::all_of(text.begin(), text.end(), [](char c) { return is_alphanumeric(c) || is_one_of(c, "/.,+@=_-"); });
}

bool is_session_name(std::string_view text) {
  return text.size() >= kMinSessionNameBytes && is_name(text, kMaxSessionNameBytes);
}

bool is_source_identity(std::string_view text) {
  return text.size() >= kMinSourceIdentityBytes && is_name(text, kMaxSourceIdentityBytes);
}

bool is_account_alias(std::string_view text) {
  return text.size() >= 3 && text.size() <= 63 && is_lower_or_digit(text.front()) && is_lower_or_digit(text.back()) &&
         text.find("--") == std::string_view::npos &&
         std::all_of(text.begin(), text.end(), [](char c) { return is_lower_or_digit(c) || c == '-'; });
}

std::string_view arn_word(EntityKind kind) {
  switch (kind) {
    case EntityKind::kUser:
      return "user";
    case EntityKind::kGroup:
      return "group";
    case EntityKind::kRole:
      return "role";
    case EntityKind::kPolicy:
      return "policy";
  }
  return {};
}

std::string entity_arn(std::string_view partition, const AccountId& account, EntityKind kind, std::string_view path,
                       std::string_view name) {
  return iam_arn(partition, "iam", account, {arn_word(kind), path, name});
}

std::string assumed_role_arn(std::string_view partition, const AccountId& account, std::string_view role_name,
                             std::string_view session_name) {
  return iam_arn(partition, "sts", account, {"assumed-role/", role_name, "/", session_name});
}

std::string provider_arn(std::string_view partition, const AccountId& account, std::string_view url) {
  return iam_arn(partition, "iam", account, {"oidc-provider/", url});
}

std::optional<EntityArn> parse_entity_arn(std::string_view arn) {
  const auto global = parse_global(arn, "iam");
  if (!global) return std::nullopt;
  for (const EntityKind kind : {EntityKind::kUser, EntityKind::kGroup, EntityKind::kRole, EntityKind::kPolicy}) {
    std::string_view rest = global->resource;
    if (!take_word(rest, arn_word(kind))) continue;
    const std::size_t slash = rest.rfind('/');
    const EntityArn parsed{global->account, kind, rest.substr(0, slash + 1), rest.substr(slash + 1)};
    const bool path_fits = kind == EntityKind::kPolicy ? is_policy_path(parsed.path) : is_path(parsed.path);
    if (!path_fits || !is_name_of(kind, parsed.name)) return std::nullopt;
    return parsed;
  }
  return std::nullopt;
}

std::optional<SessionArn> parse_assumed_role_arn(std::string_view arn) {
  const auto global = parse_global(arn, "sts");
  if (!global) return std::nullopt;
  std::string_view rest = global->resource;
  if (!take_word(rest, "assumed-role")) return std::nullopt;
  rest.remove_prefix(1);
  const std::size_t slash = rest.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const SessionArn parsed{global->account, rest.substr(0, slash), rest.substr(slash + 1)};
  if (!is_name_of(EntityKind::kRole, parsed.role_name) || !is_session_name(parsed.session_name)) return std::nullopt;
  return parsed;
}

std::optional<ProviderArn> parse_provider_arn(std::string_view arn) {
  const auto global = parse_global(arn, "iam");
  if (!global) return std::nullopt;
  std::string_view rest = global->resource;
  if (!take_word(rest, "oidc-provider")) return std::nullopt;
  rest.remove_prefix(1);
  if (!is_provider_url(rest)) return std::nullopt;
  return ProviderArn{global->account, rest};
}

bool is_provider_url(std::string_view text) {
  if (text.empty() || text.size() > kMaxProviderUrlBytes) return false;
  const std::size_t host_end = std::min(text.find_first_of(":/"), text.size());
  const std::string_view host = text.substr(0, host_end);
  if (host.empty() || !is_lower_or_digit(host.front())) return false;
  if (!std::all_of(host.begin(), host.end(), [](char c) { return is_lower_or_digit(c) || is_one_of(c, ".-"); })) {
    return false;
  }
  return std::all_of(text.begin() + static_cast<std::ptrdiff_t>(host_end), text.end(),
                     [](char c) { return is_alphanumeric(c) || is_one_of(c, "._~:/-"); });
}

}  // namespace claviger::iam
