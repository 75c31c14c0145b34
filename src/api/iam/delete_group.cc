#include "api/iam/actions.h"

#include "api/iam/common.h"
#include "api/iam/fields.h"
#include "iam/entity_rules.h"

namespace claviger::api::iam_actions {
namespace {

struct DeleteGroupRequest {
  std::string group_name;
};
constexpr auto kDeleteGroupRequest = wire::members<DeleteGroupRequest>(group_name<&DeleteGroupRequest::group_name>());

Result<Reply<NoResponse>> delete_group(const Context& context, DeleteGroupRequest& request) {
  CLAVIGER_ASSIGN(store::Commit commit, iam::delete_group(rules(context), context.scope.account, request.group_name));
  return Reply<NoResponse>({}, std::move(commit));
}

}  // namespace

std::unique_ptr<const Action> delete_group_action() {
  return make_action(Definition{.name = "DeleteGroup",
                                .permission = "iam:DeleteGroup",
                                .read_only = false,
                                .request = kDeleteGroupRequest,
                                .response = kNoResponse,
                                .handle = delete_group,
                                .service = Service::kIam,
                                .resource = kGroupResource<&DeleteGroupRequest::group_name>});
}

}  // namespace claviger::api::iam_actions
