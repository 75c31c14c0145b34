// Project Wycheproof's vectors through our wrappers: AES-GCM, HMAC, Ed25519, RS256 and ES256; and that no file was
// forgotten.
#include <gtest/gtest.h>
#include <simdjson.h>

#include <algorithm>
#include <iostream>
#include <optional>
#include <string>

#include "base/encoding.h"
#include "crypto/aead.h"
#include "crypto/ed25519.h"
#include "crypto/hmac.h"
#include "crypto/jws.h"
#include "wycheproof.h"

namespace claviger::crypto {
namespace {

// After a run of all tests.
class NoFileIsForgotten : public ::testing::Environment {
 public:
  void TearDown() override {
    if (GTEST_FLAG_GET(filter) != "*" || read_files().empty()) return;
    for (const auto& entry : std::filesystem::directory_iterator(*vector_directory("wycheproof"))) {
      const std::string name = entry.path().filename().string();
      if (entry.path().extension() == ".json" && !read_files().contains(name)) ADD_FAILURE() << name << " is not run";
    }
    std::cout << "Wycheproof: " << read_files().size() << " files run\n";
  }
};
const ::testing::Environment* const kNoFileIsForgotten =
    ::testing::AddGlobalTestEnvironment(new NoFileIsForgotten);  // NOLINT: GoogleTest owns it

TEST(Wycheproof, AesGcm) {
  Aes256Gcm gcm;
  int valid = 0, invalid = 0, other = 0;
  for_each_test("aes_gcm_test.json", [&](simdjson::dom::element group, simdjson::dom::element test) {
    // Our types have room for one key size, one nonce size and one tag size.
    if (number(group, "keySize") != 256 || number(group, "ivSize") != 96 || number(group, "tagSize") != 128) {
      ++other;
      return;
    }
    const Bytes key = hex(test, "key"), nonce = hex(test, "iv"), aad = hex(test, "aad"), plaintext = hex(test, "msg");
    Bytes sealed = hex(test, "ct");
    const Bytes tag = hex(test, "tag");
    sealed.insert(sealed.end(), tag.begin(), tag.end());
    Bytes opened(sealed.size() - Aes256Gcm::kTagSize, 0xee);
    const bool authentic = gcm.open_with_nonce(Key256(key), Nonce96(nonce), {aad}, sealed, opened);
    if (text(test, "result") == "valid") {
      ++valid;
      EXPECT_TRUE(authentic);
      EXPECT_EQ(hex_encode(opened), hex_encode(plaintext));
      Bytes made(sealed.size());
      gcm.seal_unchecked_nonce(Key256(key), Nonce96(nonce), {aad}, plaintext, made);
      EXPECT_EQ(hex_encode(made), hex_encode(sealed));
    } else {
      ++invalid;
      EXPECT_FALSE(authentic);
      EXPECT_EQ(std::ranges::count(opened, 0), std::ssize(opened)) << "a refused plaintext is cleared";
    }
  });
  std::cout << "AES-GCM: " << valid + invalid << " cases run (" << valid << " valid, " << invalid << " invalid); "
            << other << " have a key, nonce or tag size that our types cannot express\n";
  EXPECT_TRUE(other == 0 || (valid > 0 && invalid > 0));
}

class WycheproofHmac : public ::testing::TestWithParam<std::pair<const char*, HashAlgorithm>> {};

TEST_P(WycheproofHmac, EveryCase) {
  const auto [name, algorithm] = GetParam();
  Hmac hmac(algorithm);
  int whole = 0, truncated = 0;
  for_each_test(std::string("hmac_") + name + "_test.json",
                [&, chosen = algorithm](simdjson::dom::element, simdjson::dom::element test) {
                  const SecretBytes key = SecretBytes::copy_of(hex(test, "key"));
                  const Bytes message = hex(test, "msg"), tag = hex(test, "tag");
                  const bool valid = text(test, "result") == "valid";
                  if (tag.size() == digest_size(chosen)) {
                    ++whole;
                    EXPECT_EQ(hmac.verify(key, message, tag), valid);
                    return;
                  }
                  // We verify whole codes only; the computed one still has to begin like a valid tag.
                  ++truncated;
                  EXPECT_FALSE(hmac.verify(key, message, tag));
                  Bytes start = hmac.mac(key, message);
                  start.resize(tag.size());
                  EXPECT_EQ(start == tag, valid);
                });
  std::cout << "HMAC " << name << ": " << whole + truncated << " cases run (" << truncated
            << " with truncated codes)\n";
}

INSTANTIATE_TEST_SUITE_P(Algorithms, WycheproofHmac,
                         ::testing::Values(std::pair{"sha224", HashAlgorithm::kSha224},
                                           std::pair{"sha256", HashAlgorithm::kSha256},
                                           std::pair{"sha384", HashAlgorithm::kSha384},
                                           std::pair{"sha512", HashAlgorithm::kSha512}),
                         [](const auto& row) { return row.param.first; });

TEST(Wycheproof, Ed25519) {
  int count = 0;
  for_each_test("ed25519_test.json", [&](simdjson::dom::element group, simdjson::dom::element test) {
    ++count;
    const Bytes public_key = hex_decode(group["publicKey"]["pk"].get_string().value()).value();
    EXPECT_EQ(ed25519_verify(public_key, hex(test, "msg"), hex(test, "sig")), text(test, "result") == "valid");
  });
  std::cout << "Ed25519: " << count << " cases run\n";
}

class WycheproofRs256 : public testing::TestWithParam<const char*> {};

TEST_P(WycheproofRs256, EveryCase) {
  int count = 0, acceptable = 0;
  for_each_test(GetParam(), [&](simdjson::dom::element group, simdjson::dom::element test) {
    const auto unsigned_number = [&](std::string_view name) {
      Bytes bytes = hex(group["publicKey"], name);
      bytes.erase(bytes.begin(), std::find_if(bytes.begin(), bytes.end(), [](std::uint8_t b) { return b != 0; }));
      return bytes;
    };
    // An encoding without the NULL, which the standard does not allow: either answer is known.
    if (text(test, "result") == "acceptable") {
      ++acceptable;
      return;
    }
    ++count;
    const Bytes modulus = unsigned_number("modulus"), exponent = unsigned_number("publicExponent");
    EXPECT_EQ(rs256_verify({modulus, exponent}, hex(test, "msg"), hex(test, "sig")), text(test, "result") == "valid");
  });
  std::cout << "RS256: " << count << " cases run, " << acceptable << " left out\n";
}

INSTANTIATE_TEST_SUITE_P(Sizes, WycheproofRs256,
                         testing::Values("rsa_signature_2048_sha256_test.json", "rsa_signature_3072_sha256_test.json",
                                         "rsa_signature_4096_sha256_test.json"));

// r and s, 32 bytes each, of a signature in DER; nullopt when it is none, or a number does not fit.
std::optional<Bytes> raw_signature(ByteSpan der) {
  ByteReader reader(der);
  Bytes raw;
  if (reader.u8() != 0x30) return std::nullopt;
  const std::size_t size = reader.u8();
  if (size != reader.rest().size()) return std::nullopt;
  for (int i = 0; i < 2; ++i) {
    if (reader.u8() != 0x02) return std::nullopt;
    ByteSpan number = reader.raw(reader.u8());
    if (number.empty() || number[0] >= 0x80) return std::nullopt;
    if (number[0] == 0 && number.size() > 1 && number[1] < 0x80) return std::nullopt;
    while (number.size() > 1 && number[0] == 0) number = number.subspan(1);
    if (number.size() > 32) return std::nullopt;
    raw.resize(raw.size() + 32 - number.size());
    raw.insert(raw.end(), number.begin(), number.end());
  }
  if (!reader.done()) return std::nullopt;
  return raw;
}

TEST(Wycheproof, Es256) {
  int count = 0, not_representable = 0;
  for_each_test("ecdsa_secp256r1_sha256_test.json", [&](simdjson::dom::element group, simdjson::dom::element test) {
    const auto coordinate = [&](std::string_view name) {
      Bytes bytes = hex(group["publicKey"], name);
      bytes.erase(bytes.begin(), std::find_if(bytes.begin(), bytes.end(), [](std::uint8_t b) { return b != 0; }));
      bytes.insert(bytes.begin(), 32 - bytes.size(), 0);
      return bytes;
    };
    const auto signature = raw_signature(hex(test, "sig"));
    if (!signature) {
      EXPECT_EQ(text(test, "result"), "invalid");
      ++not_representable;
      return;
    }
    ++count;
    const Bytes x = coordinate("wx"), y = coordinate("wy");
    EXPECT_EQ(es256_verify({x, y}, hex(test, "msg"), *signature), text(test, "result") == "valid");
  });
  std::cout << "ES256: " << count << " cases run, " << not_representable << " have no raw form\n";
}

}  // namespace
}  // namespace claviger::crypto
