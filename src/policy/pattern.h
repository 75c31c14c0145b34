// The patterns of Action and Resource elements: `*` is any run of characters, `?` is any one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "policy/context.h"
#include "policy/glob.h"
#include "policy/template.h"

namespace claviger::policy {

// `kms:Encrypt`, `kms:Generate*`, `*`: case-insensitive. A service has no wildcard.
class ActionPattern final {
 public:
  // nullopt unless `text` is `*` or `<service>:<name>` with a service of [a-z0-9-] in any case and a name of
  // [A-Za-z0-9*?].
  static std::optional<ActionPattern> parse(std::string_view text);
  // `text()` of the action is in lower case.
  bool matches(ActionSubject& action) const { return action.matches(glob_); }
  // The pattern in lower case.
  const std::string& text() const { return text_; }

 private:
  ActionPattern() = default;
  std::string text_;
  Glob glob_;
};

// `*`, or an ARN with wildcards: case-sensitive, and a `*` crosses a colon only where it is the last character of its
// segment (IAM User Guide, "Resource": "A wildcard at the end of a segment may extend across segment boundaries").
class ArnPattern final {
 public:
  struct Rules {
    bool variables = false;   // as Template::Rules; a variable stands behind the fifth colon only
    bool incomplete = false;  // an ARN that ends early has `*` for its missing segments (identity policies)
  };
  // nullopt unless `text` is `*` or starts with `arn:` and has six segments (fewer and a final `*`, or as `rules` say);
  // the service segment has no wildcard.
  static std::optional<ArnPattern> parse(std::string_view text, Rules rules);

  enum class Match : std::uint8_t { kNo, kYes, kUnresolved };
  // kUnresolved when a variable of the pattern has no value.
  Match matches(ResourceSubject& arn, const Context* context, Budget& budget) const {
    if (!template_.has_variables()) return arn.matches(template_.fixed()) ? Match::kYes : Match::kNo;
    return matches_expanded(arn, context, budget);
  }
  bool has_variables() const { return template_.has_variables(); }
  // As it was written.
  const std::string& text() const { return text_; }

 private:
  ArnPattern(std::string_view text, Template parsed) : text_(text), template_(std::move(parsed)) {}
  Match matches_expanded(ResourceSubject& arn, const Context* context, Budget& budget) const;

  std::string text_;
  Template template_;
};

}  // namespace claviger::policy
