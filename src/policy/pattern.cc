#include "policy/pattern.h"

#include <algorithm>
#include <vector>

#include "policy/costs.h"

namespace claviger::policy {
namespace {

bool is_lower_alphanumeric(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z'); }
bool is_wildcard(char c) { return c == '*' || c == '?'; }

// The places of the first five colons that are not inside a variable.
std::vector<std::size_t> first_colons(std::string_view text, bool variables) {
  std::vector<std::size_t> colons;
  for (std::size_t at = 0; at < text.size() && colons.size() < 5;) {
    const std::size_t end = variables ? end_of_variable(text, at) : std::string_view::npos;
    if (end != std::string_view::npos) {
      at = end;
      continue;
    }
    if (text[at] == ':') colons.push_back(at);
    ++at;
  }
  return colons;
}

}  // namespace

std::optional<ActionPattern> ActionPattern::parse(std::string_view text) {
  ActionPattern result;
  result.text_ = to_lower_case(text);
  const std::string_view lower = result.text_;
  if (lower != "*") {
    const std::size_t colon = lower.find(':');
    if (colon == std::string_view::npos || colon == 0 || colon + 1 == lower.size()) return std::nullopt;
    const std::string_view service = lower.substr(0, colon), name = lower.substr(colon + 1);
    const auto in_service = [](char c) { return is_lower_alphanumeric(c) || c == '-'; };
    const auto in_name = [](char c) { return is_lower_alphanumeric(c) || is_wildcard(c); };
    if (!std::all_of(service.begin(), service.end(), in_service)) return std::nullopt;
    if (!std::all_of(name.begin(), name.end(), in_name)) return std::nullopt;
  }
  result.glob_ = Template::parse(lower, {.variables = false, .wildcards = Template::Wildcards::kText})->fixed();
  return result;
}

std::optional<ArnPattern> ArnPattern::parse(std::string_view text, Rules rules) {
  std::string complete(text);
  if (text != "*") {
    const std::vector<std::size_t> colons = first_colons(text, rules.variables);
    if (!text.starts_with("arn:")) return std::nullopt;
    if (colons.size() == 5) {
      const std::string_view service = text.substr(colons[1] + 1, colons[2] - colons[1] - 1);
      if (colons[4] + 1 == text.size() || std::any_of(service.begin(), service.end(), is_wildcard)) return std::nullopt;
    } else if (rules.incomplete && text.size() > 4) {
      for (std::size_t i = colons.size(); i < 5; ++i) complete += ":*";
    } else if (!text.ends_with('*')) {
      return std::nullopt;
    }
    if (rules.variables) {
      const std::size_t resource = colons.size() == 5 ? colons[4] : text.size();
      if (text.substr(0, resource).find("${") != std::string_view::npos) return std::nullopt;
    }
  }
  auto parsed = Template::parse(complete, {rules.variables, Template::Wildcards::kSegments});
  if (!parsed) return std::nullopt;
  return ArnPattern(text, *std::move(parsed));
}

ArnPattern::Match ArnPattern::matches_expanded(ResourceSubject& arn, const Context* context, Budget& budget) const {
  std::string tokens;
  switch (template_.expand(context, arn.text().size(), budget, tokens)) {
    case Template::Expansion::kUnresolved:
      return Match::kUnresolved;
    case Template::Expansion::kTooLong:
      return Match::kNo;
    case Template::Expansion::kDone:
      break;
  }
  if (!budget.spend(steps_to_compile(tokens))) return Match::kUnresolved;
  return arn.matches(Glob(std::move(tokens))) ? Match::kYes : Match::kNo;
}

}  // namespace claviger::policy
