#include "api/kms/actions.h"
#include "api/kms/common.h"
#include "api/kms/conditions.h"
#include "keys/tag_rules.h"

namespace claviger::api::kms {
namespace {

struct UntagResourceRequest {
  std::string key_id;
  std::vector<std::string> tag_keys;
};
constexpr auto kUntagResourceRequest = wire::members<UntagResourceRequest>(
    wire::required<&UntagResourceRequest::key_id>("KeyId", kKeyIdLength),
    wire::required<&UntagResourceRequest::tag_keys>("TagKeys", wire::each(wire::length(1, 128))));

Result<Targets> untag_resource_targets(const UntagResourceRequest& request) {
  return Targets{managed_key(request.key_id, "kms:UntagResource", keys::StateRule::kNotPendingDeletion)};
}

Result<Reply<NoResponse>> untag_resource(const Context& context, UntagResourceRequest& request) {
  keys::KeyRecord record = context.key().record();
  record.tags = keys::remove_tags(record.tags, request.tag_keys);
  return Reply<NoResponse>({}, replace_record(context.key(), record));
}

// aws:RequestTag is listed for this operation, too, and has no values: the request names keys only.
constexpr auto kUntagResourceConditions = std::to_array<ConditionKey<UntagResourceRequest>>({
    {"aws:RequestTag/", [](const UntagResourceRequest&, const ConditionQuestion&) { return policy::ContextValues(); }},
    {"aws:TagKeys",
     [](const UntagResourceRequest& request, const ConditionQuestion& asked) {
       return asked.list(
           [&] { return std::vector<std::string_view>(request.tag_keys.begin(), request.tag_keys.end()); });
     }},
});

}  // namespace

std::unique_ptr<const Action> untag_resource_action() {
  return make_action(Definition{.name = "UntagResource",
                                .permission = "kms:UntagResource",
                                .read_only = false,
                                .request = kUntagResourceRequest,
                                .response = kNoResponse,
                                .targets = untag_resource_targets,
                                .handle = untag_resource,
                                .conditions = kUntagResourceConditions});
}

}  // namespace claviger::api::kms
