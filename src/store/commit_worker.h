// The writer thread of a store: takes the commits that gathered while it was busy and hands them
// over as one batch, in the order in which they came.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "store/store.h"

namespace claviger::store {

struct PendingCommit {
  Commit commit;
  CommitDone done;
};

class CommitWorker final {
 public:
  // Called on the worker's thread with one to kMaxBatchCommits commits; must call each `done`
  // exactly once.
  using Apply = std::function<void(std::vector<PendingCommit>& batch)>;

  explicit CommitWorker(Apply apply);
  // Hands over everything that was submitted, what a `done` submits meanwhile included, then ends
  // the thread. Not to be called from a `done`.
  ~CommitWorker();
  CommitWorker(const CommitWorker&) = delete;
  CommitWorker& operator=(const CommitWorker&) = delete;

  // Any thread; never waits for a batch.
  void submit(PendingCommit pending);

 private:
  // A batch holds the connection while it runs, so its size bounds how long a reader waits.
  static constexpr std::size_t kMaxBatchCommits = 256;
  static constexpr std::size_t kMaxBatchMutations = 4096;
  static constexpr std::size_t kMaxBatchBytes = 4 * 1024 * 1024;

  void run();
  std::vector<PendingCommit> take_batch();

  Apply apply_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<PendingCommit> queue_;  // guarded by mutex_
  bool stopping_ = false;            // guarded by mutex_
  std::thread thread_;               // last: it uses everything above
};

}  // namespace claviger::store
