#include "api/kms/actions.h"
#include "api/kms/common.h"
#include "keys/import_rules.h"

namespace claviger::api::kms {
namespace {

struct EnableKeyRequest {
  std::string key_id;
};
constexpr auto kEnableKeyRequest =
    wire::members<EnableKeyRequest>(wire::required<&EnableKeyRequest::key_id>("KeyId", kKeyIdLength));

Result<Targets> enable_key_targets(const EnableKeyRequest& request) {
  return Targets{managed_key(request.key_id, "kms:EnableKey", keys::StateRule::kSwitchable)};
}

Result<Reply<NoResponse>> enable_key(const Context& context, EnableKeyRequest&) {
  return set_state(context.key(), keys::enabled_state(context.key().record(), context.services.clock->now()));
}

}  // namespace

std::unique_ptr<const Action> enable_key_action() {
  return make_action(Definition{.name = "EnableKey",
                                .permission = "kms:EnableKey",
                                .read_only = false,
                                .request = kEnableKeyRequest,
                                .response = kNoResponse,
                                .targets = enable_key_targets,
                                .handle = enable_key});
}

}  // namespace claviger::api::kms
