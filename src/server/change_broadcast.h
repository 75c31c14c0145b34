// Carries every commit to every event loop, and knows when all of them have seen it: a change is acknowledged only
// then, so that it is in force for the very next request, whichever loop that meets.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "base/guarded.h"
#include "http/handler.h"
#include "server/directory.h"
#include "store/store.h"

namespace claviger::server {

class ChangeBroadcast final {
 public:
  ChangeBroadcast() = default;

  // Before the loops run; both outlive this object's use.
  void attach(http::Loop& loop, Directory& directory);

  // The store's ChangeListener.
  void publish(const std::vector<store::Change>& changes, store::Revision revision);

  // Calls `done` once every loop has applied the commits up to `revision`: at once, or later on a loop's thread. The
  // commit has been published already. Thread-safe.
  void when_applied(store::Revision revision, std::move_only_function<void()> done);

 private:
  struct Listener {
    http::Loop* loop = nullptr;
    Directory* directory = nullptr;
    store::Revision applied = 0;
  };
  struct State {
    std::vector<Listener> listeners;
    std::multimap<store::Revision, std::move_only_function<void()>> waiting;

    store::Revision applied_by_all() const;
  };

  void applied(std::size_t listener, store::Revision revision);

  Guarded<State> state_;
};

}  // namespace claviger::server
