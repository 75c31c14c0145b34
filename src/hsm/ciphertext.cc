#include "hsm/ciphertext.h"

#include "hsm/ciphertext_layout.h"

namespace claviger::hsm {

std::optional<CiphertextHeader> parse_ciphertext(ByteSpan blob) {
  if (blob.size() <= kCiphertextOverhead || blob.size() > kCiphertextOverhead + kMaxPlaintextBytes) return std::nullopt;
  ByteReader reader(blob);
  if (reader.u8() != layout::kVersion) return std::nullopt;
  const auto account = AccountId::parse(as_text(reader.raw(layout::kAccountBytes)));
  const auto key = KeyId::parse(as_text(reader.raw(layout::kKeyBytes)));
  if (!account || !key) return std::nullopt;
  return CiphertextHeader{*account, *key, reader.array<layout::kMaterialBytes>()};
}

}  // namespace claviger::hsm
