// LD_PRELOAD library of the crash tests: sees every write-side system call that the server makes
// below one directory, numbers it, writes it down with its data, and at the chosen number kills the
// process or makes the call fail. README.md says what that models.
//
//   CRASH_DIRECTORY  the directory to look at, an absolute path without symbolic links
//   CRASH_CONTROL    a file of four native 64-bit words shared with the test, see Control
//   CRASH_TRACE      a file to which the calls are appended, see Record in interposer.cc; power_loss.py reads it
//   CRASH_MODE       kill | kill-after | torn | eio | enospc | short | stall; absent: only count
//   CRASH_AT         the number of the call, from 1
//   CRASH_TIMES      how many calls from there on fail (eio, enospc, short, stall); 0: all. Default 1
//   CRASH_SKIP_SYNC  fsync and fdatasync of paths with this in them do nothing and report success
//
// Calls below the directory are made one at a time, so that the trace tells their order.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <mutex>
#include <span>
#include <string>
#include <string_view>

namespace crash {

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

enum class Mode : std::uint8_t { kCount, kKill, kKillAfter, kTorn, kEio, kEnospc, kShort, kStall };

// The words of CRASH_CONTROL. Native byte order.
struct Control {
  std::uint64_t calls;      // made so far
  std::uint64_t fired;      // how many of them were made to fail, or the killed one
  std::uint64_t last_kind;  // of the last of those
  std::uint64_t disk;       // set by the test, see the values below
};

constexpr std::uint64_t kDiskFull = 1;      // everything that takes space fails with ENOSPC
constexpr std::uint64_t kDiskBlocked = 2;   // nothing returns
constexpr std::uint64_t kStoreBlocked = 3;  // nothing returns that is done to the store; the rest works on

// Ends the process: the test itself is wrong.
[[noreturn]] void die(std::string_view why, std::string_view what);

// What becomes of each call, and the trace. Thread-safe.
class Interposer final {
 public:
  // From the environment. Without CRASH_DIRECTORY nothing is covered.
  Interposer();

  bool covers(std::string_view path) const;
  // The file's path; empty: not covered.
  std::string covered(int fd) const;

  // Makes the call, moving at most so many bytes where it moves any, and writes it down.
  using Perform = std::function<ssize_t(std::size_t bytes)>;
  // Runs one call on `path`, of `bytes`; 0 for calls that move none. `refused` runs instead when the call is made to
  // fail.
  ssize_t call(
      Kind kind, std::string_view path, std::size_t bytes, const Perform& perform,
      const std::function<void()>& refused = [] {});
  // Within call().
  void record(Kind kind, std::uint64_t inode, std::uint64_t value, std::string_view path = {},
              std::string_view other = {}, std::span<const std::uint8_t> data = {});

  bool skips_sync(std::string_view path) const;
  static std::string absolute(int directory, const char* path);

 private:
  bool chosen(std::uint64_t number, Kind kind, std::size_t bytes) const;
  void note(Kind kind);
  ssize_t refuse(Kind kind, int error, const std::function<void()>& refused);
  [[noreturn]] void stop(Kind kind);

  std::mutex mutex_;
  std::string directory_;
  volatile Control* control_ = nullptr;
  int trace_ = -1;
  Mode mode_ = Mode::kCount;
  std::uint64_t at_ = 0;
  std::uint64_t times_ = 1;
  std::string skip_sync_;
};

// The process's only one.
Interposer& interposer();

}  // namespace crash
