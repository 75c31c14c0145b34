#include "api/sts/actions.h"
#include "api/sts/sessions.h"
#include "iam/web_identity.h"

namespace claviger::api::sts {
namespace {

struct WebIdentityRequest {
  std::string role_arn;
  std::string role_session_name;
  wire::SecretText token;
  std::vector<PolicyDescriptor> policy_arns;
  std::string policy;
  std::optional<std::int32_t> duration_seconds;
};
constexpr auto kAssumeRoleWithWebIdentityRequest = wire::members<WebIdentityRequest>(
    role_arn<&WebIdentityRequest::role_arn>(), session_name<&WebIdentityRequest::role_session_name>(),
    wire::required<&WebIdentityRequest::token>("WebIdentityToken", wire::length(4, 20'000)),
    wire::unsupported("ProviderId", "it names OAuth 2.0 providers; there are OpenID Connect providers only"),
    policy_arns<&WebIdentityRequest::policy_arns>(),
    wire::optional<&WebIdentityRequest::policy>("Policy", wire::length(1, 2048), wire::pattern(patterns::kDocument)),
    role_duration<&WebIdentityRequest::duration_seconds>());

struct WebIdentityResponse {
  Credentials credentials;
  std::string subject;
  AssumedRoleUser assumed_role_user;
  std::optional<std::int32_t> packed_policy_size;
  std::string provider;
  std::string audience;
  std::string source_identity;
};
constexpr auto kAssumeRoleWithWebIdentityResponse =
    wire::members<WebIdentityResponse>(wire::required<&WebIdentityResponse::credentials>("Credentials"),
                                       wire::required<&WebIdentityResponse::subject>("SubjectFromWebIdentityToken"),
                                       wire::required<&WebIdentityResponse::assumed_role_user>("AssumedRoleUser"),
                                       wire::optional<&WebIdentityResponse::packed_policy_size>("PackedPolicySize"),
                                       wire::required<&WebIdentityResponse::provider>("Provider"),
                                       wire::required<&WebIdentityResponse::audience>("Audience"),
                                       wire::optional<&WebIdentityResponse::source_identity>("SourceIdentity"));

Result<iam::Caller> authenticate(const Unidentified& context, const WebIdentityRequest& request) {
  return iam::identify_web_identity(context.iam, context.partition, context.now, request.role_arn, request.token.bytes);
}

Result<Reply<WebIdentityResponse>> assume_role_with_web_identity(const Context& context, WebIdentityRequest& request) {
  const iam::AssumeRoleWish wish{.role_arn = request.role_arn,
                                 .session_name = request.role_session_name,
                                 .session = {.policy = request.policy,
                                             .policy_arns = arns_of(request.policy_arns),
                                             .duration = duration_of(request.duration_seconds)}};
  CLAVIGER_ASSIGN(iam::IssuedSession issued, iam::assume_role_with_web_identity(rules(context), context.caller, wish));
  const iam::WebIdentity& identity = *context.caller.web_identity;
  Reply<WebIdentityResponse> reply(WebIdentityResponse{.credentials = credentials_of(issued),
                                                       .subject = identity.subject,
                                                       .assumed_role_user = {issued.assumed_role_id, issued.arn},
                                                       .packed_policy_size = issued.packed_policy_size,
                                                       .provider = identity.provider,
                                                       .audience = identity.audience,
                                                       .source_identity = issued.source_identity});
  reply.role_arn = request.role_arn;
  return reply;
}

}  // namespace

std::unique_ptr<const Action> assume_role_with_web_identity_action() {
  return make_action(Definition{.name = "AssumeRoleWithWebIdentity",
                                .permission = "sts:AssumeRoleWithWebIdentity",
                                .read_only = true,
                                .request = kAssumeRoleWithWebIdentityRequest,
                                .response = kAssumeRoleWithWebIdentityResponse,
                                .handle = assume_role_with_web_identity,
                                .service = Service::kSts,
                                .access = Access::kTrustPolicy,
                                .authenticate = authenticate,
                                .shows_response = true});
}

}  // namespace claviger::api::sts
