// For tests only: what the work that the server does of its own accord needs, in memory.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "crypto/random.h"
#include "hsm/keyring.h"
#include "keys/layout.h"
#include "keys/record.h"
#include "server/log.h"
#include "server/recorder.h"
#include "server/testing.h"
#include "store/testing_store.h"

namespace claviger::server {

// Reads and writes of its own go past the hooks of the store.
class WorkerTest : public testing::Test {
 protected:
  static std::string place(const keys::KeyRecord& key) { return keys::layout::key(key.scope, key.id); }
  // In one commit with `more`.
  void put(const keys::KeyRecord& key, std::vector<store::Mutation> more = {}) {
    store::Commit commit{.preconditions = {}, .mutations = std::move(more)};
    commit.mutations.push_back(store::Put{place(key), keys::encode(key)});
    CLAVIGER_CHECK(store::commit_now(store_.memory(), std::move(commit)).has_value());
  }
  // The record that is there now of the key.
  keys::KeyRecord stored(const keys::KeyRecord& key) {
    const auto found = store_.memory().get(place(key)).value();
    CLAVIGER_CHECK(found.has_value());
    return keys::decode_key(key.scope, key.id, found->value).value();
  }

  ManualClock clock_{from_millis(1'767'225'600'000)};
  crypto::SystemRandom random_;
  hsm::Keyring keyring_ = hsm::Keyring::create_in_memory(random_);
  Logger logger_;
  ChangeBroadcast broadcast_;
  FaultyStore store_;
  FaultyLog log_{clock_};
  Recorder recorder_{log_, store_, broadcast_, [] {}};
};

}  // namespace claviger::server
