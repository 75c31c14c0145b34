#include "iam/record_parts.h"

#include <algorithm>
#include <limits>

#include "iam/names.h"

namespace claviger::iam {

const InlinePolicy* Permissions::find_inline(std::string_view name) const {
  const auto found = std::find_if(inline_policies.begin(), inline_policies.end(),
                                  [&](const InlinePolicy& policy) { return same_name(policy.name, name); });
  return found == inline_policies.end() ? nullptr : &*found;
}

bool Permissions::has_attached(const UniqueId& policy) const {
  return std::find(attached.begin(), attached.end(), policy) != attached.end();
}

namespace parts {

void write_time(ByteWriter& writer, WallTime time) { writer.u64(static_cast<std::uint64_t>(to_millis(time))); }
void write_text(ByteWriter& writer, std::string_view text) { writer.sized16(as_bytes(text)); }
void write_document(ByteWriter& writer, std::string_view text) { writer.sized32(as_bytes(text)); }

namespace {
void write_count(ByteWriter& writer, std::size_t count) {
  CLAVIGER_CHECK(count <= std::numeric_limits<std::uint16_t>::max());
  writer.u16(static_cast<std::uint16_t>(count));
}
}  // namespace

void write_tags(ByteWriter& writer, const std::vector<Tag>& tags) {
  write_count(writer, tags.size());
  for (const Tag& tag : tags) {
    write_text(writer, tag.key);
    write_text(writer, tag.value);
  }
}

void write_texts(ByteWriter& writer, const std::vector<std::string>& texts) {
  write_count(writer, texts.size());
  for (const std::string& text : texts) write_text(writer, text);
}

void write_ids(ByteWriter& writer, const std::vector<UniqueId>& ids) {
  write_count(writer, ids.size());
  for (const UniqueId& id : ids) writer.raw(as_bytes(id.view()));
}

void write_permissions(ByteWriter& writer, const Permissions& permissions) {
  write_ids(writer, permissions.attached);
  write_count(writer, permissions.inline_policies.size());
  for (const InlinePolicy& policy : permissions.inline_policies) {
    write_text(writer, policy.name);
    write_document(writer, policy.document);
  }
}

void write_optional_id(ByteWriter& writer, const std::optional<UniqueId>& id) {
  write_count(writer, id ? 1 : 0);
  if (id) writer.raw(as_bytes(id->view()));
}

WallTime Reader::time() {
  const std::uint64_t millis = reader_.u64();
  require(millis <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()));
  return from_millis(static_cast<std::int64_t>(millis));
}

std::string Reader::text() { return std::string(as_text(reader_.sized16())); }
std::string Reader::document() { return std::string(as_text(reader_.sized32())); }

std::vector<Tag> Reader::tags() {
  std::vector<Tag> tags;
  for (std::size_t left = count(); left > 0 && !failed(); --left) {
    std::string key = text();
    std::string value = text();
    tags.push_back({std::move(key), std::move(value)});
  }
  return tags;
}

std::vector<std::string> Reader::texts() {
  std::vector<std::string> texts;
  for (std::size_t left = count(); left > 0 && !failed(); --left) texts.push_back(text());
  return texts;
}

AccountId Reader::account() {
  const auto account = AccountId::parse(as_text(reader_.raw(12)));
  require(account.has_value());
  return account.value_or(AccountId());
}

UniqueId Reader::id(EntityKind kind) {
  const auto id = UniqueId::parse(kind, as_text(reader_.raw(21)));
  require(id.has_value());
  return id.value_or(UniqueId());
}

std::vector<UniqueId> Reader::ids(EntityKind kind) {
  std::vector<UniqueId> ids;
  for (std::size_t left = count(); left > 0 && !failed(); --left) ids.push_back(id(kind));
  return ids;
}

Permissions Reader::permissions() {
  Permissions permissions;
  permissions.attached = ids(EntityKind::kPolicy);
  std::string previous;
  for (std::size_t left = count(); left > 0 && !failed(); --left) {
    std::string name = text();
    std::string content = document();
    std::string key = folded(name);
    require(is_name(name, kMaxPolicyNameBytes) && previous < key);
    previous = std::move(key);
    permissions.inline_policies.push_back({std::move(name), std::move(content)});
  }
  return permissions;
}

std::optional<UniqueId> Reader::optional_id(EntityKind kind) {
  const std::size_t present = count();
  require(present <= 1);
  if (present != 1 || failed()) return std::nullopt;
  return id(kind);
}

Status Reader::ok(std::string_view what) const {
  if (bad_ || !reader_.done()) return fail(Error::corrupt(std::string(what).append(" record does not decode")));
  return {};
}

}  // namespace parts
}  // namespace claviger::iam
