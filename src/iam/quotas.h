// Quotas of IAM and STS with AWS's defaults (IAM User Guide, "IAM and AWS STS quotas"). Counts are per account unless
// said; sizes count characters of policies without white space.
#pragma once

#include <cstddef>
#include <cstdint>

namespace claviger::iam {

struct Quotas {
  std::int64_t users = 5000;
  std::int64_t groups = 300;
  std::int64_t roles = 1000;
  std::int64_t policies = 1500;
  std::int64_t providers = 100;

  std::size_t attached_policies = 10;  // for each user, group and role
  std::size_t groups_per_user = 10;
  std::size_t access_keys_per_user = 2;
  std::size_t versions_per_policy = 5;
  std::size_t tags = 50;  // for each entity that has tags
  std::size_t client_ids_per_provider = 100;
  std::size_t thumbprints_per_provider = 5;

  std::size_t managed_policy_characters = 6144;
  std::size_t user_inline_characters = 2048;    // all inline policies of one user together
  std::size_t group_inline_characters = 5120;   // of one group
  std::size_t role_inline_characters = 10'240;  // of one role
  std::size_t trust_policy_characters = 2048;
};

// What AWS does not say and every record keeps: the policy documents of one entity together, white space included, so
// that an entity is always one record of the store.
inline constexpr std::size_t kMaxDocumentBytesPerEntity = 384 * 1024;

}  // namespace claviger::iam
