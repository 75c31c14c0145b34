// Durable records behind one small interface: keys to values, atomic commits with preconditions on
// revisions, and an ordered, resumable feed of what changed.
//
// Nothing above this header may assume one process or one machine: a commit may fail because
// somebody else was first (kConflict), and its outcome may be unknown (kUnknownOutcome), in which
// case find_commit() tells.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace claviger::store {

// The number of a commit. Revisions grow by at least one with every commit; 0 is "before the
// first".
using Revision = std::uint64_t;

// Limits of every implementation. Exceeding one is a broken invariant of the caller, except where
// said.
inline constexpr std::size_t kMaxKeyBytes = 1024;
inline constexpr std::size_t kMaxValueBytes = 512 * 1024;
inline constexpr std::size_t kMaxMutationsPerCommit = 4096;

struct Record {
  Bytes value;
  Revision revision = 0;  // of the commit that wrote it
};

struct Entry {
  std::string key;
  Bytes value;
  Revision revision = 0;
};

// Holds when the key's newest record has exactly this revision; 0 means that the key must be
// absent.
struct Precondition {
  std::string key;
  Revision revision = 0;
};

struct Put {
  std::string key;
  Bytes value;
};
struct Delete {
  std::string key;
};
// Adds to a counter without a precondition on its revision, so that commits do not fight over it.
// The record is eight bytes, big-endian, two's complement; an absent one counts as 0. If the sum
// would be negative or above `maximum` the whole commit fails with kLimitExceeded and nothing is
// written.
struct Add {
  std::string key;
  std::int64_t delta = 0;
  std::int64_t maximum = 0;
};
using Mutation = std::variant<Put, Delete, Add>;

struct Commit {
  std::vector<Precondition> preconditions;
  std::vector<Mutation> mutations;  // at most one for each key
  // Names this commit for find_commit(); the audit log's sequence of its intent. 0: none.
  std::uint64_t tag = 0;
};

struct Change {
  std::string key;
  Revision revision = 0;
  bool deleted = false;
  // What was written; only where a ChangeListener asked for it.
  Bytes value = {};
};
struct Changes {
  std::vector<Change> changes;  // by revision; only the newest change of each key is kept
  Revision up_to = 0;           // resume from here
};

using CommitDone = std::move_only_function<void(Result<Revision>)>;
// Called for each commit in order of revision, after it is durable and before its CommitDone. Must
// not block and must not call the store.
using ChangeListener = std::function<void(const std::vector<Change>& changes, Revision revision)>;

// All functions may be called from any thread. get(), range(), count(), changes_after() and
// find_commit() may block for as long as a disk write: never call them on an event loop. They see
// every commit that was acknowledged before the call. They and scrub() fail with kDependencyTimeout
// when they would have to wait for another call that is stuck in the disk: another time they may
// succeed. The one that is stuck itself waits for as long as the disk takes.
class Store {
 public:
  virtual ~Store() = default;

  // kCorrupt when the record does not open: rot, a swapped row, a foreign file.
  [[nodiscard]] virtual Result<std::optional<Record>> get(std::string_view key) = 0;

  // Up to `limit` entries whose key starts with `prefix` and is greater than `after` (empty: from
  // the first), in byte order of keys.
  [[nodiscard]] virtual Result<std::vector<Entry>> range(std::string_view prefix, std::string_view after,
                                                         std::size_t limit) = 0;

  // How many records have a key that starts with `prefix`.
  [[nodiscard]] virtual Result<std::uint64_t> count(std::string_view prefix) = 0;

  // Queues a commit and returns. `done` is called exactly once, from a thread of the store: the
  // revision once the commit is durable; kConflict (a precondition did not hold) or kLimitExceeded
  // (an Add) with nothing written; kUnknownOutcome after a failed write or sync, after which the
  // store refuses everything with kIo until reopened.
  virtual void commit(Commit commit, CommitDone done) = 0;

  // The revision of the commit with this tag, if it happened. Tags are kept for at least kTagsKept
  // commits.
  static constexpr std::uint64_t kTagsKept = 100'000;
  [[nodiscard]] virtual Result<std::optional<Revision>> find_commit(std::uint64_t tag) = 0;

  // What changed after `revision`, at most about `limit` changes, never splitting a commit.
  // kNotFound when the feed does not reach back that far: then read everything again.
  [[nodiscard]] virtual Result<Changes> changes_after(Revision revision, std::size_t limit) = 0;

  // Set once, before the first commit. Changes of keys that start with `values_of` carry what was written, so that the
  // listener, which must not ask the store, can act on it; none do when it is empty.
  virtual void set_change_listener(ChangeListener listener, std::string values_of) = 0;

  // The newest durable revision.
  virtual Revision revision() const = 0;

  // Makes sure that values deleted before this call are gone from every file of the store, the
  // write-ahead log included. May be slow. Blocks.
  [[nodiscard]] virtual Status scrub() = 0;

  // Empty while the store works; else why it refuses, or that it is stalled.
  virtual std::string failure() const = 0;

  // Whether the disk keeps everybody waiting. Commits then wait too, until it answers again.
  virtual bool is_stalled() const = 0;
};

// Encrypts and authenticates records before they reach a disk. Implemented by hsm/; declared here
// because store/ may not use hsm/. Thread-safe.
class RecordSealer {
 public:
  virtual ~RecordSealer() = default;
  // `context` is what the record is bound to; it is authenticated, not stored.
  virtual Bytes seal(ByteSpan context, ByteSpan value) = 0;
  // kCorrupt when `sealed` was not made by seal() with this context and key.
  [[nodiscard]] virtual Result<Bytes> open(ByteSpan context, ByteSpan sealed) = 0;
};

}  // namespace claviger::store
