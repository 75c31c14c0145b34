#include "iam/policy_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "iam/layout.h"
#include "iam/tag_rules.h"

namespace claviger::iam {
namespace {

constexpr std::string_view kTooMany = "Cannot exceed quota for PoliciesPerAccount.";

Status check_document(const RuleContext& context, std::string_view document) {
  const std::size_t limit = context.quotas.managed_policy_characters;
  if (policy::quota_size(document) > limit) return quota_exceeded("PolicySize", limit);
  CLAVIGER_TRY(policy::Document::parse(policy::DocumentKind::kIdentity, document));
  return {};
}

std::unexpected<Error> no_such_version(std::string_view arn, std::string_view version) {
  return fail(ErrorCode::kNotFound,
              fmt::format("Policy {} version {} does not exist or is not attachable.", arn, version));
}

}  // namespace

std::string version_id(std::uint32_t number) { return fmt::format("v{}", number); }

std::optional<std::uint32_t> parse_version_id(std::string_view text) {
  if (text.size() < 2 || text[0] != 'v' || text[1] == '0') return std::nullopt;
  std::uint32_t number = 0;
  const char* last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data() + 1, last, number);
  if (error != std::errc() || end != last) return std::nullopt;
  return number;
}

Result<Planned<PolicyRecord>> create_policy(const RuleContext& context, const NewPolicy& wish) {
  constexpr std::size_t kMaxDescriptionBytes = 4000;  // 1,000 characters
  CLAVIGER_TRY(check_account(context.snapshot, wish.account));
  CLAVIGER_TRY(check_name(EntityKind::kPolicy, wish.name));
  CLAVIGER_TRY(check_path(EntityKind::kPolicy, wish.path));
  CLAVIGER_TRY(check_new_tags(wish.tags, context.quotas.tags));
  if (wish.description.size() > kMaxDescriptionBytes) {
    return fail(Error::validation("The description is longer than 1000 characters."));
  }
  if (context.snapshot.policy(wish.account, wish.name) != nullptr) {
    return fail(ErrorCode::kAlreadyExists,
                fmt::format("A policy called {} already exists. Duplicate names are not allowed.", wish.name));
  }
  CLAVIGER_TRY(check_document(context, wish.document));
  const std::int64_t limit = context.quotas.policies;
  if (static_cast<std::int64_t>(context.snapshot.account(wish.account)->policies.size()) >= limit) {
    return quota_exceeded("PoliciesPerAccount", static_cast<std::size_t>(limit));
  }
  PolicyRecord record{.account = wish.account,
                      .id = UniqueId::make(EntityKind::kPolicy, context.random),
                      .name = wish.name,
                      .path = wish.path,
                      .description = wish.description,
                      .created = context.now,
                      .updated = context.now,
                      .versions = {{1, context.now, wish.document}},
                      .tags = wish.tags};
  Draft draft;
  draft.create(record);
  draft.extra().mutations.push_back(store::Add{layout::entity_count(EntityKind::kPolicy, wish.account), 1, limit});
  CLAVIGER_ASSIGN(store::Commit commit, draft.finish());
  return Planned<PolicyRecord>{std::move(record), std::move(commit), kTooMany};
}

Result<store::Commit> delete_policy(const RuleContext& context, const AccountId& account, std::string_view arn) {
  CLAVIGER_ASSIGN(const ManagedPolicy* policy, find_policy(context.snapshot, account, arn));
  if (policy->record.attachments > 0 || policy->record.boundary_uses > 0) {
    return fail(ErrorCode::kDeleteConflict, "Cannot delete a policy attached to entities.");
  }
  if (policy->record.versions.size() > 1) {
    return fail(ErrorCode::kDeleteConflict,
                "This policy has more than one version. Before you delete a policy, you must delete the policy's "
                "versions. The default version is deleted with the policy.");
  }
  Draft draft;
  draft.remove(*policy);
  draft.extra().mutations.push_back(
      store::Add{layout::entity_count(EntityKind::kPolicy, account), -1, context.quotas.policies});
  return draft.finish();
}

Result<Planned<PolicyRecord>> create_policy_version(const RuleContext& context, const AccountId& account,
                                                    std::string_view arn, std::string_view document,
                                                    bool set_as_default) {
  CLAVIGER_ASSIGN(const ManagedPolicy* policy, find_policy(context.snapshot, account, arn));
  CLAVIGER_TRY(check_document(context, document));
  const std::size_t limit = context.quotas.versions_per_policy;
  if (policy->record.versions.size() >= limit) {
    return fail(ErrorCode::kLimitExceeded,
                fmt::format("A managed policy can have up to {} versions. Before you create a new version, you must "
                            "delete an existing version.",
                            limit));
  }
  Draft draft;
  PolicyRecord& record = draft.edit(*policy);
  const std::uint32_t number = record.next_version++;
  record.versions.push_back({number, context.now, std::string(document)});
  record.updated = context.now;
  if (set_as_default) record.default_version = number;
  CLAVIGER_ASSIGN(store::Commit commit, draft.finish());
  return Planned<PolicyRecord>{record, std::move(commit)};
}

Result<store::Commit> delete_policy_version(const RuleContext& context, const AccountId& account, std::string_view arn,
                                            std::string_view version) {
  CLAVIGER_ASSIGN(const ManagedPolicy* policy, find_policy(context.snapshot, account, arn));
  const auto number = parse_version_id(version);
  if (!number || policy->record.find_version(*number) == nullptr) return no_such_version(arn, version);
  if (*number == policy->record.default_version) {
    return fail(ErrorCode::kDeleteConflict, "Cannot delete the default version of a policy.");
  }
  Draft draft;
  std::erase_if(draft.edit(*policy).versions, [&](const PolicyVersion& entry) { return entry.number == *number; });
  return draft.finish();
}

Result<store::Commit> set_default_policy_version(const RuleContext& context, const AccountId& account,
                                                 std::string_view arn, std::string_view version) {
  CLAVIGER_ASSIGN(const ManagedPolicy* policy, find_policy(context.snapshot, account, arn));
  const auto number = parse_version_id(version);
  if (!number || policy->record.find_version(*number) == nullptr) return no_such_version(arn, version);
  Draft draft;
  PolicyRecord& record = draft.edit(*policy);
  record.default_version = *number;
  record.updated = context.now;
  return draft.finish();
}

}  // namespace claviger::iam
