#include "keys/last_use.h"

#include <algorithm>

#include "base/check.h"

namespace claviger::keys {
namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kUuidSize = 36;

bool is_uuid(std::string_view text) {
  if (text.size() != kUuidSize) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? c != '-' : !((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) return false;
  }
  return true;
}

}  // namespace

std::string layout::last_use(const Scope& scope, const KeyId& id) {
  return std::string(kLastUse).append(key(scope, id), kKeys.size());
}

std::optional<layout::KeyPlace> layout::parse_last_use(std::string_view store_key) {
  if (!store_key.starts_with(kLastUse)) return std::nullopt;
  return parse_key(std::string(kKeys).append(store_key.substr(kLastUse.size())));
}

Bytes encode(const LastUse& use) {
  CLAVIGER_CHECK(is_uuid(use.event_id) && is_uuid(use.request_id));
  Bytes out;
  ByteWriter writer(out);
  writer.u8(kVersion);
  writer.u8(std::to_underlying(use.operation));
  writer.u64(static_cast<std::uint64_t>(to_millis(use.time)));
  writer.raw(as_bytes(use.event_id));
  writer.raw(as_bytes(use.request_id));
  return out;
}

Result<LastUse> decode_last_use(ByteSpan bytes) {
  ByteReader reader(bytes);
  if (reader.u8() != kVersion) return fail(Error::corrupt("last use: unknown version"));
  const auto operation = from_number<TrackedOperation>(reader.u8());
  if (!operation) return fail(Error::corrupt("last use: unknown operation"));
  LastUse use{.operation = *operation};
  use.time = from_millis(static_cast<std::int64_t>(reader.u64()));
  const auto event_id = reader.array<kUuidSize>();
  const auto request_id = reader.array<kUuidSize>();
  use.event_id = as_text(event_id);
  use.request_id = as_text(request_id);
  if (!reader.done()) return fail(Error::corrupt("last use: wrong length"));
  if (!is_uuid(use.event_id) || !is_uuid(use.request_id)) return fail(Error::corrupt("last use: an id is no UUID"));
  return use;
}

std::int64_t days_without_use(const Usage& usage, WallTime now) {
  const WallTime since = usage.last ? usage.last->time : usage.tracked_since;
  return std::max<std::int64_t>(0, std::chrono::floor<std::chrono::days>(now - since).count());
}

Bytes encode_time(WallTime time) {
  Bytes out;
  ByteWriter(out).u64(static_cast<std::uint64_t>(to_millis(time)));
  return out;
}

Result<WallTime> decode_time(ByteSpan bytes) {
  ByteReader reader(bytes);
  const auto millis = static_cast<std::int64_t>(reader.u64());
  if (!reader.done()) return fail(Error::corrupt("a time: wrong length"));
  return from_millis(millis);
}

}  // namespace claviger::keys
