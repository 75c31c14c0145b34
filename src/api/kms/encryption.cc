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

}  // namespace

Result<Bytes> encrypt_with(const Services& services, const EncryptionUse& use, const SecretBytes& plaintext) {
  const AuthorizedKey& key = use.key;
  const keys::Material& material = key.record().current_material();
  if (!keys::is_asymmetric(key.record().spec)) {
    return services.hsm->encrypt(key.binding(), material.id, material.token, use.context, plaintext);
  }
  CLAVIGER_TRY(check_no_context(use));
  const hsm::OaepHash hash = oaep_hash(use.algorithm);
  const std::size_t most = hsm::max_oaep_plaintext(key.public_key().kind(), hash);
  if (plaintext.size() > most) {
    return fail(Error::validation(fmt::format("Algorithm {} and key spec {} cannot encrypt data larger than {} bytes.",
                                              keys::name_of(use.algorithm), keys::name_of(key.record().spec), most)));
  }
  return hsm::oaep_encrypt(key.public_key(), hash, plaintext);
}

Result<SecretBytes> decrypt_asymmetric(const Services& services, const EncryptionUse& use, ByteSpan blob) {
  CLAVIGER_TRY(check_no_context(use));
  const keys::Material& material = use.key.record().current_material();
  return services.private_keys->decrypt(use.key.binding(), material.id, material.token, oaep_hash(use.algorithm), blob);
}

bool decrypts_asymmetric(const keys::KeyRecord* key) { return key != nullptr && keys::is_asymmetric(key->spec); }

}  // namespace claviger::api::kms
