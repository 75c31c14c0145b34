#include "server/expiry_sweeper.h"

#include <string>

#include "api/kms/common.h"
#include "api/kms/expiry_entries.h"
#include "base/json.h"
#include "keys/import_rules.h"
#include "keys/multi_region_rules.h"
#include "keys/record.h"

namespace claviger::server {
namespace {

// serviceEventDetails of CloudTrail's DeleteExpiredKeyMaterial.
std::string expiry_details(const keys::KeyRecord& record, const keys::MaterialId& expired) {
  std::string details;
  json::Writer<std::string> writer(details);
  writer.begin_object();
  writer.name("keyId");
  writer.string(record.id.view());
  if (const std::string id = api::kms::shown_material(record, expired); !id.empty()) {
    writer.name("keyMaterialId");
    writer.string(id);
  }
  writer.end_object();
  return details;
}

}  // namespace

ExpirySweeper::ExpirySweeper(Recorder& recorder, store::Store& store, const Clock& clock, RandomSource& random,
                             Logger& logger)
    : store_(store), clock_(clock), logger_(logger), changes_(recorder, clock, random) {}

Result<std::size_t> ExpirySweeper::run_once() {
  CLAVIGER_ASSIGN(Swept swept, sweep_due(store_, clock_, keys::layout::kExpiryDue,
                                         [this](const std::string&, const auto& due) { return expire(due); }));
  CLAVIGER_TRY(std::move(swept.damage));
  return swept.done;
}

Result<bool> ExpirySweeper::expire(const keys::layout::DatedPlace& due) {
  const std::string place = keys::layout::key(due.key.scope, due.key.id);
  bool deleted = false;
  while (true) {
    CLAVIGER_ASSIGN(const auto stored, store_.get(place));
    if (!stored) return deleted;
    CLAVIGER_ASSIGN(const keys::KeyRecord record, keys::decode_key(due.key.scope, due.key.id, stored->value));
    auto expiry = keys::without_expired(record, clock_.now());
    if (!expiry) return deleted;
    keys::count_shared_change(record, expiry->key);
    store::Commit commit;
    commit.preconditions.push_back({place, stored->revision});
    commit.mutations.push_back(store::Put{place, keys::encode(expiry->key)});
    api::kms::append_expiry_entries(record, expiry->key, commit.mutations);
    api::kms::append_replication_entries(record, expiry->key, commit.mutations);
    // In the same commit, so that a crash before the scrub does not forget it.
    commit.mutations.push_back(store::Put{std::string(keys::layout::kScrubOwed), {}});
    CLAVIGER_ASSIGN(const bool done, changes_.make({.event_name = "DeleteExpiredKeyMaterial",
                                                    .key = record,
                                                    .service_event_details = expiry_details(record, expiry->expired),
                                                    .abandoned = "The key material was not deleted."},
                                                   std::move(commit)));
    if (!done) return deleted;
    deleted = true;
    logger_.info("key material expired", {{"key", record.arn()}});
  }
}

}  // namespace claviger::server
