#include "keys/multi_region_rules.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "base/check.h"
#include "base/encoding.h"
#include "keys/import_rules.h"
#include "keys/state_rules.h"
#include "keys/usage_rules.h"

namespace claviger::keys {
namespace {

// Where a key with this state goes when it has everything.
void settle(KeyRecord& key, WallTime now) {
  if (key.state == KeyState::kUpdating) {
    key.state = *std::exchange(key.next_state, std::nullopt);
  } else if (key.state == KeyState::kCreating) {
    key.state = KeyState::kEnabled;
  }
  // Imported material comes to each related key by itself.
  if (key.origin == KeyOrigin::kExternal && key.state == KeyState::kEnabled) key.state = enabled_state(key, now);
}

// The state's materials with what `key` has of them.
void keep_imported(const KeyRecord& key, SharedState& state) {
  const auto keep = [&key](Material& material) {
    const Material* own = key.find_material(material.id);
    if (own == nullptr && key.pending_material && key.pending_material->material.id == material.id) {
      own = &key.pending_material->material;
    }
    if (own == nullptr) return;
    material.token = own->token;
    material.valid_to = own->valid_to;
  };
  std::ranges::for_each(state.materials, keep);
  if (state.pending_material) keep(state.pending_material->material);
}

// The tokens of what travels with its material, which fit() has counted.
void give_tokens(SharedState& state, std::vector<Bytes> tokens) {
  for (std::size_t i = 0; i < state.materials.size(); ++i) state.materials[i].token = std::move(tokens[i]);
  if (state.pending_material) state.pending_material->material.token = std::move(tokens.back());
}

bool fits(const KeyRecord& key, const SharedState& state, const std::vector<Bytes>& tokens) {
  const std::size_t materials = state.materials.size() + (state.pending_material ? 1 : 0);
  const std::size_t carried = state.origin == KeyOrigin::kAwsKms ? materials : 0;
  return key.multi_region && state.spec == key.spec && state.usage == key.usage && state.origin == key.origin &&
         !state.materials.empty() && is_asymmetric(state.spec) != state.public_key.empty() &&
         tokens.size() == carried && std::ranges::none_of(tokens, [](const Bytes& token) { return token.empty(); });
}

Material without_token(Material material) {
  material.token.clear();
  material.valid_to.reset();
  return material;
}

// What is shared, but for the count of its changes.
bool same_shared(const KeyRecord& a, const KeyRecord& b) {
  SharedState left = shared_state(a);
  SharedState right = shared_state(b);
  left.multi_region.version = right.multi_region.version = 0;
  return left == right;
}

Status check_primary(const KeyRecord& key) {
  if (key.is_primary()) return {};
  return fail(ErrorCode::kUnsupportedOperation, key.arn() + " is not a multi-region primary key.");
}

void finish_rotation(KeyRecord& key, WallTime now) {
  const auto lacks = [](const Replica& replica) { return !replica.has_pending_material; };
  // What is imported is rotated to on demand.
  if (key.origin == KeyOrigin::kExternal) return settle_pending(key);
  if (!key.pending_material || std::ranges::any_of(key.multi_region->replicas, lacks)) return;
  key.materials.push_back(std::move(key.pending_material->material));
  if (auto& rotation = key.materials.back().rotation) rotation->date = now;
  key.pending_material.reset();
  for (Replica& replica : key.multi_region->replicas) replica.has_pending_material = false;
}

}  // namespace

KeyId make_multi_region_id(RandomSource& random) {
  std::array<std::uint8_t, 16> bytes;
  random.fill(bytes);
  return KeyId::parse("mrk-" + hex_encode(bytes)).value();
}

Status check_replicable(const KeyRecord& key, const Region& to, WallTime now) {
  // Neither key of a promotion is primary until it is over, which is what to wait for.
  if (key.state != KeyState::kUpdating) CLAVIGER_TRY(check_primary(key));
  CLAVIGER_TRY(check_state(StateRule::kReplicable, key, now));
  const auto is_there = [&to](const Replica& replica) { return replica.region == to; };
  if (to == key.scope.region || std::ranges::any_of(key.multi_region->replicas, is_there)) {
    return fail(ErrorCode::kAlreadyExists,
                "A related multi-Region key already exists: " + key_arn({key.scope.account, to}, key.id));
  }
  return {};
}

KeyRecord add_replica(KeyRecord& primary, const Region& to, ReplicaStart start) {
  CLAVIGER_CHECK(primary.is_primary());
  primary.multi_region->replicas.push_back({.region = to});
  settle_pending(primary);
  KeyRecord replica{.scope = {primary.scope.account, to},
                    .id = primary.id,
                    .spec = primary.spec,
                    .usage = primary.usage,
                    .origin = primary.origin,
                    .state = KeyState::kCreating};
  replica.created = start.created;
  replica.description = std::move(start.description);
  replica.policy = std::move(start.policy);
  replica.policy_bindings = std::move(start.policy_bindings);
  replica.tags = std::move(start.tags);
  // Older than every state that can arrive.
  replica.multi_region = {.primary = primary.scope.region, .replicas = primary.multi_region->replicas, .version = 0};
  return replica;
}

Status check_promotable(const KeyRecord& key, const Region& to, const KeyRecord* replica, WallTime now) {
  CLAVIGER_TRY(check_primary(key));
  if (to == key.scope.region) {
    return fail(ErrorCode::kUnsupportedOperation, key.arn() + " is in the primary Region already.");
  }
  CLAVIGER_TRY(check_state(StateRule::kPromotable, key, now));
  if (replica == nullptr) {
    return fail(ErrorCode::kNotFound, "Key '" + key_arn({key.scope.account, to}, key.id) + "' does not exist");
  }
  return check_state(StateRule::kPromotable, *replica, now);
}

void begin_promotion(KeyRecord& primary, KeyRecord& replica) {
  CLAVIGER_CHECK(primary.is_primary() && replica.is_replica() && replica.id == primary.id);
  for (KeyRecord* key : {&primary, &replica}) {
    if (key->state == KeyState::kUpdating) continue;
    key->next_state = key->state;
    key->state = KeyState::kUpdating;
  }
  MultiRegion& regions = *primary.multi_region;
  for (Replica& entry : regions.replicas) {
    if (entry.region == replica.scope.region) entry = {.region = primary.scope.region};
  }
  regions.primary = replica.scope.region;
  ++regions.version;
}

SharedState shared_state(const KeyRecord& key) {
  CLAVIGER_CHECK(key.multi_region.has_value());
  SharedState state{.spec = key.spec,
                    .usage = key.usage,
                    .origin = key.origin,
                    .multi_region = *key.multi_region,
                    .rotation = key.rotation,
                    .public_key = key.public_key};
  for (const Material& material : key.materials) state.materials.push_back(without_token(material));
  if (key.pending_material) {
    state.pending_material = {without_token(key.pending_material->material), key.pending_material->state};
  }
  return state;
}

ReplicaStart replica_start(const KeyRecord& key) {
  return {key.created, key.description, key.policy, key.policy_bindings, key.tags};
}

void count_shared_change(const KeyRecord& old, KeyRecord& updated) {
  if (updated.is_primary() && !same_shared(old, updated)) ++updated.multi_region->version;
}

std::vector<Region> regions_to_tell(const KeyRecord& old, const KeyRecord& updated) {
  if (!updated.multi_region || updated.multi_region->version == old.multi_region->version) return {};
  if (old.is_primary() && !updated.is_primary()) return {updated.multi_region->primary};
  std::vector<Region> regions;
  if (!updated.is_primary()) return regions;
  for (const Replica& replica : updated.multi_region->replicas) regions.push_back(replica.region);
  return regions;
}

Result<bool> apply_state(KeyRecord& key, SharedState state, std::vector<Bytes> tokens, WallTime now) {
  if (!fits(key, state, tokens)) return fail(Error::corrupt("a replication message does not fit its key"));
  if (state.multi_region.version <= key.multi_region->version) return false;
  if (state.origin == KeyOrigin::kExternal) {
    keep_imported(key, state);
  } else {
    give_tokens(state, std::move(tokens));
  }
  const bool promoted = key.is_replica() && state.multi_region.primary == key.scope.region;
  key.multi_region = std::move(state.multi_region);
  // From now on the count is this key's, and what it tells is newer than what it was told.
  if (promoted) ++key.multi_region->version;
  key.rotation = state.rotation;
  key.public_key = std::move(state.public_key);
  key.materials = std::move(state.materials);
  key.pending_material = std::move(state.pending_material);
  settle_pending(key);
  settle(key, now);
  return true;
}

bool has_lost_token(const KeyRecord& old, const KeyRecord& updated) {
  if (!old.pending_material || old.pending_material->material.token.empty()) return false;
  const auto& id = old.pending_material->material.id;
  const bool pends = updated.pending_material && updated.pending_material->material.id == id;
  return !pends && updated.find_material(id) == nullptr;
}

Reported apply_report(KeyRecord& key, const Region& from, const ReplicaReport& report, WallTime now) {
  if (!key.multi_region) return {};
  if (!key.is_primary()) return {.forward_to = key.multi_region->primary};
  const KeyRecord old = key;
  std::vector<Replica>& replicas = key.multi_region->replicas;
  switch (report.what) {
    case ReplicaReport::What::kDeleted:
      std::erase_if(replicas, [&from](const Replica& replica) { return replica.region == from; });
      if (replicas.empty() && key.state == KeyState::kPendingReplicaDeletion) {
        const std::uint8_t days = *std::exchange(key.pending_window_days, std::nullopt);
        schedule_deletion(key, days, now);
      }
      break;
    case ReplicaReport::What::kHasPendingMaterial:
      if (!key.pending_material || key.pending_material->material.id != report.material) break;
      for (Replica& replica : replicas) {
        if (replica.region == from) replica.has_pending_material = true;
      }
      break;
  }
  finish_rotation(key, now);
  return {.changed = key != old};
}

std::optional<ReplicaReport> report_due(const KeyRecord& key) {
  if (!key.is_replica() || !key.pending_material || key.pending_material->material.token.empty()) return std::nullopt;
  const auto is_unknown = [&key](const Replica& replica) {
    return replica.region == key.scope.region && !replica.has_pending_material;
  };
  if (std::ranges::none_of(key.multi_region->replicas, is_unknown)) return std::nullopt;
  return ReplicaReport{.what = ReplicaReport::What::kHasPendingMaterial, .material = key.pending_material->material.id};
}

void schedule_deletion(KeyRecord& key, std::uint8_t window_days, WallTime now) {
  if (key.is_primary() && !key.multi_region->replicas.empty()) {
    key.state = KeyState::kPendingReplicaDeletion;
    key.pending_window_days = window_days;
    return;
  }
  key.state = KeyState::kPendingDeletion;
  key.deletion_date = now + std::chrono::days(window_days);
}

void cancel_deletion(KeyRecord& key) {
  key.deletion_date.reset();
  key.pending_window_days.reset();
  // A replica whose material is still under way goes on to wait for it.
  const bool is_creating = key.is_replica() && key.materials.empty() && key.origin == KeyOrigin::kAwsKms;
  key.state = is_creating ? KeyState::kCreating : KeyState::kDisabled;
}

}  // namespace claviger::keys
