#include "cli/seed_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <future>
#include <map>
#include <optional>
#include <utility>

#include "api/kms/submitted_policy.h"
#include "audit/event.h"
#include "base/json.h"
#include "hsm/session.h"
#include "iam/caller.h"
#include "keys/layout.h"
#include "keys/tag_rules.h"
#include "policy/context.h"
#include "server/action_table.h"
#include "server/change_broadcast.h"
#include "server/recorder.h"
#include "server/recovery.h"
#include "wire/error_shape.h"

namespace claviger::cli {
namespace {

class Planner final {
 public:
  Planner(const Seed& seed, const SeedTarget& target)
      : seed_(seed), target_(target), session_(target.keyring, target.random), now_(target.clock.now()) {}

  [[nodiscard]] Status plan() {
    for (const SeedKey& key : seed_.keys) {
      CLAVIGER_TRY(plan_key(key));
    }
    for (const auto& [scope, count] : new_keys_) {
      commit.mutations.push_back(store::Add{keys::layout::key_count(scope), count, target_.limits.keys_per_region});
    }
    if (commit.mutations.size() > store::kMaxMutationsPerCommit || key_arns.size() > kMaxSeedKeys) {
      return yaml::fail_at(seed_.file, {}, "the seed changes too much at once; use several files");
    }
    return {};
  }

  store::Commit commit;
  std::vector<std::string> key_arns, alias_arns;

 private:
  [[nodiscard]] Status plan_key(const SeedKey& key);
  [[nodiscard]] Status plan_alias(const SeedKey& key, const SeedAlias& alias, std::int64_t& added);
  [[nodiscard]] Result<keys::KeyRecord> checked_record(const SeedKey& key);
  [[nodiscard]] Status set_policy(const SeedKey& key, keys::KeyRecord& record);
  [[nodiscard]] Status set_materials(const SeedKey& key, keys::KeyRecord& record);
  [[nodiscard]] Status check_same(const SeedKey& key, const keys::KeyRecord& wanted,
                                  const keys::KeyRecord& there) const;
  // Runs `body` through the declaration of an action, and through what it says of its targets.
  [[nodiscard]] Status check_request(yaml::Place place, std::string_view action, const std::string& body);
  // An error of the API, with its name and place.
  std::unexpected<Error> refused(yaml::Place place, const Error& error) const;

  const Seed& seed_;
  const SeedTarget& target_;
  const server::ActionTable actions_;
  wire::RequestDecoder decoder_;
  hsm::Session session_;
  const WallTime now_;
  std::map<Scope, std::int64_t> new_keys_;
};

std::unexpected<Error> Planner::refused(yaml::Place place, const Error& error) const {
  const wire::ErrorShape shape = wire::error_shape(Service::kKms, error.code());
  if (shape.policy == wire::MessagePolicy::kHidden) return fail(error);
  return yaml::fail_at(seed_.file, place, fmt::format("{}: {}", shape.type, error.message()));
}

Status Planner::check_request(yaml::Place place, std::string_view action, const std::string& body) {
  const api::Action* found = actions_.find(Service::kKms, action).action;
  if (found == nullptr) return fail(Error::internal(fmt::format("{} is not built", action)));
  const auto call = found->decode(decoder_, {}, as_bytes(body));
  if (!call) return refused(place, call.error());
  if (const auto targets = (*call)->targets(); !targets) return refused(place, targets.error());
  return {};
}

Status Planner::set_policy(const SeedKey& key, keys::KeyRecord& record) {
  if (key.policy.json.empty()) return {};
  const iam::Caller root = iam::root_caller(key.scope.region.partition(), key.scope.account, "");
  api::Services services;
  services.principals = &target_.principals;
  services.clock = &target_.clock;
  policy::MapContext conditions;
  conditions.set("aws:PrincipalAccount", key.scope.account.view());
  conditions.set("aws:PrincipalArn", root.principal_arn);
  conditions.set("aws:PrincipalType", "Account");
  conditions.set("aws:RequestedRegion", key.scope.region.view());
  conditions.set("kms:CallerAccount", key.scope.account.view());
  const api::Context context{.caller = root, .scope = key.scope, .services = services, .conditions = &conditions};
  const auto document = api::kms::accept_submitted_policy(
      context, {key.policy.json, record.arn(), key.policy.bypass_lockout_safety_check});
  if (!document) return refused(key.policy.place, document.error());
  record.policy = document->text();
  record.policy_bindings = document->bindings();
  return {};
}

// The record as the seed wants it, checked by the rules of the API, without materials.
Result<keys::KeyRecord> Planner::checked_record(const SeedKey& key) {
  if (key.scope.account != target_.deployment.account) {
    return yaml::fail_at(seed_.file, key.place,
                         fmt::format("the key is of account {}, the server has account {} only; change one of them",
                                     key.scope.account.view(), target_.deployment.account.view()));
  }
  if (!target_.deployment.serves(key.scope.region)) {
    return yaml::fail_at(seed_.file, key.place,
                         fmt::format("the server does not serve the Region {}", key.scope.region.view()));
  }
  std::string body;
  json::Writer<std::string> writer(body);
  writer.begin_object();
  writer.name("Description");
  writer.string(key.description);
  if (!key.policy.json.empty()) {
    writer.name("Policy");
    writer.string(key.policy.json);
  }
  writer.name("Tags");
  writer.begin_array();
  for (const keys::Tag& tag : key.tags) {
    writer.begin_object();
    writer.name("TagKey");
    writer.string(tag.key);
    writer.name("TagValue");
    writer.string(tag.value);
    writer.end_object();
  }
  writer.end_array();
  writer.end_object();
  CLAVIGER_TRY(check_request(key.place, "CreateKey", body));
  if (const Status tags = keys::check_new_tags(key.tags); !tags) return refused(key.place, tags.error());
  keys::KeyRecord record{.scope = key.scope, .id = key.id};
  CLAVIGER_TRY(set_policy(key, record));
  record.state = key.enabled ? keys::KeyState::kEnabled : keys::KeyState::kDisabled;
  record.created = now_;
  record.description = key.description;
  record.tags = key.tags;
  return record;
}

Status Planner::set_materials(const SeedKey& key, keys::KeyRecord& record) {
  const hsm::KeyBinding binding{record.scope, record.id, keys::name_of(record.spec), keys::name_of(record.origin)};
  const auto add = [&record](hsm::NewBackingKey made) {
    record.materials.push_back({made.material, std::move(made.token)});
  };
  for (const SecretBytes& material : key.material) {
    CLAVIGER_ASSIGN(hsm::NewBackingKey adopted, session_.insecure_adopt_backing_key(binding, material));
    if (record.find_material(adopted.material) != nullptr) {
      return yaml::fail_at(seed_.file, key.place, "the key has the same key material twice; remove one");
    }
    add(std::move(adopted));
  }
  if (key.material.empty()) {
    CLAVIGER_ASSIGN(hsm::NewBackingKey made, session_.create_backing_key(binding));
    add(std::move(made));
  }
  return {};
}

Status Planner::check_same(const SeedKey& key, const keys::KeyRecord& wanted, const keys::KeyRecord& there) const {
  const auto differs = [&](std::string_view what) {
    return yaml::fail_at(
        seed_.file, key.place,
        fmt::format("the key {} is there already and has another {}; make one like the other, or remove "
                    "the key from the seed",
                    wanted.arn(), what));
  };
  if (there.spec != wanted.spec || there.usage != wanted.usage || there.origin != wanted.origin) return differs("kind");
  if (there.state != wanted.state) return differs("key state");
  if (there.description != wanted.description) return differs("description");
  if (there.policy != wanted.policy) return differs("key policy");
  if (there.tags != wanted.tags) return differs("list of tags");
  // Random material is as good as any.
  if (key.material.empty()) return {};
  const auto same_id = [](const keys::Material& a, const keys::Material& b) { return a.id == b.id; };
  if (!std::equal(there.materials.begin(), there.materials.end(), wanted.materials.begin(), wanted.materials.end(),
                  same_id)) {
    return differs("key material");
  }
  return {};
}

Status Planner::plan_key(const SeedKey& key) {
  CLAVIGER_ASSIGN(keys::KeyRecord record, checked_record(key));
  CLAVIGER_TRY(set_materials(key, record));
  const std::string place = keys::layout::key(key.scope, key.id);
  CLAVIGER_ASSIGN(const auto stored, target_.store.get(place));
  if (stored) {
    CLAVIGER_ASSIGN(const keys::KeyRecord there, keys::decode_key(key.scope, key.id, stored->value));
    CLAVIGER_TRY(check_same(key, record, there));
    commit.preconditions.push_back({place, stored->revision});
  } else {
    CLAVIGER_ASSIGN(const auto tombstone, target_.store.get(keys::layout::tombstone(key.scope, key.id)));
    if (tombstone) {
      return yaml::fail_at(
          seed_.file, key.place,
          fmt::format("the key {} was deleted, and an id is never used again; give the key another one", record.arn()));
    }
    commit.preconditions.push_back({place, 0});
    commit.mutations.push_back(store::Put{place, keys::encode(record)});
    ++new_keys_[key.scope];
    key_arns.push_back(record.arn());
  }
  std::int64_t added = 0;
  for (const SeedAlias& alias : key.aliases) {
    CLAVIGER_TRY(plan_alias(key, alias, added));
  }
  if (added > 0) {
    commit.mutations.push_back(
        store::Add{keys::layout::alias_count(key.scope, key.id), added, target_.limits.aliases_per_key});
  }
  return {};
}

Status Planner::plan_alias(const SeedKey& key, const SeedAlias& alias, std::int64_t& added) {
  std::string body;
  json::Writer<std::string> writer(body);
  writer.begin_object();
  writer.name("AliasName");
  writer.string(alias.name);
  writer.name("TargetKeyId");
  writer.string(key.id.view());
  writer.end_object();
  CLAVIGER_TRY(check_request(alias.place, "CreateAlias", body));
  const auto name = AliasName::parse(alias.name);
  if (!name) return fail(Error::internal("CreateAlias accepts what is not the name of an alias"));
  const std::string place = keys::layout::alias(key.scope, *name);
  const std::string arn = alias_arn(key.scope, alias.name);
  CLAVIGER_ASSIGN(const auto stored, target_.store.get(place));
  if (stored) {
    CLAVIGER_ASSIGN(const keys::AliasRecord there, keys::decode_alias(stored->value));
    commit.preconditions.push_back({place, stored->revision});
    if (there.target == key.id) return {};
    return yaml::fail_at(seed_.file, alias.place,
                         fmt::format("the alias {} is there already and names the key {}; make one like the other, or "
                                     "remove the alias from the seed",
                                     arn, there.target.view()));
  }
  const keys::AliasRecord record{.target = key.id, .created = now_, .updated = now_};
  commit.preconditions.push_back({place, 0});
  commit.mutations.push_back(store::Put{place, keys::encode(record)});
  commit.mutations.push_back(store::Put{keys::layout::alias_of(key.scope, key.id, *name), {}});
  ++added;
  alias_arns.push_back(arn);
  return {};
}

void write_list(json::Writer<std::string>& writer, std::string_view name, const std::vector<std::string>& texts) {
  writer.name(name);
  writer.begin_array();
  for (const std::string& text : texts) writer.string(text);
  writer.end_array();
}

// The service event, as done or as failed.
std::string seed_event(const Seed& seed, const SeedTarget& target, const Planner& planner, std::string_view details,
                       std::string_view event_id, WallTime now, bool done) {
  constexpr std::string_view kInternal = "AWS Internal";
  const std::string_view account = target.deployment.account.view();
  std::vector<audit::Resource> resources;
  for (const std::string& arn : planner.key_arns) {
    if (resources.size() == audit::kMaxResources) break;
    resources.push_back({account, arn});
  }
  audit::Event event;
  event.user_identity = {.type = audit::IdentityType::kInternal, .account_id = account, .invoked_by = kInternal};
  event.time = now;
  event.name = "ApplySeed";
  // An event has one Region; the keys' ARNs have theirs.
  event.region = seed.keys.front().scope.region.view();
  event.source_ip = kInternal;
  event.user_agent = kInternal;
  event.event_id = event_id;
  event.resources = resources;
  event.type = audit::EventType::kAwsServiceEvent;
  event.recipient_account_id = account;
  event.service_event_details = details;
  if (!done) {
    event.error_code = "KMSInternalException";
    event.error_message = "The server stopped before the seed was applied, or its store refused it.";
  }
  std::string text;
  audit::append_event(event, text);
  return text;
}

std::string details_of(const Seed& seed, const Planner& planner) {
  std::string text;
  json::Writer<std::string> writer(text);
  writer.begin_object();
  writer.name("file");
  writer.string(seed.file);
  write_list(writer, "keys", planner.key_arns);
  write_list(writer, "aliases", planner.alias_arns);
  writer.end_object();
  return text;
}

// Intent, commit, event.
Status commit_recorded(const Seed& seed, const SeedTarget& target, Planner& planner) {
  const std::string details = details_of(seed, planner);
  // What changes is recorded whole or not changed.
  if (details.size() > audit::kMaxParametersBytes) {
    return yaml::fail_at(seed.file, {}, "the seed changes too much at once for its audit record; use several files");
  }
  const std::string event_id = make_uuid(target.random);
  const WallTime now = target.clock.now();
  const auto event = [&](bool done) { return seed_event(seed, target, planner, details, event_id, now, done); };
  server::ChangeBroadcast broadcast;
  server::Recorder recorder(target.log, target.store, broadcast, [] {});
  std::promise<Result<store::Revision>> promise;
  recorder.change(event_id, {event(true), event(false)}, std::move(planner.commit),
                  [&promise](Result<store::Revision> revision) { promise.set_value(std::move(revision)); });
  const Result<store::Revision> revision = promise.get_future().get();
  if (revision) return {};
  // Of a change whose outcome is unknown the next start writes the event.
  if (revision.error().code() == ErrorCode::kUnknownOutcome) return fail(revision.error());
  CLAVIGER_TRY(recorder.record_and_wait(event_id, event(false)));
  if (revision.error().code() == ErrorCode::kLimitExceeded) {
    return yaml::fail_at(seed.file, {}, "the seed goes beyond a quota: keys in a Region, or aliases of a key");
  }
  return fail(revision.error());
}

}  // namespace

Result<SeedChanges> apply_seed(const Seed& seed, const SeedTarget& target) {
  // A store that was rolled back must not be changed.
  CLAVIGER_TRY(server::check_anchor(target.log, target.store));
  Planner planner(seed, target);
  CLAVIGER_TRY(planner.plan());
  const SeedChanges changes{planner.key_arns.size(), planner.alias_arns.size()};
  if (planner.commit.mutations.empty()) return changes;
  CLAVIGER_TRY(commit_recorded(seed, target, planner));
  return changes;
}

Result<Seed> read_seed_file(const std::string& path, const SeedOptions& options) {
  std::ifstream file(path, std::ios::binary);
  std::string text(yaml::kMaxBytes + 1, '\0');
  if (!file.read(text.data(), static_cast<std::streamsize>(text.size())) && !file.eof()) {
    return fail(Error::io(fmt::format("{} cannot be read", path)));
  }
  text.resize(static_cast<std::size_t>(file.gcount()));
  return parse_seed(path, text, options);
}

}  // namespace claviger::cli
