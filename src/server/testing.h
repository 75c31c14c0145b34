// For tests only: a loop that runs posted work when told, and a store and a log that fail when told.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "audit/memory_log.h"
#include "base/check.h"
#include "base/guarded.h"
#include "http/handler.h"
#include "server/blocking_pool.h"
#include "server/forwarding_store.h"
#include "store/memory_store.h"

namespace claviger::server {

// Long enough for any machine; a test that waits so long has failed.
inline constexpr std::chrono::seconds kTestPatience{60};

// A loop whose thread is whoever calls run().
class FakeLoop final : public http::Loop {
 public:
  explicit FakeLoop(std::size_t index = 0) : index_(index) {}

  void post(std::move_only_function<void()> work) override {
    // Told under the lock: whoever takes the work may end this loop at once.
    std::lock_guard lock(mutex_);
    posted_.push_back(std::move(work));
    posted_something_.notify_all();
  }
  // Whoever calls run() has nothing else to do.
  void when_idle(std::move_only_function<void()> work) override { work(); }
  std::size_t index() const override { return index_; }
  bool is_current() const override { return true; }

  // Runs what was posted, and what that posts, until nothing is left. Returns how many that were.
  std::size_t run() {
    std::size_t count = 0;
    while (std::move_only_function<void()> work = take()) {
      work();
      ++count;
    }
    return count;
  }
  // Waits until something was posted, and runs one.
  void run_next() {
    {
      std::unique_lock lock(mutex_);
      CLAVIGER_CHECK(posted_something_.wait_for(lock, kTestPatience, [this] { return !posted_.empty(); }));
    }
    take()();
  }
  // Waits until `count` are there.
  void wait_for_posts(std::size_t count) {
    std::unique_lock lock(mutex_);
    CLAVIGER_CHECK(posted_something_.wait_for(lock, kTestPatience, [&] { return posted_.size() >= count; }));
  }
  std::size_t posted() {
    std::lock_guard lock(mutex_);
    return posted_.size();
  }

 private:
  std::move_only_function<void()> take() {
    std::lock_guard lock(mutex_);
    if (posted_.empty()) return {};
    std::move_only_function<void()> work = std::move(posted_.front());
    posted_.pop_front();
    return work;
  }

  const std::size_t index_;
  std::mutex mutex_;
  std::condition_variable posted_something_;
  std::deque<std::move_only_function<void()>> posted_;
};

// A MemoryStore that shows each call before it happens, and fails where it is told to.
class FaultyStore final : public ForwardingStore {
 public:
  FaultyStore() : ForwardingStore(memory_) {}

  using CommitHook = std::function<std::optional<Error>(const store::Commit&)>;
  using GetHook = std::function<std::optional<Error>(std::string_view key)>;
  using RangeHook = std::function<void(std::string_view prefix)>;

  // An error it returns is the outcome of the commit, or of the get. Called by whoever calls the store.
  void on_commit(CommitHook hook) {
    hooks_.with([&](Hooks& hooks) { hooks.commit = std::move(hook); });
  }
  void on_get(GetHook hook) {
    hooks_.with([&](Hooks& hooks) { hooks.get = std::move(hook); });
  }
  // Called after each range was read, before it is returned.
  void after_range(RangeHook hook) {
    hooks_.with([&](Hooks& hooks) { hooks.range = std::move(hook); });
  }
  void on_scrub(std::function<Status()> hook) {
    hooks_.with([&](Hooks& hooks) { hooks.scrub = std::move(hook); });
  }

  Result<std::optional<store::Record>> get(std::string_view key) override {
    if (const GetHook hook = hooks_.with([](Hooks& hooks) { return hooks.get; })) {
      if (std::optional<Error> error = hook(key)) return fail(*std::move(error));
    }
    return memory_.get(key);
  }
  Result<std::vector<store::Entry>> range(std::string_view prefix, std::string_view after, std::size_t limit) override {
    auto entries = memory_.range(prefix, after, limit);
    if (const RangeHook hook = hooks_.with([](Hooks& hooks) { return hooks.range; })) hook(prefix);
    return entries;
  }
  void commit(store::Commit commit, store::CommitDone done) override {
    if (const CommitHook hook = hooks_.with([](Hooks& hooks) { return hooks.commit; })) {
      if (std::optional<Error> error = hook(commit)) {
        CLAVIGER_CHECK(pool_.submit(
            [done = std::move(done), error = *std::move(error)]() mutable { done(fail(std::move(error))); }));
        return;
      }
    }
    memory_.commit(std::move(commit), std::move(done));
  }
  Status scrub() override {
    if (const auto hook = hooks_.with([](Hooks& hooks) { return hooks.scrub; })) return hook();
    return memory_.scrub();
  }
  std::string failure() const override {
    return hooks_.with([](const Hooks& hooks) { return hooks.failure; });
  }
  void set_failure(std::string failure) {
    hooks_.with([&](Hooks& hooks) { hooks.failure = std::move(failure); });
  }
  bool is_stalled() const override { return stalled_; }
  void set_stalled(bool stalled) { stalled_ = stalled; }

  // Without the hooks.
  store::MemoryStore& memory() { return memory_; }

 private:
  struct Hooks {
    CommitHook commit;
    GetHook get;
    RangeHook range;
    std::function<Status()> scrub;
    std::string failure;
  };
  Guarded<Hooks> hooks_;
  std::atomic<bool> stalled_ = false;
  store::MemoryStore memory_;
  BlockingPool pool_{1, 1000};
};

// A MemoryLog that keeps every frame, intents included, and refuses those it is told to.
class FaultyLog final : public audit::Log {
 public:
  using Hook = std::function<std::optional<Error>(const audit::Frame&)>;

  explicit FaultyLog(const Clock& clock) : memory_(clock, 10'000) {}

  // An error it returns is the outcome of the append.
  void on_append(Hook hook) {
    state_.with([&](State& state) { state.hook = std::move(hook); });
  }
  using Log::append;
  void append(std::span<std::shared_ptr<audit::Entry>> entries) override {
    state_.with([&](State& state) { state.appends.push_back(entries.size()); });
    for (std::shared_ptr<audit::Entry>& entry : entries) append_one(std::move(entry));
  }
  const std::vector<audit::OpenIntent>& open_intents() const override { return open_intents_; }
  std::uint64_t last_anchor() const override { return std::max(anchor_, memory_.last_anchor()); }
  std::string failure() const override {
    return state_.with([](const State& state) { return state.failure; });
  }
  void set_failure(std::string failure) {
    state_.with([&](State& state) { state.failure = std::move(failure); });
  }
  // What opening the log found; before it is used.
  void set_open_intents(std::vector<audit::OpenIntent> intents) { open_intents_ = std::move(intents); }
  void set_last_anchor(std::uint64_t anchor) { anchor_ = anchor; }

  std::vector<audit::Frame> frames() const {
    return state_.with([](const State& state) { return state.frames; });
  }
  // How many entries came together, each time.
  std::vector<std::size_t> appends() const {
    return state_.with([](const State& state) { return state.appends; });
  }
  std::vector<audit::Frame> events() const {
    std::vector<audit::Frame> events = frames();
    std::erase_if(events, [](const audit::Frame& frame) { return frame.kind != audit::FrameKind::kEvent; });
    return events;
  }

 private:
  void append_one(std::shared_ptr<audit::Entry> entry) {
    const Hook hook = state_.with([](State& state) { return state.hook; });
    if (std::optional<Error> error = hook ? hook(entry->frame) : std::nullopt) {
      CLAVIGER_CHECK(pool_.submit([entry = std::move(entry), error = *std::move(error)]() mutable {
        entry->appended(fail(std::move(error)));
      }));
      return;
    }
    state_.with([&](State& state) { state.frames.push_back(entry->frame); });
    memory_.append(std::move(entry));
  }

  struct State {
    Hook hook;
    std::vector<std::size_t> appends;
    std::vector<audit::Frame> frames;
    std::string failure;
  };
  Guarded<State> state_;
  std::vector<audit::OpenIntent> open_intents_;
  std::uint64_t anchor_ = 0;
  audit::MemoryLog memory_;
  BlockingPool pool_{1, 1000};
};

// The text of a member of a JSON object written without white space; empty when there is none. For names that occur
// once.
inline std::string text_member(std::string_view json, std::string_view name) {
  const std::string start = "\"" + std::string(name) + "\":\"";
  const std::size_t at = json.find(start);
  if (at == std::string_view::npos) return {};
  const std::size_t begin = at + start.size();
  return std::string(json.substr(begin, json.find('"', begin) - begin));
}

}  // namespace claviger::server
