// Internal to wire/: what the decoders of all protocols hold a value against, and what they found wrong so far.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "wire/shape.h"
#include "wire/validation.h"

namespace claviger::wire {

// A `token` of the protocol where a value of the kind `wanted` was expected: kSerialization, in AWS's words.
[[nodiscard]] std::unexpected<Error> not_convertible(std::string_view token, Kind wanted);

// Everything about the place of a value that its checks need.
struct Place {
  const MemberInfo& member;
  const Constraint& constraint;
  const Path& path;
  bool is_element;  // of a list of plain values: the list then answers for it
};

// Of one request. Not thread-safe.
class Checks final {
 public:
  // What is wrong with a request whose types were all right: kValidation, or kUnsupportedOperation.
  Status verdict() const {
    if (!violations_.empty()) return std::unexpected(violations_.error());
    if (!complaint_.empty()) return fail(Error::validation(complaint_));
    if (!unsupported_.empty()) return fail(ErrorCode::kUnsupportedOperation, unsupported_);
    return {};
  }

  void missing(const Path& path) { violations_.add(path, Echo::null(), "Member must not be null"); }
  // A member that AWS has and we have not.
  void not_built(const MemberInfo& member);

  // Length and pattern of a string. `shown`: whether a message may hold it.
  void string(Kind kind, std::string_view text, const Place& place);
  // False when the name is none of the enum's; else `position` is its place.
  bool enumeration(const TypeInfo& type, std::string_view text, const Place& place, std::size_t& position);
  // False when `measure` is outside the bounds, which is then on record.
  template <class MakeEcho>
  bool bounds(Kind kind, std::int64_t measure, const Place& place, const MakeEcho& echo) {
    const Constraint& constraint = place.constraint;
    if (measure < constraint.min) violate(place, echo, [&] { return min_requirement(kind, constraint.min); });
    if (measure > constraint.max) violate(place, echo, [&] { return max_requirement(kind, constraint.max); });
    return measure >= constraint.min && measure <= constraint.max;
  }

  // Around the elements of a list of plain values: a bad one is the list's violation, told once.
  void begin_elements() { bad_element_ = false; }
  template <class MakeEcho>
  void end_elements(const TypeInfo& element, const Place& list, const MakeEcho& echo) {
    if (!bad_element_) return;
    violate(list, echo, [&] { return element_requirement(element, list.member.each); });
  }

 private:
  template <class MakeEcho, class MakeRequirement>
  void violate(const Place& place, const MakeEcho& echo, const MakeRequirement& requirement) {
    if (place.is_element) {
      bad_element_ = true;
      return;
    }
    violations_.add(place.path, place.member.sensitive ? Echo::none() : echo(), requirement());
  }

  Violations violations_;
  bool bad_element_ = false;  // an element of the list being decoded violates its constraint
  std::string complaint_;     // of the first pattern that has words of its own
  std::string unsupported_;
};

}  // namespace claviger::wire
