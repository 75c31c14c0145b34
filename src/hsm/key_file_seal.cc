#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crypto/kdf.h"
#include "hsm/file_descriptor.h"
#include "hsm/root_wrap.h"
#include "hsm/seal.h"
#include "hsm/whole_file.h"
#include "hsm/wiped_array.h"

namespace claviger::hsm {
namespace {

constexpr std::size_t kKeyFileBytes = 32;

Error bad_key_file(const std::string& path, std::string_view why) {
  return {ErrorCode::kKeyUnavailable, {}, "key file " + path + ": " + std::string(why)};
}

Status check_key_file(const FileDescriptor& file, const std::string& path) {
  struct stat info{};
  if (fstat(file.get(), &info) != 0) return fail(io_error("cannot examine", path));
  if (!S_ISREG(info.st_mode)) return fail(bad_key_file(path, "not a regular file"));
  if (info.st_uid != geteuid() && info.st_uid != 0) return fail(bad_key_file(path, "belongs to another user"));
  if ((info.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return fail(bad_key_file(path, "accessible to its group or to others; its mode must be 0600 or 0400"));
  }
  if (info.st_size != static_cast<off_t>(kKeyFileBytes)) return fail(bad_key_file(path, "not of 32 bytes"));
  return {};
}

// The wrapping key of one salt.
Status derive_wrapping_key(const std::string& path, ByteSpan salt, MutableByteSpan key) {
  const FileDescriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file.valid()) return fail(io_error("cannot open key file", path));
  CLAVIGER_TRY(check_key_file(file, path));
  WipedArray<kKeyFileBytes> content;
  CLAVIGER_ASSIGN(const std::size_t size, read_up_to(file, content.bytes, path));
  if (size != kKeyFileBytes) return fail(bad_key_file(path, "not of 32 bytes"));
  crypto::HmacSha256 prf{ByteSpan(content.bytes)};
  crypto::derive_sp800_108(prf, "claviger/v1/key-file-seal", salt, key);
  return {};
}

}  // namespace

Status KeyFileSeal::create_file(const std::string& path, RandomSource& random) {
  WipedArray<kKeyFileBytes> content;
  random.fill(content.bytes);
  return write_whole_file(path, content.bytes, Existing::kRefuse);
}

Result<Bytes> KeyFileSeal::wrap(const SecretBytes& root, ByteSpan associated, RandomSource& random) {
  Bytes wrapped(kSealSaltBytes);
  random.fill(wrapped);
  WipedArray<32> key;
  CLAVIGER_TRY(derive_wrapping_key(path_, wrapped, key.bytes));
  append_wrapped_root(key.bytes, root, associated, random, wrapped);
  return wrapped;
}

Result<SecretBytes> KeyFileSeal::unwrap(ByteSpan wrapped, ByteSpan associated) {
  if (wrapped.size() != kSealSaltBytes + kWrappedRootBytes) return fail(keyring_does_not_open());
  WipedArray<32> key;
  CLAVIGER_TRY(derive_wrapping_key(path_, wrapped.first(kSealSaltBytes), key.bytes));
  return open_wrapped_root(key.bytes, wrapped, kSealSaltBytes, associated);
}

}  // namespace claviger::hsm
