// For tests only: a file system in memory that can lose what was not synced, and refuse, shorten or
// hold up the n-th call that changes it.
#pragma once

#include <cerrno>
#include <condition_variable>
#include <future>
#include <map>
#include <mutex>
#include <optional>
#include <random>

#include "audit/file_log.h"
#include "crypto/digest.h"

namespace claviger::audit {

// Not a signature: a keyed hash, enough to tell whether somebody without the "key" changed anything.
class HashSigner final : public Signer {
 public:
  explicit HashSigner(std::string key = "key") : key_(std::move(key)) {}
  Bytes sign(ByteSpan message) const override {
    crypto::Sha256 hasher;
    hasher.update(as_bytes(key_));
    hasher.update(message);
    const crypto::Digest256 digest = hasher.finish();
    return Bytes(digest.begin(), digest.end());
  }
  bool verify(ByteSpan message, ByteSpan signature) const override {
    return std::ranges::equal(sign(message), signature);
  }

 private:
  std::string key_;
};

class CountingRandom final : public RandomSource {
 public:
  void fill(MutableByteSpan out) override {
    for (std::uint8_t& byte : out) byte = next_++;
  }

 private:
  std::uint8_t next_ = 1;
};

enum class Fault : std::uint8_t { kNone, kIo, kNoSpace, kShortWrite };

class MemoryFiles final : public Files {
 public:
  struct Node {
    Bytes cache;    // what reads see
    Bytes durable;  // what a power cut leaves for certain
  };
  struct State {
    std::mutex mutex;
    std::condition_variable moved;
    std::map<std::string, std::shared_ptr<Node>> names, durable_names;
    // Faults hit the calls numbered [fault_from, fault_to), counted from 0.
    Fault fault = Fault::kNone;
    std::uint64_t fault_from = 0, fault_to = 0;
    std::uint64_t calls = 0, syncs = 0, writes = 0;
    bool hold_syncs = false;
    std::uint64_t permits = 0;  // held syncs that may go on
    std::uint64_t held = 0;

    // Counts a changing call; the error it must fail with.
    std::optional<int> enter() {
      const std::uint64_t call = calls++;
      if (call < fault_from || call >= fault_to || fault == Fault::kShortWrite) return std::nullopt;
      if (fault == Fault::kIo) return EIO;
      return ENOSPC;
    }
    bool shortens() const { return fault == Fault::kShortWrite && calls > fault_from && calls <= fault_to; }
  };

  MemoryFiles() : state_(std::make_shared<State>()) {}

  void fail_calls(Fault fault, std::uint64_t from, std::uint64_t to) {
    const std::lock_guard<std::mutex> lock(state_->mutex);
    state_->fault = fault;
    state_->fault_from = from;
    state_->fault_to = to;
  }
  std::uint64_t calls() const { return locked(&State::calls); }
  std::uint64_t syncs() const { return locked(&State::syncs); }
  void hold_syncs(bool hold) {
    const std::lock_guard<std::mutex> lock(state_->mutex);
    state_->hold_syncs = hold;
    state_->moved.notify_all();
  }
  // Lets one sync go on, the one that is held or the next.
  void release_one_sync() {
    const std::lock_guard<std::mutex> lock(state_->mutex);
    ++state_->permits;
    state_->moved.notify_all();
  }
  void wait_until_held() {
    std::unique_lock<std::mutex> lock(state_->mutex);
    state_->moved.wait(lock, [this] { return state_->held > 0; });
  }

  // What is on the disk after a power cut now: everything that was synced, and of the rest each
  // 512-byte sector with the given probability in a hundred.
  MemoryFiles after_power_cut(std::mt19937& random, unsigned kept_percent) const {
    const std::lock_guard<std::mutex> lock(state_->mutex);
    MemoryFiles result;
    for (const auto& [name, node] : state_->durable_names) {
      auto copy = std::make_shared<Node>();
      copy->cache = node->durable;
      if (node->cache.size() == node->durable.size()) {
        for (std::size_t at = 0; at < node->cache.size(); at += 512) {
          if (random() % 100 >= kept_percent) continue;
          const std::size_t size = std::min<std::size_t>(512, node->cache.size() - at);
          std::copy_n(node->cache.begin() + static_cast<std::ptrdiff_t>(at), size,
                      copy->cache.begin() + static_cast<std::ptrdiff_t>(at));
        }
      }
      copy->durable = copy->cache;
      result.state_->names[name] = result.state_->durable_names[name] = copy;
    }
    return result;
  }
  // A process that was killed: the kernel keeps everything.
  MemoryFiles after_kill() const {
    const std::lock_guard<std::mutex> lock(state_->mutex);
    MemoryFiles result;
    for (const auto& [name, node] : state_->names) {
      auto copy = std::make_shared<Node>(Node{node->cache, node->cache});
      result.state_->names[name] = result.state_->durable_names[name] = copy;
    }
    return result;
  }

  Bytes& bytes(const std::string& path) { return state_->names.at(path)->cache; }
  std::map<std::string, std::shared_ptr<Node>>& names() { return state_->names; }

  SysResult<void> make_directory(const std::string&) override { return step(); }
  SysResult<std::unique_ptr<File>> create(const std::string& path) override;
  SysResult<std::unique_ptr<File>> open_read(const std::string& path) override;
  SysResult<std::unique_ptr<File>> open_write(const std::string& path) override;
  SysResult<void> rename(const std::string& from, const std::string& to) override {
    const std::lock_guard<std::mutex> lock(state_->mutex);
    if (const auto error = state_->enter()) return std::unexpected(*error);
    state_->names[to] = state_->names.at(from);
    state_->names.erase(from);
    return {};
  }
  SysResult<void> remove(const std::string& path) override {
    const std::lock_guard<std::mutex> lock(state_->mutex);
    if (const auto error = state_->enter()) return std::unexpected(*error);
    state_->names.erase(path);
    return {};
  }
  SysResult<void> sync_directory(const std::string&) override {
    const std::lock_guard<std::mutex> lock(state_->mutex);
    if (const auto error = state_->enter()) return std::unexpected(*error);
    state_->durable_names = state_->names;
    return {};
  }
  SysResult<std::vector<std::string>> list(const std::string& path) override {
    const std::lock_guard<std::mutex> lock(state_->mutex);
    std::vector<std::string> result;
    for (const auto& [name, node] : state_->names) result.push_back(name.substr(path.size() + 1));
    return result;
  }

 private:
  class OpenFile;

  SysResult<void> step() {
    const std::lock_guard<std::mutex> lock(state_->mutex);
    if (const auto error = state_->enter()) return std::unexpected(*error);
    return {};
  }
  std::uint64_t locked(std::uint64_t State::* member) const {
    const std::lock_guard<std::mutex> lock(state_->mutex);
    return state_.get()->*member;
  }

  std::shared_ptr<State> state_;
};

class MemoryFiles::OpenFile final : public File {
 public:
  OpenFile(std::shared_ptr<State> state, std::shared_ptr<Node> node)
      : state_(std::move(state)), node_(std::move(node)) {}

  SysResult<void> allocate(std::uint64_t size) override {
    const std::lock_guard<std::mutex> lock(state_->mutex);
    if (const auto error = state_->enter()) return std::unexpected(*error);
    node_->cache.resize(size);
    return {};
  }
  SysResult<std::size_t> write_at(ByteSpan bytes, std::uint64_t offset) override {
    const std::lock_guard<std::mutex> lock(state_->mutex);
    ++state_->writes;
    const auto error = state_->enter();
    // A write that fails may have written some of its bytes.
    const std::size_t size = error || state_->shortens() ? bytes.size() / 2 : bytes.size();
    if (node_->cache.size() < offset + size) node_->cache.resize(offset + size);
    std::copy_n(bytes.begin(), size, node_->cache.begin() + static_cast<std::ptrdiff_t>(offset));
    if (error) return std::unexpected(*error);
    return size;
  }
  SysResult<std::size_t> read_at(MutableByteSpan out, std::uint64_t offset) override {
    const std::lock_guard<std::mutex> lock(state_->mutex);
    if (offset >= node_->cache.size()) return 0;
    const std::size_t size = std::min<std::size_t>(out.size(), node_->cache.size() - offset);
    std::copy_n(node_->cache.begin() + static_cast<std::ptrdiff_t>(offset), size, out.begin());
    return size;
  }
  SysResult<void> sync() override {
    std::unique_lock<std::mutex> lock(state_->mutex);
    ++state_->syncs;
    ++state_->held;
    state_->moved.notify_all();
    state_->moved.wait(lock, [this] { return !state_->hold_syncs || state_->permits > 0; });
    if (state_->permits > 0) --state_->permits;
    --state_->held;
    if (const auto error = state_->enter()) return std::unexpected(*error);
    node_->durable = node_->cache;
    return {};
  }
  SysResult<std::uint64_t> size() override {
    const std::lock_guard<std::mutex> lock(state_->mutex);
    return node_->cache.size();
  }

 private:
  std::shared_ptr<State> state_;
  std::shared_ptr<Node> node_;
};

inline SysResult<std::unique_ptr<File>> MemoryFiles::create(const std::string& path) {
  const std::lock_guard<std::mutex> lock(state_->mutex);
  if (const auto error = state_->enter()) return std::unexpected(*error);
  const auto node = std::make_shared<Node>();
  state_->names[path] = node;
  return std::make_unique<OpenFile>(state_, node);
}
inline SysResult<std::unique_ptr<File>> MemoryFiles::open_read(const std::string& path) {
  const std::lock_guard<std::mutex> lock(state_->mutex);
  const auto found = state_->names.find(path);
  if (found == state_->names.end()) return std::unexpected(ENOENT);
  return std::make_unique<OpenFile>(state_, found->second);
}
inline SysResult<std::unique_ptr<File>> MemoryFiles::open_write(const std::string& path) {
  const std::lock_guard<std::mutex> lock(state_->mutex);
  if (const auto error = state_->enter()) return std::unexpected(*error);
  const auto found = state_->names.find(path);
  if (found == state_->names.end()) return std::unexpected(ENOENT);
  return std::make_unique<OpenFile>(state_, found->second);
}

// A log over `files` with what it needs.
struct LogFixture {
  MemoryFiles files;
  ManualClock clock{from_millis(1'767'225'600'000)};
  HashSigner signer;
  CountingRandom random;
  FileLog::Options options{.directory = "log",
                           .segment_bytes = kMinSegmentBytes,
                           .retry_interval = std::chrono::milliseconds(1),
                           .head_interval = std::chrono::hours(1)};

  Result<std::unique_ptr<FileLog>> open() { return FileLog::open(options, {clock, signer, random, files}); }
};

inline Frame event_frame(std::string request_id, std::string json = "{}", std::uint64_t anchor = 0) {
  return {FrameKind::kEvent, std::move(request_id), anchor, std::move(json)};
}
inline Frame intent_frame(std::string request_id, std::string json = "{}", std::uint64_t anchor = 0) {
  return {FrameKind::kIntent, std::move(request_id), anchor, std::move(json)};
}

inline std::future<Result<Sequence>> append_later(Log& log, Frame frame) {
  std::promise<Result<Sequence>> promise;
  auto result = promise.get_future();
  log.append(std::move(frame), [promise = std::move(promise)](Result<Sequence> sequence) mutable {
    promise.set_value(std::move(sequence));
  });
  return result;
}
inline Result<Sequence> append_and_wait(Log& log, Frame frame) { return append_later(log, std::move(frame)).get(); }

}  // namespace claviger::audit
