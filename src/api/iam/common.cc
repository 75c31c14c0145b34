#include "api/iam/common.h"

#include <fmt/format.h>

#include "base/check.h"
#include "iam/names.h"

namespace claviger::api::iam_actions {

iam::RuleContext rules(const Context& context) {
  CLAVIGER_CHECK(context.iam != nullptr);
  return {*context.iam, context.services.clock->now(), *context.services.random, context.services.limits.iam};
}

std::string account_resource(const Context& context, std::string_view resource) {
  return fmt::format("arn:{}:iam::{}:{}", partition(context), context.scope.account.view(), resource);
}

namespace {

struct Named {
  std::string_view path = "/";
  std::string_view name;
};

// As the entity is stored; views into the snapshot, or `name` itself.
Named stored_name(const Context& context, iam::EntityKind kind, std::string_view name) {
  const AccountId& account = context.scope.account;
  const auto of = [](const auto& record) { return Named{record.path, record.name}; };
  switch (kind) {
    case iam::EntityKind::kUser:
      if (const iam::User* user = context.iam->user(account, name)) return of(user->record);
      break;
    case iam::EntityKind::kGroup:
      if (const iam::Group* group = context.iam->group(account, name)) return of(group->record);
      break;
    case iam::EntityKind::kRole:
      if (const iam::Role* role = context.iam->role(account, name)) return of(role->record);
      break;
    case iam::EntityKind::kPolicy:
      if (const iam::ManagedPolicy* policy = context.iam->policy(account, name)) return of(policy->record);
      break;
  }
  return {.name = name};
}

}  // namespace

std::string entity_resource(const Context& context, iam::EntityKind kind, std::string_view name) {
  const Named named = stored_name(context, kind, name);
  return iam::entity_arn(partition(context), context.scope.account, kind, named.path, named.name);
}

std::string renamed_resource(const Context& context, iam::EntityKind kind, std::string_view name,
                             const std::optional<std::string>& new_name, const std::optional<std::string>& new_path) {
  const Named named = stored_name(context, kind, name);
  return iam::entity_arn(partition(context), context.scope.account, kind, new_path ? *new_path : named.path,
                         new_name ? *new_name : named.name);
}

Result<std::string> named_or_own_user(const Context& context, const std::optional<std::string>& name) {
  if (name) return *name;
  const iam::Caller& caller = context.caller;
  if (caller.kind == policy::PrincipalKind::kRoot) {
    return fail(ErrorCode::kUnsupportedOperation,
                "The access keys of an account's root user are made and removed on the server's own command line.");
  }
  if (caller.kind != policy::PrincipalKind::kUser || caller.identity == nullptr) {
    return fail(Error::validation("Must specify userName when calling with non-User credentials"));
  }
  const iam::User* user = context.iam->user(caller.identity->id);
  if (user == nullptr) return iam::no_such(iam::EntityKind::kUser, caller.user_name);
  return user->record.name;
}

Status check_policy_arn(std::string_view arn) {
  const auto parts = split_arn(arn);
  const bool fits = parts && parts->service == "iam" && parts->region.empty() &&
                    (parts->account == "aws" || AccountId::parse(parts->account)) &&
                    parts->resource.starts_with("policy/");
  if (fits) return {};
  return fail(ErrorCode::kInvalidInput, fmt::format("ARN {} is not valid.", arn));
}

Result<const iam::ManagedPolicy*> find_policy(const Context& context, std::string_view arn) {
  CLAVIGER_TRY(check_policy_arn(arn));
  const iam::ManagedPolicy* policy = context.iam->policy_by_arn(arn);
  if (policy == nullptr || policy->record.account != context.scope.account) {
    return fail(ErrorCode::kNotFound, fmt::format("Policy {} was not found.", arn));
  }
  return policy;
}

}  // namespace claviger::api::iam_actions
