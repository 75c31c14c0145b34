#include "api/kms/actions.h"
#include "api/kms/common.h"
#include "keys/tag_rules.h"

namespace claviger::api::kms {
namespace {

struct UntagResourceRequest {
  std::string key_id;
  std::vector<std::string> tag_keys;
};
constexpr auto kRequest = wire::members<UntagResourceRequest>(
    wire::required<&UntagResourceRequest::key_id>("KeyId", kKeyIdLength),
    wire::required<&UntagResourceRequest::tag_keys>("TagKeys", wire::each(wire::length(1, 128))));

Result<Targets> targets(const UntagResourceRequest& request) {
  return Targets{managed_key(request.key_id, "kms:UntagResource", keys::StateRule::kNotPendingDeletion)};
}

Result<Reply<NoResponse>> untag_resource(const Context& context, UntagResourceRequest& request) {
  keys::KeyRecord record = context.key().record();
  record.tags = keys::remove_tags(record.tags, request.tag_keys);
  return Reply<NoResponse>({}, replace_record(context.key(), record));
}

}  // namespace

std::unique_ptr<const Action> untag_resource_action() {
  return make_action(Definition{.name = "UntagResource",
                                .permission = "kms:UntagResource",
                                .read_only = false,
                                .request = kRequest,
                                .response = kNoResponse,
                                .targets = targets,
                                .handle = untag_resource});
}

}  // namespace claviger::api::kms
