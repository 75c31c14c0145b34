#include "audit/files.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <system_error>

#include "base/check.h"

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

constexpr std::size_t kZeroBytes = 256 * 1024;
// Direct writes go in whole blocks of this size, which is a multiple of every common device's.
constexpr std::size_t kBlockBytes = 4096;

constexpr std::uint64_t block_start(std::uint64_t offset) { return offset / kBlockBytes * kBlockBytes; }

// Memory that direct writes can start from. Grows and never shrinks.
class BlockBuffer final {
 public:
  BlockBuffer() = default;
  BlockBuffer(const BlockBuffer&) = delete;
  BlockBuffer& operator=(const BlockBuffer&) = delete;
  ~BlockBuffer() { std::free(data_); }

  // At least `size` bytes, of which the first `keep` are as before.
  std::uint8_t* grow(std::size_t size, std::size_t keep) {
    if (size > capacity_) {
      const std::size_t blocks = (std::max(size, capacity_ * 2) + kBlockBytes - 1) / kBlockBytes;
      auto* grown = static_cast<std::uint8_t*>(std::aligned_alloc(kBlockBytes, blocks * kBlockBytes));
      CLAVIGER_CHECK(grown != nullptr);
      std::copy_n(data_, keep, grown);
      std::free(data_);
      data_ = grown;
      capacity_ = blocks * kBlockBytes;
    }
    return data_;
  }

 private:
  std::uint8_t* data_ = nullptr;
  std::size_t capacity_ = 0;
};

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
    // Past the page cache and in small pieces, so that the log's own writes to the same disk do not wait behind them.
    std::uint8_t* zeros = buffer_.grow(kZeroBytes, 0);
    std::fill_n(zeros, kZeroBytes, std::uint8_t{0});
    set_direct(size % kBlockBytes == 0);
    for (std::uint64_t at = 0; at < size;) {
      const auto most = static_cast<std::size_t>(std::min<std::uint64_t>(kZeroBytes, size - at));
      const ssize_t count = uninterrupted([&] { return ::pwrite(fd_, zeros, most, static_cast<off_t>(at)); });
      if (count < 0 && errno == EINVAL && direct_) {
        set_direct(false);
        can_be_direct_ = false;
        continue;
      }
      if (count < 0) return last_error();
      if (count == 0 || (direct_ && static_cast<std::size_t>(count) % kBlockBytes != 0)) {
        return std::unexpected(ENOSPC);
      }
      at += static_cast<std::uint64_t>(count);
    }
    return {};
  }
  SysResult<std::size_t> write_at(ByteSpan bytes, std::uint64_t offset) override {
    set_direct(false);
    const ssize_t count =
        uninterrupted([&] { return ::pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(offset)); });
    if (count < 0) return last_error();
    return static_cast<std::size_t>(count);
  }
  SysResult<std::size_t> read_at(MutableByteSpan out, std::uint64_t offset) override {
    set_direct(false);
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
  // One direct, synchronous write past the page cache: a third of the processor time of a write and a sync. The
  // blocks at both ends are written whole, with what stands in them before `offset`, and zeros behind the bytes: this
  // is for files that are written in order into blocks that were zero.
  SysResult<void> write_durably(ByteSpan bytes, std::uint64_t offset) override {
    const std::uint64_t start = block_start(offset);
    const auto lead = static_cast<std::size_t>(offset - start);
    const std::size_t size = (lead + bytes.size() + kBlockBytes - 1) / kBlockBytes * kBlockBytes;
    std::uint8_t* buffer = buffer_.grow(size, kBlockBytes * (tail_end_ == offset ? 1 : 0));
    // The block that the bytes begin in is at hand after a write that ended there.
    if (lead > 0 && tail_end_ != offset) {
      const auto read = read_all(*this, {buffer, lead}, start);
      if (!read) return read;
    }
    tail_end_ = kNoTail;
    if (!set_direct(true)) return File::write_durably(bytes, offset);
    std::copy(bytes.begin(), bytes.end(), buffer + lead);
    std::fill(buffer + lead + bytes.size(), buffer + size, std::uint8_t{0});
    for (std::size_t done = 0; done < size;) {
      const iovec part{buffer + done, size - done};
      const ssize_t count =
          uninterrupted([&] { return ::pwritev2(fd_, &part, 1, static_cast<off_t>(start + done), RWF_DSYNC); });
      // A system or file system without direct synchronous writes.
      if (count < 0 && done == 0 && (errno == EINVAL || errno == EOPNOTSUPP || errno == ENOSYS)) {
        can_be_direct_ = false;
        set_direct(false);
        return File::write_durably(bytes, offset);
      }
      if (count < 0) return last_error();
      if (count == 0 || static_cast<std::size_t>(count) % kBlockBytes != 0) return std::unexpected(ENOSPC);
      done += static_cast<std::size_t>(count);
    }
    const std::size_t last = size - kBlockBytes;
    if (last > 0) std::copy_n(buffer + last, kBlockBytes, buffer);
    tail_end_ = offset + bytes.size();
    return {};
  }

 private:
  static constexpr std::uint64_t kNoTail = ~std::uint64_t{0};

  // Whether writes go past the page cache from now on. False when that cannot be had.
  bool set_direct(bool direct) {
    if (direct == direct_ || (direct && !can_be_direct_)) return direct_ == direct;
    const int flags = ::fcntl(fd_, F_GETFL);
    const int wanted = direct ? flags | O_DIRECT : flags & ~O_DIRECT;
    if (flags < 0 || ::fcntl(fd_, F_SETFL, wanted) != 0) {
      can_be_direct_ = false;
      return false;
    }
    direct_ = direct;
    return true;
  }

  int fd_;
  bool direct_ = false;
  bool can_be_direct_ = true;
  BlockBuffer buffer_;
  std::uint64_t tail_end_ = kNoTail;  // the first block of buffer_ holds what stands in the file before this offset
};

SysResult<std::unique_ptr<File>> open_file(const std::string& path, int flags) {
  const int fd = uninterrupted([&] { return ::open(path.c_str(), flags | O_CLOEXEC | O_NOFOLLOW, 0600); });
  if (fd < 0) return last_error();
  return std::make_unique<PosixFile>(fd);
}

}  // namespace

SysResult<void> File::write_durably(ByteSpan bytes, std::uint64_t offset) {
  if (const auto written = write_all(*this, bytes, offset); !written) return written;
  return sync();
}

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
