#include "server/deletion_sweeper.h"

#include <limits>
#include <string>

#include "api/kms/grant.h"
#include "base/json.h"
#include "keys/due_layout.h"
#include "keys/import_rules.h"
#include "keys/last_use.h"
#include "keys/record.h"
#include "keys/replication_layout.h"
#include "server/commit_and_wait.h"

namespace claviger::server {
namespace {

// More than the quota of aliases could ever be set to, less than a commit can hold.
constexpr std::size_t kMaxAliases = 1000;
// Each is up to three mutations, and other commits wait for such a one; a thousand take some milliseconds.
constexpr std::size_t kGrantsPerCommit = 1000;
static_assert(3 * kGrantsPerCommit <= store::kMaxMutationsPerCommit);
// responseElements of CloudTrail's DeleteKey.
std::string deletion_elements(const keys::KeyRecord& record) {
  std::string elements;
  json::Writer<std::string> writer(elements);
  writer.begin_object();
  writer.name("keyId");
  writer.string(record.arn());
  writer.end_object();
  return elements;
}

}  // namespace

DeletionSweeper::DeletionSweeper(Recorder& recorder, store::Store& store, const Clock& clock, RandomSource& random,
                                 Logger& logger)
    : store_(store), clock_(clock), logger_(logger), changes_(recorder, clock, random) {}

Result<std::size_t> DeletionSweeper::run_once() {
  CLAVIGER_ASSIGN(Swept swept,
                  sweep_due(store_, clock_, keys::layout::kDue,
                            [this](const std::string& entry, const auto& due) { return delete_key(entry, due); }));
  if (Status grants = delete_owed_grants(); !grants) {
    if (grants.error().code() != ErrorCode::kCorrupt) return std::unexpected(std::move(grants).error());
    swept.damage = std::move(grants);
  }
  CLAVIGER_TRY(scrub_if_owed());
  CLAVIGER_TRY(std::move(swept.damage));
  return swept.done;
}

Status DeletionSweeper::scrub_if_owed() {
  const std::string place(keys::layout::kScrubOwed);
  CLAVIGER_ASSIGN(const auto owed, store_.get(place));
  if (!owed) return {};
  CLAVIGER_TRY(store_.scrub());
  store::Commit paid;
  paid.mutations.push_back(store::Delete{place});
  return commit_and_wait(store_, std::move(paid));
}

// A key can have more grants than a commit can hold mutations. It goes first, whole: without it its grants allow
// nothing, are shown to nobody, and no others are made. They follow in commits of their own, without an event, since
// the key's own tells that all of it is gone. What is left to do stands in the store, so a crash forgets nothing.
Status DeletionSweeper::delete_owed_grants() {
  Status damage;
  std::string after;
  while (true) {
    CLAVIGER_ASSIGN(const auto entries, store_.range(keys::layout::kGrantsOwed, after, kEntriesAtATime));
    for (const store::Entry& entry : entries) {
      after = entry.key;
      const auto key = keys::layout::parse_grants_owed(entry.key);
      Status deleted = key ? delete_grants_of(entry.key, *key)
                           : Status(fail(Error::corrupt("the store key of owed grants is malformed")));
      if (deleted) continue;
      if (deleted.error().code() != ErrorCode::kCorrupt) return deleted;
      damage = std::move(deleted);
    }
    if (entries.size() < kEntriesAtATime) return damage;
  }
}

Status DeletionSweeper::delete_grants_of(const std::string& owed_entry, const keys::layout::KeyPlace& key) {
  bool more = true;
  while (more) {
    store::Commit commit;
    CLAVIGER_ASSIGN(const auto grants,
                    store_.range(keys::layout::grants_prefix(key.scope, key.id), "", kGrantsPerCommit));
    for (const store::Entry& entry : grants) {
      const auto place = keys::layout::parse_grant(entry.key);
      if (!place) return fail(Error::corrupt("a store key is not a grant's place"));
      CLAVIGER_ASSIGN(const keys::GrantRecord record, keys::decode_grant(entry.value));
      api::kms::append_deletion(*place, record, commit.mutations);
    }
    if (grants.empty()) {
      CLAVIGER_ASSIGN(const auto names,
                      store_.range(keys::layout::grants_named_prefix(key.scope, key.id), "", kGrantsPerCommit));
      for (const store::Entry& entry : names) commit.mutations.emplace_back(store::Delete{entry.key});
      more = names.size() == kGrantsPerCommit;
      if (!more) {
        commit.mutations.emplace_back(store::Delete{keys::layout::grant_count(key.scope, key.id)});
        commit.mutations.emplace_back(store::Delete{owed_entry});
      }
    }
    CLAVIGER_TRY(commit_and_wait(store_, std::move(commit)));
  }
  return {};
}

Result<bool> DeletionSweeper::delete_key(const std::string& due_entry, const keys::layout::DatedPlace& due) {
  CLAVIGER_ASSIGN(const auto stored, store_.get(keys::layout::key(due.key.scope, due.key.id)));
  // Cancelled since the entry was read.
  if (!stored) return false;
  CLAVIGER_ASSIGN(const keys::KeyRecord record, keys::decode_key(due.key.scope, due.key.id, stored->value));
  if (record.deletion_date != due.date) return false;
  CLAVIGER_ASSIGN(store::Commit commit, deletion_of(record, stored->revision, due_entry));
  CLAVIGER_ASSIGN(const bool done, changes_.make({.event_name = "DeleteKey",
                                                  .key = record,
                                                  .response_elements = deletion_elements(record),
                                                  .abandoned = "The key was not deleted."},
                                                 std::move(commit)));
  if (done) logger_.info("key deleted", {{"key", record.arn()}});
  return done;
}

Result<store::Commit> DeletionSweeper::deletion_of(const keys::KeyRecord& record, store::Revision revision,
                                                   const std::string& due_entry) const {
  const std::string place = keys::layout::key(record.scope, record.id);
  store::Commit commit;
  commit.preconditions.push_back({place, revision});
  commit.mutations.push_back(store::Delete{place});
  commit.mutations.push_back(store::Delete{due_entry});
  commit.mutations.push_back(store::Put{
      keys::layout::tombstone(record.scope, record.id),
      keys::encode(keys::TombstoneRecord{.created = record.created, .deleted = clock_.now(), .spec = record.spec})});
  commit.mutations.push_back(
      store::Add{keys::layout::key_count(record.scope), -1, std::numeric_limits<std::int64_t>::max()});
  commit.mutations.push_back(store::Delete{keys::layout::alias_count(record.scope, record.id)});
  commit.mutations.push_back(store::Delete{keys::layout::last_use(record.scope, record.id)});
  for (const WallTime date : keys::expiry_dates(record)) {
    commit.mutations.push_back(store::Delete{keys::layout::expiry_due(date, record.scope, record.id)});
  }
  if (record.is_replica()) {
    const keys::ReplicationRoute route{keys::ReplicationKind::kReport, record.scope.region,
                                       record.multi_region->primary, record.scope.account, record.id};
    commit.mutations.push_back(store::Put{keys::layout::replication(route), keys::encode(keys::ReplicaReport{})});
  }
  // In the same commit, so that a crash before the scrub does not forget it.
  commit.mutations.push_back(store::Put{std::string(keys::layout::kScrubOwed), {}});

  // A key that waits for deletion takes no grants, so there are none or these.
  CLAVIGER_ASSIGN(const auto grants, store_.range(keys::layout::grants_prefix(record.scope, record.id), "", 1));
  if (!grants.empty()) {
    commit.mutations.push_back(store::Put{keys::layout::grants_owed(record.scope, record.id), {}});
  } else {
    commit.mutations.push_back(store::Delete{keys::layout::grant_count(record.scope, record.id)});
  }

  const std::string index = keys::layout::aliases_of_prefix(record.scope, record.id);
  const std::string aliases = keys::layout::aliases_prefix(record.scope);
  CLAVIGER_ASSIGN(const auto entries, store_.range(index, "", kMaxAliases));
  for (const store::Entry& entry : entries) {
    // A new alias of this key changes nothing here, but finds the key gone; one that went to another key does.
    commit.preconditions.push_back({entry.key, entry.revision});
    commit.mutations.push_back(store::Delete{entry.key});
    commit.mutations.push_back(store::Delete{aliases + entry.key.substr(index.size())});
  }
  return commit;
}

}  // namespace claviger::server
