#include "crypto/key_wrap.h"

#include <algorithm>
#include <array>

#include "base/check.h"
#include "crypto/openssl_handles.h"
#include "crypto/secret_gate.h"

// OpenSSL has this cipher, too, but as of 3.5 with AES from lookup tables, whose addresses depend on the key and on
// what is unwrapped. Its AES in ECB mode has no tables on processors with AES instructions or with SSSE3, so the steps
// around AES are here. Nothing below branches on what is being unwrapped until all of it has been checked.

namespace claviger::crypto {
namespace {

constexpr std::size_t kHalf = 8;                     // of a block; RFC 5649 counts in these
constexpr std::uint32_t kInitialValue = 0xa65959a6;  // RFC 5649 section 3

// AES-256 decryption of single blocks under one key.
class BlockDecryption final {
 public:
  explicit BlockDecryption(const SecretBytes& key) {
    CLAVIGER_CHECK(cipher_ && context_);
    CLAVIGER_CHECK(EVP_DecryptInit_ex2(context_.get(), cipher_.get(), key.expose(SecretGate::access()).data(), nullptr,
                                       nullptr) == 1 &&
                   EVP_CIPHER_CTX_set_padding(context_.get(), 0) == 1);
  }
  // In place.
  void operator()(std::span<std::uint8_t, 2 * kHalf> block) {
    int size = 0;
    CLAVIGER_CHECK(
        EVP_DecryptUpdate(context_.get(), block.data(), &size, block.data(), static_cast<int>(block.size())) == 1 &&
        static_cast<std::size_t>(size) == block.size());
  }

 private:
  CipherHandle cipher_{EVP_CIPHER_fetch(nullptr, "AES-256-ECB", nullptr)};
  CipherContextHandle context_{EVP_CIPHER_CTX_new()};
};

// RFC 3394 section 2.2.2, in place: `bytes` becomes the integrity check value and what was wrapped, padded.
void unwrap_in_place(BlockDecryption& decrypt, MutableByteSpan bytes) {
  if (bytes.size() == 2 * kHalf) {  // RFC 5649 section 4.2: one block is encrypted as it is
    decrypt(bytes.first<2 * kHalf>());
    return;
  }
  std::array<std::uint8_t, 2 * kHalf> block;
  const MutableByteSpan check(block.data(), kHalf), half(block.data() + kHalf, kHalf);
  std::ranges::copy(bytes.first(kHalf), check.begin());
  const std::size_t halves = bytes.size() / kHalf - 1;
  for (std::size_t step = 6 * halves; step > 0; --step) {
    const MutableByteSpan place = bytes.subspan(((step - 1) % halves + 1) * kHalf, kHalf);
    for (std::size_t i = 0; i < 4; ++i) check[kHalf - 1 - i] ^= static_cast<std::uint8_t>(step >> (8 * i));
    std::ranges::copy(place, half.begin());
    decrypt(block);
    std::ranges::copy(half, place.begin());
  }
  std::ranges::copy(check, bytes.begin());
  wipe(block);
}

std::uint64_t load_u32(ByteSpan at) {
  return std::uint64_t{at[0]} << 24 | std::uint64_t{at[1]} << 16 | std::uint64_t{at[2]} << 8 | std::uint64_t{at[3]};
}

// 1 when left < right, else 0; both below 2^63. The compiler must not learn what it is, nor how it grows with `left`:
// it counts a loop by the difference then, and computes addresses with the secret in them.
std::uint64_t is_below(std::uint64_t left, std::uint64_t right) {
  __asm__ volatile("" : "+r"(left));
  return (left - right) >> 63;
}

// Zero if and only if `bytes`, unwrapped, are right: RFC 5649 section 3, all three checks in one.
std::uint64_t faults(ByteSpan bytes) {
  const std::uint64_t padded = bytes.size() - kHalf;
  const std::uint64_t size = load_u32(bytes.subspan(4, 4));
  std::uint64_t found = load_u32(bytes) ^ kInitialValue;
  found |= is_below(padded, size) | is_below(size, padded - kHalf + 1);
  for (std::uint64_t i = padded - kHalf; i < padded; ++i) {
    const std::uint64_t is_padding = is_below(i, size) - 1;  // all ones or none
    found |= bytes[kHalf + i] & is_padding;
  }
  return found;
}

}  // namespace

std::optional<SecretBytes> unwrap_with_padding(const SecretBytes& key, ByteSpan wrapped) {
  if (key.size() != kWrappingKeyBytes || wrapped.size() < 2 * kHalf || wrapped.size() % kHalf != 0 ||
      wrapped.size() > kMaxWrappedBytes) {
    return std::nullopt;
  }
  SecretBytes bytes = SecretBytes::copy_of(wrapped);
  BlockDecryption decrypt(key);
  unwrap_in_place(decrypt, bytes.writable());
  const ByteSpan unwrapped = bytes.expose(SecretGate::access());
  const std::uint64_t found = faults(unwrapped);
  static constexpr std::uint64_t kNone = 0;
  const auto bytes_of = [](const std::uint64_t& number) {
    return ByteSpan(reinterpret_cast<const std::uint8_t*>(&number), sizeof number);
  };
  if (!constant_time_equal(bytes_of(found), bytes_of(kNone))) return std::nullopt;
  const std::size_t size = load_u32(unwrapped.subspan(4, 4));
  SecretBytes out = SecretBytes::copy_of(unwrapped.subspan(kHalf));
  out.resize(size);
  return out;
}

}  // namespace claviger::crypto
