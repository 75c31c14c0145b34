#include "api/kms/actions.h"
#include "api/kms/common.h"
#include "api/kms/conditions.h"

namespace claviger::api::kms {
namespace {

struct DisableKeyRequest {
  std::string key_id;
};
constexpr auto kDisableKeyRequest =
    wire::members<DisableKeyRequest>(wire::required<&DisableKeyRequest::key_id>("KeyId", kKeyIdLength));

Result<Targets> disable_key_targets(const DisableKeyRequest& request) {
  return Targets{managed_key(request.key_id, "kms:DisableKey", keys::StateRule::kSwitchable)};
}

Result<Reply<NoResponse>> disable_key(const Context& context, DisableKeyRequest&) {
  return set_state(context.key(), keys::KeyState::kDisabled);
}

}  // namespace

std::unique_ptr<const Action> disable_key_action() {
  return make_action(Definition{.name = "DisableKey",
                                .permission = "kms:DisableKey",
                                .read_only = false,
                                .request = kDisableKeyRequest,
                                .response = kNoResponse,
                                .targets = disable_key_targets,
                                .handle = disable_key,
                                .conditions = kDaysWithoutUse<DisableKeyRequest>,
                                .asks_last_use = true});
}

}  // namespace claviger::api::kms
