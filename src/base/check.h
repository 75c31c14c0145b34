// Invariants that stay on in release. Input never reaches one: a failed CHECK is a bug, and a key
// server with broken invariants stops rather than improvise.
#pragma once

#include <string_view>

namespace claviger {

// Writes the condition and its place to standard error and aborts.
[[noreturn]] void check_failed(std::string_view condition, const char* file, int line);

}  // namespace claviger

#define CLAVIGER_CHECK(condition)                                               \
  do {                                                                          \
    if (!(condition)) ::claviger::check_failed(#condition, __FILE__, __LINE__); \
  } while (false)
