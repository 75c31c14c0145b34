#include "hsm/protected_memory.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <bitset>
#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>

#include "base/check.h"
#include "base/secret.h"

namespace claviger::hsm {
namespace {

// Half of the 64 KiB that an unprivileged process may lock on older systems.
constexpr std::size_t kRegionBytes = 32 * 1024;
// One cache line, so that no two threads' keys share one.
constexpr std::size_t kSlotBytes = 64;
constexpr std::size_t kSlots = kRegionBytes / kSlotBytes;

std::size_t slots_for(std::size_t size) { return (size + kSlotBytes - 1) / kSlotBytes; }

// Such a mapping is always shared, so that only MADV_DONTFORK keeps it from a child process.
void* map_secret_pages() {
#ifdef SYS_memfd_secret
  const int file = static_cast<int>(syscall(SYS_memfd_secret, O_CLOEXEC));
#else
  constexpr long kMemfdSecret = 447;  // the same number on every architecture that has it
  const int file = static_cast<int>(syscall(kMemfdSecret, O_CLOEXEC));
#endif
  if (file < 0) return nullptr;
  void* pages = MAP_FAILED;
  if (ftruncate(file, kRegionBytes) == 0) {
    pages = mmap(nullptr, kRegionBytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  }
  close(file);
  if (pages == MAP_FAILED) return nullptr;
  if (madvise(pages, kRegionBytes, MADV_DONTFORK) != 0) {
    munmap(pages, kRegionBytes);
    return nullptr;
  }
  return pages;
}

}  // namespace

struct ProtectedMemory::Region {
  std::uint8_t* start = nullptr;
  std::string protection;
  std::bitset<kSlots> used;

  explicit Region(Method method) {
    if (method == Method::kBestAvailable) start = static_cast<std::uint8_t*>(map_secret_pages());
    if (start != nullptr) {
      protection = "memfd_secret";
    } else {
      map_locked_pages();
    }
  }
  ~Region() {
    wipe({start, kRegionBytes});
    munmap(start, kRegionBytes);
  }
  Region(const Region&) = delete;
  Region& operator=(const Region&) = delete;

  void map_locked_pages() {
    void* pages = mmap(nullptr, kRegionBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CLAVIGER_CHECK(pages != MAP_FAILED);
    start = static_cast<std::uint8_t*>(pages);
    protection = "mlock";
    const auto require = [this](int result, const char* what) {
      if (result == 0 || protection != "mlock") return;
      protection = std::string("unprotected: ") + what + ": " + std::strerror(errno);
    };
    // mlock2() without flags is mlock(), which the sanitizers turn into nothing.
    require(mlock2(pages, kRegionBytes, 0), "mlock");
    require(madvise(pages, kRegionBytes, MADV_DONTDUMP), "MADV_DONTDUMP");
    require(madvise(pages, kRegionBytes, MADV_WIPEONFORK), "MADV_WIPEONFORK");
    // Stronger than the former, which remains should this one fail.
    (void)madvise(pages, kRegionBytes, MADV_DONTFORK);
  }

  std::optional<MutableByteSpan> take(std::size_t size) {
    const std::size_t wanted = slots_for(size);
    std::size_t run = 0;
    for (std::size_t slot = 0; slot < kSlots; ++slot) {
      run = used[slot] ? 0 : run + 1;
      if (run < wanted) continue;
      const std::size_t first = slot + 1 - wanted;
      for (std::size_t i = first; i <= slot; ++i) used.set(i);
      return MutableByteSpan(start + first * kSlotBytes, size);
    }
    return std::nullopt;
  }
  bool holds(const std::uint8_t* at) const { return at >= start && at < start + kRegionBytes; }
  void give_back(MutableByteSpan bytes) {
    const std::size_t first = static_cast<std::size_t>(bytes.data() - start) / kSlotBytes;
    for (std::size_t i = 0; i < slots_for(bytes.size()); ++i) used.reset(first + i);
  }
};

std::shared_ptr<ProtectedMemory> ProtectedMemory::create(Method method) {
  std::shared_ptr<ProtectedMemory> memory(new ProtectedMemory(method));
  memory->regions_.push_back(std::make_unique<Region>(method));
  return memory;
}

ProtectedMemory::ProtectedMemory(Method method) : method_(method) {}
ProtectedMemory::~ProtectedMemory() = default;

ProtectedBlock ProtectedMemory::allocate(std::size_t size) {
  CLAVIGER_CHECK(size >= 1 && size <= kMaxBlockBytes);
  std::lock_guard<std::mutex> lock(mutex_);
  for (const auto& region : regions_) {
    if (auto bytes = region->take(size)) return {shared_from_this(), *bytes};
  }
  regions_.push_back(std::make_unique<Region>(method_));
  return {shared_from_this(), regions_.back()->take(size).value()};
}

std::string ProtectedMemory::protection() const {
  std::lock_guard<std::mutex> lock(mutex_);
  // The three forms happen to sort by strength.
  std::string weakest;
  for (const auto& region : regions_) weakest = std::max(weakest, region->protection);
  return weakest;
}

void ProtectedMemory::give_back(MutableByteSpan bytes) {
  wipe(bytes);
  std::lock_guard<std::mutex> lock(mutex_);
  for (const auto& region : regions_) {
    if (region->holds(bytes.data())) return region->give_back(bytes);
  }
  CLAVIGER_CHECK(false && "a block of this arena");
}

ProtectedBlock::ProtectedBlock(ProtectedBlock&& other) noexcept
    : memory_(std::move(other.memory_)), bytes_(std::exchange(other.bytes_, {})) {}

ProtectedBlock& ProtectedBlock::operator=(ProtectedBlock&& other) noexcept {
  if (this != &other) {
    release();
    memory_ = std::move(other.memory_);
    bytes_ = std::exchange(other.bytes_, {});
  }
  return *this;
}

void ProtectedBlock::release() {
  if (!memory_) return;
  memory_->give_back(bytes_);
  memory_.reset();
  bytes_ = {};
}

}  // namespace claviger::hsm
