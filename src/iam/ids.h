// Identifiers and credentials that IAM makes: unique ids, access key ids, secrets. All come from the injected source.
// (IAM User Guide, "IAM identifiers", "Unique identifiers".)
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/identifiers.h"
#include "base/random.h"
#include "base/secret.h"

namespace claviger::iam {

enum class EntityKind : std::uint8_t { kUser, kGroup, kRole, kPolicy };

// `AIDA`, `AGPA`, `AROA` or `ANPA` and 17 characters: an entity once and for all, whatever its name becomes, and never
// anybody else's after it was deleted.
class UniqueId final : public FixedText<21> {
 public:
  // Accepts 17 characters of [A-Z0-9] after one of the four prefixes; nullopt for anything else.
  static std::optional<UniqueId> parse(std::string_view text);
  // The same, and of this kind.
  static std::optional<UniqueId> parse(EntityKind kind, std::string_view text);
  // 17 characters of [A-Z2-7]: 85 random bits.
  static UniqueId make(EntityKind kind, RandomSource& random);
  EntityKind kind() const;

 private:
  using FixedText::FixedText;
};

// A new access key id: `AKIA` (long-term) or `ASIA` (of a session) and 16 characters of [A-Z2-7]: 80 random bits.
std::string make_access_key_id(RandomSource& random);
std::string make_session_key_id(RandomSource& random);
// A new secret access key: 40 characters of [A-Za-z0-9+/], 240 random bits.
SecretBytes make_secret_access_key(RandomSource& random);

// Whether `text` may be an access key id that somebody chose: 1 to 128 characters of [A-Za-z0-9_].
bool is_access_key_id(std::string_view text);

}  // namespace claviger::iam

namespace std {
template <>
struct hash<claviger::iam::UniqueId> {
  size_t operator()(const claviger::iam::UniqueId& v) const { return hash<string_view>()(v.view()); }
};
}  // namespace std
