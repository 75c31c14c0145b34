#include "api/sts/actions.h"
#include "api/sts/sessions.h"

namespace claviger::api::sts {
namespace {

struct GetSessionTokenRequest {
  std::optional<std::int32_t> duration_seconds;
};
constexpr auto kGetSessionTokenRequest = wire::members<GetSessionTokenRequest>(
    wire::optional<&GetSessionTokenRequest::duration_seconds>("DurationSeconds", wire::range(900, 129'600)),
    wire::unsupported("SerialNumber", kNoMfa), wire::unsupported("TokenCode", kNoMfa));

struct GetSessionTokenResponse {
  Credentials credentials;
};
constexpr auto kGetSessionTokenResponse =
    wire::members<GetSessionTokenResponse>(wire::required<&GetSessionTokenResponse::credentials>("Credentials"));

Result<Reply<GetSessionTokenResponse>> get_session_token(const Context& context, GetSessionTokenRequest& request) {
  CLAVIGER_ASSIGN(iam::IssuedSession issued,
                  iam::get_session_token(rules(context), context.caller, duration_of(request.duration_seconds)));
  return GetSessionTokenResponse{credentials_of(issued)};
}

}  // namespace

// Nobody needs a permission for it, and no policy denies it (STS API reference): the session may what its user may.
std::unique_ptr<const Action> get_session_token_action() {
  return make_action(Definition{.name = "GetSessionToken",
                                .permission = "sts:GetSessionToken",
                                .read_only = true,
                                .request = kGetSessionTokenRequest,
                                .response = kGetSessionTokenResponse,
                                .handle = get_session_token,
                                .service = Service::kSts,
                                .access = Access::kEveryone,
                                .shows_response = true});
}

}  // namespace claviger::api::sts
