#include "api/kms/actions.h"
#include "api/kms/common.h"
#include "api/kms/conditions.h"
#include "keys/tag_rules.h"

namespace claviger::api::kms {
namespace {

struct TagResourceRequest {
  std::string key_id;
  std::vector<keys::Tag> tags;
};
constexpr auto kTagResourceRequest =
    wire::members<TagResourceRequest>(wire::required<&TagResourceRequest::key_id>("KeyId", kKeyIdLength),
                                      wire::required<&TagResourceRequest::tags>("Tags"));

Result<Targets> tag_resource_targets(const TagResourceRequest& request) {
  return Targets{managed_key(request.key_id, "kms:TagResource", keys::StateRule::kNotPendingDeletion)};
}

Result<Reply<NoResponse>> tag_resource(const Context& context, TagResourceRequest& request) {
  keys::KeyRecord record = context.key().record();
  CLAVIGER_ASSIGN(record.tags, keys::merge_tags(record.tags, request.tags));
  return Reply<NoResponse>({}, replace_record(context.key(), record));
}

}  // namespace

std::unique_ptr<const Action> tag_resource_action() {
  return make_action(Definition{.name = "TagResource",
                                .permission = "kms:TagResource",
                                .read_only = false,
                                .request = kTagResourceRequest,
                                .response = kNoResponse,
                                .targets = tag_resource_targets,
                                .handle = tag_resource,
                                .conditions = kRequestTags<TagResourceRequest, &TagResourceRequest::tags>});
}

}  // namespace claviger::api::kms
