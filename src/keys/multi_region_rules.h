// Multi-Region keys (Developer Guide, "Multi-Region keys in AWS KMS"): who may be replicated and promoted, what related
// keys share, and what each becomes when a message of another arrives. Pure: who carries the messages is not decided
// here.
//
// The primary key is the source of everything shared, and counts its changes in MultiRegion::version. Each message is
// the whole shared state, so that one that is not newer than what the receiver has says nothing new.
#pragma once

#include <optional>
#include <vector>

#include "base/clock.h"
#include "base/identifiers.h"
#include "base/random.h"
#include "base/result.h"
#include "keys/record.h"
#include "keys/replication_message.h"

namespace claviger::keys {

// A new random id, `mrk-` and 32 hexadecimal digits.
KeyId make_multi_region_id(RandomSource& random);

// ReplicateKey: the key's kind, its state, then what is in the Region. kUnsupportedOperation `<key ARN> is not a
// multi-region primary key.`; kDisabled and kKmsInvalidState as check_state(); kAlreadyExists for a related key in
// `to`, in whatever state. Of both keys of a promotion the state comes first, since either was or will be primary.
[[nodiscard]] Status check_replicable(const KeyRecord& key, const Region& to, WallTime now);
// The new replica as it is shown until it has heard of its primary key, in state Creating. The primary key counts it
// from then on, and its shared state has changed. As check_replicable() allows.
KeyRecord add_replica(KeyRecord& primary, const Region& to, ReplicaStart start);

// UpdatePrimaryRegion, about the primary key and the replica in `to`, null where there is none. In this order:
// kUnsupportedOperation for any other key, and for the Region it is in; the state of the primary key, as check_state();
// kNotFound without a replica; the state of the replica, which must be usable as the primary key is.
[[nodiscard]] Status check_promotable(const KeyRecord& key, const Region& to, const KeyRecord* replica, WallTime now);
// Both keys are Updating from now on. The old primary key is one no more, so that nothing shared can change until the
// new one has what it knows. `replica` is that in the Region, and may be promoted by its state.
void begin_promotion(KeyRecord& primary, KeyRecord& replica);

// What related keys know of this one.
SharedState shared_state(const KeyRecord& key);
// What a replica has for itself.
ReplicaStart replica_start(const KeyRecord& key);
// Counts the change from `old` to `updated`, if `updated` is a primary key and it is a change of something shared. To
// be called once before a record is written.
void count_shared_change(const KeyRecord& old, KeyRecord& updated);
// Whom the change from `old` to `updated` must be told: all replicas of a primary key, or the key that is to take its
// place. `updated` has gone through count_shared_change().
std::vector<Region> regions_to_tell(const KeyRecord& old, const KeyRecord& updated);

// A key takes over the state of its primary key, or of the one whose place it takes. `tokens`: of the state's materials
// in their order, then of the pending one, all for this key; none where the material is imported. That stays as it was
// imported here, and an enabled key that lacks any is pending import. True when the record changed; false for a state
// that is not newer. kCorrupt for a state that cannot be this key's.
[[nodiscard]] Result<bool> apply_state(KeyRecord& key, SharedState state, std::vector<Bytes> tokens, WallTime now);

// Whether the change from `old` to `updated` leaves a token behind that the record had, for material that `updated` has
// not any more.
bool has_lost_token(const KeyRecord& old, const KeyRecord& updated);

// What a report leads to.
struct Reported {
  bool changed = false;
  // The key is not the primary key any more: this one is to have the report.
  std::optional<Region> forward_to = std::nullopt;
};
// `from` reports to the primary key `key`. When its last replica is deleted, a key that waited for that begins its own
// waiting period at `now`. When all replicas have the pending material of a key that is rotated, it becomes the current
// one at `now`; imported material then waits for RotateKeyOnDemand.
Reported apply_report(KeyRecord& key, const Region& from, const ReplicaReport& report, WallTime now);
// What a replica has to report about itself: that it has the pending material, if the primary key does not know it yet.
std::optional<ReplicaReport> report_due(const KeyRecord& key);

// ScheduleKeyDeletion and CancelKeyDeletion: the states a key goes to, with what belongs to them.
void schedule_deletion(KeyRecord& key, std::uint8_t window_days, WallTime now);
void cancel_deletion(KeyRecord& key);

}  // namespace claviger::keys
