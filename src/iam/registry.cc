#include "iam/registry.h"

#include <future>
#include <utility>

#include "iam/credential_record.h"
#include "iam/layout.h"
#include "iam/snapshot_builder.h"
#include "iam/snapshot_directory.h"

namespace claviger::iam {
namespace {

constexpr std::size_t kPage = 256;

Result<store::Revision> commit_and_wait(store::Store& store, store::Commit commit) {
  std::promise<Result<store::Revision>> promise;
  auto future = promise.get_future();
  store.commit(std::move(commit), [&promise](Result<store::Revision> result) { promise.set_value(std::move(result)); });
  return future.get();
}

}  // namespace

Registry::Registry(store::Store& store, CredentialSealer& sealer, const Clock& clock, std::string partition)
    : store_(store),
      sealer_(sealer),
      clock_(clock),
      partition_(std::move(partition)),
      current_(std::make_shared<const Snapshot>()) {}

std::shared_ptr<const Snapshot> Registry::snapshot() const {
  return current_.with([](const auto& current) { return current; });
}

std::string Registry::failure() const {
  return failure_.with([](const auto& failure) { return failure; });
}

void Registry::publish(std::shared_ptr<const Snapshot> snapshot) {
  // The old one goes outside the lock: it may be large, and readers wait for the lock.
  current_.with([&](auto& current) { current.swap(snapshot); });
  // After the swap: whoever sees the new number finds the new snapshot.
  generation_.fetch_add(1, std::memory_order_release);
}

Status Registry::load() {
  const Snapshot empty;
  SnapshotBuilder builder(empty, sealer_, partition_);
  std::string after;
  while (true) {
    CLAVIGER_ASSIGN(std::vector<store::Entry> entries, store_.range(layout::kAll, after, kPage));
    if (entries.empty()) break;
    for (const store::Entry& entry : entries) CLAVIGER_TRY(builder.put(entry.key, entry.value, entry.revision));
    after = entries.back().key;
  }
  publish(std::make_shared<const Snapshot>(builder.finish()));
  return {};
}

Status Registry::apply(const std::vector<store::Change>& changes) {
  std::shared_ptr<const Snapshot> before;
  std::optional<SnapshotBuilder> builder;
  Status outcome;
  for (const store::Change& change : changes) {
    if (!change.key.starts_with(layout::kAll)) continue;
    if (!builder) {
      before = snapshot();
      builder.emplace(*before, sealer_, partition_);
    }
    Status done = change.deleted ? builder->erase(change.key) : builder->put(change.key, change.value, change.revision);
    if (!done && outcome) outcome = std::move(done);
  }
  if (builder) publish(std::make_shared<const Snapshot>(builder->finish()));
  if (!outcome) failure_.with([&](std::string& failure) { failure = outcome.error().detail(); });
  return outcome;
}

Status Registry::ensure_account(const AccountId& account) {
  const auto current = snapshot();
  const Account* known = current->account(account);
  if (known != nullptr && known->record) return {};
  const std::string key = layout::account(account);
  store::Commit commit;
  commit.preconditions.push_back({key, 0});
  commit.mutations.push_back(store::Put{key, encode(AccountRecord{.account = account, .created = clock_.now()})});
  CLAVIGER_TRY(commit_and_wait(store_, std::move(commit)));
  return load();
}

Status Registry::put_root(const AccountId& account, const AccessKey& key) {
  const std::string name = layout::credential(key.id);
  CLAVIGER_ASSIGN(const std::optional<store::Record> existing, store_.get(name));
  if (existing) {
    CLAVIGER_ASSIGN(const CredentialRecord record, decode_credential(existing->value));
    if (record.account != account || record.user) {
      return fail(ErrorCode::kAlreadyExists, "The access key id belongs to somebody else.");
    }
  }
  store::Commit commit;
  commit.preconditions.push_back({name, existing ? existing->revision : 0});
  CredentialRecord record{account, std::nullopt, clock_.now(),
                          sealer_.seal(credential_context(key.id, account, std::nullopt), key.secret)};
  commit.mutations.push_back(store::Put{name, encode_credential(record)});
  CLAVIGER_TRY(commit_and_wait(store_, std::move(commit)));
  return load();
}

Status Registry::remove_root(std::string_view access_key_id) {
  const std::string name = layout::credential(access_key_id);
  CLAVIGER_ASSIGN(const std::optional<store::Record> existing, store_.get(name));
  if (!existing) return fail(ErrorCode::kNotFound, "There is no such access key.");
  CLAVIGER_ASSIGN(const CredentialRecord record, decode_credential(existing->value));
  // A user's is also named in the user's record.
  if (record.user) return fail(ErrorCode::kNotFound, "There is no such access key.");
  store::Commit commit;
  commit.preconditions.push_back({name, existing->revision});
  commit.mutations.push_back(store::Delete{name});
  CLAVIGER_TRY(commit_and_wait(store_, std::move(commit)));
  return load();
}

bool Registry::account_exists(const AccountId& account) const {
  return SnapshotDirectory(*snapshot(), partition_).account_exists(account);
}
bool Registry::principal_exists(std::string_view arn) const {
  return SnapshotDirectory(*snapshot(), partition_).principal_exists(arn);
}
std::optional<std::string> Registry::unique_id(std::string_view arn) const {
  return SnapshotDirectory(*snapshot(), partition_).unique_id(arn);
}
std::optional<std::string> Registry::arn_of(std::string_view unique_id) const {
  return SnapshotDirectory(*snapshot(), partition_).arn_of(unique_id);
}

}  // namespace claviger::iam
