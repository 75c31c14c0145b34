#include "api/iam/conditions.h"

#include "base/check.h"
#include "iam/names.h"

namespace claviger::api::iam_actions {
namespace {

using policy::ContextValues;

policy::ContextValues find_in(const std::vector<iam::Tag>& tags, const ConditionQuestion& asked) {
  return find_ignoring_case(
      tags, asked.rest, [](const iam::Tag& tag) -> std::string_view { return tag.key; },
      [](const iam::Tag& tag) -> std::string_view { return tag.value; });
}

const iam::Snapshot& known(const ConditionQuestion& asked) {
  CLAVIGER_CHECK(asked.iam != nullptr && asked.caller != nullptr);
  return *asked.iam;
}
const AccountId& account(const ConditionQuestion& asked) { return asked.caller->account; }

template <class Entity>
ContextValues tag_of(const Entity* entity, const ConditionQuestion& asked) {
  return entity == nullptr || entity->record.account != account(asked) ? ContextValues()
                                                                       : find_in(entity->record.tags, asked);
}

}  // namespace

ContextValues entity_tag(const ConditionQuestion& asked, iam::EntityKind kind, std::string_view name) {
  if (kind == iam::EntityKind::kUser) return tag_of(known(asked).user(account(asked), name), asked);
  if (kind == iam::EntityKind::kRole) return tag_of(known(asked).role(account(asked), name), asked);
  return {};
}

ContextValues own_user_tag(const ConditionQuestion& asked, const std::optional<std::string>& name) {
  if (name) return entity_tag(asked, iam::EntityKind::kUser, *name);
  const auto& identity = asked.caller->identity;
  if (asked.caller->kind != policy::PrincipalKind::kUser || identity == nullptr) return {};
  return tag_of(known(asked).user(identity->id), asked);
}

ContextValues arn_tag(const ConditionQuestion& asked, std::string_view arn) {
  const auto parsed = iam::parse_entity_arn(arn);
  if (!parsed || parsed->account != account(asked)) return {};
  return entity_tag(asked, parsed->kind, parsed->name);
}

ContextValues key_owner_tag(const ConditionQuestion& asked, std::string_view access_key_id) {
  const iam::UniqueId* id = known(asked).user_of_access_key(access_key_id);
  return id == nullptr ? ContextValues() : tag_of(known(asked).user(*id), asked);
}

ContextValues policy_tag(const ConditionQuestion& asked, std::string_view arn) {
  return tag_of(known(asked).policy_by_arn(arn), asked);
}

ContextValues provider_tag(const ConditionQuestion& asked, std::string_view arn) {
  return tag_of(known(asked).provider_by_arn(arn), asked);
}

ContextValues boundary_of(const ConditionQuestion& asked, iam::EntityKind kind, std::string_view name) {
  const auto identity_boundary = [](const auto* entity) {
    if (entity == nullptr || entity->identity->boundary_arn.empty()) return ContextValues();
    return ContextValues::single(entity->identity->boundary_arn);
  };
  if (kind == iam::EntityKind::kUser) return identity_boundary(known(asked).user(account(asked), name));
  return identity_boundary(known(asked).role(account(asked), name));
}

ContextValues request_tag(const ConditionQuestion& asked, const std::vector<iam::Tag>& tags) {
  return find_in(tags, asked);
}

ContextValues tag_keys(const ConditionQuestion& asked, const std::vector<iam::Tag>& tags) {
  return asked.list([&] {
    std::vector<std::string_view> keys;
    keys.reserve(tags.size());
    for (const iam::Tag& tag : tags) keys.push_back(tag.key);
    return keys;
  });
}

ContextValues tag_keys(const ConditionQuestion& asked, const std::vector<std::string>& keys) {
  return asked.list([&] { return std::vector<std::string_view>(keys.begin(), keys.end()); });
}

}  // namespace claviger::api::iam_actions
