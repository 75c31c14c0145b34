#include "cli/seed_identities.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "iam/access_key_rules.h"
#include "iam/caller.h"
#include "iam/entity_rules.h"
#include "iam/query_parameters.h"
#include "iam/registry.h"

namespace claviger::cli {
namespace {

using iam::EntityKind;

// A request of IAM's, as a client writes it.
class Form final {
 public:
  Form& add(std::string_view name, std::string_view value) {
    if (!body_.empty()) body_ += '&';
    body_ += name;
    body_ += '=';
    iam::append_uri_encoded(value, false, body_);
    return *this;
  }
  Form& add_tags(const std::vector<iam::Tag>& tags) {
    for (std::size_t i = 0; i < tags.size(); ++i) {
      add(fmt::format("Tags.member.{}.Key", i + 1), tags[i].key);
      add(fmt::format("Tags.member.{}.Value", i + 1), tags[i].value);
    }
    return *this;
  }
  const std::string& body() const { return body_; }

 private:
  std::string body_;
};

// `User`, `Group`, `Role`, `Policy`: what the names of actions and parameters have.
std::string_view word_of(EntityKind kind) {
  switch (kind) {
    case EntityKind::kUser:
      return "User";
    case EntityKind::kGroup:
      return "Group";
    case EntityKind::kRole:
      return "Role";
    case EntityKind::kPolicy:
      return "Policy";
  }
  return {};
}

// Makes one entity by the calls that a client would make, or compares it with what is there.
class EntityPlanner final {
 public:
  EntityPlanner(SeedStage& stage, const SeedEntity& wanted) : stage_(stage), wanted_(wanted) {}

  [[nodiscard]] Status plan();

 private:
  std::string arn() const {
    return iam::entity_arn(stage_.region().partition(), wanted_.account, wanted_.kind, wanted_.path, wanted_.name);
  }
  Form form() const { return std::move(Form().add(fmt::format("{}Name", word_of(wanted_.kind)), wanted_.name)); }
  // A call of IAM by the root of the account. `document_place` is where a policy that it refuses stands.
  [[nodiscard]] Status call(yaml::Place place, yaml::Place document_place, std::string_view action, const Form& form);
  [[nodiscard]] Status call(yaml::Place place, std::string_view action, const Form& form) {
    return call(place, place, action, form);
  }
  [[nodiscard]] Status create();
  [[nodiscard]] Status add_permissions();
  [[nodiscard]] Status add_access_key(const SeedAccessKey& key);

  // What differs, in words; empty when nothing does.
  template <class Record>
  std::string_view common_difference(const Record& there) const;
  template <class Record>
  std::string_view permission_difference(const Record& there) const;
  std::string_view difference(const iam::UserRecord& there) const;
  std::string_view difference(const iam::GroupRecord& there) const;
  std::string_view difference(const iam::RoleRecord& there) const;
  std::string_view difference(const iam::PolicyRecord& there) const;
  bool same_access_key(const iam::UserRecord& there, const SeedAccessKey& key) const;
  // nullopt when there is none of that name.
  std::optional<std::string_view> difference_from_there() const;

  SeedStage& stage_;
  const SeedEntity& wanted_;
};

Status EntityPlanner::call(yaml::Place place, yaml::Place document_place, std::string_view action, const Form& form) {
  CLAVIGER_ASSIGN(const auto decoded, stage_.decode(place, Service::kIam, action, form.body()));
  const SeedTarget& target = stage_.target();
  const iam::Caller root = iam::root_caller(stage_.region().partition(), wanted_.account, "");
  api::Services services;
  services.clock = &target.clock;
  services.random = &target.random;
  services.principals = &target.registry;
  services.iam = &target.registry;
  services.limits = target.limits;
  const api::Context context{
      .caller = root, .scope = {wanted_.account, stage_.region()}, .services = services, .iam = stage_.snapshot()};
  auto outcome = decoded->run(context, "", SecretBytes());
  if (!outcome) {
    const bool document = outcome.error().code() == ErrorCode::kMalformedPolicyDocument;
    return stage_.refused(document ? document_place : place, Service::kIam, outcome.error());
  }
  if (!outcome->commit) return fail(Error::internal(fmt::format("{} changes nothing", action)));
  return stage_.add(*std::move(outcome->commit));
}

Status EntityPlanner::create() {
  Form request = form();
  request.add("Path", wanted_.path).add_tags(wanted_.tags);
  if (!wanted_.description.empty()) request.add("Description", wanted_.description);
  if (wanted_.boundary) request.add("PermissionsBoundary", wanted_.boundary->text);
  if (wanted_.kind == EntityKind::kPolicy) request.add("PolicyDocument", wanted_.document.text);
  if (wanted_.kind == EntityKind::kRole) {
    request.add("AssumeRolePolicyDocument", wanted_.document.text)
        .add("MaxSessionDuration", wanted_.max_session_seconds);
  }
  CLAVIGER_TRY(call(wanted_.place, wanted_.document.place, fmt::format("Create{}", word_of(wanted_.kind)), request));
  stage_.made.entities.push_back(arn());
  return {};
}

Status EntityPlanner::add_permissions() {
  const std::string_view word = word_of(wanted_.kind);
  for (const SeedText& policy : wanted_.attached) {
    CLAVIGER_TRY(call(policy.place, fmt::format("Attach{}Policy", word), form().add("PolicyArn", policy.text)));
  }
  for (const SeedInlinePolicy& policy : wanted_.inline_policies) {
    CLAVIGER_TRY(call(policy.place, fmt::format("Put{}Policy", word),
                      form().add("PolicyName", policy.name).add("PolicyDocument", policy.json)));
  }
  return {};
}

Status EntityPlanner::add_access_key(const SeedAccessKey& key) {
  const SeedTarget& target = stage_.target();
  auto given = iam::given_access_key(key.id, key.secret.clone());
  if (!given) return stage_.refused(key.place, Service::kIam, given.error());
  const iam::RuleContext context{*stage_.snapshot(), stage_.now(), target.random, target.limits.iam};
  auto planned =
      iam::create_access_key(context, target.registry.sealer(), wanted_.account, wanted_.name, *std::move(given));
  if (!planned) return stage_.refused(key.place, Service::kIam, planned.error());
  stage_.made.access_keys.push_back(key.id);
  return stage_.add(std::move(planned->commit));
}

template <class Record>
std::string_view EntityPlanner::common_difference(const Record& there) const {
  if (there.name != wanted_.name) return "name, in another case";
  if (there.path != wanted_.path) return "path";
  if constexpr (requires { there.description; }) {
    if (there.description != wanted_.description) return "description";
  }
  if constexpr (requires { there.tags; }) {
    if (there.tags != wanted_.tags) return "list of tags";
  }
  if constexpr (requires { there.boundary; }) {
    const iam::ManagedPolicy* boundary =
        wanted_.boundary ? stage_.snapshot()->policy_by_arn(wanted_.boundary->text) : nullptr;
    if (wanted_.boundary.has_value() != there.boundary.has_value()) return "permissions boundary";
    if (wanted_.boundary && (boundary == nullptr || boundary->record.id != *there.boundary)) {
      return "permissions boundary";
    }
  }
  return {};
}

template <class Record>
std::string_view EntityPlanner::permission_difference(const Record& there) const {
  std::set<iam::UniqueId> attached;
  for (const SeedText& arn : wanted_.attached) {
    const iam::ManagedPolicy* policy = stage_.snapshot()->policy_by_arn(arn.text);
    if (policy == nullptr) return "list of managed policies";
    attached.insert(policy->record.id);
  }
  const auto& there_attached = there.permissions.attached;
  if (attached != std::set<iam::UniqueId>(there_attached.begin(), there_attached.end())) {
    return "list of managed policies";
  }
  std::set<std::string> names;
  for (const SeedInlinePolicy& policy : wanted_.inline_policies) {
    const iam::InlinePolicy* same = there.permissions.find_inline(policy.name);
    if (same == nullptr || same->name != policy.name || same->document != policy.json) return "inline policy";
    names.insert(policy.name);
  }
  return names.size() == there.permissions.inline_policies.size() ? std::string_view() : "inline policy";
}

bool EntityPlanner::same_access_key(const iam::UserRecord& there, const SeedAccessKey& key) const {
  const iam::UniqueId* owner = stage_.snapshot()->user_of_access_key(key.id);
  const iam::Credential* credential = stage_.snapshot()->credential(key.id);
  return owner != nullptr && *owner == there.id && credential != nullptr &&
         equal(*credential->signing_secret, iam::signing_secret(key.secret.clone()));
}

std::string_view EntityPlanner::difference(const iam::UserRecord& there) const {
  if (const auto found = common_difference(there); !found.empty()) return found;
  if (const auto found = permission_difference(there); !found.empty()) return found;
  std::set<iam::UniqueId> groups;
  for (const SeedText& name : wanted_.groups) {
    const iam::Group* group = stage_.snapshot()->group(wanted_.account, name.text);
    if (group == nullptr) return "list of groups";
    groups.insert(group->record.id);
  }
  if (groups != std::set<iam::UniqueId>(there.groups.begin(), there.groups.end())) return "list of groups";
  // A key that was made inactive or deleted was withdrawn: a start does not bring it back.
  const bool same =
      std::ranges::all_of(wanted_.access_keys, [&](const SeedAccessKey& key) { return same_access_key(there, key); });
  return same ? std::string_view() : "access key";
}

std::string_view EntityPlanner::difference(const iam::GroupRecord& there) const {
  if (const auto found = common_difference(there); !found.empty()) return found;
  return permission_difference(there);
}

std::string_view EntityPlanner::difference(const iam::RoleRecord& there) const {
  if (const auto found = common_difference(there); !found.empty()) return found;
  if (there.trust_policy != wanted_.document.text) return "trust policy";
  if (fmt::to_string(there.max_session_seconds) != wanted_.max_session_seconds) return "MaxSessionDuration";
  return permission_difference(there);
}

std::string_view EntityPlanner::difference(const iam::PolicyRecord& there) const {
  if (const auto found = common_difference(there); !found.empty()) return found;
  const iam::PolicyVersion* version = there.find_version(there.default_version);
  return version != nullptr && version->document == wanted_.document.text ? std::string_view() : "policy document";
}

std::optional<std::string_view> EntityPlanner::difference_from_there() const {
  const iam::Snapshot& snapshot = *stage_.snapshot();
  const auto compare = [this](const auto* there) -> std::optional<std::string_view> {
    if (there == nullptr) return std::nullopt;
    return difference(there->record);
  };
  switch (wanted_.kind) {
    case EntityKind::kUser:
      return compare(snapshot.user(wanted_.account, wanted_.name));
    case EntityKind::kGroup:
      return compare(snapshot.group(wanted_.account, wanted_.name));
    case EntityKind::kRole:
      return compare(snapshot.role(wanted_.account, wanted_.name));
    case EntityKind::kPolicy:
      return compare(snapshot.policy(wanted_.account, wanted_.name));
  }
  return std::nullopt;
}

Status EntityPlanner::plan() {
  if (const auto different = difference_from_there()) {
    if (different->empty()) return {};
    return yaml::fail_at(stage_.seed().file, wanted_.place,
                         fmt::format("the {} {} is there already and has another {}; make one like the other, or "
                                     "remove the {} from the seed",
                                     iam::arn_word(wanted_.kind), arn(), *different, iam::arn_word(wanted_.kind)));
  }
  CLAVIGER_TRY(create());
  for (const SeedText& group : wanted_.groups) {
    CLAVIGER_TRY(call(group.place, "AddUserToGroup", form().add("GroupName", group.text)));
  }
  CLAVIGER_TRY(add_permissions());
  for (const SeedAccessKey& key : wanted_.access_keys) CLAVIGER_TRY(add_access_key(key));
  return {};
}

Status plan_account(SeedStage& stage, const AccountId& account) {
  if (iam::check_account(*stage.snapshot(), account)) return {};
  const iam::RuleContext context{*stage.snapshot(), stage.now(), stage.target().random, stage.target().limits.iam};
  CLAVIGER_ASSIGN(auto planned, iam::create_account(context, account, ""));
  stage.made.accounts.emplace_back(account.view());
  return stage.add(std::move(planned.commit));
}

}  // namespace

Status plan_identities(SeedStage& stage) {
  for (const AccountId& account : stage.seed().accounts) CLAVIGER_TRY(plan_account(stage, account));
  for (const SeedEntity& entity : stage.seed().entities) CLAVIGER_TRY(EntityPlanner(stage, entity).plan());
  return {};
}

}  // namespace claviger::cli
