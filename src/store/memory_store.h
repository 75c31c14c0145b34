// A store that forgets everything when it is destroyed: for `claviger dev` without a data
// directory, and the reference that the conformance suite measures other stores by.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/guarded.h"
#include "store/commit_rules.h"
#include "store/commit_worker.h"
#include "store/retention.h"
#include "store/store.h"

namespace claviger::store {

// Commits are applied, and `done` is called, on the store's own thread, as in every other store, so
// that code which only works with inline completion does not pass its tests here. Nothing fails:
// kIo, kUnknownOutcome and kCorrupt (but for an Add to a malformed counter) do not occur.
class MemoryStore final : public Store {
 public:
  explicit MemoryStore(Retention retention = {});
  // Completes every commit queued before; not to be called from a CommitDone.
  ~MemoryStore() override;

  [[nodiscard]] Result<std::optional<Record>> get(std::string_view key) override;
  [[nodiscard]] Result<std::vector<Entry>> range(std::string_view prefix, std::string_view after,
                                                 std::size_t limit) override;
  [[nodiscard]] Result<std::uint64_t> count(std::string_view prefix) override;
  void commit(Commit commit, CommitDone done) override;
  [[nodiscard]] Result<std::optional<Revision>> find_commit(std::uint64_t tag) override;
  [[nodiscard]] Result<Changes> changes_after(Revision revision, std::size_t limit) override;
  void set_change_listener(ChangeListener listener, std::string values_of) override;
  Revision revision() const override { return revision_.load(); }
  // Nothing to do: there are no files.
  [[nodiscard]] Status scrub() override { return {}; }
  std::string failure() const override { return {}; }
  bool is_stalled() const override { return false; }

 private:
  // The place of a change in the feed: revision, then position within its commit.
  using Place = std::pair<Revision, std::size_t>;
  struct Stored {
    Bytes value;
    Place place;
  };
  struct Feed {
    std::string key;
    bool deleted = false;
  };
  struct State {
    std::map<std::string, Stored, std::less<>> records;
    std::map<Place, Feed> feed;
    std::map<std::string, Place, std::less<>> deletions;
    std::map<Place, std::string> deletions_by_age;
    std::deque<std::pair<Revision, std::uint64_t>> tags_by_age;
    std::unordered_map<std::uint64_t, Revision> tags;
    Revision revision = 0;
    Revision floor = 0;  // the feed is complete after this revision
    ChangeListener listener;
    std::string values_of;
  };
  class View;
  struct Applied {
    Result<Revision> result;
    std::vector<Change> changes;
  };

  void apply_batch(std::vector<PendingCommit>& batch);
  Applied apply(State& state, Commit&& commit) const;
  static Change replace(State& state, Write&& write, Place place);
  void prune(State& state) const;

  const Retention retention_;
  Guarded<State> state_;
  std::atomic<Revision> revision_ = 0;
  std::unique_ptr<CommitWorker> worker_;  // last: it uses everything above
};

}  // namespace claviger::store
