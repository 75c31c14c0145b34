#include "crypto/aead.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "base/encoding.h"
#include "base/testing.h"
#include "crypto/random.h"

namespace claviger::crypto {
namespace {

Key256 key_in(const Bytes& bytes) { return Key256(bytes); }

struct GcmRow {
  const char* name;
  std::string_view key, nonce, aad, plaintext, ciphertext, tag;
};

// McGrew and Viega, "The Galois/Counter Mode of Operation", appendix B (the cases with 256-bit keys
// and 96-bit nonces).
constexpr GcmRow kGcmRows[] = {
    {"case 13", "0000000000000000000000000000000000000000000000000000000000000000", "000000000000000000000000", "", "",
     "", "530f8afbc74536b9a963b4f1c4cb738b"},
    {"case 14", "0000000000000000000000000000000000000000000000000000000000000000", "000000000000000000000000", "",
     "00000000000000000000000000000000", "cea7403d4d606b6e074ec5d3baf39d18", "d0d1c8a799996bf0265b98b5d48ab919"},
    {"case 16", "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308", "cafebabefacedbaddecaf888",
     "feedfacedeadbeeffeedfacedeadbeefabaddad2",
     "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
     "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
     "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
     "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662",
     "76fc6ece0f4e1768cddf8853bb2d551b"},
};

TEST(Aes256Gcm, MatchesTheDesignersVectorsBothWays) {
  Aes256Gcm gcm;
  for (const GcmRow& row : kGcmRows) {
    const Bytes key = from_hex(row.key), nonce = from_hex(row.nonce), aad = from_hex(row.aad),
                plaintext = from_hex(row.plaintext);
    Bytes sealed(plaintext.size() + Aes256Gcm::kTagSize);
    gcm.seal_unchecked_nonce(key_in(key), Nonce96(nonce), Aad{aad}, plaintext, sealed);
    EXPECT_EQ(hex_encode(sealed), std::string(row.ciphertext) + std::string(row.tag)) << row.name;
    Bytes opened(plaintext.size(), 0xee);
    EXPECT_TRUE(gcm.open_with_nonce(key_in(key), Nonce96(nonce), Aad{aad}, sealed, opened)) << row.name;
    EXPECT_EQ(opened, plaintext) << row.name;
  }
}

TEST(Aes256Gcm, OpensWhatItSealedAndNothingElse) {
  SystemRandom random;
  Aes256Gcm gcm;
  const Bytes key(32, 7);
  const Bytes plaintext = to_bytes(as_bytes("attack at dawn"));
  const Aad aad{as_bytes("order 66")};
  Bytes sealed = to_bytes(as_bytes("kept"));
  gcm.seal(key_in(key), aad, plaintext, random, sealed);
  ASSERT_EQ(sealed.size(), 4 + plaintext.size() + Aes256Gcm::kSealOverhead);
  EXPECT_EQ(as_text(ByteSpan(sealed).first(4)), "kept");
  sealed.erase(sealed.begin(), sealed.begin() + 4);

  Bytes opened(plaintext.size());
  ASSERT_TRUE(gcm.open(key_in(key), aad, sealed, opened));
  EXPECT_EQ(opened, plaintext);
  for (std::size_t bit = 0; bit < sealed.size() * 8; ++bit) {
    Bytes changed = sealed;
    changed[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    std::ranges::fill(opened, 0xee);
    EXPECT_FALSE(gcm.open(key_in(key), aad, changed, opened)) << bit;
    EXPECT_TRUE(all_zero(opened)) << bit;
  }
  const Bytes other_key(32, 8);
  EXPECT_FALSE(gcm.open(key_in(other_key), aad, sealed, opened));
  EXPECT_FALSE(gcm.open(key_in(key), Aad{as_bytes("order 67")}, sealed, opened));
}

TEST(Aes256Gcm, RefusesLengthsThatDoNotFitAndClearsTheOutput) {
  Aes256Gcm gcm;
  const Bytes key(32, 7);
  for (const std::size_t size : {std::size_t{0}, std::size_t{27}, std::size_t{28}, std::size_t{31}, std::size_t{33}}) {
    const Bytes sealed(size);
    Bytes opened(4, 0xee);
    EXPECT_FALSE(gcm.open(key_in(key), Aad{}, sealed, opened)) << size;
    EXPECT_TRUE(all_zero(opened)) << size;
  }
}

TEST(Aes256Gcm, WorksOnAfterItForgotItsKey) {
  Aes256Gcm gcm;
  gcm.forget_key();
  const Bytes key(32, 7), nonce(12, 9), plaintext(5, 1);
  Bytes first(plaintext.size() + 16), second(plaintext.size() + 16), opened(plaintext.size());
  gcm.seal_unchecked_nonce(key_in(key), Nonce96(nonce), Aad{}, plaintext, first);
  gcm.forget_key();
  EXPECT_TRUE(gcm.open_with_nonce(key_in(key), Nonce96(nonce), Aad{}, first, opened));
  gcm.forget_key();
  gcm.seal_unchecked_nonce(key_in(key), Nonce96(nonce), Aad{}, plaintext, second);
  EXPECT_EQ(first, second);
}

}  // namespace
}  // namespace claviger::crypto
