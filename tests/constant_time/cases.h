// The cases: each runs one operation of the server, through the server's own functions, on secrets that valgrind knows.
#pragma once

#include <span>
#include <string_view>

namespace claviger::constant_time {

struct Case {
  std::string_view name;
  void (*run)();
};

std::span<const Case> symmetric_cases();
std::span<const Case> request_cases();
std::span<const Case> private_key_cases();
// With a leak each, which must be found.
std::span<const Case> planted_cases();

}  // namespace claviger::constant_time
