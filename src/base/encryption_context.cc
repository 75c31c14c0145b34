#include "base/encryption_context.h"

#include <algorithm>

namespace claviger {
namespace {

// std::string compares as unsigned char (char_traits<char>), which for UTF-8 is the order of the raw bytes.
bool key_less(const EncryptionContext::Pair& left, const EncryptionContext::Pair& right) {
  return left.first < right.first;
}

}  // namespace

Result<EncryptionContext> EncryptionContext::from_pairs(std::vector<Pair> pairs) {
  EncryptionContext context;
  for (const auto& [key, value] : pairs) {
    context.canonical_size_ += 8 + key.size() + value.size();
    if (context.canonical_size_ > kMaxCanonicalBytes) {
      return fail(Error::validation("The encryption context is too large: its keys and values exceed 8192 bytes."));
    }
  }
  std::sort(pairs.begin(), pairs.end(), key_less);
  const auto same_key = [](const Pair& left, const Pair& right) { return left.first == right.first; };
  if (std::adjacent_find(pairs.begin(), pairs.end(), same_key) != pairs.end()) {
    return fail(Error::validation("The encryption context contains a key more than once."));
  }
  context.pairs_ = std::move(pairs);
  return context;
}

const std::string* EncryptionContext::find(std::string_view key) const {
  const auto at = std::lower_bound(pairs_.begin(), pairs_.end(), key,
                                   [](const Pair& pair, std::string_view wanted) { return pair.first < wanted; });
  return at != pairs_.end() && at->first == key ? &at->second : nullptr;
}

void EncryptionContext::append_canonical(Bytes& out) const {
  out.reserve(out.size() + canonical_size_);
  ByteWriter writer(out);
  writer.u32(static_cast<std::uint32_t>(pairs_.size()));
  for (const auto& [key, value] : pairs_) {
    writer.sized32(as_bytes(key));
    writer.sized32(as_bytes(value));
  }
}

}  // namespace claviger
