// For tests only: a user who may assume a role, and what becomes of who does.
#pragma once

#include <gtest/gtest.h>

#include <fmt/format.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/testing.h"
#include "iam/access_key_rules.h"
#include "iam/authenticator.h"
#include "iam/entity_rules.h"
#include "iam/permission_rules.h"
#include "iam/sts_rules.h"
#include "iam/testing.h"

namespace claviger::iam {

inline constexpr const char* kAppRoleArn = "arn:aws:iam::111122223333:role/app/Role";

inline constexpr std::string_view kEveryAction = R"(["sts:AssumeRole","sts:TagSession","sts:SetSourceIdentity"])";

// A trust policy with one statement that allows `action` to `principal`.
inline std::string trust(std::string_view principal, std::string_view action = R"("sts:AssumeRole")",
                         std::string_view condition = "") {
  return fmt::format(R"({{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"{}"}},)"
                     R"("Action":{}{}}}]}})",
                     principal, action, condition.empty() ? "" : fmt::format(R"(,"Condition":{})", condition));
}

inline std::string sts_policy(std::string_view effect = "Allow") {
  return fmt::format(R"({{"Version":"2012-10-17","Statement":[{{"Effect":"{}","Action":"sts:*","Resource":"*"}}]}})",
                     effect);
}

class StsTest : public testing::Test {
 protected:
  StsTest() {
    must([&](const RuleContext& c) { return create_user(c, {.account = account_, .name = "u"}); });
    must([&](const RuleContext& c) {
      return create_access_key(c, world_.sealer, account_, "u",
                               AccessKey{"USERKEY", SecretBytes::copy_of(as_bytes("usersecret"))});
    });
    must([&](const RuleContext& c) {
      return create_role(c, {.principal = {.account = account_, .name = "Role", .path = "/app/"},
                             .trust_policy = trust("arn:aws:iam::111122223333:user/u"),
                             .max_session_seconds = 7200});
    });
  }
  template <class Rule>
  void must(Rule rule) {
    const Status status = world_.run(rule);
    ASSERT_TRUE(status) << status.error().message();
  }
  void set_trust(std::string text) {
    must([&](const RuleContext& c) { return update_trust_policy(c, account_, "role", text); });
  }
  void allow_user(std::string document) {
    must([&](const RuleContext& c) {
      return put_inline_policy(c, {EntityKind::kUser, account_, "u"}, "sts", document);
    });
  }

  // What a request with these credentials gets.
  Result<Authenticated> sign_in(const TestSigner& signer) {
    TestRequest request = test_request();
    if (!signer.token.empty()) request.headers.emplace_back("X-Amz-Security-Token", signer.token);
    TestSigner current = signer;
    current.timestamp = format_basic_iso8601(world_.clock.now());
    current.date = current.timestamp.substr(0, 8);
    current.sign_header(request);
    return request.with_view([&](const SignedRequest& view) { return authenticator_.authenticate(view); });
  }
  static TestSigner signer_of(std::string_view id, std::string_view secret, std::string_view token = {}) {
    TestSigner signer = test_signer();
    signer.key_id = id;
    signer.secret = secret;
    signer.token = token;
    return signer;
  }
  static TestSigner signer_of(const IssuedSession& session) {
    return signer_of(session.access_key_id, as_text(insecure_expose(session.secret)), session.token);
  }
  std::shared_ptr<const Caller> user() { return sign_in(signer_of("USERKEY", "usersecret")).value().caller; }
  std::shared_ptr<const Caller> root() { return sign_in(test_signer()).value().caller; }

  Result<IssuedSession> assume(const Caller& caller, AssumeRoleWish wish = {}) {
    const auto snapshot = world_.registry.snapshot();
    if (wish.role_arn.empty()) wish.role_arn = kAppRoleArn;
    if (wish.session_name.empty()) wish.session_name = "job";
    const StsContext context{*snapshot, "aws", world_.sessions, world_.clock.now(), world_.random, nullptr, &listener_};
    listener_.told.clear();
    return assume_role(context, caller, wish);
  }
  Result<IssuedSession> session_token(const Caller& caller, std::optional<std::chrono::seconds> duration = {}) {
    const auto snapshot = world_.registry.snapshot();
    return get_session_token({*snapshot, "aws", world_.sessions, world_.clock.now(), world_.random}, caller, duration);
  }
  void expect_refused(const Result<IssuedSession>& result, ErrorCode code, std::string_view part) {
    ASSERT_FALSE(result) << part;
    EXPECT_EQ(result.error().code(), code) << result.error().message();
    EXPECT_NE(result.error().message().find(part), std::string::npos) << result.error().message();
  }

  // Keeps what it is told of the last assume(), as `permission: outcome`.
  struct Listener final : TrustListener {
    void trust_decided(const policy::Question& question, const policy::Policies& policies,
                       const policy::Decision& decision) override {
      // Decided again, it is the same: nothing that it rests on is missing.
      EXPECT_EQ(policy::decide_trust(question, policies).reason, decision.reason);
      told.push_back(fmt::format("{}: {} {}", question.action, decision.allowed() ? "allowed" : "refused",
                                 static_cast<int>(decision.reason)));
    }
    void trust_refused(std::string_view permission, std::string_view role_arn, TrustRefusal why) override {
      told.push_back(fmt::format("{} on {}: {}", permission, role_arn, static_cast<int>(why)));
    }
    static std::string of(std::string_view permission, bool allowed, policy::Reason reason) {
      return fmt::format("{}: {} {}", permission, allowed ? "allowed" : "refused", static_cast<int>(reason));
    }
    static std::string of(std::string_view permission, std::string_view role_arn, TrustRefusal why) {
      return fmt::format("{} on {}: {}", permission, role_arn, static_cast<int>(why));
    }
    std::vector<std::string> told;
  };

  TestIdentity world_;
  Listener listener_;
  const AccountId account_ = world_.account;
  Authenticator authenticator_{world_.registry, world_.sessions, world_.clock, {}};
};

}  // namespace claviger::iam
