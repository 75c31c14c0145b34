#include "server/recorder.h"

#include <memory>
#include <utility>

namespace claviger::server {
namespace {

// One change on its way through the log and the store.
struct Change {
  std::string request_id;
  ChangeEvents events;
  store::Commit commit;
  Recorder::ChangeDone done;
};

}  // namespace

std::string intent_payload(const ChangeEvents& events) { return events.committed + "\n" + events.abandoned; }

Result<ChangeEvents> parse_intent(std::string_view payload) {
  const std::size_t newline = payload.find('\n');
  if (newline == std::string_view::npos || payload.find('\n', newline + 1) != std::string_view::npos) {
    return fail(Error::corrupt("an intent's payload is not two lines"));
  }
  return ChangeEvents{std::string(payload.substr(0, newline)), std::string(payload.substr(newline + 1))};
}

Recorder::Recorder(audit::Log& log, store::Store& store, ChangeBroadcast& broadcast, std::function<void()> stop)
    : log_(log), store_(store), broadcast_(broadcast), stop_(std::move(stop)) {}

void Recorder::event(std::string request_id, std::string json, EventDone done) {
  log_.append({audit::FrameKind::kEvent, std::move(request_id), store_.revision(), std::move(json)},
              [this, done = std::move(done)](Result<audit::Sequence> sequence) mutable {
                if (!sequence) return done(std::unexpected(std::move(sequence).error()));
                if (owes_.load(std::memory_order_relaxed)) pay();
                done({});
              });
}

void Recorder::owe(audit::Frame event) {
  owed_.with([&](auto& owed) { owed.push_back(std::move(event)); });
  owes_ = true;
}

void Recorder::pay() {
  owes_ = false;
  std::vector<audit::Frame> owed = owed_.with([](auto& all) { return std::exchange(all, {}); });
  for (audit::Frame& event : owed) {
    audit::Frame again = event;
    log_.append(std::move(event), [this, again = std::move(again)](Result<audit::Sequence> sequence) mutable {
      if (!sequence) owe(std::move(again));
    });
  }
}

void Recorder::change(std::string request_id, ChangeEvents events, store::Commit commit, ChangeDone done) {
  audit::Frame intent{audit::FrameKind::kIntent, request_id, store_.revision(), intent_payload(events)};
  auto change = std::make_unique<Change>(std::move(request_id), std::move(events), std::move(commit), std::move(done));

  log_.append(std::move(intent), [this, change = std::move(change)](Result<audit::Sequence> sequence) mutable {
    if (!sequence) return change->done(std::unexpected(std::move(sequence).error()));
    change->commit.tag = *sequence;
    store::Commit tagged = std::move(change->commit);
    store_.commit(std::move(tagged), [this, change = std::move(change)](Result<store::Revision> revision) mutable {
      if (!revision) {
        // Whether it was written is only known after the store was opened again, which then says so in the log.
        const bool broken =
            revision.error().code() == ErrorCode::kUnknownOutcome || revision.error().code() == ErrorCode::kIo;
        change->done(std::unexpected(std::move(revision).error()));
        if (broken) stop_();
        return;
      }
      audit::Frame event{audit::FrameKind::kEvent, std::move(change->request_id), *revision,
                         std::move(change->events.committed)};
      audit::Frame again = event;
      log_.append(std::move(event), [this, change = std::move(change), again = std::move(again),
                                     at = *revision](Result<audit::Sequence> recorded) mutable {
        if (!recorded) {
          owe(std::move(again));
          return change->done(
              fail(ErrorCode::kUnknownOutcome, {}, "the event of a change: " + recorded.error().detail()));
        }
        broadcast_.when_applied(at, [change = std::move(change), at] { change->done(at); });
      });
    });
  });
}

}  // namespace claviger::server
