#include "crypto/random.h"

#include <openssl/rand.h>
#include <sys/mman.h>

#include <cstring>

#include "base/check.h"
#include "base/secret.h"

namespace claviger::crypto {
namespace {

void draw(MutableByteSpan out) { CLAVIGER_CHECK(RAND_priv_bytes_ex(nullptr, out.data(), out.size(), 0) == 1); }

// Above this a draw of its own costs little beside the bytes themselves.
constexpr std::size_t kLargestFromBlock = 1024;

}  // namespace

struct BlockRandom::Impl {
  // One page of random bytes, handed out from the end. In a child process the kernel presents it as
  // zeros (MADV_WIPEONFORK), so the child sees `available == 0` and draws its own.
  struct Block {
    std::size_t available = 0;
    std::uint8_t bytes[4096 - sizeof(std::size_t)];
  };
  static_assert(sizeof(Block) == 4096);
  Block* block = nullptr;

  Impl() {
    void* page = mmap(nullptr, sizeof(Block), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED) return;
    if (madvise(page, sizeof(Block), MADV_WIPEONFORK) != 0) {
      // A kernel older than 4.14: without a block every draw goes to OpenSSL, which notices a fork.
      munmap(page, sizeof(Block));
      return;
    }
    // Hardening only: bytes not yet handed out should reach neither a core dump nor swap, and a
    // process without the right to lock memory works all the same.
    (void)madvise(page, sizeof(Block), MADV_DONTDUMP);
    (void)mlock(page, sizeof(Block));
    block = static_cast<Block*>(page);
  }
  ~Impl() {
    if (block == nullptr) return;
    wipe({reinterpret_cast<std::uint8_t*>(block), sizeof(Block)});
    munmap(block, sizeof(Block));
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
};

BlockRandom::BlockRandom() : impl_(std::make_unique<Impl>()) {}
BlockRandom::~BlockRandom() = default;

void BlockRandom::fill(MutableByteSpan out) {
  if (out.empty()) return;
  Impl::Block* block = impl_->block;
  if (block == nullptr || out.size() > kLargestFromBlock) return draw(out);
  if (block->available < out.size()) {
    draw(block->bytes);
    block->available = sizeof(block->bytes);
  }
  block->available -= out.size();
  std::uint8_t* taken = block->bytes + block->available;
  std::memcpy(out.data(), taken, out.size());
  wipe({taken, out.size()});
}

void SystemRandom::fill(MutableByteSpan out) {
  if (!out.empty()) draw(out);
}

}  // namespace claviger::crypto
