// What is stored about accounts, users, groups, roles, managed policies and OpenID Connect providers, and how it is
// written down. Formats: docs/formats/iam-*.md.
//
// An entity is one record with all that hangs on it, and whatever names it rewrites it: attaching a policy writes the
// policy's count, joining a group the group's. So a precondition on the record's revision covers the entity as a whole,
// and nothing can be deleted while somebody else starts to use it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/identifiers.h"
#include "base/result.h"
#include "iam/ids.h"
#include "iam/names.h"
#include "iam/record_parts.h"

namespace claviger::iam {

struct AccountRecord {
  AccountId account;
  WallTime created{};
  std::string name;   // for people; may be empty
  std::string alias;  // unique in the server; empty: none
  friend bool operator==(const AccountRecord&, const AccountRecord&) = default;
};

// The numbers are stored: never reused, never changed.
enum class AccessKeyStatus : std::uint8_t { kActive = 1, kInactive = 2 };

// What is public about an access key; the secret lies in a record of its own.
struct AccessKeyEntry {
  std::string id;
  AccessKeyStatus status = AccessKeyStatus::kActive;
  WallTime created{};
  friend bool operator==(const AccessKeyEntry&, const AccessKeyEntry&) = default;
};

struct UserRecord {
  AccountId account;
  UniqueId id;
  std::string name;
  std::string path = "/";
  WallTime created{};
  std::vector<Tag> tags;
  std::optional<UniqueId> boundary;  // a managed policy
  Permissions permissions;
  std::vector<UniqueId> groups;  // in order of joining
  std::vector<AccessKeyEntry> access_keys;

  std::string arn(std::string_view partition) const {
    return entity_arn(partition, account, EntityKind::kUser, path, name);
  }
  friend bool operator==(const UserRecord&, const UserRecord&) = default;
};

struct GroupRecord {
  AccountId account;
  UniqueId id;
  std::string name;
  std::string path = "/";
  WallTime created{};
  Permissions permissions;
  std::uint32_t members = 0;  // how many users name this group

  std::string arn(std::string_view partition) const {
    return entity_arn(partition, account, EntityKind::kGroup, path, name);
  }
  friend bool operator==(const GroupRecord&, const GroupRecord&) = default;
};

struct RoleRecord {
  AccountId account;
  UniqueId id;
  std::string name;
  std::string path = "/";
  WallTime created{};
  std::string description;
  std::uint32_t max_session_seconds = 3600;
  std::string trust_policy;  // as it was put
  // Users and roles that the trust policy names, each with the unique id that it had when the policy was put.
  std::vector<std::pair<std::string, UniqueId>> trust_bindings;
  std::vector<Tag> tags;
  std::optional<UniqueId> boundary;
  Permissions permissions;

  std::string arn(std::string_view partition) const {
    return entity_arn(partition, account, EntityKind::kRole, path, name);
  }
  friend bool operator==(const RoleRecord&, const RoleRecord&) = default;
};

struct PolicyVersion {
  std::uint32_t number = 1;  // `v1`
  WallTime created{};
  std::string document;  // as it was put
  friend bool operator==(const PolicyVersion&, const PolicyVersion&) = default;
};

struct PolicyRecord {
  AccountId account;
  UniqueId id;
  std::string name;
  std::string path = "/";
  std::string description;
  WallTime created{};
  WallTime updated{};
  std::uint32_t attachments = 0;    // users, groups and roles that have it attached
  std::uint32_t boundary_uses = 0;  // users and roles whose permissions boundary it is
  std::uint32_t default_version = 1;
  std::uint32_t next_version = 2;       // numbers are never used again
  std::vector<PolicyVersion> versions;  // by number; never empty
  std::vector<Tag> tags;

  std::string arn(std::string_view partition) const {
    return entity_arn(partition, account, EntityKind::kPolicy, path, name);
  }
  // nullptr when there is none of that number.
  const PolicyVersion* find_version(std::uint32_t number) const;
  friend bool operator==(const PolicyRecord&, const PolicyRecord&) = default;
};

struct ProviderRecord {
  AccountId account;
  std::string url;  // without `https://`
  WallTime created{};
  std::vector<std::string> client_ids;
  std::vector<std::string> thumbprints;  // kept and shown; no connection is made that they could be compared with
  std::string key_set;  // a JSON Web Key Set (RFC 7517) as it was uploaded; empty: no token can be checked
  std::vector<Tag> tags;

  std::string arn(std::string_view partition) const { return provider_arn(partition, account, url); }
  friend bool operator==(const ProviderRecord&, const ProviderRecord&) = default;
};

Bytes encode(const AccountRecord& record);
Bytes encode(const UserRecord& record);
Bytes encode(const GroupRecord& record);
Bytes encode(const RoleRecord& record);
Bytes encode(const PolicyRecord& record);
Bytes encode(const ProviderRecord& record);

// kCorrupt for anything that encode() does not make, and for a record whose name is not that of its store key.
// `account` and `name` (folded; the URL of a provider) come from the store key, to which the store binds the value.
[[nodiscard]] Result<AccountRecord> decode_account(const AccountId& account, ByteSpan bytes);
[[nodiscard]] Result<UserRecord> decode_user(const AccountId& account, std::string_view name, ByteSpan bytes);
[[nodiscard]] Result<GroupRecord> decode_group(const AccountId& account, std::string_view name, ByteSpan bytes);
[[nodiscard]] Result<RoleRecord> decode_role(const AccountId& account, std::string_view name, ByteSpan bytes);
[[nodiscard]] Result<PolicyRecord> decode_policy(const AccountId& account, std::string_view name, ByteSpan bytes);
[[nodiscard]] Result<ProviderRecord> decode_provider(const AccountId& account, std::string_view url, ByteSpan bytes);

}  // namespace claviger::iam
