#include "cli/seed_entities.h"

#include <utility>

namespace claviger::cli {
namespace {

constexpr std::string_view kNoDocument = "write the policy, as YAML or as a text of JSON";

Status read_required_document(std::string_view file, const SeedFields& fields, std::string_view name, SeedText& out) {
  CLAVIGER_ASSIGN(const yaml::Node* const node, fields.require(name));
  CLAVIGER_ASSIGN(out, read_seed_document(file, *node, kNoDocument));
  return {};
}

Status read_tags(std::string_view file, const SeedFields& fields, SeedEntity& entity) {
  CLAVIGER_ASSIGN(auto tags, read_seed_tags(file, fields, "Key", "Value"));
  for (auto& [key, value] : tags) entity.tags.push_back({std::move(key), std::move(value)});
  return {};
}

// The policies of a user, group or role.
Status read_permissions(std::string_view file, const SeedFields& fields, SeedEntity& entity) {
  CLAVIGER_ASSIGN(const auto policies, fields.list("Policies"));
  for (const yaml::Node& node : policies) {
    CLAVIGER_ASSIGN(const SeedFields policy,
                    SeedFields::of(file, node, "an inline policy", {"PolicyName", "PolicyDocument"}));
    SeedText document;
    CLAVIGER_TRY(read_required_document(file, policy, "PolicyDocument", document));
    SeedInlinePolicy& added = entity.inline_policies.emplace_back();
    added.place = document.place;
    added.json = std::move(document.text);
    CLAVIGER_ASSIGN(added.name, policy.required_text("PolicyName"));
  }
  CLAVIGER_ASSIGN(entity.attached, read_seed_texts(file, fields, "ManagedPolicyArns"));
  return {};
}

Status read_boundary(std::string_view file, const SeedFields& fields, SeedEntity& entity) {
  const yaml::Node* node = fields.find("PermissionsBoundary");
  if (node == nullptr) return {};
  CLAVIGER_ASSIGN(std::string arn, seed_text(file, *node, "PermissionsBoundary"));
  entity.boundary = SeedText{node->place, std::move(arn)};
  return {};
}

Status read_access_keys(std::string_view file, const SeedFields& fields, SeedEntity& entity) {
  CLAVIGER_ASSIGN(const auto keys, fields.list("AccessKeys"));
  for (const yaml::Node& node : keys) {
    CLAVIGER_ASSIGN(const SeedFields key,
                    SeedFields::of(file, node, "an access key", {"AccessKeyId", "SecretAccessKey"}));
    SeedAccessKey& added = entity.access_keys.emplace_back();
    added.place = key.place();
    CLAVIGER_ASSIGN(added.id, key.required_text("AccessKeyId"));
    CLAVIGER_ASSIGN(const yaml::Node* const secret, key.require("SecretAccessKey"));
    if (secret->kind != yaml::Kind::kText) {
      return yaml::fail_at(file, secret->place, "SecretAccessKey must be a text");
    }
    added.secret = SecretBytes::copy_of(as_bytes(secret->text));
  }
  return {};
}

Status read_managed_policy(std::string_view file, const yaml::Node& node, SeedEntity& entity) {
  CLAVIGER_ASSIGN(
      const SeedFields fields,
      SeedFields::of(file, node, "a managed policy", {"PolicyName", "Path", "Description", "PolicyDocument", "Tags"}));
  CLAVIGER_ASSIGN(entity.name, fields.required_text("PolicyName"));
  CLAVIGER_ASSIGN(entity.path, fields.text("Path", "/"));
  CLAVIGER_ASSIGN(entity.description, fields.text("Description", ""));
  CLAVIGER_TRY(read_required_document(file, fields, "PolicyDocument", entity.document));
  return read_tags(file, fields, entity);
}

Status read_group(std::string_view file, const yaml::Node& node, SeedEntity& entity) {
  CLAVIGER_ASSIGN(const SeedFields fields,
                  SeedFields::of(file, node, "a group", {"GroupName", "Path", "Policies", "ManagedPolicyArns"}));
  CLAVIGER_ASSIGN(entity.name, fields.required_text("GroupName"));
  CLAVIGER_ASSIGN(entity.path, fields.text("Path", "/"));
  return read_permissions(file, fields, entity);
}

Status read_user(std::string_view file, const yaml::Node& node, SeedEntity& entity) {
  CLAVIGER_ASSIGN(const SeedFields fields, SeedFields::of(file, node, "a user",
                                                          {"UserName", "Path", "Tags", "Groups", "Policies",
                                                           "ManagedPolicyArns", "PermissionsBoundary", "AccessKeys"}));
  CLAVIGER_ASSIGN(entity.name, fields.required_text("UserName"));
  CLAVIGER_ASSIGN(entity.path, fields.text("Path", "/"));
  CLAVIGER_TRY(read_tags(file, fields, entity));
  CLAVIGER_ASSIGN(entity.groups, read_seed_texts(file, fields, "Groups"));
  CLAVIGER_TRY(read_permissions(file, fields, entity));
  CLAVIGER_TRY(read_boundary(file, fields, entity));
  return read_access_keys(file, fields, entity);
}

Status read_role(std::string_view file, const yaml::Node& node, SeedEntity& entity) {
  CLAVIGER_ASSIGN(const SeedFields fields,
                  SeedFields::of(file, node, "a role",
                                 {"RoleName", "Path", "Description", "MaxSessionDuration", "AssumeRolePolicyDocument",
                                  "Tags", "Policies", "ManagedPolicyArns", "PermissionsBoundary"}));
  CLAVIGER_ASSIGN(entity.name, fields.required_text("RoleName"));
  CLAVIGER_ASSIGN(entity.path, fields.text("Path", "/"));
  CLAVIGER_ASSIGN(entity.description, fields.text("Description", ""));
  CLAVIGER_ASSIGN(entity.max_session_seconds, fields.text("MaxSessionDuration", "3600"));
  CLAVIGER_TRY(read_required_document(file, fields, "AssumeRolePolicyDocument", entity.document));
  CLAVIGER_TRY(read_tags(file, fields, entity));
  CLAVIGER_TRY(read_permissions(file, fields, entity));
  return read_boundary(file, fields, entity);
}

}  // namespace

Status read_seed_entities(std::string_view file, const SeedFields& account_fields, const AccountId& account,
                          std::vector<SeedEntity>& entities) {
  const auto read = [&](std::string_view field, iam::EntityKind kind, auto read_one) -> Status {
    CLAVIGER_ASSIGN(const auto nodes, account_fields.list(field));
    for (const yaml::Node& node : nodes) {
      SeedEntity& entity = entities.emplace_back();
      entity.place = node.place;
      entity.account = account;
      entity.kind = kind;
      CLAVIGER_TRY(read_one(file, node, entity));
    }
    return {};
  };
  CLAVIGER_TRY(read("Policies", iam::EntityKind::kPolicy, read_managed_policy));
  CLAVIGER_TRY(read("Groups", iam::EntityKind::kGroup, read_group));
  CLAVIGER_TRY(read("Users", iam::EntityKind::kUser, read_user));
  return read("Roles", iam::EntityKind::kRole, read_role);
}

}  // namespace claviger::cli
