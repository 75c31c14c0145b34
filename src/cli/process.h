// What the process as a whole does to keep secrets in, and the signals it lives by.
#pragma once

#include <string>

namespace claviger::cli {

// No core dumps, no reading by other processes of the same user, no swapping where the system allows it, and files that
// are for their owner only. To be called before any secret is in memory. Returns what could not be had, in words; empty
// when all could.
std::string protect_process();

// The signals that a server acts on, blocked for all threads made afterwards and taken one at a time.
class Signals final {
 public:
  enum class Event { kStop, kReload, kBroken };

  // Blocks the signals; to be made by the main thread before any other thread.
  Signals();
  // Waits for SIGTERM or SIGINT (kStop), SIGHUP (kReload), or report_broken().
  Event wait();
  // Ends a wait with kBroken. Thread-safe.
  void report_broken();
};

}  // namespace claviger::cli
