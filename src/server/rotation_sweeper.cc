#include "server/rotation_sweeper.h"

#include <string>

#include "api/kms/common.h"
#include "api/kms/rotation_entry.h"
#include "api/kms/rotation_event.h"
#include "keys/multi_region_rules.h"
#include "keys/record.h"
#include "keys/rotation_rules.h"

namespace claviger::server {

RotationSweeper::RotationSweeper(Recorder& recorder, store::Store& store, const hsm::Keyring& keyring,
                                 const Clock& clock, RandomSource& random, Logger& logger)
    : store_(store), clock_(clock), logger_(logger), hsm_(keyring, random), changes_(recorder, clock, random) {}

Result<std::size_t> RotationSweeper::run_once() {
  CLAVIGER_ASSIGN(Swept swept, sweep_due(store_, clock_, keys::layout::kRotationDue,
                                         [this](const std::string&, const auto& due) { return rotate(due); }));
  CLAVIGER_TRY(std::move(swept.damage));
  return swept.done;
}

Result<bool> RotationSweeper::rotate(const keys::layout::DatedPlace& due) {
  const std::string place = keys::layout::key(due.key.scope, due.key.id);
  CLAVIGER_ASSIGN(const auto stored, store_.get(place));
  if (!stored) return false;
  CLAVIGER_ASSIGN(const keys::KeyRecord record, keys::decode_key(due.key.scope, due.key.id, stored->value));
  // Changed since the entry was read.
  if (keys::rotation_due(record) != due.date) return false;
  const hsm::KeyBinding binding{record.scope, record.id, keys::name_of(record.spec), keys::name_of(record.origin)};
  CLAVIGER_ASSIGN(hsm::NewBackingKey made, hsm_.create_backing_key(binding));
  keys::KeyRecord rotated = record;
  keys::rotate(rotated, {.id = made.material, .token = std::move(made.token)}, keys::RotationType::kAutomatic,
               clock_.now());
  keys::count_shared_change(record, rotated);
  store::Commit commit;
  commit.preconditions.push_back({place, stored->revision});
  commit.mutations.push_back(store::Put{place, keys::encode(rotated)});
  api::kms::append_rotation_entry(record, rotated, commit.mutations);
  api::kms::append_replication_entries(record, rotated, commit.mutations);
  CLAVIGER_ASSIGN(const bool done, changes_.make({.event_name = api::kms::kRotateKey,
                                                  .key = record,
                                                  .service_event_details = api::kms::rotation_details(rotated),
                                                  .abandoned = "The key was not rotated."},
                                                 std::move(commit)));
  if (done) logger_.info("key rotated", {{"key", record.arn()}});
  return done;
}

}  // namespace claviger::server
