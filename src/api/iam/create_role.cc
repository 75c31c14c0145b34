#include "api/iam/actions.h"

#include "api/iam/common.h"
#include "api/iam/conditions.h"
#include "api/iam/entities.h"
#include "api/iam/fields.h"
#include "iam/entity_rules.h"

namespace claviger::api::iam_actions {
namespace {

struct CreateRoleRequest {
  std::optional<std::string> path;
  std::string role_name;
  std::string trust_policy;
  std::optional<std::string> description;
  std::optional<std::int32_t> max_session_duration;
  std::optional<std::string> permissions_boundary;
  std::vector<iam::Tag> tags;
};
constexpr auto kCreateRoleRequest = wire::members<CreateRoleRequest>(
    path<&CreateRoleRequest::path>(), role_name<&CreateRoleRequest::role_name>(),
    document<&CreateRoleRequest::trust_policy>("AssumeRolePolicyDocument"),
    wire::optional<&CreateRoleRequest::description>("Description", wire::length(kNoMinimum, 1000),
                                                    wire::pattern(patterns::kDescription)),
    wire::optional<&CreateRoleRequest::max_session_duration>("MaxSessionDuration", wire::range(3600, 43'200)),
    wire::optional<&CreateRoleRequest::permissions_boundary>("PermissionsBoundary", wire::length(20, 2048)),
    tags<&CreateRoleRequest::tags>());

struct CreateRoleResponse {
  RoleEntry role;
};
constexpr auto kCreateRoleResponse =
    wire::members<CreateRoleResponse>(wire::required<&CreateRoleResponse::role>("Role"));

Result<Reply<CreateRoleResponse>> create_role(const Context& context, CreateRoleRequest& request) {
  iam::NewRole wish{.principal = {.account = context.scope.account,
                                  .name = request.role_name,
                                  .path = request.path.value_or("/"),
                                  .boundary_arn = request.permissions_boundary,
                                  .tags = request.tags},
                    .trust_policy = request.trust_policy,
                    .description = request.description.value_or("")};
  if (request.max_session_duration) {
    wish.max_session_seconds = static_cast<std::uint32_t>(*request.max_session_duration);
  }
  CLAVIGER_ASSIGN(auto planned, iam::create_role(rules(context), wish));
  Reply<CreateRoleResponse> reply(CreateRoleResponse{new_role_entry(context, planned.record)},
                                  std::move(planned.commit));
  reply.limit_message = planned.limit_message;
  return reply;
}

Result<std::string> create_role_resource(const Context& context, const CreateRoleRequest& request) {
  return iam::entity_arn(partition(context), context.scope.account, iam::EntityKind::kRole, request.path.value_or("/"),
                         request.role_name);
}

constexpr auto kCreateRoleConditions = kRequestTags<CreateRoleRequest, &CreateRoleRequest::tags> +
                                       kNewBoundary<CreateRoleRequest, &CreateRoleRequest::permissions_boundary>;

}  // namespace

std::unique_ptr<const Action> create_role_action() {
  return make_action(Definition{.name = "CreateRole",
                                .permission = "iam:CreateRole",
                                .read_only = false,
                                .request = kCreateRoleRequest,
                                .response = kCreateRoleResponse,
                                .handle = create_role,
                                .service = Service::kIam,
                                .resource = create_role_resource,
                                .conditions = kCreateRoleConditions});
}

}  // namespace claviger::api::iam_actions
