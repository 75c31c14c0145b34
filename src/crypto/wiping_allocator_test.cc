#include "crypto/wiping_allocator.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <openssl/crypto.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace claviger::crypto {
namespace {

constexpr std::size_t kBlockBytes = 200;
// The system writes its own into the first bytes of what it got back.
constexpr std::size_t kListBytes = 16;
constexpr char kFilling = 0x5a;

void* filled_block() {
  void* const block = OPENSSL_malloc(kBlockBytes);
  std::memset(block, kFilling, kBlockBytes);
  return block;
}

// What lies where a block was, asked of the kernel: a program may not look there by itself.
bool is_still_there(std::uintptr_t place) {
  std::array<char, kBlockBytes - kListBytes> found{};
  const int memory = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
  const bool read_all = memory >= 0 && pread(memory, found.data(), found.size(),
                                             static_cast<off_t>(place + kListBytes)) == ssize_t{found.size()};
  if (!read_all) std::_Exit(2);
  close(memory);
  return std::ranges::count(found, kFilling) > 8;
}

// Ends the process: with 0 when nothing is left of what was freed, moved or cut off.
[[noreturn]] void leave_nothing() {
  if (!wipe_what_openssl_frees()) std::_Exit(3);
  void* const freed = filled_block();
  const auto place_of_freed = reinterpret_cast<std::uintptr_t>(freed);
  OPENSSL_free(freed);
  if (is_still_there(place_of_freed)) std::_Exit(4);

  void* const small = filled_block();
  const auto place_of_small = reinterpret_cast<std::uintptr_t>(small);
  // So that the block cannot grow where it is.
  void* const neighbour = OPENSSL_malloc(kBlockBytes);
  void* const large = OPENSSL_realloc(small, 100 * kBlockBytes);
  if (is_still_there(place_of_small)) std::_Exit(5);
  if (std::count(static_cast<char*>(large), static_cast<char*>(large) + kBlockBytes, kFilling) != kBlockBytes)
    std::_Exit(6);
  OPENSSL_free(large);
  OPENSSL_free(neighbour);

  void* const shrunk = OPENSSL_realloc(filled_block(), 1);
  if (*static_cast<char*>(shrunk) != kFilling) std::_Exit(7);
  if (OPENSSL_realloc(shrunk, 0) != nullptr) std::_Exit(8);
  void* const fresh = OPENSSL_realloc(nullptr, kBlockBytes);
  if (fresh == nullptr) std::_Exit(9);
  OPENSSL_free(fresh);
  OPENSSL_free(nullptr);
  std::_Exit(0);
}

// In a process of its own, where OpenSSL has done nothing yet.
TEST(WipingAllocatorDeathTest, NothingIsLeftOfWhatOpensslFreesOrMoves) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(leave_nothing(), ::testing::ExitedWithCode(0), "");
}

TEST(WipingAllocator, IsRefusedOnceOpensslHasAllocated) {
  OPENSSL_free(OPENSSL_malloc(1));
  EXPECT_FALSE(wipe_what_openssl_frees());
}

}  // namespace
}  // namespace claviger::crypto
