#include "api/iam/actions.h"

#include "api/iam/common.h"
#include "api/iam/conditions.h"
#include "api/iam/fields.h"
#include "iam/access_key_rules.h"

namespace claviger::api::iam_actions {
namespace {

struct DeleteAccessKeyRequest {
  std::optional<std::string> user_name;
  std::string access_key_id;
};
constexpr auto kDeleteAccessKeyRequest = wire::members<DeleteAccessKeyRequest>(
    own_user_name<&DeleteAccessKeyRequest::user_name>(), access_key_id<&DeleteAccessKeyRequest::access_key_id>());

Result<Reply<NoResponse>> delete_access_key(const Context& context, DeleteAccessKeyRequest& request) {
  CLAVIGER_ASSIGN(const std::string user, named_or_own_user(context, request.user_name));

  CLAVIGER_ASSIGN(store::Commit commit,
                  iam::delete_access_key(rules(context), context.scope.account, user, request.access_key_id));
  return Reply<NoResponse>({}, std::move(commit));
}

constexpr auto kDeleteAccessKeyConditions = kOwnUserTags<DeleteAccessKeyRequest, &DeleteAccessKeyRequest::user_name>;

}  // namespace

std::unique_ptr<const Action> delete_access_key_action() {
  return make_action(Definition{.name = "DeleteAccessKey",
                                .permission = "iam:DeleteAccessKey",
                                .read_only = false,
                                .request = kDeleteAccessKeyRequest,
                                .response = kNoResponse,
                                .handle = delete_access_key,
                                .service = Service::kIam,
                                .resource = own_user_resource<&DeleteAccessKeyRequest::user_name>,
                                .conditions = kDeleteAccessKeyConditions});
}

}  // namespace claviger::api::iam_actions
