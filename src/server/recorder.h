// Nothing is answered before its audit record is durable, and nothing is changed before its intent is.
//
// A change goes: intent record durable, then the store's commit, which carries the intent's sequence as its tag, then
// the event. Whatever instant the power fails at, a commit without an event has an intent, and the next start writes
// the event that is missing (server/recovery.h).
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "audit/log.h"
#include "base/guarded.h"
#include "base/result.h"
#include "http/handler.h"
#include "server/change_broadcast.h"
#include "server/overdue.h"
#include "store/store.h"

namespace claviger::server {

// The two ways a change can end, each as the whole text of its event. An intent's payload is both, a line each.
struct ChangeEvents {
  std::string committed;
  std::string abandoned;
};

class Recorder final {
 public:
  // How long the client of a change waits for the store's disk: the answer is there within two seconds. (The log has a
  // deadline of its own, for the intent before that.)
  static constexpr std::chrono::milliseconds kPatience{2000};

  // `stop` is called, at most once from any thread, when the store fails in a way that only a restart can mend.
  Recorder(audit::Log& log, store::Store& store, ChangeBroadcast& broadcast, std::function<void()> stop,
           std::chrono::milliseconds patience = kPatience);
  // As finish().
  ~Recorder();

  // Waits until the log and the store have called back for everything that was asked of them, however long; nothing may
  // be asked of the recorder any more. What waits for the loops alone is not waited for. One caller at a time; blocks.
  void finish();

  // The event of a finished call, and what is done once it is durable.
  class Event : public audit::Entry {
   public:
    // Called once, from a thread of the log; must not block.
    virtual void recorded(Status status) = 0;

   private:
    friend class Recorder;
    void appended(Result<audit::Sequence> sequence) final;

    Recorder* recorder_ = nullptr;
    std::shared_ptr<void> underway_;
  };
  // Makes the event durable whose request id and text its frame has. As audit::Log::append(); at most once for each.
  void record(std::shared_ptr<Event> event);
  // Gathers events that one loop records while it is busy, which costs less than recording each: they get into one
  // write, and the log's thread is woken once for all. For the loop's own thread, while it runs; outlives its loop.
  class Batch final {
   public:
    Batch(Recorder& recorder, http::Loop& loop) : recorder_(recorder), loop_(loop) {}
    Batch(const Batch&) = delete;
    Batch& operator=(const Batch&) = delete;

    // As record(), as soon as the loop has nothing else to do.
    void add(std::shared_ptr<Event> event);

   private:
    void record();

    Recorder& recorder_;
    http::Loop& loop_;
    std::vector<std::shared_ptr<audit::Entry>> events_;
  };
  // The same as record() for those who may block.
  [[nodiscard]] Status record_and_wait(std::string request_id, std::string json);

  using ChangeDone = std::move_only_function<void(Result<store::Revision>)>;
  // Intent, commit, event. On success every loop has applied the change when `done` is called. After an error other
  // than kUnknownOutcome nothing was changed and no event is written: the caller writes the one that tells of the error
  // (which also closes the intent), or tries again. After kUnknownOutcome, which is also what is told when the disk
  // does not answer in time, the change may stand or yet be made, and the caller writes nothing: the event follows as
  // soon as the outcome is known and the log can be written, or at the next start. kDependencyTimeout: not even begun,
  // because the store is stalled. `done` is called once, from any thread, this one included.
  void change(std::string request_id, ChangeEvents events, store::Commit commit, ChangeDone done);
  // The same for those who may block, and do for as long as the disk takes: the outcome is never unknown for its
  // slowness alone, since what they do next depends on it.
  [[nodiscard]] Result<store::Revision> change_and_wait(std::string request_id, ChangeEvents events,
                                                        store::Commit commit);

  store::Store& store() { return store_; }

 private:
  // Held by every callback that the log or the store is to call.
  using Underway = std::shared_ptr<void>;
  // One change on its way through the log and the store.
  struct Change;
  // Whether somebody is told when the disk does not answer in time.
  enum class Wait : bool { kInTime, kForever };
  void prepare(Event& event);
  void start(std::shared_ptr<Change> change);
  void commit(std::shared_ptr<Change> change);
  void committed(std::shared_ptr<Change> change, store::Revision revision);
  void store_failed(Change& change, Error error);
  // Events that the log refused and that nobody waits for, and their being written as soon as it takes others again.
  void owe(audit::Frame event);
  void pay(const Underway& underway);
  void append_or_owe(const Underway& underway, audit::Frame event);

  audit::Log& log_;
  store::Store& store_;
  ChangeBroadcast& broadcast_;
  std::function<void()> stop_;
  Guarded<std::vector<audit::Frame>> owed_;
  std::atomic<bool> owes_ = false;
  std::atomic<bool> stopped_ = false;
  Underway underway_;
  std::future<void> finished_;  // once nobody holds what underway_ held
  Overdue overdue_;             // answers changes that wait for too long
};

// The intent's payload and its inverse; the latter is kCorrupt unless there are exactly two lines.
std::string intent_payload(const ChangeEvents& events);
[[nodiscard]] Result<ChangeEvents> parse_intent(std::string_view payload);

}  // namespace claviger::server
