#include "api/iam/actions.h"

#include "api/iam/common.h"
#include "api/iam/conditions.h"
#include "api/iam/entities.h"
#include "api/iam/fields.h"
#include "iam/entity_rules.h"

namespace claviger::api::iam_actions {
namespace {

struct UpdateRoleDescriptionRequest {
  std::string role_name;
  std::string description;
};
constexpr auto kUpdateRoleDescriptionRequest = wire::members<UpdateRoleDescriptionRequest>(
    role_name<&UpdateRoleDescriptionRequest::role_name>(),
    wire::required<&UpdateRoleDescriptionRequest::description>("Description", wire::length(kNoMinimum, 1000),
                                                               wire::pattern(patterns::kDescription)));

struct UpdateRoleDescriptionResponse {
  RoleEntry role;
};
constexpr auto kUpdateRoleDescriptionResponse =
    wire::members<UpdateRoleDescriptionResponse>(wire::required<&UpdateRoleDescriptionResponse::role>("Role"));

Result<Reply<UpdateRoleDescriptionResponse>> update_role_description(const Context& context,
                                                                     UpdateRoleDescriptionRequest& request) {
  CLAVIGER_ASSIGN(auto planned, iam::update_role(rules(context), {.account = context.scope.account,
                                                                  .name = request.role_name,
                                                                  .description = request.description,
                                                                  .max_session_seconds = std::nullopt}));
  return Reply<UpdateRoleDescriptionResponse>({role_entry(context, planned.record, Detail::kFull)},
                                              std::move(planned.commit));
}

constexpr auto kUpdateRoleDescriptionConditions =
    kEntityTags<UpdateRoleDescriptionRequest, iam::EntityKind::kRole, &UpdateRoleDescriptionRequest::role_name>;

}  // namespace

std::unique_ptr<const Action> update_role_description_action() {
  return make_action(Definition{.name = "UpdateRoleDescription",
                                .permission = "iam:UpdateRoleDescription",
                                .read_only = false,
                                .request = kUpdateRoleDescriptionRequest,
                                .response = kUpdateRoleDescriptionResponse,
                                .handle = update_role_description,
                                .service = Service::kIam,
                                .resource = kRoleResource<&UpdateRoleDescriptionRequest::role_name>,
                                .conditions = kUpdateRoleDescriptionConditions});
}

}  // namespace claviger::api::iam_actions
