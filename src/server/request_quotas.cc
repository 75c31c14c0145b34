#include "server/request_quotas.h"

#include <string_view>
#include <utility>

namespace claviger::server {

RequestQuotas::RequestQuotas(RequestQuotaOptions options, Monotonic monotonic)
    : options_(std::move(options)), monotonic_(std::move(monotonic)) {}

std::unique_ptr<RequestQuotas::Buckets> RequestQuotas::make(const Region& region) const {
  std::vector<double> rates(request_quota_count());
  for (std::size_t i = 0; i < rates.size(); ++i) {
    const auto quota = static_cast<QuotaId>(i);
    const auto chosen = options_.rates.find(quota);
    rates[i] = chosen != options_.rates.end() ? chosen->second : default_rate(quota, region);
  }
  // Buckets cannot be moved: the vector makes them where they stay.
  return std::make_unique<Buckets>(rates.begin(), rates.end());
}

RequestQuotas::Buckets& RequestQuotas::buckets(const Scope& scope) {
  Buckets* own = scopes_.with([&](auto& scopes) -> Buckets* {
    const auto found = scopes.find(scope);
    if (found != scopes.end()) return found->second.get();
    if (scopes.size() == kMaxScopes) return nullptr;
    return scopes.emplace(scope, make(scope.region)).first->second.get();
  });
  if (own != nullptr) return *own;
  return *others_.with([&](std::unique_ptr<Buckets>& others) {
    if (others == nullptr) others = make(scope.region);
    return others.get();
  });
}

bool LoopQuotas::take(const Scope& scope, const QuotaSet& set) {
  const std::hash<std::string_view> hash;
  std::optional<Remembered>& place =
      remembered_[(hash(scope.account.view()) ^ hash(scope.region.view())) % remembered_.size()];
  if (!place || place->scope != scope) place.emplace(scope, &quotas_.buckets(scope));
  RequestQuotas::Buckets& buckets = *place->buckets;
  const auto now = quotas_.now();
  return set.all_of([&](QuotaId quota) { return buckets[quota].take(now); });
}

}  // namespace claviger::server
