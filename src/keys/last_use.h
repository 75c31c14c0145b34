// When a KMS key was last used (API page "GetKeyLastUsage"), and how that is written down. Format:
// docs/formats/last-use.md.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/identifiers.h"
#include "base/result.h"
#include "keys/layout.h"
#include "keys/types.h"

namespace claviger::keys {

// The operations that count as a use: those with key material. The numbers are stored: never reused, never changed.
enum class TrackedOperation : std::uint8_t {
  kDecrypt = 1,
  kDeriveSharedSecret = 2,
  kEncrypt = 3,
  kGenerateDataKey = 4,
  kGenerateDataKeyPair = 5,
  kGenerateDataKeyPairWithoutPlaintext = 6,
  kGenerateDataKeyWithoutPlaintext = 7,
  kGenerateMac = 8,
  kReEncrypt = 9,
  kSign = 10,
  kVerify = 11,
  kVerifyMac = 12,
};

template <>
struct Names<TrackedOperation> {
  static constexpr std::array<std::pair<TrackedOperation, std::string_view>, 12> kAll{{
      {TrackedOperation::kDecrypt, "Decrypt"},
      {TrackedOperation::kDeriveSharedSecret, "DeriveSharedSecret"},
      {TrackedOperation::kEncrypt, "Encrypt"},
      {TrackedOperation::kGenerateDataKey, "GenerateDataKey"},
      {TrackedOperation::kGenerateDataKeyPair, "GenerateDataKeyPair"},
      {TrackedOperation::kGenerateDataKeyPairWithoutPlaintext, "GenerateDataKeyPairWithoutPlaintext"},
      {TrackedOperation::kGenerateDataKeyWithoutPlaintext, "GenerateDataKeyWithoutPlaintext"},
      {TrackedOperation::kGenerateMac, "GenerateMac"},
      {TrackedOperation::kReEncrypt, "ReEncrypt"},
      {TrackedOperation::kSign, "Sign"},
      {TrackedOperation::kVerify, "Verify"},
      {TrackedOperation::kVerifyMac, "VerifyMac"},
  }};
};

// A successful use of a key.
struct LastUse {
  WallTime time{};
  TrackedOperation operation{};
  // The ids of its audit record and of its request; UUIDs as text.
  std::string event_id;
  std::string request_id;
  friend bool operator==(const LastUse&, const LastUse&) = default;
};

// last-use/<account>/<region>/<key id> -> LastUse
namespace layout {
inline constexpr std::string_view kLastUse = "last-use/";
// Since when uses are written down, as encode_time() has it.
inline constexpr std::string_view kUsesSince = "uses-since";
std::string last_use(const Scope& scope, const KeyId& id);
// The inverse; nullopt for anything else.
std::optional<KeyPlace> parse_last_use(std::string_view store_key);
}  // namespace layout

// Both ids must be UUIDs, a broken invariant otherwise.
Bytes encode(const LastUse& use);
// kCorrupt for anything that encode() does not make.
[[nodiscard]] Result<LastUse> decode_last_use(ByteSpan bytes);

// What is known of a key's use (API page "GetKeyLastUsage").
struct Usage {
  WallTime tracked_since{};  // not before the key was made
  std::optional<LastUse> last;
};

// kms:TrailingDaysWithoutKeyUsage: whole days at `now` since the last use, or since uses are tracked (Developer Guide,
// "kms:TrailingDaysWithoutKeyUsage"). Never negative.
std::int64_t days_without_use(const Usage& usage, WallTime now);

// The value of layout::kUsesSince.
Bytes encode_time(WallTime time);
[[nodiscard]] Result<WallTime> decode_time(ByteSpan bytes);

}  // namespace claviger::keys
