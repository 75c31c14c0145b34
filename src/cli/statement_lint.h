// Advice on one statement. Internal to cli/.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <string_view>
#include <vector>

#include "base/json_places.h"
#include "cli/policy_lint.h"
#include "policy/document.h"

namespace claviger::cli {

// Where a statement stands in the text of its policy. Borrows both.
class StatementPlace final {
 public:
  StatementPlace(std::string_view text, const json::PlacedValue& place) : text_(text), place_(place) {}

  std::size_t line() const { return json::line_of(text_, place_.offset); }
  // Of the first of the members that is there; else of the statement.
  std::size_t line_of_member(std::initializer_list<std::string_view> members) const;
  // Of the string `wanted` inside the first of the members that is there; else of that member.
  std::size_t line_of_text(std::initializer_list<std::string_view> members, std::string_view wanted) const;
  // Of a condition.
  std::size_t line_of_condition(std::string_view operator_name, std::string_view key) const;

 private:
  const json::PlacedValue* member(std::initializer_list<std::string_view> members) const;

  std::string_view text_;
  const json::PlacedValue& place_;
};

// Appends what one statement of `document` has to be said about.
void lint_statement(const policy::Document& document, const policy::Statement& statement, const StatementPlace& place,
                    std::vector<Finding>& findings);

}  // namespace claviger::cli
