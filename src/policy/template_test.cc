#include "policy/template.h"

#include <gtest/gtest.h>

namespace claviger::policy {
namespace {

constexpr Template::Rules kTextRules{.variables = true, .wildcards = Template::Wildcards::kText};

bool like(std::string_view pattern, std::string_view text, const Context* context = nullptr) {
  Budget budget(100'000);
  const auto parsed = Template::parse(pattern, kTextRules);
  if (!parsed->has_variables()) return matches_once(parsed->fixed(), text, budget);
  std::string tokens;
  return parsed->expand(context, text.size(), budget, tokens) == Template::Expansion::kDone &&
         matches_once(Glob(tokens), text, budget);
}

TEST(Template, WildcardsTakeWholeCharacters) {
  struct Row {
    std::string_view pattern, text;
    bool matches;
  };
  for (const Row& row : {
           Row{"", "", true},
           Row{"", "a", false},
           Row{"*", "", true},
           Row{"*", "a:b/c", true},
           Row{"a*", "a", true},
           Row{"a*c", "abc", true},
           Row{"a*c", "ac", true},
           Row{"a*c", "abcd", false},
           Row{"*b*", "abc", true},
           Row{"*a*b*c*", "xaxbxc", true},
           Row{"*a*b*c*", "xaxcxb", false},
           Row{"*ab", "aab", true},
           Row{"?", "", false},
           Row{"?", "\xc3\xa9", true},
           Row{"??", "\xc3\xa9", false},
           Row{"*?", "\xc3\xa9", true},
           Row{"*???", "\xc3\xa9\xc3\xa9", false},
           Row{"a?c", "a:c", true},
           Row{"a?", std::string_view("ab\0", 3), false},
           Row{"a**c", "abbc", true},
       }) {
    EXPECT_EQ(like(row.pattern, row.text), row.matches) << row.pattern << " " << row.text;
  }
}

TEST(Template, VariablesAreReplacedByTheirText) {
  MapContext context;
  context.set("aws:username", "anna");
  context.set("aws:PrincipalTag/Team", "a*b");
  context.set("aws:token", "\xf8");
  context.set_many("aws:TagKeys", {"x"});
  struct Row {
    std::string_view pattern, text;
    bool matches;
  };
  for (const Row& row : {
           Row{"u/${aws:username}", "u/anna", true},
           Row{"u/${AWS:UserName}", "u/anna", true},
           Row{"u/${ aws:username }/*", "u/anna/x", true},
           Row{"u/${aws:username}", "u/otto", false},
           Row{"${aws:PrincipalTag/team}", "a*b", true},
           Row{"${aws:PrincipalTag/team}", "axb", false},
           Row{"*${aws:username}*${aws:username}*", "xannayannaz", true},
           Row{"*${aws:username}*${aws:username}*", "xannaz", false},
           Row{"${aws:missing}", "", false},
           Row{"${aws:missing, 'd'}", "d", true},
           Row{"${aws:missing,'*'}", "x", false},
           Row{"${aws:missing, ''}x", "x", true},
           Row{"${aws:username, 'd'}", "d", false},
           Row{"${aws:TagKeys}", "x", false},
           Row{"${aws:TagKeys, 'x'}", "x", false},
           Row{"${aws:token}", "x", false},
           Row{"a${*}", "a*", true},
           Row{"a${*}", "ab", false},
           Row{"a${?}b", "a?b", true},
           Row{"${$}{x}", "${x}", true},
           Row{"$x{}", "$x{}", true},
       }) {
    EXPECT_EQ(like(row.pattern, row.text, &context), row.matches) << row.pattern << " " << row.text;
  }
  EXPECT_FALSE(like("${aws:username}", "anna", nullptr));
}

TEST(Template, WhatLooksLikeAVariableMustBeOne) {
  for (std::string_view bad : {"${", "${aws:x", "${}", "${x}", "${:x}", "${aws:}", "${aws:x, d}", "${aws:x, 'd}",
                               "${aws:x,}", "${aws:${aws:y}}", "${aws:x, 'a'b'}", "${*x}", "${aws:*}"}) {
    EXPECT_FALSE(Template::parse(bad, kTextRules)) << bad;
    EXPECT_TRUE(Template::parse(bad, {.variables = false})) << bad;
  }
}

TEST(Template, AValueThatCannotFitIsNotBuilt) {
  MapContext context;
  context.set("a:b", std::string(8192, 'x'));
  std::string pattern;
  for (int i = 0; i < 3000; ++i) pattern += "${a:b}";
  Budget budget(100'000);
  std::string tokens;
  EXPECT_EQ(Template::parse(pattern, kTextRules)->expand(&context, 100, budget, tokens), Template::Expansion::kTooLong);
  EXPECT_LE(tokens.size(), 100u);
}

TEST(Glob, TheBudgetEndsAMatch) {
  const std::string text(4000, 'a');
  const std::string pattern = "*" + std::string(1000, 'a') + "b";
  Budget budget(10'000);
  EXPECT_FALSE(matches_once(Template::parse(pattern + "*", kTextRules)->fixed(), text, budget));
  EXPECT_TRUE(budget.exhausted());
}

}  // namespace
}  // namespace claviger::policy
