// What AWS's Service Authorization Reference says of AWS KMS, built here or not: permissions, what each is decided on,
// and which condition keys its requests can carry. For advice on policies only; nothing is enforced by this.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "policy/context.h"

namespace claviger::cli {

enum class KmsResource : std::uint8_t {
  kNone,   // `*`: identity policies alone decide
  kKey,    // a key: the key policy, or an identity policy it leaves it to
  kAlias,  // an alias and its keys
};

struct KmsPermission {
  std::string_view name;  // `Encrypt`
  KmsResource resource;
  std::uint32_t groups;     // of condition keys; see the table
  std::string_view others;  // further condition keys, parted by blanks
};

// Sorted by name. ReEncrypt stands for two permissions and is none itself.
std::span<const KmsPermission> kms_permissions();

enum class ConditionType : std::uint8_t { kString, kBool, kNumeric, kDate, kArn, kIp };

struct ConditionKeyInfo {
  std::string_view name;  // with a final `:` or `/` for all that begin so
  ConditionType type = ConditionType::kString;
  bool multi_valued = false;
};

// nullptr for a key that neither AWS KMS nor IAM's global keys have.
const ConditionKeyInfo* find_condition_key(const policy::ContextKey& key);
// Whether a request for this permission can carry the key, which is one of KMS's own or of tags; global ones always.
bool carries(const KmsPermission& permission, const ConditionKeyInfo& key);

}  // namespace claviger::cli
