// Proves offline that a log directory holds what was written: docs/formats/audit-log.md says what
// that covers.
#pragma once

#include <optional>
#include <string>

#include "audit/files.h"
#include "audit/log.h"
#include "audit/signer.h"

namespace claviger::audit {

struct BadPlace {
  std::string file;  // its name in the directory
  std::uint64_t offset = 0;
  Sequence sequence = 0;  // of the frame there, or that should be there; 0 in the head file
  std::string reason;
};

struct Report {
  std::optional<BadPlace> bad;  // the first; none: the log is whole
  std::uint64_t segments = 0;
  std::uint64_t events = 0;  // as for_each_event() gives them: a call can have one for each of several accounts
  std::uint64_t intents = 0;
  std::uint64_t open_intents = 0;
  Sequence last_sequence = 0;
  std::uint64_t last_anchor = 0;
  // Frames behind the last signature: chained, but an attacker without the key could have written
  // them, or cut others there. 0 after an orderly stop.
  std::uint64_t unsigned_frames = 0;
  // The server runs, or did not stop in an orderly way.
  bool running = false;
  // Bytes of a write in progress, or one that a crash interrupted, stand behind the last frame.
  bool incomplete_tail = false;
};

// What the caller knows from elsewhere of the log's length. A log that is shorter was rolled back.
struct Expected {
  Sequence sequence = 0;
  std::uint64_t anchor = 0;
};

// Reads every segment. A Report also when the log is bad; kNotFound when the directory holds no
// log; kIo when it cannot be read. Works beside a running server.
[[nodiscard]] Result<Report> verify(Files& files, const std::string& directory, const Verifier& verifier,
                                    Expected expected = {});

}  // namespace claviger::audit
