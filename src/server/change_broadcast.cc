#include "server/change_broadcast.h"

#include <algorithm>
#include <limits>

namespace claviger::server {

store::Revision ChangeBroadcast::State::applied_by_all() const {
  store::Revision lowest = std::numeric_limits<store::Revision>::max();
  for (const Listener& listener : listeners) lowest = std::min(lowest, listener.applied);
  return lowest;
}

void ChangeBroadcast::attach(http::Loop& loop, Directory& directory) {
  state_.with([&](State& state) { state.listeners.push_back({&loop, &directory, 0}); });
}

void ChangeBroadcast::publish(const std::vector<store::Change>& changes, store::Revision revision) {
  const auto shared = std::make_shared<const std::vector<store::Change>>(changes);
  state_.with([&](State& state) {
    for (std::size_t i = 0; i < state.listeners.size(); ++i) {
      Directory* directory = state.listeners[i].directory;
      state.listeners[i].loop->post([this, i, directory, shared, revision] {
        directory->apply(*shared);
        applied(i, revision);
      });
    }
  });
}

void ChangeBroadcast::when_applied(store::Revision revision, std::move_only_function<void()> done) {
  const bool now = state_.with([&](State& state) {
    if (state.applied_by_all() >= revision) return true;
    state.waiting.emplace(revision, std::move(done));
    return false;
  });
  if (now) done();
}

void ChangeBroadcast::applied(std::size_t listener, store::Revision revision) {
  std::vector<std::move_only_function<void()>> ready;
  state_.with([&](State& state) {
    state.listeners[listener].applied = revision;
    const auto end = state.waiting.upper_bound(state.applied_by_all());
    for (auto at = state.waiting.begin(); at != end; ++at) ready.push_back(std::move(at->second));
    state.waiting.erase(state.waiting.begin(), end);
  });
  for (auto& done : ready) done();
}

}  // namespace claviger::server
