#include "iam/plan.h"

#include <fmt/format.h>

#include "iam/layout.h"

namespace claviger::iam {
namespace {

constexpr EntityKind kind_of(const UserRecord&) { return EntityKind::kUser; }
constexpr EntityKind kind_of(const GroupRecord&) { return EntityKind::kGroup; }
constexpr EntityKind kind_of(const RoleRecord&) { return EntityKind::kRole; }
constexpr EntityKind kind_of(const PolicyRecord&) { return EntityKind::kPolicy; }

template <class Record>
std::string key_of(const Record& record) {
  return layout::entity(kind_of(record), record.account, record.name);
}

std::size_t document_bytes(const Permissions& permissions) {
  std::size_t total = 0;
  for (const InlinePolicy& policy : permissions.inline_policies) total += policy.document.size();
  return total;
}
std::size_t document_bytes(const UserRecord& record) { return document_bytes(record.permissions); }
std::size_t document_bytes(const GroupRecord& record) { return document_bytes(record.permissions); }
std::size_t document_bytes(const RoleRecord& record) {
  return document_bytes(record.permissions) + record.trust_policy.size();
}
std::size_t document_bytes(const PolicyRecord& record) {
  std::size_t total = 0;
  for (const PolicyVersion& version : record.versions) total += version.document.size();
  return total;
}

}  // namespace

std::unexpected<Error> no_such(EntityKind kind, std::string_view name) {
  return fail(ErrorCode::kNotFound, fmt::format("The {} with name {} cannot be found.", arn_word(kind), name));
}

std::unexpected<Error> no_such_policy(std::string_view arn) {
  return fail(ErrorCode::kNotFound, fmt::format("Policy {} does not exist or is not attachable.", arn));
}

Result<const User*> find_user(const Snapshot& snapshot, const AccountId& account, std::string_view name) {
  const User* user = snapshot.user(account, name);
  if (user == nullptr) return no_such(EntityKind::kUser, name);
  return user;
}

Result<const Group*> find_group(const Snapshot& snapshot, const AccountId& account, std::string_view name) {
  const Group* group = snapshot.group(account, name);
  if (group == nullptr) return no_such(EntityKind::kGroup, name);
  return group;
}

Result<const Role*> find_role(const Snapshot& snapshot, const AccountId& account, std::string_view name) {
  const Role* role = snapshot.role(account, name);
  if (role == nullptr) return no_such(EntityKind::kRole, name);
  return role;
}

Result<const ManagedPolicy*> find_policy(const Snapshot& snapshot, const AccountId& account, std::string_view arn) {
  const ManagedPolicy* policy = snapshot.policy_by_arn(arn);
  if (policy == nullptr || policy->record.account != account) return no_such_policy(arn);
  return policy;
}

Status check_name(EntityKind kind, std::string_view name) {
  if (is_name_of(kind, name)) return {};
  return fail(Error::validation(
      fmt::format("The specified value for {}Name is invalid. It must contain only alphanumeric characters and/or the "
                  "following: +=,.@_-",
                  arn_word(kind))));
}

Status check_path(EntityKind kind, std::string_view path) {
  if (kind == EntityKind::kPolicy ? is_policy_path(path) : is_path(path)) return {};
  return fail(
      Error::validation("The specified value for path is invalid. It must begin and end with / and contain only "
                        "alphanumeric characters and/or / characters."));
}

Status check_account(const Snapshot& snapshot, const AccountId& account) {
  const Account* found = snapshot.account(account);
  if (found != nullptr && found->record) return {};
  return fail(ErrorCode::kNotFound, fmt::format("The account with id {} cannot be found.", account.view()));
}

std::unexpected<Error> quota_exceeded(std::string_view quota, std::size_t limit) {
  return fail(ErrorCode::kLimitExceeded, fmt::format("Cannot exceed quota for {}: {}", quota, limit));
}

template <class Record>
Record& Draft::Edits<Record>::edit(const Record& record, store::Revision revision) {
  const auto [at, added] = all_.try_emplace(record.id);
  if (added) at->second = {key_of(record), revision, record};
  return *at->second.record;
}

template <class Record>
void Draft::Edits<Record>::create(Record record) {
  const UniqueId id = record.id;
  all_[id].record = std::move(record);
}

template <class Record>
void Draft::Edits<Record>::remove(const Record& record, store::Revision revision) {
  edit(record, revision);
  all_[record.id].record.reset();
}

template <class Record>
Status Draft::Edits<Record>::append_to(store::Commit& commit) const {
  for (const auto& [id, edited] : all_) {
    if (!edited.old_key.empty()) commit.preconditions.push_back({edited.old_key, edited.revision});
    if (!edited.record) {
      commit.mutations.push_back(store::Delete{edited.old_key});
      continue;
    }
    if (document_bytes(*edited.record) > kMaxDocumentBytesPerEntity) {
      return fail(ErrorCode::kLimitExceeded,
                  "The policy documents, white space included, are larger than can be stored.");
    }
    std::string key = key_of(*edited.record);
    if (key != edited.old_key) {
      commit.preconditions.push_back({key, 0});
      if (!edited.old_key.empty()) commit.mutations.push_back(store::Delete{edited.old_key});
    }
    commit.mutations.push_back(store::Put{std::move(key), encode(*edited.record)});
  }
  return {};
}

Result<store::Commit> Draft::finish() const {
  store::Commit commit = extra_;
  CLAVIGER_TRY(users_.append_to(commit));
  CLAVIGER_TRY(groups_.append_to(commit));
  CLAVIGER_TRY(roles_.append_to(commit));
  CLAVIGER_TRY(policies_.append_to(commit));
  return commit;
}

template class Draft::Edits<UserRecord>;
template class Draft::Edits<GroupRecord>;
template class Draft::Edits<RoleRecord>;
template class Draft::Edits<PolicyRecord>;

}  // namespace claviger::iam
