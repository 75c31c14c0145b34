#include "policy/pattern.h"

#include <algorithm>
#include <array>

#include "base/check.h"
#include "base/identifiers.h"

namespace claviger::policy {
namespace {

constexpr std::size_t kMaxTextBytes = 2048;

char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
bool is_alphanumeric(char c) { return (c >= '0' && c <= '9') || (to_lower(c) >= 'a' && to_lower(c) <= 'z'); }
bool is_wildcard(char c) { return c == '*' || c == '?'; }

// Only the newest star ever has to be tried again: whatever an older one could absorb, the newest can too.
bool matches_ignoring_case(std::string_view lower_pattern, std::string_view text) {
  std::size_t p = 0, t = 0, star = std::string_view::npos, star_text = 0;
  while (t < text.size()) {
    if (p < lower_pattern.size() && lower_pattern[p] == '*') {
      star = p++;
      star_text = t;
    } else if (p < lower_pattern.size() && (lower_pattern[p] == '?' || lower_pattern[p] == to_lower(text[t]))) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++star_text;
    } else {
      return false;
    }
  }
  return std::all_of(lower_pattern.begin() + static_cast<std::ptrdiff_t>(p), lower_pattern.end(),
                     [](char c) { return c == '*'; });
}

// Walks the pattern once, keeping the set of text prefixes that what was walked can match. Going back to the newest
// star alone would be wrong here: one that may not cross a colon cannot stand in for an older one that may.
bool matches_arn(std::string_view pattern, std::string_view text) {
  CLAVIGER_CHECK(text.size() <= kMaxTextBytes);
  const std::size_t size = text.size();
  std::array<bool, kMaxTextBytes + 1> prefix;
  prefix[0] = true;
  std::fill_n(prefix.begin() + 1, size, false);
  for (std::size_t p = 0; p < pattern.size(); ++p) {
    const char c = pattern[p];
    bool any = false;
    if (c == '*') {
      const bool crosses = p + 1 == pattern.size() || pattern[p + 1] == ':';
      any = prefix[0];
      for (std::size_t i = 1; i <= size; ++i) {
        prefix[i] = prefix[i] || (prefix[i - 1] && (crosses || text[i - 1] != ':'));
        any = any || prefix[i];
      }
    } else {
      for (std::size_t i = size; i >= 1; --i) {
        prefix[i] = prefix[i - 1] && (c == '?' ? text[i - 1] != ':' : text[i - 1] == c);
        any = any || prefix[i];
      }
      prefix[0] = false;
    }
    if (!any) return false;
  }
  return prefix[size];
}

}  // namespace

std::optional<ActionPattern> ActionPattern::parse(std::string_view text) {
  ActionPattern result;
  result.lower_.reserve(text.size());
  std::transform(text.begin(), text.end(), std::back_inserter(result.lower_), to_lower);
  result.has_wildcard_ = std::any_of(text.begin(), text.end(), is_wildcard);
  if (text == "*") return result;
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0 || colon + 1 == text.size()) return std::nullopt;
  const std::string_view service = text.substr(0, colon), name = text.substr(colon + 1);
  const auto in_service = [](char c) { return is_alphanumeric(c) || c == '-'; };
  const auto in_name = [](char c) { return is_alphanumeric(c) || is_wildcard(c); };
  if (!std::all_of(service.begin(), service.end(), in_service)) return std::nullopt;
  if (!std::all_of(name.begin(), name.end(), in_name)) return std::nullopt;
  return result;
}

bool ActionPattern::matches(std::string_view action) const {
  if (has_wildcard_) return matches_ignoring_case(lower_, action);
  return std::equal(lower_.begin(), lower_.end(), action.begin(), action.end(),
                    [](char pattern, char c) { return pattern == to_lower(c); });
}

std::optional<ArnPattern> ArnPattern::parse(std::string_view text) {
  ArnPattern result;
  result.text_ = text;
  if (text == "*") {
    result.shape_ = Shape::kEverything;
    return result;
  }
  if (!text.starts_with("arn:")) return std::nullopt;
  if (const auto parts = split_arn(text)) {
    if (parts->resource.empty() || std::any_of(parts->service.begin(), parts->service.end(), is_wildcard)) {
      return std::nullopt;
    }
  } else if (!text.ends_with('*')) {
    return std::nullopt;
  }
  result.shape_ = std::any_of(text.begin(), text.end(), is_wildcard) ? Shape::kWildcard : Shape::kExact;
  return result;
}

bool ArnPattern::matches(std::string_view arn) const {
  switch (shape_) {
    case Shape::kEverything:
      return true;
    case Shape::kExact:
      return text_ == arn;
    case Shape::kWildcard:
      return matches_arn(text_, arn);
  }
  return false;
}

}  // namespace claviger::policy
