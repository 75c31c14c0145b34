#include "iam/ids.h"

#include <algorithm>
#include <array>
#include <utility>

namespace claviger::iam {
namespace {

constexpr std::string_view kIdAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
constexpr std::string_view kSecretAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::size_t kPrefixSize = 4;
constexpr std::size_t kUniquePart = 17;
constexpr std::size_t kKeyPart = 16;
constexpr std::size_t kSecretSize = 40;

constexpr std::array<std::pair<EntityKind, std::string_view>, 4> kPrefixes{{
    {EntityKind::kUser, "AIDA"},
    {EntityKind::kGroup, "AGPA"},
    {EntityKind::kRole, "AROA"},
    {EntityKind::kPolicy, "ANPA"},
}};

std::string_view id_prefix(EntityKind kind) {
  for (const auto& [known, prefix] : kPrefixes) {
    if (known == kind) return prefix;
  }
  CLAVIGER_CHECK(false);
}

// Both alphabets have a power of two of characters, so taking the low bits favours none.
void to_alphabet(MutableByteSpan bytes, std::string_view alphabet) {
  for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(alphabet[byte & (alphabet.size() - 1)]);
}

std::string with_random(std::string_view prefix, std::size_t size, RandomSource& random) {
  std::array<std::uint8_t, kUniquePart> bytes;
  const MutableByteSpan part = MutableByteSpan(bytes).first(size);
  random.fill(part);
  to_alphabet(part, kIdAlphabet);
  return std::string(prefix).append(as_text(part));
}

bool is_upper_or_digit(char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

bool is_word(char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; }

}  // namespace

std::optional<UniqueId> UniqueId::parse(std::string_view text) {
  if (text.size() != kPrefixSize + kUniquePart) return std::nullopt;
  const auto known = std::find_if(kPrefixes.begin(), kPrefixes.end(),
                                  [&](const auto& entry) { return text.starts_with(entry.second); });
  if (known == kPrefixes.end() || !std::all_of(text.begin(), text.end(), is_upper_or_digit)) return std::nullopt;
  return UniqueId(text);
}

std::optional<UniqueId> UniqueId::parse(EntityKind kind, std::string_view text) {
  const auto id = parse(text);
  if (!id || id->kind() != kind) return std::nullopt;
  return id;
}

UniqueId UniqueId::make(EntityKind kind, RandomSource& random) {
  return UniqueId(with_random(id_prefix(kind), kUniquePart, random));
}

EntityKind UniqueId::kind() const {
  for (const auto& [kind, prefix] : kPrefixes) {
    if (view().starts_with(prefix)) return kind;
  }
  CLAVIGER_CHECK(false);
}

std::string make_access_key_id(RandomSource& random) { return with_random("AKIA", kKeyPart, random); }
std::string make_session_key_id(RandomSource& random) { return with_random("ASIA", kKeyPart, random); }

SecretBytes make_secret_access_key(RandomSource& random) {
  SecretBytes secret(kSecretSize);
  random.fill(secret.writable());
  to_alphabet(secret.writable(), kSecretAlphabet);
  return secret;
}

bool is_access_key_id(std::string_view text) {
  return !text.empty() && text.size() <= 128 && std::all_of(text.begin(), text.end(), is_word);
}

}  // namespace claviger::iam
