#include "hsm/import_token.h"

#include <array>
#include <limits>
#include <utility>

#include "base/check.h"
#include "hsm/secret_gate.h"

namespace claviger::hsm {
namespace {

using crypto::KeyKind;

constexpr std::uint8_t kImportTokenVersion = 1;

constexpr std::pair<std::string_view, WrappingAlgorithm> kAlgorithms[] = {
    {"RSAES_OAEP_SHA_1", WrappingAlgorithm::kRsaesOaepSha1},
    {"RSAES_OAEP_SHA_256", WrappingAlgorithm::kRsaesOaepSha256},
    {"RSA_AES_KEY_WRAP_SHA_1", WrappingAlgorithm::kRsaAesKeyWrapSha1},
    {"RSA_AES_KEY_WRAP_SHA_256", WrappingAlgorithm::kRsaAesKeyWrapSha256},
    {"SM2PKE", WrappingAlgorithm::kSm2Pke},
};

// The numbers are stored: never reused, never changed.
struct WrappingKind {
  std::string_view name;
  KeyKind kind;
  std::uint8_t number;
};
constexpr WrappingKind kWrappingKinds[] = {
    {"RSA_2048", KeyKind::kRsa2048, 2},
    {"RSA_3072", KeyKind::kRsa3072, 3},
    {"RSA_4096", KeyKind::kRsa4096, 4},
    {"SM2", KeyKind::kSm2, 13},
};

std::uint8_t number_of_kind(KeyKind kind) {
  for (const WrappingKind& known : kWrappingKinds) {
    if (known.kind == kind) return known.number;
  }
  check_failed("a kind of wrapping key", __FILE__, __LINE__);
}

}  // namespace

std::optional<WrappingAlgorithm> wrapping_algorithm(std::string_view name) {
  for (const auto& [known, algorithm] : kAlgorithms) {
    if (known == name) return algorithm;
  }
  return std::nullopt;
}

std::optional<KeyKind> wrapping_kind(std::string_view wrapping_key_spec) {
  for (const WrappingKind& known : kWrappingKinds) {
    if (known.name == wrapping_key_spec) return known.kind;
  }
  return std::nullopt;
}

SecretBytes encode(const ImportToken& token) {
  const std::size_t size = token.private_key.size();
  CLAVIGER_CHECK(size > 0 && size <= crypto::kMaxKeyEncodingBytes);
  CLAVIGER_CHECK(can_wrap(token.wrapping_kind, token.algorithm));
  Bytes head;
  ByteWriter writer(head);
  writer.u8(kImportTokenVersion);
  writer.u8(std::to_underlying(token.algorithm));
  writer.u8(number_of_kind(token.wrapping_kind));
  writer.u64(static_cast<std::uint64_t>(to_millis(token.valid_until)));
  writer.u16(static_cast<std::uint16_t>(size));
  SecretBytes out;
  out.reserve(head.size() + size);
  out.append(head);
  out.append(token.private_key.expose(SecretGate::access()));
  return out;
}

std::optional<ImportToken> decode_import_token(const SecretBytes& bytes) {
  ByteReader reader(bytes.expose(SecretGate::access()));
  if (reader.u8() != kImportTokenVersion) return std::nullopt;
  const std::uint8_t algorithm = reader.u8();
  const std::uint8_t kind = reader.u8();
  const std::uint64_t valid_until = reader.u64();
  const ByteSpan private_key = reader.sized16();
  if (!reader.done() || private_key.empty() || private_key.size() > crypto::kMaxKeyEncodingBytes) return std::nullopt;
  if (valid_until > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) return std::nullopt;
  for (const auto& [name, known] : kAlgorithms) {
    for (const WrappingKind& known_kind : kWrappingKinds) {
      if (std::to_underlying(known) != algorithm || known_kind.number != kind) continue;
      if (!can_wrap(known_kind.kind, known)) return std::nullopt;
      return ImportToken{known, known_kind.kind, from_millis(static_cast<std::int64_t>(valid_until)),
                         SecretBytes::copy_of(private_key)};
    }
  }
  return std::nullopt;
}

Bytes import_token_context(const KeyBinding& binding) {
  Bytes context;
  ByteWriter writer(context);
  writer.sized16(as_bytes(binding.scope.account.view()));
  writer.sized16(as_bytes(binding.scope.region.view()));
  writer.sized16(as_bytes(binding.key.view()));
  writer.sized16(as_bytes(binding.key_spec));
  return context;
}

}  // namespace claviger::hsm
