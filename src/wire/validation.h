// Internal to wire/: what is wrong with a request, in AWS's words.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "wire/shape.h"

namespace claviger::wire {

// Where a value stands: `keyId`, `tags.1.member.tagValue` (elements count from 1).
struct Path {
  const Path* parent = nullptr;
  std::string_view name{};   // UpperCamel; empty for an element of the list that `parent` is
  std::size_t position = 0;  // from 0, of an element

  void append_to(std::string& out) const;
};

// How a message refers to the value at fault.
class Echo final {
 public:
  static Echo null() { return Echo(" null", false); }
  // The value may not or cannot usefully be shown.
  static Echo none() { return Echo({}, false); }
  // Long values are cut, at the border of a character.
  static Echo of(std::string value) { return Echo(std::move(value), true); }

  void append_to(std::string& out) const;

 private:
  Echo(std::string text, bool quoted) : text_(std::move(text)), quoted_(quoted) {}
  std::string text_;
  bool quoted_;
};

// Gathers violations into one message. All are counted; the texts of the first kMaxTexts are kept, so
// that a hostile request does not make a large reply.
class Violations final {
 public:
  static constexpr std::size_t kMaxTexts = 20;
  static constexpr std::size_t kMaxEchoBytes = 512;

  // `requirement`: what AWS prints after "failed to satisfy constraint: ".
  void add(const Path& path, const Echo& echo, std::string_view requirement);

  bool empty() const { return count_ == 0; }
  // `2 validation errors detected: ...; ...`
  Error error() const;

 private:
  std::size_t count_ = 0;
  std::string texts_;
};

// The number of UTF-16 code units of valid UTF-8.
std::int64_t utf16_length(std::string_view text);

// The requirements that `constraint` makes of a value of this kind, as AWS words them, in the order in
// which they are checked: lower bound, upper bound, pattern.
std::string min_requirement(Kind kind, std::int64_t min);
std::string max_requirement(Kind kind, std::int64_t max);
std::string pattern_requirement(const Pattern& pattern);
std::string enum_requirement(const TypeInfo& type);
// All of them, as a list in brackets: how AWS reports a bad element of a list of plain values.
std::string element_requirement(const TypeInfo& type, const Constraint& constraint);

}  // namespace claviger::wire
