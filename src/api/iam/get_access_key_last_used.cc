#include "api/iam/actions.h"

#include <fmt/format.h>

#include "api/iam/common.h"
#include "api/iam/conditions.h"
#include "api/iam/fields.h"

namespace claviger::api::iam_actions {
namespace {

// Uses are not kept, so that every key answers as one that was never used.
struct AccessKeyLastUsed {
  std::string service_name = "N/A";
  std::string region = "N/A";
};

}  // namespace
}  // namespace claviger::api::iam_actions

namespace claviger::wire {
template <>
struct Structure<api::iam_actions::AccessKeyLastUsed> {
  using M = api::iam_actions::AccessKeyLastUsed;
  static constexpr auto kMembers =
      members<M>(unsupported("LastUsedDate", "when a key was used is not kept"),
                 required<&M::service_name>("ServiceName"), required<&M::region>("Region"));
};
}  // namespace claviger::wire

namespace claviger::api::iam_actions {
namespace {

struct GetAccessKeyLastUsedRequest {
  std::string access_key_id;
};
constexpr auto kGetAccessKeyLastUsedRequest =
    wire::members<GetAccessKeyLastUsedRequest>(access_key_id<&GetAccessKeyLastUsedRequest::access_key_id>());

struct GetAccessKeyLastUsedResponse {
  std::string user_name;
  AccessKeyLastUsed last_used;
};
constexpr auto kGetAccessKeyLastUsedResponse = wire::members<GetAccessKeyLastUsedResponse>(
    wire::optional<&GetAccessKeyLastUsedResponse::user_name>("UserName"),
    wire::required<&GetAccessKeyLastUsedResponse::last_used>("AccessKeyLastUsed"));

const iam::User* owner(const Context& context, const GetAccessKeyLastUsedRequest& request) {
  const iam::UniqueId* id = context.iam->user_of_access_key(request.access_key_id);
  const iam::User* user = id == nullptr ? nullptr : context.iam->user(*id);
  return user != nullptr && user->record.account == context.scope.account ? user : nullptr;
}

// A key of another account is as unknown as one that does not exist.
Result<Reply<GetAccessKeyLastUsedResponse>> get_access_key_last_used(const Context& context,
                                                                     GetAccessKeyLastUsedRequest& request) {
  const iam::User* user = owner(context, request);
  if (user == nullptr) {
    return fail(ErrorCode::kNotFound, fmt::format("The Access Key with id {} cannot be found.", request.access_key_id));
  }
  return GetAccessKeyLastUsedResponse{user->record.name, {}};
}

Result<std::string> get_access_key_last_used_resource(const Context& context,
                                                      const GetAccessKeyLastUsedRequest& request) {
  const iam::User* user = owner(context, request);
  return user == nullptr ? std::string("*") : user->record.arn(partition(context));
}

constexpr auto kGetAccessKeyLastUsedConditions =
    kKeyOwnerTags<GetAccessKeyLastUsedRequest, &GetAccessKeyLastUsedRequest::access_key_id>;

}  // namespace

std::unique_ptr<const Action> get_access_key_last_used_action() {
  return make_action(Definition{.name = "GetAccessKeyLastUsed",
                                .permission = "iam:GetAccessKeyLastUsed",
                                .read_only = true,
                                .request = kGetAccessKeyLastUsedRequest,
                                .response = kGetAccessKeyLastUsedResponse,
                                .handle = get_access_key_last_used,
                                .service = Service::kIam,
                                .resource = get_access_key_last_used_resource,
                                .conditions = kGetAccessKeyLastUsedConditions});
}

}  // namespace claviger::api::iam_actions
