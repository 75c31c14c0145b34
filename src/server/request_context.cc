#include "server/request_context.h"

#include <array>
#include <string>
#include <utility>

namespace claviger::server {
namespace {

using policy::ContextValues;
using policy::PrincipalKind;

// A value that is text already; an empty one stands for none.
ContextValues text(std::string_view value) { return value.empty() ? ContextValues() : ContextValues::single(value); }
ContextValues boolean(bool value) { return ContextValues::single(value ? "true" : "false"); }
ContextValues kept(const RequestContext& context, std::string value) {
  return ContextValues::single(context.memory().keep(std::move(value)));
}
ContextValues header(const RequestContext& context, std::string_view name) {
  const std::string_view* value = context.facts().request.header(name);
  return value == nullptr ? ContextValues() : ContextValues::single(*value);
}
const keys::KeyRecord& key(const RequestContext& context) { return context.target()->key->record; }

std::string_view account_of(const iam::Caller& caller) {
  const bool none = caller.kind == PrincipalKind::kService || caller.kind == PrincipalKind::kWebIdentity;
  return none ? std::string_view() : caller.account.view();
}

ContextValues spec(const RequestContext& context, std::string_view) { return text(keys::name_of(key(context).spec)); }
ContextValues usage(const RequestContext& context, std::string_view) { return text(keys::name_of(key(context).usage)); }
ContextValues origin(const RequestContext& context, std::string_view) {
  return text(keys::name_of(key(context).origin));
}
ContextValues multi_region(const RequestContext& context, std::string_view) {
  return boolean(key(context).multi_region.has_value());
}
// Single-Region keys have none.
ContextValues multi_region_key_type(const RequestContext& context, std::string_view) {
  const keys::KeyRecord& record = key(context);
  return record.multi_region ? text(record.is_primary() ? "PRIMARY" : "REPLICA") : ContextValues();
}
ContextValues resource_tag(const RequestContext& context, std::string_view lower_key) {
  return api::find_tag(key(context).tags, lower_key);
}
ContextValues resource_aliases(const RequestContext& context, std::string_view) {
  const std::vector<std::string>& aliases = context.target()->key->aliases;
  if (aliases.size() > api::KeySnapshot::kMaxAliases) return ContextValues::undecidable();
  return context.memory().list("kms:ResourceAliases",
                               [&] { return std::vector<std::string_view>(aliases.begin(), aliases.end()); });
}
ContextValues caller_account(const RequestContext& context, std::string_view) {
  return text(account_of(context.facts().caller));
}

// Of a session the role's: policies are written about roles.
ContextValues principal_arn(const RequestContext& context, std::string_view) {
  const policy::Principal principal = context.facts().caller.principal();
  return text(principal.role_arn.empty() ? principal.arn : principal.role_arn);
}
ContextValues principal_type(const RequestContext& context, std::string_view) {
  switch (context.facts().caller.kind) {
    case PrincipalKind::kRoot:
      return text("Account");
    case PrincipalKind::kUser:
      return text("User");
    case PrincipalKind::kAssumedRole:
      return text("AssumedRole");
    case PrincipalKind::kFederatedUser:
      return text("FederatedUser");
    case PrincipalKind::kWebIdentity:
    case PrincipalKind::kService:
      break;
  }
  return {};
}
ContextValues is_service(const RequestContext& context, std::string_view) {
  return boolean(context.facts().caller.kind == PrincipalKind::kService);
}
ContextValues user_id(const RequestContext& context, std::string_view) {
  return text(context.facts().caller.principal_id);
}
ContextValues user_name(const RequestContext& context, std::string_view) {
  const iam::Caller& caller = context.facts().caller;
  return caller.kind == PrincipalKind::kUser ? text(caller.user_name) : ContextValues();
}
ContextValues federated_provider(const RequestContext& context, std::string_view) {
  return text(context.facts().caller.principal().federated_provider);
}

// Tags of the session come before those of its role with the same key.
ContextValues principal_tag(const RequestContext& context, std::string_view lower_key) {
  const iam::Caller& caller = context.facts().caller;
  const auto find = [&](const std::vector<iam::Tag>& tags) {
    return api::find_ignoring_case(
        tags, lower_key, [](const iam::Tag& tag) -> std::string_view { return tag.key; },
        [](const iam::Tag& tag) -> std::string_view { return tag.value; });
  };
  if (caller.session != nullptr) {
    const ContextValues own = find(caller.session->tags);
    if (own.present()) return own;
  }
  return caller.identity == nullptr ? ContextValues() : find(caller.identity->tags);
}
ContextValues source_identity(const RequestContext& context, std::string_view) {
  const auto& session = context.facts().caller.session;
  return session == nullptr ? ContextValues() : text(session->source_identity);
}
ContextValues token_issue_time(const RequestContext& context, std::string_view) {
  const auto& session = context.facts().caller.session;
  return session == nullptr ? ContextValues() : kept(context, format_iso8601(session->issued));
}
// There is no MFA; only temporary credentials say so.
ContextValues mfa_present(const RequestContext& context, std::string_view) {
  return context.facts().caller.session == nullptr ? ContextValues() : boolean(false);
}

ContextValues current_time(const RequestContext& context, std::string_view) {
  return kept(context, format_iso8601(context.now()));
}
ContextValues epoch_time(const RequestContext& context, std::string_view) {
  return kept(context, std::to_string(to_millis(context.now()) / 1000));
}
ContextValues source_ip(const RequestContext& context, std::string_view) {
  return text(context.facts().request.peer_ip);
}
ContextValues secure_transport(const RequestContext& context, std::string_view) {
  // What a service of ours asks for its caller leaves the process never.
  return boolean(context.facts().request.tls != nullptr || !context.facts().via_service.empty());
}
ContextValues user_agent(const RequestContext& context, std::string_view) { return header(context, "user-agent"); }
ContextValues referer(const RequestContext& context, std::string_view) { return header(context, "referer"); }
ContextValues requested_region(const RequestContext& context, std::string_view) {
  return text(context.facts().scope.region.view());
}
// Where nothing is named that belongs to an account there is none.
ContextValues resource_account(const RequestContext& context, std::string_view) {
  const Resolved* target = context.target();
  if (target == nullptr) return {};
  return text(target->key != nullptr ? key(context).scope.account.view() : context.facts().scope.account.view());
}
ContextValues via_service(const RequestContext& context, std::string_view) { return text(context.facts().via_service); }
ContextValues is_via_service(const RequestContext& context, std::string_view) {
  return boolean(!context.facts().via_service.empty());
}
// One service at most stands between the caller and us.
ContextValues called_via(const RequestContext& context, std::string_view) {
  const std::string_view service = context.facts().via_principal;
  if (service.empty()) return {};
  return context.memory().list("aws:CalledVia", [service] { return std::vector<std::string_view>{service}; });
}
ContextValues called_via_end(const RequestContext& context, std::string_view) {
  return text(context.facts().via_principal);
}

struct Entry {
  std::string_view name;  // see api::ConditionKey::name
  ContextValues (*value)(const RequestContext&, std::string_view rest);
};

// Of a decision on a key; asked only then.
constexpr auto kOfKey = std::to_array<Entry>({
    {"aws:ResourceTag/", resource_tag},
    {"kms:CallerAccount", caller_account},
    {"kms:CustomerMasterKeySpec", spec},
    {"kms:CustomerMasterKeyUsage", usage},
    {"kms:KeyOrigin", origin},
    {"kms:KeySpec", spec},
    {"kms:KeyUsage", usage},
    {"kms:MultiRegion", multi_region},
    {"kms:MultiRegionKeyType", multi_region_key_type},
    {"kms:ResourceAliases", resource_aliases},
    {"kms:ViaService", via_service},
});

// Of every decision.
constexpr auto kGlobal = std::to_array<Entry>({
    {"aws:CalledVia", called_via},
    {"aws:CalledViaFirst", called_via_end},
    {"aws:CalledViaLast", called_via_end},
    {"aws:CurrentTime", current_time},
    {"aws:EpochTime", epoch_time},
    {"aws:FederatedProvider", federated_provider},
    {"aws:MultiFactorAuthPresent", mfa_present},
    {"aws:PrincipalAccount", caller_account},
    {"aws:PrincipalArn", principal_arn},
    {"aws:PrincipalIsAWSService", is_service},
    {"aws:PrincipalTag/", principal_tag},
    {"aws:PrincipalType", principal_type},
    {"aws:Referer", referer},
    {"aws:RequestedRegion", requested_region},
    {"aws:ResourceAccount", resource_account},
    {"aws:SecureTransport", secure_transport},
    {"aws:SourceIdentity", source_identity},
    {"aws:SourceIp", source_ip},
    {"aws:TokenIssueTime", token_issue_time},
    {"aws:UserAgent", user_agent},
    {"aws:userid", user_id},
    {"aws:username", user_name},
    {"aws:ViaAWSService", is_via_service},
});

template <std::size_t N>
std::optional<ContextValues> answer(const std::array<Entry, N>& table, const RequestContext& context,
                                    const policy::ContextKey& asked) {
  for (const Entry& entry : table) {
    if (const auto rest = api::covered_rest(entry.name, asked)) return entry.value(context, *rest);
  }
  return std::nullopt;
}

template <std::size_t N>
std::vector<std::string_view> names_of(const std::array<Entry, N>& table) {
  std::vector<std::string_view> names;
  names.reserve(N);
  for (const Entry& entry : table) names.push_back(entry.name);
  return names;
}

}  // namespace

ContextValues RequestContext::find(const policy::ContextKey& key) const {
  if (const auto values = of_action(key)) return *values;
  if (target() != nullptr && target()->key != nullptr) {
    if (const auto values = answer(kOfKey, *this, key)) return *values;
  }
  return answer(kGlobal, *this, key).value_or(ContextValues());
}

ContextValues RequestContext::KeyPolicyView::find(const policy::ContextKey& key) const {
  if (api::covered_rest("kms:ResourceAliases", key)) return {};
  return whole_.find(key);
}

std::optional<ContextValues> RequestContext::of_action(const policy::ContextKey& key) const {
  if (facts_.call == nullptr) return std::nullopt;
  std::array<const api::KeySnapshot*, api::Targets::kMax> keys{};
  for (std::size_t i = 0; i < resolved_.size(); ++i) keys[i] = resolved_[i].key.get();
  return facts_.call->condition(key, {.name = {},
                                      .rest = {},
                                      .target = target() == nullptr ? nullptr : &target()->target,
                                      .place = place_,
                                      .caller_account = account_of(facts_.caller),
                                      .keys = std::span(keys).first(resolved_.size()),
                                      .memory = memory_,
                                      .iam = facts_.iam,
                                      .caller = facts_.iam == nullptr ? nullptr : &facts_.caller,
                                      .via_service = !facts_.via_service.empty(),
                                      .days_without_use = facts_.days_without_use});
}

WallTime RequestContext::now() const {
  if (!now_) now_ = facts_.clock.now();
  return *now_;
}

std::vector<std::string_view> conditions_of_every_key_operation() { return names_of(kOfKey); }
std::vector<std::string_view> conditions_of_every_request() { return names_of(kGlobal); }

}  // namespace claviger::server
