// The vocabulary of KMS keys: spec, usage, origin, state, algorithm. Every name AWS KMS knows stands here, also those
// whose feature is not built yet; the actions refuse these.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

namespace claviger::keys {

// The numbers are stored: never reused, never changed.
enum class KeySpec : std::uint8_t {
  kSymmetricDefault = 1,
  kRsa2048 = 2,
  kRsa3072 = 3,
  kRsa4096 = 4,
  kEccNistP256 = 5,
  kEccNistP384 = 6,
  kEccNistP521 = 7,
  kEccSecgP256k1 = 8,
  kHmac224 = 9,
  kHmac256 = 10,
  kHmac384 = 11,
  kHmac512 = 12,
  kSm2 = 13,
  kMlDsa44 = 14,
  kMlDsa65 = 15,
  kMlDsa87 = 16,
  kEccNistEdwards25519 = 17,
};

enum class KeyUsage : std::uint8_t {
  kSignVerify = 1,
  kEncryptDecrypt = 2,
  kGenerateVerifyMac = 3,
  kKeyAgreement = 4,
};

enum class KeyOrigin : std::uint8_t {
  kAwsKms = 1,
  kExternal = 2,
  kAwsCloudHsm = 3,
  kExternalKeyStore = 4,
};

// API page "Key states of AWS KMS keys". Unavailable is missing: only keys in custom key stores can be in it.
enum class KeyState : std::uint8_t {
  kEnabled = 1,
  kDisabled = 2,
  kPendingDeletion = 3,
  kPendingReplicaDeletion = 4,
  kPendingImport = 5,
  kCreating = 6,
  kUpdating = 7,
};

enum class KeyManager : std::uint8_t { kAws = 1, kCustomer = 2 };

enum class RotationType : std::uint8_t { kAutomatic = 1, kOnDemand = 2 };

// What a version of imported key material waits for before it can become the current one.
enum class PendingMaterialState : std::uint8_t {
  kPendingRotation = 1,
  kPendingMultiRegionImportAndRotation = 2,
};

enum class EncryptionAlgorithm : std::uint8_t {
  kSymmetricDefault = 1,
  kRsaesOaepSha1 = 2,
  kRsaesOaepSha256 = 3,
  kSm2Pke = 4,
};

enum class SigningAlgorithm : std::uint8_t {
  kRsassaPssSha256 = 1,
  kRsassaPssSha384 = 2,
  kRsassaPssSha512 = 3,
  kRsassaPkcs1V15Sha256 = 4,
  kRsassaPkcs1V15Sha384 = 5,
  kRsassaPkcs1V15Sha512 = 6,
  kEcdsaSha256 = 7,
  kEcdsaSha384 = 8,
  kEcdsaSha512 = 9,
  kSm2Dsa = 10,
  kMlDsaShake256 = 11,
  kEd25519Sha512 = 12,
  kEd25519PhSha512 = 13,
};

enum class MacAlgorithm : std::uint8_t { kHmacSha224 = 1, kHmacSha256 = 2, kHmacSha384 = 3, kHmacSha512 = 4 };

enum class KeyAgreementAlgorithm : std::uint8_t { kEcdh = 1 };

// What Sign and Verify are given.
enum class MessageType : std::uint8_t { kRaw = 1, kDigest = 2, kExternalMu = 3 };

// The specs that data key pairs can have; of the same numbers as their KeySpec.
enum class DataKeyPairSpec : std::uint8_t {
  kRsa2048 = 2,
  kRsa3072 = 3,
  kRsa4096 = 4,
  kEccNistP256 = 5,
  kEccNistP384 = 6,
  kEccNistP521 = 7,
  kEccSecgP256k1 = 8,
  kSm2 = 13,
  kEccNistEdwards25519 = 17,
};

enum class DataKeySpec : std::uint8_t { kAes256 = 1, kAes128 = 2 };

// How key material comes wrapped (AWS's model: AlgorithmSpec).
enum class WrappingAlgorithm : std::uint8_t {
  kRsaesPkcs1V15 = 1,
  kRsaesOaepSha1 = 2,
  kRsaesOaepSha256 = 3,
  kRsaAesKeyWrapSha1 = 4,
  kRsaAesKeyWrapSha256 = 5,
  kSm2Pke = 6,
};

// The specs that wrapping keys can have; of the same numbers as their KeySpec.
enum class WrappingKeySpec : std::uint8_t { kRsa2048 = 2, kRsa3072 = 3, kRsa4096 = 4, kSm2 = 13 };

enum class ExpirationModel : std::uint8_t { kExpires = 1, kDoesNotExpire = 2 };

enum class ImportType : std::uint8_t { kNewKeyMaterial = 1, kExistingKeyMaterial = 2 };

// AWS's spelling of each enumerator, in the order of AWS's service model.
template <class E>
struct Names;

template <>
struct Names<KeySpec> {
  static constexpr std::array<std::pair<KeySpec, std::string_view>, 17> kAll{{
      {KeySpec::kRsa2048, "RSA_2048"},
      {KeySpec::kRsa3072, "RSA_3072"},
      {KeySpec::kRsa4096, "RSA_4096"},
      {KeySpec::kEccNistP256, "ECC_NIST_P256"},
      {KeySpec::kEccNistP384, "ECC_NIST_P384"},
      {KeySpec::kEccNistP521, "ECC_NIST_P521"},
      {KeySpec::kEccSecgP256k1, "ECC_SECG_P256K1"},
      {KeySpec::kSymmetricDefault, "SYMMETRIC_DEFAULT"},
      {KeySpec::kHmac224, "HMAC_224"},
      {KeySpec::kHmac256, "HMAC_256"},
      {KeySpec::kHmac384, "HMAC_384"},
      {KeySpec::kHmac512, "HMAC_512"},
      {KeySpec::kSm2, "SM2"},
      {KeySpec::kMlDsa44, "ML_DSA_44"},
      {KeySpec::kMlDsa65, "ML_DSA_65"},
      {KeySpec::kMlDsa87, "ML_DSA_87"},
      {KeySpec::kEccNistEdwards25519, "ECC_NIST_EDWARDS25519"},
  }};
};

template <>
struct Names<KeyUsage> {
  static constexpr std::array<std::pair<KeyUsage, std::string_view>, 4> kAll{{
      {KeyUsage::kSignVerify, "SIGN_VERIFY"},
      {KeyUsage::kEncryptDecrypt, "ENCRYPT_DECRYPT"},
      {KeyUsage::kGenerateVerifyMac, "GENERATE_VERIFY_MAC"},
      {KeyUsage::kKeyAgreement, "KEY_AGREEMENT"},
  }};
};

template <>
struct Names<KeyOrigin> {
  static constexpr std::array<std::pair<KeyOrigin, std::string_view>, 4> kAll{{
      {KeyOrigin::kAwsKms, "AWS_KMS"},
      {KeyOrigin::kExternal, "EXTERNAL"},
      {KeyOrigin::kAwsCloudHsm, "AWS_CLOUDHSM"},
      {KeyOrigin::kExternalKeyStore, "EXTERNAL_KEY_STORE"},
  }};
};

template <>
struct Names<KeyState> {
  static constexpr std::array<std::pair<KeyState, std::string_view>, 7> kAll{{
      {KeyState::kCreating, "Creating"},
      {KeyState::kEnabled, "Enabled"},
      {KeyState::kDisabled, "Disabled"},
      {KeyState::kPendingDeletion, "PendingDeletion"},
      {KeyState::kPendingImport, "PendingImport"},
      {KeyState::kPendingReplicaDeletion, "PendingReplicaDeletion"},
      {KeyState::kUpdating, "Updating"},
  }};
};

template <>
struct Names<KeyManager> {
  static constexpr std::array<std::pair<KeyManager, std::string_view>, 2> kAll{{
      {KeyManager::kAws, "AWS"},
      {KeyManager::kCustomer, "CUSTOMER"},
  }};
};

template <>
struct Names<RotationType> {
  static constexpr std::array<std::pair<RotationType, std::string_view>, 2> kAll{{
      {RotationType::kAutomatic, "AUTOMATIC"},
      {RotationType::kOnDemand, "ON_DEMAND"},
  }};
};

template <>
struct Names<PendingMaterialState> {
  static constexpr std::array<std::pair<PendingMaterialState, std::string_view>, 2> kAll{{
      {PendingMaterialState::kPendingRotation, "PENDING_ROTATION"},
      {PendingMaterialState::kPendingMultiRegionImportAndRotation, "PENDING_MULTI_REGION_IMPORT_AND_ROTATION"},
  }};
};

template <>
struct Names<EncryptionAlgorithm> {
  static constexpr std::array<std::pair<EncryptionAlgorithm, std::string_view>, 4> kAll{{
      {EncryptionAlgorithm::kSymmetricDefault, "SYMMETRIC_DEFAULT"},
      {EncryptionAlgorithm::kRsaesOaepSha1, "RSAES_OAEP_SHA_1"},
      {EncryptionAlgorithm::kRsaesOaepSha256, "RSAES_OAEP_SHA_256"},
      {EncryptionAlgorithm::kSm2Pke, "SM2PKE"},
  }};
};

template <>
struct Names<SigningAlgorithm> {
  static constexpr std::array<std::pair<SigningAlgorithm, std::string_view>, 13> kAll{{
      {SigningAlgorithm::kRsassaPssSha256, "RSASSA_PSS_SHA_256"},
      {SigningAlgorithm::kRsassaPssSha384, "RSASSA_PSS_SHA_384"},
      {SigningAlgorithm::kRsassaPssSha512, "RSASSA_PSS_SHA_512"},
      {SigningAlgorithm::kRsassaPkcs1V15Sha256, "RSASSA_PKCS1_V1_5_SHA_256"},
      {SigningAlgorithm::kRsassaPkcs1V15Sha384, "RSASSA_PKCS1_V1_5_SHA_384"},
      {SigningAlgorithm::kRsassaPkcs1V15Sha512, "RSASSA_PKCS1_V1_5_SHA_512"},
      {SigningAlgorithm::kEcdsaSha256, "ECDSA_SHA_256"},
      {SigningAlgorithm::kEcdsaSha384, "ECDSA_SHA_384"},
      {SigningAlgorithm::kEcdsaSha512, "ECDSA_SHA_512"},
      {SigningAlgorithm::kSm2Dsa, "SM2DSA"},
      {SigningAlgorithm::kMlDsaShake256, "ML_DSA_SHAKE_256"},
      {SigningAlgorithm::kEd25519Sha512, "ED25519_SHA_512"},
      {SigningAlgorithm::kEd25519PhSha512, "ED25519_PH_SHA_512"},
  }};
};

template <>
struct Names<MacAlgorithm> {
  static constexpr std::array<std::pair<MacAlgorithm, std::string_view>, 4> kAll{{
      {MacAlgorithm::kHmacSha224, "HMAC_SHA_224"},
      {MacAlgorithm::kHmacSha256, "HMAC_SHA_256"},
      {MacAlgorithm::kHmacSha384, "HMAC_SHA_384"},
      {MacAlgorithm::kHmacSha512, "HMAC_SHA_512"},
  }};
};

template <>
struct Names<KeyAgreementAlgorithm> {
  static constexpr std::array<std::pair<KeyAgreementAlgorithm, std::string_view>, 1> kAll{{
      {KeyAgreementAlgorithm::kEcdh, "ECDH"},
  }};
};

template <>
struct Names<MessageType> {
  static constexpr std::array<std::pair<MessageType, std::string_view>, 3> kAll{{
      {MessageType::kRaw, "RAW"},
      {MessageType::kDigest, "DIGEST"},
      {MessageType::kExternalMu, "EXTERNAL_MU"},
  }};
};

template <>
struct Names<DataKeyPairSpec> {
  static constexpr std::array<std::pair<DataKeyPairSpec, std::string_view>, 9> kAll{{
      {DataKeyPairSpec::kRsa2048, "RSA_2048"},
      {DataKeyPairSpec::kRsa3072, "RSA_3072"},
      {DataKeyPairSpec::kRsa4096, "RSA_4096"},
      {DataKeyPairSpec::kEccNistP256, "ECC_NIST_P256"},
      {DataKeyPairSpec::kEccNistP384, "ECC_NIST_P384"},
      {DataKeyPairSpec::kEccNistP521, "ECC_NIST_P521"},
      {DataKeyPairSpec::kEccSecgP256k1, "ECC_SECG_P256K1"},
      {DataKeyPairSpec::kSm2, "SM2"},
      {DataKeyPairSpec::kEccNistEdwards25519, "ECC_NIST_EDWARDS25519"},
  }};
};

template <>
struct Names<DataKeySpec> {
  static constexpr std::array<std::pair<DataKeySpec, std::string_view>, 2> kAll{{
      {DataKeySpec::kAes256, "AES_256"},
      {DataKeySpec::kAes128, "AES_128"},
  }};
};

template <>
struct Names<WrappingAlgorithm> {
  static constexpr std::array<std::pair<WrappingAlgorithm, std::string_view>, 6> kAll{{
      {WrappingAlgorithm::kRsaesPkcs1V15, "RSAES_PKCS1_V1_5"},
      {WrappingAlgorithm::kRsaesOaepSha1, "RSAES_OAEP_SHA_1"},
      {WrappingAlgorithm::kRsaesOaepSha256, "RSAES_OAEP_SHA_256"},
      {WrappingAlgorithm::kRsaAesKeyWrapSha1, "RSA_AES_KEY_WRAP_SHA_1"},
      {WrappingAlgorithm::kRsaAesKeyWrapSha256, "RSA_AES_KEY_WRAP_SHA_256"},
      {WrappingAlgorithm::kSm2Pke, "SM2PKE"},
  }};
};

template <>
struct Names<WrappingKeySpec> {
  static constexpr std::array<std::pair<WrappingKeySpec, std::string_view>, 4> kAll{{
      {WrappingKeySpec::kRsa2048, "RSA_2048"},
      {WrappingKeySpec::kRsa3072, "RSA_3072"},
      {WrappingKeySpec::kRsa4096, "RSA_4096"},
      {WrappingKeySpec::kSm2, "SM2"},
  }};
};

template <>
struct Names<ExpirationModel> {
  static constexpr std::array<std::pair<ExpirationModel, std::string_view>, 2> kAll{{
      {ExpirationModel::kExpires, "KEY_MATERIAL_EXPIRES"},
      {ExpirationModel::kDoesNotExpire, "KEY_MATERIAL_DOES_NOT_EXPIRE"},
  }};
};

template <>
struct Names<ImportType> {
  static constexpr std::array<std::pair<ImportType, std::string_view>, 2> kAll{{
      {ImportType::kNewKeyMaterial, "NEW_KEY_MATERIAL"},
      {ImportType::kExistingKeyMaterial, "EXISTING_KEY_MATERIAL"},
  }};
};

template <class E>
constexpr std::string_view name_of(E value) {
  for (const auto& [enumerator, name] : Names<E>::kAll) {
    if (enumerator == value) return name;
  }
  return {};
}

template <class E>
constexpr std::optional<E> from_number(std::uint8_t number) {
  for (const auto& [enumerator, name] : Names<E>::kAll) {
    if (std::to_underlying(enumerator) == number) return enumerator;
  }
  return std::nullopt;
}

}  // namespace claviger::keys
