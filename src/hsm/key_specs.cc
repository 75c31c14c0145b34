#include "hsm/key_specs.h"

#include <utility>

namespace claviger::hsm {
namespace {

using crypto::HashAlgorithm;
using crypto::KeyKind;

constexpr std::pair<std::string_view, HashAlgorithm> kMacSpecs[] = {
    {"HMAC_224", HashAlgorithm::kSha224},
    {"HMAC_256", HashAlgorithm::kSha256},
    {"HMAC_384", HashAlgorithm::kSha384},
    {"HMAC_512", HashAlgorithm::kSha512},
};

constexpr std::pair<std::string_view, KeyKind> kAsymmetricSpecs[] = {
    {"RSA_2048", KeyKind::kRsa2048},          {"RSA_3072", KeyKind::kRsa3072},
    {"RSA_4096", KeyKind::kRsa4096},          {"ECC_NIST_P256", KeyKind::kP256},
    {"ECC_NIST_P384", KeyKind::kP384},        {"ECC_NIST_P521", KeyKind::kP521},
    {"ECC_SECG_P256K1", KeyKind::kSecp256k1}, {"ECC_NIST_EDWARDS25519", KeyKind::kEd25519},
    {"ML_DSA_44", KeyKind::kMlDsa44},         {"ML_DSA_65", KeyKind::kMlDsa65},
    {"ML_DSA_87", KeyKind::kMlDsa87},         {"SM2", KeyKind::kSm2},
};

}  // namespace

std::optional<HashAlgorithm> mac_hash(std::string_view key_spec) {
  for (const auto& [name, hash] : kMacSpecs) {
    if (name == key_spec) return hash;
  }
  return std::nullopt;
}

std::optional<std::size_t> secret_key_bytes(std::string_view key_spec) {
  if (key_spec == kSymmetricDefault) return 32;
  const std::optional<HashAlgorithm> hash = mac_hash(key_spec);
  return hash ? std::optional(crypto::digest_size(*hash)) : std::nullopt;
}

std::optional<KeyKind> key_kind(std::string_view key_spec) {
  for (const auto& [name, kind] : kAsymmetricSpecs) {
    if (name == key_spec) return kind;
  }
  return std::nullopt;
}

}  // namespace claviger::hsm
