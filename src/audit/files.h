// The system calls of the log behind a seam, so that tests can refuse, shorten, block and forget
// them.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <vector>

#include "base/bytes.h"

namespace claviger::audit {

// Failures are errno values.
template <class T>
using SysResult = std::expected<T, int>;

// An open file. One thread at a time. Destroying it closes it.
class File {
 public:
  virtual ~File() = default;
  // Writes zeros to bytes 0 to `size` of an empty file, so that later writes there change nothing but the bytes: a
  // sync after a write to blocks that were only reserved (fallocate) commits the file system's journal, which takes
  // many times as long. Not durable before sync().
  virtual SysResult<void> allocate(std::uint64_t size) = 0;
  // pwrite() and pread(): how many bytes were moved, which may be fewer than asked for.
  virtual SysResult<std::size_t> write_at(ByteSpan bytes, std::uint64_t offset) = 0;
  virtual SysResult<std::size_t> read_at(MutableByteSpan out, std::uint64_t offset) = 0;
  // fdatasync()
  virtual SysResult<void> sync() = 0;
  // Writes all of `bytes` and makes them durable. After a failure what stands from `offset` on is unknown; before it
  // nothing has changed. As it stands here it is write_at() and sync(); the operating system's files do it in one
  // call where they can.
  virtual SysResult<void> write_durably(ByteSpan bytes, std::uint64_t offset);
  virtual SysResult<std::uint64_t> size() = 0;
};

// Thread-safe.
class Files {
 public:
  virtual ~Files() = default;
  // mkdir() with mode 0700. An existing directory is fine.
  virtual SysResult<void> make_directory(const std::string& path) = 0;
  // A new file, mode 0600, for reading and writing; an old one of the name is emptied.
  virtual SysResult<std::unique_ptr<File>> create(const std::string& path) = 0;
  virtual SysResult<std::unique_ptr<File>> open_read(const std::string& path) = 0;
  virtual SysResult<std::unique_ptr<File>> open_write(const std::string& path) = 0;
  // rename(): replaces `to`.
  virtual SysResult<void> rename(const std::string& from, const std::string& to) = 0;
  // unlink(). A missing file is fine.
  virtual SysResult<void> remove(const std::string& path) = 0;
  // fsync() of the directory.
  virtual SysResult<void> sync_directory(const std::string& path) = 0;
  // The names in a directory, sorted, without `.` and `..`.
  virtual SysResult<std::vector<std::string>> list(const std::string& path) = 0;
};

// The operating system's.
class PosixFiles final : public Files {
 public:
  SysResult<void> make_directory(const std::string& path) override;
  SysResult<std::unique_ptr<File>> create(const std::string& path) override;
  SysResult<std::unique_ptr<File>> open_read(const std::string& path) override;
  SysResult<std::unique_ptr<File>> open_write(const std::string& path) override;
  SysResult<void> rename(const std::string& from, const std::string& to) override;
  SysResult<void> remove(const std::string& path) override;
  SysResult<void> sync_directory(const std::string& path) override;
  SysResult<std::vector<std::string>> list(const std::string& path) override;
};

// Loops over short transfers. A write that moves nothing is ENOSPC; a read past the end is EIO.
SysResult<void> write_all(File& file, ByteSpan bytes, std::uint64_t offset);
SysResult<void> read_all(File& file, MutableByteSpan out, std::uint64_t offset);

// `what` and the words for an errno value.
std::string describe_errno(std::string_view what, int error);

}  // namespace claviger::audit
