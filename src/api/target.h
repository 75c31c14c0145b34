// What a request acts on, as the action declares it. The pipeline turns each target into a snapshot, decides whether
// the caller may, and checks usage and state, before the handler runs.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string_view>

#include "base/bytes.h"
#include "base/check.h"
#include "base/encryption_context.h"
#include "keys/grant.h"
#include "keys/key_ref.h"
#include "keys/state_rules.h"
#include "keys/usage_rules.h"

namespace claviger::api {

struct Target {
  enum class Kind : std::uint8_t {
    kKey,         // the key that `text` names, which must be the one that made the ciphertext `blob` if that is given
    kCiphertext,  // the key that made the ciphertext `blob`
    kAlias,       // the alias named `text`; kNotFound when there is none
    kNewAlias,    // the alias name `text`, which need not exist
    kKeyOfAlias,  // the key that the alias before points at
    kRelatedKey,  // the related key, in Region `text`, of the multi-Region key before; without one it is nothing
    kGrantToken,  // the key of the grant whose token is `text`, and that grant
  };
  Kind kind = Kind::kKey;
  std::string_view text;
  ByteSpan blob;
  keys::RefRule ref;
  // What the caller needs on this key or alias, such as `kms:Encrypt`.
  std::string_view permission;
  // Whether the permission is decided on this key or alias. Else it is only looked up, and refusals name the
  // permission; where nothing is decided on a target, the action's own permission is decided without a resource.
  bool decided = true;
  bool cross_account = false;  // the operation works on keys of other accounts
  keys::StateRule state = keys::StateRule::kAny;
  // The key must have the usage that this is for, and offer it.
  std::optional<keys::Algorithm> algorithm;
  // Stands in the audit record's resources.
  bool recorded = true;
  // What grants with a constraint match: the encryption context of the request for this key; null: it has none.
  const EncryptionContext* encryption_context = nullptr;
  // Of CreateGrant: what is to be granted. A caller whose own right comes from a grant cannot give more than that.
  keys::GrantTerms child = {};
  // Of RetireGrant, with kKey: the grant's id. The permission is then for whom the grant or its issuer's account allows
  // it, and policies can only deny it; so it is with kGrantToken.
  std::string_view grant_id = {};
  // Naming a predefined alias of AWS's that has no key yet makes the key; see keys/managed_keys.h.
  bool makes_managed_key = false;
  // Of a kKey target with CreateAlias's and UpdateAlias's own text for an alias in place of a key.
  bool alias_target = false;
};

// At most four targets, in the order in which they are resolved, authorized and recorded.
class Targets final {
 public:
  static constexpr std::size_t kMax = 4;
  Targets() = default;
  Targets(std::initializer_list<Target> targets) {
    for (const Target& target : targets) add(target);
  }
  void add(const Target& target) {
    CLAVIGER_CHECK(size_ < targets_.size());
    targets_[size_++] = target;
  }
  std::span<const Target> view() const { return {targets_.data(), size_}; }

 private:
  std::array<Target, kMax> targets_;
  std::size_t size_ = 0;
};

}  // namespace claviger::api
