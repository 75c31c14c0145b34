#include "server/resolver.h"

#include <fmt/format.h>

#include <algorithm>

#include "api/kms/grant.h"
#include "api/kms/grant_token.h"
#include "audit/event.h"
#include "hsm/ciphertext.h"
#include "keys/usage_rules.h"
#include "policy/decision.h"

namespace claviger::server {
namespace {

using api::Target;

// What AWS KMS answers when the key of a ciphertext is missing or not the caller's to use: the two look the same.
Error ciphertext_denied() {
  return Error(ErrorCode::kAccessDenied,
               "The ciphertext refers to a customer master key that does not exist, does not exist in this region, or "
               "you are not allowed to access.");
}

// What the caller learns of something in another account that does not exist, or that nobody may name from outside.
Error foreign_denied(const iam::Caller& caller, std::string_view permission, std::string_view arn) {
  return Error(ErrorCode::kAccessDenied,
               fmt::format("User: {} is not authorized to perform: {} on resource: {} because the resource does not "
                           "exist in this Region, no resource-based policies allow access, or a resource-based policy "
                           "explicitly denies access",
                           caller.principal_arn, permission, arn));
}

Undecided undecided(iam::TrustRefusal why) {
  switch (why) {
    case iam::TrustRefusal::kNoSuchRole:
      return Undecided::kNoSuchRole;
    case iam::TrustRefusal::kUnusableRole:
      return Undecided::kUnusableRole;
    case iam::TrustRefusal::kSourceIdentityIsSet:
      break;
  }
  return Undecided::kSourceIdentityIsSet;
}

bool names_an_alias(std::string_view text) {
  if (text.starts_with("alias/")) return true;
  const auto arn = split_arn(text);
  return arn && arn->resource.starts_with("alias/");
}

}  // namespace

Result<bool> Resolver::resolve(std::span<const Target> targets, Waiter& waiter) {
  while (resolved_.size() < targets.size()) {
    Resolved entry;
    entry.target = targets[resolved_.size()];
    Step step = true;
    switch (entry.target.kind) {
      case Target::Kind::kKey:
        step = resolve_key_text(entry, waiter);
        break;
      case Target::Kind::kCiphertext:
        step = resolve_ciphertext(entry, waiter);
        break;
      case Target::Kind::kAlias:
      case Target::Kind::kNewAlias:
        step = resolve_alias(entry, waiter);
        break;
      case Target::Kind::kKeyOfAlias: {
        const api::AliasSnapshot& alias = *resolved_.back().alias;
        step = find_key({alias.scope, alias.record.target}, entry, waiter);
        break;
      }
      case Target::Kind::kRelatedKey:
        step = resolve_related(*resolved_.back().key, entry, waiter);
        break;
      case Target::Kind::kGrantToken:
        step = resolve_grant_token(entry, waiter);
        break;
    }
    if (!step || !*step) return step;
    resolved_.push_back(std::move(entry));
  }
  return true;
}

Resolver::Step Resolver::resolve_key_text(Resolved& entry, Waiter& waiter) {
  const Target& target = entry.target;
  if (target.alias_target && names_an_alias(target.text)) {
    return fail(Error::validation("Aliases must refer to keys. Not aliases"));
  }
  CLAVIGER_ASSIGN(const keys::KeyRef ref, keys::parse_key_ref(target.text, scope_, target.ref));
  const AccountId account = std::visit([](const auto& named) { return named.account; }, ref);
  if (account != caller_.account && !target.cross_account) {
    return fail(hidden(target, target.text, Undecided::kNotCrossAccount));
  }
  const Scope scope{account, scope_.region};
  if (const auto* by_id = std::get_if<keys::KeyById>(&ref)) {
    const Step found = find_key({scope, by_id->id}, entry, waiter);
    if (!found || !*found || target.grant_id.empty()) return found;
    const auto grant = api::kms::parse_grant_id(target.grant_id);
    if (!grant) return std::unexpected(grant.error());
    return find_grant({{scope, by_id->id}, *grant}, entry, waiter);
  }

  const auto& by_alias = std::get<keys::KeyByAlias>(ref);
  const Step found = find_alias({scope, by_alias.name}, entry, waiter);
  if (!found || !*found) return found;
  if (hidden_.visibility != nullptr) {
    entry.alias = hidden_.visibility->seen({scope, by_alias.name}, std::move(entry.alias));
  }
  if (entry.alias == nullptr) {
    const std::string arn = alias_arn(scope, by_alias.name.view());
    if (account != caller_.account) return fail(hidden(target, arn, Undecided::kNoSuchAlias));
    if (const keys::ManagedKeyService* service = keys::managed_key_service(by_alias.name); service != nullptr) {
      entry.key = waiter.unmade_key(*service, target);
      if (entry.key != nullptr) {
        entry.unmade = service;
        return true;
      }
    }
    return fail(ErrorCode::kNotFound, fmt::format("Alias {} is not found.", arn));
  }
  const KeyId id = entry.alias->record.target;
  // The alias was the way to the key, not a target of its own.
  entry.alias = nullptr;
  return find_key({scope, id}, entry, waiter);
}

Resolver::Step Resolver::resolve_ciphertext(Resolved& entry, Waiter& waiter) {
  const auto header = hsm::parse_ciphertext(entry.target.blob);
  if (!header) return fail(ErrorCode::kInvalidCiphertext, {}, "not a ciphertext of ours");
  return find_key({{header->account, scope_.region}, header->key}, entry, waiter);
}

Resolver::Step Resolver::resolve_grant_token(Resolved& entry, Waiter& waiter) {
  if (grant_tokens_ == nullptr) return fail(Error::internal("nothing opens grant tokens here"));
  const auto place = api::kms::open_grant_token(*grant_tokens_, scope_.region, entry.target.text);
  if (!place) return std::unexpected(place.error());
  const Step found = find_key(place->key, entry, waiter);
  return found && *found ? find_grant(*place, entry, waiter) : found;
}

// Whether there has to be one, and what is wrong when there is none, is for the action to say; nothing is decided then.
Resolver::Step Resolver::resolve_related(const api::KeySnapshot& key, Resolved& entry, Waiter& waiter) {
  const auto region = Region::parse(entry.target.text);
  const Scope& scope = key.record.scope;
  if (!region || deployment_ == nullptr || region->partition() != scope.region.partition() ||
      !deployment_->serves(*region)) {
    return fail(Error::validation(fmt::format("The Region {} is not available here.", entry.target.text)));
  }
  if (key.record.id.is_multi_region() && *region != scope.region) {
    const keys::layout::KeyPlace place{{scope.account, *region}, key.record.id};
    const auto is_there = [&region](const keys::Replica& replica) { return replica.region == *region; };
    const keys::MultiRegion& related = *key.record.multi_region;
    if (related.primary == *region || std::ranges::any_of(related.replicas, is_there)) {
      const Step found = find_key(place, entry, waiter);
      // Deleted, and the primary key does not know yet.
      const bool gone = !found && found.error().code() == ErrorCode::kNotFound;
      if (!gone) return found;
    }
  }
  entry.target.decided = false;
  return true;
}

Resolver::Step Resolver::resolve_alias(Resolved& entry, Waiter& waiter) {
  const auto name = AliasName::parse(entry.target.text);
  // The action has looked at the name before it became a target.
  if (!name) return fail(Error::internal("an alias target is not an alias name"));
  entry.alias_arn = alias_arn(scope_, name->view());
  const Step found = find_alias({scope_, *name}, entry, waiter);
  if (!found || !*found) return found;
  if (entry.alias == nullptr && entry.target.kind == Target::Kind::kAlias) {
    return fail(ErrorCode::kNotFound, fmt::format("Alias {} is not found.", entry.alias_arn));
  }
  return true;
}

Resolver::Step Resolver::find_key(const keys::layout::KeyPlace& place, Resolved& entry, Waiter& waiter) {
  if (key_answer_ && key_answer_->place == place) {
    if (!key_answer_->loaded) return std::unexpected(key_answer_->loaded.error());
    entry.key = *key_answer_->loaded;
  } else if (const auto* cached = directory_.keys().find(place)) {
    entry.key = *cached;
  } else {
    directory_.keys().load(place, [this, place, resume = waiter.resumption()](Result<Directory::Keys::Pointer> loaded) {
      key_answer_.emplace(place, std::move(loaded));
      resume();
    });
    return false;
  }
  if (entry.key == nullptr) return fail(missing_key(entry.target, place));
  if (hidden_.visibility != nullptr) entry.key = hidden_.visibility->seen(std::move(entry.key));
  return true;
}

Resolver::Step Resolver::find_alias(const keys::layout::AliasPlace& place, Resolved& entry, Waiter& waiter) {
  if (alias_answer_ && alias_answer_->place == place) {
    if (!alias_answer_->loaded) return std::unexpected(alias_answer_->loaded.error());
    entry.alias = *alias_answer_->loaded;
  } else if (const auto* cached = directory_.aliases().find(place)) {
    entry.alias = *cached;
  } else {
    directory_.aliases().load(place,
                              [this, place, resume = waiter.resumption()](Result<Directory::Aliases::Pointer> loaded) {
                                alias_answer_.emplace(place, std::move(loaded));
                                resume();
                              });
    return false;
  }
  return true;
}

Resolver::Step Resolver::find_grant(const keys::layout::GrantPlace& place, Resolved& entry, Waiter& waiter) {
  if (grant_answer_ && grant_answer_->place == place) {
    if (!grant_answer_->loaded) return std::unexpected(grant_answer_->loaded.error());
    entry.grant = *grant_answer_->loaded;
  } else if (const auto* cached = directory_.grants().find(place)) {
    entry.grant = *cached;
  } else {
    directory_.grants().load(place,
                             [this, place, resume = waiter.resumption()](Result<Directory::Grants::Pointer> loaded) {
                               grant_answer_.emplace(place, std::move(loaded));
                               resume();
                             });
    return false;
  }
  if (entry.grant == nullptr) return fail(api::kms::missing_grant(place.grant));
  return true;
}

Error Resolver::hidden(const Target& target, std::string_view arn, Undecided why) {
  decisions_.add_undecided(target.permission, arn, why);
  return foreign_denied(caller_, target.permission, arn);
}

Error Resolver::missing_key(const Target& target, const keys::layout::KeyPlace& place) {
  const std::string arn = key_arn(place.scope, place.id);
  if (target.kind == Target::Kind::kCiphertext) {
    decisions_.add_undecided(target.permission, arn, Undecided::kNoSuchKey);
    return ciphertext_denied();
  }
  if (place.scope.account != caller_.account) return hidden(target, arn, Undecided::kNoSuchKey);
  return Error(ErrorCode::kNotFound, fmt::format("Key '{}' does not exist", arn));
}

void Resolver::keep_refusal(Decide decide, const policy::Question& question, const policy::Policies& policies,
                            policy::PolicyType resource_policy) {
  policy::Trace trace;
  // Whoever is refused must not be able to make the server work much more by it.
  trace.max_work = 2;
  trace.max_bytes = 4 * audit::kMaxDecisionsBytes;
  const policy::Decision decision = decide(question, policies, &trace);
  decisions_.add_refused(report_refusal(question, policies, decision, caller_, std::move(trace), resource_policy));
}

void Resolver::trust_decided(const policy::Question& question, const policy::Policies& policies,
                             const policy::Decision& decision) {
  if (!decision.allowed())
    return keep_refusal(policy::decide_trust, question, policies, policy::PolicyType::kTrustPolicy);
  // In full: the event of a call that is refused for another permission names no resource.
  decisions_.add_allowed(question.action, question.resource, decision, caller_);
}

void Resolver::trust_refused(std::string_view permission, std::string_view role_arn, iam::TrustRefusal why) {
  decisions_.add_undecided(permission, role_arn, undecided(why));
}

// Names what the event as a whole does not: which of several resources, and another permission than the action's.
void Resolver::keep_allowed(const Resolved& entry, const policy::Decision& decision) {
  const bool one = resolved_.size() == 1;
  const std::string_view action = entry.target.permission == permission_ ? std::string_view() : entry.target.permission;
  const api::KeySnapshot* const key = entry.key.get();
  const std::string_view resource = key != nullptr ? key->arn : entry.alias_arn;
  decisions_.add_allowed(action, one ? std::string_view() : resource, decision, caller_);
}

Resolver::Step Resolver::authorize_key(Resolved& entry, const RequestContext& context, Waiter& waiter) {
  const policy::Question question{caller_.principal(), entry.target.permission, entry.key->arn, &context};
  policy::Policies policies = caller_.policies(entry.key->record.scope.account);
  policies.resource_policy = entry.key->policy.get();
  policies.usable_across_accounts = entry.target.cross_account;
  const bool retires = entry.target.kind == Target::Kind::kGrantToken || !entry.target.grant_id.empty();
  if (retires) {
    const RetiredGrant grant(question.principal, *entry.grant);
    policies.only_by_grant = true;
    policies.grants = &grant;
    const policy::Decision decision = policy::decide_on_key(question, policies);
    if (!decision.allowed()) {
      keep_refusal(policy::decide_on_key, question, policies);
      return fail(policy::access_denied(question, decision));
    }
    keep_allowed(entry, decision);
    return true;
  }
  const RememberedGrants grants(directory_, question.principal, *entry.key, entry.target, &hidden_);
  policies.grants = &grants;
  const policy::Decision decision = policy::decide_on_key(question, policies);
  if (decision.allowed()) {
    if (decision.reason == policy::Reason::kGrant) entry.grant = grants.found();
    keep_allowed(entry, decision);
    return true;
  }
  if (grants.missing()) {
    if (grants_error_) return std::unexpected(*grants_error_);
    directory_.grantees().load(
        *grants.missing(), [this, resume = waiter.resumption()](const Result<Directory::Grantees::Pointer>& loaded) {
          if (!loaded) grants_error_ = loaded.error();
          resume();
        });
    return false;
  }
  keep_refusal(policy::decide_on_key, question, policies);
  if (entry.target.kind == Target::Kind::kCiphertext) return fail(ciphertext_denied());
  return fail(policy::access_denied(question, decision));
}

Result<bool> Resolver::authorize(Waiter& waiter, const RequestFacts& facts, std::string_view permission,
                                 std::string_view resource) {
  bool named = false;
  permission_ = permission;
  decisions_.clear();
  for (std::size_t i = 0; i < resolved_.size(); ++i) {
    Resolved& entry = resolved_[i];
    if (!entry.target.decided) continue;
    named = true;
    const RequestContext context(facts, resolved_, i);
    if (entry.key != nullptr) {
      const Step allowed = authorize_key(entry, context, waiter);
      if (!allowed || !*allowed) return allowed;
      continue;
    }
    const policy::Question question{caller_.principal(), entry.target.permission, entry.alias_arn, &context};
    const policy::Policies policies = caller_.policies(scope_.account);
    const policy::Decision decision = policy::decide_without_key(question, policies);
    if (!decision.allowed()) {
      keep_refusal(policy::decide_without_key, question, policies);
      return fail(policy::access_denied(question, decision));
    }
    keep_allowed(entry, decision);
  }
  if (!named) CLAVIGER_TRY(authorize_alone(facts, permission, resource));
  return true;
}

Status Resolver::authorize_alone(const RequestFacts& facts, std::string_view permission, std::string_view resource) {
  const RequestContext context(facts, resolved_, RequestContext::kNoTarget);
  const policy::Question question{caller_.principal(), permission, resource, &context};
  const policy::Policies policies = caller_.policies(scope_.account);
  const policy::Decision decision = policy::decide_without_key(question, policies);
  if (!decision.allowed()) {
    keep_refusal(policy::decide_without_key, question, policies);
    return fail(policy::access_denied(question, decision));
  }
  decisions_.add_allowed(permission == permission_ ? std::string_view() : permission,
                         resource == "*" ? std::string_view() : resource, decision, caller_);
  return {};
}

Status Resolver::check_maker(const Resolved& entry) {
  if (entry.key == nullptr || entry.target.kind != Target::Kind::kKey || entry.target.blob.empty()) return {};
  const auto header = hsm::parse_ciphertext(entry.target.blob);
  const keys::KeyRecord& key = entry.key->record;
  // What names no key at all is told where it is decrypted.
  if (!header || (header->key == key.id && header->account == key.scope.account)) return {};
  return fail(ErrorCode::kIncorrectKey,
              "The key ID in the request does not identify a CMK that can perform this operation.");
}

Status Resolver::check_fitness(std::string_view operation, WallTime now) const {
  for (const Resolved& entry : resolved_) CLAVIGER_TRY(check_maker(entry));
  for (const Resolved& entry : resolved_) {
    if (entry.key != nullptr && entry.target.algorithm) {
      CLAVIGER_TRY(keys::check_usage(entry.key->record, *entry.target.algorithm, operation));
    }
  }
  for (const Resolved& entry : resolved_) {
    if (entry.key != nullptr) CLAVIGER_TRY(keys::check_state(entry.target.state, entry.key->record, now));
  }
  return {};
}

}  // namespace claviger::server
