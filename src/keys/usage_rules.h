// Whether a key's usage and spec fit what is asked of it.
#pragma once

#include <cstdint>
#include <string_view>
#include <variant>

#include "base/result.h"
#include "keys/record.h"

namespace claviger::keys {

// Whether keys of this spec offer the algorithm, when their usage is the algorithm's.
bool offers(KeySpec spec, EncryptionAlgorithm algorithm);
bool offers(KeySpec spec, SigningAlgorithm algorithm);
bool offers(KeySpec spec, MacAlgorithm algorithm);
bool offers(KeySpec spec, KeyAgreementAlgorithm algorithm);

// The one partition where AWS KMS has SM2.
inline constexpr std::string_view kChinaPartition = "aws-cn";

// kUnsupportedOperation `<member> <spec> is not supported in this Region` for keys and data key pairs of a spec that
// the Region does not have. `member` is KeySpec or KeyPairSpec.
[[nodiscard]] Status check_region(KeySpec spec, const Region& region, std::string_view member);

// Whether keys of this spec are a private key and a public one.
bool is_asymmetric(KeySpec spec);

// The kinds of keys that an alias cannot be moved between (API page "UpdateAlias").
enum class KeyType : std::uint8_t { kSymmetric, kAsymmetric, kHmac };
KeyType type_of(KeySpec spec);

// What an operation does with a key.
using Algorithm = std::variant<EncryptionAlgorithm, SigningAlgorithm, MacAlgorithm, KeyAgreementAlgorithm>;

// Whether a key of this spec can be created with this usage (API page "CreateKey").
bool usage_fits(KeySpec spec, KeyUsage usage);

// kInvalidKeyUsage `<key ARN> key usage is <usage> which is not valid for <operation>.` when the algorithm is for
// another usage than the key's, or `Algorithm <algorithm> is incompatible with key spec <spec>.`
[[nodiscard]] Status check_usage(const KeyRecord& key, const Algorithm& algorithm, std::string_view operation);

}  // namespace claviger::keys
