#include "policy/condition.h"

#include <gtest/gtest.h>

namespace claviger::policy {
namespace {

constexpr ConditionResult kFalse = ConditionResult::kFalse, kTrue = ConditionResult::kTrue;
constexpr ConditionResult kUnevaluable = ConditionResult::kUnevaluable;

// What a request has for the key `k:k`.
struct Requested {
  enum class Kind { kAbsent, kSingle, kMany } kind = Kind::kAbsent;
  std::vector<std::string> values;
};
Requested absent() { return {}; }
Requested one(std::string value) { return {Requested::Kind::kSingle, {std::move(value)}}; }
Requested many(std::vector<std::string> values) { return {Requested::Kind::kMany, std::move(values)}; }

struct ConditionRow {
  std::string_view operation;
  std::vector<std::string> values;
  Requested requested;
  ConditionResult result;
};

ConditionResult evaluate(std::string_view operation, const std::vector<std::string>& values, const Requested& requested,
                         std::uint32_t steps = 100'000) {
  const auto condition = Condition::parse(operation, "k:K", values, true);
  EXPECT_TRUE(condition) << operation << " " << values.front();
  MapContext context;
  context.set("aws:username", "anna");
  if (requested.kind == Requested::Kind::kSingle) context.set("K:k", requested.values.front());
  if (requested.kind == Requested::Kind::kMany) context.set_many("K:k", requested.values);
  Budget budget(steps);
  return condition->evaluate(&context, budget);
}

void expect_results(const std::vector<ConditionRow>& rows) {
  for (const ConditionRow& row : rows) {
    std::string name = std::string(row.operation) + " [";
    for (const auto& value : row.values) name += value + ",";
    name += "] of [";
    for (const auto& value : row.requested.values) name += value + ",";
    EXPECT_EQ(evaluate(row.operation, row.values, row.requested), row.result) << name;
  }
}

TEST(Condition, EveryOperatorCompares) {
  expect_results({
      {"StringEquals", {"a", "b"}, one("b"), kTrue},
      {"StringEquals", {"a"}, one("A"), kFalse},
      {"StringEquals", {"a*"}, one("ab"), kFalse},
      {"StringEquals", {"a*"}, one("a*"), kTrue},
      {"StringEquals", {"${aws:username}"}, one("anna"), kTrue},
      {"StringEquals", {"${aws:nobody}"}, one("anna"), kFalse},
      {"StringNotEquals", {"a", "b"}, one("b"), kFalse},
      {"StringNotEquals", {"a", "b"}, one("c"), kTrue},
      {"StringNotEquals", {"${aws:nobody}"}, one("anna"), kTrue},
      {"StringEqualsIgnoreCase", {"aBc"}, one("AbC"), kTrue},
      {"StringEqualsIgnoreCase", {"\xc3\x84"}, one("\xc3\xa4"), kTrue},
      {"StringEqualsIgnoreCase", {"\xc3\x97"}, one("\xc3\xb7"), kFalse},
      {"StringEqualsIgnoreCase", {"AZ"}, one("az"), kTrue},
      {"StringEqualsIgnoreCase", {"@"}, one("`"), kFalse},
      {"StringEqualsIgnoreCase", {"["}, one("{"), kFalse},
      {"StringEqualsIgnoreCase", {"\xc3\x80\xc3\x9e"}, one("\xc3\xa0\xc3\xbe"), kTrue},
      {"StringEqualsIgnoreCase", {"\xc3\x9f"}, one("\xc3\xbf"), kFalse},
      {"StringEqualsIgnoreCase", {"abc"}, one("abd"), kFalse},
      {"StringNotEqualsIgnoreCase", {"ABC"}, one("abc"), kFalse},
      {"StringNotEqualsIgnoreCase", {"ABC"}, one("abx"), kTrue},
      {"StringLike", {"x", "a*c?"}, one("abbcd"), kTrue},
      {"StringLike", {"${aws:username}-*"}, one("anna-1"), kTrue},
      {"StringLike", {"a*"}, one("b"), kFalse},
      {"StringNotLike", {"a*", "b*"}, one("bx"), kFalse},
      {"StringNotLike", {"a*", "b*"}, one("cx"), kTrue},
      {"NumericEquals", {"7"}, one("7.0"), kTrue},
      {"NumericEquals", {"7"}, one("8"), kFalse},
      {"NumericNotEquals", {"7", "8"}, one("8"), kFalse},
      {"NumericNotEquals", {"7", "8"}, one("9"), kTrue},
      {"NumericLessThan", {"7"}, one("6.999"), kTrue},
      {"NumericLessThan", {"7"}, one("7"), kFalse},
      {"NumericLessThanEquals", {"7"}, one("7"), kTrue},
      {"NumericLessThanEquals", {"7"}, one("8"), kFalse},
      {"NumericGreaterThan", {"7"}, one("8"), kTrue},
      {"NumericGreaterThan", {"7"}, one("7"), kFalse},
      {"NumericGreaterThanEquals", {"7"}, one("7"), kTrue},
      {"NumericGreaterThanEquals", {"-7"}, one("-8"), kFalse},
      {"DateEquals", {"2026-11-22T00:00:00Z"}, one("2026-11-22"), kTrue},
      {"DateEquals", {"1795305600"}, one("2026-11-22"), kTrue},
      {"DateEquals", {"2026-11-22"}, one("2026-11-23"), kFalse},
      {"DateNotEquals", {"2026-11-22"}, one("2026-11-23"), kTrue},
      {"DateNotEquals", {"2026-11-22"}, one("2026-11-22"), kFalse},
      {"DateLessThan", {"2026-11-22"}, one("2026-11-21T23:59:59Z"), kTrue},
      {"DateLessThan", {"2026-11-22"}, one("2026-11-22"), kFalse},
      {"DateLessThanEquals", {"2026-11-22"}, one("2026-11-22"), kTrue},
      {"DateGreaterThan", {"2026-11-22"}, one("2026-11-22T00:00:01Z"), kTrue},
      {"DateGreaterThan", {"2026-11-22"}, one("2026-11-22"), kFalse},
      {"DateGreaterThanEquals", {"2026-11-22"}, one("2026-11-22"), kTrue},
      {"DateGreaterThanEquals", {"2026-11-22"}, one("2026"), kFalse},
      {"Bool", {"true"}, one("True"), kTrue},
      {"Bool", {"FALSE"}, one("true"), kFalse},
      {"BinaryEquals", {"aGk="}, one("aGk="), kTrue},
      {"BinaryEquals", {"aGk="}, one("aGo="), kFalse},
      {"IpAddress", {"10.0.0.0/8", "2001:db8::/32"}, one("2001:db8::1"), kTrue},
      {"IpAddress", {"10.0.0.0/8"}, one("11.0.0.1"), kFalse},
      {"NotIpAddress", {"10.0.0.0/8", "11.0.0.0/8"}, one("11.0.0.1"), kFalse},
      {"NotIpAddress", {"10.0.0.0/8", "11.0.0.0/8"}, one("12.0.0.1"), kTrue},
  });
}

TEST(Condition, ArnsMatchSegmentBySegment) {
  const Requested role = one("arn:aws:iam::111122223333:role/a/b:c");
  expect_results({
      {"ArnEquals", {"arn:aws:iam::111122223333:role/a/b:c"}, role, kTrue},
      {"ArnEquals", {"arn:aws:iam::*:role/*"}, role, kTrue},
      {"ArnLike", {"arn:aws:iam::*:role/*"}, role, kTrue},
      {"ArnLike", {"arn:*:i?m:*:1111*:role/?/b:c"}, role, kTrue},
      {"ArnLike", {"arn:aws:*:role/a/b:c:d:e"}, role, kFalse},
      {"ArnLike", {"arn:aws:iam:*3:role/*:x:y"}, role, kFalse},
      {"ArnLike", {"arn:aws:iam::111122223333:ROLE/*"}, role, kFalse},
      {"ArnLike",
       {"arn:aws:iam::111122223333:role/${aws:username}"},
       one("arn:aws:iam::111122223333:role/anna"),
       kTrue},
      {"ArnNotEquals", {"arn:aws:iam::*:role/*"}, role, kFalse},
      {"ArnNotLike", {"arn:aws:iam::*:user/*"}, role, kTrue},
      {"ArnLike", {"arn:aws:iam::*:user/*"}, one("anna"), kUnevaluable},
      {"ArnNotLike", {"arn:aws:iam::*:user/*"}, one("anna"), kUnevaluable},
  });
}

TEST(Condition, AMissingKeyHasItsTable) {
  expect_results({
      {"StringEquals", {"a"}, absent(), kFalse},
      {"StringNotEquals", {"a"}, absent(), kTrue},
      {"StringNotLike", {"a"}, absent(), kTrue},
      {"StringEqualsIfExists", {"a"}, absent(), kTrue},
      {"StringEqualsIfExists", {"a"}, one("b"), kFalse},
      {"NumericLessThan", {"1"}, absent(), kFalse},
      {"NumericNotEquals", {"1"}, absent(), kTrue},
      {"DateGreaterThanIfExists", {"2026"}, absent(), kTrue},
      {"Bool", {"false"}, absent(), kFalse},
      {"BoolIfExists", {"false"}, absent(), kTrue},
      {"BinaryEquals", {"aGk="}, absent(), kFalse},
      {"IpAddress", {"10.0.0.0/8"}, absent(), kFalse},
      {"NotIpAddress", {"10.0.0.0/8"}, absent(), kTrue},
      {"ArnLike", {"arn:aws:iam::*:user/*"}, absent(), kFalse},
      {"ArnNotLike", {"arn:aws:iam::*:user/*"}, absent(), kTrue},
      {"Null", {"true"}, absent(), kTrue},
      {"Null", {"false"}, absent(), kFalse},
      {"Null", {"true"}, one(""), kFalse},
      {"Null", {"False"}, one(""), kTrue},
      {"Null", {"true"}, many({"a"}), kFalse},
      {"ForAllValues:StringEquals", {"a"}, absent(), kTrue},
      {"ForAllValues:StringEquals", {"a"}, many({}), kTrue},
      {"ForAnyValue:StringEquals", {"a"}, absent(), kFalse},
      {"ForAnyValue:StringNotEquals", {"a"}, absent(), kFalse},
      {"ForAnyValue:StringEqualsIfExists", {"a"}, absent(), kTrue},
  });
}

TEST(Condition, SetOperatorsTakeSeveralValues) {
  expect_results({
      {"ForAllValues:StringEquals", {"a", "b"}, many({"a", "b"}), kTrue},
      {"ForAllValues:StringEquals", {"a", "b"}, many({"a", "c"}), kFalse},
      {"ForAllValues:StringLike", {"a*"}, many({"a", "ab"}), kTrue},
      {"ForAnyValue:StringEquals", {"a", "b"}, many({"x", "b"}), kTrue},
      {"ForAnyValue:StringEquals", {"a", "b"}, many({"x", "y"}), kFalse},
      {"ForAllValues:StringNotEquals", {"a", "b"}, many({"x", "y"}), kTrue},
      {"ForAllValues:StringNotEquals", {"a", "b"}, many({"x", "b"}), kFalse},
      {"ForAnyValue:StringNotEquals", {"a", "b"}, many({"a", "y"}), kTrue},
      {"ForAnyValue:StringNotEquals", {"a", "b"}, many({"a", "b"}), kFalse},
      {"ForAllValues:StringEquals", {"a"}, one("a"), kTrue},
      {"ForAnyValue:NumericLessThan", {"5"}, many({"9", "4"}), kTrue},
      {"StringEquals", {"a"}, many({"a"}), kUnevaluable},
      {"StringNotEquals", {"a"}, many({"b"}), kUnevaluable},
      {"StringLikeIfExists", {"*"}, many({"b"}), kUnevaluable},
  });
}

TEST(Condition, ValuesOfAnotherTypeCannotBeJudged) {
  expect_results({
      {"NumericEquals", {"1"}, one("x"), kUnevaluable},
      {"NumericNotEquals", {"1"}, one("x"), kUnevaluable},
      {"DateLessThan", {"2026"}, one("yesterday"), kUnevaluable},
      {"Bool", {"true"}, one("yes"), kUnevaluable},
      {"BinaryEquals", {"aGk="}, one("aGk"), kUnevaluable},
      {"NotIpAddress", {"10.0.0.0/8"}, one("unknown"), kUnevaluable},
      {"ForAnyValue:NumericEquals", {"1"}, many({"x", "1"}), kUnevaluable},
  });
  EXPECT_EQ(evaluate("StringEquals", {"a"}, one("a"), 10), kUnevaluable);
  EXPECT_EQ(evaluate("ForAllValues:StringNotLike", {"*b*"}, many({std::string(5'000, 'a'), "a"}), 1'000), kUnevaluable);
}

TEST(Condition, ValueThatCannotBeToldCannotBeJudged) {
  struct NobodyKnows final : Context {
    ContextValues find(const ContextKey&) const override { return ContextValues::undecidable(); }
  };
  const NobodyKnows context;
  for (const std::string_view operation :
       {"StringEquals", "StringNotEquals", "StringLikeIfExists", "ForAllValues:StringLike", "ForAnyValue:StringLike",
        "ForAllValues:StringNotEqualsIfExists"}) {
    const auto condition = Condition::parse(operation, "k:K", {"*"}, true);
    Budget budget(1000);
    EXPECT_EQ(condition->evaluate(&context, budget), kUnevaluable) << operation;
  }
  for (const std::string_view value : {"true", "false"}) {
    Budget budget(1000);
    EXPECT_EQ(Condition::parse("Null", "k:K", {std::string(value)}, true)->evaluate(&context, budget), kUnevaluable);
  }
  // As a variable it has no value, not even the default.
  for (const char* value : {"${k:x}", "${k:x, 'a'}"}) {
    struct OnlyOneKnown final : Context {
      ContextValues find(const ContextKey& key) const override {
        return key.name() == "k:k" ? ContextValues::single("") : ContextValues::undecidable();
      }
    };
    const OnlyOneKnown one_known;
    Budget budget(1000);
    EXPECT_EQ(Condition::parse("StringEquals", "k:K", {value}, true)->evaluate(&one_known, budget), kFalse) << value;
  }
}

TEST(Condition, WhatIsNotUnderstoodIsRefused) {
  struct Bad {
    std::string_view operation, key, value, message;
  };
  constexpr std::string_view kVendor = "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.";
  for (const Bad& bad : {
           Bad{"StringIs", "k:k", "a", "Invalid Condition type : StringIs"},
           Bad{"stringequals", "k:k", "a", "Invalid Condition type : stringequals"},
           Bad{"StringEqualsIfExist", "k:k", "a", "Invalid Condition type : StringEqualsIfExist"},
           Bad{"ForAllValues:", "k:k", "a", "Invalid Condition type : ForAllValues:"},
           Bad{"ForAllValues:ForAnyValue:StringEquals", "k:k", "a",
               "Invalid Condition type : ForAllValues:ForAnyValue:StringEquals"},
           Bad{"ForSomeValues:StringEquals", "k:k", "a", "Invalid Condition type : ForSomeValues:StringEquals"},
           Bad{"NullIfExists", "k:k", "true", "Invalid Condition type : NullIfExists"},
           Bad{"ForAnyValue:Null", "k:k", "true", "Invalid Condition type : ForAnyValue:Null"},
           Bad{"StringEquals", "k", "a", kVendor},
           Bad{"StringEquals", ":k", "a", kVendor},
           Bad{"StringEquals", "k:", "a", kVendor},
           Bad{"StringEquals", "k:k", "${aws", "Invalid value ${aws for the condition operator StringEquals"},
           Bad{"NumericEquals", "k:k", "a", "Invalid value a for the condition operator NumericEquals"},
           Bad{"DateLessThan", "k:k", "a", "Invalid value a for the condition operator DateLessThan"},
           Bad{"Bool", "k:k", "a", "Invalid value a for the condition operator Bool"},
           Bad{"Null", "k:k", "a", "Invalid value a for the condition operator Null"},
           Bad{"BinaryEquals", "k:k", "a", "Invalid value a for the condition operator BinaryEquals"},
           Bad{"IpAddress", "k:k", "10.0.0.0/40", "Invalid value 10.0.0.0/40 for the condition operator IpAddress"},
           Bad{"ArnLike", "k:k", "role/*", "Invalid value role/* for the condition operator ArnLike"},
           Bad{"ArnLike", "k:k", "arn:aws:iam::role/x",
               "Invalid value arn:aws:iam::role/x for the condition operator ArnLike"},
       }) {
    const auto result = Condition::parse(bad.operation, bad.key, {std::string(bad.value)}, true);
    ASSERT_FALSE(result) << bad.operation << " " << bad.value;
    EXPECT_EQ(result.error().code(), ErrorCode::kMalformedPolicyDocument);
    EXPECT_EQ(result.error().message(), bad.message);
  }
}

TEST(Condition, VariablesAreTextInOldDocuments) {
  MapContext context;
  context.set("k:k", "${aws:username}");
  context.set("aws:username", "anna");
  Budget budget(1'000);
  EXPECT_EQ(Condition::parse("StringEquals", "k:k", {"${aws:username}"}, false)->evaluate(&context, budget), kTrue);
  EXPECT_EQ(Condition::parse("StringEquals", "k:k", {"${aws:username}"}, true)->evaluate(&context, budget), kFalse);
}

}  // namespace
}  // namespace claviger::policy
