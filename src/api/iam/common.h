// What the actions of IAM have in common: whom a request is about, and what the rules are given.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "api/context.h"
#include "iam/plan.h"

namespace claviger::api::iam_actions {

// What a rule about entities is given; borrows from `context`.
iam::RuleContext rules(const Context& context);

// The partition of ARNs in answers: that of the Region that was called.
inline std::string_view partition(const Context& context) { return context.scope.region.partition(); }

// ---- What a permission is decided on (Service Authorization Reference, "IAM"). ----

// The ARN of the caller's account with this resource, such as `user/`.
std::string account_resource(const Context& context, std::string_view resource);
// The ARN of an entity of the caller's account, or of one of that name without a path where there is none.
std::string entity_resource(const Context& context, iam::EntityKind kind, std::string_view name);
// What UpdateUser and UpdateGroup make of that ARN.
std::string renamed_resource(const Context& context, iam::EntityKind kind, std::string_view name,
                             const std::optional<std::string>& new_name, const std::optional<std::string>& new_path);

// The name of the user that a request is about: the one that it names, or the caller. kNotFound when the caller is not
// a user any more; kValidation for callers that are no users, kUnsupportedOperation for the root.
[[nodiscard]] Result<std::string> named_or_own_user(const Context& context, const std::optional<std::string>& name);

// kInvalidInput unless `arn` has the form of a managed policy's ARN, AWS's own ones included.
[[nodiscard]] Status check_policy_arn(std::string_view arn);
// The policy of the caller's account. kNotFound, kInvalidInput.
[[nodiscard]] Result<const iam::ManagedPolicy*> find_policy(const Context& context, std::string_view arn);

namespace internal {
template <class>
struct Field;
template <class Request, class T>
struct Field<T Request::*> {
  using Object = Request;
};
template <auto kPointer>
using ObjectOf = typename Field<decltype(kPointer)>::Object;
}  // namespace internal

// For Definition::resource: the entity that a member of the request names.
template <iam::EntityKind kKind, auto kName>
Result<std::string> named_resource(const Context& context, const internal::ObjectOf<kName>& request) {
  return entity_resource(context, kKind, request.*kName);
}
template <auto kName>
constexpr auto kUserResource = named_resource<iam::EntityKind::kUser, kName>;
template <auto kName>
constexpr auto kGroupResource = named_resource<iam::EntityKind::kGroup, kName>;
template <auto kName>
constexpr auto kRoleResource = named_resource<iam::EntityKind::kRole, kName>;
// The user that the request names, or the caller.
template <auto kName>
Result<std::string> own_user_resource(const Context& context, const internal::ObjectOf<kName>& request) {
  CLAVIGER_ASSIGN(const std::string name, named_or_own_user(context, request.*kName));
  return entity_resource(context, iam::EntityKind::kUser, name);
}
// An ARN that the request has.
template <auto kArn>
Result<std::string> policy_resource(const Context&, const internal::ObjectOf<kArn>& request) {
  CLAVIGER_TRY(check_policy_arn(request.*kArn));
  return request.*kArn;
}

}  // namespace claviger::api::iam_actions
