// For tests only: what a decoder refuses, and with which error.
#pragma once

#include <gtest/gtest.h>

#include <ostream>
#include <string>

#include "base/result.h"

namespace claviger::wire::testing {

struct Refusal {
  const char* name;
  std::string body;
  ErrorCode code;
  std::string message;
};

inline void PrintTo(const Refusal& refusal, std::ostream* out) { *out << refusal.name; }

// That it is refused with exactly this code and message, and nothing for the log.
template <class T>
void expect_refused(const Result<T>& result, const Refusal& refusal) {
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code(), refusal.code);
  EXPECT_EQ(result.error().message(), refusal.message);
  EXPECT_EQ(result.error().detail(), "");
}

}  // namespace claviger::wire::testing
