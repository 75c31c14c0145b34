#include "api/kms/encryption.h"

#include <fmt/format.h>

namespace claviger::api::kms {
namespace {

Status check_no_context(const EncryptionUse& use) {
  if (use.context.pairs().empty()) return {};
  return fail(Error::validation(
      fmt::format("EncryptionContext is not supported for the algorithm {}.", keys::name_of(use.algorithm))));
}

hsm::OaepHash oaep_hash(keys::EncryptionAlgorithm algorithm) {
  return algorithm == keys::EncryptionAlgorithm::kRsaesOaepSha1 ? hsm::OaepHash::kSha1 : hsm::OaepHash::kSha256;
}

// Developer Guide, "Key spec reference".
constexpr std::size_t kMaxSm2PlaintextBytes = 1024;

Status check_room(const EncryptionUse& use, std::size_t size, std::size_t most) {
  if (size <= most) return {};
  return fail(Error::validation(fmt::format("Algorithm {} and key spec {} cannot encrypt data larger than {} bytes.",
                                            keys::name_of(use.algorithm), keys::name_of(use.key.record().spec), most)));
}

Result<Bytes> encrypt_with_sm2(const EncryptionUse& use, const SecretBytes& plaintext) {
  CLAVIGER_TRY(check_room(use, plaintext.size(), kMaxSm2PlaintextBytes));
  if (plaintext.empty()) {
    return fail(Error::validation(
        fmt::format("Algorithm {} cannot encrypt an empty plaintext.", keys::name_of(use.algorithm))));
  }
  return hsm::sm2_encrypt(use.key.public_key(), plaintext);
}

}  // namespace

Result<Bytes> encrypt_with(const Services& services, const EncryptionUse& use, const SecretBytes& plaintext) {
  const AuthorizedKey& key = use.key;
  const keys::Material& material = key.record().current_material();
  if (!keys::is_asymmetric(key.record().spec)) {
    return services.hsm->encrypt(key.binding(), material.id, material.token, use.context, plaintext);
  }
  CLAVIGER_TRY(check_no_context(use));
  if (use.algorithm == keys::EncryptionAlgorithm::kSm2Pke) return encrypt_with_sm2(use, plaintext);
  const hsm::OaepHash hash = oaep_hash(use.algorithm);
  CLAVIGER_TRY(check_room(use, plaintext.size(), hsm::max_oaep_plaintext(key.public_key().kind(), hash)));
  return hsm::oaep_encrypt(key.public_key(), hash, plaintext);
}

Result<SecretBytes> decrypt_asymmetric(const Services& services, const EncryptionUse& use, ByteSpan blob) {
  CLAVIGER_TRY(check_no_context(use));
  const keys::Material& material = use.key.record().current_material();
  if (use.algorithm != keys::EncryptionAlgorithm::kSm2Pke) {
    return services.private_keys->decrypt(use.key.binding(), material.id, material.token, oaep_hash(use.algorithm),
                                          blob);
  }
  CLAVIGER_ASSIGN(SecretBytes plaintext,
                  services.private_keys->decrypt_sm2(use.key.binding(), material.id, material.token, blob));
  if (plaintext.size() > kMaxSm2PlaintextBytes) {
    return fail(ErrorCode::kInvalidCiphertext, {}, "the plaintext is longer than the algorithm takes");
  }
  return plaintext;
}

bool encrypts_slowly(keys::EncryptionAlgorithm algorithm) { return algorithm == keys::EncryptionAlgorithm::kSm2Pke; }

bool decrypts_asymmetric(const keys::KeyRecord* key) { return key != nullptr && keys::is_asymmetric(key->spec); }

}  // namespace claviger::api::kms
