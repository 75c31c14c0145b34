// A user or role as decisions see it: who it is, and every policy that speaks for or limits it, parsed and in one list.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/identifiers.h"
#include "iam/ids.h"
#include "iam/record_parts.h"
#include "policy/document.h"

namespace claviger::iam {

// One identity policy, and where it comes from, for explanations.
struct IdentityPolicy {
  enum class Source : std::uint8_t { kInline, kManaged, kGroupInline, kGroupManaged };
  Source source = Source::kInline;
  std::string name;                                  // of an inline policy its name, of a managed one its ARN
  std::string group;                                 // of the group's policies: the group's name
  std::shared_ptr<const policy::Document> document;  // never null
};

// Immutable; shared between the registry's snapshots, callers and requests.
struct Identity {
  EntityKind kind = EntityKind::kUser;  // or kRole
  AccountId account;
  UniqueId id;
  std::string name;
  std::string path;
  std::string arn;  // in the registry's partition
  std::vector<Tag> tags;
  // Inline ones first, then attached ones, then for each group its inline and attached ones.
  std::vector<IdentityPolicy> policies;
  // The same documents, as decisions take them.
  std::vector<std::shared_ptr<const policy::Document>> documents;
  // The permissions boundary; nullptr when there is none.
  std::shared_ptr<const policy::Document> boundary;
  std::string boundary_arn;
  // False when a policy that it should have is missing or could not be read, which may have been one that denies: then
  // nobody may act as this identity.
  bool usable = true;
};

}  // namespace claviger::iam
