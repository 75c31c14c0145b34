// Answers one case of a decision per line, so that a second judge in another language can be held against policy/ and
// the rules of grants. Both lines are JSON; README.md beside this file has the members.
//
// Only the texts of a case are turned into the types of the rooms here; nothing is decided. What the server adds around
// a decision is its own too: whose grants are the caller's and how closely (server/grant_sources.h), who may retire
// one, and which grant a token is for (api/kms/grant_token.h).
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/kms/grant_token.h"
#include "base/encryption_context.h"
#include "base/json.h"
#include "crypto/random.h"
#include "hsm/keyring.h"
#include "hsm/purpose_sealer.h"
#include "keys/grant.h"
#include "policy/decision.h"
#include "server/grant_sources.h"

namespace claviger {
namespace {

using Documents = std::vector<std::shared_ptr<const policy::Document>>;

// A case that is not one is a mistake of the test, never a verdict.
[[noreturn]] void broken(std::string_view what) {
  std::cerr << "decide: " << what << '\n';
  std::exit(2);
}

// The member `name` of an object; an invalid Value when there is none, or null.
json::Value member(const json::Value& object, std::string_view name) {
  if (object.type() != json::Type::kObject) broken("not an object around " + std::string(name));
  json::ObjectCursor fields = object.fields();
  std::string_view found;
  json::Value value;
  while (fields.next(found, value)) {
    if (found == name && value.type() != json::Type::kNull) return value;
  }
  return {};
}

std::string_view text(const json::Value& object, std::string_view name) {
  const json::Value value = member(object, name);
  if (!value.valid()) return {};
  if (value.type() != json::Type::kString) broken("not a text: " + std::string(name));
  return value.text();
}

bool flag(const json::Value& object, std::string_view name, bool otherwise) {
  const json::Value value = member(object, name);
  return value.valid() ? value.boolean() : otherwise;
}

template <class Function>
void for_each(const json::Value& object, std::string_view name, Function function) {
  const json::Value list = member(object, name);
  if (!list.valid()) return;
  json::ArrayCursor elements = list.elements();
  json::Value element;
  while (elements.next(element)) function(element);
}

AccountId account(std::string_view digits) {
  const auto id = AccountId::parse(digits);
  if (!id) broken("not an account: " + std::string(digits));
  return *id;
}

policy::Principal read_caller(const json::Value& caller) {
  using enum policy::PrincipalKind;
  static constexpr std::array<std::pair<std::string_view, policy::PrincipalKind>, 6> kKinds{{
      {"root", kRoot},
      {"user", kUser},
      {"assumed-role", kAssumedRole},
      {"federated-user", kFederatedUser},
      {"web-identity", kWebIdentity},
      {"service", kService},
  }};
  const std::string_view name = text(caller, "kind");
  const auto* const kind = std::ranges::find(kKinds, name, [](const auto& one) { return one.first; });
  if (kind == kKinds.end()) broken("no such kind of caller: " + std::string(name));
  policy::Principal principal{.kind = kind->second,
                              .arn = text(caller, "arn"),
                              .role_arn = text(caller, "role_arn"),
                              .user_arn = text(caller, "user_arn"),
                              .unique_id = text(caller, "unique_id"),
                              .user_name = text(caller, "user_name"),
                              .session_name = text(caller, "session_name"),
                              .federated_provider = text(caller, "federated_provider"),
                              .service_name = text(caller, "service_name")};
  if (kind->second != kWebIdentity && kind->second != kService) principal.account = account(text(caller, "account"));
  return principal;
}

void read_context(const json::Value& object, policy::MapContext& context) {
  if (!object.valid()) return;
  json::ObjectCursor fields = object.fields();
  std::string_view name;
  json::Value value;
  while (fields.next(name, value)) {
    if (value.type() == json::Type::kString) {
      context.set(name, value.text());
      continue;
    }
    std::vector<std::string> values;
    json::ArrayCursor elements = value.elements();
    json::Value element;
    while (elements.next(element)) values.emplace_back(element.text());
    context.set_many(name, std::move(values));
  }
}

EncryptionContext read_pairs(const json::Value& object) {
  std::vector<EncryptionContext::Pair> pairs;
  if (object.valid()) {
    json::ObjectCursor fields = object.fields();
    std::string_view name;
    json::Value value;
    while (fields.next(name, value)) pairs.emplace_back(name, value.text());
  }
  auto context = EncryptionContext::from_pairs(std::move(pairs));
  if (!context) broken("not an encryption context");
  return *std::move(context);
}

keys::GrantOperations read_operations(const json::Value& object) {
  keys::GrantOperations operations;
  for_each(object, "operations", [&operations](const json::Value& name) {
    const auto operation = keys::grant_operation("kms:" + std::string(name.text()));
    if (!operation) broken("no such grant operation: " + std::string(name.text()));
    operations.add(*operation);
  });
  return operations;
}

// Of {"equals": pairs} or {"subset": pairs}.
keys::GrantConstraint read_constraint(const json::Value& constraint) {
  if (!constraint.valid()) return {};
  const json::Value equals = member(constraint, "equals");
  const EncryptionContext pairs = read_pairs(equals.valid() ? equals : member(constraint, "subset"));
  auto result = keys::make_constraint(equals.valid() ? &pairs : nullptr, equals.valid() ? nullptr : &pairs);
  if (!result) broken("not a constraint: " + std::string(result.error().message()));
  return *std::move(result);
}

keys::GrantPrincipal read_principal(const json::Value& object) {
  return {std::string(text(object, "arn")), std::string(text(object, "unique_id"))};
}

// The key that is asked about: of an ARN `arn:aws:kms:<region>:<account>:key/<id>`.
keys::layout::KeyPlace read_key(std::string_view arn) {
  const auto parts = split_arn(arn);
  const auto region = parts ? Region::parse(parts->region) : std::nullopt;
  const auto id = parts && parts->resource.starts_with("key/") ? KeyId::parse(parts->resource.substr(4)) : std::nullopt;
  if (!region || !id) broken("not the ARN of a key: " + std::string(arn));
  return {{account(parts->account), *region}, *id};
}

keys::GrantId read_grant_id(std::string_view text) {
  const auto id = keys::GrantId::parse(text);
  if (!id) broken("not the id of a grant: " + std::string(text));
  return *id;
}

api::GrantSnapshot read_grant(const json::Value& object, const keys::layout::KeyPlace& key) {
  api::GrantSnapshot grant{{key, read_grant_id(text(object, "id"))}, {}, 0};
  const json::Value grantee = member(object, "grantee");
  if (!grantee.valid()) broken("a grant without a grantee");
  grant.record.grantee = read_principal(grantee);
  if (const json::Value retiring = member(object, "retiring"); retiring.valid()) {
    grant.record.retiring = read_principal(retiring);
  }
  grant.record.issuer = account(text(object, "issuer"));
  grant.record.operations = read_operations(object);
  grant.record.constraint = read_constraint(member(object, "constraint"));
  return grant;
}

std::vector<api::GrantSnapshot> read_grants(const json::Value& object, const keys::layout::KeyPlace& key) {
  std::vector<api::GrantSnapshot> grants;
  for_each(object, "grants", [&](const json::Value& grant) { grants.push_back(read_grant(grant, key)); });
  return grants;
}

// The grants of the key, as the server finds those of a caller; only the memory of a loop is not between.
class CaseGrants final : public policy::GrantSource {
 public:
  // The first three outlive the source.
  CaseGrants(const policy::Principal& caller, const Region& region, const std::vector<api::GrantSnapshot>& grants,
             const json::Value& object)
      : caller_(caller), region_(region), grants_(grants), context_(read_pairs(member(object, "encryption_context"))) {
    const json::Value child = member(object, "child");
    if (!child.valid()) return;
    child_constraint_ = read_constraint(member(child, "constraint"));
    child_ = {.operations = read_operations(child), .type = child_constraint_.type};
    if (child_.type != keys::ConstraintType::kNone) child_.context = &child_constraint_.context;
  }

  std::optional<policy::GrantUse> find(std::string_view action) const override {
    const auto operation = keys::grant_operation(action);
    if (!operation) return std::nullopt;
    const keys::GrantUseRequest request{.operation = *operation, .context = &context_, .child = child_};
    for (const server::GrantIdentity& as : server::grant_identities(caller_, region_)) {
      for (const api::GrantSnapshot& grant : grants_) {
        const bool is_grantee = !as.identity.empty() && grant.record.grantee.identity() == as.identity;
        if (is_grantee && grant.record.allows(request)) return policy::GrantUse{as.closeness, grant.place.grant.view()};
      }
    }
    return std::nullopt;
  }

  // Only a trace asks, and none is taken here.
  void explain(std::string_view, std::vector<policy::TracedGrant>&) const override {
    broken("a decision without a trace asked for one");
  }

 private:
  const policy::Principal& caller_;
  const Region& region_;
  const std::vector<api::GrantSnapshot>& grants_;
  EncryptionContext context_;
  keys::GrantConstraint child_constraint_;
  keys::GrantTerms child_;
};

// Makes tokens as CreateGrant does, and opens them as every call does that carries one.
class Tokens final {
 public:
  keys::layout::GrantPlace there_and_back(const keys::layout::GrantPlace& grant) {
    const std::string token = api::kms::make_grant_token(sealer_, grant);
    auto place = api::kms::open_grant_token(sealer_, grant.key.scope.region, token);
    if (!place) broken("a token of ours is not one");
    return *std::move(place);
  }

 private:
  crypto::SystemRandom random_;
  hsm::Keyring keyring_ = hsm::Keyring::create_in_memory(random_);
  hsm::PurposeSealer sealer_{keyring_, "grant-token", random_};
};

// Of RetireGrant: the grant that is to go, named by its id or by a token.
const api::GrantSnapshot* retired(const json::Value& object, const std::vector<api::GrantSnapshot>& grants,
                                  const keys::layout::KeyPlace& key, Tokens& tokens) {
  const std::string_view id = text(object, "retired");
  if (id.empty()) return nullptr;
  keys::layout::GrantPlace place{key, read_grant_id(id)};
  if (flag(object, "by_token", false)) place = tokens.there_and_back(place);
  const auto found =
      std::ranges::find_if(grants, [&place](const api::GrantSnapshot& one) { return one.place == place; });
  if (found == grants.end()) broken("the grant that is to go is not there");
  return &*found;
}

// The documents of a case, until one is refused.
class CaseDocuments final {
 public:
  std::shared_ptr<const policy::Document> read(policy::DocumentKind kind, std::string place, std::string_view json,
                                               std::vector<policy::Binding> bindings = {}) {
    auto document = policy::Document::parse(kind, json, std::move(bindings));
    if (document) return std::make_shared<const policy::Document>(*std::move(document));
    if (refused_.empty()) {
      refused_ = std::move(place);
      message_ = document.error().message();
    }
    return nullptr;
  }

  Documents read_list(const json::Value& object, std::string_view name) {
    Documents documents;
    for_each(object, name, [&](const json::Value& json) {
      std::string place = std::string(name) + " " + std::to_string(documents.size());
      documents.push_back(read(policy::DocumentKind::kIdentity, std::move(place), json.text()));
    });
    return documents;
  }

  const std::string& refused() const { return refused_; }
  const std::string& message() const { return message_; }

 private:
  std::string refused_;
  std::string message_;
};

std::string_view name_of(policy::Verdict verdict) {
  switch (verdict) {
    case policy::Verdict::kAllow:
      return "Allow";
    case policy::Verdict::kExplicitDeny:
      return "ExplicitDeny";
    case policy::Verdict::kImplicitDeny:
      return "ImplicitDeny";
  }
  broken("no such verdict");
}

std::string_view name_of(policy::Reason reason) {
  using enum policy::Reason;
  switch (reason) {
    case kCallerNamed:
      return "CallerNamed";
    case kSourceNamed:
      return "SourceNamed";
    case kAccountNamed:
      return "AccountNamed";
    case kIdentityPolicy:
      return "IdentityPolicy";
    case kGrant:
      return "Grant";
    case kRootIdentity:
      return "RootIdentity";
    case kDenyStatement:
      return "DenyStatement";
    case kNoStatement:
      return "NoStatement";
    case kAccountDelegates:
      return "AccountDelegates";
    case kNoIdentityPolicy:
      return "NoIdentityPolicy";
    case kNoBoundary:
      return "NoBoundary";
    case kNoSessionPolicy:
      return "NoSessionPolicy";
    case kNotCrossAccount:
      return "NotCrossAccount";
    case kRootMayNotAssume:
      return "RootMayNotAssume";
    case kNotDecidable:
      return "NotDecidable";
  }
  broken("no such reason");
}

std::string_view name_of(policy::PolicyType type) {
  using enum policy::PolicyType;
  switch (type) {
    case kNone:
      return "None";
    case kKeyPolicy:
      return "KeyPolicy";
    case kTrustPolicy:
      return "TrustPolicy";
    case kIdentity:
      return "Identity";
    case kBoundary:
      return "Boundary";
    case kSession:
      return "Session";
  }
  broken("no such type of policy");
}

void write(json::Writer<std::string>& writer, const policy::Decision& decision) {
  writer.name("verdict");
  writer.string(name_of(decision.verdict));
  writer.name("reason");
  writer.string(name_of(decision.reason));
  writer.name("policy");
  writer.string(name_of(decision.policy));
  writer.name("document");
  writer.integer(decision.document);
  writer.name("statement");
  if (decision.statement) {
    writer.integer(*decision.statement);
  } else {
    writer.null();
  }
  writer.name("across_accounts");
  writer.boolean(decision.across_accounts);
  writer.name("grant");
  writer.string(decision.grant_id);
}

policy::Decision decide(std::string_view kind, const policy::Question& question, const policy::Policies& policies) {
  if (kind == "key") return policy::decide_on_key(question, policies);
  if (kind == "none") return policy::decide_without_key(question, policies);
  if (kind == "trust") return policy::decide_trust(question, policies);
  broken("no such question: " + std::string(kind));
}

std::vector<policy::Binding> read_bindings(const json::Value& object) {
  std::vector<policy::Binding> bindings;
  for_each(object, "bindings", [&bindings](const json::Value& one) {
    bindings.push_back({.arn = std::string(text(one, "arn")), .unique_id = std::string(text(one, "unique_id"))});
  });
  return bindings;
}

std::string answer(const json::Value& object, Tokens& tokens) {
  const std::string_view kind = text(object, "question");
  policy::MapContext context;
  read_context(member(object, "context"), context);
  const json::Value caller = member(object, "caller");
  if (!caller.valid()) broken("a case without a caller");
  const policy::Question question{.principal = read_caller(caller),
                                  .action = text(object, "action"),
                                  .resource = text(object, "resource"),
                                  .context = &context};
  CaseDocuments read;
  const auto resource_kind = kind == "trust" ? policy::DocumentKind::kTrust : policy::DocumentKind::kKeyPolicy;
  std::shared_ptr<const policy::Document> resource;
  if (const std::string_view json = text(object, "resource_policy"); !json.empty()) {
    resource = read.read(resource_kind, "resource", json, read_bindings(object));
  }
  std::shared_ptr<const policy::Document> boundary;
  if (const std::string_view json = text(object, "boundary"); !json.empty()) {
    boundary = read.read(policy::DocumentKind::kIdentity, "boundary", json);
  }
  const Documents identity = read.read_list(object, "identity");
  const Documents session = read.read_list(object, "session");
  static const keys::layout::KeyPlace kNoKey =
      read_key("arn:aws:kms:us-east-1:111122223333:key/00000000-0000-0000-0000-000000000000");
  const keys::layout::KeyPlace key = kind == "key" ? read_key(question.resource) : kNoKey;
  const std::vector<api::GrantSnapshot> grants = read_grants(object, key);
  const CaseGrants of_caller(question.principal, key.scope.region, grants, object);
  const api::GrantSnapshot* const goes = retired(object, grants, key, tokens);
  std::optional<server::RetiredGrant> one_grant;
  if (goes != nullptr) one_grant.emplace(question.principal, *goes);
  // Tokens that a call carries must be ours, and give nothing that their grants do not.
  for_each(object, "tokens", [&](const json::Value& id) {
    const keys::layout::GrantPlace place{key, read_grant_id(id.text())};
    if (tokens.there_and_back(place) != place) broken("a token is for another grant");
  });

  std::string line;
  json::Writer<std::string> writer(line);
  writer.begin_object();
  writer.name("id");
  writer.string(text(object, "id"));
  if (!read.refused().empty()) {
    writer.name("refused");
    writer.string(read.refused());
    writer.name("message");
    writer.string(read.message());
  } else {
    write(writer,
          decide(kind, question,
                 {.owner = account(text(object, "owner")),
                  .resource_policy = resource.get(),
                  .identity = identity,
                  .boundary = boundary.get(),
                  .session = session,
                  .usable_across_accounts = flag(object, "usable_across_accounts", true),
                  .only_by_grant = goes != nullptr,
                  .grants = goes == nullptr ? static_cast<const policy::GrantSource*>(&of_caller) : &*one_grant}));
  }
  writer.end_object();
  return line;
}

int run() {
  std::ios::sync_with_stdio(false);
  json::Parser parser;
  Tokens tokens;
  std::string line;
  while (std::getline(std::cin, line)) {
    const auto object = parser.parse(as_bytes(line));
    if (!object) broken("a line that is not JSON");
    std::cout << answer(*object, tokens) << '\n';
    // Whoever asks may wait for this answer before the next question.
    if (std::cin.rdbuf()->in_avail() <= 0) std::cout.flush();
  }
  std::cout.flush();
  return 0;
}

}  // namespace
}  // namespace claviger

int main() { return claviger::run(); }
