#include <algorithm>
#include <iterator>

#include "api/iam/actions.h"
#include "api/iam/common.h"
#include "api/iam/entities.h"
#include "api/iam/enums.h"
#include "api/iam/listing.h"
#include "iam/policy_rules.h"

namespace claviger::api::iam_actions {
namespace {

struct PolicyDetail {
  std::string name;
  std::string document;
};
struct UserDetail {
  std::string path;
  std::string name;
  std::string id;
  std::string arn;
  WallTime create_date{};
  std::vector<PolicyDetail> policies;
  std::vector<std::string> groups;
  std::vector<AttachedPolicy> attached;
  std::optional<AttachedBoundary> boundary;
  std::vector<iam::Tag> tags;
};
struct GroupDetail {
  std::string path;
  std::string name;
  std::string id;
  std::string arn;
  WallTime create_date{};
  std::vector<PolicyDetail> policies;
  std::vector<AttachedPolicy> attached;
};
struct RoleDetail {
  std::string path;
  std::string name;
  std::string id;
  std::string arn;
  WallTime create_date{};
  std::string trust_policy;
  std::vector<PolicyDetail> policies;
  std::vector<AttachedPolicy> attached;
  std::optional<AttachedBoundary> boundary;
  std::vector<iam::Tag> tags;
  RoleLastUsed last_used;
};
struct ManagedPolicyDetail {
  std::string name;
  std::string id;
  std::string arn;
  std::string path;
  std::string default_version_id;
  std::int32_t attachment_count = 0;
  std::int32_t boundary_usage_count = 0;
  bool is_attachable = true;
  std::string description;
  WallTime create_date{};
  WallTime update_date{};
  std::vector<PolicyVersionEntry> versions;
};

}  // namespace
}  // namespace claviger::api::iam_actions

namespace claviger::wire {

template <>
struct Structure<api::iam_actions::PolicyDetail> {
  using M = api::iam_actions::PolicyDetail;
  static constexpr auto kMembers =
      members<M>(required<&M::name>("PolicyName"), required<&M::document>("PolicyDocument", url_encoded));
};
template <>
struct Structure<api::iam_actions::UserDetail> {
  using M = api::iam_actions::UserDetail;
  static constexpr auto kMembers = members<M>(
      required<&M::path>("Path"), required<&M::name>("UserName"), required<&M::id>("UserId"), required<&M::arn>("Arn"),
      required<&M::create_date>("CreateDate"), required<&M::policies>("UserPolicyList"),
      required<&M::groups>("GroupList"), required<&M::attached>("AttachedManagedPolicies"),
      optional<&M::boundary>("PermissionsBoundary"), required<&M::tags>("Tags"));
};
template <>
struct Structure<api::iam_actions::GroupDetail> {
  using M = api::iam_actions::GroupDetail;
  static constexpr auto kMembers =
      members<M>(required<&M::path>("Path"), required<&M::name>("GroupName"), required<&M::id>("GroupId"),
                 required<&M::arn>("Arn"), required<&M::create_date>("CreateDate"),
                 required<&M::policies>("GroupPolicyList"), required<&M::attached>("AttachedManagedPolicies"));
};
template <>
struct Structure<api::iam_actions::RoleDetail> {
  using M = api::iam_actions::RoleDetail;
  static constexpr auto kMembers = members<M>(
      required<&M::path>("Path"), required<&M::name>("RoleName"), required<&M::id>("RoleId"), required<&M::arn>("Arn"),
      required<&M::create_date>("CreateDate"), required<&M::trust_policy>("AssumeRolePolicyDocument", url_encoded),
      unsupported("InstanceProfileList", "there are no instance profiles"), required<&M::policies>("RolePolicyList"),
      required<&M::attached>("AttachedManagedPolicies"), optional<&M::boundary>("PermissionsBoundary"),
      required<&M::tags>("Tags"), required<&M::last_used>("RoleLastUsed"));
};
template <>
struct Structure<api::iam_actions::ManagedPolicyDetail> {
  using M = api::iam_actions::ManagedPolicyDetail;
  static constexpr auto kMembers = members<M>(
      required<&M::name>("PolicyName"), required<&M::id>("PolicyId"), required<&M::arn>("Arn"),
      required<&M::path>("Path"), required<&M::default_version_id>("DefaultVersionId"),
      required<&M::attachment_count>("AttachmentCount"),
      required<&M::boundary_usage_count>("PermissionsBoundaryUsageCount"), required<&M::is_attachable>("IsAttachable"),
      optional<&M::description>("Description"), required<&M::create_date>("CreateDate"),
      required<&M::update_date>("UpdateDate"), required<&M::versions>("PolicyVersionList"));
};

}  // namespace claviger::wire

namespace claviger::api::iam_actions {
namespace {

struct AuthorizationDetailsRequest {
  std::vector<EntityType> filter;
  std::optional<std::int32_t> max_items;
  std::optional<std::string> marker;
};
constexpr auto kGetAccountAuthorizationDetailsRequest = wire::members<AuthorizationDetailsRequest>(
    wire::optional<&AuthorizationDetailsRequest::filter>("Filter"),
    max_items<&AuthorizationDetailsRequest::max_items>(), marker<&AuthorizationDetailsRequest::marker>());

struct AuthorizationDetailsResponse {
  std::vector<UserDetail> users;
  std::vector<GroupDetail> groups;
  std::vector<RoleDetail> roles;
  std::vector<ManagedPolicyDetail> policies;
  bool is_truncated = false;
  std::optional<std::string> marker;
};
constexpr auto kGetAccountAuthorizationDetailsResponse = wire::members<AuthorizationDetailsResponse>(
    wire::required<&AuthorizationDetailsResponse::users>("UserDetailList"),
    wire::required<&AuthorizationDetailsResponse::groups>("GroupDetailList"),
    wire::required<&AuthorizationDetailsResponse::roles>("RoleDetailList"),
    wire::required<&AuthorizationDetailsResponse::policies>("Policies"),
    is_truncated<&AuthorizationDetailsResponse::is_truncated>(), next_marker<&AuthorizationDetailsResponse::marker>());

// The parts that users, groups and roles have in common.
template <class Detail, class Record>
Detail begin_detail(const Context& context, const Record& record) {
  Detail detail;
  detail.path = record.path;
  detail.name = record.name;
  detail.id = record.id.view();
  detail.arn = record.arn(partition(context));
  detail.create_date = record.created;
  for (const iam::InlinePolicy& each : record.permissions.inline_policies) {
    detail.policies.push_back({each.name, each.document});
  }
  for (const iam::UniqueId& id : record.permissions.attached) {
    const iam::ManagedPolicy* policy = context.iam->policy(id);
    if (policy != nullptr) detail.attached.push_back(attached_policy(context, policy->record));
  }
  if constexpr (requires { record.boundary; }) {
    detail.boundary = attached_boundary(context, record.boundary);
    detail.tags = record.tags;
  }
  return detail;
}

std::size_t bytes_of(const std::vector<PolicyDetail>& policies) {
  std::size_t total = 0;
  for (const PolicyDetail& policy : policies) total += policy.document.size();
  return total;
}

// Adds the entity's details and returns how long its documents are.
std::size_t add(const Context& context, const iam::UniqueId& id, AuthorizationDetailsResponse& response) {
  switch (id.kind()) {
    case iam::EntityKind::kUser: {
      const iam::UserRecord& record = context.iam->user(id)->record;
      auto detail = begin_detail<UserDetail>(context, record);
      for (const iam::UniqueId& each : record.groups) {
        if (const iam::Group* group = context.iam->group(each)) detail.groups.push_back(group->record.name);
      }
      response.users.push_back(std::move(detail));
      return bytes_of(response.users.back().policies);
    }
    case iam::EntityKind::kGroup:
      response.groups.push_back(begin_detail<GroupDetail>(context, context.iam->group(id)->record));
      return bytes_of(response.groups.back().policies);
    case iam::EntityKind::kRole: {
      const iam::RoleRecord& record = context.iam->role(id)->record;
      auto detail = begin_detail<RoleDetail>(context, record);
      detail.trust_policy = record.trust_policy;
      response.roles.push_back(std::move(detail));
      return bytes_of(response.roles.back().policies) + record.trust_policy.size();
    }
    case iam::EntityKind::kPolicy: {
      const iam::PolicyRecord& record = context.iam->policy(id)->record;
      PolicyEntry entry = policy_entry(context, record, Detail::kFull);
      ManagedPolicyDetail detail{entry.policy_name,
                                 entry.policy_id,
                                 entry.arn,
                                 entry.path,
                                 entry.default_version_id,
                                 entry.attachment_count,
                                 entry.boundary_usage_count,
                                 entry.is_attachable,
                                 entry.description,
                                 entry.create_date,
                                 entry.update_date,
                                 {}};
      std::size_t bytes = 0;
      for (const iam::PolicyVersion& version : record.versions) {
        detail.versions.push_back(version_entry(record, version, true));
        bytes += version.document.size();
      }
      response.policies.push_back(std::move(detail));
      return bytes;
    }
  }
  return 0;
}

bool is_wanted_type(const AuthorizationDetailsRequest& request, EntityType type) {
  return request.filter.empty() || std::ranges::find(request.filter, type) != request.filter.end();
}

// In which order the kinds come, and which names each has.
struct Kind {
  EntityType type{};
  iam::EntityKind kind{};
};
constexpr Kind kKinds[] = {{EntityType::kUser, iam::EntityKind::kUser},
                           {EntityType::kGroup, iam::EntityKind::kGroup},
                           {EntityType::kRole, iam::EntityKind::kRole},
                           {EntityType::kLocalManagedPolicy, iam::EntityKind::kPolicy}};

std::string list_name(const AuthorizationDetailsRequest& request) {
  std::string name = "GetAccountAuthorizationDetails/";
  for (const Kind& kind : kKinds) name += is_wanted_type(request, kind.type) ? '1' : '0';
  return name;
}

// A position is the place of the kind, a digit, and the name of the entity in the form in which names are compared.
Result<Reply<AuthorizationDetailsResponse>> get_account_authorization_details(const Context& context,
                                                                              AuthorizationDetailsRequest& request) {
  const Pager pager(context, list_name(request));
  CLAVIGER_ASSIGN(const std::string start, pager.position(request.marker));
  AuthorizationDetailsResponse response;
  const iam::Account* account = context.iam->account(context.scope.account);
  if (account == nullptr) return response;
  const auto limit = static_cast<std::size_t>(request.max_items.value_or(kDefaultMaxItems));
  std::size_t count = 0;
  std::size_t bytes = 0;
  std::string last;
  for (std::size_t i = start.empty() ? 0 : static_cast<std::size_t>(start[0] - '0'); i < std::size(kKinds); ++i) {
    if (!is_wanted_type(request, kKinds[i].type)) continue;
    const auto& names = account->names(kKinds[i].kind);
    const std::string digit = std::to_string(i);
    for (auto at = start.starts_with(digit) ? names.upper_bound(start.substr(1)) : names.begin(); at != names.end();
         ++at) {
      if (count == limit || bytes >= kMaxPageDocumentBytes) {
        response.is_truncated = true;
        response.marker = pager.next_marker(last);
        return response;
      }
      bytes += add(context, at->second, response);
      ++count;
      last = digit + at->first;
    }
  }
  return response;
}

}  // namespace

std::unique_ptr<const Action> get_account_authorization_details_action() {
  return make_action(Definition{.name = "GetAccountAuthorizationDetails",
                                .permission = "iam:GetAccountAuthorizationDetails",
                                .read_only = true,
                                .request = kGetAccountAuthorizationDetailsRequest,
                                .response = kGetAccountAuthorizationDetailsResponse,
                                .handle = get_account_authorization_details,
                                .service = Service::kIam});
}

}  // namespace claviger::api::iam_actions
