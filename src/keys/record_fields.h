// Internal to keys/: fields that stored records and replication messages have in common.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/check.h"
#include "base/clock.h"
#include "keys/record.h"

namespace claviger::keys {

// In place of a number where there is none.
inline constexpr std::uint8_t kNothing = 0;
inline constexpr std::uint8_t kSomething = 1;

inline std::uint64_t to_number(WallTime time) { return static_cast<std::uint64_t>(to_millis(time)); }
inline WallTime to_time(std::uint64_t number) { return from_millis(static_cast<std::int64_t>(number)); }
inline std::string to_text(ByteSpan bytes) { return std::string(as_text(bytes)); }

// More than two bytes can count is a broken invariant: bound it first.
inline void put_count(ByteWriter& writer, std::size_t count) {
  CLAVIGER_CHECK(count <= std::numeric_limits<std::uint16_t>::max());
  writer.u16(static_cast<std::uint16_t>(count));
}

inline void put_bindings(ByteWriter& writer, const std::vector<PrincipalBinding>& bindings) {
  put_count(writer, bindings.size());
  for (const PrincipalBinding& binding : bindings) {
    writer.sized16(as_bytes(binding.arn));
    writer.sized16(as_bytes(binding.unique_id));
  }
}

// Like take_tags() and every read: when the bytes do not suffice, the reader has failed afterwards.
inline std::vector<PrincipalBinding> take_bindings(ByteReader& reader) {
  std::vector<PrincipalBinding> bindings;
  const std::size_t count = reader.u16();
  for (std::size_t i = 0; i < count && !reader.failed(); ++i) {
    std::string arn = to_text(reader.sized16());
    std::string unique_id = to_text(reader.sized16());
    bindings.push_back({std::move(arn), std::move(unique_id)});
  }
  return bindings;
}

inline void put_tags(ByteWriter& writer, const std::vector<Tag>& tags) {
  put_count(writer, tags.size());
  for (const Tag& tag : tags) {
    writer.sized16(as_bytes(tag.key));
    writer.sized16(as_bytes(tag.value));
  }
}

inline std::vector<Tag> take_tags(ByteReader& reader) {
  std::vector<Tag> tags;
  const std::size_t count = reader.u16();
  for (std::size_t i = 0; i < count && !reader.failed(); ++i) {
    std::string key = to_text(reader.sized16());
    std::string value = to_text(reader.sized16());
    tags.push_back({std::move(key), std::move(value)});
  }
  return tags;
}

// The primary key's Region, then the replicas.
inline void put_regions(ByteWriter& writer, const MultiRegion& regions) {
  writer.sized16(as_bytes(regions.primary.view()));
  put_count(writer, regions.replicas.size());
  for (const Replica& replica : regions.replicas) {
    writer.sized16(as_bytes(replica.region.view()));
    writer.u8(replica.has_pending_material ? kSomething : kNothing);
  }
}

}  // namespace claviger::keys
