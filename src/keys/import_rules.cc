#include "keys/import_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/encoding.h"
#include "keys/state_rules.h"
#include "keys/usage_rules.h"

namespace claviger::keys {
namespace {

// Only these keys have several versions of their material.
bool has_versions(const KeyRecord& key) { return key.spec == KeySpec::kSymmetricDefault; }

enum class Family : std::uint8_t { kBytes, kElliptic, kRsa, kSm2, kNotImported };

Family family_of(KeySpec spec) {
  switch (spec) {
    case KeySpec::kSymmetricDefault:
    case KeySpec::kHmac224:
    case KeySpec::kHmac256:
    case KeySpec::kHmac384:
    case KeySpec::kHmac512:
      return Family::kBytes;
    case KeySpec::kRsa2048:
    case KeySpec::kRsa3072:
    case KeySpec::kRsa4096:
      return Family::kRsa;
    case KeySpec::kEccNistP256:
    case KeySpec::kEccNistP384:
    case KeySpec::kEccNistP521:
    case KeySpec::kEccSecgP256k1:
    case KeySpec::kEccNistEdwards25519:
      return Family::kElliptic;
    case KeySpec::kMlDsa44:
    case KeySpec::kMlDsa65:
    case KeySpec::kMlDsa87:
      return Family::kNotImported;
    case KeySpec::kSm2:
      return Family::kSm2;
  }
  CLAVIGER_CHECK(false);
}

bool wrapping_fits(KeySpec spec, Wrapping wrapping, const Region& region) {
  const Family family = family_of(spec);
  const bool china = region.partition() == kChinaPartition, sm2 = wrapping.algorithm == WrappingAlgorithm::kSm2Pke;
  if (sm2 != (wrapping.key_spec == WrappingKeySpec::kSm2)) return false;
  switch (wrapping.algorithm) {
    case WrappingAlgorithm::kRsaesOaepSha1:
    case WrappingAlgorithm::kRsaesOaepSha256:
      // A private key of P-521 is longer than RSA_2048 encrypts.
      if (spec == KeySpec::kEccNistP521 && wrapping.key_spec == WrappingKeySpec::kRsa2048) return false;
      return family == Family::kBytes || family == Family::kElliptic || family == Family::kSm2;
    case WrappingAlgorithm::kRsaAesKeyWrapSha1:
    case WrappingAlgorithm::kRsaAesKeyWrapSha256:
      return !china && (family == Family::kElliptic || family == Family::kRsa);
    case WrappingAlgorithm::kSm2Pke:
      return china && (family == Family::kElliptic || family == Family::kRsa || family == Family::kSm2);
    case WrappingAlgorithm::kRsaesPkcs1V15:
      return false;
  }
  CLAVIGER_CHECK(false);
}

std::unexpected<Error> incorrect(std::string message) {
  return fail(ErrorCode::kIncorrectKeyMaterial, std::move(message));
}

// A key that waits for its deletion goes on waiting; one that was disabled without material stays so.
void lose_material(KeyRecord& key) {
  if (key.state == KeyState::kEnabled || key.state == KeyState::kDisabled) key.state = KeyState::kPendingImport;
}

void forget(Material& material) {
  material.token.clear();
  material.valid_to.reset();
}

// Goes whole, but that a replica goes on to know what it lacks.
void lose_pending(KeyRecord& key) {
  if (key.is_replica()) return forget(key.pending_material->material);
  key.pending_material.reset();
}

// Not expired: here, or with a related key that was the primary key before.
bool is_pending(const KeyRecord& key, WallTime now) {
  if (!key.pending_material) return false;
  const Material& pending = key.pending_material->material;
  return pending.token.empty() || is_there(pending, now);
}

Result<KeyRecord> with_new_material(KeyRecord key, Material material, WallTime now) {
  if (std::ranges::find(key.materials, material.id, &Material::id) != key.materials.end()) {
    return incorrect("The key material is already associated with the KMS key, so it is not new.");
  }
  if (key.materials.empty()) {
    key.materials.push_back(std::move(material));
    return key;
  }
  if (!has_versions(key)) return incorrect("The key material is not the one that was imported before.");
  if (is_pending(key, now)) {
    return fail(
        ErrorCode::kKmsInvalidState,
        fmt::format("New key material (id: {}) cannot be imported into KMS key {}, because another key material "
                    "(id: {}) is pending rotation.",
                    hex_encode(material.id), key.id.view(), hex_encode(key.pending_material->material.id)));
  }
  key.pending_material = PendingMaterial{std::move(material), PendingMaterialState::kPendingRotation};
  if (key.multi_region) {
    for (Replica& replica : key.multi_region->replicas) replica.has_pending_material = false;
  }
  return key;
}

Result<KeyRecord> with_existing_material(KeyRecord key, Material material, bool described, WallTime now) {
  const auto known = std::ranges::find(key.materials, material.id, &Material::id);
  Material* place = known == key.materials.end() ? nullptr : &*known;
  if (place == nullptr && key.pending_material && key.pending_material->material.id == material.id) {
    // What expired is gone, also when nobody has written that down.
    if (is_pending(key, now)) place = &key.pending_material->material;
  }
  if (place == nullptr) return incorrect("The key material is not one that was imported into the KMS key before.");
  place->token = std::move(material.token);
  place->valid_to = material.valid_to;
  if (described) place->description = std::move(material.description);
  return key;
}

}  // namespace

bool can_import(KeySpec spec) { return family_of(spec) != Family::kNotImported; }

Status check_imports(const KeyRecord& key) {
  if (key.origin == KeyOrigin::kExternal) return {};
  return fail(ErrorCode::kUnsupportedOperation,
              fmt::format("{} origin is {} which is not valid for this operation.", key.arn(), name_of(key.origin)));
}

Status check_wrapping(KeySpec spec, Wrapping wrapping, const Region& region) {
  if (wrapping_fits(spec, wrapping, region)) return {};
  return fail(
      ErrorCode::kUnsupportedOperation,
      fmt::format("Wrapping algorithm {} with wrapping key spec {} is not valid for key material of key spec {}.",
                  name_of(wrapping.algorithm), name_of(wrapping.key_spec), name_of(spec)));
}

bool is_there(const Material& material, WallTime now) {
  return !material.token.empty() && !(material.valid_to && *material.valid_to <= now);
}

bool has_all_material(const KeyRecord& key, WallTime now) {
  return !key.materials.empty() &&
         std::ranges::all_of(key.materials, [now](const Material& material) { return is_there(material, now); });
}

KeyState enabled_state(const KeyRecord& key, WallTime now) {
  return has_all_material(key, now) ? KeyState::kEnabled : KeyState::kPendingImport;
}

std::optional<Expiration> expiration_of(const KeyRecord& key, WallTime now) {
  if (key.origin != KeyOrigin::kExternal || !has_all_material(key, now)) return std::nullopt;
  Expiration expiration;
  for (const Material& material : key.materials) {
    if (!material.valid_to) continue;
    expiration.model = ExpirationModel::kExpires;
    expiration.valid_to = std::min(expiration.valid_to.value_or(*material.valid_to), *material.valid_to);
  }
  return expiration;
}

std::set<WallTime> expiry_dates(const KeyRecord& key) {
  std::set<WallTime> dates;
  for (const Material& material : key.materials) {
    if (material.valid_to) dates.insert(*material.valid_to);
  }
  if (key.pending_material && key.pending_material->material.valid_to) {
    dates.insert(*key.pending_material->material.valid_to);
  }
  return dates;
}

Status check_import_options(const ImportOptions& options, WallTime now) {
  const auto invalid = [](std::string message) { return fail(Error::validation(std::move(message))); };
  if (options.expiration_model == ExpirationModel::kExpires && !options.valid_to) {
    return invalid("A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES");
  }
  if (options.expiration_model == ExpirationModel::kDoesNotExpire && options.valid_to) {
    return invalid("A validTo date must not be set if the ExpirationModel is KEY_MATERIAL_DOES_NOT_EXPIRE");
  }
  if (options.valid_to && (*options.valid_to <= now || *options.valid_to > now + kMaxExpiry)) {
    return invalid("The validTo date must be in the future and at most 365 days away");
  }
  if (options.material_id && options.type == ImportType::kNewKeyMaterial) {
    return invalid("A KeyMaterialId cannot be set if the ImportType is NEW_KEY_MATERIAL");
  }
  return {};
}

Status check_options_fit(const KeyRecord& key, const ImportOptions& options) {
  if (has_versions(key)) return {};
  const char* name = options.type          ? "ImportType"
                     : options.description ? "KeyMaterialDescription"
                     : options.material_id ? "KeyMaterialId"
                                           : nullptr;
  if (name == nullptr) return {};
  return fail(ErrorCode::kUnsupportedOperation,
              fmt::format("{} is only valid for symmetric encryption keys, and {} has the key spec {}.", name,
                          key.arn(), name_of(key.spec)));
}

Result<KeyRecord> with_import(const KeyRecord& key, NewMaterial material, const ImportOptions& options, WallTime now) {
  if (options.material_id && *options.material_id != material.id) {
    return incorrect("The key material is not the one that the KeyMaterialId names.");
  }
  KeyRecord next = key;
  // Also when nobody has written down yet that material expired.
  next.state = state_at(key, now);
  const bool first = key.materials.empty();
  const ImportType type = options.type.value_or(first ? ImportType::kNewKeyMaterial : ImportType::kExistingKeyMaterial);
  if (key.is_replica() && (type == ImportType::kNewKeyMaterial || options.description)) {
    return fail(ErrorCode::kUnsupportedOperation, key.arn() + " is not a multi-region primary key.");
  }
  Material version{.id = material.id,
                   .token = std::move(material.token),
                   .description = options.description.value_or(std::string()),
                   .valid_to = options.valid_to};
  if (type == ImportType::kNewKeyMaterial) {
    CLAVIGER_ASSIGN(next, with_new_material(std::move(next), std::move(version), now));
  } else {
    CLAVIGER_ASSIGN(next,
                    with_existing_material(std::move(next), std::move(version), options.description.has_value(), now));
  }
  if (first) next.public_key = std::move(material.public_key);
  settle_pending(next);
  if (next.state == KeyState::kPendingImport) next.state = enabled_state(next, now);
  return next;
}

Result<MaterialDeletion> without_material(const KeyRecord& key, const std::optional<MaterialId>& id) {
  if (id && !has_versions(key)) {
    return fail(ErrorCode::kUnsupportedOperation,
                fmt::format("KeyMaterialId is only valid for symmetric encryption keys, and {} has the key spec {}.",
                            key.arn(), name_of(key.spec)));
  }
  MaterialDeletion deletion{.key = key};
  if (id && key.pending_material && key.pending_material->material.id == *id) {
    deletion.changed = !deletion.key.pending_material->material.token.empty() || !key.is_replica();
    lose_pending(deletion.key);
    deletion.material = *id;
    return deletion;
  }
  if (!id && key.materials.empty()) return deletion;
  const auto wanted =
      id ? std::ranges::find(deletion.key.materials, *id, &Material::id) : std::prev(deletion.key.materials.end());
  if (wanted == deletion.key.materials.end()) {
    return fail(ErrorCode::kNotFound,
                fmt::format("Key material {} is not found for KMS key {}.", hex_encode(*id), key.arn()));
  }
  deletion.material = wanted->id;
  if (wanted->token.empty()) return deletion;
  forget(*wanted);
  lose_material(deletion.key);
  deletion.changed = true;
  return deletion;
}

std::optional<Expiry> without_expired(const KeyRecord& key, WallTime now) {
  const auto expired = [now](const Material& material) { return material.valid_to && *material.valid_to <= now; };
  Expiry result{.key = key};
  const auto found = std::ranges::find_if(result.key.materials, expired);
  if (found != result.key.materials.end()) {
    result.expired = found->id;
    forget(*found);
    lose_material(result.key);
    return result;
  }
  if (!key.pending_material || !expired(key.pending_material->material)) return std::nullopt;
  result.expired = key.pending_material->material.id;
  lose_pending(result.key);
  return result;
}

void settle_pending(KeyRecord& key) {
  if (!key.pending_material || key.origin != KeyOrigin::kExternal || key.is_replica()) return;
  const auto lacks = [](const Replica& replica) { return !replica.has_pending_material; };
  const bool lacking = key.pending_material->material.token.empty() ||
                       (key.multi_region && std::ranges::any_of(key.multi_region->replicas, lacks));
  key.pending_material->state =
      lacking ? PendingMaterialState::kPendingMultiRegionImportAndRotation : PendingMaterialState::kPendingRotation;
}

}  // namespace claviger::keys
