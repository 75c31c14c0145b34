#include "published.h"

#include <openssl/evp.h>

#include <optional>

#include "base/result.h"
#include "base/testing.h"
#include "hsm/import_token.h"
#include "hsm/purpose_sealer.h"
#include "secrets.h"

namespace claviger::constant_time {
namespace {

// The program is one thread, and functions in place of others have no other way to know.
int outcomes = 0;
bool inside_rsa = false;
bool rsa_outcome_is_secret = false;

template <class Number>
Number published(Number value) {
  if (is_secret({reinterpret_cast<const std::uint8_t*>(&value), sizeof value})) ++outcomes;
  publish_value(value);
  return value;
}

}  // namespace

int published_outcomes() { return outcomes; }
SecretRsaOutcome::SecretRsaOutcome() { rsa_outcome_is_secret = true; }
SecretRsaOutcome::~SecretRsaOutcome() { rsa_outcome_is_secret = false; }

}  // namespace claviger::constant_time

// The linker's names: `__wrap_` is called in place of the function, `__real_` is the function.
// NOLINTBEGIN(bugprone-reserved-identifier)
using namespace claviger;
using namespace claviger::constant_time;

extern "C" {

// OpenSSL's numbers (crypto/bn/bn_local.h of 3.5).
struct bignum_st {
  std::uint64_t* words;
  int used, allocated, negative, flags;
};

static void publish_number(const bignum_st& number) {
  publish_value(number);
  expect(number.used <= number.allocated && number.allocated < 32, "numbers as OpenSSL lays them out");
  const ByteSpan words(reinterpret_cast<const std::uint8_t*>(number.words),
                       static_cast<std::size_t>(number.allocated) * 8);
  if (is_secret(words)) ++outcomes;
  publish(words);
}

int __real_ossl_encode_der_dsa_sig(void* packet, const bignum_st* r, const bignum_st* s);
// An ECDSA signature, at the moment when it is written down.
int __wrap_ossl_encode_der_dsa_sig(void* packet, const bignum_st* r, const bignum_st* s) {
  for (const bignum_st* number : {r, s}) publish_number(*number);
  return __real_ossl_encode_der_dsa_sig(packet, r, s);
}

void __real_bn_correct_top(bignum_st* number);
// How many words a number has, without leading zero words. The branches that find out are reported there, for each
// caller (openssl.supp). Now and then, when there are such words, valgrind takes the number of the others for a secret
// besides, and all that is done so many times.
void __wrap_bn_correct_top(bignum_st* number) {
  __real_bn_correct_top(number);
  publish_value(number->used);
}

bignum_st* __real_BN_lebin2bn(const unsigned char* bytes, int size, bignum_st* number);
// The same for what becomes OpenSSL's numbers here: coordinates on P-384 and P-521, scalars of SM2.
bignum_st* __wrap_BN_lebin2bn(const unsigned char* bytes, int size, bignum_st* number) {
  bignum_st* const out = __real_BN_lebin2bn(bytes, size, number);
  if (out != nullptr) publish_value(out->used);
  return out;
}

int __real_BN_clear_bit(bignum_st* number, int bit);
int __wrap_BN_clear_bit(bignum_st* number, int bit) {
  const int outcome = __real_BN_clear_bit(number, bit);
  publish_value(number->used);
  return outcome;
}

int __real_RAND_priv_bytes(unsigned char* out, int size);
// Nonces of SM2, which no private key takes part in.
int __wrap_RAND_priv_bytes(unsigned char* out, int size) {
  const int outcome = __real_RAND_priv_bytes(out, size);
  make_secret({out, static_cast<std::size_t>(size)});
  return outcome;
}

int __real_BN_mod_add(bignum_st* sum, const bignum_st* left, const bignum_st* right, const bignum_st* modulus,
                      void* context);
// Nothing but r of SM2, which is a digest and a coordinate that who has the signature computes of it.
int __wrap_BN_mod_add(bignum_st* sum, const bignum_st* left, const bignum_st* right, const bignum_st* modulus,
                      void* context) {
  for (const bignum_st* number : {left, right}) publish_number(*number);
  return __real_BN_mod_add(sum, left, right, modulus, context);
}

int __real_CRYPTO_memcmp(const void* a, const void* b, size_t size);
// Tags: whether one is right is the answer. Inside RSA it is not: that the hash of
// the label is wrong must look like everything else that is wrong.
int __wrap_CRYPTO_memcmp(const void* a, const void* b, size_t size) {
  const int difference = __real_CRYPTO_memcmp(a, b, size);
  return inside_rsa ? difference : published(difference);
}

int __real_EVP_PKEY_decrypt(EVP_PKEY_CTX* context, unsigned char* out, size_t* out_size, const unsigned char* in,
                            size_t in_size);
int __wrap_EVP_PKEY_decrypt(EVP_PKEY_CTX* context, unsigned char* out, size_t* out_size, const unsigned char* in,
                            size_t in_size) {
  // The hash in a ciphertext of SM2 is the outcome itself.
  inside_rsa = EVP_PKEY_is_a(EVP_PKEY_CTX_get0_pkey(context), "RSA") == 1;
  const int outcome = __real_EVP_PKEY_decrypt(context, out, out_size, in, in_size);
  inside_rsa = false;
  if (rsa_outcome_is_secret) return outcome;
  *out_size = published(*out_size);
  return published(outcome);
}

int __real_EVP_DigestSqueeze(EVP_MD_CTX* context, unsigned char* out, size_t size);
// ML-DSA.KeyGen_internal (FIPS 204 algorithm 6, line 1) expands the secret seed to 128 bytes, of which the first 32 are
// rho, the first part of the public key.
int __wrap_EVP_DigestSqueeze(EVP_MD_CTX* context, unsigned char* out, size_t size) {
  const int outcome = __real_EVP_DigestSqueeze(context, out, size);
  if (size == 128) publish({out, 32});
  return outcome;
}

}  // extern "C"

// Lengths of secrets are no secret.
void real_resize(SecretBytes* secret, std::size_t size) __asm__("__real__ZN8claviger11SecretBytes6resizeEm");
void wrap_resize(SecretBytes* secret, std::size_t size) __asm__("__wrap__ZN8claviger11SecretBytes6resizeEm");
void wrap_resize(SecretBytes* secret, std::size_t size) {
  publish_value(size);
  real_resize(secret, size);
}

bool real_equal(ByteSpan left, ByteSpan right) __asm__(
    "__real__ZN8claviger19constant_time_equalESt4spanIKhLm18446744073709551615EES2_");
bool wrap_equal(ByteSpan left, ByteSpan right) __asm__(
    "__wrap__ZN8claviger19constant_time_equalESt4spanIKhLm18446744073709551615EES2_");
bool wrap_equal(ByteSpan left, ByteSpan right) { return published(real_equal(left, right)); }

Result<Bytes> real_open(hsm::PurposeSealer* sealer, ByteSpan context, ByteSpan sealed) __asm__(
    "__real__ZN8claviger3hsm13PurposeSealer4openESt4spanIKhLm18446744073709551615EES4_");
Result<Bytes> wrap_open(hsm::PurposeSealer* sealer, ByteSpan context, ByteSpan sealed) __asm__(
    "__wrap__ZN8claviger3hsm13PurposeSealer4openESt4spanIKhLm18446744073709551615EES4_");
// What is opened as Bytes is no secret: claims, positions of listings, names of grants.
Result<Bytes> wrap_open(hsm::PurposeSealer* sealer, ByteSpan context, ByteSpan sealed) {
  auto opened = real_open(sealer, context, sealed);
  if (opened) publish(*opened);
  return opened;
}

std::optional<hsm::ImportToken> real_decode(const SecretBytes& bytes) __asm__(
    "__real__ZN8claviger3hsm19decode_import_tokenERKNS_11SecretBytesE");
std::optional<hsm::ImportToken> wrap_decode(const SecretBytes& bytes) __asm__(
    "__wrap__ZN8claviger3hsm19decode_import_tokenERKNS_11SecretBytesE");
// Not the reverse: of what is opened here the private key becomes the secret.
std::optional<hsm::ImportToken> wrap_decode(const SecretBytes& bytes) {
  auto token = real_decode(bytes);
  if (token) make_private_numbers_secret(token->wrapping_kind, insecure_expose(token->private_key));
  return token;
}
// NOLINTEND(bugprone-reserved-identifier)
