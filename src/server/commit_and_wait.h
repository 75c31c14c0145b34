// A commit for those who may block.
#pragma once

#include <future>
#include <utility>

#include "base/result.h"
#include "store/store.h"

namespace claviger::server {

// As store::Store::commit(). Blocks; never on an event loop.
[[nodiscard]] inline Status commit_and_wait(store::Store& store, store::Commit commit) {
  std::promise<Result<store::Revision>> promise;
  store.commit(std::move(commit),
               [&promise](Result<store::Revision> revision) { promise.set_value(std::move(revision)); });
  CLAVIGER_TRY(promise.get_future().get());
  return {};
}

}  // namespace claviger::server
