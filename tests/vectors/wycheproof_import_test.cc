// Project Wycheproof's vectors for what importing key material takes: AES key wrap with padding, and HKDF.
#include <gtest/gtest.h>
#include <simdjson.h>

#include <iostream>

#include "base/encoding.h"
#include "base/testing.h"
#include "crypto/kdf.h"
#include "crypto/key_wrap.h"
#include "wycheproof.h"

namespace claviger::crypto {
namespace {

TEST(Wycheproof, AesKeyWrapWithPadding) {
  int valid = 0, invalid = 0, other = 0;
  for_each_test("aes_kwp_test.json", [&](simdjson::dom::element group, simdjson::dom::element test) {
    // Keys of 256 bits are all that AWS KMS wraps with.
    if (number(group, "keySize") != 256) {
      ++other;
      return;
    }
    const auto unwrapped = unwrap_with_padding(SecretBytes::copy_of(hex(test, "key")), hex(test, "ct"));
    if (text(test, "result") == "valid") {
      ++valid;
      ASSERT_TRUE(unwrapped);
      EXPECT_EQ(hex_encode(insecure_expose(*unwrapped)), text(test, "msg"));
    } else if (text(test, "result") == "invalid") {
      ++invalid;
      EXPECT_FALSE(unwrapped);
    } else {
      ADD_FAILURE() << "a result that this test does not know";
    }
  });
  std::cout << "AES-KWP: " << valid + invalid << " cases run (" << valid << " valid, " << invalid << " invalid); "
            << other << " have a key size that our function does not take\n";
  EXPECT_TRUE(other == 0 || (valid > 0 && invalid > 0));
}

TEST(Wycheproof, HkdfSha256) {
  int valid = 0, too_long = 0;
  for_each_test("hkdf_sha256_test.json", [&](simdjson::dom::element, simdjson::dom::element test) {
    const auto size = static_cast<std::size_t>(number(test, "size"));
    if (text(test, "result") != "valid") {
      // Outside the bounds of our function, which no caller may ask for.
      ++too_long;
      EXPECT_GT(size, kMaxHkdfBytes);
      return;
    }
    ++valid;
    Bytes out(size);
    derive_hkdf(SecretBytes::copy_of(hex(test, "ikm")), hex(test, "salt"), hex(test, "info"), out);
    EXPECT_EQ(hex_encode(out), text(test, "okm"));
  });
  std::cout << "HKDF-SHA-256: " << valid + too_long << " cases run (" << too_long << " too long)\n";
}

}  // namespace
}  // namespace claviger::crypto
