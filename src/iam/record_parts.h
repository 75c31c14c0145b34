// What the records of several kinds of entities have in common, and how these parts are written down.
// docs/formats/iam-entities.md.
#pragma once

#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"
#include "iam/ids.h"

namespace claviger::iam {

struct Tag {
  std::string key;
  std::string value;
  friend bool operator==(const Tag&, const Tag&) = default;
};

struct InlinePolicy {
  std::string name;
  std::string document;  // as it was put
  friend bool operator==(const InlinePolicy&, const InlinePolicy&) = default;
};

// The permissions that a user, group or role has of its own.
struct Permissions {
  std::vector<UniqueId> attached;             // managed policies, in order of attachment
  std::vector<InlinePolicy> inline_policies;  // by folded name

  // nullptr when there is none of that name.
  const InlinePolicy* find_inline(std::string_view name) const;
  bool has_attached(const UniqueId& policy) const;
  friend bool operator==(const Permissions&, const Permissions&) = default;
};

namespace parts {

void write_time(ByteWriter& writer, WallTime time);
void write_text(ByteWriter& writer, std::string_view text);      // at most 65,535 bytes
void write_document(ByteWriter& writer, std::string_view text);  // longer
void write_tags(ByteWriter& writer, const std::vector<Tag>& tags);
void write_texts(ByteWriter& writer, const std::vector<std::string>& texts);
void write_ids(ByteWriter& writer, const std::vector<UniqueId>& ids);
void write_permissions(ByteWriter& writer, const Permissions& permissions);
void write_optional_id(ByteWriter& writer, const std::optional<UniqueId>& id);

// Reads the parts of one record, and remembers whether anything was not as the writer makes it: ask ok() at the end.
class Reader final {
 public:
  explicit Reader(ByteSpan bytes) : reader_(bytes) {}

  std::uint8_t u8() { return reader_.u8(); }
  std::uint32_t u32() { return reader_.u32(); }
  WallTime time();
  std::string text();
  std::string document();
  std::vector<Tag> tags();
  std::vector<std::string> texts();
  AccountId account();  // 12 digits
  UniqueId id(EntityKind kind);
  std::vector<UniqueId> ids(EntityKind kind);
  Permissions permissions();
  std::optional<UniqueId> optional_id(EntityKind kind);
  std::size_t count() { return reader_.u16(); }
  bool failed() const { return bad_ || reader_.failed(); }
  // The record breaks a rule that only its decoder knows.
  void require(bool holds) { bad_ = bad_ || !holds; }

  // Everything was well-formed and nothing is left over. kCorrupt, naming `what`.
  [[nodiscard]] Status ok(std::string_view what) const;

 private:
  ByteReader reader_;
  bool bad_ = false;
};

}  // namespace parts
}  // namespace claviger::iam
