// What the service does of its own accord when a date has come: which entries are due, and a change with its intent and
// the service event that CloudTrail has for it.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/random.h"
#include "keys/due_layout.h"
#include "keys/record.h"
#include "server/recorder.h"
#include "store/store.h"

namespace claviger::server {

// What the event of a change says that was not made, of its own or anybody's, because the key had changed meanwhile, or
// because it could not be written.
inline constexpr std::string_view kOvertaken = "The key was changed by somebody else meanwhile.";
inline constexpr std::string_view kNotWritten = "The change could not be written.";

struct ServiceChange {
  std::string_view event_name;  // such as `DeleteKey`
  const keys::KeyRecord& key;   // whose event it is
  // As JSON text; empty: null, and left out.
  std::string response_elements = {};
  std::string service_event_details = {};
  // The message of the event that tells that the change was not made, when the server stopped meanwhile or the store
  // did not answer in time.
  std::string_view abandoned;
};

// Who acts, as CloudTrail names it.
inline constexpr std::string_view kAwsInternal = "AWS Internal";
// How many entries of the store are read at a time.
inline constexpr std::size_t kEntriesAtATime = 256;

// The event of a change, made at `time` or (`failure` is not empty) not made and why, as JSON text.
std::string service_event(const ServiceChange& change, WallTime time, std::string_view event_id,
                          std::string_view failure = {});

// Intent, commit, event; blocks. True when the change is made and every loop has applied it; false when a precondition
// of the commit did not hold, and nothing was changed. The recorder's errors. `event` makes the text of the event of a
// change that was made or (`failure` is not empty) not made and why; `abandoned` is the failure of one that the server
// did not come to make.
using EventOfChange = std::function<std::string(std::string_view failure)>;
[[nodiscard]] Result<bool> make_change(Recorder& recorder, const std::string& event_id, const EventOfChange& event,
                                       std::string_view abandoned, store::Commit commit);

// Used by one thread at a time.
class ServiceChanges final {
 public:
  // All must outlive it; `random` is used by nobody else meanwhile, or is thread-safe.
  ServiceChanges(Recorder& recorder, const Clock& clock, RandomSource& random)
      : recorder_(recorder), clock_(clock), random_(random) {}

  // As make_change().
  [[nodiscard]] Result<bool> make(const ServiceChange& change, store::Commit commit);

 private:
  Recorder& recorder_;
  const Clock& clock_;
  RandomSource& random_;
};

// What became of the entries that were due.
struct Swept {
  std::size_t done = 0;
  // The last kCorrupt that was met. Damage to one key keeps that key, and no other, from its turn.
  Status damage = {};
};

// Calls `each` with every entry of `prefix` (layout::parse_dated()) whose date has come, in order of dates. `each`
// returns whether it did something, which makes no entry due that was not. While it did nothing and the entry is still
// there, somebody else changed the same key in between, and it is called again, up to 32 times. Blocks. Ends with the
// first error of the store or of `each` that is not kCorrupt.
using DueEntry = std::function<Result<bool>(const std::string& entry, const keys::layout::DatedPlace& due)>;
[[nodiscard]] Result<Swept> sweep_due(store::Store& store, const Clock& clock, std::string_view prefix,
                                      const DueEntry& each);

}  // namespace claviger::server
