#include "api/kms/actions.h"
#include "api/kms/common.h"
#include "api/kms/rotation_event.h"
#include "keys/rotation_rules.h"

#include <utility>

namespace claviger::api::kms {
namespace {

struct RotateKeyOnDemandRequest {
  std::string key_id;
};
constexpr auto kRotateKeyOnDemandRequest =
    wire::members<RotateKeyOnDemandRequest>(wire::required<&RotateKeyOnDemandRequest::key_id>("KeyId", kKeyIdLength));

struct RotateKeyOnDemandResponse {
  std::string key_id;
};
constexpr auto kRotateKeyOnDemandResponse =
    wire::members<RotateKeyOnDemandResponse>(wire::required<&RotateKeyOnDemandResponse::key_id>("KeyId"));

// What is wrong with the key is told in an order of its own.
Result<Targets> rotate_key_on_demand_targets(const RotateKeyOnDemandRequest& request) {
  return Targets{managed_key(request.key_id, "kms:RotateKeyOnDemand", keys::StateRule::kAny)};
}

// The material that the key goes on with: what was imported for it, or new.
Result<keys::Material> next_material(const Context& context, const AuthorizedKey& key, keys::KeyRecord& record) {
  if (record.origin == keys::KeyOrigin::kExternal)
    return std::exchange(record.pending_material, std::nullopt)->material;
  CLAVIGER_ASSIGN(hsm::NewBackingKey made, context.services.hsm->create_backing_key(key.binding()));
  return keys::Material{.id = made.material, .token = std::move(made.token)};
}

Result<Reply<RotateKeyOnDemandResponse>> rotate_key_on_demand(const Context& context, RotateKeyOnDemandRequest&) {
  const AuthorizedKey& key = context.key();
  const WallTime now = context.services.clock->now();
  CLAVIGER_TRY(keys::check_rotatable_on_demand(key.record(), now));
  keys::KeyRecord record = key.record();
  CLAVIGER_ASSIGN(keys::Material material, next_material(context, key, record));
  keys::rotate(record, std::move(material), keys::RotationType::kOnDemand, now);
  Reply<RotateKeyOnDemandResponse> reply({std::string(record.id.view())}, replace_record(key, record));
  reply.service_event = kRotateKey;
  reply.service_event_details = rotation_details(record);
  return reply;
}

}  // namespace

std::unique_ptr<const Action> rotate_key_on_demand_action() {
  return make_action(Definition{.name = "RotateKeyOnDemand",
                                .permission = "kms:RotateKeyOnDemand",
                                .read_only = false,
                                .request = kRotateKeyOnDemandRequest,
                                .response = kRotateKeyOnDemandResponse,
                                .targets = rotate_key_on_demand_targets,
                                .handle = rotate_key_on_demand});
}

}  // namespace claviger::api::kms
