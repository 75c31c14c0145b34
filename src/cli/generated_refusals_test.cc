// Two hundred refusals of every kind, made by chance but always the same ones, through the whole pipeline: the
// explanation of each names the statement that decided, or what is missing; and the caller is shown none of it.
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
namespace {

using iam::EntityKind;
using iam::Holder;
using iam::RuleContext;

constexpr int kRefusals = 200;
const std::string kAccount(iam::kTestAccount);
constexpr std::string_view kOtherAccount = "444455556666";

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

std::string text_of(const Part& part) {
  std::string text = fmt::format(R"({{"Sid":"{}","Effect":"{}")", part.sid, part.effect);
  for (const std::string* each : {&part.principal, &part.action, &part.resource, &part.condition}) {
    if (!each->empty()) text += "," + *each;
  }
  return text + "}";
}

std::string aws(std::string_view arn) { return fmt::format(R"("Principal":{{"AWS":"{}"}})", arn); }
std::string action(std::string_view name) { return fmt::format(R"("Action":"{}")", name); }

// A call on one key, and whether it has an encryption context.
struct Operation {
  std::string name;
  std::string members;
};
const std::vector<Operation> kOperations{{"Encrypt", R"(,"Plaintext":"aGVsbG8=")"},
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

class GeneratedRefusals : public testing::Test {
 protected:
  GeneratedRefusals() {
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

  // ---- The kinds. ----

  Refusal no_policy() {
    const Somebody caller = user();
    return refusal(caller, key(key_policy(of_nobody())),
                   {"implicitDeny: no statement of the key policy allows it",
                    "missing: an Allow of the key policy for the caller or its account, or a grant\n",
                    "no grant on the key is for the caller"});
  }
  Refusal no_delegation() {
    const Somebody caller = user();
    const Document identity = identity_policy(allow_all());
    const std::string name = give(identity);
    return refusal(caller, key(key_policy(of_nobody())),
                   {fmt::format("; identity policy {}{} allows it, but the key policy does not leave it to identity "
                                "policies\n",
                                name, identity.statement)});
  }
  Refusal delegation_alone() {
    const Somebody caller = chance_.below(2) == 0 ? user() : session();
    const Document policy = key_policy(delegation());
    return refusal(caller, key(policy),
                   {"left to identity policies by key policy" + policy.statement,
                    "missing: an Allow of an identity policy of the caller\n"});
  }
  Refusal denied_by_key_policy() {
    const Somebody caller = chance_.below(2) == 0 ? user() : session();
    give(identity_policy(allow_all()));
    Part deny = names(caller);
    deny.effect = "Deny";
    const Document policy = key_policy(deny);
    return refusal(caller, key(policy), {"explicitDeny: ", "decided by key policy" + policy.statement});
  }
  Refusal denied_by_not_principal() {
    const Somebody caller = user();
    const Document policy =
        key_policy({.effect = "Deny",
                    .principal = fmt::format(R"("NotPrincipal":{{"AWS":"arn:aws:iam::{}:root"}})", kAccount),
                    .action = action("kms:*")});
    return refusal(caller, key(policy), {"explicitDeny: ", "decided by key policy" + policy.statement});
  }
  Refusal denied_by_identity_policy() {
    const Somebody caller = chance_.below(2) == 0 ? user() : session();
    give(identity_policy(allow_all()));
    const Document deny = identity_policy({.effect = "Deny", .action = action("kms:*")});
    const std::string name = give(deny);
    return refusal(caller, key(key_policy(delegation())),
                   {"explicitDeny: ", fmt::format("decided by identity policy {}{}", name, deny.statement)});
  }
  Refusal denied_by_not_action() {
    const Somebody caller = user();
    const Document deny = identity_policy({.effect = "Deny", .action = R"("NotAction":["kms:Describe*","iam:*"])"});
    const std::string name = give(deny);
    return refusal(caller, key(key_policy(names(caller))),
                   {fmt::format("decided by identity policy {}{}", name, deny.statement)});
  }
  Refusal denied_by_managed_policy() {
    const Somebody caller = user();
    const Document deny = identity_policy({.effect = "Deny", .action = action("kms:*")});
    const std::string arn = managed(deny);
    world_.change_iam([&](const RuleContext& c) { return attach_policy(c, *holder_, arn); });
    return refusal(caller, key(key_policy(names(caller))),
                   {fmt::format("decided by identity policy {}{}", arn, deny.statement)});
  }
  Refusal denied_by_group() {
    const Somebody caller = user();
    const std::string group = secrets_.emplace_back(fresh("group"));
    world_.change_iam([&](const RuleContext& c) { return create_group(c, account_, group, "/"); });
    world_.change_iam([&](const RuleContext& c) { return add_user_to_group(c, account_, group, name_); });
    holder_ = Holder{EntityKind::kGroup, account_, group};
    const Document deny = identity_policy({.effect = "Deny", .action = action("kms:*")});
    const std::string name = give(deny);
    return refusal(caller, key(key_policy(names(caller))),
                   {fmt::format("decided by identity policy {} of the group {}{}", name, group, deny.statement)});
  }
  Refusal denied_by_boundary() {
    const Somebody caller = user();
    const Document deny = identity_policy({.effect = "Deny", .action = action("kms:*")});
    const std::string arn = limit(deny);
    return refusal(caller, key(key_policy(names(caller))),
                   {fmt::format("decided by permissions boundary {}{}", arn, deny.statement)});
  }
  Refusal denied_by_session_policy() {
    const Document deny = identity_policy({.effect = "Deny", .action = action("kms:*")});
    const Somebody caller = session(deny.text);
    return refusal(caller, key(key_policy(names(caller))), {"decided by session policy 1" + deny.statement});
  }
  Refusal boundary_is_silent() {
    const Somebody caller = user();
    give(identity_policy(allow_all()));
    const Document boundary = identity_policy({.action = action("s3:*")});
    const std::string arn = limit(boundary);
    return refusal(caller, key(key_policy(delegation())),
                   {"implicitDeny: the permissions boundary does not allow it",
                    fmt::format("missing: an Allow of the permissions boundary {}\n", arn),
                    fmt::format("nearly: permissions boundary {}{}: its actions are others", arn, boundary.statement)});
  }
  Refusal session_policy_is_silent() {
    const Document limit_of_session = identity_policy({.action = action("kms:DescribeKey")});
    const Somebody caller = session(limit_of_session.text);
    return refusal(
        caller, key(key_policy(names(caller))),
        {"implicitDeny: the session policy does not allow it", "missing: an Allow of a policy of the session\n",
         fmt::format("nearly: session policy 1{}: its actions are others", limit_of_session.statement)});
  }
  Refusal wrong_principal() {
    const Somebody somebody_else = chance_.below(2) == 0 ? user() : session();
    const Somebody caller = chance_.below(2) == 0 ? user() : session();
    const Document policy = key_policy(names(somebody_else));
    return refusal(caller, key(policy),
                   {fmt::format("nearly: key policy{}: its principal is not the caller\n", policy.statement)});
  }
  Refusal wrong_action() {
    const Somebody caller = user();
    Part part = names(caller);
    part.action = chance_.below(2) == 0 ? action("kms:DescribeKey") : R"("NotAction":["kms:Enc*","kms:GenerateData*"])";
    const Document policy = key_policy(part);
    return refusal(caller, key(policy),
                   {fmt::format("nearly: key policy{}: its actions are others\n", policy.statement)});
  }
  Refusal wrong_resource() {
    const Somebody caller = user();
    Part part = allow_all();
    part.resource = chance_.below(2) == 0 ? R"("Resource":"arn:aws:kms:eu-west-1:*:key/*")"
                                          : R"("NotResource":"arn:aws:kms:us-east-1:*:key/*")";
    const Document identity = identity_policy(part);
    const std::string name = give(identity);
    return refusal(caller, key(key_policy(delegation())),
                   {fmt::format("nearly: identity policy {}{}: its resources are others\n", name, identity.statement)});
  }
  Refusal no_identity_policy_for_the_account() {
    const Somebody caller = user();
    const Document identity = identity_policy({.action = action("kms:Encrypt")});
    const std::string name = give(identity);
    return {caller,
            "ListKeys",
            "{}",
            {"kms:ListKeys on *: implicitDeny: no identity policy allows it",
             "missing: an Allow of an identity policy of the caller\n",
             fmt::format("nearly: identity policy {}{}: its actions are others\n", name, identity.statement)}};
  }

  // A condition that does not hold, and what is said about it.
  struct Unmet {
    std::string condition;
    std::string says;
  };
  Refusal condition_not_met(const Unmet& unmet) {
    constexpr std::string_view kContext = R"(,"EncryptionContext":{"App":"red","Stage":"7"})";
    const std::string condition = fmt::format(R"("Condition":{})", unmet.condition);
    const auto conditional = [&](Part part) {
      part.condition = condition;
      return part;
    };
    const auto nearly = [&](std::string_view where, const Document& policy) {
      const std::string_view end = unmet.says.ends_with(':') ? "" : ": does not hold\n";
      return fmt::format("nearly: {}{}: {}{}", where, policy.statement, unmet.says, end);
    };
    switch (chance_.below(4)) {
      case 0: {
        const Somebody caller = user();
        const Document policy = key_policy(conditional(names(caller)));
        return refusal(caller, key(policy), {nearly("key policy", policy)}, kContext);
      }
      case 1: {
        const Somebody caller = user();
        const Document policy = identity_policy(conditional(allow_all()));
        const std::string name = give(policy);
        return refusal(caller, key(key_policy(delegation())), {nearly("identity policy " + name, policy)}, kContext);
      }
      case 2: {
        const Somebody caller = user();
        give(identity_policy(allow_all()));
        const Document policy = identity_policy(conditional(allow_all()));
        const std::string arn = limit(policy);
        return refusal(caller, key(key_policy(delegation())), {nearly("permissions boundary " + arn, policy)},
                       kContext);
      }
      default: {
        const Document policy = identity_policy(conditional(allow_all()));
        const Somebody caller = session(policy.text);
        return refusal(caller, key(key_policy(names(caller))), {nearly("session policy 1", policy)}, kContext);
      }
    }
  }

  // ---- Grants. ----

  std::string grant(std::string_view key, const Somebody& grantee, std::string_view operations,
                    std::string_view more = "") {
    const server::TestReply reply =
        world_.call("CreateGrant", fmt::format(R"({{"KeyId":"{}","GranteePrincipal":"{}","Operations":[{}]{}}})", key,
                                               grantee.arn, operations, more));
    CLAVIGER_CHECK(reply.status == 200);
    return server::text_member(reply.body, "GrantId");
  }
  Part root_grants() {
    return {.principal = aws(fmt::format("arn:aws:iam::{}:root", kAccount)),
            .action = R"("Action":["kms:CreateGrant","kms:RevokeGrant","kms:RetireGrant"])"};
  }
  static constexpr std::string_view kUses = R"("Encrypt","GenerateDataKey","GenerateDataKeyWithoutPlaintext")";

  Refusal grant_constraint() {
    const Somebody caller = chance_.below(2) == 0 ? user() : session();
    const std::string type = chance_.below(2) == 0 ? "EncryptionContextEquals" : "EncryptionContextSubset";
    const std::string made = key(key_policy(root_grants()));
    const std::string name = secrets_.emplace_back(fresh("grant"));
    const std::string id =
        grant(made, caller, kUses, fmt::format(R"(,"Name":"{}","Constraints":{{"{}":{{"App":"blue"}}}})", name, type));
    return refusal(caller, made,
                   {fmt::format("grant {} ({}): not used: its {} [App=blue] is not satisfied by the encryption context "
                                "[App=red]\n",
                                id, name, type)},
                   R"(,"EncryptionContext":{"App":"red"})");
  }
  Refusal grant_for_another_operation() {
    const Somebody caller = user();
    const std::string made = key(key_policy(root_grants()));
    const std::string id = grant(made, caller, R"("DescribeKey","Decrypt")");
    return refusal(caller, made, {fmt::format("grant {}: not used: it does not have this operation\n", id)});
  }
  Refusal grant_for_somebody_else() {
    const std::string made = key(key_policy(root_grants()));
    grant(made, user(), kUses);
    return refusal(user(), made, {"no grant on the key is for the caller\n"});
  }
  Refusal grant_gone() {
    const Somebody caller = chance_.below(2) == 0 ? user() : session();
    const std::string made = key(key_policy(root_grants()));
    const std::string id = grant(made, caller, kUses);
    const std::string how = chance_.below(2) == 0 ? "RevokeGrant" : "RetireGrant";
    const server::TestReply gone =
        world_.call(how, fmt::format(R"({{"KeyId":"{}","GrantId":"{}"}})", arn_of(made), id));
    CLAVIGER_CHECK(gone.status == 200);
    return refusal(
        caller, made,
        {"missing: an Allow of the key policy for the caller or its account, or a grant\n",
         "no grant on the key is for the caller\n",
         fmt::format("grant {}: no longer there: {} at 2026-01-31T23:50:00Z, request {}\n", id, how, gone.request_id)});
  }

  // ---- Another account. ----

  Refusal foreign_key_side_missing() {
    const Somebody caller = user(other_);
    give(identity_policy(allow_all()));
    return refusal(caller, arn_of(key(key_policy(delegation()))),
                   {"implicitDeny: no statement of the key policy allows it", "missing: an Allow of the key policy"});
  }
  Refusal foreign_own_side_missing() {
    const Somebody caller = user(other_);
    const Document policy = key_policy(
        chance_.below(2) == 0 ? names(caller) : Part{.principal = aws(kOtherAccount), .action = action("kms:*")});
    return refusal(caller, arn_of(key(policy)),
                   {"left to identity policies by key policy" + policy.statement,
                    "missing: an Allow of an identity policy of the caller in the caller's own account\n"});
  }
  Refusal foreign_operation() {
    const Somebody caller = user(other_);
    give(identity_policy(allow_all()));
    const std::string arn = arn_of(key(key_policy(names(caller))));
    return {caller,
            "EnableKey",
            fmt::format(R"({{"KeyId":"{}"}})", arn),
            {fmt::format("kms:EnableKey on {}: nothing was decided: no principal of another account can use", arn)}};
  }
  Refusal foreign_key_missing() {
    const Somebody caller = user(other_);
    give(identity_policy(allow_all()));
    return refusal(caller, arn_of("00000000-0000-4000-8000-000000000000"),
                   {"nothing was decided: the key does not exist, which the caller is not told\n"});
  }
};

const std::vector<std::pair<std::string, std::string>> kUnmet{
    {R"({"StringEquals":{"kms:EncryptionContext:App":"blue"}})",
     "StringEquals kms:EncryptionContext:App: the policy has [blue], the request has [red]"},
    {R"({"StringNotEquals":{"kms:EncryptionContext:App":["red","green"]}})",
     "StringNotEquals kms:EncryptionContext:App: the policy has [red, green], the request has [red]"},
    {R"({"StringEqualsIgnoreCase":{"kms:EncryptionContext:App":"BLUE"}})",
     "StringEqualsIgnoreCase kms:EncryptionContext:App: the policy has [BLUE], the request has [red]"},
    {R"({"StringLike":{"kms:EncryptionContext:App":"b*"}})",
     "StringLike kms:EncryptionContext:App: the policy has [b*], the request has [red]"},
    {R"({"StringNotLike":{"kms:EncryptionContext:App":"r?d"}})",
     "StringNotLike kms:EncryptionContext:App: the policy has [r?d], the request has [red]"},
    {R"({"StringEquals":{"kms:EncryptionContext:Missing":"x"}})",
     "StringEquals kms:EncryptionContext:Missing: the policy has [x], the request has no such key"},
    {R"({"StringEqualsIfExists":{"kms:EncryptionContext:App":"blue"}})",
     "StringEqualsIfExists kms:EncryptionContext:App: the policy has [blue], the request has [red]"},
    {R"({"NumericGreaterThan":{"kms:EncryptionContext:Stage":"7"}})",
     "NumericGreaterThan kms:EncryptionContext:Stage: the policy has [7], the request has [7]"},
    {R"({"NumericEquals":{"kms:EncryptionContext:Stage":"8"}})",
     "NumericEquals kms:EncryptionContext:Stage: the policy has [8], the request has [7]"},
    {R"({"DateLessThan":{"aws:CurrentTime":"2020-01-01T00:00:00Z"}})",
     "DateLessThan aws:CurrentTime: the policy has [2020-01-01T00:00:00Z], the request has [2026-01-31T23:50:00Z]"},
    {R"({"Bool":{"aws:SecureTransport":"true"}})",
     "Bool aws:SecureTransport: the policy has [true], the request has [false]"},
    {R"({"BinaryEquals":{"kms:EncryptionContext:Missing":"QUJD"}})",
     "BinaryEquals kms:EncryptionContext:Missing: the policy has [QUJD], the request has no such key"},
    {R"({"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}})",
     "IpAddress aws:SourceIp: the policy has [203.0.113.0/24], the request has [192.0.2.1]"},
    {R"({"NotIpAddress":{"aws:SourceIp":"192.0.2.0/24"}})",
     "NotIpAddress aws:SourceIp: the policy has [192.0.2.0/24], the request has [192.0.2.1]"},
    {R"({"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::111122223333:group/*"}})",
     "ArnLike aws:PrincipalArn: the policy has [arn:aws:iam::111122223333:group/*], the request has "
     "[arn:aws:iam::111122223333:"},
    {R"({"Null":{"kms:EncryptionContext:App":"true"}})",
     "Null kms:EncryptionContext:App: the policy has [true], the request has [red]"},
    {R"({"ForAllValues:StringEquals":{"kms:EncryptionContextKeys":["App"]}})",
     "ForAllValues:StringEquals kms:EncryptionContextKeys: the policy has [App], the request has [App, Stage]"},
    {R"({"ForAnyValue:StringEquals":{"kms:EncryptionContextKeys":["Other"]}})",
     "ForAnyValue:StringEquals kms:EncryptionContextKeys: the policy has [Other], the request has [App, Stage]"},
};

TEST_F(GeneratedRefusals, AreExplainedByTheStatementThatDecidedOrTheOneThatIsMissing) {
  using Kind = std::function<Refusal()>;
  std::vector<std::pair<std::string, Kind>> kinds{
      {"no policy", [&] { return no_policy(); }},
      {"no delegation", [&] { return no_delegation(); }},
      {"delegation alone", [&] { return delegation_alone(); }},
      {"deny: key policy", [&] { return denied_by_key_policy(); }},
      {"deny: NotPrincipal", [&] { return denied_by_not_principal(); }},
      {"deny: identity policy", [&] { return denied_by_identity_policy(); }},
      {"deny: NotAction", [&] { return denied_by_not_action(); }},
      {"deny: managed policy", [&] { return denied_by_managed_policy(); }},
      {"deny: group", [&] { return denied_by_group(); }},
      {"deny: boundary", [&] { return denied_by_boundary(); }},
      {"deny: session policy", [&] { return denied_by_session_policy(); }},
      {"boundary is silent", [&] { return boundary_is_silent(); }},
      {"session policy is silent", [&] { return session_policy_is_silent(); }},
      {"wrong principal", [&] { return wrong_principal(); }},
      {"wrong action", [&] { return wrong_action(); }},
      {"wrong resource", [&] { return wrong_resource(); }},
      {"no key, no identity policy", [&] { return no_identity_policy_for_the_account(); }},
      {"grant: constraint", [&] { return grant_constraint(); }},
      {"grant: another operation", [&] { return grant_for_another_operation(); }},
      {"grant: somebody else's", [&] { return grant_for_somebody_else(); }},
      {"grant: retired or revoked", [&] { return grant_gone(); }},
      {"other account: key policy", [&] { return foreign_key_side_missing(); }},
      {"other account: identity policy", [&] { return foreign_own_side_missing(); }},
      {"other account: operation", [&] { return foreign_operation(); }},
      {"other account: no such key", [&] { return foreign_key_missing(); }},
  };
  for (const auto& [condition, says] : kUnmet) {
    kinds.emplace_back("condition " + condition,
                       [this, &condition, &says] { return condition_not_met({condition, says}); });
  }
  for (int i = 0; i < kRefusals; ++i) {
    const auto& [name, kind] = kinds[static_cast<std::size_t>(i) % kinds.size()];
    check(name, kind());
    if (HasFatalFailure()) return;
  }
}

}  // namespace
}  // namespace claviger::cli
