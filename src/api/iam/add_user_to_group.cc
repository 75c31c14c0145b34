#include "api/iam/actions.h"

#include "api/iam/common.h"
#include "api/iam/fields.h"
#include "iam/entity_rules.h"

namespace claviger::api::iam_actions {
namespace {

struct AddUserToGroupRequest {
  std::string group_name;
  std::string user_name;
};
constexpr auto kAddUserToGroupRequest = wire::members<AddUserToGroupRequest>(
    group_name<&AddUserToGroupRequest::group_name>(), user_name<&AddUserToGroupRequest::user_name>());

Result<Reply<NoResponse>> add_user_to_group(const Context& context, AddUserToGroupRequest& request) {
  CLAVIGER_ASSIGN(store::Commit commit,
                  iam::add_user_to_group(rules(context), context.scope.account, request.group_name, request.user_name));
  return Reply<NoResponse>({}, std::move(commit));
}

}  // namespace

std::unique_ptr<const Action> add_user_to_group_action() {
  return make_action(Definition{.name = "AddUserToGroup",
                                .permission = "iam:AddUserToGroup",
                                .read_only = false,
                                .request = kAddUserToGroupRequest,
                                .response = kNoResponse,
                                .handle = add_user_to_group,
                                .service = Service::kIam,
                                .resource = kGroupResource<&AddUserToGroupRequest::group_name>});
}

}  // namespace claviger::api::iam_actions
