#include "api/kms/actions.h"
#include "api/kms/common.h"
#include "keys/rotation_rules.h"

namespace claviger::api::kms {
namespace {

struct GetKeyRotationStatusRequest {
  std::string key_id;
};
constexpr auto kGetKeyRotationStatusRequest = wire::members<GetKeyRotationStatusRequest>(
    wire::required<&GetKeyRotationStatusRequest::key_id>("KeyId", kKeyIdLength));

struct GetKeyRotationStatusResponse {
  bool key_rotation_enabled = false;
  std::string key_id;
  std::optional<std::int32_t> rotation_period_in_days;
  std::optional<WallTime> next_rotation_date;
  std::optional<WallTime> on_demand_rotation_start_date;
};
constexpr auto kGetKeyRotationStatusResponse = wire::members<GetKeyRotationStatusResponse>(
    wire::required<&GetKeyRotationStatusResponse::key_rotation_enabled>("KeyRotationEnabled"),
    wire::required<&GetKeyRotationStatusResponse::key_id>("KeyId"),
    wire::optional<&GetKeyRotationStatusResponse::rotation_period_in_days>("RotationPeriodInDays"),
    wire::optional<&GetKeyRotationStatusResponse::next_rotation_date>("NextRotationDate"),
    wire::optional<&GetKeyRotationStatusResponse::on_demand_rotation_start_date>("OnDemandRotationStartDate"));

Result<Targets> get_key_rotation_status_targets(const GetKeyRotationStatusRequest& request) {
  Target target = managed_key(request.key_id, "kms:GetKeyRotationStatus", keys::StateRule::kAny);
  target.cross_account = true;
  return Targets{target};
}

Result<Reply<GetKeyRotationStatusResponse>> get_key_rotation_status(const Context& context,
                                                                    GetKeyRotationStatusRequest&) {
  const keys::KeyRecord& record = context.key().record();
  CLAVIGER_TRY(keys::check_status_readable(record, context.services.clock->now()));
  GetKeyRotationStatusResponse response;
  response.key_id = record.id.view();
  if (const auto rotation = keys::shown_rotation(record)) {
    response.key_rotation_enabled = true;
    response.rotation_period_in_days = rotation->period_days;
    response.next_rotation_date = rotation->next;
  }
  // Only while the replicas of a multi-Region key wait for it: else it is done when its call is answered.
  if (const auto& pending = record.pending_material; pending && pending->material.rotation) {
    const keys::MaterialRotation& rotation = *pending->material.rotation;
    if (rotation.type == keys::RotationType::kOnDemand) response.on_demand_rotation_start_date = rotation.date;
  }
  return response;
}

}  // namespace

std::unique_ptr<const Action> get_key_rotation_status_action() {
  return make_action(Definition{.name = "GetKeyRotationStatus",
                                .permission = "kms:GetKeyRotationStatus",
                                .read_only = true,
                                .request = kGetKeyRotationStatusRequest,
                                .response = kGetKeyRotationStatusResponse,
                                .targets = get_key_rotation_status_targets,
                                .handle = get_key_rotation_status});
}

}  // namespace claviger::api::kms
