// Signature Version 4's derived keys, kept ready for use.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "crypto/digest.h"

namespace claviger::iam {

// HMAC under the derived key: AWS4 + secret, then date, Region, service, terminator (IAM User Guide, "Create a signed
// AWS API request", step 4). `signing_secret` starts with "AWS4".
crypto::HmacSha256 derive_signing_key(const SecretBytes& signing_secret, std::string_view date, std::string_view region,
                                      std::string_view service, std::string_view terminator);

// A bounded cache, by credential (access key id and scope). What leaves it is wiped. Not thread-safe.
class SigningKeys final {
 public:
  explicit SigningKeys(std::size_t capacity) : capacity_(capacity) {}

  // nullptr when it is not here. Valid until the next insert() or clear().
  crypto::HmacSha256* find(std::string_view credential);
  // Makes room by dropping the key that was used least recently.
  void insert(std::string_view credential, crypto::HmacSha256 key);
  void clear() { keys_.clear(); }
  std::size_t size() const { return keys_.size(); }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  struct Entry {
    crypto::HmacSha256 key;
    std::uint64_t last_use;
  };

  std::size_t capacity_;
  std::uint64_t uses_ = 0;
  std::unordered_map<std::string, Entry, Hash, std::equal_to<>> keys_;
};

}  // namespace claviger::iam
