#include "api/iam/actions.h"

#include "api/iam/common.h"
#include "api/iam/conditions.h"
#include "api/iam/fields.h"
#include "iam/entity_rules.h"

namespace claviger::api::iam_actions {
namespace {

struct UpdateRoleRequest {
  std::string role_name;
  std::optional<std::string> description;
  std::optional<std::int32_t> max_session_duration;
};
constexpr auto kUpdateRoleRequest = wire::members<UpdateRoleRequest>(
    role_name<&UpdateRoleRequest::role_name>(),
    wire::optional<&UpdateRoleRequest::description>("Description", wire::length(kNoMinimum, 1000),
                                                    wire::pattern(patterns::kDescription)),
    wire::optional<&UpdateRoleRequest::max_session_duration>("MaxSessionDuration", wire::range(3600, 43'200)));

struct UpdateRoleResponse {};
constexpr auto kUpdateRoleResponse = wire::members<UpdateRoleResponse>();

Result<Reply<UpdateRoleResponse>> update_role(const Context& context, UpdateRoleRequest& request) {
  std::optional<std::uint32_t> seconds;
  if (request.max_session_duration) seconds = static_cast<std::uint32_t>(*request.max_session_duration);
  CLAVIGER_ASSIGN(auto planned, iam::update_role(rules(context), {.account = context.scope.account,
                                                                  .name = request.role_name,
                                                                  .description = request.description,
                                                                  .max_session_seconds = seconds}));
  return Reply<UpdateRoleResponse>({}, std::move(planned.commit));
}

constexpr auto kUpdateRoleConditions =
    kEntityTags<UpdateRoleRequest, iam::EntityKind::kRole, &UpdateRoleRequest::role_name>;

}  // namespace

std::unique_ptr<const Action> update_role_action() {
  return make_action(Definition{.name = "UpdateRole",
                                .permission = "iam:UpdateRole",
                                .read_only = false,
                                .request = kUpdateRoleRequest,
                                .response = kUpdateRoleResponse,
                                .handle = update_role,
                                .service = Service::kIam,
                                .resource = kRoleResource<&UpdateRoleRequest::role_name>,
                                .conditions = kUpdateRoleConditions});
}

}  // namespace claviger::api::iam_actions
