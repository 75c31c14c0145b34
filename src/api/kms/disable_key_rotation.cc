#include "api/kms/actions.h"
#include "api/kms/common.h"
#include "keys/rotation_rules.h"

namespace claviger::api::kms {
namespace {

struct DisableKeyRotationRequest {
  std::string key_id;
};
constexpr auto kDisableKeyRotationRequest =
    wire::members<DisableKeyRotationRequest>(wire::required<&DisableKeyRotationRequest::key_id>("KeyId", kKeyIdLength));

// The kind of the key comes before its state, so the handler checks both.
Result<Targets> disable_key_rotation_targets(const DisableKeyRotationRequest& request) {
  return Targets{managed_key(request.key_id, "kms:DisableKeyRotation", keys::StateRule::kAny)};
}

Result<Reply<NoResponse>> disable_key_rotation(const Context& context, DisableKeyRotationRequest&) {
  const AuthorizedKey& key = context.key();
  CLAVIGER_TRY(keys::check_schedulable(key.record(), context.services.clock->now()));
  if (!key.record().rotation) return NoResponse{};
  keys::KeyRecord record = key.record();
  record.rotation.reset();
  return Reply<NoResponse>({}, replace_record(key, record));
}

}  // namespace

std::unique_ptr<const Action> disable_key_rotation_action() {
  return make_action(Definition{.name = "DisableKeyRotation",
                                .permission = "kms:DisableKeyRotation",
                                .read_only = false,
                                .request = kDisableKeyRotationRequest,
                                .response = kNoResponse,
                                .targets = disable_key_rotation_targets,
                                .handle = disable_key_rotation});
}

}  // namespace claviger::api::kms
