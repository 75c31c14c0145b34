// Users, groups, roles, policies and access keys as answers show them (IAM API reference, "Data types").
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "api/context.h"
#include "api/iam/fields.h"
#include "base/clock.h"
#include "iam/records.h"
#include "wire/members.h"

namespace claviger::api::iam_actions {

// Listings leave out tags, boundaries and descriptions.
enum class Detail : std::uint8_t { kListed, kFull };

enum class BoundaryType : std::uint8_t { kPolicy };
struct AttachedBoundary {
  BoundaryType type = BoundaryType::kPolicy;
  std::string arn;
};

struct UserEntry {
  std::string path;  // the root has neither path nor name
  std::string user_name;
  std::string user_id;
  std::string arn;
  WallTime create_date{};
  std::optional<AttachedBoundary> permissions_boundary;
  std::vector<iam::Tag> tags;
};
std::optional<AttachedBoundary> attached_boundary(const Context& context, const std::optional<iam::UniqueId>& policy);
UserEntry user_entry(const Context& context, const iam::UserRecord& record, Detail detail);

struct GroupEntry {
  std::string path;
  std::string group_name;
  std::string group_id;
  std::string arn;
  WallTime create_date{};
};
GroupEntry group_entry(const Context& context, const iam::GroupRecord& record);

// Always empty, as of a role that was never used: uses are not kept.
struct RoleLastUsed {};

struct RoleEntry {
  std::string path;
  std::string role_name;
  std::string role_id;
  std::string arn;
  WallTime create_date{};
  std::string trust_policy;
  std::string description;
  std::optional<std::int32_t> max_session_duration;
  std::optional<AttachedBoundary> permissions_boundary;
  std::vector<iam::Tag> tags;
  std::optional<RoleLastUsed> last_used;
};
// For listings, see api/iam/listing.h.
inline std::size_t document_bytes(const RoleEntry& role) { return role.trust_policy.size(); }
// As CreateRole answers: with boundary and tags, without description and session duration.
RoleEntry new_role_entry(const Context& context, const iam::RoleRecord& record);
RoleEntry role_entry(const Context& context, const iam::RoleRecord& record, Detail detail);

struct PolicyEntry {
  std::string policy_name;
  std::string policy_id;
  std::string arn;
  std::string path;
  std::string default_version_id;
  std::int32_t attachment_count = 0;
  std::int32_t boundary_usage_count = 0;
  bool is_attachable = true;
  std::string description;
  WallTime create_date{};
  WallTime update_date{};
  std::vector<iam::Tag> tags;
};
PolicyEntry policy_entry(const Context& context, const iam::PolicyRecord& record, Detail detail);

struct PolicyVersionEntry {
  std::string document;
  std::string version_id;
  bool is_default_version = false;
  WallTime create_date{};
};
// Only GetPolicyVersion shows the document.
PolicyVersionEntry version_entry(const iam::PolicyRecord& record, const iam::PolicyVersion& version,
                                 bool with_document);

struct AttachedPolicy {
  std::string policy_name;
  std::string policy_arn;
};
AttachedPolicy attached_policy(const Context& context, const iam::PolicyRecord& record);

enum class KeyStatus : std::uint8_t { kActive, kInactive, kExpired };
KeyStatus key_status(iam::AccessKeyStatus status);

}  // namespace claviger::api::iam_actions

namespace claviger::wire {

template <>
struct EnumNames<api::iam_actions::BoundaryType> {
  static constexpr auto kNames = std::to_array<EnumName<api::iam_actions::BoundaryType>>(
      {{"PermissionsBoundaryPolicy", api::iam_actions::BoundaryType::kPolicy}});
};

template <>
struct EnumNames<api::iam_actions::KeyStatus> {
  static constexpr auto kNames =
      std::to_array<EnumName<api::iam_actions::KeyStatus>>({{"Active", api::iam_actions::KeyStatus::kActive},
                                                            {"Inactive", api::iam_actions::KeyStatus::kInactive},
                                                            {"Expired", api::iam_actions::KeyStatus::kExpired}});
};

template <>
struct Structure<api::iam_actions::AttachedBoundary> {
  using M = api::iam_actions::AttachedBoundary;
  static constexpr auto kMembers =
      members<M>(required<&M::type>("PermissionsBoundaryType"), required<&M::arn>("PermissionsBoundaryArn"));
};

template <>
struct Structure<api::iam_actions::UserEntry> {
  using M = api::iam_actions::UserEntry;
  static constexpr auto kMembers =
      members<M>(optional<&M::path>("Path"), optional<&M::user_name>("UserName"), required<&M::user_id>("UserId"),
                 required<&M::arn>("Arn"), required<&M::create_date>("CreateDate"),
                 unsupported("PasswordLastUsed", "users have no passwords"),
                 optional<&M::permissions_boundary>("PermissionsBoundary"), optional<&M::tags>("Tags"));
};

template <>
struct Structure<api::iam_actions::GroupEntry> {
  using M = api::iam_actions::GroupEntry;
  static constexpr auto kMembers =
      members<M>(required<&M::path>("Path"), required<&M::group_name>("GroupName"), required<&M::group_id>("GroupId"),
                 required<&M::arn>("Arn"), required<&M::create_date>("CreateDate"));
};

template <>
struct Structure<api::iam_actions::RoleLastUsed> {
  static constexpr auto kMembers =
      members<api::iam_actions::RoleLastUsed>(unsupported("LastUsedDate", "when a role was used is not kept"),
                                              unsupported("Region", "when a role was used is not kept"));
};

template <>
struct Structure<api::iam_actions::RoleEntry> {
  using M = api::iam_actions::RoleEntry;
  static constexpr auto kMembers =
      members<M>(required<&M::path>("Path"), required<&M::role_name>("RoleName"), required<&M::role_id>("RoleId"),
                 required<&M::arn>("Arn"), required<&M::create_date>("CreateDate"),
                 optional<&M::trust_policy>("AssumeRolePolicyDocument", url_encoded),
                 optional<&M::description>("Description"), optional<&M::max_session_duration>("MaxSessionDuration"),
                 optional<&M::permissions_boundary>("PermissionsBoundary"), optional<&M::tags>("Tags"),
                 optional<&M::last_used>("RoleLastUsed"));
};

template <>
struct Structure<api::iam_actions::PolicyEntry> {
  using M = api::iam_actions::PolicyEntry;
  static constexpr auto kMembers = members<M>(
      required<&M::policy_name>("PolicyName"), required<&M::policy_id>("PolicyId"), required<&M::arn>("Arn"),
      required<&M::path>("Path"), required<&M::default_version_id>("DefaultVersionId"),
      required<&M::attachment_count>("AttachmentCount"),
      required<&M::boundary_usage_count>("PermissionsBoundaryUsageCount"), required<&M::is_attachable>("IsAttachable"),
      optional<&M::description>("Description"), required<&M::create_date>("CreateDate"),
      required<&M::update_date>("UpdateDate"), optional<&M::tags>("Tags"));
};

template <>
struct Structure<api::iam_actions::PolicyVersionEntry> {
  using M = api::iam_actions::PolicyVersionEntry;
  static constexpr auto kMembers =
      members<M>(optional<&M::document>("Document", url_encoded), required<&M::version_id>("VersionId"),
                 required<&M::is_default_version>("IsDefaultVersion"), required<&M::create_date>("CreateDate"));
};

template <>
struct Structure<api::iam_actions::AttachedPolicy> {
  using M = api::iam_actions::AttachedPolicy;
  static constexpr auto kMembers =
      members<M>(required<&M::policy_name>("PolicyName"), required<&M::policy_arn>("PolicyArn"));
};

}  // namespace claviger::wire
