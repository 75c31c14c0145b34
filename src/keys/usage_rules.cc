#include "keys/usage_rules.h"

#include <fmt/format.h>

#include "base/check.h"

namespace claviger::keys {
namespace {

bool is_rsa(KeySpec spec) {
  return spec == KeySpec::kRsa2048 || spec == KeySpec::kRsa3072 || spec == KeySpec::kRsa4096;
}

struct UsageOf {
  KeyUsage operator()(EncryptionAlgorithm) const { return KeyUsage::kEncryptDecrypt; }
  KeyUsage operator()(SigningAlgorithm) const { return KeyUsage::kSignVerify; }
  KeyUsage operator()(MacAlgorithm) const { return KeyUsage::kGenerateVerifyMac; }
  KeyUsage operator()(KeyAgreementAlgorithm) const { return KeyUsage::kKeyAgreement; }
};

KeyUsage usage_of(const Algorithm& algorithm) { return std::visit(UsageOf{}, algorithm); }

}  // namespace

bool offers(KeySpec spec, EncryptionAlgorithm algorithm) {
  switch (algorithm) {
    case EncryptionAlgorithm::kSymmetricDefault:
      return spec == KeySpec::kSymmetricDefault;
    case EncryptionAlgorithm::kRsaesOaepSha1:
    case EncryptionAlgorithm::kRsaesOaepSha256:
      return is_rsa(spec);
    case EncryptionAlgorithm::kSm2Pke:
      return spec == KeySpec::kSm2;
  }
  CLAVIGER_CHECK(false);
}

bool offers(KeySpec spec, SigningAlgorithm algorithm) {
  switch (algorithm) {
    case SigningAlgorithm::kRsassaPssSha256:
    case SigningAlgorithm::kRsassaPssSha384:
    case SigningAlgorithm::kRsassaPssSha512:
    case SigningAlgorithm::kRsassaPkcs1V15Sha256:
    case SigningAlgorithm::kRsassaPkcs1V15Sha384:
    case SigningAlgorithm::kRsassaPkcs1V15Sha512:
      return is_rsa(spec);
    case SigningAlgorithm::kEcdsaSha256:
      return spec == KeySpec::kEccNistP256 || spec == KeySpec::kEccSecgP256k1;
    case SigningAlgorithm::kEcdsaSha384:
      return spec == KeySpec::kEccNistP384;
    case SigningAlgorithm::kEcdsaSha512:
      return spec == KeySpec::kEccNistP521;
    case SigningAlgorithm::kSm2Dsa:
      return spec == KeySpec::kSm2;
    case SigningAlgorithm::kMlDsaShake256:
      return spec == KeySpec::kMlDsa44 || spec == KeySpec::kMlDsa65 || spec == KeySpec::kMlDsa87;
    case SigningAlgorithm::kEd25519Sha512:
    case SigningAlgorithm::kEd25519PhSha512:
      return spec == KeySpec::kEccNistEdwards25519;
  }
  CLAVIGER_CHECK(false);
}

bool offers(KeySpec spec, MacAlgorithm algorithm) {
  switch (algorithm) {
    case MacAlgorithm::kHmacSha224:
      return spec == KeySpec::kHmac224;
    case MacAlgorithm::kHmacSha256:
      return spec == KeySpec::kHmac256;
    case MacAlgorithm::kHmacSha384:
      return spec == KeySpec::kHmac384;
    case MacAlgorithm::kHmacSha512:
      return spec == KeySpec::kHmac512;
  }
  CLAVIGER_CHECK(false);
}

bool offers(KeySpec spec, KeyAgreementAlgorithm algorithm) {
  CLAVIGER_CHECK(algorithm == KeyAgreementAlgorithm::kEcdh);
  return usage_fits(spec, KeyUsage::kKeyAgreement);
}

Status check_region(KeySpec spec, const Region& region, std::string_view member) {
  if (spec != KeySpec::kSm2 || region.partition() == kChinaPartition) return {};
  return fail(ErrorCode::kUnsupportedOperation,
              fmt::format("{} {} is not supported in this Region", member, name_of(spec)));
}

bool is_asymmetric(KeySpec spec) {
  return spec != KeySpec::kSymmetricDefault && !usage_fits(spec, KeyUsage::kGenerateVerifyMac);
}

KeyType type_of(KeySpec spec) {
  if (spec == KeySpec::kSymmetricDefault) return KeyType::kSymmetric;
  return is_asymmetric(spec) ? KeyType::kAsymmetric : KeyType::kHmac;
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

Status check_usage(const KeyRecord& key, const Algorithm& algorithm, std::string_view operation) {
  if (key.usage != usage_of(algorithm)) {
    return fail(ErrorCode::kInvalidKeyUsage,
                fmt::format("{} key usage is {} which is not valid for {}.", key.arn(), name_of(key.usage), operation));
  }
  const bool offered = std::visit([&](auto chosen) { return offers(key.spec, chosen); }, algorithm);
  if (!offered) {
    const std::string_view name = std::visit([](auto chosen) { return name_of(chosen); }, algorithm);
    return fail(ErrorCode::kInvalidKeyUsage,
                fmt::format("Algorithm {} is incompatible with key spec {}.", name, name_of(key.spec)));
  }
  return {};
}

}  // namespace claviger::keys
