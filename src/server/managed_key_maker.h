// Makes AWS managed keys, each at its first use.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "api/snapshot.h"
#include "base/clock.h"
#include "base/identifiers.h"
#include "base/random.h"
#include "base/result.h"
#include "keys/layout.h"
#include "keys/managed_keys.h"
#include "keys/record.h"
#include "server/recorder.h"

namespace claviger::server {

// Thread-safe.
class ManagedKeyMaker final {
 public:
  // Both outlive it.
  ManagedKeyMaker(Recorder& recorder, const Clock& clock);

  // The key as a first use would make it, but for its material: what is decided on before there is one.
  static std::shared_ptr<const api::KeySnapshot> draft(const keys::ManagedKeyService& service, const Scope& scope,
                                                       const KeyId& id, WallTime now);

  using Done = std::move_only_function<void(Status)>;
  // Writes down the key and its alias: intent, commit and CloudTrail's event of a CreateKey by the service. Who asks
  // for an alias that is being written gets the outcome of that. `done` is called from any thread, with success when
  // the alias has a key and every loop knows it, whoever made it; after an error other than kUnknownOutcome it has
  // none. `key` has its material; `event_id` is a new UUID.
  void make(const keys::ManagedKeyService& service, const keys::KeyRecord& key, std::string event_id, Done done);

 private:
  struct State;

  Recorder& recorder_;
  const Clock& clock_;
  // Callbacks may come after this object is gone.
  std::shared_ptr<State> state_;
};

}  // namespace claviger::server
