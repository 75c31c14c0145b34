#include "hsm/imported_material.h"

#include <utility>

#include "crypto/asymmetric_key.h"
#include "crypto/kdf.h"
#include "hsm/key_specs.h"

namespace claviger::hsm {
namespace {

constexpr std::string_view kIdLabel = "claviger/v1/imported-material";

MaterialId id_of(const KeyBinding& binding, const SecretBytes& material) {
  Bytes info = to_bytes(as_bytes(kIdLabel));
  ByteWriter writer(info);
  writer.u8(0);
  writer.sized16(as_bytes(binding.scope.account.view()));
  writer.sized16(as_bytes(binding.key.view()));
  MaterialId id{};
  crypto::derive_hkdf(material, {}, info, id);
  return id;
}

}  // namespace

std::optional<ImportedMaterial> accept_material(const KeyBinding& binding, SecretBytes material) {
  if (const auto kind = key_kind(binding.key_spec)) {
    if (crypto::is_ml_dsa(*kind)) return std::nullopt;
    const auto key = crypto::PrivateKey::parse(*kind, material);
    if (!key) return std::nullopt;
    ImportedMaterial accepted;
    accepted.public_key = key->public_key().spki();
    // The public key stands for the private one: it is the same however that was encoded.
    accepted.id = id_of(binding, SecretBytes::copy_of(accepted.public_key));
    accepted.backing_key = key->pkcs8();
    return accepted;
  }
  const std::optional<std::size_t> least = secret_key_bytes(binding.key_spec);
  if (!least) return std::nullopt;
  const std::size_t most = binding.key_spec == kSymmetricDefault ? *least : kMaxMacKeyBytes;
  if (material.size() < *least || material.size() > most) return std::nullopt;
  ImportedMaterial accepted;
  accepted.id = id_of(binding, material);
  accepted.backing_key = std::move(material);
  return accepted;
}

}  // namespace claviger::hsm
