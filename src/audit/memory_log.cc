#include "audit/memory_log.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>

#include "base/check.h"

namespace claviger::audit {

struct MemoryLog::Impl {
  Impl(const Clock& the_clock, std::size_t the_capacity)
      : clock(the_clock), capacity(the_capacity), thread([this] { run(); }) {}

  void run() {
    std::unique_lock<std::mutex> lock(mutex);
    while (true) {
      wake.wait(lock, [this] { return stopping || !queue.empty(); });
      if (queue.empty()) return;
      std::vector<std::shared_ptr<Entry>> taken;
      taken.swap(queue);
      std::vector<Result<Sequence>> results;
      results.reserve(taken.size());
      for (const auto& entry : taken) results.push_back(keep(entry->frame));
      lock.unlock();
      for (std::size_t i = 0; i < taken.size(); ++i) {
        std::exchange(taken[i], nullptr)->appended(std::move(results[i]));
      }
      lock.lock();
    }
  }

  Result<Sequence> keep(Frame& frame) {
    if (frame.request_id.size() > kMaxRequestIdBytes || frame.json.size() > kMaxPayloadBytes) {
      return fail(Error::internal("an audit frame is out of bounds"));
    }
    ++sequence;
    anchor = std::max(anchor, frame.anchor);
    if (frame.kind == FrameKind::kEvent) {
      if (events.size() == capacity) events.pop_front();
      events.push_back({sequence, clock.now(), std::move(frame.request_id), std::move(frame.json)});
    }
    return sequence;
  }

  const Clock& clock;
  const std::size_t capacity;
  const std::vector<OpenIntent> no_intents;
  mutable std::mutex mutex;
  std::condition_variable wake;
  bool stopping = false;
  std::vector<std::shared_ptr<Entry>> queue;
  std::deque<Event> events;
  Sequence sequence = 0;
  std::uint64_t anchor = 0;
  std::thread thread;  // last: it uses everything above
};

MemoryLog::MemoryLog(const Clock& clock, std::size_t capacity) {
  CLAVIGER_CHECK(capacity > 0);
  impl_ = std::make_unique<Impl>(clock, capacity);
}

MemoryLog::~MemoryLog() {
  {
    const std::lock_guard<std::mutex> lock(impl_->mutex);
    impl_->stopping = true;
  }
  impl_->wake.notify_one();
  impl_->thread.join();
}

void MemoryLog::append(std::span<std::shared_ptr<Entry>> entries) {
  bool wake = false;
  {
    const std::lock_guard<std::mutex> lock(impl_->mutex);
    wake = impl_->queue.empty();
    std::ranges::move(entries, std::back_inserter(impl_->queue));
  }
  if (wake) impl_->wake.notify_one();
}

const std::vector<OpenIntent>& MemoryLog::open_intents() const { return impl_->no_intents; }

std::uint64_t MemoryLog::last_anchor() const {
  const std::lock_guard<std::mutex> lock(impl_->mutex);
  return impl_->anchor;
}

std::string MemoryLog::failure() const { return {}; }

std::vector<MemoryLog::Event> MemoryLog::recent() const {
  const std::lock_guard<std::mutex> lock(impl_->mutex);
  return {impl_->events.begin(), impl_->events.end()};
}

}  // namespace claviger::audit
