// LD_PRELOAD library of the crash tests: sees every write-side system call that the server makes
// below one directory, numbers it, writes it down with its data, and at the chosen number kills the
// process or makes the call fail. README.md says what that models.
//
//   CRASH_DIRECTORY  the directory to look at, an absolute path without symbolic links
//   CRASH_CONTROL    a file of four native 64-bit words shared with the test, see Control
//   CRASH_TRACE      a file to which the calls are appended, see Record; power_loss.py reads it
//   CRASH_MODE       kill | kill-after | torn | eio | enospc | short | stall; absent: only count
//   CRASH_AT         the number of the call, from 1
//   CRASH_TIMES      how many calls from there on fail (eio, enospc, short, stall); 0: all. Default 1
//   CRASH_SKIP_SYNC  fsync and fdatasync of paths with this in them do nothing and report success
//
// Calls below the directory are made one at a time, so that the trace tells their order.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <functional>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace {

enum class Kind : std::uint32_t {
  kWrite = 1,       // inode, offset, data
  kTruncate = 2,    // inode, size
  kAllocate = 3,    // inode, end of the range
  kSync = 4,        // inode
  kSyncFailed = 5,  // inode
  kCreate = 6,      // inode, path
  kMakeDirectory = 7,
  kRename = 8,  // path, path
  kLink = 9,    // path, path
  kUnlink = 10,
  kRemoveDirectory = 11,
  kNoEffect = 12,  // a call that promises nothing durable
};

enum class Mode { kCount, kKill, kKillAfter, kTorn, kEio, kEnospc, kShort, kStall };

// Longer than an append to the audit log may take.
constexpr unsigned kStallSeconds = 3;

// What stands before the path, the second path and the data in the trace. Native byte order.
struct Record {
  Kind kind;
  std::uint32_t path_bytes;
  std::uint32_t other_bytes;
  std::uint32_t data_bytes;
  std::uint64_t inode;
  std::uint64_t value;
};
static_assert(sizeof(Record) == 32);

struct Control {
  std::uint64_t calls;      // made so far
  std::uint64_t fired;      // how many of them were made to fail, or the killed one
  std::uint64_t last_kind;  // of the last of those
  std::uint64_t disk;       // set by the test, see the values below
};

constexpr std::uint64_t kDiskFull = 1;      // everything that takes space fails with ENOSPC
constexpr std::uint64_t kDiskBlocked = 2;   // nothing returns
constexpr std::uint64_t kStoreBlocked = 3;  // nothing returns that is done to the store; the rest works on

constexpr int kFirstOwnDescriptor = 700;  // out of the way of the server's

[[noreturn]] void die(std::string_view why, std::string_view what) {
  std::fprintf(stderr, "crash interposer: %.*s: %.*s\n", static_cast<int>(why.size()), why.data(),
               static_cast<int>(what.size()), what.data());
  std::abort();
}

int own_descriptor(const char* path, int flags) {
  const int low = static_cast<int>(syscall(SYS_openat, AT_FDCWD, path, flags | O_CLOEXEC, 0600));
  const int high = low < 0 ? -1 : fcntl(low, F_DUPFD_CLOEXEC, kFirstOwnDescriptor);
  if (high < 0) die("cannot open", path);
  syscall(SYS_close, low);
  return high;
}

class Interposer {
 public:
  Interposer() {
    const char* directory = std::getenv("CRASH_DIRECTORY");
    if (directory == nullptr) return;
    directory_ = directory;
    const int control = own_descriptor(text("CRASH_CONTROL"), O_RDWR);
    // Not through mmap(), which is replaced below and needs this object.
    const long shared = syscall(SYS_mmap, nullptr, sizeof(Control), PROT_READ | PROT_WRITE, MAP_SHARED, control, 0);
    if (shared == -1) die("cannot map", text("CRASH_CONTROL"));
    control_ = reinterpret_cast<volatile Control*>(shared);
    trace_ = own_descriptor(text("CRASH_TRACE"), O_WRONLY | O_APPEND | O_CREAT);
    mode_ = parse_mode(std::getenv("CRASH_MODE"));
    if (mode_ != Mode::kCount) at_ = std::strtoull(text("CRASH_AT"), nullptr, 10);
    if (const char* times = std::getenv("CRASH_TIMES")) times_ = std::strtoull(times, nullptr, 10);
    if (const char* skip = std::getenv("CRASH_SKIP_SYNC")) skip_sync_ = skip;
  }

  bool covers(std::string_view path) const {
    return control_ != nullptr && path.starts_with(directory_) &&
           (path.size() == directory_.size() || path[directory_.size()] == '/');
  }
  // The file's path; empty: not covered.
  std::string covered(int fd) const {
    std::string path = control_ == nullptr ? std::string() : path_of(fd);
    return covers(path) ? path : std::string();
  }

  // Runs one call on `path`. `perform(bytes)` makes it, moving at most `bytes` where it moves any, and writes
  // it down; `bytes` is 0 for calls that move none. `refused()` runs instead when the call is made
  // to fail.
  template <class F>
  ssize_t call(
      Kind kind, std::string_view path, std::size_t bytes, F&& perform, const std::function<void()>& refused = [] {}) {
    const bool of_store = path.substr(path.rfind('/') + 1).starts_with("store");
    while (of_store && control_->disk == kStoreBlocked) usleep(1000);
    const std::lock_guard lock(mutex_);
    const std::uint64_t number = control_->calls + 1;
    control_->calls = number;
    while (control_->disk == kDiskBlocked) usleep(1000);
    if (control_->disk == kDiskFull && takes_space(kind)) return refuse(kind, ENOSPC, refused);
    if (!chosen(number, kind, bytes)) return perform(bytes);
    switch (mode_) {
      case Mode::kKill:
        stop(kind);
      case Mode::kKillAfter:
        perform(bytes);
        stop(kind);
      case Mode::kTorn:
        perform(bytes / 2);
        stop(kind);
      case Mode::kEio:
        return refuse(kind, EIO, refused);
      case Mode::kEnospc:
        return refuse(kind, ENOSPC, refused);
      case Mode::kShort:
        note(kind);
        return perform(bytes / 2);
      case Mode::kStall:
        note(kind);
        sleep(kStallSeconds);
        return perform(bytes);
      case Mode::kCount:
        break;
    }
    return perform(bytes);
  }

  void record(Kind kind, std::uint64_t inode, std::uint64_t value, std::string_view path = {},
              std::string_view other = {}, std::span<const std::uint8_t> data = {}) {
    Record head{kind, length(path.size()), length(other.size()), length(data.size()), inode, value};
    const std::array<iovec, 4> parts{{{&head, sizeof head},
                                      {const_cast<char*>(path.data()), path.size()},
                                      {const_cast<char*>(other.data()), other.size()},
                                      {const_cast<std::uint8_t*>(data.data()), data.size()}}};
    const std::size_t total = sizeof head + path.size() + other.size() + data.size();
    const int error = errno;
    if (syscall(SYS_writev, trace_, parts.data(), parts.size()) != static_cast<long>(total)) {
      die("cannot write the trace", std::strerror(errno));
    }
    errno = error;
  }

  bool skips_sync(std::string_view path) const {
    return !skip_sync_.empty() && path.find(skip_sync_) != std::string_view::npos;
  }

  static std::string path_of(int fd) {
    std::array<char, 64> link{};
    std::snprintf(link.data(), link.size(), "/proc/self/fd/%d", fd);
    std::array<char, PATH_MAX> target{};
    const ssize_t size = readlink(link.data(), target.data(), target.size());
    return size < 0 ? std::string() : std::string(target.data(), static_cast<std::size_t>(size));
  }
  static std::string absolute(int directory, const char* path) {
    std::filesystem::path full(path);
    if (full.is_relative())
      full =
          (directory == AT_FDCWD ? std::filesystem::current_path() : std::filesystem::path(path_of(directory))) / full;
    return full.lexically_normal().string();
  }

 private:
  static const char* text(const char* name) {
    const char* value = std::getenv(name);
    if (value == nullptr) die("not set", name);
    return value;
  }
  static std::uint32_t length(std::size_t size) { return static_cast<std::uint32_t>(size); }
  static Mode parse_mode(const char* name) {
    if (name == nullptr) return Mode::kCount;
    const std::string_view mode(name);
    if (mode == "kill") return Mode::kKill;
    if (mode == "kill-after") return Mode::kKillAfter;
    if (mode == "torn") return Mode::kTorn;
    if (mode == "eio") return Mode::kEio;
    if (mode == "enospc") return Mode::kEnospc;
    if (mode == "short") return Mode::kShort;
    if (mode == "stall") return Mode::kStall;
    die("unknown CRASH_MODE", mode);
  }
  static bool takes_space(Kind kind) {
    return kind == Kind::kWrite || kind == Kind::kAllocate || kind == Kind::kCreate || kind == Kind::kMakeDirectory ||
           kind == Kind::kLink;
  }

  // Only writes can be short, and only those of more than a byte: then the next one is chosen.
  bool chosen(std::uint64_t number, Kind kind, std::size_t bytes) const {
    if (mode_ == Mode::kCount || number < at_) return false;
    if (times_ != 0 && control_->fired >= times_) return false;
    return mode_ != Mode::kShort || (kind == Kind::kWrite && bytes > 1);
  }
  void note(Kind kind) {
    control_->fired = control_->fired + 1;
    control_->last_kind = static_cast<std::uint64_t>(kind);
  }
  ssize_t refuse(Kind kind, int error, const std::function<void()>& refused) {
    note(kind);
    refused();
    errno = error;
    return -1;
  }
  [[noreturn]] void stop(Kind kind) {
    note(kind);
    // The lock stays held: nothing more reaches the directory.
    kill(getpid(), SIGKILL);
    for (;;) pause();
  }

  std::mutex mutex_;
  std::string directory_;
  volatile Control* control_ = nullptr;
  int trace_ = -1;
  Mode mode_ = Mode::kCount;
  std::uint64_t at_ = 0;
  std::uint64_t times_ = 1;
  std::string skip_sync_;
};

// Never destroyed: the server's own destructors still write.
Interposer& interposer() {
  static Interposer& instance = *new Interposer;
  return instance;
}

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
  if (fd >= 0 && (flags & MAP_SHARED) != 0 && (protection & PROT_WRITE) != 0 && !interposer().covered(fd).empty()) {
    die("not modelled: a writable mapping of", Interposer::path_of(fd));
  }
  return reinterpret_cast<void*>(syscall(SYS_mmap, address, size, protection, flags, fd, offset));
}
void* mmap64(void* address, size_t size, int protection, int flags, int fd, off64_t offset) noexcept {
  return mmap(address, size, protection, flags, fd, offset);
}

}  // extern "C"
