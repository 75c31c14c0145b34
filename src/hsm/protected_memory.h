// Memory for secrets that live as long as the process.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/bytes.h"

namespace claviger::hsm {

class ProtectedMemory;

// A piece of protected memory: zeros at first, wiped and given back at the end. Keeps its arena
// alive. A moved-from block is empty.
class ProtectedBlock final {
 public:
  ProtectedBlock() = default;
  ProtectedBlock(ProtectedBlock&& other) noexcept;
  ProtectedBlock& operator=(ProtectedBlock&& other) noexcept;
  ~ProtectedBlock() { release(); }

  MutableByteSpan bytes() { return bytes_; }
  ByteSpan bytes() const { return bytes_; }

 private:
  friend class ProtectedMemory;
  ProtectedBlock(std::shared_ptr<ProtectedMemory> memory, MutableByteSpan bytes)
      : memory_(std::move(memory)), bytes_(bytes) {}
  void release();

  std::shared_ptr<ProtectedMemory> memory_;
  MutableByteSpan bytes_;
};

// An arena of pages that stay out of swap, of core dumps and of child processes. memfd_secret(2)
// where the kernel has it: its pages are gone from the kernel's own map as well. Else locked pages
// with MADV_DONTDUMP and MADV_WIPEONFORK. A child process has no such pages at all where
// MADV_DONTFORK works (zeros in the place of a key would be a key that everybody knows).
// Thread-safe.
class ProtectedMemory final : public std::enable_shared_from_this<ProtectedMemory> {
 public:
  enum class Method { kBestAvailable, kLockedPages };

  static std::shared_ptr<ProtectedMemory> create(Method method = Method::kBestAvailable);
  ~ProtectedMemory();
  ProtectedMemory(const ProtectedMemory&) = delete;
  ProtectedMemory& operator=(const ProtectedMemory&) = delete;

  // 1 to kMaxBlockBytes bytes. Running out of address space ends the process.
  ProtectedBlock allocate(std::size_t size);
  static constexpr std::size_t kMaxBlockBytes = 4096;

  // `memfd_secret`, `mlock`, or `unprotected: ` and why; the weakest of all pages so far.
  std::string protection() const;

 private:
  friend class ProtectedBlock;
  struct Region;
  explicit ProtectedMemory(Method method);
  void give_back(MutableByteSpan bytes);

  const Method method_;
  mutable std::mutex mutex_;
  std::vector<std::unique_ptr<Region>> regions_;
};

}  // namespace claviger::hsm
