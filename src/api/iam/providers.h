// What the actions on OpenID Connect providers have in common.
#pragma once

#include <string>
#include <string_view>

#include "api/iam/common.h"
#include "api/iam/fields.h"

namespace claviger::api::iam_actions {

template <auto kPointer>
constexpr auto provider_arn() {
  return arn<kPointer>("OpenIDConnectProviderArn");
}

struct ProviderEntry {
  std::string arn;
};

// kInvalidInput unless `arn` has the form of a provider's.
[[nodiscard]] Status check_provider_arn(std::string_view arn);
// The provider of the caller's account. kNotFound, kInvalidInput.
[[nodiscard]] Result<const iam::Provider*> find_provider(const Context& context, std::string_view arn);

// For Definition::resource.
template <auto kArn>
Result<std::string> provider_resource(const Context&, const internal::ObjectOf<kArn>& request) {
  CLAVIGER_TRY(check_provider_arn(request.*kArn));
  return request.*kArn;
}

}  // namespace claviger::api::iam_actions

namespace claviger::wire {
template <>
struct Structure<api::iam_actions::ProviderEntry> {
  using M = api::iam_actions::ProviderEntry;
  static constexpr auto kMembers = members<M>(required<&M::arn>("Arn"));
};
}  // namespace claviger::wire
