#include "crypto/sm2.h"

#include <openssl/opensslconf.h>

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/check.h"
#include "crypto/openssl_keys.h"
#include "crypto/secret_gate.h"

// Some distributions leave them out, and keys of SM2 could then not even be made.
#if defined(OPENSSL_NO_SM2) || defined(OPENSSL_NO_SM3)
#error "OpenSSL must have SM2 and SM3; scripts/setup builds one that has"
#endif

namespace claviger::crypto {
namespace {

constexpr std::uint8_t kInteger = 0x02, kOctetString = 0x04, kSequence = 0x30;
constexpr std::size_t kHashBytes = 32;
// The prime of the field (GB/T 32918.5).
constexpr std::array<std::uint8_t, 32> kPrime = {0xff, 0xff, 0xff, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                                 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x00, 0x00,
                                                 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

// The content of the next element. Nothing for another tag, and a length that DER writes otherwise or no request has.
std::optional<ByteSpan> element(ByteReader& reader, std::uint8_t tag) {
  if (reader.u8() != tag) return std::nullopt;
  std::size_t size = reader.u8();
  if (size >= 0x80) {
    const ByteSpan digits = reader.raw(size & 0x7fU);
    if (digits.empty() || digits.size() > 2 || digits[0] == 0) return std::nullopt;
    size = 0;
    for (const std::uint8_t digit : digits) size = (size << 8U) | digit;
    if (size < 0x80) return std::nullopt;
  }
  const ByteSpan content = reader.raw(size);
  return reader.failed() ? std::nullopt : std::optional(content);
}

// Of an INTEGER. OpenSSL reduces what is outside the field, so that one point would have several ciphertexts.
bool is_coordinate(ByteSpan digits) {
  if (digits.empty() || digits[0] >= 0x80) return false;
  if (digits[0] == 0 && digits.size() > 1) {
    if (digits[1] < 0x80) return false;
    digits = digits.subspan(1);
  }
  if (digits.size() != kPrime.size()) return digits.size() < kPrime.size();
  return std::ranges::lexicographical_compare(digits, kPrime);
}

}  // namespace

std::optional<std::size_t> sm2_plaintext_bytes(ByteSpan ciphertext) {
  ByteReader outside(ciphertext);
  const auto sequence = element(outside, kSequence);
  if (!sequence || !outside.done()) return std::nullopt;
  ByteReader inside(*sequence);
  for (int coordinate = 0; coordinate < 2; ++coordinate) {
    const auto digits = element(inside, kInteger);
    if (!digits || !is_coordinate(*digits)) return std::nullopt;
  }
  const auto hash = element(inside, kOctetString);
  if (!hash || hash->size() != kHashBytes) return std::nullopt;
  const auto masked = element(inside, kOctetString);
  if (!masked || masked->empty() || !inside.done()) return std::nullopt;
  return masked->size();
}

Bytes sm2_encrypt(const PublicKey& key, const SecretBytes& plaintext) {
  CLAVIGER_CHECK(key.kind() == KeyKind::kSm2 && !plaintext.empty());
  const ByteSpan input = plaintext.expose(SecretGate::access());
  const PkeyContextHandle context = context_of(KeyAccess::key(key));
  std::size_t size = 0;
  CLAVIGER_CHECK(EVP_PKEY_encrypt_init(context.get()) == 1 &&
                 EVP_PKEY_encrypt(context.get(), nullptr, &size, input.data(), input.size()) == 1);
  Bytes out(size);
  CLAVIGER_CHECK(EVP_PKEY_encrypt(context.get(), out.data(), &size, input.data(), input.size()) == 1);
  out.resize(size);
  return out;
}

std::optional<SecretBytes> sm2_decrypt(const PrivateKey& key, ByteSpan ciphertext) {
  CLAVIGER_CHECK(key.kind() == KeyKind::kSm2);
  const auto length = sm2_plaintext_bytes(ciphertext);
  if (!length) return std::nullopt;
  const PkeyContextHandle context = context_of(KeyAccess::key(key));
  CLAVIGER_CHECK(EVP_PKEY_decrypt_init(context.get()) == 1);
  SecretBytes out(*length);
  std::size_t size = out.size();
  if (!told(EVP_PKEY_decrypt(context.get(), out.writable().data(), &size, ciphertext.data(), ciphertext.size()) == 1)) {
    return std::nullopt;
  }
  CLAVIGER_CHECK(size == out.size());
  return out;
}

}  // namespace claviger::crypto
