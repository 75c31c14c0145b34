// Reads events back, for people and for searches.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "audit/files.h"
#include "audit/log.h"

namespace claviger::audit {

// Empty members match everything; those given must all match.
struct Filter {
  std::string event_name;
  std::string request_id;
  std::string resource_arn;  // one of the event's resources
  std::optional<WallTime> not_before;
  std::optional<WallTime> not_after;
};

// Views are valid during the callback.
struct StoredEvent {
  Sequence sequence = 0;
  WallTime time;  // when it was written
  std::string_view request_id;
  std::string_view json;
  // What was decided about the call: see RecordedCall.
  std::string_view decisions;
};

// True: go on. False: enough.
using EventCallback = std::function<bool(const StoredEvent&)>;

// Calls back for each complete event, oldest first, each exactly once. Intents are not events. The events of one call
// for several accounts have the same sequence and request id; the caller's comes first, and alone has the decisions.
// kCorrupt at the first frame that is damaged (what stands before it was delivered); kNotFound when
// the directory holds no log. Checks the chain, not the signatures: that is verify()'s task. Works
// beside a running server and then ends with what was complete.
[[nodiscard]] Status for_each_event(Files& files, const std::string& directory, const Filter& filter,
                                    const EventCallback& callback);

}  // namespace claviger::audit
