// Where IAM's records lie in the store: the one place that makes and reads store keys under `iam/`. The table is in
// docs/formats/store-layout.md.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/identifiers.h"
#include "iam/ids.h"

namespace claviger::iam::layout {

// What every key here begins with.
inline constexpr std::string_view kAll = "iam/";
inline constexpr std::string_view kCredentials = "iam/credential/";

// iam/account/<account> -> AccountRecord
std::string account(const AccountId& id);
// iam/account-alias/<alias> -> the account id, 12 digits: an alias belongs to one account of the server
std::string account_alias(std::string_view alias);
// iam/<user|group|role|policy>/<account>/<folded name> -> UserRecord, GroupRecord, RoleRecord, PolicyRecord. `name` may
// be in any case.
std::string entity(EntityKind kind, const AccountId& account, std::string_view name);
std::string entities_prefix(EntityKind kind, const AccountId& account);
// iam/oidc-provider/<account>/<URL without https://> -> ProviderRecord
std::string provider(const AccountId& account, std::string_view url);
// iam/credential/<access key id> -> CredentialRecord
std::string credential(std::string_view access_key_id);
// iam/count/<user|group|role|policy|oidc-provider>/<account> -> counters for the quotas
std::string entity_count(EntityKind kind, const AccountId& account);
std::string provider_count(const AccountId& account);

// What lies under a store key.
enum class RecordKind : std::uint8_t {
  kAccount,
  kAccountAlias,
  kUser,
  kGroup,
  kRole,
  kPolicy,
  kProvider,
  kCredential,
  kCounter,
};
struct Place {
  RecordKind kind = RecordKind::kAccount;
  // Of kAccount, the entities and kProvider.
  AccountId account;
  // A view into the store key: the folded name, the URL, the alias or the access key id; empty for kAccount and
  // kCounter.
  std::string_view name;
};
// nullopt for a key that none of the functions above makes.
std::optional<Place> parse(std::string_view store_key);

}  // namespace claviger::iam::layout
