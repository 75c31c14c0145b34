#include "store/commit_worker.h"

#include <utility>

namespace claviger::store {
namespace {

std::size_t bytes_of(const Commit& commit) {
  std::size_t total = 0;
  for (const Mutation& mutation : commit.mutations) {
    if (const Put* put = std::get_if<Put>(&mutation)) total += put->value.size();
  }
  return total;
}

}  // namespace

CommitWorker::CommitWorker(Apply apply) : apply_(std::move(apply)), thread_([this] { run(); }) {}

CommitWorker::~CommitWorker() {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void CommitWorker::submit(PendingCommit pending) {
  bool was_empty = false;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    was_empty = queue_.empty();
    queue_.push_back(std::move(pending));
  }
  if (was_empty) wake_.notify_one();
}

std::vector<PendingCommit> CommitWorker::take_batch() {
  std::vector<PendingCommit> batch;
  std::unique_lock<std::mutex> lock(mutex_);
  wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
  std::size_t bytes = 0;
  std::size_t mutations = 0;
  while (!queue_.empty() && batch.size() < kMaxBatchCommits) {
    bytes += bytes_of(queue_.front().commit);
    mutations += queue_.front().commit.mutations.size();
    // The first is always taken, however large.
    if (!batch.empty() && (bytes > kMaxBatchBytes || mutations > kMaxBatchMutations)) break;
    batch.push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
  return batch;
}

void CommitWorker::run() {
  for (;;) {
    std::vector<PendingCommit> batch = take_batch();
    if (batch.empty()) return;  // stopping, and nothing is left
    apply_(batch);
  }
}

}  // namespace claviger::store
