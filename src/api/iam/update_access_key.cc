#include "api/iam/actions.h"

#include "api/iam/common.h"
#include "api/iam/conditions.h"
#include "api/iam/entities.h"
#include "api/iam/fields.h"
#include "iam/access_key_rules.h"

namespace claviger::api::iam_actions {
namespace {

struct UpdateAccessKeyRequest {
  std::optional<std::string> user_name;
  std::string access_key_id;
  KeyStatus status{};
};
constexpr auto kUpdateAccessKeyRequest = wire::members<UpdateAccessKeyRequest>(
    own_user_name<&UpdateAccessKeyRequest::user_name>(), access_key_id<&UpdateAccessKeyRequest::access_key_id>(),
    wire::required<&UpdateAccessKeyRequest::status>("Status", wire::only(KeyStatus::kActive, KeyStatus::kInactive)));

Result<Reply<NoResponse>> update_access_key(const Context& context, UpdateAccessKeyRequest& request) {
  CLAVIGER_ASSIGN(const std::string user, named_or_own_user(context, request.user_name));

  const auto status =
      request.status == KeyStatus::kActive ? iam::AccessKeyStatus::kActive : iam::AccessKeyStatus::kInactive;
  CLAVIGER_ASSIGN(store::Commit commit,
                  iam::update_access_key(rules(context), context.scope.account, user, request.access_key_id, status));
  return Reply<NoResponse>({}, std::move(commit));
}

constexpr auto kUpdateAccessKeyConditions = kOwnUserTags<UpdateAccessKeyRequest, &UpdateAccessKeyRequest::user_name>;

}  // namespace

std::unique_ptr<const Action> update_access_key_action() {
  return make_action(Definition{.name = "UpdateAccessKey",
                                .permission = "iam:UpdateAccessKey",
                                .read_only = false,
                                .request = kUpdateAccessKeyRequest,
                                .response = kNoResponse,
                                .handle = update_access_key,
                                .service = Service::kIam,
                                .resource = own_user_resource<&UpdateAccessKeyRequest::user_name>,
                                .conditions = kUpdateAccessKeyConditions});
}

}  // namespace claviger::api::iam_actions
