// What is charged for each part of a decision: measured once, and a bound on how long a decision takes only as long as
// nothing is left out.
#include "policy/costs.h"

#include <gtest/gtest.h>

#include "policy/condition.h"
#include "policy/pattern.h"

namespace claviger::policy {
namespace {

constexpr std::uint32_t kPlenty = 1'000'000;

MapContext context_with(const std::vector<std::string>& values) {
  MapContext context;
  context.set("a:v", "anna");
  context.set_many("k:k", values);
  if (values.size() == 1) context.set("k:k", values.front());
  return context;
}

TEST(Costs, OfAConditionGrowWithWhatItComparesAndReads) {
  struct Row {
    std::string_view operation;
    std::vector<std::string> policy_values;
    std::vector<std::string> requested;
    std::uint64_t steps;
  };
  const std::string long_text(320, 'x');
  constexpr std::uint64_t kFind = 96 + 12 * 3;
  for (const Row& row : {
           Row{"Null", {"true", "true"}, {"x"}, kFind},
           Row{"StringEquals", {"a", "b"}, {"c"}, kFind + 2 * 8},
           Row{"StringEquals", {"aa"}, {"c"}, kFind + 8},
           Row{"StringEquals", {long_text}, {long_text}, kFind + 8 + 20},
           Row{"StringEqualsIgnoreCase", {"abcd", "x"}, {"abce"}, kFind + 8 + 8 + 8},
           Row{"ForAnyValue:StringEquals", {"a", "b"}, {"x", "y", "z"}, kFind + 3 * 2 * 8},
           Row{"StringLike", {"a*"}, {"x"}, kFind + 8},
           Row{"StringLike", {"a*"}, {long_text}, kFind + 8 + 10},
           // One step for each of the text's bytes and one for the run, two nanoseconds each.
           Row{"StringLike", {"*x?*"}, {"abc"}, kFind + 8 + 2 * 4},
           Row{"ArnLike", {"arn:aws:s3:::a"}, {"arn:aws:s3:::b"}, kFind + 8 + 48 + 2 * 9},
           Row{"NumericEquals", {"1", "2", "3"}, {"44"}, kFind + 96 + 4 * 2 + 4 * 3},
           Row{"ForAllValues:NumericEquals", {"1"}, {"2", "33"}, kFind + 2 * (96 + 4) + 4 * (1 + 2)},
           // With a variable: the text before it, looking it up, its value; then the comparison.
           Row{"StringEquals", {"xyz${a:v}"}, {"1234567"}, kFind + 32 + (8 + 3) + kFind + 2 * 4 + 8},
           Row{"StringLike", {"*${a:v}"}, {"1234567"}, kFind + 32 + (8 + 1) + kFind + 2 * 4 + 4 * 5 + 8},
           Row{"StringEquals", {"${a:v}"}, {"123"}, kFind + 32 + 8 + kFind},
           Row{"StringEquals", {"${a:none}"}, {"123"}, kFind + 32 + 8 + 96 + 12 * 6},
           Row{"StringEquals", {"x${a:v}yz"}, {"1234567"}, kFind + 32 + (8 + 1) + kFind + 2 * 4 + (8 + 2) + 8},
       }) {
    const auto condition = Condition::parse(row.operation, "k:k", row.policy_values, true);
    ASSERT_TRUE(condition) << row.operation;
    const MapContext context = context_with(row.requested);
    Budget budget(kPlenty);
    condition->evaluate(&context, budget);
    EXPECT_EQ(kPlenty - budget.left(), row.steps) << row.operation << " " << row.policy_values.front();
    // One step less is not enough: what cannot be paid for is not judged.
    Budget small(static_cast<std::uint32_t>(row.steps - 1));
    condition->evaluate(&context, small);
    EXPECT_TRUE(small.exhausted()) << row.operation << " " << row.policy_values.front();
  }
}

TEST(Costs, OfAPatternAreItsTokensForEach64BytesOfTheText) {
  struct Row {
    std::string_view pattern;
    std::string resource;
    std::uint64_t steps;
  };
  const std::string head = "arn:aws:kms:us-east-1:111122223333:";
  for (const Row& row : {
           Row{"*", head + "key/a", 4},
           Row{"arn:aws:s3:::a", head + "key/a", 4},
           Row{"arn:aws:s3:::a*", head + "key/a", 4},
           // Its literal end does not fit.
           Row{"arn:aws:kms:*:*:*a", head + "key/b", 4},
           Row{"arn:*x*", head + "key/a", 4 + 7},
           Row{"arn:*x*", head + std::string(64, 'a'), 4 + 7 * 2},
           Row{"arn:*x*", head + std::string(640, 'a'), 4 + 7 * 11},
           Row{"arn:aws:kms:::${a:v}", head + "key/a", 32 + (8 + 14) + 132 + 2 * 4 + 4 * 18 + 4},
       }) {
    const auto pattern = ArnPattern::parse(row.pattern, {.variables = true});
    ASSERT_TRUE(pattern) << row.pattern;
    const MapContext context = context_with({"x"});
    for (const bool enough : {true, false}) {
      Budget budget(static_cast<std::uint32_t>(row.steps - (enough ? 0 : 1)));
      ResourceSubject subject(row.resource, budget);
      const bool matched = pattern->matches(subject, &context, budget) == ArnPattern::Match::kYes;
      EXPECT_EQ(matched, enough && row.pattern == "*") << row.pattern;
      EXPECT_EQ(budget.exhausted(), !enough) << row.pattern << " " << row.resource;
      EXPECT_EQ(budget.left(), 0u) << row.pattern << " " << row.resource;
    }
  }
}

TEST(Budget, IsUsedUpByTheFirstThatDoesNotFit) {
  Budget budget(10);
  EXPECT_TRUE(budget.spend(4));
  EXPECT_EQ(budget.left(), 6u);
  EXPECT_TRUE(budget.spend(6));
  EXPECT_FALSE(budget.exhausted());
  EXPECT_FALSE(budget.spend(1));
  EXPECT_TRUE(budget.exhausted());
  Budget other(10);
  EXPECT_FALSE(other.spend(std::uint64_t{1} << 40));
  EXPECT_TRUE(other.exhausted());
  EXPECT_EQ(other.left(), 0u);
}

}  // namespace
}  // namespace claviger::policy
