#include "audit/file_log.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "audit/segment_writer.h"
#include "base/check.h"

namespace claviger::audit {
namespace {

using SteadyTime = std::chrono::steady_clock::time_point;

Error unwritable(const std::string& why) { return Error::io("the audit log cannot be written: " + why); }

}  // namespace

struct FileLog::Impl {
  struct Waiting {
    std::shared_ptr<Entry> entry;
    SteadyTime since;
    bool in_bounds = true;
    bool answered = false;
  };

  Impl(Options the_options, Dependencies the_dependencies)
      : options(std::move(the_options)), dependencies(the_dependencies), writer(options, dependencies) {}

  void start() {
    write_thread = std::thread([this] { write_loop(); });
    watch_thread = std::thread([this] { watch_loop(); });
  }
  void stop();

  // The writer's thread.
  void write_loop();
  void wait_for_work(std::unique_lock<std::mutex>& lock);
  void write_taken();
  Status write_next(std::size_t& next);
  void answer(std::size_t from, std::size_t to, const Result<Sequence>& first);
  void broke(const Error& error);
  void try_restart();
  void sign_head(HeadState state);

  // The watching thread.
  void watch_loop();
  bool is_overdue(SteadyTime now) const;
  std::vector<std::shared_ptr<Entry>> take_stuck();
  std::vector<std::shared_ptr<Entry>> take_queue();

  bool is_in_bounds(const Frame& frame) const;

  const Options options;
  const Dependencies dependencies;
  std::vector<OpenIntent> open_intents;
  std::atomic<std::uint64_t> anchor{0};

  // Only the writer's thread uses these.
  SegmentWriter writer;
  bool broken = false;
  SteadyTime head_signed{};

  // Everything below is guarded, but for the frames in `taken`: only the writer reads those,
  // and only it changes the vector's size, under the lock.
  mutable std::mutex mutex;
  std::condition_variable writer_wake;
  std::condition_variable watch_wake;
  bool writer_sleeps = false;
  bool stopping = false;
  bool writer_stopped = false;
  bool overdue = false;  // `failure` tells of a call that has not returned yet
  std::string failure;
  std::vector<Waiting> queue;
  std::vector<Waiting> taken;

  std::thread write_thread;
  std::thread watch_thread;
};

bool FileLog::Impl::is_in_bounds(const Frame& frame) const {
  // A frame must fit into the smallest segment there can be.
  const std::size_t room = std::min(options.segment_bytes, kFirstSegmentBytes) - kSegmentHeaderBytes -
                           kMaxSegmentEndBytes - kFrameOverheadBytes;
  return (frame.kind == FrameKind::kEvent || frame.kind == FrameKind::kIntent) &&
         frame.request_id.size() <= kMaxRequestIdBytes && frame.json.size() <= kMaxPayloadBytes &&
         frame.request_id.size() + frame.json.size() <= room;
}

void FileLog::Impl::write_loop() {
  std::unique_lock<std::mutex> lock(mutex);
  while (true) {
    wait_for_work(lock);
    if (broken && stopping) break;
    if (broken) {
      lock.unlock();
      try_restart();
      lock.lock();
      continue;
    }
    if (queue.empty() && stopping) break;
    const bool work = !queue.empty();
    if (work) taken.swap(queue);
    lock.unlock();
    if (work) write_taken();
    if (!broken && writer.head_is_stale() && std::chrono::steady_clock::now() - head_signed >= options.head_interval) {
      sign_head(HeadState::kRunning);
    }
    lock.lock();
  }
  lock.unlock();
  if (!broken) sign_head(HeadState::kClosed);
}

void FileLog::Impl::wait_for_work(std::unique_lock<std::mutex>& lock) {
  const auto ready = [this] {
    const bool work = stopping || (!broken && (overdue || !queue.empty()));
    writer_sleeps = !work;
    return work;
  };
  if (broken) {
    writer_wake.wait_for(lock, options.retry_interval, ready);
  } else if (writer.head_is_stale()) {
    writer_wake.wait_until(lock, head_signed + options.head_interval, ready);
  } else {
    writer_wake.wait(lock, ready);
  }
  writer_sleeps = false;
  // Whatever was late, it was not the disk, or that answers again.
  if (!broken && overdue) {
    overdue = false;
    failure.clear();
  }
}

void FileLog::Impl::write_taken() {
  std::size_t next = 0;
  while (next < taken.size()) {
    if (const Status status = write_next(next); !status) {
      broke(status.error());
      answer(next, taken.size(), fail(unwritable(status.error().detail())));
      break;
    }
  }
  std::vector<Waiting> finished;
  {
    const std::lock_guard<std::mutex> lock(mutex);
    finished.swap(taken);
  }
  finished.clear();
  // Its memory serves the next group.
  const std::lock_guard<std::mutex> lock(mutex);
  taken.swap(finished);
}

// Makes the next frames of `taken` durable, as many as one write holds, and answers them.
Status FileLog::Impl::write_next(std::size_t& next) {
  if (!taken[next].in_bounds) {
    answer(next, next + 1, fail(Error::internal("an audit frame is out of bounds")));
    ++next;
    return {};
  }
  std::size_t end = next;
  while (end < taken.size() && taken[end].in_bounds && writer.add(taken[end].entry->frame)) ++end;
  if (end == next) return writer.rotate();
  const Result<Sequence> first = writer.commit();
  if (!first) return fail(first.error());
  anchor.store(writer.anchor());
  answer(next, end, first);
  next = end;
  return {};
}

// Answers what the watching thread has not answered before.
void FileLog::Impl::answer(std::size_t from, std::size_t to, const Result<Sequence>& first) {
  std::vector<std::pair<std::shared_ptr<Entry>, std::size_t>> calls;
  calls.reserve(to - from);
  {
    const std::lock_guard<std::mutex> lock(mutex);
    for (std::size_t i = from; i < to; ++i) {
      if (std::exchange(taken[i].answered, true)) continue;
      calls.emplace_back(std::move(taken[i].entry), i - from);
    }
  }
  for (auto& [entry, index] : calls) {
    if (first) {
      entry->appended(*first + index);
    } else {
      entry->appended(fail(first.error()));
    }
    entry.reset();
  }
}

void FileLog::Impl::broke(const Error& error) {
  broken = true;
  {
    const std::lock_guard<std::mutex> lock(mutex);
    overdue = false;
    failure = error.detail();
  }
  watch_wake.notify_one();
}

void FileLog::Impl::try_restart() {
  if (const Status status = writer.restart(); !status) {
    broke(status.error());
    return;
  }
  broken = false;
  head_signed = std::chrono::steady_clock::now();
  const std::lock_guard<std::mutex> lock(mutex);
  overdue = false;
  failure.clear();
}

void FileLog::Impl::sign_head(HeadState state) {
  head_signed = std::chrono::steady_clock::now();
  if (const Status status = writer.write_head(state); !status) broke(status.error());
}

bool FileLog::Impl::is_overdue(SteadyTime now) const {
  // One period early, because nobody looks in between.
  const auto limit = options.append_deadline - options.append_deadline / 8;
  for (const Waiting& waiting : taken) {
    if (!waiting.answered) return now - waiting.since >= limit;
  }
  return !queue.empty() && now - queue.front().since >= limit;
}

// The writer keeps them too: it may still be reading their frames.
std::vector<std::shared_ptr<Entry>> FileLog::Impl::take_stuck() {
  std::vector<std::shared_ptr<Entry>> calls;
  for (Waiting& waiting : taken) {
    if (!std::exchange(waiting.answered, true)) calls.push_back(waiting.entry);
  }
  return calls;
}

std::vector<std::shared_ptr<Entry>> FileLog::Impl::take_queue() {
  std::vector<std::shared_ptr<Entry>> calls;
  calls.reserve(queue.size());
  for (Waiting& waiting : queue) calls.push_back(std::move(waiting.entry));
  queue.clear();
  return calls;
}

void FileLog::Impl::watch_loop() {
  std::unique_lock<std::mutex> lock(mutex);
  while (!writer_stopped || !queue.empty()) {
    watch_wake.wait_for(lock, options.append_deadline / 8,
                        [this] { return writer_stopped || (!failure.empty() && !queue.empty()); });
    if (failure.empty() && is_overdue(std::chrono::steady_clock::now())) {
      overdue = true;
      failure = "the disk does not answer";
    }
    if (failure.empty() && writer_stopped && !queue.empty()) failure = "the log was closed";
    if (failure.empty()) continue;
    // What the writer holds reaches the log if its call ever returns; what it has not taken never will.
    std::vector<std::shared_ptr<Entry>> stuck;
    if (overdue) stuck = take_stuck();
    std::vector<std::shared_ptr<Entry>> refused = take_queue();
    const Error error = unwritable(failure);
    lock.unlock();
    for (const auto& entry : stuck) entry->appended(fail(ErrorCode::kUnknownOutcome, {}, error.detail()));
    for (const auto& entry : refused) entry->appended(fail(error));
    stuck.clear();
    refused.clear();
    writer_wake.notify_one();
    lock.lock();
  }
}

void FileLog::Impl::stop() {
  {
    const std::lock_guard<std::mutex> lock(mutex);
    stopping = true;
  }
  writer_wake.notify_one();
  write_thread.join();
  {
    const std::lock_guard<std::mutex> lock(mutex);
    writer_stopped = true;
  }
  watch_wake.notify_one();
  watch_thread.join();
}

FileLog::FileLog(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Result<std::unique_ptr<FileLog>> FileLog::open(Options options, Dependencies dependencies) {
  CLAVIGER_CHECK(options.segment_bytes >= kMinSegmentBytes && options.segment_bytes <= kMaxSegmentBytes);
  CLAVIGER_CHECK(options.segment_bytes % 4096 == 0);
  CLAVIGER_CHECK(options.append_deadline.count() >= 8);
  auto impl = std::make_unique<Impl>(std::move(options), dependencies);
  CLAVIGER_TRY(impl->writer.open());
  impl->open_intents = impl->writer.take_open_intents();
  impl->anchor = impl->writer.anchor();
  impl->head_signed = std::chrono::steady_clock::now();
  impl->start();
  return std::unique_ptr<FileLog>(new FileLog(std::move(impl)));
}

FileLog::~FileLog() { impl_->stop(); }

void FileLog::append(std::span<std::shared_ptr<Entry>> entries) {
  const SteadyTime now = std::chrono::steady_clock::now();
  bool wake_writer = false;
  bool wake_watch = false;
  {
    const std::lock_guard<std::mutex> lock(impl_->mutex);
    for (std::shared_ptr<Entry>& entry : entries) {
      const bool in_bounds = impl_->is_in_bounds(entry->frame);
      impl_->queue.push_back({std::move(entry), now, in_bounds});
    }
    wake_watch = !impl_->failure.empty();
    wake_writer = !wake_watch && impl_->writer_sleeps;
    if (wake_writer) impl_->writer_sleeps = false;
  }
  if (wake_writer) impl_->writer_wake.notify_one();
  if (wake_watch) impl_->watch_wake.notify_one();
}

const std::vector<OpenIntent>& FileLog::open_intents() const { return impl_->open_intents; }
std::uint64_t FileLog::last_anchor() const { return impl_->anchor.load(); }
std::string FileLog::failure() const {
  const std::lock_guard<std::mutex> lock(impl_->mutex);
  return impl_->failure;
}

}  // namespace claviger::audit
