#include "server/moved_clock.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

#include "audit/event.h"
#include "base/json.h"
#include "server/change_broadcast.h"
#include "server/recovery.h"
#include "server/service_change.h"

namespace claviger::server {
namespace {

using std::chrono::milliseconds;

constexpr std::uint8_t kClockOffsetVersion = 1;

Result<milliseconds> checked(WallTime real, milliseconds offset) {
  if (real < kLatestTime && offset < kLatestTime - real) return offset;
  return fail(Error::validation(fmt::format("the clock cannot be moved beyond {}", format_iso8601(kLatestTime))));
}

}  // namespace

Bytes encode_clock_offset(milliseconds offset) {
  Bytes out;
  ByteWriter writer(out);
  writer.u8(kClockOffsetVersion);
  writer.u64(static_cast<std::uint64_t>(offset.count()));
  return out;
}

Result<milliseconds> decode_clock_offset(ByteSpan bytes) {
  ByteReader reader(bytes);
  if (reader.u8() != kClockOffsetVersion) return fail(Error::corrupt("clock offset: unknown version"));
  const std::uint64_t millis = reader.u64();
  if (!reader.done()) return fail(Error::corrupt("clock offset: wrong length"));
  if (millis >= static_cast<std::uint64_t>(to_millis(kLatestTime)))
    return fail(Error::corrupt("clock offset: too far"));
  return milliseconds(static_cast<std::int64_t>(millis));
}

Result<milliseconds> moved_offset(const ClockMove& move, WallTime real, milliseconds offset) {
  if (const auto* to = std::get_if<WallTime>(&move)) {
    if (*to > real + offset) return checked(real, *to - real);
    return fail(Error::validation(
        fmt::format("the clock moves forward only, and it is {} already", format_iso8601(real + offset))));
  }
  const milliseconds by = std::get<milliseconds>(move);
  if (by <= milliseconds(0)) return fail(Error::validation("the clock moves forward only"));
  CLAVIGER_TRY(checked(real, by));
  return checked(real, offset + by);
}

Result<milliseconds> ensured_offset(const ClockMove& floor, WallTime real, milliseconds offset) {
  const auto* to = std::get_if<WallTime>(&floor);
  return checked(real, std::max(offset, to != nullptr ? *to - real : std::get<milliseconds>(floor)));
}

Status refuse_moved_clock(store::Store& store) {
  CLAVIGER_ASSIGN(const auto stored, store.get(kClockOffsetKey));
  if (!stored) return {};
  return fail(Error::validation(
      "the clock of this data directory was moved by `claviger dev`, and what is in it may be dated in the future; "
      "only `claviger dev` serves it"));
}

Status ClockMover::load() {
  CLAVIGER_ASSIGN(const auto stored, store_.get(kClockOffsetKey));
  if (!stored) return {};
  CLAVIGER_ASSIGN(const milliseconds offset, decode_clock_offset(stored->value));
  clock_.set_offset(offset);
  return {};
}

Status ClockMover::move(Recorder& recorder, const ClockMove& move) {
  CLAVIGER_ASSIGN(const milliseconds offset, moved_offset(move, real_.now(), clock_.offset()));
  return set(recorder, offset);
}

Status ClockMover::ensure(audit::Log& log, const ClockMove& floor) {
  CLAVIGER_ASSIGN(const milliseconds offset, ensured_offset(floor, real_.now(), clock_.offset()));
  if (offset == clock_.offset()) return {};
  // A store that was rolled back must not be changed.
  CLAVIGER_TRY(check_anchor(log, store_));
  ChangeBroadcast broadcast;
  Recorder recorder(log, store_, broadcast, [] {});
  return set(recorder, offset);
}

Status ClockMover::set(Recorder& recorder, milliseconds offset) {
  const std::string key(kClockOffsetKey);
  CLAVIGER_ASSIGN(const auto stored, store_.get(key));
  store::Commit commit;
  commit.preconditions.push_back({key, stored ? stored->revision : 0});
  commit.mutations.push_back(store::Put{key, encode_clock_offset(offset)});
  const std::string event_id = make_uuid(random_);
  const Result<store::Revision> revision = recorder.change_and_wait(
      event_id, {event(offset, event_id, true), event(offset, event_id, false)}, std::move(commit));
  if (revision) {
    clock_.set_offset(offset);
    return {};
  }
  // Of a change whose outcome is unknown the event follows by itself.
  if (revision.error().code() != ErrorCode::kUnknownOutcome) {
    CLAVIGER_TRY(recorder.record_and_wait(event_id, event(offset, event_id, false)));
  }
  return std::unexpected(revision.error());
}

// The service event, as done or as failed. It happens before the clock moves.
std::string ClockMover::event(milliseconds offset, std::string_view event_id, bool done) const {
  const WallTime now = clock_.now();
  std::string details;
  json::Writer<std::string> writer(details);
  writer.begin_object();
  writer.name("from");
  writer.string(format_iso8601(now));
  writer.name("to");
  writer.string(format_iso8601(now - clock_.offset() + offset));
  writer.end_object();
  const Region region = deployment_.home_region();
  audit::Event event;
  event.user_identity = {
      .type = audit::IdentityType::kInternal, .account_id = deployment_.account.view(), .invoked_by = kAwsInternal};
  event.time = now;
  event.name = "MoveClock";
  event.region = region.view();
  event.source_ip = kAwsInternal;
  event.user_agent = kAwsInternal;
  event.event_id = event_id;
  event.resources = std::span<const audit::Resource>();
  event.type = audit::EventType::kAwsServiceEvent;
  event.recipient_account_id = deployment_.account.view();
  event.service_event_details = details;
  if (!done) {
    event.error_code = "KMSInternalException";
    event.error_message = "The server stopped before the clock was moved, or its store refused it.";
  }
  std::string text;
  audit::append_event(event, text);
  return text;
}

}  // namespace claviger::server
