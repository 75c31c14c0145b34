// A text of a policy that may have wildcards and policy variables: `arn:aws:iam::*:user/${aws:username}`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/budget.h"
#include "policy/context.h"
#include "policy/glob.h"

namespace claviger::policy {

class Template final {
 public:
  enum class Wildcards : std::uint8_t {
    kNone,      // `*` and `?` are characters
    kText,      // they stand for anything
    kSegments,  // as in a Resource: see ArnPattern
  };
  struct Rules {
    // Of documents of version 2012-10-17: ${key}, ${key, 'default'}, ${*}, ${?} and ${$}. Otherwise they are
    // characters.
    bool variables = false;
    Wildcards wildcards = Wildcards::kNone;
  };

  // nullopt for a variable that is not written as one: no closing brace, no key, a default without its quotes.
  static std::optional<Template> parse(std::string_view text, Rules rules);

  bool has_variables() const { return !parts_.empty(); }
  // Of a text without variables.
  const Glob& fixed() const { return fixed_; }

  enum class Expansion : std::uint8_t {
    kDone,
    kUnresolved,  // a variable has no value, or several
    kTooLong,     // longer than `limit` without its wildcards
  };
  // Puts the values in; what they contain is literal. `out` holds the tokens after kDone and is unspecified otherwise.
  // Without `context` no variable has a value.
  Expansion expand(const Context* context, std::size_t limit, Budget& budget, std::string& out) const;

 private:
  struct Part {
    std::string tokens;  // what precedes the variable
    bool has_variable = false;
    ContextKey key;
    std::optional<std::string> fallback;
  };
  Template() = default;

  Glob fixed_;
  std::vector<Part> parts_;  // none without variables
};

// Where the variable that starts at `at` ends: behind its brace. npos when there is none: no `${` or no `}`.
std::size_t end_of_variable(std::string_view text, std::size_t at);

}  // namespace claviger::policy
