#include "api/kms/actions.h"
#include "api/kms/conditions.h"
#include "api/kms/key_metadata.h"

namespace claviger::api::kms {
namespace {

struct DescribeKeyRequest {
  std::string key_id;
  GrantTokens grant_tokens;
};
constexpr auto kDescribeKeyRequest = wire::members<DescribeKeyRequest>(
    wire::required<&DescribeKeyRequest::key_id>("KeyId", kKeyIdLength),
    wire::optional<&DescribeKeyRequest::grant_tokens>("GrantTokens", wire::size(0, 10),
                                                      wire::each(wire::length(1, 8192)), wire::not_audited));

struct DescribeKeyResponse {
  KeyMetadata metadata;
};
constexpr auto kDescribeKeyResponse =
    wire::members<DescribeKeyResponse>(wire::required<&DescribeKeyResponse::metadata>("KeyMetadata"));

Result<Targets> describe_key_targets(const DescribeKeyRequest& request) {
  Target target = managed_key(request.key_id, "kms:DescribeKey", keys::StateRule::kAny);
  target.ref.aliases = true;
  target.cross_account = true;
  target.makes_managed_key = true;
  return Targets{target};
}

Result<Reply<DescribeKeyResponse>> describe_key(const Context& context, DescribeKeyRequest& request) {
  CLAVIGER_TRY(check_grant_tokens(context, request.grant_tokens));
  return DescribeKeyResponse{describe(context.key().record(), context.services.clock->now())};
}

}  // namespace

std::unique_ptr<const Action> describe_key_action() {
  return make_action(Definition{.name = "DescribeKey",
                                .permission = "kms:DescribeKey",
                                .read_only = true,
                                .request = kDescribeKeyRequest,
                                .response = kDescribeKeyResponse,
                                .targets = describe_key_targets,
                                .handle = describe_key,
                                .conditions = kRequestAlias<DescribeKeyRequest>});
}

}  // namespace claviger::api::kms
