#include "hsm/material_import.h"

#include <string>
#include <utility>

#include "crypto/aead.h"
#include "crypto/key_wrap.h"
#include "crypto/oaep.h"
#include "crypto/oaep_stand_in.h"
#include "crypto/sm2.h"
#include "hsm/import_token.h"
#include "hsm/imported_material.h"
#include "hsm/key_token.h"
#include "hsm/purpose_sealer.h"
#include "hsm/secret_gate.h"

namespace claviger::hsm {
namespace {

// The API's bound on both blobs of ImportKeyMaterial.
constexpr std::size_t kMaxBlobBytes = 6144;

std::unexpected<Error> invalid_token() {
  return fail(ErrorCode::kInvalidImportToken, "The import token is invalid or is associated with a different KMS key.");
}

}  // namespace

struct MaterialImport::Impl {
  const Keyring& keyring;
  RandomSource& random;
  PurposeSealer sealer;
  crypto::Aes256Gcm gcm;
  Bytes aad;

  Impl(const Keyring& ring, RandomSource& source)
      : keyring(ring), random(source), sealer(ring, "import-token", source) {}

  std::optional<SecretBytes> unwrap(const ImportToken& token, const crypto::PrivateKey& key, ByteSpan encrypted) {
    if (token.algorithm == WrappingAlgorithm::kSm2Pke) return crypto::sm2_decrypt(key, encrypted);
    const crypto::OaepHash hash = hash_of(token.algorithm);
    if (!has_key_between(token.algorithm)) return crypto::oaep_decrypt(key, hash, encrypted);
    const std::size_t modulus = crypto::oaep_ciphertext_bytes(token.wrapping_kind);
    if (encrypted.size() <= modulus) return std::nullopt;
    // When RSA yields no key the work goes on with one that opens nothing: what follows must not tell which of the two
    // failed, or the wrapping key would decrypt for whoever asks often enough. That a random key opens something after
    // all has a chance of 2^-61 (RFC 5649 checks as many bits), and would import what nobody knows.
    SecretBytes stand_in(crypto::kWrappingKeyBytes);
    random.fill(stand_in.writable());
    const SecretBytes between = crypto::oaep_decrypt_or(key, hash, encrypted.first(modulus), stand_in);
    return crypto::unwrap_with_padding(between, encrypted.subspan(modulus));
  }
};

MaterialImport::MaterialImport(const Keyring& keyring, RandomSource& random)
    : impl_(std::make_unique<Impl>(keyring, random)) {}
MaterialImport::~MaterialImport() = default;

Result<ImportParameters> MaterialImport::prepare(const KeyBinding& binding, std::string_view wrapping_algorithm,
                                                 std::string_view wrapping_key_spec, WallTime valid_until) {
  const auto algorithm = hsm::wrapping_algorithm(wrapping_algorithm);
  const auto kind = wrapping_kind(wrapping_key_spec);
  if (!algorithm || !kind || !can_wrap(*kind, *algorithm)) {
    return fail(Error::internal("no wrapping by " + std::string(wrapping_algorithm) + " with a key of " +
                                std::string(wrapping_key_spec)));
  }
  const crypto::PrivateKey key = crypto::PrivateKey::generate(*kind);
  const SecretBytes content = encode(ImportToken{*algorithm, *kind, valid_until, key.pkcs8()});
  ImportParameters parameters;
  parameters.token = impl_->sealer.seal(import_token_context(binding), content);
  CLAVIGER_CHECK(parameters.token.size() <= kMaxBlobBytes);
  parameters.public_key = key.public_key().spki();
  return parameters;
}

Result<NewImportedKey> MaterialImport::import(const KeyBinding& binding, ByteSpan import_token, ByteSpan encrypted,
                                              WallTime now) {
  if (import_token.size() > kMaxBlobBytes || encrypted.size() > kMaxBlobBytes) {
    return fail(Error::internal("a blob to import is longer than the API allows"));
  }
  const auto opened = impl_->sealer.open_secret(import_token_context(binding), import_token);
  if (!opened) return invalid_token();
  const auto token = decode_import_token(*opened);
  if (!token) return invalid_token();
  if (now >= token->valid_until) {
    return fail(ErrorCode::kExpiredImportToken,
                "The import token is expired. Use GetParametersForImport to get a new import token and public key.");
  }
  const auto key = crypto::PrivateKey::parse_trusted(token->wrapping_kind, token->private_key);
  if (!key) return invalid_token();
  auto material = impl_->unwrap(*token, *key, encrypted);
  if (!material) return fail(ErrorCode::kInvalidCiphertext, {}, "the key material does not unwrap");
  const auto accepted = accept_material(binding, *std::move(material));
  if (!accepted) {
    return fail(ErrorCode::kIncorrectKeyMaterial,
                "The key material is not valid for a KMS key with KeySpec " + std::string(binding.key_spec) + ".");
  }
  NewImportedKey made;
  made.material = accepted->id;
  made.public_key = accepted->public_key;
  made.token = wrap_backing_key(impl_->keyring, impl_->gcm, impl_->random, impl_->aad, binding, made.material,
                                accepted->backing_key.expose(SecretGate::access()));
  impl_->gcm.forget_key();
  return made;
}

}  // namespace claviger::hsm
