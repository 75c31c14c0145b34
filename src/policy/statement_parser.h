// The parsing of one statement, for document.cc.
#pragma once

#include <simdjson.h>

#include <string>
#include <string_view>
#include <unordered_map>

#include "base/result.h"
#include "policy/document.h"

namespace claviger::policy {

class StatementParser final {
 public:
  // `bindings` outlives the parser.
  StatementParser(DocumentKind kind, Version version, const std::vector<Binding>& bindings);

  [[nodiscard]] Result<Statement> parse(simdjson::dom::element value) const;
  // A violation of the grammar for which AWS has no words of its own: identity policies are answered with one text
  // for all of them.
  std::unexpected<Error> structural(std::string message) const;
  // "Invalid principal" in the words of the kind.
  static std::unexpected<Error> invalid_principal(DocumentKind kind, std::string_view type, std::string_view text);

 private:
  using Element = simdjson::dom::element;
  Status parse_member(std::string_view name, Element value, Statement& statement) const;
  Status parse_effect(Element value, Statement& statement) const;
  Status parse_sid(Element value, Statement& statement) const;
  Status parse_principals(std::string_view name, Element value, Statement& statement) const;
  Status parse_principal(std::string_view type, std::string_view text, Statement& statement) const;
  Status parse_actions(std::string_view name, Element value, Statement& statement) const;
  Status parse_resources(std::string_view name, Element value, Statement& statement) const;
  Status parse_conditions(Element value, Statement& statement) const;
  Result<std::vector<std::string>> parse_condition_values(Element value) const;
  Status check_elements(const Statement& statement, bool has_effect, bool has_principal) const;
  template <class Take>
  Status for_each_string(Element value, std::string_view name, Take take) const;

  DocumentKind kind_;
  bool variables_;
  std::unordered_map<std::string_view, std::string_view> bound_;
};

}  // namespace claviger::policy
