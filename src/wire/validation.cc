#include "wire/validation.h"

#include <fmt/format.h>

#include "base/text_scan.h"

namespace claviger::wire {

void Path::append_to(std::string& out) const {
  if (parent != nullptr) {
    parent->append_to(out);
    out += '.';
  }
  if (name.empty()) {
    fmt::format_to(std::back_inserter(out), "{}.member", position + 1);
  } else {
    append_lower_camel(out, name);
  }
}

void Echo::append_to(std::string& out) const {
  if (!quoted_) {
    out += text_;
    return;
  }
  out += " '";
  if (text_.size() <= Violations::kMaxEchoBytes) {
    out += text_;
  } else {
    std::size_t end = Violations::kMaxEchoBytes;
    while (end > 0 && (static_cast<unsigned char>(text_[end]) & 0xc0) == 0x80) --end;
    out.append(text_, 0, end);
    out += "...";
  }
  out += '\'';
}

void Violations::add(const Path& path, const Echo& echo, std::string_view requirement) {
  if (++count_ > kMaxTexts) return;
  if (count_ > 1) texts_ += "; ";
  texts_ += "Value";
  echo.append_to(texts_);
  texts_ += " at '";
  path.append_to(texts_);
  texts_ += "' failed to satisfy constraint: ";
  texts_ += requirement;
}

Error Violations::error() const {
  return Error::validation(fmt::format("{} validation error{} detected: {}", count_, count_ == 1 ? "" : "s", texts_));
}

std::int64_t utf16_length(std::string_view text) {
  const std::size_t ascii = ascii_prefix(text);
  auto units = static_cast<std::int64_t>(ascii);
  for (const char c : text.substr(ascii)) {
    const auto byte = static_cast<unsigned char>(c);
    // Every character starts with a byte that is no continuation; those of four bytes need a pair.
    units += (byte & 0xc0) != 0x80;
    units += byte >= 0xf0;
  }
  return units;
}

namespace {
std::string_view measured(Kind kind) { return kind == Kind::kInteger || kind == Kind::kLong ? "value" : "length"; }
}  // namespace

std::string min_requirement(Kind kind, std::int64_t min) {
  return fmt::format("Member must have {} greater than or equal to {}", measured(kind), min);
}

std::string max_requirement(Kind kind, std::int64_t max) {
  return fmt::format("Member must have {} less than or equal to {}", measured(kind), max);
}

std::string pattern_requirement(const Pattern& pattern) {
  return fmt::format("Member must satisfy regular expression pattern: {}", pattern.expression);
}

std::string enum_requirement(const TypeInfo& type) {
  std::string text = "Member must satisfy enum value set: [";
  for (std::size_t i = 0; i < type.names.size(); ++i) {
    if (i > 0) text += ", ";
    text += type.names[i];
  }
  text += ']';
  return text;
}

std::string element_requirement(const TypeInfo& type, const Constraint& constraint) {
  std::string text = "Member must satisfy constraint: [";
  bool first = true;
  const auto add = [&](const std::string& requirement) {
    if (!first) text += ", ";
    first = false;
    text += requirement;
  };
  if (type.kind == Kind::kEnum) add(enum_requirement(type));
  if (constraint.has_max()) add(max_requirement(type.kind, constraint.max));
  if (constraint.has_min()) add(min_requirement(type.kind, constraint.min));
  if (constraint.pattern != nullptr) add(pattern_requirement(*constraint.pattern));
  text += ']';
  return text;
}

}  // namespace claviger::wire
