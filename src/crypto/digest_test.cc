#include "crypto/digest.h"

#include <gtest/gtest.h>

#include <string>

#include "base/encoding.h"
#include "base/testing.h"

namespace claviger::crypto {
namespace {

struct ShaRow {
  const char* name;
  std::string message;
  std::string_view digest;
};

// FIPS 180-4's examples (NIST, "Cryptographic Standards and Guidelines: Examples with Intermediate Values").
TEST(Sha256, MatchesTheStandardsExamples) {
  const ShaRow rows[] = {
      {"empty", "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
      {"one block", "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
      {"two blocks", "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
       "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
      {"a million times a", std::string(1'000'000, 'a'),
       "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"},
  };
  Sha256 sha;
  for (const ShaRow& row : rows) EXPECT_EQ(hex_encode(sha.digest(as_bytes(row.message))), row.digest) << row.name;
}

TEST(Sha256, PiecesGiveTheDigestOfTheWhole) {
  Sha256 sha;
  sha.update(as_bytes("a"));
  sha.update({});
  sha.update(as_bytes("bc"));
  const Digest256 pieces = sha.finish();
  EXPECT_EQ(pieces, sha.digest(as_bytes("abc")));
}

struct HmacRow {
  const char* name;
  std::string key, message;
  std::string_view mac;
};

// RFC 4231 section 4, the cases with a whole code.
TEST(HmacSha256, MatchesRfc4231) {
  std::string counting;
  for (char c = 1; c <= 0x19; ++c) counting += c;
  const HmacRow rows[] = {
      {"case 1", std::string(20, '\x0b'), "Hi There",
       "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
      {"case 2", "Jefe", "what do ya want for nothing?",
       "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
      {"case 3", std::string(20, '\xaa'), std::string(50, '\xdd'),
       "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
      {"case 4", counting, std::string(50, '\xcd'), "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"},
      {"case 6: a key longer than a block", std::string(131, '\xaa'),
       "Test Using Larger Than Block-Size Key - Hash Key First",
       "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
  };
  HmacSha256 reused{ByteSpan()};
  for (const HmacRow& row : rows) {
    const SecretBytes key = SecretBytes::copy_of(as_bytes(row.key));
    EXPECT_EQ(hex_encode(HmacSha256(key).mac(as_bytes(row.message))), row.mac) << row.name;
    reused.set_key(key);
    EXPECT_EQ(hex_encode(reused.mac(as_bytes(row.message))), row.mac) << row.name;
    EXPECT_EQ(hex_encode(insecure_expose(reused.mac_secret(as_bytes(row.message)))), row.mac) << row.name << ", again";
  }
}

TEST(HmacSha256, AnEmptyKeyIsAKeyAndNotTheFormerOne) {
  // RFC 2104's HMAC of nothing under the empty key.
  constexpr std::string_view kExpected = "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad";
  HmacSha256 hmac(as_bytes("some key"));
  hmac.set_key(SecretBytes());
  EXPECT_EQ(hex_encode(hmac.mac({})), kExpected);
}

}  // namespace
}  // namespace claviger::crypto
