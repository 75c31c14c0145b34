#include "hsm/ciphertext.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "crypto/digest.h"
#include "crypto/kdf.h"
#include "crypto/random.h"
#include "hsm/ciphertext_layout.h"
#include "hsm/key_token.h"
#include "hsm/test_support.h"

namespace claviger::hsm {
namespace {

// An element of GF(2^128) in GCM's bit order (SP 800-38D section 6.3): bit 0 is the most
// significant bit of byte 0.
using Block = std::array<std::uint8_t, 16>;

Block add(const Block& a, const Block& b) {
  Block sum{};
  for (std::size_t i = 0; i < sum.size(); ++i) sum[i] = a[i] ^ b[i];
  return sum;
}

Block multiply(const Block& a, Block b) {
  Block product{};
  for (std::size_t bit = 0; bit < 128; ++bit) {
    if ((a[bit / 8] >> (7 - bit % 8) & 1) != 0) product = add(product, b);
    const bool carry = (b[15] & 1) != 0;
    for (std::size_t i = 15; i > 0; --i) b[i] = static_cast<std::uint8_t>(b[i] >> 1 | b[i - 1] << 7);
    b[0] >>= 1;
    if (carry) b[0] ^= 0xe1;
  }
  return product;
}

// a^(2^128 - 2).
Block invert(const Block& a) {
  Block result{0x80}, square = a;
  for (int i = 1; i < 128; ++i) {
    square = multiply(square, square);
    result = multiply(result, square);
  }
  return result;
}

Block length_block(std::size_t aad_bytes, std::size_t ciphertext_bytes) {
  Block block{};
  for (std::size_t i = 0; i < 8; ++i) {
    block[7 - i] = static_cast<std::uint8_t>(std::uint64_t{aad_bytes} * 8 >> (8 * i));
    block[15 - i] = static_cast<std::uint8_t>(std::uint64_t{ciphertext_bytes} * 8 >> (8 * i));
  }
  return block;
}

// What GCM adds up for a key and IV, taken from the outside: `mask` hides the GHASH value in the
// tag, `h` is its point.
struct Ghash {
  Block mask, h;

  Ghash(crypto::Key256 key, crypto::Nonce96 iv) {
    // Without any input the GHASH value is zero; with one block of zeros as additional data it is
    // the length block times h.
    crypto::Aes256Gcm gcm;
    gcm.seal_unchecked_nonce(key, iv, {}, {}, mask);
    Block tag;
    gcm.seal_unchecked_nonce(key, iv, {Block{}}, {}, tag);
    h = multiply(add(tag, mask), invert(length_block(16, 0)));
  }
  // The tag over `aad` and a ciphertext of one block.
  Block tag(ByteSpan aad, const Block& ciphertext) const {
    Block sum{};
    for (std::size_t at = 0; at < aad.size(); at += 16) {
      Block block{};
      std::ranges::copy(aad.subspan(at, std::min<std::size_t>(16, aad.size() - at)), block.begin());
      sum = multiply(add(sum, block), h);
    }
    sum = multiply(add(sum, ciphertext), h);
    sum = multiply(add(sum, length_block(aad.size(), 16)), h);
    return add(sum, mask);
  }
};

struct TwoKeys {
  std::array<std::uint8_t, 32> encryption{}, commitment{};

  TwoKeys(const Bytes& backing_key, ByteSpan nonce) {
    crypto::HmacSha256 prf{ByteSpan(backing_key)};
    crypto::derive_sp800_108(prf, layout::kEncryptionLabel, nonce, encryption);
    crypto::derive_sp800_108(prf, layout::kCommitmentLabel, nonce, commitment);
  }
};

Bytes header_with(const MaterialId& material, ByteSpan nonce, ByteSpan iv, ByteSpan commitment) {
  Bytes header{layout::kVersion};
  ByteWriter writer(header);
  writer.raw(as_bytes(example_scope().account.view()));
  writer.raw(as_bytes(example_key_id().view()));
  writer.raw(material);
  writer.raw(nonce);
  writer.raw(iv);
  writer.raw(commitment);
  EXPECT_EQ(header.size(), layout::kHeaderBytes);
  return header;
}

// The attack on GCM without commitment ("invisible salamanders", Dodis and others, 2018): one blob
// that is authentic under two keys. Whoever knows both keys can make it; here the test does.
TEST(Ciphertext, ABlobMadeAuthenticUnderTwoKeysOpensUnderTheCommittedOneOnly) {
  crypto::BlockRandom random;
  const Keyring keyring = Keyring::create_in_memory(random);
  Session session(keyring, random);
  crypto::Aes256Gcm gcm;
  Bytes scratch;
  const MaterialId material{7};
  const Bytes backing_a(32, 0xaa), backing_b(32, 0xbb), nonce(16, 1), iv(12, 2);
  const TwoKeys a(backing_a, nonce), b(backing_b, nonce);
  const Bytes token_a = wrap_backing_key(keyring, gcm, random, scratch, example_binding(), material, backing_a);
  const Bytes token_b = wrap_backing_key(keyring, gcm, random, scratch, example_binding(), material, backing_b);

  Bytes blob = header_with(material, nonce, iv, a.commitment);
  Bytes aad = blob;
  EncryptionContext().append_canonical(aad);

  // One block of ciphertext is free; it enters each tag times h squared, so it can be solved for.
  const Ghash ghash_a(a.encryption, crypto::Nonce96(iv)), ghash_b(b.encryption, crypto::Nonce96(iv));
  const Block difference = add(ghash_a.tag(aad, {}), ghash_b.tag(aad, {}));
  const Block factor = add(multiply(ghash_a.h, ghash_a.h), multiply(ghash_b.h, ghash_b.h));
  const Block ciphertext = multiply(difference, invert(factor));
  const Block tag = ghash_a.tag(aad, ciphertext);
  ASSERT_EQ(tag, ghash_b.tag(aad, ciphertext));
  blob.insert(blob.end(), ciphertext.begin(), ciphertext.end());
  blob.insert(blob.end(), tag.begin(), tag.end());

  const ByteSpan sealed = ByteSpan(blob).subspan(layout::kHeaderBytes);
  Block plain{};
  ASSERT_TRUE(gcm.open_with_nonce(a.encryption, crypto::Nonce96(iv), {aad}, sealed, plain));
  ASSERT_TRUE(gcm.open_with_nonce(b.encryption, crypto::Nonce96(iv), {aad}, sealed, plain))
      << "the attack itself must work, or this test shows nothing";

  EXPECT_TRUE(session.decrypt(example_binding(), token_a, {}, blob).has_value());
  const auto refused = session.decrypt(example_binding(), token_b, {}, blob);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code(), ErrorCode::kInvalidCiphertext);
  EXPECT_EQ(refused.error().message(), "");
}

TEST(Ciphertext, AnAuthenticBlobUnderAnotherKeysCommitmentIsRefused) {
  crypto::BlockRandom random;
  const Keyring keyring = Keyring::create_in_memory(random);
  Session session(keyring, random);
  crypto::Aes256Gcm gcm;
  Bytes scratch;
  const MaterialId material{7};
  const Bytes backing_a(32, 0xaa), backing_b(32, 0xbb), nonce(16, 1), iv(12, 2), plaintext(5, 'x');
  const TwoKeys a(backing_a, nonce), b(backing_b, nonce);
  const auto blob_of = [&](ByteSpan commitment) {
    Bytes blob = header_with(material, nonce, iv, commitment);
    Bytes aad = blob;
    EncryptionContext().append_canonical(aad);
    blob.resize(blob.size() + plaintext.size() + layout::kTagBytes);
    gcm.seal_unchecked_nonce(b.encryption, crypto::Nonce96(iv), {aad}, plaintext,
                             MutableByteSpan(blob).subspan(layout::kHeaderBytes));
    return blob;
  };
  const Bytes token_a = wrap_backing_key(keyring, gcm, random, scratch, example_binding(), material, backing_a);
  const Bytes token_b = wrap_backing_key(keyring, gcm, random, scratch, example_binding(), material, backing_b);
  EXPECT_TRUE(session.decrypt(example_binding(), token_b, {}, blob_of(b.commitment)).has_value());
  EXPECT_FALSE(session.decrypt(example_binding(), token_b, {}, blob_of(a.commitment)).has_value());
  EXPECT_FALSE(session.decrypt(example_binding(), token_a, {}, blob_of(a.commitment)).has_value());
}

TEST(ParseCiphertext, ReadsTheClearHeader) {
  CountingRandom random;
  const Keyring keyring = Keyring::create_in_memory(random);
  Session session(keyring, random);
  const NewBackingKey key = session.create_backing_key(example_binding()).value();
  const Bytes blob = session.encrypt(example_binding(), key.material, key.token, {}, secret("x")).value();
  const auto header = parse_ciphertext(blob);
  ASSERT_TRUE(header.has_value());
  EXPECT_EQ(header->account, example_scope().account);
  EXPECT_EQ(header->key, example_key_id());
  EXPECT_EQ(header->material, key.material);
}

TEST(ParseCiphertext, RefusesWhatCannotBeACiphertext) {
  CountingRandom random;
  const Keyring keyring = Keyring::create_in_memory(random);
  Session session(keyring, random);
  const NewBackingKey key = session.create_backing_key(example_binding()).value();
  const Bytes blob = session.encrypt(example_binding(), key.material, key.token, {}, secret("x")).value();
  const auto with = [&blob](std::size_t at, std::uint8_t value) {
    Bytes changed = blob;
    changed[at] = value;
    return changed;
  };
  Bytes largest = blob, too_large = blob;
  largest.resize(kCiphertextOverhead + kMaxPlaintextBytes);
  too_large.resize(largest.size() + 1);
  EXPECT_TRUE(parse_ciphertext(largest).has_value());
  const struct {
    const char* name;
    Bytes bytes;
  } rows[] = {
      {"nothing", {}},
      {"version 0", with(0, 0)},
      {"version 2", with(0, 2)},
      {"a letter in the account", with(layout::kAccountAt, 'x')},
      {"an upper-case key id", with(layout::kKeyAt + 10, 'A')},
      {"no plaintext", to_bytes(ByteSpan(blob).first(kCiphertextOverhead))},
      {"too much plaintext", too_large},
  };
  for (const auto& row : rows) EXPECT_FALSE(parse_ciphertext(row.bytes).has_value()) << row.name;
}

TEST(Ciphertext, TheExampleOfTheFormatPageDecrypts) {
  // As the page says: all randomness counts up from 0.
  CountingRandom random;
  const Keyring keyring = Keyring::create_in_memory(random);
  Session session(keyring, random);
  const NewBackingKey key = session.create_backing_key(example_binding()).value();
  const EncryptionContext context = context_of({{"department", "finance"}});
  const Bytes blob = example_of("ciphertext.md");
  const auto plaintext = session.decrypt(example_binding(), key.token, context, blob);
  ASSERT_TRUE(plaintext.has_value());
  EXPECT_EQ(as_text(insecure_expose(*plaintext)), "hello");
  EXPECT_EQ(hex_encode(session.encrypt(example_binding(), key.material, key.token, context, secret("hello")).value()),
            hex_encode(blob));
}

}  // namespace
}  // namespace claviger::hsm
