#include "server/decision_report.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "audit/event.h"
#include "base/testing_source_directory.h"

namespace claviger::server {
namespace {

using policy::PolicyType;
using policy::Reason;

const std::string kDecidedKey = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";

policy::TracedStatement statement(PolicyType type, std::uint32_t document, std::uint32_t place, std::string sid) {
  policy::TracedStatement traced{.policy = type, .document = document, .statement = place, .sid = std::move(sid)};
  traced.effect = policy::Effect::kAllow;
  traced.principal = policy::Closeness::kCaller;
  traced.action = traced.resource = true;
  return traced;
}

// A refusal with something of everything.
DecisionReport refusal() {
  DecisionReport report{.action = "kms:Encrypt", .resource = kDecidedKey};
  report.reason = Reason::kAccountDelegates;
  report.across_accounts = true;
  report.policy = PolicyType::kKeyPolicy;
  report.statement = 0;
  report.policies = {{PolicyType::kKeyPolicy, 0, {}, {}},
                     {PolicyType::kIdentity, 0, "own", {}},
                     {PolicyType::kIdentity, 1, "arn:aws:iam::111122223333:policy/shared", "team"}};
  policy::TracedStatement delegation = statement(PolicyType::kKeyPolicy, 0, 0, "Enable IAM User Permissions");
  delegation.principal = policy::Closeness::kAccount;
  delegation.applies = true;
  policy::TracedStatement conditional = statement(PolicyType::kIdentity, 1, 2, "");
  conditional.conditions = {{"ForAnyValue:StringLike",
                             "kms:EncryptionContextKeys",
                             {"a*", "b"},
                             {"c"},
                             true,
                             policy::ConditionResult::kFalse}};
  report.trace.statements = {delegation, conditional};
  report.grants_asked = true;
  report.trace.grants = {{"00ff",
                          policy::GrantOutcome::kConstraint,
                          "n",
                          "EncryptionContextEquals",
                          {{"App", "blue"}},
                          {{"App", "red"}, {"b", "c"}}}};
  return report;
}

std::vector<DecisionReport> parsed(const DecisionLog& log) {
  auto reports = parse_decisions(log.text());
  EXPECT_TRUE(reports.has_value()) << log.text();
  return reports ? *std::move(reports) : std::vector<DecisionReport>();
}

// Two reports say the same when they are written alike.
std::string written(const DecisionReport& report) {
  DecisionLog log;
  log.add_refused(report);
  return log.text();
}

TEST(DecisionReport, ARefusalIsReadAsItWasWritten) {
  DecisionLog log;
  log.add_refused(refusal());
  const auto reports = parsed(log);
  ASSERT_EQ(reports.size(), 1u);
  const DecisionReport& report = reports.front();
  EXPECT_EQ(written(report), log.text());
  EXPECT_FALSE(report.allowed());
  EXPECT_EQ(report.verdict, policy::Verdict::kImplicitDeny);
  EXPECT_EQ(report.policy, PolicyType::kKeyPolicy);
  EXPECT_EQ(report.statement, 0u);
  ASSERT_EQ(report.trace.statements.size(), 2u);
  const policy::TracedStatement& conditional = report.trace.statements[1];
  EXPECT_EQ(conditional.document, 1u);
  EXPECT_EQ(conditional.statement, 2u);
  ASSERT_EQ(conditional.conditions.size(), 1u);
  EXPECT_EQ(conditional.conditions[0].policy_values, (std::vector<std::string>{"a*", "b"}));
  EXPECT_TRUE(conditional.conditions[0].multi_valued);
  ASSERT_EQ(report.trace.grants.size(), 1u);
  EXPECT_EQ(report.trace.grants[0].requested.size(), 2u);
  ASSERT_NE(report.find(PolicyType::kIdentity, 1), nullptr);
  EXPECT_EQ(report.find(PolicyType::kIdentity, 1)->group, "team");
  EXPECT_EQ(report.find(PolicyType::kBoundary, 0), nullptr);
  EXPECT_TRUE(report.trace.complete);
}

TEST(DecisionReport, AnAllowedDecisionIsShort) {
  const iam::Caller root = iam::root_caller("aws", *AccountId::parse("111122223333"), "AKIA");
  DecisionLog log;
  EXPECT_EQ(log.text(), "");
  policy::Decision decision{.verdict = policy::Verdict::kAllow, .reason = Reason::kAccountNamed};
  decision.policy = PolicyType::kKeyPolicy;
  decision.statement = 0;
  log.add_allowed({}, {}, decision, root);
  EXPECT_EQ(log.text(), R"([{"allowed":"AccountNamed","policy":"key","statement":1}])");
  policy::Decision by_grant{.verdict = policy::Verdict::kAllow, .reason = Reason::kGrant};
  by_grant.grant_id = "00ff";
  log.add_allowed("kms:ReEncryptTo", kDecidedKey, by_grant, root);
  log.add_undecided("kms:Encrypt", kDecidedKey, Undecided::kNoSuchKey);
  const auto reports = parsed(log);
  ASSERT_EQ(reports.size(), 3u);
  EXPECT_TRUE(reports[0].allowed());
  EXPECT_EQ(reports[0].statement, 0u);
  EXPECT_TRUE(reports[1].allowed());
  EXPECT_EQ(reports[1].grant_id, "00ff");
  EXPECT_EQ(reports[1].action, "kms:ReEncryptTo");
  EXPECT_FALSE(reports[2].allowed());
  EXPECT_EQ(reports[2].undecided, Undecided::kNoSuchKey);
  log.clear();
  EXPECT_EQ(log.text(), "");
}

TEST(DecisionReport, AnIdentityPolicyIsNamed) {
  auto role = std::make_shared<iam::Identity>();
  role->policies = {{iam::IdentityPolicy::Source::kInline, "first", "", nullptr},
                    {iam::IdentityPolicy::Source::kGroupInline, "second", "team", nullptr}};
  iam::Caller caller;
  caller.identity = role;
  policy::Decision decision{.verdict = policy::Verdict::kAllow, .reason = Reason::kIdentityPolicy};
  decision.policy = PolicyType::kIdentity;
  decision.document = 1;
  decision.statement = 4;
  DecisionLog log;
  log.add_allowed({}, {}, decision, caller);
  EXPECT_EQ(log.text(),
            R"([{"allowed":"IdentityPolicy","policy":"identity","statement":5,"name":"second","group":"team"}])");
}

TEST(DecisionReport, WhatIsTooLongLeavesTheLeastTellingOut) {
  DecisionReport report = refusal();
  const policy::TracedStatement conditional = report.trace.statements[1];
  for (std::uint32_t i = 0; i < 2000; ++i) {
    policy::TracedStatement other = statement(PolicyType::kIdentity, 0, i, std::string(300, '\x01'));
    other.action = false;
    report.trace.statements.insert(report.trace.statements.begin(), other);
  }
  DecisionLog log;
  log.add_refused(report);
  EXPECT_LE(log.text().size(), audit::kMaxDecisionsBytes);
  EXPECT_GT(log.text().size(), audit::kMaxDecisionsBytes / 2);
  const DecisionReport read = parsed(log).front();
  EXPECT_FALSE(read.trace.complete);
  ASSERT_GT(read.trace.statements.size(), 2u);
  EXPECT_EQ(read.trace.statements[0].sid, "Enable IAM User Permissions");
  EXPECT_EQ(read.trace.statements[1].conditions.size(), 1u);
  EXPECT_EQ(read.trace.statements[2].sid, std::string(256, '\x01'));
  // More decisions than there is room for end the list, not the record.
  while (log.text().size() + 2000 < audit::kMaxDecisionsBytes) log.add_undecided("a", "b", Undecided::kNoSuchKey);
  for (int i = 0; i < 100; ++i) {
    log.add_undecided("a", std::string(2000, 'r'), Undecided::kNoSuchKey);
    log.add_refused(refusal());
  }
  EXPECT_LE(log.text().size(), audit::kMaxDecisionsBytes);
  EXPECT_FALSE(parsed(log).empty());
}

TEST(DecisionReport, BytesThatAreNoTextStillMakeJson) {
  DecisionReport report = refusal();
  report.trace.statements[1].conditions[0].request_values = {"\xff\t\n\"", std::string(1000, 'x')};
  DecisionLog log;
  log.add_refused(report);
  for (const char c : log.text()) EXPECT_GE(static_cast<unsigned char>(c), 0x20) << "no line or column may end early";
  const DecisionReport read = parsed(log).front();
  EXPECT_EQ(read.trace.statements[1].conditions[0].request_values[0], "\xef\xbf\xbd\t\n\"");
  EXPECT_EQ(read.trace.statements[1].conditions[0].request_values[1].size(), 256u);
  EXPECT_FALSE(read.trace.complete);
}

TEST(DecisionReport, RefusesWhatItDoesNotWrite) {
  for (const std::string_view text : {
           "",
           "{}",
           "[]",
           "[1]",
           "[{}]",
           "[null]",
           R"([{"allowed":"Because"}])",
           R"([{"allowed":1}])",
           R"([{"allowed":"Grant","statement":0}])",
           R"([{"allowed":"Grant","statement":-1}])",
           R"([{"allowed":"Grant","statement":65536}])",
           R"([{"allowed":"Grant","more":1}])",
           R"([{"action":"kms:Encrypt","allowed":"Grant"}])",
           R"([{"refused":"NoStatement","policies":{}}])",
           R"([{"refused":"NoStatement","statement":1}])",
           R"([{"refused":"NoStatement","policies":[{"type":"key"}],"policy":1,"statement":1}])",
           R"([{"refused":"NoStatement","statements":[{"policy":0,"statement":1}],"policies":[{"type":"key"}]}])",
           R"([{"refused":"NoStatement","grants":[{"demanded":[["a"]]}]}])",
           R"([{"refused":"NoStatement","complete":"no"}])",
           R"([{"undecided":"Because"}])",
           R"([{"undecided":"NoSuchKey","more":1}])",
       }) {
    const auto reports = parse_decisions(text);
    ASSERT_FALSE(reports.has_value()) << text;
    EXPECT_EQ(reports.error().code(), ErrorCode::kCorrupt) << text;
  }
  EXPECT_FALSE(parse_decisions("[" + std::string(audit::kMaxDecisionsBytes, ' ') + "]"));
}

// The examples on the page, one in each block.
TEST(DecisionReport, ReadsTheExamplesOfItsPage) {
  std::ifstream page(source_directory() + "/docs/formats/audit-decisions.md");
  std::vector<std::vector<DecisionReport>> examples;
  std::string line, text;
  bool inside = false;
  while (std::getline(page, line)) {
    if (line.starts_with("```")) {
      if (inside) {
        const auto reports = parse_decisions(text);
        ASSERT_TRUE(reports.has_value()) << text;
        examples.push_back(*reports);
      }
      inside = !inside;
      text.clear();
      continue;
    }
    if (inside) text += line;
  }
  ASSERT_EQ(examples.size(), 3u);
  EXPECT_TRUE(examples[0].front().allowed());
  EXPECT_EQ(examples[0].front().find(PolicyType::kIdentity, 0)->name, "orders");
  const DecisionReport& refused = examples[1].front();
  EXPECT_EQ(refused.reason, Reason::kAccountDelegates);
  EXPECT_EQ(refused.trace.statements[1].conditions[0].request_values, std::vector<std::string>{"red"});
  EXPECT_EQ(refused.trace.grants[0].outcome, policy::GrantOutcome::kConstraint);
  ASSERT_EQ(examples[2].size(), 2u);
  EXPECT_EQ(examples[2][0].policy, PolicyType::kTrustPolicy);
  EXPECT_EQ(examples[2][1].undecided, Undecided::kSourceIdentityIsSet);
}

}  // namespace
}  // namespace claviger::server
