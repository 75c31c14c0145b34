#include "crypto/kdf.h"

#include <gtest/gtest.h>

#include <string>

#include "base/encoding.h"
#include "crypto/openssl_handles.h"

namespace claviger::crypto {
namespace {

Bytes derive(ByteSpan key, std::string_view label, ByteSpan context, std::size_t size) {
  HmacSha256 prf(key);
  Bytes out(size);
  derive_sp800_108(prf, label, context, out);
  return out;
}

// OpenSSL's own counter-mode KDF, written independently of ours.
Bytes derive_with_openssl(Bytes key, std::string label, Bytes context, std::size_t size) {
  const KdfHandle kdf(EVP_KDF_fetch(nullptr, "KBKDF", nullptr));
  const KdfContextHandle kdf_context(EVP_KDF_CTX_new(kdf.get()));
  char digest[] = "SHA256", mac[] = "HMAC", mode[] = "counter";
  const OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
                               OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_MAC, mac, 0),
                               OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_MODE, mode, 0),
                               OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, key.data(), key.size()),
                               OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, label.data(), label.size()),
                               OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, context.data(), context.size()),
                               OSSL_PARAM_construct_end()};
  Bytes out(size);
  EXPECT_EQ(EVP_KDF_derive(kdf_context.get(), out.data(), out.size(), params), 1);
  return out;
}

TEST(DeriveSp800108, IsHmacOverCounterLabelZeroContextAndLength) {
  const Bytes key(32, 0x0b);
  HmacSha256 hmac{ByteSpan(key)};
  Bytes input;
  ByteWriter writer(input);
  writer.u32(1);
  writer.raw(as_bytes("label"));
  writer.u8(0);
  writer.raw(as_bytes("context"));
  writer.u32(256);
  const Digest256 expected = hmac.mac(input);
  EXPECT_EQ(hex_encode(derive(key, "label", as_bytes("context"), 32)), hex_encode(expected));
}

TEST(DeriveSp800108, AgreesWithOpenSslForEveryShape) {
  for (const std::size_t size : {1uz, 16uz, 31uz, 32uz, 33uz, 64uz, 100uz, 255uz * 32}) {
    for (const std::size_t context_size : {1uz, 16uz, 55uz, 200uz}) {
      const Bytes key(32, static_cast<std::uint8_t>(size)), context(context_size, 0xc0);
      EXPECT_EQ(derive(key, "a label", context, size), derive_with_openssl(key, "a label", context, size))
          << size << " bytes, context of " << context_size;
    }
  }
}

TEST(DeriveSp800108, LabelContextKeyAndLengthSeparateKeys) {
  const Bytes key(32, 1), other_key(32, 2);
  const Bytes reference = derive(key, "ab", as_bytes("c"), 32);
  EXPECT_NE(derive(key, "a", as_bytes("bc"), 32), reference);
  EXPECT_NE(derive(key, "abc", {}, 32), reference);
  EXPECT_NE(derive(key, "ab", as_bytes("d"), 32), reference);
  EXPECT_NE(derive(other_key, "ab", as_bytes("c"), 32), reference);
  Bytes longer = derive(key, "ab", as_bytes("c"), 64);
  longer.resize(32);
  EXPECT_NE(longer, reference);
}

// RFC 5869 appendix A.1 and A.3.
TEST(Hkdf, MatchesTheExamplesOfItsRfc) {
  const SecretBytes secret = SecretBytes::copy_of(Bytes(22, 0x0b));
  Bytes out(42);
  derive_hkdf(secret, hex_decode("000102030405060708090a0b0c").value(), hex_decode("f0f1f2f3f4f5f6f7f8f9").value(),
              out);
  EXPECT_EQ(hex_encode(out), "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
  derive_hkdf(secret, {}, {}, out);
  EXPECT_EQ(hex_encode(out), "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8");
}

}  // namespace
}  // namespace claviger::crypto
