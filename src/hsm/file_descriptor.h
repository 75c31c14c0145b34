// An open file. Included by hsm/*.cc only.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "base/bytes.h"
#include "base/result.h"

namespace claviger::hsm {

class FileDescriptor final {
 public:
  explicit FileDescriptor(int descriptor) : descriptor_(descriptor) {}
  FileDescriptor(FileDescriptor&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&&) = delete;
  ~FileDescriptor();

  int get() const { return descriptor_; }
  bool valid() const { return descriptor_ >= 0; }

 private:
  int descriptor_;
};

// kIo naming what failed, the file and errno's text.
Error io_error(std::string_view what, const std::string& path);
// Reads until `out` is full or the file ends; the number of bytes read.
[[nodiscard]] Result<std::size_t> read_up_to(const FileDescriptor& file, MutableByteSpan out, const std::string& path);
[[nodiscard]] Status write_all(const FileDescriptor& file, ByteSpan bytes, const std::string& path);
// Makes a file's name durable.
[[nodiscard]] Status sync_directory_of(const std::string& path);

}  // namespace claviger::hsm
