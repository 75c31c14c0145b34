// What a seed changes in a store, and the making of that change.
#pragma once

#include <cstddef>
#include <string>

#include "api/context.h"
#include "audit/log.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "cli/seed.h"
#include "hsm/keyring.h"
#include "iam/registry.h"
#include "server/deployment.h"
#include "store/store.h"

namespace claviger::cli {

// Everything outlives the call. Nobody else uses the store meanwhile.
struct SeedTarget {
  store::Store& store;
  audit::Log& log;
  const hsm::Keyring& keyring;
  const server::Deployment& deployment;
  iam::Registry& registry;  // loaded from the store
  api::Limits limits;
  const Clock& clock;
  RandomSource& random;
};

struct SeedChanges {
  // Made new.
  std::size_t accounts = 0;
  std::size_t entities = 0;  // policies, groups, users and roles
  std::size_t keys = 0;
  std::size_t aliases = 0;
  std::size_t grants = 0;
};

// Makes what the seed has and the store has not, in one commit with its audit record (the service event `ApplySeed`),
// or nothing. What is there already must be as the seed says, and is left alone: applying a seed again changes nothing.
// The rules are those of CreateKey, CreateAlias, CreateGrant, CreateUser and so on, called by the root of the account;
// when this returns the registry knows what was made.
// kValidation, with the place in the file, for what the API would refuse, what is there and differs, and keys that were
// deleted; else the errors of the store and the log, and the store is as it was unless kUnknownOutcome.
[[nodiscard]] Result<SeedChanges> apply_seed(const Seed& seed, const SeedTarget& target);

// Reads `path` and parses it. kIo, kValidation.
[[nodiscard]] Result<Seed> read_seed_file(const std::string& path, const SeedOptions& options);

}  // namespace claviger::cli
