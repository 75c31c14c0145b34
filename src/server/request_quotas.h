// The request quotas in force: a token bucket for each account, Region and quota, shared by all loops.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "base/guarded.h"
#include "base/identifiers.h"
#include "server/quota_rules.h"
#include "server/token_bucket.h"

namespace claviger::server {

struct RequestQuotaOptions {
  bool enabled = false;
  // In place of the defaults, in every Region. From kMinRate to kMaxRate.
  std::map<QuotaId, double> rates = {};
};

// Thread-safe.
class RequestQuotas final {
 public:
  using Monotonic = std::function<std::chrono::steady_clock::time_point()>;
  // By quota.
  using Buckets = std::vector<TokenBucket>;

  // A bucket takes a cache line. Accounts and Regions beyond so many share one set of them, with the rates of the first
  // that did: stricter, and bounded. A server that serves every Region has no other bound on their number.
  static constexpr std::size_t kMaxScopes = 4096;

  RequestQuotas(RequestQuotaOptions options, Monotonic monotonic);

  // The buckets of an account in a Region; made when they are first asked for, and there as long as this. Takes a lock:
  // loops remember the answer.
  Buckets& buckets(const Scope& scope);
  std::chrono::steady_clock::time_point now() const { return monotonic_(); }

 private:
  std::unique_ptr<Buckets> make(const Region& region) const;

  const RequestQuotaOptions options_;
  const Monotonic monotonic_;
  Guarded<std::map<Scope, std::unique_ptr<Buckets>>> scopes_;
  Guarded<std::unique_ptr<Buckets>> others_;
};

// What a loop remembers of them, so that a call within its quotas costs no lock. One for each loop.
class LoopQuotas final {
 public:
  // `quotas` outlives this.
  explicit LoopQuotas(RequestQuotas& quotas) : quotas_(quotas) {}

  // Counts a call of `scope`'s account. False when it is beyond one of its quotas.
  bool take(const Scope& scope, const QuotaSet& set);

 private:
  struct Remembered {
    Scope scope;
    RequestQuotas::Buckets* buckets;
  };
  // By a hash of account and Region; two that meet take turns.
  static constexpr std::size_t kRemembered = 64;

  RequestQuotas& quotas_;
  std::array<std::optional<Remembered>, kRemembered> remembered_;
};

}  // namespace claviger::server
