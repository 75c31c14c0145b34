// For tests only: users, sessions, keys and policies by chance, the same ones in every run, to be refused something;
// and a look at how each refusal is explained.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <functional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "audit/event.h"
#include "base/json.h"
#include "base/testing.h"
#include "cli/policy_explanation.h"
#include "iam/access_key_rules.h"
#include "iam/entity_rules.h"
#include "iam/permission_rules.h"
#include "iam/policy_rules.h"
#include "iam/sts_rules.h"
#include "server/testing_world.h"

namespace claviger::cli {

using iam::EntityKind;
using iam::Holder;
using iam::RuleContext;

inline const std::string kAccount(iam::kTestAccount);
inline constexpr std::string_view kOtherAccount = "444455556666";

// The same numbers in every run and with every standard library.
class Chance final {
 public:
  std::size_t below(std::size_t bound) { return static_cast<std::size_t>(engine_() % bound); }
  template <class T>
  const T& pick(const std::vector<T>& list) {
    return list[below(list.size())];
  }

 private:
  std::mt19937_64 engine_{20260131};
};

// A statement but for its Effect; the texts are JSON. An empty one is left out.
struct Part {
  std::string effect = "Allow";
  std::string principal = {};  // `"Principal":{...}`
  std::string action = {};     // `"Action":"kms:Encrypt"`
  std::string resource = R"("Resource":"*")";
  std::string condition = {};  // `"Condition":{...}`
  std::string sid = {};
};

inline std::string text_of(const Part& part) {
  std::string text = fmt::format(R"({{"Sid":"{}","Effect":"{}")", part.sid, part.effect);
  for (const std::string* each : {&part.principal, &part.action, &part.resource, &part.condition}) {
    if (!each->empty()) text += "," + *each;
  }
  return text + "}";
}

inline std::string aws(std::string_view arn) { return fmt::format(R"("Principal":{{"AWS":"{}"}})", arn); }
inline std::string action(std::string_view name) { return fmt::format(R"("Action":"{}")", name); }

// A call on one key, and whether it has an encryption context.
struct Operation {
  std::string name;
  std::string members;
};
inline const std::vector<Operation> kOperations{{"Encrypt", R"(,"Plaintext":"aGVsbG8=")"},
                                                {"GenerateDataKey", R"(,"NumberOfBytes":32)"},
                                                {"GenerateDataKeyWithoutPlaintext", R"(,"KeySpec":"AES_256")"}};

// Somebody who calls.
struct Somebody {
  iam::TestSigner signer;
  std::string arn;  // as policies name it
};

// What a kind of refusal makes: the call, and what its explanation has to say.
struct Refusal {
  Somebody caller;
  std::string operation;
  std::string body;
  std::vector<std::string> says;
};

class RefusalTest : public testing::Test {
 protected:
  RefusalTest() {
    world_.change_iam([&](const RuleContext& c) { return create_account(c, other_, "other"); });
  }

  std::string fresh(std::string_view word) { return fmt::format("{}{}", word, ++number_); }
  std::string sid() { return secrets_.emplace_back(fresh("Sid")); }

  // ---- Policies. ----

  // The statement among others that have nothing to do with the call; tells its place, from 1 on.
  std::string document(Part part, bool of_key, std::size_t& place) {
    if (part.sid.empty()) part.sid = sid();
    const auto noise = [&] {
      Part other{.effect = chance_.below(2) == 0 ? "Allow" : "Deny", .action = action("kms:CancelKeyDeletion")};
      if (of_key) other.principal = aws(fmt::format("arn:aws:iam::{}:root", kAccount));
      other.sid = sid();
      return text_of(other);
    };
    std::vector<std::string> statements(chance_.below(4));
    for (std::string& each : statements) each = noise();
    place = statements.size() + 1;
    statements.push_back(text_of(part));
    for (std::size_t more = chance_.below(3); more > 0; --more) statements.push_back(noise());
    return fmt::format(R"({{"Version":"2012-10-17","Statement":[{}]}})", fmt::join(statements, ","));
  }
  // The same, and what an explanation calls it.
  struct Document {
    std::string text;
    std::string statement;  // `, statement 2 (Sid7)`
  };
  Document document(Part part, bool of_key) {
    if (part.sid.empty()) part.sid = sid();
    std::size_t place = 0;
    std::string text = document(part, of_key, place);
    return {std::move(text), fmt::format(", statement {} ({})", place, part.sid)};
  }
  Document key_policy(const Part& part) { return document(part, true); }
  Document identity_policy(const Part& part) { return document(part, false); }

  // A key with this policy; its id.
  std::string key(const Document& policy) {
    std::string body;
    json::Writer<std::string> writer(body);
    writer.begin_object();
    writer.name("Policy");
    writer.string(policy.text);
    writer.name("BypassPolicyLockoutSafetyCheck");
    writer.boolean(true);
    writer.end_object();
    return world_.create_key(body);
  }
  static std::string arn_of(std::string_view key) {
    return fmt::format("arn:aws:kms:us-east-1:{}:key/{}", kAccount, key);
  }

  // ---- Callers. ----

  iam::TestSigner signer(std::string key_id, std::string secret, std::string token = {}) {
    iam::TestSigner made = iam::test_signer();
    made.key_id = std::move(key_id);
    made.secret = std::move(secret);
    made.token = std::move(token);
    return made;
  }
  Somebody user(const AccountId& account) {
    name_ = fresh("user");
    const std::string key_id = fresh("KEYOFUSER");
    world_.change_iam([&](const RuleContext& c) { return create_user(c, {.account = account, .name = name_}); });
    world_.change_iam([&](const RuleContext& c) {
      return create_access_key(c, world_.credential_sealer, account, name_,
                               iam::AccessKey{key_id, SecretBytes::copy_of(as_bytes("secret"))});
    });
    holder_ = Holder{EntityKind::kUser, account, name_};
    return {signer(key_id, "secret"), fmt::format("arn:aws:iam::{}:user/{}", account.view(), name_)};
  }
  Somebody user() { return user(account_); }
  // A session of a new role, limited by `policy` if there is any; make the role's policies with holder_.
  Somebody session(const std::string& policy = {}) {
    const Somebody maker = user();
    const std::string maker_name = name_;
    name_ = fresh("role");
    const std::string arn = fmt::format("arn:aws:iam::{}:role/{}", kAccount, name_);
    world_.change_iam([&](const RuleContext& c) {
      return create_role(c,
                         {.principal = {.account = account_, .name = name_},
                          .trust_policy = fmt::format(R"({{"Version":"2012-10-17","Statement":[{{"Effect":"Allow",{},)"
                                                      R"("Action":"sts:AssumeRole"}}]}})",
                                                      aws(maker.arn))});
    });
    holder_ = Holder{EntityKind::kRole, account_, name_};
    const auto snapshot = world_.registry().snapshot();
    const iam::Caller caller = user_caller(snapshot->user(account_, maker_name)->identity, maker.signer.key_id);
    const auto issued = assume_role({*snapshot, "aws", world_.sessions, world_.clock.now(), world_.random}, caller,
                                    {.role_arn = arn, .session_name = "job", .session = {.policy = policy}});
    CLAVIGER_CHECK(issued);
    return {signer(issued->access_key_id, std::string(as_text(insecure_expose(issued->secret))), issued->token), arn};
  }
  // Gives the last caller that was made an inline policy; the name of it.
  std::string give(const Document& policy) {
    const std::string name = secrets_.emplace_back(fresh("inline"));
    world_.change_iam([&](const RuleContext& c) { return put_inline_policy(c, *holder_, name, policy.text); });
    return name;
  }
  // The ARN of a new managed policy.
  std::string managed(const Document& policy) {
    const std::string name = secrets_.emplace_back(fresh("managed"));
    world_.change_iam([&](const RuleContext& c) {
      return create_policy(c, {.account = holder_->account, .name = name, .document = policy.text});
    });
    return fmt::format("arn:aws:iam::{}:policy/{}", holder_->account.view(), name);
  }
  std::string limit(const Document& policy) {
    const std::string arn = managed(policy);
    world_.change_iam([&](const RuleContext& c) { return put_boundary(c, *holder_, arn); });
    return arn;
  }

  // ---- Parts that are needed often. ----

  Part delegation() {
    return {.principal = aws(fmt::format("arn:aws:iam::{}:root", kAccount)), .action = action("kms:*")};
  }
  Part allow_all() { return {.action = action("kms:*")}; }
  Part names(const Somebody& somebody) { return {.principal = aws(somebody.arn), .action = action("kms:*")}; }
  Part of_nobody() {
    return {.principal = aws(fmt::format("arn:aws:iam::{}:root", kAccount)), .action = action("kms:TagResource")};
  }
  const Operation& operation() { return chance_.pick(kOperations); }
  Refusal refusal(Somebody caller, std::string_view key, std::vector<std::string> says, std::string_view context = "") {
    const Operation& used = operation();
    std::string body = fmt::format(R"({{"KeyId":"{}"{}{}}})", key, used.members, context);
    says.insert(says.begin(), fmt::format("kms:{} on {}: ", used.name, key.starts_with("arn:") ? key : arn_of(key)));
    return {std::move(caller), used.name, std::move(body), std::move(says)};
  }

  std::vector<GoneGrant> gone_grants(const std::string& key_arn, std::vector<std::string> grantees) {
    GrantHistory history(std::move(grantees));
    for (const audit::Frame& frame : world_.log.events()) {
      const audit::RecordedCall call = audit::split_record(frame.json);
      if (call.event.find(fmt::format(R"("ARN":"{}")", key_arn)) != std::string_view::npos) history.see(call.event);
    }
    return {history.gone().begin(), history.gone().end()};
  }

  void check(std::string_view kind, const Refusal& refusal) {
    SCOPED_TRACE(fmt::format("{}: {} {}", kind, refusal.operation, refusal.body));
    const server::TestReply reply = world_.call_as(refusal.caller.signer, refusal.operation, refusal.body);
    ASSERT_EQ(reply.error(), "AccessDeniedException") << reply.body;
    const std::string record = world_.log.events().back().json;
    const audit::RecordedCall call = audit::split_record(record);
    const auto explained = explain_call(
        call.event, call.decisions,
        [&](const std::string& key_arn, std::vector<std::string> grantees) -> Result<std::vector<GoneGrant>> {
          return gone_grants(key_arn, std::move(grantees));
        });
    ASSERT_TRUE(explained) << explained.error().detail() << "\n" << call.decisions;
    for (const std::string& text : refusal.says) {
      EXPECT_NE(explained->text.find(text), std::string::npos) << "wanted: " << text << "\nin:\n" << explained->text;
    }
    // All that could ever be shown to a caller.
    for (const std::string& secret : secrets_) {
      EXPECT_EQ(reply.body.find(secret), std::string::npos) << secret << " in " << reply.body;
      EXPECT_EQ(call.event.find(secret), std::string_view::npos) << secret << " in " << call.event;
    }
    json::Parser parser;
    EXPECT_TRUE(parser.parse(as_bytes(explained->json))) << explained->json;
    secrets_.clear();
  }

  server::TestWorld world_;
  Chance chance_;
  int number_ = 0;
  const AccountId account_ = *AccountId::parse(kAccount);
  const AccountId other_ = *AccountId::parse(kOtherAccount);
  std::optional<Holder> holder_;
  std::string name_;
  std::vector<std::string> secrets_;
};

}  // namespace claviger::cli
