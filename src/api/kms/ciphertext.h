// What Decrypt and ReEncrypt have in common: a ciphertext that names its key, and the dry run that may leave it out.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "api/kms/common.h"

namespace claviger::api::kms {

enum class DryRunModifier : std::uint8_t { kIgnoreCiphertext = 1 };

// The members of a request that say what is to be decrypted, and how a dry run is to treat it.
struct CiphertextSource {
  const std::optional<Bytes>& blob;
  const std::optional<std::string>& key_id;
  std::string_view key_id_member;  // `keyId` or `sourceKeyId`, for messages
  std::string_view permission;
  keys::EncryptionAlgorithm algorithm;
  bool dry_run;
  const std::vector<DryRunModifier>& modifiers;

  // Whether the ciphertext itself is not looked at.
  bool ignores_ciphertext() const { return !modifiers.empty(); }
};

// The key that is to decrypt: the one named, which must then be the one that a symmetric ciphertext names, else the
// latter. kValidation when what is needed for that is missing.
[[nodiscard]] Result<Target> source_target(const CiphertextSource& source);

struct Decrypted {
  SecretBytes plaintext;  // empty when the ciphertext was to be ignored
  hsm::MaterialId material{};
};
// kInvalidCiphertext for whatever is wrong with the blob. That it was made by another key was told before.
[[nodiscard]] Result<Decrypted> decrypt_source(const Context& context, const AuthorizedKey& key,
                                               const CiphertextSource& source,
                                               const EncryptionContext& encryption_context);

}  // namespace claviger::api::kms

namespace claviger::wire {
template <>
struct EnumNames<api::kms::DryRunModifier> {
  static constexpr auto kNames = std::to_array<EnumName<api::kms::DryRunModifier>>(
      {{"IGNORE_CIPHERTEXT", api::kms::DryRunModifier::kIgnoreCiphertext}});
};
}  // namespace claviger::wire
