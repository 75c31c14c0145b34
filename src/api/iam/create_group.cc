#include "api/iam/actions.h"

#include "api/iam/common.h"
#include "api/iam/entities.h"
#include "api/iam/fields.h"
#include "iam/entity_rules.h"

namespace claviger::api::iam_actions {
namespace {

struct CreateGroupRequest {
  std::optional<std::string> path;
  std::string group_name;
};
constexpr auto kCreateGroupRequest =
    wire::members<CreateGroupRequest>(path<&CreateGroupRequest::path>(), group_name<&CreateGroupRequest::group_name>());

struct CreateGroupResponse {
  GroupEntry group;
};
constexpr auto kCreateGroupResponse =
    wire::members<CreateGroupResponse>(wire::required<&CreateGroupResponse::group>("Group"));

Result<Reply<CreateGroupResponse>> create_group(const Context& context, CreateGroupRequest& request) {
  CLAVIGER_ASSIGN(auto planned, iam::create_group(rules(context), context.scope.account, request.group_name,
                                                  request.path.value_or("/")));
  Reply<CreateGroupResponse> reply(CreateGroupResponse{group_entry(context, planned.record)},
                                   std::move(planned.commit));
  reply.limit_message = planned.limit_message;
  return reply;
}

Result<std::string> create_group_resource(const Context& context, const CreateGroupRequest& request) {
  return iam::entity_arn(partition(context), context.scope.account, iam::EntityKind::kGroup, request.path.value_or("/"),
                         request.group_name);
}

}  // namespace

std::unique_ptr<const Action> create_group_action() {
  return make_action(Definition{.name = "CreateGroup",
                                .permission = "iam:CreateGroup",
                                .read_only = false,
                                .request = kCreateGroupRequest,
                                .response = kCreateGroupResponse,
                                .handle = create_group,
                                .service = Service::kIam,
                                .resource = create_group_resource});
}

}  // namespace claviger::api::iam_actions
