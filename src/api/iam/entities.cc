#include "api/iam/entities.h"

#include "api/iam/common.h"
#include "iam/policy_rules.h"

namespace claviger::api::iam_actions {

std::optional<AttachedBoundary> attached_boundary(const Context& context, const std::optional<iam::UniqueId>& policy) {
  if (!policy) return std::nullopt;
  const iam::ManagedPolicy* found = context.iam->policy(*policy);
  if (found == nullptr) return std::nullopt;
  return AttachedBoundary{.arn = found->record.arn(partition(context))};
}

UserEntry user_entry(const Context& context, const iam::UserRecord& record, Detail detail) {
  UserEntry entry{.path = record.path,
                  .user_name = record.name,
                  .user_id = std::string(record.id.view()),
                  .arn = record.arn(partition(context)),
                  .create_date = record.created};
  if (detail == Detail::kFull) {
    entry.permissions_boundary = attached_boundary(context, record.boundary);
    entry.tags = record.tags;
  }
  return entry;
}

GroupEntry group_entry(const Context& context, const iam::GroupRecord& record) {
  return {record.path, record.name, std::string(record.id.view()), record.arn(partition(context)), record.created};
}

RoleEntry new_role_entry(const Context& context, const iam::RoleRecord& record) {
  RoleEntry entry{.path = record.path,
                  .role_name = record.name,
                  .role_id = std::string(record.id.view()),
                  .arn = record.arn(partition(context)),
                  .create_date = record.created,
                  .trust_policy = record.trust_policy};
  entry.permissions_boundary = attached_boundary(context, record.boundary);
  entry.tags = record.tags;
  return entry;
}

RoleEntry role_entry(const Context& context, const iam::RoleRecord& record, Detail detail) {
  RoleEntry entry = new_role_entry(context, record);
  entry.description = record.description;
  entry.max_session_duration = static_cast<std::int32_t>(record.max_session_seconds);
  if (detail == Detail::kListed) {
    entry.permissions_boundary.reset();
    entry.tags.clear();
  } else {
    entry.last_used.emplace();
  }
  return entry;
}

PolicyEntry policy_entry(const Context& context, const iam::PolicyRecord& record, Detail detail) {
  PolicyEntry entry{.policy_name = record.name,
                    .policy_id = std::string(record.id.view()),
                    .arn = record.arn(partition(context)),
                    .path = record.path,
                    .default_version_id = iam::version_id(record.default_version),
                    .attachment_count = static_cast<std::int32_t>(record.attachments),
                    .boundary_usage_count = static_cast<std::int32_t>(record.boundary_uses),
                    .create_date = record.created,
                    .update_date = record.updated};
  if (detail == Detail::kFull) {
    entry.description = record.description;
    entry.tags = record.tags;
  }
  return entry;
}

PolicyVersionEntry version_entry(const iam::PolicyRecord& record, const iam::PolicyVersion& version,
                                 bool with_document) {
  return {with_document ? version.document : std::string(), iam::version_id(version.number),
          version.number == record.default_version, version.created};
}

AttachedPolicy attached_policy(const Context& context, const iam::PolicyRecord& record) {
  return {record.name, record.arn(partition(context))};
}

KeyStatus key_status(iam::AccessKeyStatus status) {
  return status == iam::AccessKeyStatus::kActive ? KeyStatus::kActive : KeyStatus::kInactive;
}

}  // namespace claviger::api::iam_actions
