#include "cli/policy_simulation.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <utility>

#include "base/identifiers.h"
#include "base/json.h"
#include "cli/kms_reference.h"
#include "policy/decision.h"
#include "policy/key_policy.h"

namespace claviger::cli {
namespace {

using policy::Document;
using policy::DocumentKind;
using policy::PolicyType;
using policy::PrincipalKind;
using policy::Reason;
using policy::TracedCondition;
using policy::TracedStatement;

std::unexpected<Error> invalid(std::string what) { return fail(ErrorCode::kValidation, {}, std::move(what)); }

// A caller with the texts that its Principal views.
struct Caller {
  std::string arn, role_arn;
  policy::Principal principal;
};

Result<std::unique_ptr<Caller>> parse_caller(const std::string& text) {
  auto caller = std::make_unique<Caller>();
  caller->arn = text;
  policy::Principal& principal = caller->principal;
  principal.arn = caller->arn;
  if (text.ends_with(".amazonaws.com")) {
    principal.kind = PrincipalKind::kService;
    principal.service_name = caller->arn;
    return caller;
  }
  const auto arn = split_arn(caller->arn);
  const auto account = arn ? AccountId::parse(arn->account) : std::nullopt;
  if (!account) return invalid(fmt::format("{} is not the ARN of a principal", text));
  principal.account = *account;
  const std::string_view resource = arn->resource;
  const std::string_view last = resource.substr(resource.rfind('/') + 1);
  if (arn->service == "iam" && resource == "root") return caller;
  if (arn->service == "iam" && resource.starts_with("user/") && !last.empty()) {
    principal.kind = PrincipalKind::kUser;
    principal.user_name = last;
    return caller;
  }
  constexpr std::string_view kAssumed = "assumed-role/";
  const std::size_t slash = resource.find('/', kAssumed.size());
  if (arn->service == "sts" && resource.starts_with(kAssumed) && slash != std::string_view::npos && !last.empty()) {
    caller->role_arn = fmt::format("arn:{}:iam::{}:role/{}", arn->partition, arn->account,
                                   resource.substr(kAssumed.size(), slash - kAssumed.size()));
    principal.kind = PrincipalKind::kAssumedRole;
    principal.role_arn = caller->role_arn;
    principal.session_name = last;
    return caller;
  }
  return invalid(
      fmt::format("{} is not the ARN of a root, a user or an assumed-role session; a role calls as "
                  "arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION",
                  text));
}

// What the server knows of every request.
void fill_context(const policy::Principal& principal, const std::optional<ArnParts>& key, policy::MapContext& context) {
  const bool service = principal.kind == PrincipalKind::kService;
  context.set("aws:PrincipalIsAWSService", service ? "true" : "false");
  context.set("aws:ViaAWSService", "false");
  if (!service) {
    context.set("aws:PrincipalAccount", principal.account.view());
    context.set("aws:PrincipalArn", principal.role_arn.empty() ? principal.arn : principal.role_arn);
    context.set("aws:PrincipalType", principal.kind == PrincipalKind::kRoot   ? "Account"
                                     : principal.kind == PrincipalKind::kUser ? "User"
                                                                              : "AssumedRole");
  }
  if (!principal.user_name.empty()) context.set("aws:username", principal.user_name);
  if (!key) return;
  if (!service) context.set("kms:CallerAccount", principal.account.view());
  context.set("aws:ResourceAccount", key->account);
  context.set("aws:RequestedRegion", key->region);
}

Status read_context(const std::vector<std::string>& pairs, policy::MapContext& context) {
  std::map<std::string, std::vector<std::string>> values;
  for (const std::string& pair : pairs) {
    const std::size_t equals = pair.find('=');
    if (equals == 0 || equals == std::string::npos) return invalid(fmt::format("{} is not NAME=VALUE", pair));
    values[pair.substr(0, equals)].push_back(pair.substr(equals + 1));
  }
  for (auto& [name, texts] : values) {
    const ConditionKeyInfo* key = find_condition_key(policy::ContextKey(name));
    if (texts.size() > 1 || (key != nullptr && key->multi_valued)) {
      context.set_many(name, std::move(texts));
    } else {
      context.set(name, texts.front());
    }
  }
  return {};
}

using Documents = std::vector<std::shared_ptr<const Document>>;

Result<Documents> parse_all(DocumentKind kind, const std::vector<NamedPolicy>& policies) {
  Documents documents;
  for (const NamedPolicy& named : policies) {
    auto document = Document::parse(kind, named.json);
    if (!document) {
      return fail(document.error().code(), {}, fmt::format("{}: {}", named.name, document.error().message()));
    }
    documents.push_back(std::make_shared<const Document>(*std::move(document)));
  }
  return documents;
}

std::string_view name_of(policy::Verdict verdict) {
  switch (verdict) {
    case policy::Verdict::kAllow:
      return "allowed";
    case policy::Verdict::kExplicitDeny:
      return "explicitDeny";
    case policy::Verdict::kImplicitDeny:
      break;
  }
  return "implicitDeny";
}

std::string_view sentence_of(Reason reason) {
  switch (reason) {
    case Reason::kCallerNamed:
      return "the key policy names the caller or everyone";
    case Reason::kSourceNamed:
      return "the key policy names the role or user behind the caller's session";
    case Reason::kAccountNamed:
      return "the key policy names the account whose root the caller is";
    case Reason::kIdentityPolicy:
      return "an identity policy allows it, and the key policy, where there is a key, leaves it to identity policies";
    case Reason::kGrant:
      return "a grant allows it";
    case Reason::kRootIdentity:
      return "the root of an account may do everything that needs no key policy";
    case Reason::kDenyStatement:
      return "a Deny statement applies";
    case Reason::kNoStatement:
      return "no statement of the key policy allows it, neither to the caller nor, by naming its account, to identity "
             "policies: the delegation is missing";
    case Reason::kAccountDelegates:
      return "the key policy leaves it to the identity policies of the caller's account, and none allows it";
    case Reason::kNoIdentityPolicy:
      return "no identity policy allows it";
    case Reason::kNoBoundary:
      return "the permissions boundary does not allow it";
    case Reason::kNoSessionPolicy:
      return "the session policy does not allow it";
    case Reason::kNotCrossAccount:
      return "no principal of another account can use this operation, whatever the policies say";
    case Reason::kRootMayNotAssume:
      return "the root of an account cannot assume roles";
    case Reason::kNotDecidable:
      break;
  }
  return "the action or resource is no such text, or the policies cost more work than a decision may";
}

// What stands about a statement that does not apply; empty when it does.
std::string why_not(const TracedStatement& statement) {
  if (statement.applies) return {};
  if (statement.principal == policy::Closeness::kNot) return "its principal is not the caller";
  if (!statement.action) return "its actions are others";
  if (!statement.resource) return "its resources are others";
  return "a condition does not hold";
}

std::string_view name_of(policy::ConditionResult result) {
  switch (result) {
    case policy::ConditionResult::kTrue:
      return "holds";
    case policy::ConditionResult::kFalse:
      return "does not hold";
    case policy::ConditionResult::kUnevaluable:
      break;
  }
  return "cannot be judged";
}

// Writes a decision down, as text and as JSON.
class Explainer final {
 public:
  explicit Explainer(const SimulationRequest& request) : request_(request) {}

  Simulation explain(const policy::Question& question, const policy::Decision& decision, const policy::Trace& trace) {
    writer_.begin_object();
    field("verdict", name_of(decision.verdict));
    field("reason", sentence_of(decision.reason));
    text_ = fmt::format("{}: {}", name_of(decision.verdict), sentence_of(decision.reason));
    if (!decision.allowed()) {
      const std::string message = policy::access_denied(question, decision).message();
      field("message", message);
      text_ += "\n" + message;
    }
    writer_.name("decidingStatement");
    add_deciding(decision, trace);
    writer_.name("statements");
    writer_.begin_array();
    for (const TracedStatement& statement : trace.statements) add_statement(statement);
    writer_.end_array();
    writer_.name("complete");
    writer_.boolean(trace.complete);
    writer_.end_object();
    if (!trace.complete) text_ += "\n(more was looked at than is shown)";
    return {decision.allowed(), std::move(text_), std::move(json_)};
  }

 private:
  void field(std::string_view name, std::string_view value) {
    writer_.name(name);
    writer_.string(value);
  }

  std::pair<std::string_view, std::string> place_of(PolicyType type, std::uint32_t document) const {
    const auto named = [document](const std::vector<NamedPolicy>& policies) {
      return document < policies.size() ? policies[document].name : std::string();
    };
    switch (type) {
      case PolicyType::kKeyPolicy:
        return {"key policy", request_.key_policy.empty() ? "default" : request_.key_policy.front().name};
      case PolicyType::kIdentity:
        return {"identity policy", named(request_.identity)};
      case PolicyType::kBoundary:
        return {"permissions boundary", named(request_.boundary)};
      case PolicyType::kSession:
        return {"session policy", named(request_.session)};
      case PolicyType::kTrustPolicy:
      case PolicyType::kNone:
        break;
    }
    return {"policy", {}};
  }

  // `key policy FILE, statement 2 (Sid)`, and the members of it.
  std::string add_place(PolicyType type, std::uint32_t document, std::uint32_t statement, const std::string& sid) {
    const auto [kind, name] = place_of(type, document);
    field("policyType", kind);
    field("policy", name);
    writer_.name("statement");
    writer_.integer(std::int64_t{statement} + 1);
    field("sid", sid);
    return fmt::format("{} {}, statement {}{}", kind, name, statement + 1, sid.empty() ? "" : " (" + sid + ")");
  }

  void add_deciding(const policy::Decision& decision, const policy::Trace& trace) {
    if (!decision.statement) return writer_.null();
    std::string sid;
    for (const TracedStatement& one : trace.statements) {
      if (one.policy == decision.policy && one.document == decision.document && one.statement == *decision.statement) {
        sid = one.sid;
      }
    }
    writer_.begin_object();
    text_ += "\ndecided by " + add_place(decision.policy, decision.document, *decision.statement, sid);
    writer_.end_object();
  }

  void add_statement(const TracedStatement& statement) {
    writer_.begin_object();
    text_ += "\n  " + add_place(statement.policy, statement.document, statement.statement, statement.sid);
    const std::string_view effect = statement.effect == policy::Effect::kAllow ? "Allow" : "Deny";
    field("effect", effect);
    writer_.name("applies");
    writer_.boolean(statement.applies);
    const std::string reason = why_not(statement);
    field("why", reason);
    text_ += fmt::format(": {} {}", effect, statement.applies ? "applies" : "does not apply: " + reason);
    writer_.name("conditions");
    writer_.begin_array();
    for (const TracedCondition& condition : statement.conditions) add_condition(condition);
    writer_.end_array();
    writer_.end_object();
  }

  void add_condition(const TracedCondition& condition) {
    writer_.begin_object();
    field("operator", condition.operator_name);
    field("key", condition.key);
    add_list("policyValues", condition.policy_values);
    add_list("requestValues", condition.request_values);
    field("result", name_of(condition.result));
    writer_.end_object();
    text_ +=
        fmt::format("\n    {} {}: the policy has [{}], the request has {}: {}", condition.operator_name, condition.key,
                    fmt::join(condition.policy_values, ", "),
                    condition.request_values.empty() ? "no such key"
                                                     : fmt::format("[{}]", fmt::join(condition.request_values, ", ")),
                    name_of(condition.result));
  }

  void add_list(std::string_view name, const std::vector<std::string>& texts) {
    writer_.name(name);
    writer_.begin_array();
    for (const std::string& text : texts) writer_.string(text);
    writer_.end_array();
  }

  const SimulationRequest& request_;
  std::string text_, json_;
  json::Writer<std::string> writer_{json_};
};

// Developer Guide, "Allowing users in other accounts to use a KMS key".
bool usable_across_accounts(std::string_view action) {
  constexpr std::array<std::string_view, 20> kUsable{"kms:creategrant",
                                                     "kms:decrypt",
                                                     "kms:derivesharedsecret",
                                                     "kms:describekey",
                                                     "kms:encrypt",
                                                     "kms:generatedatakey",
                                                     "kms:generatemac",
                                                     "kms:getpublickey",
                                                     "kms:generatedatakeypair",
                                                     "kms:listgrants",
                                                     "kms:reencryptfrom",
                                                     "kms:generatedatakeypairwithoutplaintext",
                                                     "kms:reencryptto",
                                                     "kms:retiregrant",
                                                     "kms:generatedatakeywithoutplaintext",
                                                     "kms:revokegrant",
                                                     "kms:getkeyrotationstatus",
                                                     "kms:sign",
                                                     "kms:verify",
                                                     "kms:verifymac"};
  return std::find(kUsable.begin(), kUsable.end(), policy::to_lower_case(action)) != kUsable.end();
}

// The permission as AWS writes it; nullptr when there is no such.
const KmsPermission* find_permission(std::string_view action) {
  for (const KmsPermission& permission : kms_permissions()) {
    if (policy::to_lower_case(fmt::format("kms:{}", permission.name)) == policy::to_lower_case(action)) {
      return &permission;
    }
  }
  return nullptr;
}

}  // namespace

Result<Simulation> simulate(const SimulationRequest& request) {
  CLAVIGER_ASSIGN(const std::unique_ptr<Caller> caller, parse_caller(request.caller));
  const policy::Principal& principal = caller->principal;
  const KmsPermission* permission = find_permission(request.action);
  if (permission == nullptr) return invalid(fmt::format("AWS KMS has no permission {}", request.action));
  const auto key = split_arn(request.resource);
  const auto owner = key ? AccountId::parse(key->account) : std::optional(principal.account);
  if ((request.resource != "*" && (!key || key->service != "kms")) || !owner) {
    return invalid(fmt::format("{} is neither the ARN of a KMS key nor *", request.resource));
  }
  if (!key && permission->resource != KmsResource::kNone) {
    return invalid(fmt::format("{} is decided on a key: give its ARN as the resource", request.action));
  }
  policy::MapContext context;
  fill_context(principal, key, context);
  CLAVIGER_TRY(read_context(request.context, context));
  CLAVIGER_ASSIGN(Documents key_policy, parse_all(DocumentKind::kKeyPolicy, request.key_policy));
  if (key_policy.empty()) {
    const NamedPolicy otherwise{"default", policy::default_key_policy(key ? key->partition : "aws", *owner)};
    CLAVIGER_ASSIGN(key_policy, parse_all(DocumentKind::kKeyPolicy, {otherwise}));
  }
  CLAVIGER_ASSIGN(const Documents identity, parse_all(DocumentKind::kIdentity, request.identity));
  CLAVIGER_ASSIGN(const Documents session, parse_all(DocumentKind::kIdentity, request.session));
  CLAVIGER_ASSIGN(const Documents boundary, parse_all(DocumentKind::kIdentity, request.boundary));
  const policy::Question question{principal, request.action, request.resource, &context};
  // An alias has no policy: its side is decided by identity policies alone.
  const bool on_key = key && !key->resource.starts_with("alias/");
  const policy::Policies policies{.owner = *owner,
                                  .resource_policy = on_key ? key_policy.front().get() : nullptr,
                                  .identity = identity,
                                  .boundary = boundary.empty() ? nullptr : boundary.front().get(),
                                  .session = session,
                                  .usable_across_accounts = usable_across_accounts(request.action),
                                  .only_by_grant = permission->name == "RetireGrant"};
  policy::Trace trace;
  const policy::Decision decision = on_key ? policy::decide_on_key(question, policies, &trace)
                                           : policy::decide_without_key(question, policies, &trace);
  return Explainer(request).explain(question, decision, trace);
}

}  // namespace claviger::cli
