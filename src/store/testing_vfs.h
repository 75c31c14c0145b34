// For tests only: a SQLite VFS in memory that can fail and lose power.
#pragma once

#include <sqlite3.h>

#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <vector>

#include "base/bytes.h"

namespace claviger::store {

enum class Fault {
  kNone,
  kIoError,     // the call does nothing and fails
  kFull,        // a write fails for want of space; other calls as kIoError
  kShortWrite,  // half of a write happens, then it fails; other calls as kIoError
  kLostSync,    // a sync fails, and what it should have synced is lost though still readable
};

// Files live in the VFS, not on the disk, and survive the connections that use them. A file has the
// bytes that were written and the bytes that a power loss would leave. Thread-safe.
class FaultVfs final {
 public:
  // Registers itself with SQLite under a name of its own.
  FaultVfs();
  ~FaultVfs();
  FaultVfs(const FaultVfs&) = delete;
  FaultVfs& operator=(const FaultVfs&) = delete;

  const std::string& name() const { return name_; }

  // From now on counts calls that change files (write, truncate, sync, delete) and fails call `nth`
  // (from 1) and every later one, or with `once` only that one.
  void fail_from(std::size_t nth, Fault fault, bool once = false);
  void heal();
  // Calls counted since fail_from() or construction.
  std::size_t calls() const;

  // The machine stops: what was synced stays. Of each write since, every 512-byte sector that
  // `survives` says true for stays too.
  void lose_power(std::mt19937& random, double survives);

  // All files, one after the other.
  Bytes everything() const;
  Bytes read(const std::string& path) const;
  void write(const std::string& path, Bytes content);

 private:
  struct Write {
    std::size_t offset;
    Bytes bytes;
    bool truncate;
  };
  struct File {
    Bytes current;
    Bytes durable;
    std::vector<Write> unsynced;
    int lock = SQLITE_LOCK_NONE;  // of its only connection
  };
  struct Handle;
  struct Io;
  friend struct Io;

  // What to do about the call that is being made.
  Fault next_fault();

  std::string name_;
  std::unique_ptr<sqlite3_vfs> vfs_;
  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<File>> files_;  // guarded by mutex_, as all below
  std::size_t calls_ = 0;
  std::size_t nth_ = 0;
  Fault fault_ = Fault::kNone;
  bool once_ = false;
};

}  // namespace claviger::store
