#include "server/service_change.h"

#include <span>
#include <utility>

#include "audit/event.h"

namespace claviger::server {
namespace {

// Others change the same key at times, a replicator that brings what another sweep made for instance.
constexpr int kChangeAttempts = 32;

}  // namespace

std::string service_event(const ServiceChange& change, WallTime time, std::string_view event_id,
                          std::string_view failure) {
  const Scope& scope = change.key.scope;
  const std::string arn = change.key.arn();
  const audit::Resource resource{scope.account.view(), arn};
  audit::Event event;
  event.user_identity = {
      .type = audit::IdentityType::kInternal, .account_id = scope.account.view(), .invoked_by = kAwsInternal};
  event.time = time;
  event.name = change.event_name;
  event.region = scope.region.view();
  event.source_ip = kAwsInternal;
  event.user_agent = kAwsInternal;
  event.event_id = event_id;
  event.resources = std::span(&resource, 1);
  event.type = audit::EventType::kAwsServiceEvent;
  event.recipient_account_id = scope.account.view();
  if (failure.empty()) {
    event.response_elements = change.response_elements;
    event.service_event_details = change.service_event_details;
  } else {
    event.error_code = "KMSInternalException";
    event.error_message = failure;
  }
  std::string text;
  audit::append_event(event, text);
  return text;
}

Result<bool> make_change(Recorder& recorder, const std::string& event_id, const EventOfChange& event,
                         std::string_view abandoned, store::Commit commit) {
  Result<store::Revision> revision =
      recorder.change_and_wait(event_id, {event({}), event(abandoned)}, std::move(commit));
  if (revision) return true;
  // Of a change whose outcome is unknown the event follows by itself.
  if (revision.error().code() == ErrorCode::kUnknownOutcome) return std::unexpected(std::move(revision).error());
  // The intent ends with a record of the failure.
  const bool overtaken = revision.error().code() == ErrorCode::kConflict;
  CLAVIGER_TRY(recorder.record_and_wait(event_id, event(overtaken ? kOvertaken : kNotWritten)));
  if (overtaken) return false;
  return std::unexpected(std::move(revision).error());
}

Result<bool> ServiceChanges::make(const ServiceChange& change, store::Commit commit) {
  const std::string event_id = make_uuid(random_);
  const auto event = [&](std::string_view failure) { return service_event(change, clock_.now(), event_id, failure); };
  return make_change(recorder_, event_id, event, change.abandoned, std::move(commit));
}

Result<Swept> sweep_due(store::Store& store, const Clock& clock, std::string_view prefix, const DueEntry& each) {
  Swept swept;
  std::string after;
  while (true) {
    CLAVIGER_ASSIGN(const auto entries, store.range(prefix, after, kEntriesAtATime));
    for (const store::Entry& entry : entries) {
      after = entry.key;
      const auto due = keys::layout::parse_dated(prefix, entry.key);
      if (!due) {
        swept.damage = fail(Error::corrupt("the store key of a dated entry is malformed"));
        continue;
      }
      if (due->date > clock.now()) return swept;
      Result<bool> done = each(entry.key, *due);
      for (int attempt = 1; attempt < kChangeAttempts && done && !*done; ++attempt) {
        CLAVIGER_ASSIGN(const auto still, store.get(entry.key));
        if (!still) break;
        done = each(entry.key, *due);
      }
      if (done) {
        swept.done += *done ? 1 : 0;
      } else if (done.error().code() == ErrorCode::kCorrupt) {
        swept.damage = std::unexpected(std::move(done).error());
      } else {
        return std::unexpected(std::move(done).error());
      }
    }
    if (entries.size() < kEntriesAtATime) return swept;
  }
}

}  // namespace claviger::server
