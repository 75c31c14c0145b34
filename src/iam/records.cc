#include "iam/records.h"

#include <algorithm>
#include <limits>

namespace claviger::iam {
namespace {

using parts::Reader;

constexpr std::uint8_t kAccountVersion = 1;
constexpr std::uint8_t kUserVersion = 1;
constexpr std::uint8_t kGroupVersion = 1;
constexpr std::uint8_t kRoleVersion = 1;
constexpr std::uint8_t kPolicyVersion = 1;
constexpr std::uint8_t kProviderVersion = 1;

// What users, groups, roles and policies begin with.
template <class Record>
void write_head(ByteWriter& writer, std::uint8_t version, const Record& record) {
  writer.u8(version);
  writer.raw(as_bytes(record.id.view()));
  parts::write_text(writer, record.name);
  parts::write_text(writer, record.path);
  parts::write_time(writer, record.created);
}

template <class Record>
Record read_head(Reader& reader, std::uint8_t version, EntityKind kind, const AccountId& account,
                 std::string_view name) {
  Record record;
  reader.require(reader.u8() == version);
  record.account = account;
  record.id = reader.id(kind);
  record.name = reader.text();
  record.path = reader.text();
  record.created = reader.time();
  reader.require(is_name_of(kind, record.name) && folded(record.name) == name && is_path(record.path));
  return record;
}

bool is_session_duration(std::uint32_t seconds) { return seconds >= 3600 && seconds <= 43'200; }

bool is_status(AccessKeyStatus status) {
  return status == AccessKeyStatus::kActive || status == AccessKeyStatus::kInactive;
}

bool versions_fit(const PolicyRecord& record) {
  const auto out_of_order = [](const PolicyVersion& a, const PolicyVersion& b) { return a.number >= b.number; };
  return std::adjacent_find(record.versions.begin(), record.versions.end(), out_of_order) == record.versions.end() &&
         record.find_version(record.default_version) != nullptr && record.versions.front().number > 0 &&
         record.versions.back().number < record.next_version;
}

}  // namespace

const PolicyVersion* PolicyRecord::find_version(std::uint32_t number) const {
  const auto found =
      std::find_if(versions.begin(), versions.end(), [&](const PolicyVersion& v) { return v.number == number; });
  return found == versions.end() ? nullptr : &*found;
}

Bytes encode(const AccountRecord& record) {
  Bytes out;
  ByteWriter writer(out);
  writer.u8(kAccountVersion);
  parts::write_time(writer, record.created);
  parts::write_text(writer, record.name);
  parts::write_text(writer, record.alias);
  return out;
}

Result<AccountRecord> decode_account(const AccountId& account, ByteSpan bytes) {
  Reader reader(bytes);
  AccountRecord record{.account = account};
  reader.require(reader.u8() == kAccountVersion);
  record.created = reader.time();
  record.name = reader.text();
  record.alias = reader.text();
  reader.require(record.alias.empty() || is_account_alias(record.alias));
  CLAVIGER_TRY(reader.ok("account"));
  return record;
}

Bytes encode(const UserRecord& record) {
  Bytes out;
  ByteWriter writer(out);
  write_head(writer, kUserVersion, record);
  parts::write_tags(writer, record.tags);
  parts::write_optional_id(writer, record.boundary);
  parts::write_permissions(writer, record.permissions);
  parts::write_ids(writer, record.groups);
  writer.u16(static_cast<std::uint16_t>(record.access_keys.size()));
  for (const AccessKeyEntry& key : record.access_keys) {
    parts::write_text(writer, key.id);
    writer.u8(std::to_underlying(key.status));
    parts::write_time(writer, key.created);
  }
  return out;
}

Result<UserRecord> decode_user(const AccountId& account, std::string_view name, ByteSpan bytes) {
  Reader reader(bytes);
  auto record = read_head<UserRecord>(reader, kUserVersion, EntityKind::kUser, account, name);
  record.tags = reader.tags();
  record.boundary = reader.optional_id(EntityKind::kPolicy);
  record.permissions = reader.permissions();
  record.groups = reader.ids(EntityKind::kGroup);
  for (std::size_t left = reader.count(); left > 0 && !reader.failed(); --left) {
    AccessKeyEntry key;
    key.id = reader.text();
    key.status = static_cast<AccessKeyStatus>(reader.u8());
    key.created = reader.time();
    reader.require(is_access_key_id(key.id) && is_status(key.status));
    record.access_keys.push_back(std::move(key));
  }
  CLAVIGER_TRY(reader.ok("user"));
  return record;
}

Bytes encode(const GroupRecord& record) {
  Bytes out;
  ByteWriter writer(out);
  write_head(writer, kGroupVersion, record);
  parts::write_permissions(writer, record.permissions);
  writer.u32(record.members);
  return out;
}

Result<GroupRecord> decode_group(const AccountId& account, std::string_view name, ByteSpan bytes) {
  Reader reader(bytes);
  auto record = read_head<GroupRecord>(reader, kGroupVersion, EntityKind::kGroup, account, name);
  record.permissions = reader.permissions();
  record.members = reader.u32();
  CLAVIGER_TRY(reader.ok("group"));
  return record;
}

Bytes encode(const RoleRecord& record) {
  Bytes out;
  ByteWriter writer(out);
  write_head(writer, kRoleVersion, record);
  parts::write_text(writer, record.description);
  writer.u32(record.max_session_seconds);
  parts::write_document(writer, record.trust_policy);
  CLAVIGER_CHECK(record.trust_bindings.size() <= std::numeric_limits<std::uint16_t>::max());
  writer.u16(static_cast<std::uint16_t>(record.trust_bindings.size()));
  for (const auto& [arn, id] : record.trust_bindings) {
    parts::write_text(writer, arn);
    writer.raw(as_bytes(id.view()));
  }
  parts::write_tags(writer, record.tags);
  parts::write_optional_id(writer, record.boundary);
  parts::write_permissions(writer, record.permissions);
  return out;
}

Result<RoleRecord> decode_role(const AccountId& account, std::string_view name, ByteSpan bytes) {
  Reader reader(bytes);
  auto record = read_head<RoleRecord>(reader, kRoleVersion, EntityKind::kRole, account, name);
  record.description = reader.text();
  record.max_session_seconds = reader.u32();
  reader.require(is_session_duration(record.max_session_seconds));
  record.trust_policy = reader.document();
  for (std::size_t left = reader.count(); left > 0 && !reader.failed(); --left) {
    std::string arn = reader.text();
    const auto parsed = parse_entity_arn(arn);
    reader.require(parsed.has_value());
    record.trust_bindings.emplace_back(std::move(arn), reader.id(parsed ? parsed->kind : EntityKind::kUser));
  }
  record.tags = reader.tags();
  record.boundary = reader.optional_id(EntityKind::kPolicy);
  record.permissions = reader.permissions();
  CLAVIGER_TRY(reader.ok("role"));
  return record;
}

Bytes encode(const PolicyRecord& record) {
  Bytes out;
  ByteWriter writer(out);
  write_head(writer, kPolicyVersion, record);
  parts::write_text(writer, record.description);
  parts::write_time(writer, record.updated);
  writer.u32(record.attachments);
  writer.u32(record.boundary_uses);
  writer.u32(record.default_version);
  writer.u32(record.next_version);
  writer.u16(static_cast<std::uint16_t>(record.versions.size()));
  for (const PolicyVersion& version : record.versions) {
    writer.u32(version.number);
    parts::write_time(writer, version.created);
    parts::write_document(writer, version.document);
  }
  parts::write_tags(writer, record.tags);
  return out;
}

Result<PolicyRecord> decode_policy(const AccountId& account, std::string_view name, ByteSpan bytes) {
  Reader reader(bytes);
  auto record = read_head<PolicyRecord>(reader, kPolicyVersion, EntityKind::kPolicy, account, name);
  reader.require(is_policy_path(record.path));
  record.description = reader.text();
  record.updated = reader.time();
  record.attachments = reader.u32();
  record.boundary_uses = reader.u32();
  record.default_version = reader.u32();
  record.next_version = reader.u32();
  for (std::size_t left = reader.count(); left > 0 && !reader.failed(); --left) {
    PolicyVersion version;
    version.number = reader.u32();
    version.created = reader.time();
    version.document = reader.document();
    record.versions.push_back(std::move(version));
  }
  reader.require(versions_fit(record));
  record.tags = reader.tags();
  CLAVIGER_TRY(reader.ok("policy"));
  return record;
}

Bytes encode(const ProviderRecord& record) {
  Bytes out;
  ByteWriter writer(out);
  writer.u8(kProviderVersion);
  parts::write_time(writer, record.created);
  parts::write_texts(writer, record.client_ids);
  parts::write_texts(writer, record.thumbprints);
  parts::write_document(writer, record.key_set);
  parts::write_tags(writer, record.tags);
  return out;
}

Result<ProviderRecord> decode_provider(const AccountId& account, std::string_view url, ByteSpan bytes) {
  Reader reader(bytes);
  ProviderRecord record{.account = account, .url = std::string(url)};
  reader.require(reader.u8() == kProviderVersion && is_provider_url(url));
  record.created = reader.time();
  record.client_ids = reader.texts();
  record.thumbprints = reader.texts();
  record.key_set = reader.document();
  record.tags = reader.tags();
  CLAVIGER_TRY(reader.ok("OpenID Connect provider"));
  return record;
}

}  // namespace claviger::iam
