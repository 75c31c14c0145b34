#include <fmt/format.h>

#include "api/iam/actions.h"
#include "api/iam/common.h"
#include "api/iam/conditions.h"
#include "api/iam/enums.h"
#include "api/iam/fields.h"
#include "api/iam/listing.h"

namespace claviger::api::iam_actions {
namespace {

struct PolicyGroup {
  std::string group_name;
  std::string group_id;
};
struct PolicyUser {
  std::string user_name;
  std::string user_id;
};
struct PolicyRole {
  std::string role_name;
  std::string role_id;
};

}  // namespace
}  // namespace claviger::api::iam_actions

namespace claviger::wire {

template <>
struct Structure<api::iam_actions::PolicyGroup> {
  using M = api::iam_actions::PolicyGroup;
  static constexpr auto kMembers = members<M>(required<&M::group_name>("GroupName"), required<&M::group_id>("GroupId"));
};
template <>
struct Structure<api::iam_actions::PolicyUser> {
  using M = api::iam_actions::PolicyUser;
  static constexpr auto kMembers = members<M>(required<&M::user_name>("UserName"), required<&M::user_id>("UserId"));
};
template <>
struct Structure<api::iam_actions::PolicyRole> {
  using M = api::iam_actions::PolicyRole;
  static constexpr auto kMembers = members<M>(required<&M::role_name>("RoleName"), required<&M::role_id>("RoleId"));
};

}  // namespace claviger::wire

namespace claviger::api::iam_actions {
namespace {

struct ListEntitiesForPolicyRequest {
  std::string policy_arn;
  std::optional<EntityType> entity_filter;
  std::optional<std::string> path_prefix;
  std::optional<PolicyUsage> usage;
  std::optional<std::string> marker;
  std::optional<std::int32_t> max_items;
};
constexpr auto kListEntitiesForPolicyRequest = wire::members<ListEntitiesForPolicyRequest>(
    policy_arn<&ListEntitiesForPolicyRequest::policy_arn>(),
    wire::optional<&ListEntitiesForPolicyRequest::entity_filter>("EntityFilter"),
    path<&ListEntitiesForPolicyRequest::path_prefix>("PathPrefix"),
    wire::optional<&ListEntitiesForPolicyRequest::usage>("PolicyUsageFilter"),
    marker<&ListEntitiesForPolicyRequest::marker>(), max_items<&ListEntitiesForPolicyRequest::max_items>());

struct ListEntitiesForPolicyResponse {
  std::vector<PolicyGroup> groups;
  std::vector<PolicyUser> users;
  std::vector<PolicyRole> roles;
  bool is_truncated = false;
  std::optional<std::string> marker;
};
constexpr auto kListEntitiesForPolicyResponse =
    wire::members<ListEntitiesForPolicyResponse>(wire::required<&ListEntitiesForPolicyResponse::groups>("PolicyGroups"),
                                                 wire::required<&ListEntitiesForPolicyResponse::users>("PolicyUsers"),
                                                 wire::required<&ListEntitiesForPolicyResponse::roles>("PolicyRoles"),
                                                 is_truncated<&ListEntitiesForPolicyResponse::is_truncated>(),
                                                 next_marker<&ListEntitiesForPolicyResponse::marker>());

struct Entity {
  iam::EntityKind kind{};
  std::string name;
  std::string id;
};

bool is_of_kind(iam::EntityKind kind, EntityType filter) {
  if (kind == iam::EntityKind::kUser) return filter == EntityType::kUser;
  return filter == (kind == iam::EntityKind::kGroup ? EntityType::kGroup : EntityType::kRole);
}

template <class Record>
std::optional<Entity> entity_of(const ListEntitiesForPolicyRequest& request, const iam::UniqueId& policy,
                                iam::EntityKind kind, const Record& record) {
  if (request.entity_filter && !is_of_kind(kind, *request.entity_filter)) return std::nullopt;
  if (!record.path.starts_with(request.path_prefix.value_or("/"))) return std::nullopt;
  bool bounded = false;
  if constexpr (requires { record.boundary; }) bounded = record.boundary == policy;
  const bool attached = record.permissions.has_attached(policy);
  const bool fits = !request.usage                                      ? attached || bounded
                    : *request.usage == PolicyUsage::kPermissionsPolicy ? attached
                                                                        : bounded;
  if (!fits) return std::nullopt;
  return Entity{kind, record.name, std::string(record.id.view())};
}

std::optional<Entity> entity(const Context& context, const ListEntitiesForPolicyRequest& request,
                             const iam::UniqueId& policy, const iam::UniqueId& id) {
  if (const iam::User* user = context.iam->user(id)) return entity_of(request, policy, id.kind(), user->record);
  if (const iam::Group* group = context.iam->group(id)) return entity_of(request, policy, id.kind(), group->record);
  if (const iam::Role* role = context.iam->role(id)) return entity_of(request, policy, id.kind(), role->record);
  return std::nullopt;
}

// Names the filter in markers.
std::string entities_filter_name(const ListEntitiesForPolicyRequest& request, const iam::UniqueId& policy) {
  return fmt::format("ListEntitiesForPolicy/{}{}{}/{}", policy.view(), request.path_prefix.value_or("/"),
                     request.entity_filter ? static_cast<int>(*request.entity_filter) : -1,
                     request.usage ? static_cast<int>(*request.usage) : -1);
}

Result<Reply<ListEntitiesForPolicyResponse>> list_entities_for_policy(const Context& context,
                                                                      ListEntitiesForPolicyRequest& request) {
  CLAVIGER_ASSIGN(const iam::ManagedPolicy* policy, find_policy(context, request.policy_arn));
  const iam::UniqueId& id = policy->record.id;
  ListEntitiesForPolicyResponse response;
  std::vector<Entity> found;
  CLAVIGER_TRY(list_page(context, entities_filter_name(request, id), request, context.iam->referrers(id), response,
                         found, [&](const iam::UniqueId& holder) { return entity(context, request, id, holder); }));
  for (Entity& each : found) {
    if (each.kind == iam::EntityKind::kUser) {
      response.users.push_back({std::move(each.name), std::move(each.id)});
    } else if (each.kind == iam::EntityKind::kGroup) {
      response.groups.push_back({std::move(each.name), std::move(each.id)});
    } else {
      response.roles.push_back({std::move(each.name), std::move(each.id)});
    }
  }
  return response;
}

constexpr auto kListEntitiesForPolicyConditions =
    kPolicyTags<ListEntitiesForPolicyRequest, &ListEntitiesForPolicyRequest::policy_arn>;

}  // namespace

std::unique_ptr<const Action> list_entities_for_policy_action() {
  return make_action(Definition{.name = "ListEntitiesForPolicy",
                                .permission = "iam:ListEntitiesForPolicy",
                                .read_only = true,
                                .request = kListEntitiesForPolicyRequest,
                                .response = kListEntitiesForPolicyResponse,
                                .handle = list_entities_for_policy,
                                .service = Service::kIam,
                                .resource = policy_resource<&ListEntitiesForPolicyRequest::policy_arn>,
                                .conditions = kListEntitiesForPolicyConditions});
}

}  // namespace claviger::api::iam_actions
