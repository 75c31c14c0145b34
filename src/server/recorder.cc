#include "server/recorder.h"

#include <memory>
#include <utility>

namespace claviger::server {
namespace {

// Whether an event that was refused is not in the log. One that may be there is not written again: if it turns out to
// be missing, its intent is still open, and the next start writes it.
bool is_certain(const Error& error) { return error.code() != ErrorCode::kUnknownOutcome; }

}  // namespace

std::string intent_payload(const ChangeEvents& events) { return events.committed + "\n" + events.abandoned; }

Result<ChangeEvents> parse_intent(std::string_view payload) {
  const std::size_t newline = payload.find('\n');
  if (newline == std::string_view::npos || payload.find('\n', newline + 1) != std::string_view::npos) {
    return fail(Error::corrupt("an intent's payload is not two lines"));
  }
  return ChangeEvents{std::string(payload.substr(0, newline)), std::string(payload.substr(newline + 1))};
}

struct Recorder::Change final : Overdue::Waiter {
  Change(Underway the_underway, Wait the_wait, std::string the_request_id, ChangeEvents the_events,
         store::Commit the_commit, ChangeDone the_done)
      : underway(std::move(the_underway)),
        wait(the_wait),
        request_id(std::move(the_request_id)),
        events(std::move(the_events)),
        commit(std::move(the_commit)),
        done(std::move(the_done)) {}

  Underway underway;
  const Wait wait;
  std::string request_id;
  ChangeEvents events;
  store::Commit commit;
  Guarded<ChangeDone> done;

  void be_late() override { answer(fail(ErrorCode::kUnknownOutcome, {}, "the store did not answer in time")); }
  // False when the caller was answered before.
  bool answer(Result<store::Revision> outcome) {
    ChangeDone call = done.with([](ChangeDone& held) { return std::exchange(held, {}); });
    if (!call) return false;
    call(std::move(outcome));
    return true;
  }
};

Recorder::Recorder(audit::Log& log, store::Store& store, ChangeBroadcast& broadcast, std::function<void()> stop,
                   std::chrono::milliseconds patience)
    : log_(log), store_(store), broadcast_(broadcast), stop_(std::move(stop)), overdue_(patience) {
  auto finished = std::make_shared<std::promise<void>>();
  finished_ = finished->get_future();
  underway_ = Underway(nullptr, [finished = std::move(finished)](void*) { finished->set_value(); });
}

Recorder::~Recorder() { finish(); }

void Recorder::finish() {
  underway_.reset();
  finished_.wait();
  overdue_.stop();
}

void Recorder::prepare(Event& event) {
  event.frame.kind = audit::FrameKind::kEvent;
  event.frame.anchor = store_.revision();
  event.recorder_ = this;
  event.underway_ = underway_;
}

void Recorder::record(std::shared_ptr<Event> event) {
  prepare(*event);
  log_.append(std::move(event));
}

void Recorder::Batch::add(std::shared_ptr<Event> event) {
  recorder_.prepare(*event);
  events_.push_back(std::move(event));
  if (events_.size() == 1) loop_.when_idle([this] { record(); });
}

void Recorder::Batch::record() {
  recorder_.log_.append(events_);
  events_.clear();
}

Status Recorder::record_and_wait(std::string request_id, std::string json) {
  struct Awaited final : Event {
    void recorded(Status status) override { outcome.set_value(std::move(status)); }
    std::promise<Status> outcome;
  };
  const auto event = std::make_shared<Awaited>();
  event->frame.request_id = std::move(request_id);
  event->frame.json = std::move(json);
  record(event);
  return event->outcome.get_future().get();
}

Result<store::Revision> Recorder::change_and_wait(std::string request_id, ChangeEvents events, store::Commit commit) {
  std::promise<Result<store::Revision>> promise;
  start(std::make_shared<Change>(
      underway_, Wait::kForever, std::move(request_id), std::move(events), std::move(commit),
      [&promise](Result<store::Revision> revision) { promise.set_value(std::move(revision)); }));
  return promise.get_future().get();
}

void Recorder::Event::appended(Result<audit::Sequence> sequence) {
  const Underway underway = std::move(underway_);
  if (!sequence) return recorded(std::unexpected(std::move(sequence).error()));
  if (recorder_->owes_.load(std::memory_order_relaxed)) recorder_->pay(underway);
  recorded({});
}

void Recorder::owe(audit::Frame event) {
  owed_.with([&](auto& owed) { owed.push_back(std::move(event)); });
  owes_ = true;
}

void Recorder::pay(const Underway& underway) {
  owes_ = false;
  std::vector<audit::Frame> owed = owed_.with([](auto& all) { return std::exchange(all, {}); });
  for (audit::Frame& event : owed) append_or_owe(underway, std::move(event));
}

void Recorder::append_or_owe(const Underway& underway, audit::Frame event) {
  audit::Frame again = event;
  log_.append(std::move(event), [this, underway, again = std::move(again)](Result<audit::Sequence> sequence) mutable {
    if (!sequence && is_certain(sequence.error())) owe(std::move(again));
  });
}

void Recorder::change(std::string request_id, ChangeEvents events, store::Commit commit, ChangeDone done) {
  // What is begun all the same waits in memory for as long as the disk does not answer.
  if (store_.is_stalled()) return done(fail(ErrorCode::kDependencyTimeout, {}, store_.failure()));
  start(std::make_shared<Change>(underway_, Wait::kInTime, std::move(request_id), std::move(events), std::move(commit),
                                 std::move(done)));
}

void Recorder::start(std::shared_ptr<Change> change) {
  audit::Frame intent{audit::FrameKind::kIntent, change->request_id, store_.revision(), intent_payload(change->events)};
  log_.append(std::move(intent), [this, change = std::move(change)](Result<audit::Sequence> sequence) mutable {
    // Whether or not the intent comes into the log: without its sequence nothing is committed.
    if (!sequence) {
      change->answer(fail(Error::io("the intent of a change: " + sequence.error().detail())));
      return;
    }
    change->commit.tag = *sequence;
    this->commit(std::move(change));
  });
}

void Recorder::commit(std::shared_ptr<Change> change) {
  // The answer may come on another thread before the call returns on this one, which is then still under way.
  const Underway here = change->underway;
  if (change->wait == Wait::kInTime) overdue_.watch(change);
  store::Commit tagged = std::move(change->commit);
  store_.commit(std::move(tagged), [this, change = std::move(change)](Result<store::Revision> revision) mutable {
    if (revision) {
      committed(std::move(change), *revision);
    } else {
      store_failed(*change, std::move(revision).error());
    }
  });
}

void Recorder::committed(std::shared_ptr<Change> change, store::Revision revision) {
  const Underway here = change->underway;  // as in commit()
  audit::Frame event{audit::FrameKind::kEvent, std::move(change->request_id), revision,
                     std::move(change->events.committed)};
  audit::Frame again = event;
  log_.append(std::move(event), [this, change = std::move(change), again = std::move(again),
                                 revision](Result<audit::Sequence> recorded) mutable {
    if (!recorded) {
      if (is_certain(recorded.error())) owe(std::move(again));
      change->answer(fail(ErrorCode::kUnknownOutcome, {}, "the event of a change: " + recorded.error().detail()));
      return;
    }
    // Loops that have stopped apply nothing any more: what waits for them is not under way here.
    const Underway underway = std::move(change->underway);
    broadcast_.when_applied(revision, [change = std::move(change), revision] { change->answer(revision); });
  });
}

void Recorder::store_failed(Change& change, Error error) {
  // Whether it was written is only known after the store was opened again, which then says so in the log.
  const bool broken = error.code() == ErrorCode::kUnknownOutcome || error.code() == ErrorCode::kIo;
  const bool told = change.answer(fail(std::move(error)));
  if (broken) {
    if (!stopped_.exchange(true)) stop_();
    return;
  }
  // Nothing was changed, and whoever would write the event has been told before that the outcome is unknown.
  if (told) return;
  append_or_owe(change.underway, {audit::FrameKind::kEvent, std::move(change.request_id), store_.revision(),
                                  std::move(change.events.abandoned)});
}

}  // namespace claviger::server
