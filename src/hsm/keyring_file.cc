#include "hsm/keyring_file.h"

#include <fcntl.h>

#include <string_view>
#include <utility>

#include "hsm/file_descriptor.h"

namespace claviger::hsm {
namespace {

constexpr std::string_view kKeyringMagic = "CLAVKEYR";
constexpr std::uint8_t kKeyringVersion = 1;
constexpr std::size_t kPreambleBytes = 8 + 1 + 1 + 16;

}  // namespace

std::optional<KeyringFile> KeyringFile::parse(ByteSpan file) {
  KeyringFile result;
  ByteReader reader(file);
  if (as_text(reader.raw(kKeyringMagic.size())) != kKeyringMagic || reader.u8() != kKeyringVersion) return std::nullopt;
  const std::uint8_t seal = reader.u8();
  if (seal != std::to_underlying(SealKind::kKeyFile) && seal != std::to_underlying(SealKind::kPassphrase)) {
    return std::nullopt;
  }
  result.seal = static_cast<SealKind>(seal);
  result.id = reader.array<16>();
  result.wrapped_root = reader.sized16();
  const std::size_t body_length_at = file.size() - reader.rest().size();
  result.sealed_body = reader.sized32();
  if (!reader.done()) return std::nullopt;
  result.preamble = file.first(kPreambleBytes);
  result.head = file.first(body_length_at);
  return result;
}

Bytes keyring_preamble(SealKind seal, ByteSpan id) {
  Bytes preamble;
  ByteWriter writer(preamble);
  writer.raw(as_bytes(kKeyringMagic));
  writer.u8(kKeyringVersion);
  writer.u8(std::to_underlying(seal));
  writer.raw(id);
  return preamble;
}

Result<Bytes> read_keyring_file(const std::string& path) {
  const FileDescriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid()) return fail(io_error("cannot open", path));
  Bytes bytes(kMaxKeyringFileBytes + 1);
  CLAVIGER_ASSIGN(const std::size_t size, read_up_to(file, bytes, path));
  if (size > kMaxKeyringFileBytes) return fail(Error::io("too large for a keyring: " + path));
  bytes.resize(size);
  return bytes;
}

}  // namespace claviger::hsm
