// Imported key material: what may be imported how, and what importing, deleting and expiry make of a key (Developer
// Guide, "Importing key material"; API pages ImportKeyMaterial and DeleteImportedKeyMaterial).
#pragma once

#include <array>
#include <optional>
#include <set>
#include <string>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"
#include "keys/record.h"

namespace claviger::keys {

using MaterialId = std::array<std::uint8_t, 32>;

// Whether keys of the spec can have the origin EXTERNAL: all but ML-DSA.
bool can_import(KeySpec spec);

// kUnsupportedOperation `<key ARN> origin is <origin> which is not valid for this operation.` unless it is EXTERNAL.
[[nodiscard]] Status check_imports(const KeyRecord& key);

// How material is to be wrapped.
struct Wrapping {
  WrappingAlgorithm algorithm{};
  WrappingKeySpec key_spec{};
};
// Whether material of the spec can come wrapped so in the Region; kUnsupportedOperation when not. RSAES_PKCS1_V1_5,
// which AWS KMS stopped to take in 2023, never; in the China partition SM2PKE in place of RSA_AES_KEY_WRAP_*.
[[nodiscard]] Status check_wrapping(KeySpec spec, Wrapping wrapping, const Region& region);

// Whether material is there at `now`: imported, not deleted, not expired.
bool is_there(const Material& material, WallTime now);
// Whether all is there that the key needs to be used: every version that belongs to it, and at least one. What is
// pending does not count.
bool has_all_material(const KeyRecord& key, WallTime now);
// The state of a key that EnableKey has enabled: kPendingImport where material is missing.
KeyState enabled_state(const KeyRecord& key, WallTime now);

// When the key becomes unusable; nothing where the origin is another, or material is missing already.
struct Expiration {
  ExpirationModel model = ExpirationModel::kDoesNotExpire;
  std::optional<WallTime> valid_to;  // the earliest, exactly with kExpires
};
std::optional<Expiration> expiration_of(const KeyRecord& key, WallTime now);

// The dates at which material of the key, pending material included, expires: what the index of expiry holds of it.
std::set<WallTime> expiry_dates(const KeyRecord& key);

// What a request to import says besides the material.
struct ImportOptions {
  std::optional<ImportType> type;
  std::optional<std::string> description;
  std::optional<MaterialId> material_id;
  ExpirationModel expiration_model = ExpirationModel::kExpires;
  std::optional<WallTime> valid_to;
};

// Expiry is at most so far away.
inline constexpr std::chrono::days kMaxExpiry{365};

// kValidation: a date without a model that wants one, the other way round, a date that is not in the future or too far
// away, or a material id for new material.
[[nodiscard]] Status check_import_options(const ImportOptions& options, WallTime now);
// kUnsupportedOperation: type, description or material id for a key that has one material for ever.
[[nodiscard]] Status check_options_fit(const KeyRecord& key, const ImportOptions& options);

// Material that was unwrapped and found valid for the key's spec.
struct NewMaterial {
  MaterialId id{};
  Bytes token;
  Bytes public_key;  // of asymmetric specs
};

// What becomes of the key. The first material is its current one, and the key enabled, if it is not disabled. Material
// of the key that comes again is there again, with what the request says about its expiry, and with its former
// description where the request has none; with the last that was missing the key is enabled. Other material of a
// symmetric key is pending, and the key's state as before.
// Of multi-Region keys, material that is new and descriptions come to the primary key, and the same material then to
// each replica; until all have it, it cannot be rotated to. kIncorrectKeyMaterial for existing material that is not the
// key's, or not the one that the request names, and for new material that is the key's already; kKmsInvalidState when
// other material is pending; kUnsupportedOperation for new material or a description for a replica.
[[nodiscard]] Result<KeyRecord> with_import(const KeyRecord& key, NewMaterial material, const ImportOptions& options,
                                            WallTime now);

// What becomes of a key whose material `id`, or whose current one, is deleted. A material that belongs to the key
// leaves its id and its description, so that it can come again; the key is then pending import, unless it waits for its
// deletion or was disabled without material. Pending material goes whole, but a replica goes on to know of it, and the
// state stays. What is gone already changes nothing.
// kNotFound when the key never had the material; kUnsupportedOperation for an id where the key has one for ever.
struct MaterialDeletion {
  KeyRecord key;
  // Nothing when nothing was ever imported.
  std::optional<MaterialId> material;
  bool changed = false;
};
[[nodiscard]] Result<MaterialDeletion> without_material(const KeyRecord& key, const std::optional<MaterialId>& id);

// The key without one material that has expired at `now`, as if it was deleted. Nothing when none has; there may be
// more, and each is an event of its own.
struct Expiry {
  KeyRecord key;
  MaterialId expired{};
};
std::optional<Expiry> without_expired(const KeyRecord& key, WallTime now);

// Says of pending imported material of a primary key, if there is some, whether it can be rotated to: when that key and
// all its replicas have it.
void settle_pending(KeyRecord& key);

}  // namespace claviger::keys
