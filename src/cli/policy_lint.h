// Advice on a policy document: what it says that will surprise whoever wrote it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/identifiers.h"
#include "policy/document.h"
#include "policy/principal.h"

namespace claviger::cli {

struct Finding {
  enum class Severity : std::uint8_t {
    kWarning,  // it would be stored, and do something else than it seems to
    kError,    // it would be refused
  };
  Severity severity = Severity::kWarning;
  std::string_view code;  // `not-action-with-allow`; docs/operations.md lists them
  std::size_t line = 1;
  std::string message;
};

struct LintRequest {
  policy::DocumentKind kind = policy::DocumentKind::kKeyPolicy;
  std::string_view text;
  // Of the key, role or identity; nullopt: the only account that the policy's principals name, if there is one.
  std::optional<AccountId> account;
  // Who exists; nullptr: not known, and not looked at.
  const policy::PrincipalDirectory* principals = nullptr;
};

// The findings by line. Any text is taken.
std::vector<Finding> lint_policy(const LintRequest& request);

}  // namespace claviger::cli
