// The condition keys of IAM's actions, as tables that actions put together (Service Authorization Reference, "IAM").
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/conditions.h"
#include "iam/ids.h"
#include "iam/record_parts.h"

namespace claviger::api::iam_actions {

// ---- Values; `asked.iam` and `asked.caller` are there. ----

// The value of a tag that an entity of the caller's account has; groups have none.
policy::ContextValues entity_tag(const ConditionQuestion& asked, iam::EntityKind kind, std::string_view name);
// The same where a request need not name the user: see named_or_own_user().
policy::ContextValues own_user_tag(const ConditionQuestion& asked, const std::optional<std::string>& name);
// The same by ARN.
policy::ContextValues arn_tag(const ConditionQuestion& asked, std::string_view arn);
// The same of the user who has an access key.
policy::ContextValues key_owner_tag(const ConditionQuestion& asked, std::string_view access_key_id);
policy::ContextValues policy_tag(const ConditionQuestion& asked, std::string_view arn);
policy::ContextValues provider_tag(const ConditionQuestion& asked, std::string_view arn);
// The ARN of the permissions boundary that a user or role has.
policy::ContextValues boundary_of(const ConditionQuestion& asked, iam::EntityKind kind, std::string_view name);
policy::ContextValues request_tag(const ConditionQuestion& asked, const std::vector<iam::Tag>& tags);
policy::ContextValues tag_keys(const ConditionQuestion& asked, const std::vector<iam::Tag>& tags);
policy::ContextValues tag_keys(const ConditionQuestion& asked, const std::vector<std::string>& keys);
inline policy::ContextValues text_if_sent(const std::string& value) { return policy::ContextValues::single(value); }
inline policy::ContextValues text_if_sent(const std::optional<std::string>& value) {
  return value ? policy::ContextValues::single(*value) : policy::ContextValues();
}

// ---- Tables. ----

// The tags of the user or role that a member of the request names.
template <class Request, iam::EntityKind kKind, auto kName>
inline constexpr auto kEntityTags = std::to_array<ConditionKey<Request>>({
    {"aws:ResourceTag/",
     [](const Request& request, const ConditionQuestion& asked) { return entity_tag(asked, kKind, request.*kName); }},
    {"iam:ResourceTag/",
     [](const Request& request, const ConditionQuestion& asked) { return entity_tag(asked, kKind, request.*kName); }},
});
template <class Request, auto kName>
inline constexpr auto kOwnUserTags = std::to_array<ConditionKey<Request>>({
    {"aws:ResourceTag/",
     [](const Request& request, const ConditionQuestion& asked) { return own_user_tag(asked, request.*kName); }},
    {"iam:ResourceTag/",
     [](const Request& request, const ConditionQuestion& asked) { return own_user_tag(asked, request.*kName); }},
});
template <class Request, auto kArn>
inline constexpr auto kArnTags = std::to_array<ConditionKey<Request>>({
    {"aws:ResourceTag/",
     [](const Request& request, const ConditionQuestion& asked) { return arn_tag(asked, request.*kArn); }},
    {"iam:ResourceTag/",
     [](const Request& request, const ConditionQuestion& asked) { return arn_tag(asked, request.*kArn); }},
});
template <class Request, auto kKeyId>
inline constexpr auto kKeyOwnerTags = std::to_array<ConditionKey<Request>>({
    {"aws:ResourceTag/",
     [](const Request& request, const ConditionQuestion& asked) { return key_owner_tag(asked, request.*kKeyId); }},
    {"iam:ResourceTag/",
     [](const Request& request, const ConditionQuestion& asked) { return key_owner_tag(asked, request.*kKeyId); }},
});
// The tags of a managed policy.
template <class Request, auto kArn>
inline constexpr auto kPolicyTags = std::to_array<ConditionKey<Request>>({
    {"aws:ResourceTag/",
     [](const Request& request, const ConditionQuestion& asked) { return policy_tag(asked, request.*kArn); }},
    {"iam:ResourceTag/",
     [](const Request& request, const ConditionQuestion& asked) { return policy_tag(asked, request.*kArn); }},
});
template <class Request, auto kArn>
inline constexpr auto kProviderTags = std::to_array<ConditionKey<Request>>({
    {"aws:ResourceTag/",
     [](const Request& request, const ConditionQuestion& asked) { return provider_tag(asked, request.*kArn); }},
    {"iam:ResourceTag/",
     [](const Request& request, const ConditionQuestion& asked) { return provider_tag(asked, request.*kArn); }},
});
// The tags that a request gives.
template <class Request, auto kTags>
inline constexpr auto kRequestTags = std::to_array<ConditionKey<Request>>({
    {"aws:RequestTag/",
     [](const Request& request, const ConditionQuestion& asked) { return request_tag(asked, request.*kTags); }},
    {"aws:TagKeys",
     [](const Request& request, const ConditionQuestion& asked) { return tag_keys(asked, request.*kTags); }},
});
template <class Request, auto kKeys>
inline constexpr auto kTagKeys = std::to_array<ConditionKey<Request>>({
    {"aws:TagKeys",
     [](const Request& request, const ConditionQuestion& asked) { return tag_keys(asked, request.*kKeys); }},
});
template <class Request, auto kArn>
inline constexpr auto kPolicyArn = std::to_array<ConditionKey<Request>>({
    {"iam:PolicyARN", [](const Request& request, const ConditionQuestion&) { return text_if_sent(request.*kArn); }},
});
// iam:PermissionsBoundary: the one that a request puts, or the one that the user or role has.
template <class Request, auto kArn>
inline constexpr auto kNewBoundary = std::to_array<ConditionKey<Request>>({
    {"iam:PermissionsBoundary",
     [](const Request& request, const ConditionQuestion&) { return text_if_sent(request.*kArn); }},
});
template <class Request, iam::EntityKind kKind, auto kName>
inline constexpr auto kBoundary = std::to_array<ConditionKey<Request>>({
    {"iam:PermissionsBoundary",
     [](const Request& request, const ConditionQuestion& asked) { return boundary_of(asked, kKind, request.*kName); }},
});

}  // namespace claviger::api::iam_actions
