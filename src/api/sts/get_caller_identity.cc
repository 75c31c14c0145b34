#include "api/sts/actions.h"

namespace claviger::api::sts {
namespace {

struct GetCallerIdentityRequest {};
constexpr auto kGetCallerIdentityRequest = wire::members<GetCallerIdentityRequest>();

struct GetCallerIdentityResponse {
  std::string user_id;
  std::string account;
  std::string arn;
};
constexpr auto kGetCallerIdentityResponse =
    wire::members<GetCallerIdentityResponse>(wire::optional<&GetCallerIdentityResponse::user_id>("UserId"),
                                             wire::optional<&GetCallerIdentityResponse::account>("Account"),
                                             wire::optional<&GetCallerIdentityResponse::arn>("Arn"));

Result<Reply<GetCallerIdentityResponse>> get_caller_identity(const Context& context, GetCallerIdentityRequest&) {
  const iam::Caller& caller = context.caller;
  return GetCallerIdentityResponse{caller.principal_id, std::string(caller.account.view()), caller.principal_arn};
}

}  // namespace

// An explicit deny of it changes nothing (STS API reference, GetCallerIdentity): a refusal would tell as much.
std::unique_ptr<const Action> get_caller_identity_action() {
  return make_action(Definition{.name = "GetCallerIdentity",
                                .permission = "sts:GetCallerIdentity",
                                .read_only = true,
                                .request = kGetCallerIdentityRequest,
                                .response = kGetCallerIdentityResponse,
                                .handle = get_caller_identity,
                                .service = Service::kSts,
                                .access = Access::kEveryone});
}

}  // namespace claviger::api::sts
