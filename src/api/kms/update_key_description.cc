#include "api/kms/actions.h"
#include "api/kms/common.h"

namespace claviger::api::kms {
namespace {

struct UpdateKeyDescriptionRequest {
  std::string key_id;
  std::string description;
};
constexpr auto kUpdateKeyDescriptionRequest = wire::members<UpdateKeyDescriptionRequest>(
    wire::required<&UpdateKeyDescriptionRequest::key_id>("KeyId", kKeyIdLength),
    wire::required<&UpdateKeyDescriptionRequest::description>("Description", wire::length(0, 8192)));

Result<Targets> update_key_description_targets(const UpdateKeyDescriptionRequest& request) {
  return Targets{managed_key(request.key_id, "kms:UpdateKeyDescription", keys::StateRule::kNotPendingDeletion)};
}

Result<Reply<NoResponse>> update_key_description(const Context& context, UpdateKeyDescriptionRequest& request) {
  keys::KeyRecord record = context.key().record();
  record.description = request.description;
  return Reply<NoResponse>({}, replace_record(context.key(), record));
}

}  // namespace

std::unique_ptr<const Action> update_key_description_action() {
  return make_action(Definition{.name = "UpdateKeyDescription",
                                .permission = "kms:UpdateKeyDescription",
                                .read_only = false,
                                .request = kUpdateKeyDescriptionRequest,
                                .response = kNoResponse,
                                .targets = update_key_description_targets,
                                .handle = update_key_description});
}

}  // namespace claviger::api::kms
