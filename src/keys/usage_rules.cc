#include "keys/usage_rules.h"

#include <fmt/format.h>

#include "base/check.h"

namespace claviger::keys {

bool offers(KeySpec spec, EncryptionAlgorithm algorithm) {
  switch (algorithm) {
    case EncryptionAlgorithm::kSymmetricDefault:
      return spec == KeySpec::kSymmetricDefault;
    case EncryptionAlgorithm::kRsaesOaepSha1:
    case EncryptionAlgorithm::kRsaesOaepSha256:
      return spec == KeySpec::kRsa2048 || spec == KeySpec::kRsa3072 || spec == KeySpec::kRsa4096;
    case EncryptionAlgorithm::kSm2Pke:
      return spec == KeySpec::kSm2;
  }
  CLAVIGER_CHECK(false);
}

bool usage_fits(KeySpec spec, KeyUsage usage) {
  switch (spec) {
    case KeySpec::kSymmetricDefault:
      return usage == KeyUsage::kEncryptDecrypt;
    case KeySpec::kRsa2048:
    case KeySpec::kRsa3072:
    case KeySpec::kRsa4096:
      return usage == KeyUsage::kEncryptDecrypt || usage == KeyUsage::kSignVerify;
    case KeySpec::kEccNistP256:
    case KeySpec::kEccNistP384:
    case KeySpec::kEccNistP521:
      return usage == KeyUsage::kSignVerify || usage == KeyUsage::kKeyAgreement;
    case KeySpec::kEccSecgP256k1:
    case KeySpec::kEccNistEdwards25519:
    case KeySpec::kMlDsa44:
    case KeySpec::kMlDsa65:
    case KeySpec::kMlDsa87:
      return usage == KeyUsage::kSignVerify;
    case KeySpec::kHmac224:
    case KeySpec::kHmac256:
    case KeySpec::kHmac384:
    case KeySpec::kHmac512:
      return usage == KeyUsage::kGenerateVerifyMac;
    case KeySpec::kSm2:
      return usage != KeyUsage::kGenerateVerifyMac;
  }
  CLAVIGER_CHECK(false);
}

Status check_encryption_usage(const KeyRecord& key, EncryptionAlgorithm algorithm, std::string_view operation) {
  if (key.usage != KeyUsage::kEncryptDecrypt) {
    return fail(ErrorCode::kInvalidKeyUsage,
                fmt::format("{} key usage is {} which is not valid for {}.", key.arn(), name_of(key.usage), operation));
  }
  if (!offers(key.spec, algorithm)) {
    return fail(ErrorCode::kInvalidKeyUsage,
                fmt::format("Algorithm {} is incompatible with key spec {}.", name_of(algorithm), name_of(key.spec)));
  }
  return {};
}

}  // namespace claviger::keys
