#include <algorithm>

#include "api/sts/actions.h"

namespace claviger::api::sts {
namespace {

constexpr wire::Pattern kAccessKeyIdPattern{
    .expression = R"([\w]*)",
    .matches =
        [](std::string_view text) {
          return std::ranges::all_of(text, [](char c) {
            return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
          });
        },
};

struct GetAccessKeyInfoRequest {
  std::string access_key_id;
};
constexpr auto kGetAccessKeyInfoRequest =
    wire::members<GetAccessKeyInfoRequest>(wire::required<&GetAccessKeyInfoRequest::access_key_id>(
        "AccessKeyId", wire::length(16, 128), wire::pattern(kAccessKeyIdPattern)));

struct GetAccessKeyInfoResponse {
  std::string account;
};
constexpr auto kGetAccessKeyInfoResponse =
    wire::members<GetAccessKeyInfoResponse>(wire::optional<&GetAccessKeyInfoResponse::account>("Account"));

// AWS reads the account off the identifier, so that it answers for keys that are gone, too. Ours are random, or were
// chosen by somebody: only keys that exist are known.
Result<Reply<GetAccessKeyInfoResponse>> get_access_key_info(const Context& context, GetAccessKeyInfoRequest& request) {
  const auto snapshot = context.services.iam->snapshot();
  const AccountId* account = snapshot->account_of_access_key(request.access_key_id);
  if (account == nullptr) {
    return fail(
        Error::validation("The specified value for accessKeyId is invalid. It is no access key of this server"));
  }
  return GetAccessKeyInfoResponse{std::string(account->view())};
}

}  // namespace

std::unique_ptr<const Action> get_access_key_info_action() {
  return make_action(Definition{.name = "GetAccessKeyInfo",
                                .permission = "sts:GetAccessKeyInfo",
                                .read_only = true,
                                .request = kGetAccessKeyInfoRequest,
                                .response = kGetAccessKeyInfoResponse,
                                .handle = get_access_key_info,
                                .service = Service::kSts});
}

}  // namespace claviger::api::sts
