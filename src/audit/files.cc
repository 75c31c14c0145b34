#include "audit/files.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <system_error>

namespace claviger::audit {
namespace {

std::unexpected<int> last_error() { return std::unexpected(errno); }

// Repeats a call that a signal interrupted.
template <class F>
auto uninterrupted(F&& call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

constexpr std::uint64_t kZeroBytes = 1024 * 1024;

class PosixFile final : public File {
 public:
  explicit PosixFile(int fd) : fd_(fd) {}
  PosixFile(const PosixFile&) = delete;
  PosixFile& operator=(const PosixFile&) = delete;
  ~PosixFile() override { ::close(fd_); }

  SysResult<void> allocate(std::uint64_t size) override {
    // First the blocks, all of them or ENOSPC at once; file systems without it find out while writing.
    if (uninterrupted([&] { return ::fallocate(fd_, 0, 0, static_cast<off_t>(size)); }) != 0 && errno != EOPNOTSUPP) {
      return last_error();
    }
    const Bytes zeros(std::min<std::uint64_t>(size, kZeroBytes));
    for (std::uint64_t at = 0; at < size;) {
      const auto count = write_at(ByteSpan(zeros).first(std::min<std::uint64_t>(zeros.size(), size - at)), at);
      if (!count) return std::unexpected(count.error());
      if (*count == 0) return std::unexpected(ENOSPC);
      at += *count;
    }
    return {};
  }
  SysResult<std::size_t> write_at(ByteSpan bytes, std::uint64_t offset) override {
    const ssize_t count =
        uninterrupted([&] { return ::pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(offset)); });
    if (count < 0) return last_error();
    return static_cast<std::size_t>(count);
  }
  SysResult<std::size_t> read_at(MutableByteSpan out, std::uint64_t offset) override {
    const ssize_t count =
        uninterrupted([&] { return ::pread(fd_, out.data(), out.size(), static_cast<off_t>(offset)); });
    if (count < 0) return last_error();
    return static_cast<std::size_t>(count);
  }
  SysResult<void> sync() override {
    if (uninterrupted([&] { return ::fdatasync(fd_); }) != 0) return last_error();
    return {};
  }
  SysResult<std::uint64_t> size() override {
    struct stat info{};
    if (::fstat(fd_, &info) != 0) return last_error();
    return static_cast<std::uint64_t>(info.st_size);
  }

 private:
  int fd_;
};

SysResult<std::unique_ptr<File>> open_file(const std::string& path, int flags) {
  const int fd = uninterrupted([&] { return ::open(path.c_str(), flags | O_CLOEXEC | O_NOFOLLOW, 0600); });
  if (fd < 0) return last_error();
  return std::make_unique<PosixFile>(fd);
}

}  // namespace

SysResult<void> PosixFiles::make_directory(const std::string& path) {
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return last_error();
  return {};
}
SysResult<std::unique_ptr<File>> PosixFiles::create(const std::string& path) {
  return open_file(path, O_RDWR | O_CREAT | O_TRUNC);
}
SysResult<std::unique_ptr<File>> PosixFiles::open_read(const std::string& path) { return open_file(path, O_RDONLY); }
SysResult<std::unique_ptr<File>> PosixFiles::open_write(const std::string& path) { return open_file(path, O_RDWR); }
SysResult<void> PosixFiles::rename(const std::string& from, const std::string& to) {
  if (std::rename(from.c_str(), to.c_str()) != 0) return last_error();
  return {};
}
SysResult<void> PosixFiles::remove(const std::string& path) {
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return last_error();
  return {};
}
SysResult<void> PosixFiles::sync_directory(const std::string& path) {
  const int fd = uninterrupted([&] { return ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
  if (fd < 0) return last_error();
  const int result = uninterrupted([&] { return ::fsync(fd); });
  const int error = errno;
  ::close(fd);
  if (result != 0) return std::unexpected(error);
  return {};
}
SysResult<std::vector<std::string>> PosixFiles::list(const std::string& path) {
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(::opendir(path.c_str()), &::closedir);
  if (!directory) return last_error();
  std::vector<std::string> names;
  errno = 0;
  while (const dirent* entry = ::readdir(directory.get())) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
    errno = 0;
  }
  if (errno != 0) return last_error();
  std::sort(names.begin(), names.end());
  return names;
}

SysResult<void> write_all(File& file, ByteSpan bytes, std::uint64_t offset) {
  while (!bytes.empty()) {
    const SysResult<std::size_t> count = file.write_at(bytes, offset);
    if (!count) return std::unexpected(count.error());
    if (*count == 0) return std::unexpected(ENOSPC);
    bytes = bytes.subspan(*count);
    offset += *count;
  }
  return {};
}

SysResult<void> read_all(File& file, MutableByteSpan out, std::uint64_t offset) {
  while (!out.empty()) {
    const SysResult<std::size_t> count = file.read_at(out, offset);
    if (!count) return std::unexpected(count.error());
    if (*count == 0) return std::unexpected(EIO);
    out = out.subspan(*count);
    offset += *count;
  }
  return {};
}

std::string describe_errno(std::string_view what, int error) {
  return fmt::format("{}: {}", what, std::generic_category().message(error));
}

}  // namespace claviger::audit
