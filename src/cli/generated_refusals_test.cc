// Two hundred refusals of every kind, made by chance but always the same ones, through the whole pipeline: the
// explanation of each names the statement that decided, or what is missing; and the caller is shown none of it.
#include <gtest/gtest.h>

#include <functional>

#include "cli/testing_refusals.h"

namespace claviger::cli {
namespace {

constexpr int kRefusals = 200;

class GeneratedRefusals : public RefusalTest {
 protected:
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
