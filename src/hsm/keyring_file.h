// The keyring's file: its layout (docs/formats/keyring.md). Included by hsm/*.cc only.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "hsm/seal.h"

namespace claviger::hsm {

inline constexpr std::size_t kMaxKeyringFileBytes = 64 * 1024;

// The file as fields; nothing is verified but the form. The spans are views into the file's bytes.
struct KeyringFile {
  SealKind seal = SealKind::kKeyFile;
  std::array<std::uint8_t, 16> id{};
  ByteSpan wrapped_root;
  ByteSpan sealed_body;
  // The fields before wrapped_root, to which the seal binds the root key.
  ByteSpan preamble;
  // Everything before sealed_body, which authenticates it.
  ByteSpan head;

  // nullopt for another magic, version or seal, a length that does not fit, trailing bytes.
  static std::optional<KeyringFile> parse(ByteSpan file);
};

// The preamble of a new file.
Bytes keyring_preamble(SealKind seal, ByteSpan id);

// At most kMaxKeyringFileBytes; kIo otherwise.
[[nodiscard]] Result<Bytes> read_keyring_file(const std::string& path);

}  // namespace claviger::hsm
