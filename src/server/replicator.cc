#include "server/replicator.h"

#include <algorithm>
#include <span>
#include <string>
#include <utility>

#include "api/kms/common.h"
#include "api/kms/expiry_entries.h"
#include "api/kms/rotation_entry.h"
#include "audit/event.h"
#include "base/json.h"
#include "keys/layout.h"
#include "keys/multi_region_rules.h"
#include "keys/replication_layout.h"
#include "server/commit_and_wait.h"
#include "server/service_change.h"

namespace claviger::server {
namespace {

// A delivery that met this many other changes waits for the next look.
constexpr int kDeliveryAttempts = 32;
constexpr std::string_view kDeliveryAbandoned = "The key was not changed.";
constexpr std::string_view kKmsName = "kms.amazonaws.com";

void remove(const store::Entry* owed, store::Commit& commit) {
  if (owed == nullptr) return;
  commit.preconditions.push_back({owed->key, owed->revision});
  commit.mutations.push_back(store::Delete{owed->key});
}

hsm::ReplicationAddress address_of(const keys::ReplicationRoute& route) {
  return {std::to_underlying(route.kind), route.from, route.to, route.account, route.key};
}

std::vector<hsm::ReplicatedMaterial> materials_of(const keys::KeyRecord& key) {
  std::vector<hsm::ReplicatedMaterial> materials;
  if (key.origin != keys::KeyOrigin::kAwsKms) return materials;
  for (const keys::Material& material : key.materials) materials.push_back({material.id, material.token});
  if (key.pending_material) {
    materials.push_back({key.pending_material->material.id, key.pending_material->material.token});
  }
  return materials;
}

// The tokens in the order of the state's materials.
Result<std::vector<Bytes>> tokens_for(const keys::SharedState& state, std::vector<hsm::ReplicatedMaterial> materials) {
  std::vector<Bytes> tokens;
  // Imported material does not travel; were there some, it would not fit the key.
  if (state.origin == keys::KeyOrigin::kExternal) {
    for (hsm::ReplicatedMaterial& material : materials) tokens.push_back(std::move(material.token));
    return tokens;
  }
  const auto take = [&](const keys::Material& material) {
    if (tokens.size() >= materials.size() || materials[tokens.size()].id != material.id) return false;
    tokens.push_back(std::move(materials[tokens.size()].token));
    return true;
  };
  bool complete = std::ranges::all_of(state.materials, take);
  if (state.pending_material) complete = complete && take(state.pending_material->material);
  if (!complete || tokens.size() != materials.size()) {
    return fail(Error::corrupt("a replication message lacks key material"));
  }
  return tokens;
}

}  // namespace

// A message that was opened, and what it finds and makes.
struct ReplicationReceiver::Arrival {
  keys::ReplicationKind kind;
  Region from;
  hsm::ReplicationContent content;
  keys::KeyRecord old;
  keys::KeyRecord updated;

  bool promotes() const { return old.is_replica() && updated.is_primary(); }
};

std::string ReplicationReceiver::event(const Arrival& arrival, std::string_view event_id,
                                       std::string_view failure) const {
  const Scope& scope = arrival.updated.scope;
  const std::string arn = arrival.updated.arn();
  const bool creates = arrival.kind == keys::ReplicationKind::kCreate;
  const std::string primary_arn = key_arn({scope.account, arrival.updated.multi_region->primary}, arrival.updated.id);
  const audit::Resource resource{scope.account.view(), creates ? std::string_view(arn) : std::string_view(primary_arn)};
  std::string elements;
  json::Writer<std::string> writer(elements);
  writer.begin_object();
  writer.name("keyId");
  writer.string(arn);
  writer.end_object();

  audit::Event event;
  const std::string_view by = arrival.promotes() ? kKmsName : kAwsInternal;
  event.user_identity = {.type = audit::IdentityType::kInternal, .account_id = scope.account.view(), .invoked_by = by};
  event.time = clock_.now();
  event.name = creates ? "CreateKey" : arrival.promotes() ? "UpdatePrimaryRegion" : "SynchronizeMultiRegionKey";
  event.region = scope.region.view();
  event.source_ip = by;
  event.user_agent = by;
  event.event_id = event_id;
  if (!arrival.promotes()) event.resources = std::span(&resource, 1);
  event.recipient_account_id = scope.account.view();
  if (failure.empty()) {
    event.response_elements = elements;
  } else {
    event.error_code = "KMSInternalException";
    event.error_message = failure;
  }
  std::string text;
  audit::append_event(event, text);
  return text;
}

// What the key becomes, and what that leads to. False when it stays as it is.
Result<bool> ReplicationReceiver::apply(Arrival& arrival, std::vector<store::Mutation>& mutations) const {
  keys::KeyRecord& key = arrival.updated;
  if (arrival.kind == keys::ReplicationKind::kReport) {
    CLAVIGER_ASSIGN(const keys::ReplicaReport report, keys::decode_replica_report(arrival.content.payload));
    const keys::Reported reported = keys::apply_report(key, arrival.from, report, clock_.now());
    if (reported.forward_to) {
      const keys::ReplicationRoute onward{arrival.kind, arrival.from, *reported.forward_to, key.scope.account, key.id};
      mutations.push_back(store::Put{keys::layout::replication(onward), arrival.content.payload});
    }
    if (reported.changed && key.deletion_date) {
      mutations.push_back(store::Put{keys::layout::due(*key.deletion_date, key.scope, key.id), {}});
    }
    if (reported.changed) keys::count_shared_change(arrival.old, key);
    return reported.changed;
  }
  CLAVIGER_ASSIGN(keys::SharedState state, keys::decode_shared_state(arrival.content.payload));
  CLAVIGER_ASSIGN(std::vector<Bytes> tokens, tokens_for(state, std::move(arrival.content.materials)));
  CLAVIGER_ASSIGN(const bool changed, keys::apply_state(key, std::move(state), std::move(tokens), clock_.now()));
  // Imported material that was pending and is no more: a crash before the scrub must not forget it.
  if (changed && keys::has_lost_token(arrival.old, key)) {
    mutations.push_back(store::Put{std::string(keys::layout::kScrubOwed), {}});
  }
  return changed;
}

Result<bool> ReplicationReceiver::receive(ByteSpan message, const store::Entry* owed) {
  CLAVIGER_ASSIGN(hsm::ReplicationSealer::Opened opened, sealer_.open(message));
  const hsm::ReplicationAddress& address = opened.address;
  if (address.kind == 0 || address.kind > std::to_underlying(keys::ReplicationKind::kReport)) {
    return fail(Error::corrupt("a replication message is of an unknown kind"));
  }
  const Scope scope{address.account, address.to};
  const std::string place = keys::layout::key(scope, address.key);
  CLAVIGER_ASSIGN(const auto stored, store_.get(place));
  store::Commit commit;
  remove(owed, commit);
  // It was deleted meanwhile.
  if (!stored) {
    Status removed = commit_and_wait(store_, std::move(commit));
    if (!removed && removed.error().code() == ErrorCode::kConflict) return false;
    CLAVIGER_TRY(std::move(removed));
    return true;
  }
  CLAVIGER_ASSIGN(keys::KeyRecord record, keys::decode_key(scope, address.key, stored->value));
  if (opened.content.key_spec != keys::name_of(record.spec) || opened.content.origin != keys::name_of(record.origin)) {
    return fail(Error::corrupt("a replication message does not fit its key"));
  }
  Arrival arrival{.kind = keys::ReplicationKind{address.kind},
                  .from = address.from,
                  .content = std::move(opened.content),
                  .old = record,
                  .updated = record};
  CLAVIGER_ASSIGN(const bool changed, apply(arrival, commit.mutations));
  if (!changed) {
    Status removed = commit_and_wait(store_, std::move(commit));
    if (!removed && removed.error().code() == ErrorCode::kConflict) return false;
    CLAVIGER_TRY(std::move(removed));
    return true;
  }
  commit.preconditions.push_back({place, stored->revision});
  commit.mutations.push_back(store::Put{place, keys::encode(arrival.updated)});
  api::kms::append_replication_entries(arrival.old, arrival.updated, commit.mutations);
  api::kms::append_rotation_entry(arrival.old, arrival.updated, commit.mutations);
  api::kms::append_expiry_entries(arrival.old, arrival.updated, commit.mutations);
  return this->commit(arrival, std::move(commit));
}

Result<bool> ReplicationReceiver::commit(const Arrival& arrival, store::Commit commit) {
  const std::string event_id = make_uuid(random_);
  const auto event_of = [&](std::string_view failure) { return event(arrival, event_id, failure); };
  return make_change(recorder_, event_id, event_of, kDeliveryAbandoned, std::move(commit));
}

Replicator::Replicator(Recorder& recorder, store::Store& store, const hsm::Keyring& keyring, const Clock& clock,
                       RandomSource& random, Logger& logger, const ReplicationHold* hold)
    : store_(store),
      logger_(logger),
      hold_(hold),
      sealer_(keyring, random),
      receiver_(recorder, store, sealer_, clock, random) {}

Replicator::~Replicator() { stop(); }

Result<std::optional<keys::KeyRecord>> Replicator::read_key(const Scope& scope, const KeyId& id) {
  CLAVIGER_ASSIGN(const auto stored, store_.get(keys::layout::key(scope, id)));
  if (!stored) return std::nullopt;
  CLAVIGER_ASSIGN(keys::KeyRecord record, keys::decode_key(scope, id, stored->value));
  return record;
}

Result<std::optional<Bytes>> Replicator::message_of(const keys::ReplicationRoute& route, const store::Entry& owed) {
  // Of a report the sender may be gone; what the receiver's key is, so was it.
  const bool reports = route.kind == keys::ReplicationKind::kReport;
  CLAVIGER_ASSIGN(const auto key, read_key(reports ? route.receiver() : route.sender(), route.key));
  if (!key || !key->multi_region) return std::nullopt;
  hsm::ReplicationContent content{.key_spec = std::string(keys::name_of(key->spec)),
                                  .origin = std::string(keys::name_of(key->origin)),
                                  .payload = owed.value,
                                  .materials = {}};
  if (!reports) {
    keys::SharedState state = keys::shared_state(*key);
    if (route.kind == keys::ReplicationKind::kCreate) {
      CLAVIGER_ASSIGN(const auto receiver, read_key(route.receiver(), route.key));
      if (receiver) state.start = keys::replica_start(*receiver);
    }
    content.payload = keys::encode(state);
    content.materials = materials_of(*key);
  }
  CLAVIGER_ASSIGN(Bytes message, sealer_.seal(address_of(route), content));
  return std::optional(std::move(message));
}

Status Replicator::drop(const store::Entry& owed) {
  store::Commit commit;
  remove(&owed, commit);
  return commit_and_wait(store_, std::move(commit));
}

// What became of a message that was owed. kLeft: for later, because somebody else was faster.
enum class Replicator::Delivery : std::uint8_t { kDone, kLeft, kHeld };

Result<Replicator::Delivery> Replicator::deliver(const store::Entry& entry) {
  const auto route = keys::layout::parse_replication(entry.key);
  if (!route) return fail(Error::corrupt("the store key of a message that is owed is malformed"));
  store::Entry owed = entry;
  for (int attempt = 0; attempt < kDeliveryAttempts; ++attempt) {
    CLAVIGER_ASSIGN(const auto message, message_of(*route, owed));
    // Asked after the key was read, so that nothing leaves which changed when it was held already.
    if (hold_ != nullptr && hold_->holds(route->key)) return Delivery::kHeld;
    if (!message) {
      const Status dropped = drop(owed);
      if (dropped) return Delivery::kDone;
      if (dropped.error().code() != ErrorCode::kConflict) return std::unexpected(dropped.error());
    } else {
      CLAVIGER_ASSIGN(const bool done, receiver_.receive(*message, &owed));
      if (done) return Delivery::kDone;
    }
    CLAVIGER_ASSIGN(auto again, store_.get(owed.key));
    if (!again) return Delivery::kDone;
    owed.value = std::move(again->value);
    owed.revision = again->revision;
  }
  return Delivery::kLeft;
}

// One look at everything that is owed.
struct Replicator::Pass {
  std::size_t delivered = 0;
  Status damage = {};
};

Result<std::size_t> Replicator::run_once() {
  std::size_t delivered = 0;
  while (true) {
    Pass pass;
    left_ = false;
    std::string after;
    bool more = true;
    while (more && !stopping_) {
      CLAVIGER_ASSIGN(const auto entries, store_.range(keys::layout::kReplication, after, kEntriesAtATime));
      more = entries.size() == kEntriesAtATime;
      for (const store::Entry& entry : entries) {
        after = entry.key;
        const Result<Delivery> delivery = deliver(entry);
        if (delivery) {
          pass.delivered += *delivery == Delivery::kDone ? 1 : 0;
          left_ = left_ || *delivery == Delivery::kLeft;
        } else if (delivery.error().code() == ErrorCode::kCorrupt) {
          pass.damage = std::unexpected(delivery.error());
        } else {
          return std::unexpected(delivery.error());
        }
        if (stopping_) break;
      }
    }
    delivered += pass.delivered;
    // A message can lead to others, which may lie before it.
    if (pass.delivered > 0 && !stopping_) continue;
    CLAVIGER_TRY(std::move(pass.damage));
    return delivered;
  }
}

void Replicator::start(std::chrono::milliseconds interval) {
  interval_ = interval;
  thread_ = std::jthread([this] { run_until_stopped(); });
}

void Replicator::stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Replicator::notice(const std::vector<store::Change>& changes) {
  const auto owes = [](const store::Change& change) {
    return !change.deleted && change.key.starts_with(keys::layout::kReplication);
  };
  if (std::ranges::any_of(changes, owes)) resume();
}

void Replicator::resume() {
  {
    std::lock_guard lock(mutex_);
    owed_ = true;
  }
  wake_.notify_all();
}

void Replicator::run_until_stopped() {
  std::chrono::milliseconds retry = kFirstWait;
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    owed_ = false;
    lock.unlock();
    const Result<std::size_t> delivered = run_once();
    if (!delivered) logger_.error("replication failed", {{"detail", delivered.error().detail()}});
    const bool settled = delivered && !left_;
    const std::chrono::milliseconds wait = settled ? interval_ : std::min(retry, interval_);
    retry = settled ? kFirstWait : 2 * wait;
    lock.lock();
    wake_.wait_for(lock, wait, [this] { return stopping_ || owed_; });
  }
}

}  // namespace claviger::server
