#include "iam/permission_rules.h"

#include <fmt/format.h>

#include <algorithm>

namespace claviger::iam {
namespace {

// Calls `use` with the entity that `holder` names.
template <class Use>
Result<store::Commit> with_holder(const RuleContext& context, const Holder& holder, Use use) {
  switch (holder.kind) {
    case EntityKind::kUser: {
      CLAVIGER_ASSIGN(const User* user, find_user(context.snapshot, holder.account, holder.name));
      return use(*user);
    }
    case EntityKind::kGroup: {
      CLAVIGER_ASSIGN(const Group* group, find_group(context.snapshot, holder.account, holder.name));
      return use(*group);
    }
    case EntityKind::kRole: {
      CLAVIGER_ASSIGN(const Role* role, find_role(context.snapshot, holder.account, holder.name));
      return use(*role);
    }
    case EntityKind::kPolicy:
      break;
  }
  return fail(Error::internal("a policy has no permissions"));
}

// The same for what may have a permissions boundary.
template <class Use>
Result<store::Commit> with_principal(const RuleContext& context, const Holder& holder, Use use) {
  if (holder.kind == EntityKind::kUser) {
    CLAVIGER_ASSIGN(const User* user, find_user(context.snapshot, holder.account, holder.name));
    return use(*user);
  }
  CLAVIGER_ASSIGN(const Role* role, find_role(context.snapshot, holder.account, holder.name));
  return use(*role);
}

std::size_t inline_limit(const Quotas& quotas, EntityKind kind) {
  if (kind == EntityKind::kUser) return quotas.user_inline_characters;
  return kind == EntityKind::kGroup ? quotas.group_inline_characters : quotas.role_inline_characters;
}

std::string_view attachment_quota(EntityKind kind) {
  if (kind == EntityKind::kUser) return "PoliciesPerUser";
  return kind == EntityKind::kGroup ? "PoliciesPerGroup" : "PoliciesPerRole";
}

Status check_inline_size(const RuleContext& context, const Holder& holder, const Permissions& permissions) {
  std::size_t total = 0;
  for (const InlinePolicy& policy : permissions.inline_policies) total += policy::quota_size(policy.document);
  const std::size_t limit = inline_limit(context.quotas, holder.kind);
  if (total <= limit) return {};
  return fail(ErrorCode::kLimitExceeded, fmt::format("Maximum policy size of {} bytes exceeded for {} {}", limit,
                                                     arn_word(holder.kind), holder.name));
}

void release(const RuleContext& context, const std::optional<UniqueId>& boundary, Draft& draft) {
  if (!boundary) return;
  const ManagedPolicy* policy = context.snapshot.policy(*boundary);
  if (policy != nullptr) --draft.edit(*policy).boundary_uses;
}

}  // namespace

Result<store::Commit> put_inline_policy(const RuleContext& context, const Holder& holder, std::string_view policy_name,
                                        std::string_view document) {
  return with_holder(context, holder, [&](const auto& entity) -> Result<store::Commit> {
    CLAVIGER_TRY(check_name(EntityKind::kPolicy, policy_name));
    CLAVIGER_TRY(policy::Document::parse(policy::DocumentKind::kIdentity, document));
    Draft draft;
    Permissions& permissions = draft.edit(entity).permissions;
    auto& all = permissions.inline_policies;
    const auto at = std::lower_bound(
        all.begin(), all.end(), folded(policy_name),
        [](const InlinePolicy& policy, const std::string& name) { return folded(policy.name) < name; });
    if (at != all.end() && same_name(at->name, policy_name)) {
      *at = {std::string(policy_name), std::string(document)};
    } else {
      all.insert(at, {std::string(policy_name), std::string(document)});
    }
    CLAVIGER_TRY(check_inline_size(context, holder, permissions));
    return draft.finish();
  });
}

Result<store::Commit> delete_inline_policy(const RuleContext& context, const Holder& holder,
                                           std::string_view policy_name) {
  return with_holder(context, holder, [&](const auto& entity) -> Result<store::Commit> {
    Draft draft;
    auto& all = draft.edit(entity).permissions.inline_policies;
    if (std::erase_if(all, [&](const InlinePolicy& policy) { return same_name(policy.name, policy_name); }) == 0) {
      return fail(ErrorCode::kNotFound,
                  fmt::format("The {} policy with name {} cannot be found.", arn_word(holder.kind), policy_name));
    }
    return draft.finish();
  });
}

Result<store::Commit> attach_policy(const RuleContext& context, const Holder& holder, std::string_view policy_arn) {
  return with_holder(context, holder, [&](const auto& entity) -> Result<store::Commit> {
    CLAVIGER_ASSIGN(const ManagedPolicy* policy, find_policy(context.snapshot, holder.account, policy_arn));
    Draft draft;
    Permissions& permissions = draft.edit(entity).permissions;
    if (!permissions.has_attached(policy->record.id)) {
      const std::size_t limit = context.quotas.attached_policies;
      if (permissions.attached.size() >= limit) return quota_exceeded(attachment_quota(holder.kind), limit);
      permissions.attached.push_back(policy->record.id);
      ++draft.edit(*policy).attachments;
    }
    return draft.finish();
  });
}

Result<store::Commit> detach_policy(const RuleContext& context, const Holder& holder, std::string_view policy_arn) {
  return with_holder(context, holder, [&](const auto& entity) -> Result<store::Commit> {
    CLAVIGER_ASSIGN(const ManagedPolicy* policy, find_policy(context.snapshot, holder.account, policy_arn));
    Draft draft;
    if (std::erase(draft.edit(entity).permissions.attached, policy->record.id) == 0) {
      return fail(ErrorCode::kNotFound, fmt::format("Policy {} was not found.", policy_arn));
    }
    --draft.edit(*policy).attachments;
    return draft.finish();
  });
}

Result<store::Commit> put_boundary(const RuleContext& context, const Holder& holder, std::string_view policy_arn) {
  return with_principal(context, holder, [&](const auto& entity) -> Result<store::Commit> {
    CLAVIGER_ASSIGN(const ManagedPolicy* policy, find_policy(context.snapshot, holder.account, policy_arn));
    Draft draft;
    auto& record = draft.edit(entity);
    release(context, record.boundary, draft);
    record.boundary = policy->record.id;
    ++draft.edit(*policy).boundary_uses;
    return draft.finish();
  });
}

Result<store::Commit> delete_boundary(const RuleContext& context, const Holder& holder) {
  return with_principal(context, holder, [&](const auto& entity) -> Result<store::Commit> {
    Draft draft;
    auto& record = draft.edit(entity);
    if (!record.boundary) {
      return fail(ErrorCode::kNotFound,
                  fmt::format("The {} with name {} has no permissions boundary.", arn_word(holder.kind), holder.name));
    }
    release(context, record.boundary, draft);
    record.boundary.reset();
    return draft.finish();
  });
}

}  // namespace claviger::iam
