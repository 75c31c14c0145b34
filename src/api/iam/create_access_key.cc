#include "api/iam/actions.h"

#include "api/iam/common.h"
#include "api/iam/conditions.h"
#include "api/iam/entities.h"
#include "api/iam/fields.h"
#include "iam/access_key_rules.h"

namespace claviger::api::iam_actions {
namespace {

struct AccessKeyEntry {
  std::string user_name;
  std::string access_key_id;
  KeyStatus status{};
  wire::SecretText secret_access_key;
  WallTime create_date{};
};

}  // namespace
}  // namespace claviger::api::iam_actions

namespace claviger::wire {
template <>
struct Structure<api::iam_actions::AccessKeyEntry> {
  using M = api::iam_actions::AccessKeyEntry;
  static constexpr auto kMembers = members<M>(
      required<&M::user_name>("UserName"), required<&M::access_key_id>("AccessKeyId"), required<&M::status>("Status"),
      required<&M::secret_access_key>("SecretAccessKey"), required<&M::create_date>("CreateDate"));
};
}  // namespace claviger::wire

namespace claviger::api::iam_actions {
namespace {

struct CreateAccessKeyRequest {
  std::optional<std::string> user_name;
};
constexpr auto kCreateAccessKeyRequest =
    wire::members<CreateAccessKeyRequest>(own_user_name<&CreateAccessKeyRequest::user_name>());

struct CreateAccessKeyResponse {
  AccessKeyEntry access_key;
};
constexpr auto kCreateAccessKeyResponse =
    wire::members<CreateAccessKeyResponse>(wire::required<&CreateAccessKeyResponse::access_key>("AccessKey"));

Result<Reply<CreateAccessKeyResponse>> create_access_key(const Context& context, CreateAccessKeyRequest& request) {
  CLAVIGER_ASSIGN(const std::string user, named_or_own_user(context, request.user_name));

  CLAVIGER_ASSIGN(iam::NewAccessKey made,
                  iam::create_access_key(rules(context), context.services.iam->sealer(), context.scope.account, user));
  CreateAccessKeyResponse response;
  response.access_key = {.user_name = user,
                         .access_key_id = made.entry.id,
                         .status = key_status(made.entry.status),
                         .secret_access_key = {std::move(made.key.secret)},
                         .create_date = made.entry.created};
  return Reply<CreateAccessKeyResponse>(std::move(response), std::move(made.commit));
}

constexpr auto kCreateAccessKeyConditions = kOwnUserTags<CreateAccessKeyRequest, &CreateAccessKeyRequest::user_name>;

}  // namespace

std::unique_ptr<const Action> create_access_key_action() {
  return make_action(Definition{.name = "CreateAccessKey",
                                .permission = "iam:CreateAccessKey",
                                .read_only = false,
                                .request = kCreateAccessKeyRequest,
                                .response = kCreateAccessKeyResponse,
                                .handle = create_access_key,
                                .service = Service::kIam,
                                .resource = own_user_resource<&CreateAccessKeyRequest::user_name>,
                                .conditions = kCreateAccessKeyConditions});
}

}  // namespace claviger::api::iam_actions
