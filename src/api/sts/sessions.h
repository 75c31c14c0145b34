// What the actions that give temporary credentials have in common: members, and the way to the rules and back.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/context.h"
#include "api/iam/fields.h"
#include "iam/names.h"
#include "iam/sts_rules.h"
#include "wire/members.h"

namespace claviger::api::sts {

namespace patterns {

bool is_arn_text(std::string_view text);
bool is_external_id_text(std::string_view text);

inline constexpr wire::Pattern kArn{
    .expression = R"([\u0009\u000A\u000D\u0020-\u007E\u0085\u00A0-\uD7FF\uE000-\uFFFD\u10000-\u10FFFF]+)",
    .matches = is_arn_text};
inline constexpr wire::Pattern kName{.expression = R"([\w+=,.@-]*)", .matches = [](std::string_view text) {
                                       return text.empty() || iam::is_name(text, text.size());
                                     }};
inline constexpr wire::Pattern kDocument{.expression = R"([\u0009\u000A\u000D\u0020-\u00FF]+)",
                                         .matches = iam_actions::patterns::is_document_text};
inline constexpr wire::Pattern kExternalId{.expression = R"([\w+=,.@:\/-]*)", .matches = is_external_id_text};

}  // namespace patterns

struct PolicyDescriptor {
  std::string arn;
};

struct Credentials {
  std::string access_key_id;
  wire::SecretText secret_access_key;
  std::string session_token;
  WallTime expiration{};
};

struct AssumedRoleUser {
  std::string id;
  std::string arn;
};

// ---- Members of requests for a role's session. ----

template <auto kPointer>
constexpr auto role_arn() {
  return wire::required<kPointer>("RoleArn", wire::length(20, 2048), wire::pattern(patterns::kArn));
}
template <auto kPointer>
constexpr auto session_name() {
  return wire::required<kPointer>("RoleSessionName", wire::length(2, 64), wire::pattern(patterns::kName));
}
template <auto kPointer>
constexpr auto policy_arns() {
  return wire::optional<kPointer>("PolicyArns");
}
template <auto kPointer>
constexpr auto role_duration() {
  return wire::optional<kPointer>("DurationSeconds", wire::range(900, 43'200));
}
inline constexpr std::string_view kNoMfa = "there are no MFA devices";

// ---- To the rules, and back. ----

// Of a request for a session; the context's snapshot is there. Borrows from `context`.
iam::StsContext rules(const Context& context);
std::vector<std::string> arns_of(const std::vector<PolicyDescriptor>& policies);
inline std::optional<std::chrono::seconds> duration_of(const std::optional<std::int32_t>& seconds) {
  return seconds ? std::optional<std::chrono::seconds>(*seconds) : std::nullopt;
}
// Takes the secret out of `issued`.
Credentials credentials_of(iam::IssuedSession& issued);

}  // namespace claviger::api::sts

namespace claviger::wire {

template <>
struct Structure<api::sts::PolicyDescriptor> {
  using M = api::sts::PolicyDescriptor;
  static constexpr auto kMembers =
      members<M>(optional<&M::arn>("arn", length(20, 2048), pattern(api::sts::patterns::kArn)));
};

// CloudTrail shows the session token. Here it is in no file: it is half of what credentials are.
template <>
struct Structure<api::sts::Credentials> {
  using M = api::sts::Credentials;
  static constexpr auto kMembers =
      members<M>(required<&M::access_key_id>("AccessKeyId"), required<&M::secret_access_key>("SecretAccessKey"),
                 required<&M::session_token>("SessionToken", not_audited), required<&M::expiration>("Expiration"));
};

template <>
struct Structure<api::sts::AssumedRoleUser> {
  using M = api::sts::AssumedRoleUser;
  static constexpr auto kMembers = members<M>(required<&M::id>("AssumedRoleId"), required<&M::arn>("Arn"));
};

}  // namespace claviger::wire
