// What the application of a seed has come to so far: the one commit, and what IAM will know once it is made. Internal
// to cli/.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/service.h"
#include "cli/seed.h"
#include "cli/seed_plan.h"
#include "iam/snapshot.h"
#include "server/action_table.h"
#include "wire/protocol.h"

namespace claviger::cli {

// What a seed makes, for its audit record.
struct SeedRecord {
  std::vector<std::string> accounts;
  std::vector<std::string> entities;  // ARNs
  std::vector<std::string> access_keys;
  std::vector<std::string> keys, aliases;                   // ARNs
  std::vector<std::pair<std::string, std::string>> grants;  // the key's ARN and the grant's id
};

// Used by one thread. Commits that rules planned one after another become one: each rule is given what those before it
// will have made.
class SeedStage final {
 public:
  // Both outlive this.
  SeedStage(const Seed& seed, const SeedTarget& target);

  const Seed& seed() const { return seed_; }
  const SeedTarget& target() const { return target_; }
  WallTime now() const { return now_; }
  // Where calls of IAM are made, and where the audit record says that the seed was applied.
  const Region& region() const { return region_; }
  const std::shared_ptr<const iam::Snapshot>& snapshot() const { return snapshot_; }

  // Adds a commit that was planned on snapshot() and on the store as it is. kCorrupt when IAM could not read it.
  [[nodiscard]] Status add(store::Commit commit);
  std::size_t mutations() const { return mutations_.size(); }
  // The commit; the stage is empty after it.
  store::Commit take();

  // Decodes `body` as a request of this action, which is built, and checks what the action says of its targets. An
  // error is as refused() makes it.
  [[nodiscard]] Result<std::unique_ptr<api::Call>> decode(yaml::Place place, Service service, std::string_view action,
                                                          const std::string& body);
  // An error of the API with its name, and the place where the seed asked for it; our own faults unchanged.
  std::unexpected<Error> refused(yaml::Place place, Service service, const Error& error) const;

  SeedRecord made;

 private:
  const Seed& seed_;
  const SeedTarget& target_;
  const server::ActionTable actions_;
  const WallTime now_;
  const Region region_;
  wire::RequestDecoder decoder_;
  std::shared_ptr<const iam::Snapshot> snapshot_;
  std::map<std::string, store::Revision> preconditions_;
  std::map<std::string, store::Mutation> mutations_;
};

}  // namespace claviger::cli
