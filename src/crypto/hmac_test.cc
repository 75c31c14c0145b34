#include "crypto/hmac.h"

#include <gtest/gtest.h>

#include "base/encoding.h"

namespace claviger::crypto {
namespace {

TEST(Hmac, MatchesRfc4231WithEveryAlgorithm) {
  const struct {
    const char* name;
    HashAlgorithm algorithm;
    std::string_view mac;
  } rows[] = {
      {"SHA-224", HashAlgorithm::kSha224, "a30e01098bc6dbbf45690f3a7e9e6d0f8bbea2a39e6148008fd05e44"},
      {"SHA-256", HashAlgorithm::kSha256, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
      {"SHA-384", HashAlgorithm::kSha384,
       "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649"},
      {"SHA-512", HashAlgorithm::kSha512,
       "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
       "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737"},
  };
  const SecretBytes key = SecretBytes::copy_of(as_bytes("Jefe"));
  const ByteSpan message = as_bytes("what do ya want for nothing?");
  for (const auto& row : rows) {
    Hmac hmac(row.algorithm);
    EXPECT_EQ(hex_encode(hmac.mac(key, message)), row.mac) << row.name;
    Bytes code = hmac.mac(key, message);
    EXPECT_EQ(code.size(), digest_size(row.algorithm)) << row.name;
    EXPECT_TRUE(hmac.verify(key, message, code)) << row.name;
    EXPECT_FALSE(hmac.verify(key, message, ByteSpan(code).first(code.size() - 1))) << row.name;
    EXPECT_FALSE(hmac.verify(key, message, {})) << row.name;
    code.back() ^= 1;
    EXPECT_FALSE(hmac.verify(key, message, code)) << row.name;
  }
}

}  // namespace
}  // namespace claviger::crypto
