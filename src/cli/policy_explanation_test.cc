#include "cli/policy_explanation.h"

#include <gtest/gtest.h>

#include <string>

#include "base/json.h"
#include "cli/decision_text.h"

namespace claviger::cli {
namespace {

// An event of a call on `key/k`, with more members behind.
std::string event(const std::string& more = "") {
  return R"({"userIdentity":{"arn":"arn:aws:iam::111122223333:user/u"},"eventTime":"2026-01-01T00:00:00Z",)"
         R"("eventSource":"kms.amazonaws.com","eventName":"Encrypt","requestID":"r-1",)"
         R"("resources":[{"ARN":"arn:aws:kms:us-east-1:111122223333:key/k"}])" +
         more + "}";
}
const std::string kRefused = R"(,"errorCode":"AccessDenied","errorMessage":"User: no")";

std::string text_of(const std::string& call, const std::string& decisions) {
  const auto explained = explain_call(call, decisions);
  return explained ? explained->text : explained.error().detail();
}

TEST(PolicyExplanation, AnAllowedCallNamesItsStatementOrGrant) {
  const std::string start =
      "2026-01-01T00:00:00Z Encrypt by arn:aws:iam::111122223333:user/u, request r-1: done\n"
      "kms:Encrypt on arn:aws:kms:us-east-1:111122223333:key/k: allowed: ";
  EXPECT_EQ(text_of(event(), R"([{"allowed":"CallerNamed","policy":"key","statement":3}])"),
            start + "the key policy names the caller or everyone\ndecided by key policy, statement 3\n");
  EXPECT_EQ(text_of(event(), R"([{"allowed":"Grant","grant":"00ff"}])"), start + "a grant allows it\ngrant 00ff\n");
  EXPECT_EQ(
      text_of(event(), R"([{"allowed":"IdentityPolicy","policy":"identity","statement":1,"name":"p","group":"g"}])"),
      start +
          "an identity policy allows it, and the key policy, where there is a key, leaves it to identity "
          "policies\ndecided by identity policy p of the group g, statement 1\n");
}

TEST(PolicyExplanation, ARefusalTellsWhatIsMissingAndWhatWasLookedAt) {
  const std::string decisions =
      R"([{"allowed":"RootIdentity","action":"kms:CreateAlias","resource":"arn:alias"},)"
      R"({"refused":"NoStatement","action":"kms:Encrypt","resource":"arn:key","lacking":"key",)"
      R"("policies":[{"type":"key"},{"type":"identity","name":"p"},{"type":"boundary","name":"arn:b"}],"statements":[)"
      R"({"policy":1,"statement":1,"sid":"All","effect":"Allow","principal":"caller","action":true,"resource":true,)"
      R"("applies":true},)"
      R"({"policy":0,"statement":2,"effect":"Allow","principal":"other","action":true,"resource":true,"applies":false},)"
      R"({"policy":0,"statement":1,"effect":"Allow","principal":"caller","action":false,"resource":false,)"
      R"("applies":false}],"grants":[{"id":"0","outcome":"otherOperation"},{"id":"1","outcome":"wider"},)"
      R"({"id":"2","outcome":"otherGrantee"},{"id":"3","outcome":"allows"}],"complete":false}])";
  EXPECT_EQ(
      text_of(event(kRefused), decisions),
      "2026-01-01T00:00:00Z Encrypt by arn:aws:iam::111122223333:user/u, request r-1: AccessDenied\n"
      "the caller was told: User: no\n"
      "kms:CreateAlias on arn:alias: allowed: the root of an account may do everything that needs no key policy\n"
      "kms:Encrypt on arn:key: implicitDeny: no statement of the key policy allows it, neither to the caller nor, "
      "by naming its account, to identity policies: the delegation is missing\n"
      "missing: an Allow of the key policy for the caller or its account, or a grant; identity policy p, "
      "statement 1 (All) allows it, but the key policy does not leave it to identity policies\n"
      "nearly: key policy, statement 2: its principal is not the caller\n"
      "looked at:\n"
      "  permissions boundary arn:b\n"
      "  key policy, statement 1: Allow does not apply: its actions are others\n"
      "  key policy, statement 2: Allow does not apply: its principal is not the caller\n"
      "  identity policy p, statement 1 (All): Allow applies\n"
      "  grant 0: not used: it does not have this operation\n"
      "  grant 1: not used: the grant that is to be made would allow more than it\n"
      "  grant 2: not used: it is made out to somebody else\n"
      "  grant 3: allows it\n"
      "  (more was looked at than is shown, or long values were cut)\n");
}

TEST(PolicyExplanation, ATrustPolicyIsCalledOne) {
  const std::string call = R"({"userIdentity":{"arn":"arn:aws:iam::111122223333:user/u"},"eventTime":"T",)"
                           R"("eventSource":"sts.amazonaws.com","eventName":"AssumeRole","requestID":"r-1",)"
                           R"("errorCode":"AccessDenied","errorMessage":"no"})";
  const std::string decisions =
      R"([{"allowed":"CallerNamed","action":"sts:AssumeRole","resource":"arn:role","policy":"trust","statement":1},)"
      R"({"refused":"NoStatement","action":"sts:TagSession","resource":"arn:role","policies":[{"type":"trust"}],)"
      R"("lacking":"trust","statements":[{"policy":0,"statement":1,"effect":"Allow","principal":"caller",)"
      R"("action":false,"resource":true,"applies":false}]}])";
  EXPECT_EQ(
      text_of(call, decisions),
      "T AssumeRole by arn:aws:iam::111122223333:user/u, request r-1: AccessDenied\n"
      "the caller was told: no\n"
      "sts:AssumeRole on arn:role: allowed: the trust policy names the caller or everyone\n"
      "decided by trust policy, statement 1\n"
      "sts:TagSession on arn:role: implicitDeny: no statement of the trust policy allows it, neither to the caller "
      "nor, by naming its account, to identity policies\n"
      "missing: an Allow of the trust policy for the caller\n"
      "nearly: trust policy, statement 1: its actions are others\n"
      "looked at:\n"
      "  trust policy, statement 1: Allow does not apply: its actions are others\n");
  const std::string delegated =
      R"([{"refused":"AccountDelegates","action":"sts:AssumeRole","resource":"arn:role","policies":[{"type":"trust"}],)"
      R"("policy":0,"statement":1,"statements":[{"policy":0,"statement":1,"effect":"Allow","principal":"account",)"
      R"("action":true,"resource":true,"applies":true},{"policy":0,"statement":2,"effect":"Allow",)"
      R"("principal":"other","action":true,"resource":true,"applies":false}]}])";
  const std::string text = text_of(call, delegated);
  EXPECT_NE(text.find(": the trust policy leaves it to the identity policies of the caller's account"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("nearly: trust policy, statement 2: its principal is not the caller\n"), std::string::npos)
      << text;
  EXPECT_NE(text_of(call, R"([{"undecided":"NoSuchRole","action":"sts:AssumeRole","resource":"arn:role"}])")
                .find("\nsts:AssumeRole on arn:role: nothing was decided: the role does not exist, which the caller is "
                      "not told\n"),
            std::string::npos);
}

TEST(PolicyExplanation, NoPolicyIsMissingToRetireAGrant) {
  const std::string decisions =
      R"([{"refused":"NoStatement","action":"kms:RetireGrant","resource":"arn:key","policies":[{"type":"key"}],)"
      R"("lacking":"key","statements":[{"policy":0,"statement":1,"effect":"Allow","principal":"other","action":true,)"
      R"("resource":true,"applies":false}],"grants":[{"id":"00ff","outcome":"otherGrantee"}]}])";
  const std::string text = text_of(event(kRefused), decisions);
  EXPECT_NE(text.find("\nmissing: to be the grant's retiring principal"), std::string::npos) << text;
  EXPECT_EQ(text.find("nearly:"), std::string::npos) << text;
  EXPECT_NE(text.find("\n  grant 00ff: not used: it is made out to somebody else\n"), std::string::npos) << text;
}

TEST(PolicyExplanation, WhatNoPolicyDecidedIsSaid) {
  EXPECT_TRUE(text_of(event(R"(,"errorCode":"ValidationException")"), "")
                  .ends_with("\nit was refused before any policy was asked\n"));
  EXPECT_NE(text_of(event(kRefused), "").find("\nno decision is recorded: the action itself decides"),
            std::string::npos);
  EXPECT_NE(text_of(event(), "").find("\nno decision is recorded: "), std::string::npos);
  EXPECT_TRUE(text_of(event(R"(,"errorCode":"DisabledException")"), R"([{"allowed":"AccountNamed"}])")
                  .ends_with("\nno policy refused it: it failed afterwards\n"));
  EXPECT_TRUE(text_of(event(kRefused), R"([{"undecided":"NoSuchAlias","action":"kms:Encrypt","resource":"arn:a"}])")
                  .ends_with("\nkms:Encrypt on arn:a: nothing was decided: the alias does not exist, which the caller "
                             "is not told\n"));
}

TEST(PolicyExplanation, ControlCharactersDoNotReachATerminal) {
  EXPECT_EQ(printable("a\x1b[2J\n\x7f\xc2\x9b\xc3\xa4"), "a\\u001b[2J\\u000a\\u007f\\u009b\xc3\xa4");
  const std::string decisions =
      R"([{"refused":"DenyStatement","action":"kms:Encrypt","resource":"r","policies":[{"type":"key"}],"policy":0,)"
      R"("statement":1,"statements":[{"policy":0,"statement":1,"sid":"\u001b","effect":"Deny","principal":"caller",)"
      R"("action":true,"resource":true,"conditions":[{"operator":"StringLike","key":"aws:UserAgent","policy":["*"],)"
      R"("request":["\u001b]0;x\u0007"],"many":false,"result":"true"}],"applies":true}]}])";
  // Nothing of a record is trusted: its file may be somebody else's.
  const std::string everywhere =
      R"([{"refused":"NoStatement","action":"\u001b","resource":"\u001b","grant":"\u001b","policies":[{"type":"key",)"
      R"("name":"\u001b","group":"\u001b"}],"statements":[{"policy":0,"statement":1,"effect":"Allow",)"
      R"("principal":"caller","action":true,"resource":true,"conditions":[{"operator":"\u001b","key":"\u001b",)"
      R"("policy":["\u001b"],"result":"false"}]}],"grants":[{"id":"\u001b","name":"\u001b","outcome":"constraint",)"
      R"("constraint":"\u001b","demanded":[["\u001b","\u001b"]]}]}])";
  const std::string facts =
      R"({"userIdentity":{"arn":"\u001b"},"eventTime":"\u001b","eventName":"\u001b","requestID":"\u001b",)"
      R"("errorCode":"\u001b","errorMessage":"\u001b"})";
  EXPECT_EQ(text_of(facts, everywhere).find('\x1b'), std::string::npos) << text_of(facts, everywhere);
  const std::string text = text_of(event(R"(,"errorMessage":"\u001b")"), decisions);
  EXPECT_EQ(text.find('\x1b'), std::string::npos) << text;
  EXPECT_EQ(text.find('\x07'), std::string::npos) << text;
  EXPECT_NE(text.find("\ndecided by key policy, statement 1 (\\u001b)\n"), std::string::npos) << text;
}

TEST(PolicyExplanation, TheJsonHasTheSame) {
  const auto explained = explain_call(
      event(kRefused), R"([{"refused":"NoIdentityPolicy","action":"kms:ListKeys","resource":"*","policies":[)"
                       R"({"type":"identity","name":"p","group":"g"}],"statements":[{"policy":0,"statement":1,)"
                       R"("effect":"Allow","principal":"caller","action":false,"resource":true,"applies":false}]}])");
  ASSERT_TRUE(explained);
  EXPECT_EQ(explained->json,
            R"({"requestId":"r-1","eventTime":"2026-01-01T00:00:00Z","eventName":"Encrypt",)"
            R"("caller":"arn:aws:iam::111122223333:user/u","errorCode":"AccessDenied","errorMessage":"User: no",)"
            R"("decisions":[{"action":"kms:ListKeys","resource":"*","verdict":"implicitDeny",)"
            R"("reason":"no identity policy allows it","decidingStatement":null,)"
            R"("missing":"an Allow of an identity policy of the caller","nearMisses":[{"policyType":"identity policy",)"
            R"("policy":"p","group":"g","document":1,"statement":1,"sid":"","why":"its actions are others"}],)"
            R"("statements":[{"policyType":"identity policy","policy":"p","group":"g","document":1,"statement":1,)"
            R"("sid":"","effect":"Allow","applies":false,"why":"its actions are others","conditions":[]}],)"
            R"("grants":[],"complete":true}]})");
}

TEST(PolicyExplanation, RefusesWhatIsDamaged) {
  for (const auto& [call, decisions] :
       {std::pair<std::string, std::string>{"", ""}, {"[]", ""}, {"{", ""}, {event(), "[]"}, {event(), "x"}}) {
    const auto explained = explain_call(call, decisions);
    ASSERT_FALSE(explained) << call << decisions;
    EXPECT_EQ(explained.error().code(), ErrorCode::kCorrupt);
  }
}

}  // namespace
}  // namespace claviger::cli
