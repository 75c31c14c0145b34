#include "policy/template.h"

#include <algorithm>

#include "policy/costs.h"

namespace claviger::policy {
namespace {

using Wildcards = Template::Wildcards;

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

struct Variable {
  std::string_view key;
  std::optional<std::string_view> fallback;
};

// `inside` is what stands between the braces.
std::optional<Variable> parse_variable(std::string_view inside) {
  Variable variable;
  const std::size_t comma = inside.find(',');
  variable.key = trimmed(inside.substr(0, comma));
  const std::size_t colon = variable.key.find(':');
  if (colon == std::string_view::npos || colon == 0 || colon + 1 == variable.key.size()) return std::nullopt;
  if (variable.key.find_first_of("{$*?' \t\r\n") != std::string_view::npos) return std::nullopt;
  if (comma == std::string_view::npos) return variable;
  std::string_view fallback = trimmed(inside.substr(comma + 1));
  if (fallback.size() < 2 || fallback.front() != '\'' || fallback.back() != '\'') return std::nullopt;
  fallback = fallback.substr(1, fallback.size() - 2);
  if (fallback.find_first_of("'{") != std::string_view::npos) return std::nullopt;
  variable.fallback = fallback;
  return variable;
}

// The token of text[at], which is a wildcard when `wildcards` says so.
char token_of(std::string_view text, std::size_t at, Wildcards wildcards) {
  const char c = text[at];
  if (wildcards == Wildcards::kNone || (c != '*' && c != '?')) return c;
  if (c == '?') return wildcards == Wildcards::kSegments ? kSegmentOne : kAnyOne;
  if (wildcards == Wildcards::kText) return kAnyRun;
  const bool ends_segment = at + 1 == text.size() || text[at + 1] == ':';
  return ends_segment ? kAnyRun : kSegmentRun;
}

void append_token(std::string& tokens, char token) {
  // Of runs that touch one is enough: the one that may go further.
  if (is_run(token) && !tokens.empty() && is_run(tokens.back())) {
    if (token == kAnyRun) tokens.back() = kAnyRun;
    return;
  }
  tokens += token;
}

}  // namespace

std::size_t end_of_variable(std::string_view text, std::size_t at) {
  if (!text.substr(at).starts_with("${")) return std::string_view::npos;
  const std::size_t brace = text.find('}', at);
  return brace == std::string_view::npos ? brace : brace + 1;
}

std::optional<Template> Template::parse(std::string_view text, Rules rules) {
  Template result;
  Part part;
  for (std::size_t at = 0; at < text.size();) {
    if (!rules.variables || !text.substr(at).starts_with("${")) {
      append_token(part.tokens, token_of(text, at++, rules.wildcards));
      continue;
    }
    const std::size_t end = end_of_variable(text, at);
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view inside = text.substr(at + 2, end - at - 3);
    at = end;
    if (inside == "*" || inside == "?" || inside == "$") {
      part.tokens += inside;
      continue;
    }
    const auto variable = parse_variable(inside);
    if (!variable) return std::nullopt;
    part.has_variable = true;
    part.key = ContextKey(variable->key);
    if (variable->fallback) part.fallback = *variable->fallback;
    result.parts_.push_back(std::move(part));
    part = {};
  }
  if (result.parts_.empty()) {
    result.fixed_ = Glob(std::move(part.tokens));
  } else if (!part.tokens.empty()) {
    result.parts_.push_back(std::move(part));
  }
  return result;
}

Template::Expansion Template::expand(const Context* context, std::size_t limit, Budget& budget,
                                     std::string& out) const {
  out.clear();
  std::size_t literal = 0;
  if (!budget.spend(32)) return Expansion::kUnresolved;
  for (const Part& part : parts_) {
    if (!budget.spend(8 + part.tokens.size())) return Expansion::kUnresolved;
    out += part.tokens;
    literal +=
        part.tokens.size() - static_cast<std::size_t>(std::count_if(part.tokens.begin(), part.tokens.end(), is_run));
    if (literal > limit) return Expansion::kTooLong;
    if (!part.has_variable) continue;
    if (!budget.spend(steps_to_find(part.key))) return Expansion::kUnresolved;
    const ContextValues values = context == nullptr ? ContextValues() : context->find(part.key);
    std::string_view value;
    if (values.present()) {
      // Only single-valued keys can be variables.
      if (!values.decidable() || values.multi_valued()) return Expansion::kUnresolved;
      value = values[0];
    } else if (part.fallback) {
      value = *part.fallback;
    } else {
      return Expansion::kUnresolved;
    }
    literal += value.size();
    if (literal > limit) return Expansion::kTooLong;
    if (!budget.spend(2 * value.size())) return Expansion::kUnresolved;
    // What looks like a wildcard in a compiled pattern is no text.
    if (std::any_of(value.begin(), value.end(), is_token)) return Expansion::kUnresolved;
    out += value;
  }
  return Expansion::kDone;
}

}  // namespace claviger::policy
