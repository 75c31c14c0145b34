#include "server/managed_key_maker.h"

#include <map>
#include <utility>
#include <vector>

#include "api/kms/rotation_entry.h"
#include "base/check.h"
#include "base/guarded.h"
#include "policy/document.h"
#include "server/service_change.h"

namespace claviger::server {
namespace {

// Ends an intent whose change was not made.
class Abandoned final : public Recorder::Event {
 public:
  Abandoned(std::function<void()> done, std::string event_id, std::string text) : done_(std::move(done)) {
    frame.request_id = std::move(event_id);
    frame.json = std::move(text);
  }
  // Without it the next start writes the same.
  void recorded(Status) override { done_(); }

 private:
  const std::function<void()> done_;
};

store::Commit commit_of(const keys::KeyRecord& key, const AliasName& alias) {
  const std::string alias_place = keys::layout::alias(key.scope, alias);
  const std::string key_place = keys::layout::key(key.scope, key.id);
  keys::KeyRecord nothing = key;
  nothing.rotation.reset();
  store::Commit commit;
  commit.preconditions.push_back({alias_place, 0});
  commit.preconditions.push_back({key_place, 0});
  commit.mutations.push_back(store::Put{key_place, keys::encode(key)});
  commit.mutations.push_back(store::Put{
      alias_place, keys::encode(keys::AliasRecord{.target = key.id, .created = key.created, .updated = key.created})});
  // Neither counts in a quota (Developer Guide, "Resource quotas").
  commit.mutations.push_back(store::Put{keys::layout::alias_of(key.scope, key.id, alias), {}});
  api::kms::append_rotation_entry(nothing, key, commit.mutations);
  return commit;
}

}  // namespace

struct ManagedKeyMaker::State {
  // By the alias's place: those who wait for the key that is being made.
  Guarded<std::map<std::string, std::vector<Done>>> waiting;

  void finish(const std::string& place, const Status& outcome) {
    std::vector<Done> all =
        waiting.with([&place](auto& by_place) { return std::move(by_place.extract(place).mapped()); });
    for (Done& done : all) done(outcome);
  }
};

ManagedKeyMaker::ManagedKeyMaker(Recorder& recorder, const Clock& clock)
    : recorder_(recorder), clock_(clock), state_(std::make_shared<State>()) {}

std::shared_ptr<const api::KeySnapshot> ManagedKeyMaker::draft(const keys::ManagedKeyService& service,
                                                               const Scope& scope, const KeyId& id, WallTime now) {
  keys::KeyRecord record = keys::new_managed_key(service, scope, id, now);
  Result<policy::Document> policy = policy::Document::parse(policy::DocumentKind::kKeyPolicy, record.policy);
  CLAVIGER_CHECK(policy.has_value());
  std::string arn = record.arn();
  return std::make_shared<const api::KeySnapshot>(
      api::KeySnapshot{.record = std::move(record),
                       .arn = std::move(arn),
                       .policy = std::make_shared<const policy::Document>(*std::move(policy)),
                       .aliases = {keys::predefined_alias(service).text()}});
}

void ManagedKeyMaker::make(const keys::ManagedKeyService& service, const keys::KeyRecord& key, std::string event_id,
                           Done done) {
  const AliasName alias = keys::predefined_alias(service);
  std::string place = keys::layout::alias(key.scope, alias);
  const bool first = state_->waiting.with([&](auto& by_place) {
    const auto [at, inserted] = by_place.try_emplace(place);
    at->second.push_back(std::move(done));
    return inserted;
  });
  if (!first) return;
  const ServiceChange change{
      .event_name = "CreateKey", .key = key, .abandoned = "The key was not created, or another call had created it."};
  std::string abandoned = service_event(change, clock_.now(), event_id, change.abandoned);
  ChangeEvents events{service_event(change, clock_.now(), event_id), abandoned};
  recorder_.change(event_id, std::move(events), commit_of(key, alias),
                   [state = state_, &recorder = recorder_, place = std::move(place), event_id,
                    abandoned = std::move(abandoned)](Result<store::Revision> revision) mutable {
                     if (revision) return state->finish(place, {});
                     Status outcome = std::unexpected(std::move(revision).error());
                     if (outcome.error().code() == ErrorCode::kUnknownOutcome) return state->finish(place, outcome);
                     // Made by another call that had begun before this one and was faster: then there is what was asked
                     // for.
                     if (outcome.error().code() == ErrorCode::kConflict) outcome = {};
                     recorder.record(std::make_shared<Abandoned>([state = std::move(state), place = std::move(place),
                                                                  outcome] { state->finish(place, outcome); },
                                                                 std::move(event_id), std::move(abandoned)));
                   });
}

}  // namespace claviger::server
