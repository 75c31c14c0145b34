#include "iam/layout.h"

#include <algorithm>
#include <array>

#include "iam/names.h"

namespace claviger::iam::layout {
namespace {

constexpr std::string_view kAccounts = "iam/account/";
constexpr std::string_view kAliases = "iam/account-alias/";
constexpr std::string_view kProviders = "iam/oidc-provider/";
constexpr std::string_view kCounters = "iam/count/";

std::string joined(std::string_view prefix, std::string_view middle, std::string_view name) {
  std::string key(prefix);
  key.append(middle).append("/").append(name);
  return key;
}

struct NamedPrefix {
  std::string_view prefix;
  EntityKind entity;
  RecordKind record;
};
constexpr std::array<NamedPrefix, 4> kEntities{{
    {"iam/user/", EntityKind::kUser, RecordKind::kUser},
    {"iam/group/", EntityKind::kGroup, RecordKind::kGroup},
    {"iam/role/", EntityKind::kRole, RecordKind::kRole},
    {"iam/policy/", EntityKind::kPolicy, RecordKind::kPolicy},
}};

std::string_view key_prefix(EntityKind kind) {
  for (const NamedPrefix& entry : kEntities) {
    if (entry.entity == kind) return entry.prefix;
  }
  CLAVIGER_CHECK(false);
}

// Takes `prefix` from the front.
bool take(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

// `<account>/<name>`.
std::optional<Place> parse_scoped(RecordKind kind, std::string_view rest) {
  const std::size_t slash = rest.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto id = AccountId::parse(rest.substr(0, slash));
  if (!id) return std::nullopt;
  return Place{kind, *id, rest.substr(slash + 1)};
}

// `<word>/<account>`.
std::optional<Place> parse_counter(std::string_view rest) {
  const std::size_t slash = rest.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const std::string_view word = rest.substr(0, slash);
  const bool known = word == "oidc-provider" || std::any_of(kEntities.begin(), kEntities.end(), [&](const auto& entry) {
                       return word == arn_word(entry.entity);
                     });
  const auto id = AccountId::parse(rest.substr(slash + 1));
  if (!known || !id) return std::nullopt;
  return Place{RecordKind::kCounter, *id, {}};
}

}  // namespace

std::string account(const AccountId& id) { return std::string(kAccounts).append(id.view()); }
std::string account_alias(std::string_view alias) { return std::string(kAliases).append(alias); }
std::string entity(EntityKind kind, const AccountId& account, std::string_view name) {
  return joined(key_prefix(kind), account.view(), folded(name));
}
std::string entities_prefix(EntityKind kind, const AccountId& account) {
  return joined(key_prefix(kind), account.view(), {});
}
std::string provider(const AccountId& account, std::string_view url) { return joined(kProviders, account.view(), url); }
std::string credential(std::string_view access_key_id) { return std::string(kCredentials).append(access_key_id); }
std::string entity_count(EntityKind kind, const AccountId& account) {
  return joined(kCounters, arn_word(kind), account.view());
}
std::string provider_count(const AccountId& account) { return joined(kCounters, "oidc-provider", account.view()); }

std::optional<Place> parse(std::string_view store_key) {
  std::string_view rest = store_key;
  if (take(rest, kCredentials)) {
    if (!is_access_key_id(rest)) return std::nullopt;
    return Place{RecordKind::kCredential, {}, rest};
  }
  for (const NamedPrefix& entry : kEntities) {
    if (!take(rest, entry.prefix)) continue;
    const auto place = parse_scoped(entry.record, rest);
    if (!place || !is_name_of(entry.entity, place->name) || folded(place->name) != place->name) return std::nullopt;
    return place;
  }
  if (take(rest, kAccounts)) {
    const auto id = AccountId::parse(rest);
    if (!id) return std::nullopt;
    return Place{RecordKind::kAccount, *id, {}};
  }
  if (take(rest, kAliases)) {
    if (!is_account_alias(rest)) return std::nullopt;
    return Place{RecordKind::kAccountAlias, {}, rest};
  }
  if (take(rest, kProviders)) {
    const auto place = parse_scoped(RecordKind::kProvider, rest);
    if (!place || !is_provider_url(place->name)) return std::nullopt;
    return place;
  }
  if (take(rest, kCounters)) return parse_counter(rest);
  return std::nullopt;
}

}  // namespace claviger::iam::layout
