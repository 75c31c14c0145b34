#include "cli/seal_source.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace claviger::cli {
namespace {

constexpr std::size_t kMaxPassphraseBytes = 1024;

// The first line, read into wiped memory only.
Result<SecretBytes> read_passphrase(const std::string& path) {
  const bool standard_input = path == "-";
  const int descriptor = standard_input ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return fail(Error::io(fmt::format("{}: {}", path, std::strerror(errno))));
  SecretBytes buffer(kMaxPassphraseBytes + 2);
  std::size_t size = 0;
  ssize_t got = 0;
  const MutableByteSpan memory = buffer.writable();
  while (size < memory.size() && std::find(memory.begin(), memory.begin() + static_cast<std::ptrdiff_t>(size), '\n') ==
                                     memory.begin() + static_cast<std::ptrdiff_t>(size)) {
    got = ::read(descriptor, memory.data() + size, memory.size() - size);
    if (got <= 0) break;
    size += static_cast<std::size_t>(got);
  }
  if (!standard_input) ::close(descriptor);
  if (got < 0) return fail(Error::io(fmt::format("{}: {}", path, std::strerror(errno))));
  const auto end = memory.begin() + static_cast<std::ptrdiff_t>(size);
  const auto length = static_cast<std::size_t>(std::find(memory.begin(), end, '\n') - memory.begin());
  if (length == 0 || length > kMaxPassphraseBytes) {
    return fail(ErrorCode::kValidation, {},
                fmt::format("{}: a passphrase has 1 to {} bytes", path, kMaxPassphraseBytes));
  }
  buffer.resize(length);
  return buffer;
}

}  // namespace

Result<std::unique_ptr<hsm::Seal>> make_seal(const SealConfig& config, bool create, RandomSource& random) {
  if (!config.key_file.empty()) {
    if (create && ::access(config.key_file.c_str(), F_OK) != 0) {
      CLAVIGER_TRY(hsm::KeyFileSeal::create_file(config.key_file, random));
    }
    return std::make_unique<hsm::KeyFileSeal>(config.key_file);
  }
  CLAVIGER_ASSIGN(SecretBytes passphrase, read_passphrase(config.passphrase_file));
  return std::make_unique<hsm::PassphraseSeal>(std::move(passphrase));
}

}  // namespace claviger::cli
