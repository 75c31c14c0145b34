// How a command tells that it failed.
#pragma once

#include <fmt/format.h>

#include <cstdio>

#include "base/result.h"

namespace claviger::cli {

inline constexpr int kFailed = 1;

// Writes the error to standard error, and returns the exit status for it.
inline int report(const Error& error) {
  const std::string& text = error.detail().empty() ? error.message() : error.detail();
  fmt::print(stderr, "claviger: {}\n", text.empty() ? std::string("failed") : text);
  return kFailed;
}

}  // namespace claviger::cli
