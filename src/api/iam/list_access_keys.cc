#include "api/iam/actions.h"

#include "api/iam/common.h"
#include "api/iam/conditions.h"
#include "api/iam/entities.h"
#include "api/iam/fields.h"
#include "api/iam/listing.h"

namespace claviger::api::iam_actions {
namespace {

struct AccessKeyMetadata {
  std::string user_name;
  std::string access_key_id;
  KeyStatus status{};
  WallTime create_date{};
};

}  // namespace
}  // namespace claviger::api::iam_actions

namespace claviger::wire {
template <>
struct Structure<api::iam_actions::AccessKeyMetadata> {
  using M = api::iam_actions::AccessKeyMetadata;
  static constexpr auto kMembers =
      members<M>(required<&M::user_name>("UserName"), required<&M::access_key_id>("AccessKeyId"),
                 required<&M::status>("Status"), required<&M::create_date>("CreateDate"));
};
}  // namespace claviger::wire

namespace claviger::api::iam_actions {
namespace {

struct ListAccessKeysRequest {
  std::optional<std::string> user_name;
  std::optional<std::string> marker;
  std::optional<std::int32_t> max_items;
};
constexpr auto kListAccessKeysRequest = wire::members<ListAccessKeysRequest>(
    own_user_name<&ListAccessKeysRequest::user_name>(), marker<&ListAccessKeysRequest::marker>(),
    max_items<&ListAccessKeysRequest::max_items>());

struct ListAccessKeysResponse {
  std::vector<AccessKeyMetadata> access_keys;
  bool is_truncated = false;
  std::optional<std::string> marker;
};
constexpr auto kListAccessKeysResponse = wire::members<ListAccessKeysResponse>(
    wire::required<&ListAccessKeysResponse::access_keys>("AccessKeyMetadata"),
    is_truncated<&ListAccessKeysResponse::is_truncated>(), next_marker<&ListAccessKeysResponse::marker>());

Result<Reply<ListAccessKeysResponse>> list_access_keys(const Context& context, ListAccessKeysRequest& request) {
  CLAVIGER_ASSIGN(const std::string user, named_or_own_user(context, request.user_name));

  CLAVIGER_ASSIGN(const iam::User* found, iam::find_user(*context.iam, context.scope.account, user));
  const iam::UserRecord& record = found->record;
  ListAccessKeysResponse response;
  CLAVIGER_TRY(list_page(context, "ListAccessKeys/" + std::string(record.id.view()), request, record.access_keys,
                         response, response.access_keys, [&](const iam::AccessKeyEntry& key) {
                           return std::optional(
                               AccessKeyMetadata{record.name, key.id, key_status(key.status), key.created});
                         }));
  return response;
}

constexpr auto kListAccessKeysConditions = kOwnUserTags<ListAccessKeysRequest, &ListAccessKeysRequest::user_name>;

}  // namespace

std::unique_ptr<const Action> list_access_keys_action() {
  return make_action(Definition{.name = "ListAccessKeys",
                                .permission = "iam:ListAccessKeys",
                                .read_only = true,
                                .request = kListAccessKeysRequest,
                                .response = kListAccessKeysResponse,
                                .handle = list_access_keys,
                                .service = Service::kIam,
                                .resource = own_user_resource<&ListAccessKeysRequest::user_name>,
                                .conditions = kListAccessKeysConditions});
}

}  // namespace claviger::api::iam_actions
