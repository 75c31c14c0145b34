// What a seed file says: a state to start from. Formats: docs/formats/seed.md, and that of the emulator local-kms.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/identifiers.h"
#include "base/result.h"
#include "base/secret.h"
#include "cli/yaml_tree.h"
#include "keys/record.h"

namespace claviger::cli {

inline constexpr std::size_t kMaxSeedKeys = 1000;
inline constexpr std::size_t kMaxSeedMaterials = 100;  // of one key
inline constexpr std::size_t kSeedMaterialBytes = 32;

struct SeedAlias {
  yaml::Place place;
  std::string name;
};

struct SeedPolicy {
  yaml::Place place;
  std::string json;  // empty: the default policy
  bool bypass_lockout_safety_check = false;
};

// A KMS key; all but `scope` and `id` is as it was written and not checked yet.
struct SeedKey {
  yaml::Place place;
  Scope scope;
  KeyId id;
  std::string description;
  SeedPolicy policy;
  std::vector<keys::Tag> tags;
  bool enabled = true;
  // Oldest first, each kSeedMaterialBytes long; none: random.
  std::vector<SecretBytes> material;
  std::vector<SeedAlias> aliases;
};

struct Seed {
  std::string file;           // what errors call it
  std::vector<SeedKey> keys;  // each (scope, id) once, each alias once in a scope
};

struct SeedOptions {
  // Where the keys of a local-kms file belong: it says neither.
  Scope local_kms;
  // Whether fixed key material is taken: it is no secret any more.
  bool key_material = false;
};

// Reads a seed. `file` is what errors call it. kValidation with the place and what to do for anything that is not of
// the format: unknown fields, what is not supported, what stands twice, bounds. Whether the values are those of the
// API is checked by SeedPlan.
[[nodiscard]] Result<Seed> parse_seed(std::string_view file, std::string_view text, const SeedOptions& options);

}  // namespace claviger::cli
