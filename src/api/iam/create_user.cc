#include "api/iam/actions.h"

#include "api/iam/common.h"
#include "api/iam/conditions.h"
#include "api/iam/entities.h"
#include "api/iam/fields.h"
#include "iam/entity_rules.h"

namespace claviger::api::iam_actions {
namespace {

struct CreateUserRequest {
  std::optional<std::string> path;
  std::string user_name;
  std::optional<std::string> permissions_boundary;
  std::vector<iam::Tag> tags;
};
constexpr auto kCreateUserRequest = wire::members<CreateUserRequest>(
    path<&CreateUserRequest::path>(), new_user_name<&CreateUserRequest::user_name>(),
    wire::optional<&CreateUserRequest::permissions_boundary>("PermissionsBoundary", wire::length(20, 2048)),
    tags<&CreateUserRequest::tags>());

struct CreateUserResponse {
  std::optional<UserEntry> user;
};
constexpr auto kCreateUserResponse =
    wire::members<CreateUserResponse>(wire::optional<&CreateUserResponse::user>("User"));

Result<Reply<CreateUserResponse>> create_user(const Context& context, CreateUserRequest& request) {
  iam::NewPrincipal wish{.account = context.scope.account,
                         .name = request.user_name,
                         .path = request.path.value_or("/"),
                         .boundary_arn = request.permissions_boundary,
                         .tags = request.tags};
  CLAVIGER_ASSIGN(auto planned, iam::create_user(rules(context), wish));
  Reply<CreateUserResponse> reply(CreateUserResponse{user_entry(context, planned.record, Detail::kFull)},
                                  std::move(planned.commit));
  reply.limit_message = planned.limit_message;
  return reply;
}

Result<std::string> create_user_resource(const Context& context, const CreateUserRequest& request) {
  return iam::entity_arn(partition(context), context.scope.account, iam::EntityKind::kUser, request.path.value_or("/"),
                         request.user_name);
}

constexpr auto kCreateUserConditions = kRequestTags<CreateUserRequest, &CreateUserRequest::tags> +
                                       kNewBoundary<CreateUserRequest, &CreateUserRequest::permissions_boundary>;

}  // namespace

std::unique_ptr<const Action> create_user_action() {
  return make_action(Definition{.name = "CreateUser",
                                .permission = "iam:CreateUser",
                                .read_only = false,
                                .request = kCreateUserRequest,
                                .response = kCreateUserResponse,
                                .handle = create_user,
                                .service = Service::kIam,
                                .resource = create_user_resource,
                                .conditions = kCreateUserConditions});
}

}  // namespace claviger::api::iam_actions
