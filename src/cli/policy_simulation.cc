#include "cli/policy_simulation.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <utility>

#include "base/identifiers.h"
#include "base/json.h"
#include "cli/decision_text.h"
#include "cli/kms_reference.h"
#include "policy/decision.h"
#include "policy/key_policy.h"

namespace claviger::cli {
namespace {

using policy::Document;
using policy::DocumentKind;
using policy::PolicyType;
using policy::PrincipalKind;

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

// The decision with the names that the request has for its policies.
server::DecisionReport report_of(const SimulationRequest& request, const policy::Decision& decision,
                                 policy::Trace trace) {
  server::DecisionReport report = server::report_of(decision);
  const auto add = [&report](PolicyType type, const std::vector<NamedPolicy>& policies) {
    for (std::uint32_t i = 0; i < policies.size(); ++i) report.policies.push_back({type, i, policies[i].name, {}});
  };
  add(PolicyType::kKeyPolicy, request.key_policy);
  if (request.key_policy.empty()) report.policies.push_back({PolicyType::kKeyPolicy, 0, "default", {}});
  add(PolicyType::kIdentity, request.identity);
  add(PolicyType::kBoundary, request.boundary);
  add(PolicyType::kSession, request.session);
  report.trace = std::move(trace);
  return report;
}

Simulation tell(const server::DecisionReport& report, const std::string& message) {
  Simulation simulation{report.allowed(), {}, {}};
  append_decision(report, simulation.text);
  if (!message.empty()) simulation.text += "the caller would be told: " + message + "\n";
  simulation.text.pop_back();
  json::Writer<std::string> writer(simulation.json);
  writer.begin_object();
  write_decision(report, writer);
  if (!message.empty()) {
    writer.name("message");
    writer.string(message);
  }
  writer.end_object();
  return simulation;
}

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
  const std::string message = decision.allowed() ? std::string() : policy::access_denied(question, decision).message();
  return tell(report_of(request, decision, std::move(trace)), message);
}

}  // namespace claviger::cli
