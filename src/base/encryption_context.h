// The encryption context of a request: text pairs that a ciphertext is bound to.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace claviger {

// Pairs of UTF-8 strings sorted by the raw bytes of their keys, no key twice. Text is compared byte
// for byte: neither case nor Unicode normal forms are folded. No pairs at all is the same as no
// context. Immutable; safe to share between threads.
class EncryptionContext final {
 public:
  using Pair = std::pair<std::string, std::string>;

  // The most bytes append_canonical() ever appends.
  static constexpr std::size_t kMaxCanonicalBytes = 8192;

  // No pairs.
  EncryptionContext() = default;

  // Takes pairs in any order. kValidation when a key occurs twice or the canonical form would be
  // longer than kMaxCanonicalBytes. That the strings are UTF-8 is the decoder's business.
  [[nodiscard]] static Result<EncryptionContext> from_pairs(std::vector<Pair> pairs);

  // Sorted by key.
  const std::vector<Pair>& pairs() const { return pairs_; }
  bool empty() const { return pairs_.empty(); }
  // The value of a key, or null.
  const std::string* find(std::string_view key) const;

  std::size_t canonical_size() const { return canonical_size_; }
  // Appends the one serialised form, from which the pairs can be told without doubt: their count in
  // four bytes, then for each key and each value its length in four bytes and its bytes.
  void append_canonical(Bytes& out) const;

  friend bool operator==(const EncryptionContext&, const EncryptionContext&) = default;

 private:
  std::vector<Pair> pairs_;
  std::size_t canonical_size_ = 4;
};

}  // namespace claviger
