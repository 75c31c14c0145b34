#include "api/iam/actions.h"

#include "api/iam/common.h"
#include "api/iam/fields.h"
#include "iam/entity_rules.h"

namespace claviger::api::iam_actions {
namespace {

struct RemoveUserFromGroupRequest {
  std::string group_name;
  std::string user_name;
};
constexpr auto kRemoveUserFromGroupRequest = wire::members<RemoveUserFromGroupRequest>(
    group_name<&RemoveUserFromGroupRequest::group_name>(), user_name<&RemoveUserFromGroupRequest::user_name>());

Result<Reply<NoResponse>> remove_user_from_group(const Context& context, RemoveUserFromGroupRequest& request) {
  CLAVIGER_ASSIGN(store::Commit commit, iam::remove_user_from_group(rules(context), context.scope.account,
                                                                    request.group_name, request.user_name));
  return Reply<NoResponse>({}, std::move(commit));
}

}  // namespace

std::unique_ptr<const Action> remove_user_from_group_action() {
  return make_action(Definition{.name = "RemoveUserFromGroup",
                                .permission = "iam:RemoveUserFromGroup",
                                .read_only = false,
                                .request = kRemoveUserFromGroupRequest,
                                .response = kNoResponse,
                                .handle = remove_user_from_group,
                                .service = Service::kIam,
                                .resource = kGroupResource<&RemoveUserFromGroupRequest::group_name>});
}

}  // namespace claviger::api::iam_actions
