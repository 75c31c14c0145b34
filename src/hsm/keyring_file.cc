#include "hsm/keyring_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <string_view>
#include <utility>

#include "hsm/file_descriptor.h"

namespace claviger::hsm {
namespace {

constexpr std::string_view kMagic = "CLAVKEYR";
constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kPreambleBytes = 8 + 1 + 1 + 16;

Status write_new_file(const std::string& path, ByteSpan bytes) {
  const FileDescriptor file(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file.valid()) return fail(io_error("cannot create", path));
  CLAVIGER_TRY(write_all(file, bytes, path));
  if (fsync(file.get()) != 0) return fail(io_error("cannot flush", path));
  return {};
}

Status put_in_place(const std::string& from, const std::string& to, Existing existing) {
  switch (existing) {
    case Existing::kRefuse:
      // Unlike rename(), link() never replaces.
      if (link(from.c_str(), to.c_str()) != 0) return fail(io_error("cannot create", to));
      if (unlink(from.c_str()) != 0) return fail(io_error("cannot remove", from));
      return {};
    case Existing::kReplace:
      if (rename(from.c_str(), to.c_str()) != 0) return fail(io_error("cannot replace", to));
      return {};
  }
  std::unreachable();
}

}  // namespace

std::optional<KeyringFile> KeyringFile::parse(ByteSpan file) {
  KeyringFile result;
  ByteReader reader(file);
  if (as_text(reader.raw(kMagic.size())) != kMagic || reader.u8() != kVersion) return std::nullopt;
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
  writer.raw(as_bytes(kMagic));
  writer.u8(kVersion);
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

Status write_keyring_file(const std::string& path, ByteSpan bytes, Existing existing) {
  const std::string fresh = path + ".new";
  // Left behind by a process that died here; nobody else writes this name.
  (void)unlink(fresh.c_str());
  Status status = write_new_file(fresh, bytes);
  if (status) status = put_in_place(fresh, path, existing);
  if (!status) {
    (void)unlink(fresh.c_str());
    return status;
  }
  return sync_directory_of(path);
}

}  // namespace claviger::hsm
