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
#include "server/directory.h"
#include "server/request_context.h"
#include "server/resolved.h"

namespace claviger::server {

class Resolver final {
 public:
  // `caller` and `scope` are those of the request; all outlive the resolver.
  Resolver(Directory& directory, const iam::Caller& caller, const Scope& scope)
      : directory_(directory), caller_(caller), scope_(scope) {}

  // Whoever resolves and may have to wait for the store.
  class Waiter {
   public:
    virtual ~Waiter() = default;
    // What goes on on the loop once the store has answered; keeps alive what it needs.
    virtual std::function<void()> resumption() = 0;
  };
  // Goes on until everything is resolved (true), an error decides, or something must be read from the store first
  // (false): then the waiter was asked for its resumption, which calls resolve() again.
  [[nodiscard]] Result<bool> resolve(std::span<const api::Target> targets, Waiter& waiter);

  const std::vector<Resolved>& resolved() const { return resolved_; }

  // Whether the caller may do what the targets say to what was resolved, or, where nothing is decided on a target, use
  // `permission` on `resource`. `facts` are what conditions see. kAccessDenied.
  [[nodiscard]] Status authorize(const RequestFacts& facts, std::string_view permission,
                                 std::string_view resource = "*") const;
  // Whether the caller may use `permission` on `resource`, which is no target. kAccessDenied.
  [[nodiscard]] Status authorize_alone(const RequestFacts& facts, std::string_view permission,
                                       std::string_view resource) const;
  // Whether usage and state of the keys fit. `operation` is the action's name.
  [[nodiscard]] Status check_fitness(std::string_view operation) const;

 private:
  // The outcome of one lookup: done, an error, or waiting for the store.
  using Step = Result<bool>;
  Step resolve_key_text(Resolved& entry, Waiter& waiter);
  Step resolve_ciphertext(Resolved& entry, Waiter& waiter);
  Step resolve_alias(Resolved& entry, Waiter& waiter);
  Step find_key(const keys::layout::KeyPlace& place, Resolved& entry, Waiter& waiter);
  Step find_alias(const keys::layout::AliasPlace& place, Resolved& entry, Waiter& waiter);
  Error missing_key(const api::Target& target, const keys::layout::KeyPlace& place) const;

  Directory& directory_;
  const iam::Caller& caller_;
  const Scope& scope_;
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
};

}  // namespace claviger::server
