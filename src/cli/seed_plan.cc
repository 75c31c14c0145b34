#include "cli/seed_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <utility>

#include "api/kms/submitted_policy.h"
#include "audit/event.h"
#include "base/json.h"
#include "cli/json_members.h"
#include "cli/seed_grants.h"
#include "cli/seed_identities.h"
#include "cli/seed_stage.h"
#include "hsm/session.h"
#include "iam/caller.h"
#include "iam/snapshot_directory.h"
#include "keys/layout.h"
#include "keys/tag_rules.h"
#include "policy/context.h"
#include "server/change_broadcast.h"
#include "server/recorder.h"
#include "server/recovery.h"

namespace claviger::cli {
namespace {

class Planner final {
 public:
  explicit Planner(SeedStage& stage)
      : stage_(stage), target_(stage.target()), session_(target_.keyring, target_.random) {}

  [[nodiscard]] Status plan() {
    CLAVIGER_TRY(plan_identities(stage_));
    for (const SeedKey& key : stage_.seed().keys) CLAVIGER_TRY(plan_key(key));
    if (stage_.mutations() > store::kMaxMutationsPerCommit) {
      return yaml::fail_at(stage_.seed().file, {}, "the seed changes too much at once; use several files");
    }
    return {};
  }

 private:
  [[nodiscard]] Status plan_key(const SeedKey& key);
  [[nodiscard]] Status plan_alias(const SeedKey& key, const SeedAlias& alias);
  [[nodiscard]] Result<keys::KeyRecord> checked_record(const SeedKey& key);
  [[nodiscard]] Status set_policy(const SeedKey& key, keys::KeyRecord& record);
  [[nodiscard]] Status set_materials(const SeedKey& key, keys::KeyRecord& record);
  [[nodiscard]] Status check_same(const SeedKey& key, const keys::KeyRecord& wanted,
                                  const keys::KeyRecord& there) const;
  std::unexpected<Error> fail_at(yaml::Place place, std::string_view what) const {
    return yaml::fail_at(stage_.seed().file, place, what);
  }

  SeedStage& stage_;
  const SeedTarget& target_;
  hsm::Session session_;
};

Status Planner::set_policy(const SeedKey& key, keys::KeyRecord& record) {
  if (key.policy.json.empty()) return {};
  const iam::Caller root = iam::root_caller(key.scope.region.partition(), key.scope.account, "");
  api::Services services;
  const iam::SnapshotDirectory principals(*stage_.snapshot(), target_.registry.partition());
  services.principals = &principals;
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
  if (!document) return stage_.refused(key.policy.place, Service::kKms, document.error());
  record.policy = document->text();
  record.policy_bindings = document->bindings();
  return {};
}

// The record as the seed wants it, checked by the rules of the API, without materials.
Result<keys::KeyRecord> Planner::checked_record(const SeedKey& key) {
  if (!target_.deployment.serves(key.scope.region)) {
    return fail_at(key.place, fmt::format("the server does not serve the Region {}", key.scope.region.view()));
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
  CLAVIGER_TRY(stage_.decode(key.place, Service::kKms, "CreateKey", body));
  if (const Status tags = keys::check_new_tags(key.tags); !tags)
    return stage_.refused(key.place, Service::kKms, tags.error());
  keys::KeyRecord record{.scope = key.scope, .id = key.id};
  CLAVIGER_TRY(set_policy(key, record));
  record.state = key.enabled ? keys::KeyState::kEnabled : keys::KeyState::kDisabled;
  record.created = stage_.now();
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
      return fail_at(key.place, "the key has the same key material twice; remove one");
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
    return fail_at(key.place,
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
  const store::Revision revision = stored ? stored->revision : 0;
  store::Commit commit;
  commit.preconditions.push_back({place, revision});
  if (stored) {
    CLAVIGER_ASSIGN(const keys::KeyRecord there, keys::decode_key(key.scope, key.id, stored->value));
    CLAVIGER_TRY(check_same(key, record, there));
  } else {
    CLAVIGER_ASSIGN(const auto tombstone, target_.store.get(keys::layout::tombstone(key.scope, key.id)));
    if (tombstone) {
      return fail_at(key.place, fmt::format("the key {} was deleted, and an id is never used again; give the key "
                                            "another one",
                                            record.arn()));
    }
    commit.mutations.push_back(store::Put{place, keys::encode(record)});
    commit.mutations.push_back(store::Add{keys::layout::key_count(key.scope), 1, target_.limits.keys_per_region});
    stage_.made.keys.push_back(record.arn());
  }
  CLAVIGER_TRY(stage_.add(std::move(commit)));
  for (const SeedAlias& alias : key.aliases) CLAVIGER_TRY(plan_alias(key, alias));
  return plan_grants(stage_, key, record, revision);
}

Status Planner::plan_alias(const SeedKey& key, const SeedAlias& alias) {
  std::string body;
  json::Writer<std::string> writer(body);
  writer.begin_object();
  writer.name("AliasName");
  writer.string(alias.name);
  writer.name("TargetKeyId");
  writer.string(key.id.view());
  writer.end_object();
  CLAVIGER_TRY(stage_.decode(alias.place, Service::kKms, "CreateAlias", body));
  const auto name = AliasName::parse(alias.name);
  if (!name) return fail(Error::internal("CreateAlias accepts what is not the name of an alias"));
  const std::string place = keys::layout::alias(key.scope, *name);
  const std::string arn = alias_arn(key.scope, alias.name);
  CLAVIGER_ASSIGN(const auto stored, target_.store.get(place));
  store::Commit commit;
  commit.preconditions.push_back({place, stored ? stored->revision : 0});
  if (stored) {
    CLAVIGER_ASSIGN(const keys::AliasRecord there, keys::decode_alias(stored->value));
    if (there.target == key.id) return stage_.add(std::move(commit));
    return fail_at(alias.place, fmt::format("the alias {} is there already and names the key {}; make one like the "
                                            "other, or remove the alias from the seed",
                                            arn, there.target.view()));
  }
  const keys::AliasRecord record{.target = key.id, .created = stage_.now(), .updated = stage_.now()};
  commit.mutations.push_back(store::Put{place, keys::encode(record)});
  commit.mutations.push_back(store::Put{keys::layout::alias_of(key.scope, key.id, *name), {}});
  commit.mutations.push_back(
      store::Add{keys::layout::alias_count(key.scope, key.id), 1, target_.limits.aliases_per_key});
  stage_.made.aliases.push_back(arn);
  return stage_.add(std::move(commit));
}

// The service event, as done or as failed.
std::string seed_event(const SeedStage& stage, std::string_view details, std::string_view event_id, bool done) {
  constexpr std::string_view kInternal = "AWS Internal";
  const std::string_view account = stage.target().deployment.account.view();
  std::vector<audit::Resource> resources;
  for (const std::string& arn : stage.made.keys) {
    if (resources.size() == audit::kMaxResources) break;
    const auto parts = split_arn(arn);
    resources.push_back({parts ? parts->account : account, arn});
  }
  audit::Event event;
  event.user_identity = {.type = audit::IdentityType::kInternal, .account_id = account, .invoked_by = kInternal};
  event.time = stage.now();
  event.name = "ApplySeed";
  // An event has one Region; the keys' ARNs have theirs.
  event.region = stage.seed().keys.empty() ? stage.region().view() : stage.seed().keys.front().scope.region.view();
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

std::string details_of(const SeedStage& stage) {
  const SeedRecord& made = stage.made;
  std::string text;
  json::Writer<std::string> writer(text);
  writer.begin_object();
  writer.name("file");
  writer.string(stage.seed().file);
  write_list("keys", made.keys, writer);
  write_list("aliases", made.aliases, writer);
  write_list("accounts", made.accounts, writer);
  write_list("identities", made.entities, writer);
  write_list("accessKeys", made.access_keys, writer);
  writer.name("grants");
  writer.begin_array();
  for (const auto& [key_arn, id] : made.grants) {
    writer.begin_object();
    writer.name("keyId");
    writer.string(key_arn);
    writer.name("grantId");
    writer.string(id);
    writer.end_object();
  }
  writer.end_array();
  writer.end_object();
  return text;
}

// Intent, commit, event.
Status commit_recorded(SeedStage& stage) {
  const std::string details = details_of(stage);
  const std::string& file = stage.seed().file;
  // What changes is recorded whole or not changed.
  if (details.size() > audit::kMaxParametersBytes) {
    return yaml::fail_at(file, {}, "the seed changes too much at once for its audit record; use several files");
  }
  const SeedTarget& target = stage.target();
  const std::string event_id = make_uuid(target.random);
  const auto event = [&](bool done) { return seed_event(stage, details, event_id, done); };
  server::ChangeBroadcast broadcast;
  server::Recorder recorder(target.log, target.store, broadcast, [] {});
  const Result<store::Revision> revision =
      recorder.change_and_wait(event_id, {event(true), event(false)}, stage.take());
  if (revision) return {};
  // Of a change whose outcome is unknown the next start writes the event.
  if (revision.error().code() == ErrorCode::kUnknownOutcome) return fail(revision.error());
  CLAVIGER_TRY(recorder.record_and_wait(event_id, event(false)));
  if (revision.error().code() == ErrorCode::kLimitExceeded) {
    return yaml::fail_at(file, {},
                         "the seed goes beyond a quota: keys in a Region, aliases or grants of a key, or users, "
                         "groups, roles or policies of an account");
  }
  return fail(revision.error());
}

}  // namespace

Result<SeedChanges> apply_seed(const Seed& seed, const SeedTarget& target) {
  // A store that was rolled back must not be changed.
  CLAVIGER_TRY(server::check_anchor(target.log, target.store));
  SeedStage stage(seed, target);
  CLAVIGER_TRY(Planner(stage).plan());
  const SeedRecord& made = stage.made;
  const SeedChanges changes{.accounts = made.accounts.size(),
                            .entities = made.entities.size(),
                            .keys = made.keys.size(),
                            .aliases = made.aliases.size(),
                            .grants = made.grants.size()};
  if (stage.mutations() == 0) return changes;
  CLAVIGER_TRY(commit_recorded(stage));
  CLAVIGER_TRY(target.registry.load());
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
