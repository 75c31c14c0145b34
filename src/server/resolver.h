// Turns the targets of a call into snapshots, and decides on each what may be decided about it.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "api/context.h"
#include "api/snapshot.h"
#include "api/target.h"
#include "base/result.h"
#include "iam/caller.h"
#include "iam/trust_listener.h"
#include "server/decision_report.h"
#include "server/deployment.h"
#include "server/directory.h"
#include "server/grant_sources.h"
#include "server/request_context.h"
#include "server/resolved.h"

namespace claviger::server {

class Resolver final : public iam::TrustListener {
 public:
  // `caller` and `scope` are those of the request; `grant_tokens` opens grant tokens, and is needed for targets with
  // one; `visibility` holds changes back, null: none; `deployment` is needed for targets in other Regions. All outlive
  // the resolver.
  Resolver(Directory& directory, const iam::Caller& caller, const Scope& scope,
           hsm::PurposeSealer* grant_tokens = nullptr, const Visibility* visibility = nullptr,
           const Deployment* deployment = nullptr)
      : directory_(directory),
        caller_(caller),
        scope_(scope),
        grant_tokens_(grant_tokens),
        deployment_(deployment),
        hidden_{.visibility = visibility, .shown = {}} {}

  // The grants whose tokens the request has: they are not held back from it.
  void show_grants(std::vector<keys::layout::GrantPlace> grants) { hidden_.shown = std::move(grants); }

  // Whoever resolves and may have to wait for the store.
  class Waiter {
   public:
    virtual ~Waiter() = default;
    // What goes on on the loop once the store has answered; keeps alive what it needs.
    virtual std::function<void()> resumption() = 0;
    // The AWS managed key that this request makes when its predefined alias has none; null: it makes none.
    virtual std::shared_ptr<const api::KeySnapshot> unmade_key(const keys::ManagedKeyService& service,
                                                               const api::Target& target) {
      static_cast<void>(service);
      static_cast<void>(target);
      return nullptr;
    }
  };
  // Goes on until everything is resolved (true), an error decides, or something must be read from the store first
  // (false): then the waiter was asked for its resumption, which calls resolve() again.
  [[nodiscard]] Result<bool> resolve(std::span<const api::Target> targets, Waiter& waiter);

  const std::vector<Resolved>& resolved() const { return resolved_; }

  // Whether the caller may do what the targets say to what was resolved, or, where nothing is decided on a target, use
  // `permission` on `resource`. `facts` are what conditions see. kAccessDenied. False when grants must be read from the
  // store first: then the waiter was asked for its resumption, which calls authorize() again.
  [[nodiscard]] Result<bool> authorize(Waiter& waiter, const RequestFacts& facts, std::string_view permission,
                                       std::string_view resource = "*");
  // Whether the caller may use `permission` on `resource`, which is no target. kAccessDenied.
  [[nodiscard]] Status authorize_alone(const RequestFacts& facts, std::string_view permission,
                                       std::string_view resource);
  // Keep what the handler's rule decided about a role.
  void trust_decided(const policy::Question& question, const policy::Policies& policies,
                     const policy::Decision& decision) override;
  void trust_refused(std::string_view permission, std::string_view role_arn, iam::TrustRefusal why) override;
  // What was decided so far, for the audit record.
  const DecisionLog& decisions() const { return decisions_; }
  // Whether the keys are those of the ciphertexts, and their usage and state fit at `now`; the former first, whatever
  // the keys are, then usage before state, as AWS KMS answers. `operation` is the action's name.
  [[nodiscard]] Status check_fitness(std::string_view operation, WallTime now) const;

 private:
  // The outcome of one lookup: done, an error, or waiting for the store.
  using Step = Result<bool>;
  Step resolve_key_text(Resolved& entry, Waiter& waiter);
  Step resolve_ciphertext(Resolved& entry, Waiter& waiter);
  Step resolve_alias(Resolved& entry, Waiter& waiter);
  Step find_key(const keys::layout::KeyPlace& place, Resolved& entry, Waiter& waiter);
  Step find_alias(const keys::layout::AliasPlace& place, Resolved& entry, Waiter& waiter);
  Step resolve_grant_token(Resolved& entry, Waiter& waiter);
  Step resolve_related(const api::KeySnapshot& key, Resolved& entry, Waiter& waiter);
  Step find_grant(const keys::layout::GrantPlace& place, Resolved& entry, Waiter& waiter);
  Step authorize_key(Resolved& entry, const RequestContext& context, Waiter& waiter);
  static Status check_maker(const Resolved& entry);
  Error missing_key(const api::Target& target, const keys::layout::KeyPlace& place);
  // foreign_denied(), kept in the log with what the caller is not told.
  Error hidden(const api::Target& target, std::string_view arn, Undecided why);
  // Decides once more, to keep what was looked at.
  using Decide = policy::Decision (*)(const policy::Question&, const policy::Policies&, policy::Trace*);
  void keep_refusal(Decide decide, const policy::Question& question, const policy::Policies& policies,
                    policy::PolicyType resource_policy = policy::PolicyType::kKeyPolicy);
  void keep_allowed(const Resolved& entry, const policy::Decision& decision);

  Directory& directory_;
  const iam::Caller& caller_;
  const Scope& scope_;
  hsm::PurposeSealer* const grant_tokens_;
  const Deployment* const deployment_;
  HiddenGrants hidden_;
  std::vector<Resolved> resolved_;
  // What the store answered to the last lookup of each kind that resolve() waited for, and what that lookup was for:
  // the next one, of another key, must not take it for its own.
  template <class Place, class Pointer>
  struct Answer {
    Place place;
    Result<Pointer> loaded;
  };
  std::optional<Answer<keys::layout::KeyPlace, Directory::Keys::Pointer>> key_answer_;
  std::optional<Answer<keys::layout::AliasPlace, Directory::Aliases::Pointer>> alias_answer_;
  std::optional<Answer<keys::layout::GrantPlace, Directory::Grants::Pointer>> grant_answer_;
  DecisionLog decisions_;
  // The permission of the action itself, which its decisions need not name.
  std::string_view permission_;
  // What kept the grants of the caller from being read.
  std::optional<Error> grants_error_;
};

}  // namespace claviger::server
