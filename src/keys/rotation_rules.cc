#include "keys/rotation_rules.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "keys/import_rules.h"
#include "keys/state_rules.h"

namespace claviger::keys {
namespace {

std::unexpected<Error> unsupported(const KeyRecord& key, const std::string& what) {
  return fail(ErrorCode::kUnsupportedOperation, key.arn() + what);
}

std::unexpected<Error> wrong_origin(const KeyRecord& key) {
  return unsupported(key, " origin is " + std::string(name_of(key.origin)) + " which is not valid for this operation.");
}

// Symmetric encryption keys alone have versions; in custom key stores they do not.
Status check_versioned(const KeyRecord& key) {
  if (key.spec != KeySpec::kSymmetricDefault) {
    return unsupported(key,
                       " key spec is " + std::string(name_of(key.spec)) + " which is not valid for this operation.");
  }
  if (key.origin != KeyOrigin::kAwsKms && key.origin != KeyOrigin::kExternal) return wrong_origin(key);
  return {};
}

// Who changes how a key rotates.
Status check_changeable(const KeyRecord& key) {
  CLAVIGER_TRY(check_versioned(key));
  if (key.manager == KeyManager::kAws) {
    return unsupported(key, " is an AWS managed key which is not valid for this operation.");
  }
  if (key.is_replica()) return unsupported(key, " is not a multi-region primary key.");
  return {};
}

bool pending_deletion(KeyState state) {
  return state == KeyState::kPendingDeletion || state == KeyState::kPendingReplicaDeletion;
}

std::chrono::days period(const AutomaticRotation& rotation) { return std::chrono::days(rotation.period_days); }

}  // namespace

Status check_schedulable(const KeyRecord& key, WallTime now) {
  CLAVIGER_TRY(check_changeable(key));
  if (key.origin != KeyOrigin::kAwsKms) return wrong_origin(key);
  return check_state(StateRule::kRotationSettable, key, now);
}

Status check_status_readable(const KeyRecord& key, WallTime now) {
  if (state_at(key, now) == KeyState::kPendingImport) return wrong_origin(key);
  return {};
}

Status check_rotations_listable(const KeyRecord& key) { return check_versioned(key); }

Status check_rotatable_on_demand(const KeyRecord& key, WallTime now) {
  if (state_at(key, now) == KeyState::kPendingImport) return check_state(StateRule::kRotationSettable, key, now);
  CLAVIGER_TRY(check_changeable(key));
  CLAVIGER_TRY(check_state(StateRule::kRotationSettable, key, now));
  if (key.origin == KeyOrigin::kExternal &&
      (!key.pending_material || key.pending_material->state != PendingMaterialState::kPendingRotation ||
       !is_there(key.pending_material->material, now))) {
    return fail(ErrorCode::kKmsInvalidState,
                "No available key material pending rotation for the key: " + key.arn() + ".");
  }
  const auto on_demand = std::ranges::count_if(key.materials, [](const Material& material) {
    return material.rotation && material.rotation->type == RotationType::kOnDemand;
  });
  if (static_cast<std::size_t>(on_demand) >= kMaxOnDemandRotations) {
    return fail(
        ErrorCode::kLimitExceeded,
        "The on-demand rotations limit has been reached for the given keyId. No more on-demand rotations can be "
        "performed for this key: " +
            key.arn());
  }
  const bool in_progress = key.origin == KeyOrigin::kAwsKms && key.pending_material;
  const auto due = rotation_due(key);
  if (in_progress || (due && *due - now <= kOnDemandGuard)) {
    return fail(ErrorCode::kConcurrentModification,
                "An automatic rotation of this key is currently in progress or scheduled to begin within the next 20 "
                "minutes: " +
                    key.arn());
  }
  return {};
}

void enable_rotation(KeyRecord& key, std::uint16_t period_days, WallTime now) {
  key.rotation = {.period_days = period_days, .next = now + std::chrono::days(period_days)};
}

std::optional<AutomaticRotation> shown_rotation(const KeyRecord& key) {
  return pending_deletion(key.state) ? std::nullopt : key.rotation;
}

std::optional<WallTime> rotation_due(const KeyRecord& key) {
  if (!key.rotation || key.is_replica()) return std::nullopt;
  // Until the replicas have the material of the last rotation there is no other.
  if (key.multi_region && key.pending_material) return std::nullopt;
  const KeyState state = key.state == KeyState::kUpdating ? key.next_state.value_or(key.state) : key.state;
  if (state != KeyState::kEnabled) return std::nullopt;
  return key.rotation->next;
}

void rotate(KeyRecord& key, Material material, RotationType type, WallTime now) {
  if (type == RotationType::kAutomatic) {
    CLAVIGER_CHECK(key.rotation.has_value());
    AutomaticRotation& schedule = *key.rotation;
    const bool late = now - schedule.next > kRotationLateness;
    schedule.next = (late ? now : schedule.next) + period(schedule);
  }
  material.rotation = {.date = now, .type = type};
  // Nobody encrypts with it before every replica can decrypt: multi_region_rules.h goes on from here.
  if (key.is_primary() && !key.multi_region->replicas.empty() && key.origin == KeyOrigin::kAwsKms) {
    key.pending_material = {.material = std::move(material),
                            .state = PendingMaterialState::kPendingMultiRegionImportAndRotation};
    for (Replica& replica : key.multi_region->replicas) replica.has_pending_material = false;
    return;
  }
  key.materials.push_back(std::move(material));
}

}  // namespace claviger::keys
