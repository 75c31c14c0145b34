// One condition from a stranger with one request value from another. Lines: operator, key, value of the policy, value
// of the request. A negated operator is the opposite of its positive one, StringLike agrees with a plain matcher, and
// what cannot be parsed is refused with one code.
#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/encoding.h"
#include "policy/condition.h"

namespace {

using namespace claviger;

std::string_view line(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  const std::string_view result = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return result;
}

policy::ConditionResult evaluate(std::string_view operation, std::string_view value, std::string_view requested) {
  const auto condition = policy::Condition::parse(operation, "k:k", {std::string(value)}, true);
  if (!condition) {
    CLAVIGER_CHECK(condition.error().code() == ErrorCode::kMalformedPolicyDocument);
    return policy::ConditionResult::kUnevaluable;
  }
  policy::MapContext context;
  context.set("k:k", requested);
  context.set("aws:username", "an*a");
  policy::Budget budget(1'000'000);
  return condition->evaluate(&context, budget);
}

// For ASCII. `reached[i]`: the pattern so far matches the first i bytes.
bool plain_like(std::string_view pattern, std::string_view text) {
  std::vector<bool> reached(text.size() + 1);
  reached[0] = true;
  for (const char c : pattern) {
    std::vector<bool> next(text.size() + 1);
    for (std::size_t i = 0; i <= text.size(); ++i) {
      if (c == '*') {
        next[i] = reached[i] || (i > 0 && next[i - 1]);
      } else if (i > 0) {
        next[i] = reached[i - 1] && (c == '?' || c == text[i - 1]);
      }
    }
    reached = std::move(next);
  }
  return reached[text.size()];
}

bool is_plain(std::string_view text) {
  return text.size() <= 512 && text.find('$') == std::string_view::npos &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > 0x1f && c < 0x7f; });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  if (!is_valid_utf8(text)) return 0;
  const std::string_view operation = line(text), key = line(text), value = line(text), requested = line(text);
  const auto parsed = policy::Condition::parse(operation, key, {std::string(value)}, true);
  CLAVIGER_CHECK(parsed || parsed.error().code() == ErrorCode::kMalformedPolicyDocument);
  evaluate(operation, value, requested);
  constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kOpposites{{
      {"StringEquals", "StringNotEquals"},
      {"StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase"},
      {"StringLike", "StringNotLike"},
      {"NumericEquals", "NumericNotEquals"},
      {"DateEquals", "DateNotEquals"},
      {"IpAddress", "NotIpAddress"},
      {"ArnLike", "ArnNotLike"},
  }};
  for (const auto& [positive, negative] : kOpposites) {
    const auto a = evaluate(positive, value, requested), b = evaluate(negative, value, requested);
    CLAVIGER_CHECK((a == b) == (a == policy::ConditionResult::kUnevaluable));
  }
  if (is_plain(value) && is_plain(requested)) {
    CLAVIGER_CHECK((evaluate("StringLike", value, requested) == policy::ConditionResult::kTrue) ==
                   plain_like(value, requested));
  }
  return 0;
}
