// What conditions and policy variables see of a request: AWS's global keys, those of every operation on a key, and
// those of the action. Nothing is computed before a policy asks.
//
// Names that AWS has and that never have a value here: aws:SourceArn, aws:SourceAccount, aws:SourceOrgID,
// aws:SourceOrgPaths (no service calls for itself yet); aws:SourceVpc, aws:SourceVpce, aws:VpcSourceIp (there are no
// VPCs); aws:PrincipalOrgID, aws:PrincipalOrgPaths, aws:ResourceOrgID, aws:ResourceOrgPaths (no organizations);
// aws:MultiFactorAuthAge, and aws:MultiFactorAuthPresent of long-term keys (no MFA devices); kms:MultiRegionKeyType of
// keys (none is a multi-Region key yet). docs/api-coverage.md has the lists.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "api/action.h"
#include "api/conditions.h"
#include "base/clock.h"
#include "base/identifiers.h"
#include "http/handler.h"
#include "iam/caller.h"
#include "iam/snapshot.h"
#include "policy/context.h"
#include "server/resolved.h"

namespace claviger::server {

// A request as a whole. Everything is borrowed, and outlives the contexts made of it.
struct RequestFacts {
  const iam::Caller& caller;
  const Scope& scope;  // the caller's account in the Region that was called
  const http::Request& request;
  const Clock& clock;
  const api::Call* call = nullptr;  // null: the action has no keys of its own
  // Of actions of IAM and STS: what is known, as the handler will have it. Null for the others.
  const iam::Snapshot* iam = nullptr;
  // When a service of ours calls for the caller: what kms:ViaService says, and the service's name as a principal.
  std::string_view via_service = {};
  std::string_view via_principal = {};
  // See api::ConditionQuestion.
  std::optional<std::int64_t> days_without_use = std::nullopt;
};

// One request as it stands for one decision. To make one costs no allocation. Used by one thread at a time; the values
// live as long as the context.
class RequestContext final : public policy::Context {
 public:
  // A decision on `resolved[place]`, or on none of them where there is no such place. `resolved` are the action's
  // targets, all of them, and outlives the context.
  RequestContext(const RequestFacts& facts, std::span<const Resolved> resolved, std::size_t place)
      : facts_(facts), resolved_(resolved), place_(place), key_policy_view_(*this) {}
  static constexpr std::size_t kNoTarget = std::size_t(-1);
  RequestContext(const RequestContext&) = delete;
  RequestContext& operator=(const RequestContext&) = delete;

  policy::ContextValues find(const policy::ContextKey& key) const override;
  // Without kms:ResourceAliases, which only identity policies have (Developer Guide, "kms:ResourceAliases").
  const policy::Context& in_resource_policy() const override { return key_policy_view_; }

  // For the answers.
  const RequestFacts& facts() const { return facts_; }
  // What is decided on; null when it is nothing.
  const Resolved* target() const { return place_ < resolved_.size() ? &resolved_[place_] : nullptr; }
  api::ConditionMemory& memory() const { return memory_; }
  // The same whenever it is asked for.
  WallTime now() const;

 private:
  class KeyPolicyView final : public policy::Context {
   public:
    explicit KeyPolicyView(const RequestContext& whole) : whole_(whole) {}
    policy::ContextValues find(const policy::ContextKey& key) const override;

   private:
    const RequestContext& whole_;
  };
  std::optional<policy::ContextValues> of_action(const policy::ContextKey& key) const;

  const RequestFacts& facts_;
  const std::span<const Resolved> resolved_;
  const std::size_t place_;
  const KeyPolicyView key_policy_view_;
  mutable api::ConditionMemory memory_;
  mutable std::optional<WallTime> now_;
};

// The names that are answered for every operation on a key, and for every request: as AWS writes them, sorted. For the
// coverage page.
std::vector<std::string_view> conditions_of_every_key_operation();
std::vector<std::string_view> conditions_of_every_request();

}  // namespace claviger::server
