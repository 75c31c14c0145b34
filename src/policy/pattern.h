// Wildcard patterns of policies: `*` is any run of characters, `?` is any one.
// Matching takes time proportional to the product of the two lengths at worst, whatever the pattern.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace claviger::policy {

// `kms:Encrypt`, `kms:Generate*`, `*`: case-insensitive.
class ActionPattern final {
 public:
  // nullopt unless `text` is `*` or `<service>:<name>` with a service of [a-z0-9-] in any case and a name of
  // [A-Za-z0-9*?].
  static std::optional<ActionPattern> parse(std::string_view text);
  // `action` is as requested, e.g. `kms:Encrypt`.
  bool matches(std::string_view action) const;

 private:
  ActionPattern() = default;
  std::string lower_;
  bool has_wildcard_ = false;
};

// `*`, or an ARN with wildcards: case-sensitive, and a `*` crosses a colon only where it is the last character of its
// segment (IAM User Guide, "Resource": "A wildcard at the end of a segment may extend across segment boundaries").
class ArnPattern final {
 public:
  // nullopt unless `text` is `*` or starts with `arn:` and has six segments, or fewer and a final `*`; the service
  // segment has no wildcard.
  static std::optional<ArnPattern> parse(std::string_view text);
  bool matches(std::string_view arn) const;
  const std::string& text() const { return text_; }

 private:
  enum class Shape : unsigned char { kEverything, kExact, kWildcard };
  ArnPattern() = default;
  std::string text_;
  Shape shape_ = Shape::kExact;
};

}  // namespace claviger::policy
