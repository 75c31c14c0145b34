#include "hsm/file_descriptor.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace claviger::hsm {

FileDescriptor::~FileDescriptor() {
  if (valid()) close(descriptor_);
}

Error io_error(std::string_view what, const std::string& path) {
  const int cause = errno;
  std::string detail(what);
  detail.append(" ").append(path).append(": ").append(std::strerror(cause));
  return Error::io(std::move(detail));
}

Result<std::size_t> read_up_to(const FileDescriptor& file, MutableByteSpan out, const std::string& path) {
  std::size_t filled = 0;
  while (filled < out.size()) {
    const ssize_t count = read(file.get(), out.data() + filled, out.size() - filled);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail(io_error("cannot read", path));
    if (count == 0) break;
    filled += static_cast<std::size_t>(count);
  }
  return filled;
}

Status write_all(const FileDescriptor& file, ByteSpan bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t count = write(file.get(), bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail(io_error("cannot write", path));
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
  return {};
}

Status sync_directory_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  const std::string directory = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const FileDescriptor file(open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!file.valid() || fsync(file.get()) != 0) return fail(io_error("cannot flush the directory", directory));
  return {};
}

}  // namespace claviger::hsm
