// What the process as a whole does to keep secrets in, and the signals it lives by.
#pragma once

#include <string>

namespace claviger::cli {

// Starts the program anew with every function of its libraries bound, unless it was started so. Binding at the first
// call saves the vector registers on the stack, and with them what was last copied: a request's plaintext, for
// instance. Returns when there is nothing to do, or no way to do it. To be called before any secret is in memory, with
// main's `argv`.
void bind_libraries_at_start(char** argv);

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
