#include "interposer.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>

namespace crash {
namespace {

// Longer than an append to the audit log may take.
constexpr unsigned kStallSeconds = 3;
constexpr int kFirstOwnDescriptor = 700;  // out of the way of the server's

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

std::uint32_t length(std::size_t size) { return static_cast<std::uint32_t>(size); }

int own_descriptor(const char* path, int flags) {
  const int low = static_cast<int>(syscall(SYS_openat, AT_FDCWD, path, flags | O_CLOEXEC, 0600));
  const int high = low < 0 ? -1 : fcntl(low, F_DUPFD_CLOEXEC, kFirstOwnDescriptor);
  if (high < 0) die("cannot open", path);
  syscall(SYS_close, low);
  return high;
}

std::string path_of(int fd) {
  std::array<char, 64> link{};
  std::snprintf(link.data(), link.size(), "/proc/self/fd/%d", fd);
  std::array<char, PATH_MAX> target{};
  const ssize_t size = readlink(link.data(), target.data(), target.size());
  return size < 0 ? std::string() : std::string(target.data(), static_cast<std::size_t>(size));
}

const char* text(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr) die("not set", name);
  return value;
}

Mode parse_mode(const char* name) {
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

bool takes_space(Kind kind) {
  return kind == Kind::kWrite || kind == Kind::kAllocate || kind == Kind::kCreate || kind == Kind::kMakeDirectory ||
         kind == Kind::kLink;
}

}  // namespace

void die(std::string_view why, std::string_view what) {
  std::fprintf(stderr, "crash interposer: %.*s: %.*s\n", static_cast<int>(why.size()), why.data(),
               static_cast<int>(what.size()), what.data());
  std::abort();
}

Interposer::Interposer() {
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

bool Interposer::covers(std::string_view path) const {
  return control_ != nullptr && path.starts_with(directory_) &&
         (path.size() == directory_.size() || path[directory_.size()] == '/');
}

std::string Interposer::covered(int fd) const {
  std::string path = control_ == nullptr ? std::string() : path_of(fd);
  return covers(path) ? path : std::string();
}

ssize_t Interposer::call(Kind kind, std::string_view path, std::size_t bytes, const Perform& perform,
                         const std::function<void()>& refused) {
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

void Interposer::record(Kind kind, std::uint64_t inode, std::uint64_t value, std::string_view path,
                        std::string_view other, std::span<const std::uint8_t> data) {
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

bool Interposer::skips_sync(std::string_view path) const {
  return !skip_sync_.empty() && path.find(skip_sync_) != std::string_view::npos;
}

std::string Interposer::absolute(int directory, const char* path) {
  std::filesystem::path full(path);
  if (full.is_relative())
    full = (directory == AT_FDCWD ? std::filesystem::current_path() : std::filesystem::path(path_of(directory))) / full;
  return full.lexically_normal().string();
}

// Only writes can be short, and only those of more than a byte: then the next one is chosen.
bool Interposer::chosen(std::uint64_t number, Kind kind, std::size_t bytes) const {
  if (mode_ == Mode::kCount || number < at_) return false;
  if (times_ != 0 && control_->fired >= times_) return false;
  return mode_ != Mode::kShort || (kind == Kind::kWrite && bytes > 1);
}

void Interposer::note(Kind kind) {
  control_->fired = control_->fired + 1;
  control_->last_kind = static_cast<std::uint64_t>(kind);
}

ssize_t Interposer::refuse(Kind kind, int error, const std::function<void()>& refused) {
  note(kind);
  refused();
  errno = error;
  return -1;
}

void Interposer::stop(Kind kind) {
  note(kind);
  // The lock stays held: nothing more reaches the directory.
  kill(getpid(), SIGKILL);
  for (;;) pause();
}

// Never destroyed: the server's own destructors still write.
Interposer& interposer() {
  static Interposer& instance = *new Interposer;
  return instance;
}

}  // namespace crash
