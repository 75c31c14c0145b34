#include "crypto/testing_oaep.h"

#include <openssl/core_names.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>

#include <algorithm>

#include "base/check.h"
#include "crypto/openssl_keys.h"
#include "crypto/openssl_oaep.h"

namespace claviger::crypto {
namespace {

Bytes digest(const EVP_MD* md, ByteSpan bytes) {
  Bytes out(static_cast<std::size_t>(EVP_MD_get_size(md)));
  CLAVIGER_CHECK(EVP_Digest(pointer_to(bytes), bytes.size(), out.data(), nullptr, md, nullptr) == 1);
  return out;
}

// MGF1 (RFC 8017 appendix B.2.1), added to `out`.
void mask(const EVP_MD* md, ByteSpan seed, MutableByteSpan out) {
  for (std::uint32_t counter = 0; !out.empty(); ++counter) {
    Bytes input = to_bytes(seed);
    ByteWriter(input).u32(counter);
    const Bytes block = digest(md, input);
    const std::size_t size = std::min(block.size(), out.size());
    for (std::size_t i = 0; i < size; ++i) out[i] ^= block[i];
    out = out.subspan(size);
  }
}

Bytes encoded(OaepFault fault, std::size_t modulus, OaepHash hash, ByteSpan plaintext) {
  const EVP_MD* md = oaep_digest(hash);
  const Bytes label = digest(md, fault == OaepFault::kLabel ? as_bytes("label") : ByteSpan());
  Bytes whole(modulus);
  const MutableByteSpan message(whole);
  const MutableByteSpan seed = message.subspan(1, label.size()), data = message.subspan(1 + label.size());
  CLAVIGER_CHECK(plaintext.size() + label.size() + 2 <= data.size());
  CLAVIGER_CHECK(RAND_bytes(seed.data(), static_cast<int>(seed.size())) == 1);
  std::ranges::copy(label, data.begin());
  if (fault == OaepFault::kFirstByte) message[0] = 1;
  if (fault == OaepFault::kPaddingByte) data[label.size()] = 2;
  if (fault != OaepFault::kNoSeparator) {
    data[data.size() - plaintext.size() - 1] = 1;
    std::ranges::copy(plaintext, data.last(plaintext.size()).begin());
  }
  mask(md, seed, data);
  mask(md, data, seed);
  return whole;
}

// By RSA itself, with OpenSSL's padding of that number.
Bytes raise(const PublicKey& key, int padding, ByteSpan message) {
  const PkeyContextHandle context = context_of(KeyAccess::key(key));
  CLAVIGER_CHECK(EVP_PKEY_encrypt_init(context.get()) == 1 &&
                 EVP_PKEY_CTX_set_rsa_padding(context.get(), padding) == 1);
  Bytes out(oaep_ciphertext_bytes(key.kind()));
  std::size_t size = out.size();
  CLAVIGER_CHECK(EVP_PKEY_encrypt(context.get(), out.data(), &size, message.data(), message.size()) == 1 &&
                 size == out.size());
  return out;
}

Bytes modulus_of(const PublicKey& key) {
  BIGNUM* number = nullptr;
  CLAVIGER_CHECK(EVP_PKEY_get_bn_param(KeyAccess::key(key), OSSL_PKEY_PARAM_RSA_N, &number) == 1);
  const BignumHandle modulus(number);
  Bytes out(oaep_ciphertext_bytes(key.kind()));
  CLAVIGER_CHECK(BN_bn2binpad(number, out.data(), static_cast<int>(out.size())) > 0);
  return out;
}

}  // namespace

std::string_view name_of(OaepFault fault) {
  static constexpr std::string_view kNames[] = {"none",         "first byte",   "label",        "other hash",
                                                "padding byte", "no separator", "PKCS #1 v1.5", "random",
                                                "zero",         "one",          "the modulus",  "largest"};
  return kNames[static_cast<std::size_t>(fault)];
}

Bytes oaep_encrypt_with(OaepFault fault, const PublicKey& key, OaepHash hash, ByteSpan plaintext) {
  const std::size_t size = oaep_ciphertext_bytes(key.kind());
  const OaepHash other = hash == OaepHash::kSha1 ? OaepHash::kSha256 : OaepHash::kSha1;
  switch (fault) {
    case OaepFault::kNone:
    case OaepFault::kFirstByte:
    case OaepFault::kLabel:
    case OaepFault::kPaddingByte:
    case OaepFault::kNoSeparator:
      return raise(key, RSA_NO_PADDING, encoded(fault, size, hash, plaintext));
    case OaepFault::kOtherHash:
      return raise(key, RSA_NO_PADDING, encoded(OaepFault::kNone, size, other, plaintext));
    case OaepFault::kPkcs1:
      return raise(key, RSA_PKCS1_PADDING, plaintext);
    case OaepFault::kRandom: {
      Bytes out(size);
      CLAVIGER_CHECK(RAND_bytes(out.data(), static_cast<int>(size)) == 1);
      out[0] &= 0x7f;
      return out;
    }
    case OaepFault::kZero:
      return Bytes(size);
    case OaepFault::kOne: {
      Bytes out(size);
      out.back() = 1;
      return out;
    }
    case OaepFault::kModulus:
      return modulus_of(key);
    case OaepFault::kLargest:
      return Bytes(size, 0xff);
  }
  check_failed("a known fault", __FILE__, __LINE__);
}

}  // namespace claviger::crypto
