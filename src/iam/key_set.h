// The public keys of an issuer of web identity tokens: a JSON Web Key Set (RFC 7517).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace claviger::iam {

inline constexpr std::size_t kMaxKeySetBytes = 64 * 1024;
inline constexpr std::size_t kMaxKeysPerSet = 64;

// The algorithms that are accepted. A key is for exactly one of them, by its type, and never for another because a
// token says so.
enum class TokenAlgorithm : std::uint8_t { kRs256, kEs256 };

// Immutable; may be shared between threads.
class KeySet final {
 public:
  // Keys for other uses and of other types or algorithms are left out. kInvalidInput for text that is no key set, a key
  // that is malformed or private, two keys of one id, and a set without a key that can be used.
  [[nodiscard]] static Result<KeySet> parse(std::string_view json);

  // Whether some key of this id and algorithm verifies the signature. Without an id the set's only key of the algorithm
  // is meant, if there is exactly one.
  bool verify(TokenAlgorithm algorithm, std::string_view key_id, ByteSpan message, ByteSpan signature) const;
  std::size_t size() const { return keys_.size(); }
  // The ids of the keys in the order of the text; empty for a key without one. Views that live as long as this.
  std::vector<std::string_view> ids() const;

 private:
  struct Key {
    TokenAlgorithm algorithm = TokenAlgorithm::kRs256;
    std::string id;
    Bytes first, second;  // modulus and exponent, or the coordinates
  };
  explicit KeySet(std::vector<Key> keys) : keys_(std::move(keys)) {}
  const Key* find(TokenAlgorithm algorithm, std::string_view key_id) const;

  std::vector<Key> keys_;
};

}  // namespace claviger::iam
