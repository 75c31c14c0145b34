#include "server/service_change.h"

#include <future>
#include <span>
#include <utility>

#include "audit/event.h"

namespace claviger::server {
namespace {

// How many entries are read at a time.
constexpr std::size_t kBatch = 256;
// Others change the same key at times, a replicator that brings what another sweep made for instance.
constexpr int kAttempts = 32;
constexpr std::string_view kInternal = "AWS Internal";

}  // namespace

std::string service_event(const ServiceChange& change, WallTime time, std::string_view event_id,
                          std::string_view failure) {
  const Scope& scope = change.key.scope;
  const std::string arn = change.key.arn();
  const audit::Resource resource{scope.account.view(), arn};
  audit::Event event;
  event.user_identity = {
      .type = audit::IdentityType::kInternal, .account_id = scope.account.view(), .invoked_by = kInternal};
  event.time = time;
  event.name = change.event_name;
  event.region = scope.region.view();
  event.source_ip = kInternal;
  event.user_agent = kInternal;
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

Result<bool> ServiceChanges::make(const ServiceChange& change, store::Commit commit) {
  const std::string event_id = make_uuid(random_);
  std::promise<Result<store::Revision>> promise;
  recorder_.change(
      event_id,
      {service_event(change, clock_.now(), event_id), service_event(change, clock_.now(), event_id, change.abandoned)},
      std::move(commit), [&promise](Result<store::Revision> revision) { promise.set_value(std::move(revision)); });
  Result<store::Revision> revision = promise.get_future().get();
  if (revision) return true;
  // Of a change whose outcome is unknown the event follows by itself.
  if (revision.error().code() == ErrorCode::kUnknownOutcome) return std::unexpected(std::move(revision).error());
  // The intent ends with a record of the failure.
  const bool overtaken = revision.error().code() == ErrorCode::kConflict;
  CLAVIGER_TRY(recorder_.record_and_wait(
      event_id, service_event(change, clock_.now(), event_id, overtaken ? kOvertaken : kNotWritten)));
  if (overtaken) return false;
  return std::unexpected(std::move(revision).error());
}

Result<Swept> sweep_due(store::Store& store, const Clock& clock, std::string_view prefix, const DueEntry& each) {
  Swept swept;
  std::string after;
  while (true) {
    CLAVIGER_ASSIGN(const auto entries, store.range(prefix, after, kBatch));
    for (const store::Entry& entry : entries) {
      after = entry.key;
      const auto due = keys::layout::parse_dated(prefix, entry.key);
      if (!due) {
        swept.damage = fail(Error::corrupt("the store key of a dated entry is malformed"));
        continue;
      }
      if (due->date > clock.now()) return swept;
      Result<bool> done = each(entry.key, *due);
      for (int attempt = 1; attempt < kAttempts && done && !*done; ++attempt) {
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
    if (entries.size() < kBatch) return swept;
  }
}

}  // namespace claviger::server
