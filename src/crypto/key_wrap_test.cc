#include "crypto/key_wrap.h"

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "base/testing.h"
#include "crypto/testing_key_wrap.h"

namespace claviger::crypto {
namespace {

SecretBytes counting_bytes(std::size_t size) {
  SecretBytes out(size);
  std::uint8_t next = 1;
  for (std::uint8_t& byte : out.writable()) byte = next++;
  return out;
}

TEST(KeyWrap, UnwrapsWhatWasWrappedOfEveryLength) {
  const SecretBytes key = counting_bytes(32);
  for (std::size_t size = 1; size <= 70; ++size) {
    const SecretBytes plaintext = counting_bytes(size);
    const auto unwrapped = unwrap_with_padding(key, wrap_with_padding(key, plaintext));
    ASSERT_TRUE(unwrapped) << size;
    EXPECT_TRUE(equal(*unwrapped, plaintext)) << size;
  }
  const SecretBytes large = counting_bytes(kMaxWrappedBytes - 8);
  EXPECT_TRUE(unwrap_with_padding(key, wrap_with_padding(key, large)));
  EXPECT_FALSE(unwrap_with_padding(key, wrap_with_padding(key, counting_bytes(kMaxWrappedBytes - 7))));
}

TEST(KeyWrap, AnyChangedBitAnyOtherLengthAndAnyOtherKeyIsRefused) {
  const SecretBytes key = counting_bytes(32);
  const Bytes wrapped = wrap_with_padding(key, counting_bytes(21));
  for (std::size_t bit = 0; bit < wrapped.size() * 8; ++bit) {
    Bytes changed = wrapped;
    changed[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    EXPECT_FALSE(unwrap_with_padding(key, changed)) << bit;
  }
  for (std::size_t size = 0; size < wrapped.size(); ++size) {
    EXPECT_FALSE(unwrap_with_padding(key, ByteSpan(wrapped).first(size))) << size;
  }
  EXPECT_FALSE(unwrap_with_padding(counting_bytes(31), wrapped));
  EXPECT_FALSE(unwrap_with_padding(counting_bytes(16), wrapped));
  SecretBytes other = counting_bytes(32);
  other.writable()[31] ^= 1;
  EXPECT_FALSE(unwrap_with_padding(other, wrapped));
}

}  // namespace
}  // namespace claviger::crypto
