#include "api/iam/providers.h"

#include <fmt/format.h>

#include "iam/names.h"

namespace claviger::api::iam_actions {

Status check_provider_arn(std::string_view arn) {
  if (iam::parse_provider_arn(arn)) return {};
  return fail(ErrorCode::kInvalidInput, fmt::format("Invalid ARN: {}", arn));
}

Result<const iam::Provider*> find_provider(const Context& context, std::string_view arn) {
  CLAVIGER_TRY(check_provider_arn(arn));
  const iam::Provider* provider = context.iam->provider_by_arn(arn);
  if (provider == nullptr || provider->record.account != context.scope.account) {
    return fail(ErrorCode::kNotFound, fmt::format("OpenIDConnect Provider not found for arn {}", arn));
  }
  return provider;
}

}  // namespace claviger::api::iam_actions
