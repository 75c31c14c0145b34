#include "server/blocking_pool.h"

#include <sys/resource.h>
#include <unistd.h>

namespace claviger::server {

namespace {

constexpr int kLowNice = 10;

}  // namespace

BlockingPool::BlockingPool(std::size_t threads, std::size_t max_queued, Priority priority)
    : priority_(priority), max_queued_(max_queued) {
  for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { run(); });
}

BlockingPool::~BlockingPool() { stop(); }

void BlockingPool::stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  threads_.clear();
}

bool BlockingPool::submit(std::move_only_function<void()> work) {
  {
    std::lock_guard lock(mutex_);
    if (stopping_ || queue_.size() >= max_queued_) return false;
    queue_.push_back(std::move(work));
  }
  wake_.notify_one();
  return true;
}

void BlockingPool::run() {
  // On Linux it is a thread's own. Where it is refused, the work is done all the same.
  if (priority_ == Priority::kLow) static_cast<void>(setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), kLowNice));
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    if (queue_.empty()) return;
    std::move_only_function<void()> work = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    work();
    work = nullptr;  // whatever it holds is let go before the lock is taken again
    lock.lock();
  }
}

}  // namespace claviger::server
