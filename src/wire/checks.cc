#include "wire/checks.h"

#include <fmt/format.h>

namespace claviger::wire {

std::unexpected<Error> not_convertible(std::string_view token, Kind wanted) {
  const std::string_view name = wanted == Kind::kEnum ? "String" : kind_name(wanted);
  return fail(ErrorCode::kSerialization,
              fmt::format("{} can not be converted to {} {}", token, name == "Integer" ? "an" : "a", name));
}

void Checks::not_built(const MemberInfo& member) {
  if (unsupported_.empty()) unsupported_ = fmt::format("{} is not supported: {}", member.name, member.missing_reason);
}

void Checks::string(Kind kind, std::string_view text, const Place& place) {
  const auto echo = [text] { return Echo::of(std::string(text)); };
  if (place.constraint.has_max()) bounds(kind, utf16_length(text), place, echo);
  const Pattern* pattern = place.constraint.pattern;
  if (pattern == nullptr || pattern->matches(text)) return;
  if (pattern->complaint.empty() || place.is_element) {
    violate(place, echo, [pattern] { return pattern_requirement(*pattern); });
  } else if (complaint_.empty()) {
    complaint_ = "The specified value for ";
    append_lower_camel(complaint_, place.member.name);
    complaint_ += " is invalid. ";
    complaint_ += pattern->complaint;
  }
}

bool Checks::enumeration(const TypeInfo& type, std::string_view text, const Place& place, std::size_t& position) {
  const auto found = std::ranges::find(type.names, text);
  if (found == type.names.end()) {
    violate(place, [text] { return Echo::of(std::string(text)); }, [&type] { return enum_requirement(type); });
    return false;
  }
  position = static_cast<std::size_t>(found - type.names.begin());
  if ((place.member.built_names >> position & 1) == 0 && unsupported_.empty()) {
    unsupported_ = fmt::format("{} {} is not supported", place.member.name, text);
  }
  return true;
}

}  // namespace claviger::wire
