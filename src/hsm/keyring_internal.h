// What the rest of this room may do with a Keyring. Included by hsm/*.cc only.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "crypto/aead.h"
#include "hsm/keyring.h"
#include "hsm/protected_memory.h"

namespace claviger::hsm {

class KeyringAccess final {
 public:
  // nullopt for a version that this keyring does not have. Valid as long as the keyring.
  static std::optional<crypto::Key256> domain_key(const Keyring& keyring, std::uint32_t version);
  // A 32-byte key derived from the root key: one for each label and context.
  static ProtectedBlock derive(const Keyring& keyring, std::string_view label, std::string_view context);
  static ProtectedBlock allocate(const Keyring& keyring, std::size_t size);
};

}  // namespace claviger::hsm
