#include "crypto/wiping_allocator.h"

#include <malloc.h>
#include <openssl/crypto.h>
#include <string.h>  // NOLINT(modernize-deprecated-headers): explicit_bzero() is POSIX, not C++

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <cstring>

namespace claviger::crypto {
namespace {

// With what lies behind the bytes that were asked for: OpenSSL does not tell how many those were.
void wipe_and_free(void* block, const char*, int) {
  if (block == nullptr) return;
  explicit_bzero(block, ::malloc_usable_size(block));
  std::free(block);
}

// The system's realloc() leaves the old block as it was when it moves, and its end when it shrinks.
void* move_and_wipe(void* block, std::size_t size, const char* file, int line) {
  if (size == 0) {
    wipe_and_free(block, file, line);
    return nullptr;
  }
  void* const moved = std::malloc(size);
  if (block == nullptr || moved == nullptr) return moved;
  std::memcpy(moved, block, std::min(size, ::malloc_usable_size(block)));
  wipe_and_free(block, file, line);
  return moved;
}

}  // namespace

// OpenSSL keeps its own way to allocate: that notes the first allocation, after which the others cannot be replaced.
bool wipe_what_openssl_frees() { return CRYPTO_set_mem_functions(nullptr, move_and_wipe, wipe_and_free) == 1; }

}  // namespace claviger::crypto
