#include "api/kms/ciphertext.h"

#include <fmt/format.h>

#include "api/kms/encryption.h"

namespace claviger::api::kms {
namespace {

std::unexpected<Error> missing(std::string_view member) {
  return fail(Error::validation(fmt::format(
      "1 validation error detected: Value null at '{}' failed to satisfy constraint: Member must not be null",
      member)));
}

}  // namespace

Result<Target> source_target(const CiphertextSource& source) {
  if (source.ignores_ciphertext()) {
    if (!source.dry_run) return fail(Error::validation("DryRunModifiers can only be used when DryRun is true."));
    if (!source.key_id) return missing(source.key_id_member);
  } else if (!source.blob) {
    return missing("ciphertextBlob");
  }
  // Only a symmetric ciphertext names its key.
  const bool is_symmetric = source.algorithm == keys::EncryptionAlgorithm::kSymmetricDefault;
  if (source.key_id) {
    Target target = used_key(*source.key_id, source.permission, source.algorithm);
    if (is_symmetric && !source.ignores_ciphertext()) target.blob = *source.blob;
    return target;
  }
  if (!is_symmetric) return missing(source.key_id_member);
  return key_of_ciphertext(*source.blob, source.permission, source.algorithm);
}

Result<Decrypted> decrypt_source(const Context& context, const AuthorizedKey& key, const CiphertextSource& source,
                                 const EncryptionContext& encryption_context) {
  if (source.ignores_ciphertext()) return Decrypted{.material = key.record().current_material().id};
  if (keys::is_asymmetric(key.record().spec)) {
    CLAVIGER_ASSIGN(SecretBytes plaintext,
                    decrypt_asymmetric(context.services, {key, source.algorithm, encryption_context}, *source.blob));
    return Decrypted{std::move(plaintext), key.record().current_material().id};
  }
  const auto header = hsm::parse_ciphertext(*source.blob);
  if (!header) return fail(ErrorCode::kInvalidCiphertext, {}, "not a ciphertext of ours");
  const keys::Material* material = key.record().find_material(header->material);
  if (material == nullptr) return fail(ErrorCode::kInvalidCiphertext, {}, "unknown key material");
  CLAVIGER_ASSIGN(SecretBytes plaintext,
                  context.services.hsm->decrypt(key.binding(), material->token, encryption_context, *source.blob));
  return Decrypted{std::move(plaintext), material->id};
}

}  // namespace claviger::api::kms
