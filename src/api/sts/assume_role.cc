#include "api/sts/actions.h"
#include "api/sts/sessions.h"

namespace claviger::api::sts {
namespace {

struct AssumeRoleRequest {
  std::string role_arn;
  std::string role_session_name;
  std::vector<PolicyDescriptor> policy_arns;
  std::string policy;
  std::optional<std::int32_t> duration_seconds;
  std::vector<iam::Tag> tags;
  std::vector<std::string> transitive_tag_keys;
  std::string external_id;
  std::string source_identity;
};
constexpr auto kAssumeRoleRequest = wire::members<AssumeRoleRequest>(
    role_arn<&AssumeRoleRequest::role_arn>(), session_name<&AssumeRoleRequest::role_session_name>(),
    policy_arns<&AssumeRoleRequest::policy_arns>(),
    wire::optional<&AssumeRoleRequest::policy>("Policy", wire::length(1, iam_actions::kNoMaximum),
                                               wire::pattern(patterns::kDocument)),
    role_duration<&AssumeRoleRequest::duration_seconds>(), iam_actions::tags<&AssumeRoleRequest::tags>(),
    wire::optional<&AssumeRoleRequest::transitive_tag_keys>(
        "TransitiveTagKeys", wire::size(iam_actions::kNoMinimum, 50),
        wire::each(wire::length(1, 128), wire::pattern(iam_actions::patterns::kTagKey))),
    wire::optional<&AssumeRoleRequest::external_id>("ExternalId", wire::length(2, 1224),
                                                    wire::pattern(patterns::kExternalId)),
    wire::unsupported("SerialNumber", kNoMfa), wire::unsupported("TokenCode", kNoMfa),
    wire::optional<&AssumeRoleRequest::source_identity>("SourceIdentity", wire::length(2, 64),
                                                        wire::pattern(patterns::kName)),
    wire::unsupported("ProvidedContexts", "there is no IAM Identity Center"));

struct AssumeRoleResponse {
  Credentials credentials;
  AssumedRoleUser assumed_role_user;
  std::optional<std::int32_t> packed_policy_size;
  std::string source_identity;
};
constexpr auto kAssumeRoleResponse =
    wire::members<AssumeRoleResponse>(wire::required<&AssumeRoleResponse::credentials>("Credentials"),
                                      wire::required<&AssumeRoleResponse::assumed_role_user>("AssumedRoleUser"),
                                      wire::optional<&AssumeRoleResponse::packed_policy_size>("PackedPolicySize"),
                                      wire::optional<&AssumeRoleResponse::source_identity>("SourceIdentity"));

Result<Reply<AssumeRoleResponse>> assume_role(const Context& context, AssumeRoleRequest& request) {
  const iam::AssumeRoleWish wish{.role_arn = request.role_arn,
                                 .session_name = request.role_session_name,
                                 .external_id = request.external_id,
                                 .session = {.policy = request.policy,
                                             .policy_arns = arns_of(request.policy_arns),
                                             .duration = duration_of(request.duration_seconds),
                                             .tags = request.tags,
                                             .transitive_tag_keys = request.transitive_tag_keys,
                                             .source_identity = request.source_identity}};
  CLAVIGER_ASSIGN(iam::IssuedSession issued, iam::assume_role(rules(context), context.caller, wish));
  Reply<AssumeRoleResponse> reply(AssumeRoleResponse{.credentials = credentials_of(issued),
                                                     .assumed_role_user = {issued.assumed_role_id, issued.arn},
                                                     .packed_policy_size = issued.packed_policy_size,
                                                     .source_identity = issued.source_identity});
  reply.role_arn = request.role_arn;
  return reply;
}

}  // namespace

std::unique_ptr<const Action> assume_role_action() {
  return make_action(Definition{.name = "AssumeRole",
                                .permission = "sts:AssumeRole",
                                .read_only = true,
                                .request = kAssumeRoleRequest,
                                .response = kAssumeRoleResponse,
                                .handle = assume_role,
                                .service = Service::kSts,
                                .access = Access::kTrustPolicy,
                                .shows_response = true});
}

}  // namespace claviger::api::sts
