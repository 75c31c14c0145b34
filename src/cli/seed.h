// What a seed file says: a state to start from. Formats: docs/formats/seed.md, and that of the emulator local-kms.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/identifiers.h"
#include "base/result.h"
#include "base/secret.h"
#include "cli/yaml_tree.h"
#include "iam/ids.h"
#include "iam/record_parts.h"
#include "keys/record.h"
#include "server/faults.h"
#include "server/moved_clock.h"
#include "server/visibility.h"

namespace claviger::cli {

inline constexpr std::size_t kMaxSeedKeys = 1000;
inline constexpr std::size_t kMaxSeedEntities = 1000;
inline constexpr std::size_t kMaxSeedGrants = 1000;
inline constexpr std::size_t kMaxSeedMaterials = 100;  // of one key
inline constexpr std::size_t kSeedMaterialBytes = 32;

// A text as it was written.
struct SeedText {
  yaml::Place place;
  std::string text;
};

struct SeedInlinePolicy {
  yaml::Place place;
  std::string name;
  std::string json;
};

struct SeedAccessKey {
  yaml::Place place;
  std::string id;
  SecretBytes secret;
};

// A user, group, role or customer managed policy, as it was written and not checked yet. What its kind does not have is
// empty.
struct SeedEntity {
  yaml::Place place;
  AccountId account;
  iam::EntityKind kind = iam::EntityKind::kUser;
  std::string name;
  std::string path = "/";
  std::string description;
  SeedText document;  // as JSON: of a policy its document, of a role its trust policy
  std::string max_session_seconds;
  std::vector<iam::Tag> tags;
  std::vector<SeedInlinePolicy> inline_policies;
  std::vector<SeedText> attached;  // ARNs
  std::optional<SeedText> boundary;
  std::vector<SeedText> groups;
  std::vector<SeedAccessKey> access_keys;
};

struct SeedGrant {
  using Pairs = std::vector<std::pair<std::string, std::string>>;
  yaml::Place place;
  std::string name;
  std::string grantee;
  std::optional<std::string> retiring;
  std::vector<std::string> operations;
  std::optional<Pairs> equals, subset;
};

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
  std::vector<SeedGrant> grants;
};

struct SeedClock {
  yaml::Place place;
  server::ClockMove floor;
};

struct Seed {
  std::string file;  // what errors call it
  // What the clock is at least ahead, or the time that it is at least; of a development server.
  std::optional<SeedClock> clock;
  // What it does wrong, and what it lets be seen late; likewise.
  std::vector<server::Fault> faults;
  server::VisibilityDelays visibility;
  std::vector<AccountId> accounts;
  // Each name of a kind once in an account. What others name comes first: policies, groups, users, roles, otherwise in
  // the order of the file.
  std::vector<SeedEntity> entities;
  std::vector<SeedKey> keys;  // each (scope, id) once, each alias once in a scope, each name of a grant once on a key
};

struct SeedOptions {
  // Where the keys of a local-kms file belong: it says neither.
  Scope local_kms;
  // Whether what only a development server can do is taken: fixed key material, which is no secret any more, a clock
  // that is moved, faults and delays.
  bool development = false;
};

// Reads a seed. `file` is what errors call it. kValidation with the place and what to do for anything that is not of
// the format: unknown fields, what is not supported, what stands twice, bounds. Whether the values are those of the
// API is checked by apply_seed().
[[nodiscard]] Result<Seed> parse_seed(std::string_view file, std::string_view text, const SeedOptions& options);

}  // namespace claviger::cli
