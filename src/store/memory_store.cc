#include "store/memory_store.h"

#include <limits>
#include <utility>

#include "base/check.h"

namespace claviger::store {

class MemoryStore::View final : public CommitView {
 public:
  explicit View(const State& state) : state_(state) {}
  Result<Revision> revision_of(std::string_view key) override {
    const auto found = state_.records.find(key);
    return found == state_.records.end() ? 0 : found->second.place.first;
  }
  Result<std::optional<Bytes>> value_of(std::string_view key) override {
    const auto found = state_.records.find(key);
    if (found == state_.records.end()) return std::optional<Bytes>();
    return std::optional<Bytes>(found->second.value);
  }

 private:
  const State& state_;
};

MemoryStore::MemoryStore(Retention retention)
    : retention_(retention),
      worker_(std::make_unique<CommitWorker>([this](std::vector<PendingCommit>& batch) { apply_batch(batch); })) {
  CLAVIGER_CHECK(retention.deletions_kept_commits > 0);
}

MemoryStore::~MemoryStore() { worker_.reset(); }

Result<std::optional<Record>> MemoryStore::get(std::string_view key) {
  return state_.with([&](const State& state) -> std::optional<Record> {
    const auto found = state.records.find(key);
    if (found == state.records.end()) return std::nullopt;
    return Record{found->second.value, found->second.place.first};
  });
}

Result<std::vector<Entry>> MemoryStore::range(std::string_view prefix, std::string_view after, std::size_t limit) {
  return state_.with([&](const State& state) {
    std::vector<Entry> entries;
    auto it = after < prefix ? state.records.lower_bound(prefix) : state.records.upper_bound(after);
    for (; it != state.records.end() && it->first.starts_with(prefix) && entries.size() < limit; ++it) {
      entries.push_back(Entry{it->first, it->second.value, it->second.place.first});
    }
    return entries;
  });
}

Result<std::uint64_t> MemoryStore::count(std::string_view prefix) {
  return state_.with([&](const State& state) {
    std::uint64_t total = 0;
    for (auto it = state.records.lower_bound(prefix); it != state.records.end() && it->first.starts_with(prefix);
         ++it) {
      ++total;
    }
    return total;
  });
}

void MemoryStore::commit(Commit commit, CommitDone done) {
  check_commit(commit);
  worker_->submit({std::move(commit), std::move(done)});
}

Result<std::optional<Revision>> MemoryStore::find_commit(std::uint64_t tag) {
  return state_.with([&](const State& state) -> std::optional<Revision> {
    const auto found = state.tags.find(tag);
    if (tag == 0 || found == state.tags.end()) return std::nullopt;
    return found->second;
  });
}

Result<Changes> MemoryStore::changes_after(Revision revision, std::size_t limit) {
  return state_.with([&](const State& state) -> Result<Changes> {
    if (revision < state.floor || revision > state.revision) {
      return fail(ErrorCode::kNotFound, {}, "the feed does not reach that revision");
    }
    Changes result;
    result.up_to = state.revision;
    const Place last{revision, std::numeric_limits<std::size_t>::max()};
    for (auto it = state.feed.upper_bound(last); it != state.feed.end(); ++it) {
      const Revision at = it->first.first;
      if (!result.changes.empty() && result.changes.size() >= limit && result.changes.back().revision != at) {
        result.up_to = result.changes.back().revision;
        break;
      }
      result.changes.push_back(Change{it->second.key, at, it->second.deleted});
    }
    return result;
  });
}

void MemoryStore::set_change_listener(ChangeListener listener, std::string values_of) {
  state_.with([&](State& state) {
    state.listener = std::move(listener);
    state.values_of = std::move(values_of);
  });
}

Change MemoryStore::replace(State& state, Write&& write, Place place) {
  if (const auto old = state.records.find(write.key); old != state.records.end()) {
    state.feed.erase(old->second.place);
    if (!write.value) state.records.erase(old);
  }
  if (const auto old = state.deletions.find(write.key); old != state.deletions.end()) {
    state.feed.erase(old->second);
    state.deletions_by_age.erase(old->second);
    state.deletions.erase(old);
  }
  const bool deleted = !write.value;
  state.feed.emplace(place, Feed{write.key, deleted});
  Change change{{}, place.first, deleted};
  if (!deleted && carries_value(state.values_of, write.key)) change.value = *write.value;
  if (deleted) {
    state.deletions.emplace(write.key, place);
    state.deletions_by_age.emplace(place, write.key);
  } else {
    state.records.insert_or_assign(write.key, Stored{std::move(*write.value), place});
  }
  change.key = std::move(write.key);
  return change;
}

void MemoryStore::prune(State& state) const {
  while (!state.tags_by_age.empty() && state.tags_by_age.front().first + kTagsKept <= state.revision) {
    const auto [revision, tag] = state.tags_by_age.front();
    state.tags_by_age.pop_front();
    // A tag used again names its newest commit.
    if (const auto found = state.tags.find(tag); found->second == revision) state.tags.erase(found);
  }
  const Revision kept = retention_.deletions_kept_commits;
  while (!state.deletions_by_age.empty() && state.deletions_by_age.begin()->first.first + kept <= state.revision) {
    const auto oldest = state.deletions_by_age.begin();
    state.floor = oldest->first.first;
    state.feed.erase(oldest->first);
    state.deletions.erase(oldest->second);
    state.deletions_by_age.erase(oldest);
  }
}

MemoryStore::Applied MemoryStore::apply(State& state, Commit&& commit) const {
  const std::uint64_t tag = commit.tag;
  View view(state);
  Result<std::vector<Write>> writes = resolve_commit(std::move(commit), view);
  if (!writes) return Applied{fail(std::move(writes).error()), {}};

  const Revision revision = ++state.revision;
  Applied applied{revision, {}};
  for (Write& next : *writes) {
    // Deleting what is not there changes nothing and is not told.
    if (!next.value && !state.records.contains(next.key)) continue;
    applied.changes.push_back(replace(state, std::move(next), Place{revision, applied.changes.size()}));
  }
  if (tag != 0) {
    state.tags_by_age.emplace_back(revision, tag);
    state.tags[tag] = revision;
  }
  prune(state);
  return applied;
}

void MemoryStore::apply_batch(std::vector<PendingCommit>& batch) {
  std::vector<Applied> applied;
  applied.reserve(batch.size());
  ChangeListener listener;
  state_.with([&](State& state) {
    for (PendingCommit& pending : batch) applied.push_back(apply(state, std::move(pending.commit)));
    listener = state.listener;
  });
  for (std::size_t i = 0; i < batch.size(); ++i) {
    if (applied[i].result) {
      revision_.store(*applied[i].result);
      if (listener) listener(applied[i].changes, *applied[i].result);
    }
    batch[i].done(std::move(applied[i].result));
  }
}

}  // namespace claviger::store
