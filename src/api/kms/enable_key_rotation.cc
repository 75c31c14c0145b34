#include "api/kms/actions.h"
#include "api/kms/common.h"
#include "keys/rotation_rules.h"

namespace claviger::api::kms {
namespace {

struct EnableKeyRotationRequest {
  std::string key_id;
  std::optional<std::int32_t> rotation_period_in_days;

  std::int32_t period_days() const { return rotation_period_in_days.value_or(keys::kDefaultRotationPeriodDays); }
};
constexpr auto kEnableKeyRotationRequest = wire::members<EnableKeyRotationRequest>(
    wire::required<&EnableKeyRotationRequest::key_id>("KeyId", kKeyIdLength),
    wire::optional<&EnableKeyRotationRequest::rotation_period_in_days>("RotationPeriodInDays", wire::range(90, 2560)));

// The kind of the key comes before its state, so the handler checks both.
Result<Targets> enable_key_rotation_targets(const EnableKeyRotationRequest& request) {
  return Targets{managed_key(request.key_id, "kms:EnableKeyRotation", keys::StateRule::kAny)};
}

Result<Reply<NoResponse>> enable_key_rotation(const Context& context, EnableKeyRotationRequest& request) {
  const AuthorizedKey& key = context.key();
  const WallTime now = context.services.clock->now();
  CLAVIGER_TRY(keys::check_schedulable(key.record(), now));
  keys::KeyRecord record = key.record();
  keys::enable_rotation(record, static_cast<std::uint16_t>(request.period_days()), now);
  return Reply<NoResponse>({}, replace_record(key, record));
}

// Present also where the request leaves the period to its default: it is what the request asks for.
constexpr auto kEnableKeyRotationConditions = std::to_array<ConditionKey<EnableKeyRotationRequest>>({
    {"kms:RotationPeriodInDays", [](const EnableKeyRotationRequest& request,
                                    const ConditionQuestion& asked) { return asked.number(request.period_days()); }},
});

}  // namespace

std::unique_ptr<const Action> enable_key_rotation_action() {
  return make_action(Definition{.name = "EnableKeyRotation",
                                .permission = "kms:EnableKeyRotation",
                                .read_only = false,
                                .request = kEnableKeyRotationRequest,
                                .response = kNoResponse,
                                .targets = enable_key_rotation_targets,
                                .handle = enable_key_rotation,
                                .conditions = kEnableKeyRotationConditions});
}

}  // namespace claviger::api::kms
