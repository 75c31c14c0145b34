#include "policy/bindings.h"

#include <algorithm>
#include <optional>

#include "base/check.h"
#include "base/json.h"
#include "policy/principal_entry.h"
#include "policy/statement_parser.h"

namespace claviger::policy {
namespace {

// Walks the text of a document, which has been parsed before and so is strict JSON of bounded depth, and copies it with
// other names for its AWS principals.
class Rewriter final {
 public:
  Rewriter(const Document& document, const PrincipalDirectory& directory)
      : text_(document.text()), bindings_(document.bindings()), directory_(directory) {}

  std::string rewrite() {
    value(Place::kDocument);
    out_ += text_.substr(copied_);
    return std::move(out_);
  }

 private:
  enum class Place { kDocument, kStatement, kPrincipal, kAws, kElsewhere };

  static Place member_of(Place place, std::string_view name) {
    if (place == Place::kDocument && name == "Statement") return Place::kStatement;
    if (place == Place::kStatement && (name == "Principal" || name == "NotPrincipal")) return Place::kPrincipal;
    if (place == Place::kPrincipal && name == "AWS") return Place::kAws;
    return Place::kElsewhere;
  }

  static Place element_of(Place place) {
    return place == Place::kStatement || place == Place::kAws ? place : Place::kElsewhere;
  }

  void skip(std::string_view characters) { at_ = std::min(text_.find_first_not_of(characters, at_), text_.size()); }
  char peek() {
    skip(" \t\r\n");
    return at_ < text_.size() ? text_[at_] : '\0';
  }

  // The string that begins here, with its quotes.
  std::string_view quoted() {
    const std::size_t start = at_++;
    while (at_ < text_.size() && text_[at_] != '"') at_ += text_[at_] == '\\' ? 2 : 1;
    ++at_;
    return text_.substr(start, at_ - start);
  }

  std::string unescaped(std::string_view quoted) {
    if (quoted.find('\\') == std::string_view::npos) return std::string(quoted.substr(1, quoted.size() - 2));
    const auto parsed = parser_.parse(as_bytes(quoted));
    CLAVIGER_CHECK(parsed);
    return std::string(parsed->text());
  }

  void value(Place place) {
    switch (peek()) {
      case '{':
        for (++at_; peek() != '}';) {
          const std::string name = unescaped(quoted());
          skip(" \t\r\n:");
          value(member_of(place, name));
          if (peek() == ',') ++at_;
          peek();
        }
        ++at_;
        return;
      case '[':
        for (++at_; peek() != ']';) {
          value(element_of(place));
          if (peek() == ',') ++at_;
        }
        ++at_;
        return;
      case '"': {
        const std::size_t start = at_;
        const std::string_view string = quoted();
        if (place == Place::kAws) replace(start, unescaped(string));
        return;
      }
      default:
        at_ = std::min(text_.find_first_of(",]} \t\r\n", at_), text_.size());
    }
  }

  // The principal from `start` to here is `arn`.
  void replace(std::size_t start, const std::string& arn) {
    const auto bound =
        std::find_if(bindings_.begin(), bindings_.end(), [&](const Binding& one) { return one.arn == arn; });
    if (bound == bindings_.end() || directory_.unique_id(arn) == bound->unique_id) return;
    out_ += text_.substr(copied_, start - copied_);
    json::append_string(out_, directory_.arn_of(bound->unique_id).value_or(bound->unique_id));
    copied_ = at_;
  }

  std::string_view text_;
  const std::vector<Binding>& bindings_;
  const PrincipalDirectory& directory_;
  json::Parser parser_;
  std::size_t at_ = 0;
  std::size_t copied_ = 0;  // how much of the text is in out_
  std::string out_;
};

}  // namespace

Result<std::vector<Binding>> bind_principals(const Document& document, const PrincipalDirectory& directory) {
  std::vector<Binding> bindings;
  for (const Statement& statement : document.statements()) {
    for (const PrincipalEntry& entry : statement.principals) {
      if (!is_user_or_role(entry)) continue;
      const auto same = [&entry](const Binding& binding) { return binding.arn == entry.text; };
      if (std::any_of(bindings.begin(), bindings.end(), same)) continue;
      std::optional<std::string> id = directory.unique_id(entry.text);
      if (!id) return StatementParser::invalid_principal(document.kind(), "AWS", entry.text);
      bindings.push_back({entry.text, *std::move(id)});
    }
  }
  return bindings;
}

std::string shown_text(const Document& document, const PrincipalDirectory& directory) {
  if (document.bindings().empty()) return document.text();
  return Rewriter(document, directory).rewrite();
}

}  // namespace claviger::policy
