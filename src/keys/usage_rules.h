// Whether a key's usage and spec fit what is asked of it.
#pragma once

#include <string_view>

#include "base/result.h"
#include "keys/record.h"

namespace claviger::keys {

// Whether keys of this spec offer the algorithm.
bool offers(KeySpec spec, EncryptionAlgorithm algorithm);

// Whether a key of this spec can be created with this usage (API page "CreateKey").
bool usage_fits(KeySpec spec, KeyUsage usage);

// kInvalidKeyUsage `<key ARN> key usage is <usage> which is not valid for <operation>.` when the key is not for
// encryption, or `Algorithm <algorithm> is incompatible with key spec <spec>.`
[[nodiscard]] Status check_encryption_usage(const KeyRecord& key, EncryptionAlgorithm algorithm,
                                            std::string_view operation);

}  // namespace claviger::keys
