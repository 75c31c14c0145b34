#include "audit/segment_reserve.h"

#include <utility>

namespace claviger::audit {

SegmentReserve::SegmentReserve(Files& files, std::string path)
    : files_(files), path_(std::move(path)), thread_([this] { run(); }) {}

SegmentReserve::~SegmentReserve() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
}

void SegmentReserve::begin(std::uint64_t bytes) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (wanted_ != 0 || (ready_ != nullptr && ready_bytes_ == bytes)) return;
    wanted_ = bytes;
  }
  changed_.notify_all();
}

std::unique_ptr<File> SegmentReserve::take(std::uint64_t bytes) {
  std::unique_lock<std::mutex> lock(mutex_);
  changed_.wait(lock, [this] { return wanted_ == 0; });
  if (ready_bytes_ != bytes) return nullptr;
  return std::move(ready_);
}

void SegmentReserve::run() {
  std::unique_lock<std::mutex> lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stopping_ || wanted_ != 0; });
    if (stopping_) return;
    const std::uint64_t bytes = wanted_;
    lock.unlock();
    std::unique_ptr<File> file = make(bytes);
    lock.lock();
    ready_ = std::move(file);
    ready_bytes_ = bytes;
    wanted_ = 0;
    changed_.notify_all();
  }
}

// A failure is not told here: the log then makes the file itself, and meets whatever is wrong.
std::unique_ptr<File> SegmentReserve::make(std::uint64_t bytes) const {
  auto file = files_.create(path_);
  if (!file || !(*file)->allocate(bytes) || !(*file)->sync()) return nullptr;
  return *std::move(file);
}

}  // namespace claviger::audit
