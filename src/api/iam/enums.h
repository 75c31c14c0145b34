// Enums of IAM's filters (IAM API reference, ListPolicies and ListEntitiesForPolicy).
#pragma once

#include <array>
#include <cstdint>

#include "wire/type_info.h"

namespace claviger::api::iam_actions {

enum class PolicyScope : std::uint8_t { kAll, kAws, kLocal };
enum class PolicyUsage : std::uint8_t { kPermissionsPolicy, kPermissionsBoundary };
enum class EntityType : std::uint8_t { kUser, kRole, kGroup, kLocalManagedPolicy, kAwsManagedPolicy };

}  // namespace claviger::api::iam_actions

namespace claviger::wire {

template <>
struct EnumNames<api::iam_actions::PolicyScope> {
  using E = api::iam_actions::PolicyScope;
  static constexpr auto kNames = std::to_array<EnumName<E>>({{"All", E::kAll}, {"AWS", E::kAws}, {"Local", E::kLocal}});
};

template <>
struct EnumNames<api::iam_actions::PolicyUsage> {
  using E = api::iam_actions::PolicyUsage;
  static constexpr auto kNames = std::to_array<EnumName<E>>(
      {{"PermissionsPolicy", E::kPermissionsPolicy}, {"PermissionsBoundary", E::kPermissionsBoundary}});
};

template <>
struct EnumNames<api::iam_actions::EntityType> {
  using E = api::iam_actions::EntityType;
  static constexpr auto kNames = std::to_array<EnumName<E>>({{"User", E::kUser},
                                                             {"Role", E::kRole},
                                                             {"Group", E::kGroup},
                                                             {"LocalManagedPolicy", E::kLocalManagedPolicy},
                                                             {"AWSManagedPolicy", E::kAwsManagedPolicy}});
};

}  // namespace claviger::wire
