#include "policy/trace.h"

#include <gtest/gtest.h>

#include "policy/decision.h"
#include "policy/decision_fixtures.h"

namespace claviger::policy {
namespace {

TEST(Trace, SaysOfEveryStatementWhatFitted) {
  MapContext context;
  context.set("aws:username", "anna");
  context.set_many("aws:TagKeys", {"a", "b"});
  const auto key_policy =
      parse(DocumentKind::kKeyPolicy, kDefault + "," + resource("Deny", R"({"AWS":"444455556666"})"));
  const Documents documents = parse_all({
      R"({"Sid":"One","Effect":"Allow","Action":"kms:Encrypt","Resource":"*","Condition":{)"
      R"("StringEquals":{"aws:UserName":["otto","emil"]},"ForAnyValue:StringLike":{"aws:TagKeys":"b*"},)"
      R"("Bool":{"aws:SecureTransport":true},"NumericEquals":{"aws:username":3}}})",
      identity("Deny", "kms:Decrypt", "arn:aws:kms:us-east-1:111122223333:key/x*"),
  });
  const auto boundary = parse(DocumentKind::kIdentity, kNothing);
  Trace trace;
  const Decision decision = decide_on_key(
      {kUser, "kms:Encrypt", kKeyArn, &context},
      {.owner = kOwner, .resource_policy = key_policy.get(), .identity = documents, .boundary = boundary.get()},
      &trace);
  EXPECT_FALSE(decision.allowed());
  EXPECT_TRUE(trace.complete);
  ASSERT_EQ(trace.statements.size(), 5u);

  const TracedStatement& delegation = trace.statements[0];
  EXPECT_EQ(delegation.policy, PolicyType::kKeyPolicy);
  EXPECT_EQ(delegation.principal, Closeness::kAccount);
  EXPECT_TRUE(delegation.action && delegation.resource && delegation.applies);

  const TracedStatement& foreign = trace.statements[1];
  EXPECT_EQ(foreign.statement, 1u);
  EXPECT_EQ(foreign.effect, Effect::kDeny);
  EXPECT_EQ(foreign.principal, Closeness::kNot);
  EXPECT_FALSE(foreign.applies);

  const TracedStatement& conditional = trace.statements[2];
  EXPECT_EQ(conditional.policy, PolicyType::kIdentity);
  EXPECT_EQ(conditional.sid, "One");
  EXPECT_TRUE(conditional.action && conditional.resource);
  EXPECT_FALSE(conditional.applies);
  ASSERT_EQ(conditional.conditions.size(), 4u);
  EXPECT_EQ(conditional.conditions[0].operator_name, "StringEquals");
  EXPECT_EQ(conditional.conditions[0].key, "aws:UserName");
  EXPECT_EQ(conditional.conditions[0].policy_values, (std::vector<std::string>{"otto", "emil"}));
  EXPECT_EQ(conditional.conditions[0].request_values, (std::vector<std::string>{"anna"}));
  EXPECT_EQ(conditional.conditions[0].result, ConditionResult::kFalse);
  EXPECT_TRUE(conditional.conditions[1].multi_valued);
  EXPECT_EQ(conditional.conditions[1].request_values.size(), 2u);
  EXPECT_EQ(conditional.conditions[1].result, ConditionResult::kTrue);
  EXPECT_TRUE(conditional.conditions[2].request_values.empty());
  EXPECT_EQ(conditional.conditions[3].result, ConditionResult::kUnevaluable);

  const TracedStatement& elsewhere = trace.statements[3];
  EXPECT_EQ(elsewhere.document, 1u);
  EXPECT_FALSE(elsewhere.action || elsewhere.resource);
  EXPECT_EQ(trace.statements[4].policy, PolicyType::kBoundary);
}

// A boundary takes away what NotPrincipal spares; and a session's policies come last.
TEST(Trace, HasTheBoundaryAndTheSessionsPolicies) {
  const auto key_policy =
      parse(DocumentKind::kKeyPolicy,
            kDefault + "," +
                resource("Deny", R"({"AWS":[")" + std::string(kRootArn) + R"(",")" + std::string(kUserArn) + R"("]})",
                         "*", "NotPrincipal"));
  const auto boundary = parse(DocumentKind::kIdentity, kAll);
  const Documents identity_policies = parse_all({kAll}), session = parse_all({kNothing, kAll});
  Policies policies{.owner = kOwner, .resource_policy = key_policy.get(), .identity = identity_policies};
  Trace trace;
  EXPECT_TRUE(decide_on_key({kUser, "kms:Encrypt", kKeyArn}, policies, &trace).allowed());
  ASSERT_EQ(trace.statements.size(), 3u);
  EXPECT_EQ(trace.statements[1].principal, Closeness::kNot);
  EXPECT_FALSE(trace.statements[1].applies);
  policies.boundary = boundary.get();
  policies.session = session;
  trace = {};
  EXPECT_EQ(decide_on_key({kUser, "kms:Encrypt", kKeyArn}, policies, &trace).verdict, Verdict::kExplicitDeny);
  ASSERT_EQ(trace.statements.size(), 6u);
  EXPECT_EQ(trace.statements[1].principal, Closeness::kCaller);
  EXPECT_TRUE(trace.statements[1].applies);
  EXPECT_EQ(trace.statements[3].policy, PolicyType::kBoundary);
  EXPECT_EQ(trace.statements[4].policy, PolicyType::kSession);
  EXPECT_EQ(trace.statements[4].document, 0u);
  EXPECT_FALSE(trace.statements[4].applies);
  EXPECT_EQ(trace.statements[5].document, 1u);
  EXPECT_TRUE(trace.statements[5].applies);
}

// More than eight decisions' worth of work.
TEST(Trace, EndsWithItsOwnWork) {
  MapContext context;
  context.set("k:k", std::string(8'192, 'a'));
  const std::string slow = R"({"Effect":"Deny","Action":"*","Resource":"*","Condition":{"StringLike":{"k:k":"*)" +
                           std::string(4'000, 'a') + R"(b*"}}})";
  const Documents documents = parse_all({kAll + "," + slow + "," + kAll});
  Trace trace;
  decide_without_key({kUser, "kms:ListKeys", "*", &context}, {.owner = kOwner, .identity = documents}, &trace);
  EXPECT_FALSE(trace.complete);
  EXPECT_EQ(trace.statements.size(), 1u);
}

TEST(Trace, GrantsAreExplainedWhereTheyAreAsked) {
  const OneGrant grant("kms:Encrypt", Grantee::kCaller);
  const auto key_policy = parse(DocumentKind::kKeyPolicy, kDefault);
  const Policies policies{.owner = kOwner, .resource_policy = key_policy.get(), .grants = &grant};
  Trace trace;
  EXPECT_TRUE(decide_on_key({kUser, "kms:Encrypt", kKeyArn}, policies, &trace).allowed());
  ASSERT_EQ(trace.grants.size(), 1u);
  EXPECT_EQ(trace.grants[0].outcome, GrantOutcome::kAllows);
  trace = {};
  EXPECT_FALSE(decide_on_key({kUser, "kms:Decrypt", kKeyArn}, policies, &trace).allowed());
  ASSERT_EQ(trace.grants.size(), 1u);
  EXPECT_EQ(trace.grants[0].outcome, GrantOutcome::kOtherOperation);
  trace = {};
  EXPECT_TRUE(decide_on_key({kRoot, "kms:Encrypt", kKeyArn}, policies, &trace).allowed());
  EXPECT_TRUE(trace.grants.empty());
}

TEST(Trace, IsBoundedWithoutChangingTheDecision) {
  MapContext context;
  context.set("k:k", std::string(8'192, 'a'));
  std::string statements = kDefault;
  for (int i = 0; i < 200; ++i) {
    statements += "," + resource("Deny", R"("*")", "*", "Principal",
                                 R"(,"Resource":"*","Condition":{"StringEquals":{"k:k":"x"}})");
  }
  const auto key_policy = parse(DocumentKind::kKeyPolicy, statements);
  Trace trace;
  const Policies policies{.owner = kOwner, .resource_policy = key_policy.get()};
  EXPECT_TRUE(decide_on_key({kRoot, "kms:Encrypt", kKeyArn, &context}, policies, &trace).allowed());
  EXPECT_FALSE(trace.complete);
  EXPECT_EQ(trace.statements.size(), 201u);
  std::size_t kept = 0;
  for (const auto& statement : trace.statements) {
    for (const auto& condition : statement.conditions) {
      for (const auto& value : condition.request_values) kept += value.size();
    }
  }
  EXPECT_LE(kept, kMaxTraceBytes);
  EXPECT_GT(kept, kMaxTraceBytes / 2);
}

TEST(Trace, IsNotCompleteWhereTheDecisionRanOutOfWork) {
  MapContext context;
  context.set("k:k", std::string(8'192, 'a'));
  const auto slow =
      parse(DocumentKind::kKeyPolicy,
            resource("Deny", R"("*")", "kms:Decrypt", "Principal",
                     R"(,"Resource":"*","Condition":{"StringNotLike":{"k:k":"*)" + std::string(80, 'a') + R"(b*"}})"));
  const Policies policies{.owner = kOwner, .resource_policy = slow.get()};
  struct Row {
    std::string_view action;
    Reason reason;
    bool complete;
    std::size_t statements;
  };
  // Eight times the work is enough to judge the statement; that it would deny was not the decision's reason.
  for (const Row& row :
       {Row{"kms:Encrypt", Reason::kNoStatement, true, 1}, Row{"kms:Decrypt", Reason::kNotDecidable, false, 1},
        Row{"kms:\xc3\xa9", Reason::kNotDecidable, false, 0}}) {
    Trace trace;
    const Decision decision = decide_on_key({kUser, row.action, kKeyArn, &context}, policies, &trace);
    EXPECT_EQ(static_cast<int>(decision.reason), static_cast<int>(row.reason)) << row.action;
    EXPECT_EQ(trace.complete, row.complete) << row.action;
    EXPECT_EQ(trace.statements.size(), row.statements) << row.action;
  }
}

}  // namespace
}  // namespace claviger::policy
