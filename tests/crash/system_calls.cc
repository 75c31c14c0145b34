// The C library's calls that write, in the interposer's hands.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "interposer.h"

namespace {

using crash::die;
using crash::Interposer;
using crash::interposer;
using crash::Kind;

std::uint64_t inode_of(int fd) {
  struct stat info{};
  if (fstat(fd, &info) != 0) die("fstat", std::strerror(errno));
  return info.st_ino;
}

bool exists(int directory, const char* path) {
  struct stat info{};
  return fstatat(directory, path, &info, AT_SYMLINK_NOFOLLOW) == 0;
}

ssize_t write_at(int fd, const void* bytes, std::size_t size, off_t offset) {
  Interposer& own = interposer();
  const std::string path = own.covered(fd);
  if (path.empty()) return syscall(SYS_pwrite64, fd, bytes, size, offset);
  return own.call(Kind::kWrite, path, size, [&](std::size_t most) {
    const ssize_t count = syscall(SYS_pwrite64, fd, bytes, most, offset);
    if (count > 0) {
      own.record(Kind::kWrite, inode_of(fd), static_cast<std::uint64_t>(offset), {}, {},
                 {static_cast<const std::uint8_t*>(bytes), static_cast<std::size_t>(count)});
    }
    return count;
  });
}

// pwritev2(): with RWF_DSYNC what was written is durable when the call returns, if the test does not say otherwise.
ssize_t write_at_with(int fd, const std::string& path, std::span<const std::uint8_t> bytes, off_t offset, int flags) {
  Interposer& own = interposer();
  return own.call(Kind::kWrite, path, bytes.size(), [&](std::size_t most) {
    const ssize_t count = syscall(SYS_pwrite64, fd, bytes.data(), most, offset);
    if (count > 0) {
      own.record(Kind::kWrite, inode_of(fd), static_cast<std::uint64_t>(offset), {}, {},
                 bytes.first(static_cast<std::size_t>(count)));
      const bool synced = (flags & RWF_DSYNC) != 0 && !own.skips_sync(path);
      if (synced) own.record(Kind::kSync, inode_of(fd), 0);
    }
    return count;
  });
}

ssize_t write_here(int fd, const void* bytes, std::size_t size) {
  Interposer& own = interposer();
  const std::string path = own.covered(fd);
  if (path.empty()) return syscall(SYS_write, fd, bytes, size);
  return own.call(Kind::kWrite, path, size, [&](std::size_t most) {
    const ssize_t count = syscall(SYS_write, fd, bytes, most);
    if (count > 0) {
      const off_t end = lseek(fd, 0, SEEK_CUR);
      own.record(Kind::kWrite, inode_of(fd), static_cast<std::uint64_t>(end - count), {}, {},
                 {static_cast<const std::uint8_t*>(bytes), static_cast<std::size_t>(count)});
    }
    return count;
  });
}

std::vector<std::uint8_t> gather(const iovec* parts, int count) {
  std::vector<std::uint8_t> bytes;
  for (const iovec& part : std::span(parts, static_cast<std::size_t>(count))) {
    const auto* data = static_cast<const std::uint8_t*>(part.iov_base);
    bytes.insert(bytes.end(), data, data + part.iov_len);
  }
  return bytes;
}

int truncate_fd(int fd, off_t size) {
  Interposer& own = interposer();
  const std::string path = own.covered(fd);
  if (path.empty()) return static_cast<int>(syscall(SYS_ftruncate, fd, size));
  return static_cast<int>(own.call(Kind::kTruncate, path, 0, [&](std::size_t) -> ssize_t {
    const long result = syscall(SYS_ftruncate, fd, size);
    if (result == 0) own.record(Kind::kTruncate, inode_of(fd), static_cast<std::uint64_t>(size));
    return result;
  }));
}

int allocate(int fd, int mode, off_t offset, off_t size) {
  Interposer& own = interposer();
  const std::string path = own.covered(fd);
  if (path.empty()) return static_cast<int>(syscall(SYS_fallocate, fd, mode, offset, size));
  if (mode != 0) die("not modelled", "fallocate with a mode");
  return static_cast<int>(own.call(Kind::kAllocate, path, 0, [&](std::size_t) -> ssize_t {
    const long result = syscall(SYS_fallocate, fd, mode, offset, size);
    if (result == 0) own.record(Kind::kAllocate, inode_of(fd), static_cast<std::uint64_t>(offset + size));
    return result;
  }));
}

int sync_fd(int fd, long number) {
  Interposer& own = interposer();
  const std::string path = own.covered(fd);
  if (path.empty()) return static_cast<int>(syscall(number, fd));
  const ssize_t result = own.call(
      Kind::kSync, path, 0,
      [&](std::size_t) -> ssize_t {
        // The data directories lie in memory: the trace is what makes a difference.
        if (!own.skips_sync(path)) own.record(Kind::kSync, inode_of(fd), 0);
        return 0;
      },
      // After a failed sync Linux calls the pages clean though they never reached the disk.
      [&] { own.record(Kind::kSyncFailed, inode_of(fd), 0); });
  return static_cast<int>(result);
}

int open_at(int directory, const char* path, int flags, mode_t mode) {
  Interposer& own = interposer();
  const auto open_now = [&](int with) { return static_cast<int>(syscall(SYS_openat, directory, path, with, mode)); };
  const bool creates = (flags & O_CREAT) != 0;
  const bool unnamed = (flags & O_TMPFILE) == O_TMPFILE;
  const bool empties = (flags & O_TRUNC) != 0;
  if (!creates && !empties && !unnamed) return open_now(flags);
  const std::string full = Interposer::absolute(directory, path);
  if (!own.covers(full)) return open_now(flags);
  if (unnamed) die("not modelled", "O_TMPFILE");
  if (creates && !exists(directory, path)) {
    return static_cast<int>(own.call(Kind::kCreate, full, 0, [&](std::size_t) -> ssize_t {
      const int fd = open_now(flags);
      if (fd >= 0) own.record(Kind::kCreate, inode_of(fd), 0, full);
      return fd;
    }));
  }
  const int fd = open_now(flags & ~O_TRUNC);
  if (fd >= 0 && empties && truncate_fd(fd, 0) != 0) {
    const int error = errno;
    syscall(SYS_close, fd);
    errno = error;
    return -1;
  }
  return fd;
}

// rename(), link(): `from` and `to`.
template <class F>
int two_paths(Kind kind, int from_directory, const char* from, int to_directory, const char* to, F&& perform) {
  Interposer& own = interposer();
  const std::string source = Interposer::absolute(from_directory, from);
  const std::string target = Interposer::absolute(to_directory, to);
  if (!own.covers(source) && !own.covers(target)) return static_cast<int>(perform());
  return static_cast<int>(own.call(kind, own.covers(target) ? target : source, 0, [&](std::size_t) -> ssize_t {
    const long result = perform();
    if (result == 0) own.record(kind, 0, 0, source, target);
    return result;
  }));
}

template <class F>
int one_path(Kind kind, int directory, const char* path, F&& perform) {
  Interposer& own = interposer();
  const std::string full = Interposer::absolute(directory, path);
  // A call that finds nothing to do is not a write: SQLite removes journals that are not there.
  if (!own.covers(full) || exists(directory, path) == (kind == Kind::kMakeDirectory))
    return static_cast<int>(perform());
  return static_cast<int>(own.call(kind, full, 0, [&](std::size_t) -> ssize_t {
    const long result = perform();
    struct stat info{};
    if (result == 0 && kind == Kind::kMakeDirectory) fstatat(directory, path, &info, AT_SYMLINK_NOFOLLOW);
    if (result == 0) own.record(kind, info.st_ino, 0, full);
    return result;
  }));
}

int remove_entry(int directory, const char* path, int flags) {
  const Kind kind = (flags & AT_REMOVEDIR) != 0 ? Kind::kRemoveDirectory : Kind::kUnlink;
  return one_path(kind, directory, path, [&] { return syscall(SYS_unlinkat, directory, path, flags); });
}

mode_t mode_argument(int flags, va_list arguments) {
  return (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE ? va_arg(arguments, mode_t) : 0;
}

// For the C++ library's streams, which write with write(). What the C library's own streams write is not seen: the
// replay of the trace then differs from the files.
FILE* open_stream(const char* path, const char* mode, FILE* (*pass)(const char*, const char*)) {
  const bool reads = std::strchr(mode, '+') != nullptr;
  int flags = (reads ? O_RDWR : O_WRONLY) | O_CREAT | (std::strchr(mode, 'e') != nullptr ? O_CLOEXEC : 0);
  if (mode[0] == 'r' || !interposer().covers(Interposer::absolute(AT_FDCWD, path))) return pass(path, mode);
  flags |= mode[0] == 'w' ? O_TRUNC : O_APPEND;
  const int fd = open_at(AT_FDCWD, path, flags, 0666);
  return fd < 0 ? nullptr : fdopen(fd, mode);
}

template <class F>
F next(const char* name) {
  return reinterpret_cast<F>(dlsym(RTLD_NEXT, name));
}

}  // namespace

// The C library's names, in the order of their manual pages.
extern "C" {

ssize_t write(int fd, const void* bytes, size_t size) { return write_here(fd, bytes, size); }
ssize_t writev(int fd, const iovec* parts, int count) {
  if (interposer().covered(fd).empty()) return syscall(SYS_writev, fd, parts, count);
  const std::vector<std::uint8_t> bytes = gather(parts, count);
  return write_here(fd, bytes.data(), bytes.size());
}
ssize_t pwrite(int fd, const void* bytes, size_t size, off_t offset) { return write_at(fd, bytes, size, offset); }
ssize_t pwrite64(int fd, const void* bytes, size_t size, off64_t offset) { return write_at(fd, bytes, size, offset); }
ssize_t pwritev(int fd, const iovec* parts, int count, off_t offset) {
  const std::vector<std::uint8_t> bytes = gather(parts, count);
  return write_at(fd, bytes.data(), bytes.size(), offset);
}
ssize_t pwritev64(int fd, const iovec* parts, int count, off64_t offset) { return pwritev(fd, parts, count, offset); }
ssize_t pwritev2(int fd, const iovec* parts, int count, off_t offset, int flags) {
  const std::string path = interposer().covered(fd);
  if (path.empty()) return syscall(SYS_pwritev2, fd, parts, count, offset, 0, flags);
  return write_at_with(fd, path, gather(parts, count), offset, flags);
}
ssize_t pwritev64v2(int fd, const iovec* parts, int count, off64_t offset, int flags) {
  return pwritev2(fd, parts, count, offset, flags);
}

int ftruncate(int fd, off_t size) noexcept { return truncate_fd(fd, size); }
int ftruncate64(int fd, off64_t size) noexcept { return truncate_fd(fd, size); }
int fallocate(int fd, int mode, off_t offset, off_t size) { return allocate(fd, mode, offset, size); }
int fallocate64(int fd, int mode, off64_t offset, off64_t size) { return allocate(fd, mode, offset, size); }
int posix_fallocate(int fd, off_t offset, off_t size) { return allocate(fd, 0, offset, size) == 0 ? 0 : errno; }
int posix_fallocate64(int fd, off64_t offset, off64_t size) { return posix_fallocate(fd, offset, size); }

int fsync(int fd) { return sync_fd(fd, SYS_fsync); }
int fdatasync(int fd) { return sync_fd(fd, SYS_fdatasync); }
int sync_file_range(int fd, off64_t offset, off64_t size, unsigned int flags) {
  Interposer& own = interposer();
  const std::string path = own.covered(fd);
  if (path.empty()) return static_cast<int>(syscall(SYS_sync_file_range, fd, offset, size, flags));
  return static_cast<int>(own.call(Kind::kNoEffect, path, 0, [](std::size_t) -> ssize_t { return 0; }));
}

int open(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_argument(flags, arguments);
  va_end(arguments);
  return open_at(AT_FDCWD, path, flags, mode);
}
int open64(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_argument(flags, arguments);
  va_end(arguments);
  return open_at(AT_FDCWD, path, flags, mode);
}
int openat(int directory, const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_argument(flags, arguments);
  va_end(arguments);
  return open_at(directory, path, flags, mode);
}
int openat64(int directory, const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_argument(flags, arguments);
  va_end(arguments);
  return open_at(directory, path, flags, mode);
}
int creat(const char* path, mode_t mode) { return open_at(AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC, mode); }

int rename(const char* from, const char* to) noexcept { return renameat(AT_FDCWD, from, AT_FDCWD, to); }
int renameat(int from_directory, const char* from, int to_directory, const char* to) noexcept {
  return two_paths(Kind::kRename, from_directory, from, to_directory, to,
                   [&] { return syscall(SYS_renameat2, from_directory, from, to_directory, to, 0); });
}
int link(const char* from, const char* to) noexcept { return linkat(AT_FDCWD, from, AT_FDCWD, to, 0); }
int linkat(int from_directory, const char* from, int to_directory, const char* to, int flags) noexcept {
  return two_paths(Kind::kLink, from_directory, from, to_directory, to,
                   [&] { return syscall(SYS_linkat, from_directory, from, to_directory, to, flags); });
}
int unlink(const char* path) noexcept { return remove_entry(AT_FDCWD, path, 0); }
int unlinkat(int directory, const char* path, int flags) noexcept { return remove_entry(directory, path, flags); }
int rmdir(const char* path) noexcept { return remove_entry(AT_FDCWD, path, AT_REMOVEDIR); }
int remove(const char* path) noexcept {
  const int result = unlink(path);
  return result != 0 && errno == EISDIR ? rmdir(path) : result;
}
int mkdir(const char* path, mode_t mode) noexcept { return mkdirat(AT_FDCWD, path, mode); }
int mkdirat(int directory, const char* path, mode_t mode) noexcept {
  return one_path(Kind::kMakeDirectory, directory, path, [&] { return syscall(SYS_mkdirat, directory, path, mode); });
}

FILE* fopen(const char* path, const char* mode) {
  return open_stream(path, mode, next<FILE* (*)(const char*, const char*)>("fopen"));
}
FILE* fopen64(const char* path, const char* mode) {
  return open_stream(path, mode, next<FILE* (*)(const char*, const char*)>("fopen64"));
}
void* mmap(void* address, size_t size, int protection, int flags, int fd, off_t offset) noexcept {
  if (fd >= 0 && (flags & MAP_SHARED) != 0 && (protection & PROT_WRITE) != 0) {
    const std::string path = interposer().covered(fd);
    if (!path.empty()) die("not modelled: a writable mapping of", path);
  }
  return reinterpret_cast<void*>(syscall(SYS_mmap, address, size, protection, flags, fd, offset));
}
void* mmap64(void* address, size_t size, int protection, int flags, int fd, off64_t offset) noexcept {
  return mmap(address, size, protection, flags, fd, offset);
}

}  // extern "C"
