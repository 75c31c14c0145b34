#include "iam/signing_keys.h"

#include <algorithm>

namespace claviger::iam {

crypto::HmacSha256 derive_signing_key(const SecretBytes& signing_secret, std::string_view date, std::string_view region,
                                      std::string_view service, std::string_view terminator) {
  crypto::HmacSha256 hmac(signing_secret);
  for (const std::string_view step : {date, region, service, terminator}) {
    hmac.set_key(hmac.mac_secret(as_bytes(step)));
  }
  return hmac;
}

crypto::HmacSha256* SigningKeys::find(std::string_view credential) {
  const auto found = keys_.find(credential);
  if (found == keys_.end()) return nullptr;
  found->second.last_use = ++uses_;
  return &found->second.key;
}

void SigningKeys::insert(std::string_view credential, crypto::HmacSha256 key) {
  if (keys_.size() >= capacity_ && !keys_.empty()) {
    keys_.erase(std::min_element(keys_.begin(), keys_.end(),
                                 [](const auto& a, const auto& b) { return a.second.last_use < b.second.last_use; }));
  }
  keys_.insert_or_assign(std::string(credential), Entry{std::move(key), ++uses_});
}

}  // namespace claviger::iam
