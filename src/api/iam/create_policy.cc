#include "api/iam/actions.h"

#include "api/iam/common.h"
#include "api/iam/conditions.h"
#include "api/iam/entities.h"
#include "api/iam/fields.h"
#include "iam/policy_rules.h"

namespace claviger::api::iam_actions {
namespace {

struct CreatePolicyRequest {
  std::string policy_name;
  std::optional<std::string> path;
  std::string policy_document;
  std::optional<std::string> description;
  std::vector<iam::Tag> tags;
};
constexpr auto kCreatePolicyRequest = wire::members<CreatePolicyRequest>(
    policy_name<&CreatePolicyRequest::policy_name>(), policy_path<&CreatePolicyRequest::path>("Path"),
    document<&CreatePolicyRequest::policy_document>(),
    wire::optional<&CreatePolicyRequest::description>("Description", wire::length(kNoMinimum, 1000)),
    tags<&CreatePolicyRequest::tags>());

struct CreatePolicyResponse {
  PolicyEntry policy;
};
constexpr auto kCreatePolicyResponse =
    wire::members<CreatePolicyResponse>(wire::required<&CreatePolicyResponse::policy>("Policy"));

Result<Reply<CreatePolicyResponse>> create_policy(const Context& context, CreatePolicyRequest& request) {
  const iam::NewPolicy wish{.account = context.scope.account,
                            .name = request.policy_name,
                            .path = request.path.value_or("/"),
                            .document = request.policy_document,
                            .description = request.description.value_or(""),
                            .tags = request.tags};
  CLAVIGER_ASSIGN(auto planned, iam::create_policy(rules(context), wish));
  PolicyEntry entry = policy_entry(context, planned.record, Detail::kListed);
  entry.tags = planned.record.tags;
  Reply<CreatePolicyResponse> reply(CreatePolicyResponse{std::move(entry)}, std::move(planned.commit));
  reply.limit_message = planned.limit_message;
  return reply;
}

Result<std::string> create_policy_resource(const Context& context, const CreatePolicyRequest& request) {
  return iam::entity_arn(partition(context), context.scope.account, iam::EntityKind::kPolicy,
                         request.path.value_or("/"), request.policy_name);
}

constexpr auto kCreatePolicyConditions = kRequestTags<CreatePolicyRequest, &CreatePolicyRequest::tags>;

}  // namespace

std::unique_ptr<const Action> create_policy_action() {
  return make_action(Definition{.name = "CreatePolicy",
                                .permission = "iam:CreatePolicy",
                                .read_only = false,
                                .request = kCreatePolicyRequest,
                                .response = kCreatePolicyResponse,
                                .handle = create_policy,
                                .service = Service::kIam,
                                .resource = create_policy_resource,
                                .conditions = kCreatePolicyConditions});
}

}  // namespace claviger::api::iam_actions
