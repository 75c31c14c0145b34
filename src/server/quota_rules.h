// AWS KMS's request quotas: which ones a call counts in, and how many requests a second each allows (Developer Guide,
// "Request quotas"). Pure.
//
// Where the sources disagree the newest holds; of GetParametersForImport's two numbers, 1 and 0.25, the smaller.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/identifiers.h"
#include "keys/types.h"

namespace claviger::server {

// A place in the table of quotas.
using QuotaId = std::uint8_t;
std::size_t request_quota_count();
// `Symmetric`, `RSA`, `ECC` and `ML-DSA`, which several actions share; `GenerateDataKeyPair-<spec>`; else the name of
// the action whose own quota it is.
std::string_view quota_name(QuotaId quota);
std::optional<QuotaId> find_quota(std::string_view name);
// Requests a second of one account in `region`.
double default_rate(QuotaId quota, const Region& region);

// What a rate may be set to.
inline constexpr double kMinRate = 0.001;
inline constexpr double kMaxRate = 10'000'000;

// The quotas that one call counts in, once in each.
class QuotaSet final {
 public:
  void add(QuotaId quota) { bits_ |= std::uint64_t{1} << quota; }
  bool has(QuotaId quota) const { return (bits_ >> quota & 1) != 0; }
  // Calls `use` with each until it returns false; whether all returned true.
  template <class Use>
  bool all_of(Use use) const {
    for (std::uint64_t rest = bits_; rest != 0; rest &= rest - 1) {
      if (!use(static_cast<QuotaId>(__builtin_ctzll(rest)))) return false;
    }
    return true;
  }
  friend bool operator==(const QuotaSet&, const QuotaSet&) = default;

 private:
  std::uint64_t bits_ = 0;
};

// How the calls of an action of KMS are counted. What an action on a multi-Region key counts in the Region of the
// related key stands apart, in related_charge().
struct QuotaRule {
  enum class Basis : std::uint8_t {
    kOne,       // always in `quota`
    kKeys,      // in the quota of each key's kind, in `quota` where no key was found
    kPairSpec,  // in the quota of the data key pair's spec
  };
  Basis basis = Basis::kOne;
  QuotaId quota = 0;
};
// nullopt for what is not an action of KMS's model.
std::optional<QuotaRule> quota_rule(std::string_view action);

// What a call of the action counts besides, in the other Region that it names: `requests` in `quota`, none for most
// actions (Developer Guide, "Request quotas": ReplicateKey and UpdatePrimaryRegion).
struct RelatedCharge {
  QuotaId quota = 0;
  int requests = 0;
};
RelatedCharge related_charge(std::string_view action);

// The quota of cryptographic operations with keys of that spec.
QuotaId quota_of(keys::KeySpec spec);
// `pair_spec` is the spec that a request for a data key pair names; one that is not known counts in the rule's quota.
QuotaSet quotas_of_call(const QuotaRule& rule, std::span<const keys::KeySpec> keys, std::string_view pair_spec);

}  // namespace claviger::server
