#include <openssl/obj_mac.h>
#include <openssl/rand.h>

#include <algorithm>
#include <bit>
#include <utility>

#include "base/check.h"
#include "base/secret.h"
#include "crypto/openssl_keys.h"
#include "crypto/openssl_sm2.h"
#include "crypto/secret_gate.h"

namespace claviger::crypto {
namespace {

BignumHandle new_number() {
  BignumHandle number(BN_new());
  CLAVIGER_CHECK(number);
  BN_set_flags(number.get(), BN_FLG_CONSTTIME);
  return number;
}

void write_number(const BIGNUM* number, std::uint8_t* out) {
  CLAVIGER_CHECK(BN_bn2binpad(number, out, static_cast<int>(kSm2Bytes)) == static_cast<int>(kSm2Bytes));
}

// OpenSSL steps over leading zero bytes one by one. Behind a one there are none, and the one is taken away by itself.
// `digits` is a number of kSm2Bytes and a 1, with its last digits first.
BignumHandle secret_number(ByteSpan digits) {
  CLAVIGER_CHECK(digits.size() == kSm2Bytes + 1 && digits.back() == 1);
  BignumHandle number = new_number();
  CLAVIGER_CHECK(BN_lebin2bn(digits.data(), static_cast<int>(digits.size()), number.get()) != nullptr &&
                 BN_clear_bit(number.get(), 8 * kSm2Bytes) == 1);
  return number;
}

// Whether left < right, which who calls may know. Both are as long, and have their last digits first.
bool is_below(ByteSpan left, ByteSpan right) {
  static constexpr std::array<std::uint8_t, 1> kBorrow = {1};
  std::array<std::uint8_t, 1> borrow = {0};
  for (std::size_t i = 0; i < left.size(); ++i) {
    borrow[0] = static_cast<std::uint8_t>(((unsigned{left[i]} - right[i] - borrow[0]) >> 8U) & 1U);
  }
  return constant_time_equal(borrow, kBorrow);
}

// A number from 1 to the order less one, all alike. What is thrown away says nothing about what is not.
BignumHandle random_scalar(const BIGNUM* order) {
  std::array<std::uint8_t, kSm2Bytes> bound{};
  CLAVIGER_CHECK(BN_bn2lebinpad(order, bound.data(), static_cast<int>(bound.size())) == static_cast<int>(bound.size()));
  SecretBytes digits(kSm2Bytes + 1);
  const MutableByteSpan all = digits.writable(), drawn = all.first(kSm2Bytes);
  all[kSm2Bytes] = 1;
  while (true) {
    CLAVIGER_CHECK(RAND_priv_bytes(drawn.data(), static_cast<int>(drawn.size())) == 1);
    if (!is_below(drawn, bound)) continue;
    BignumHandle number = secret_number(all);
    if (!BN_is_zero(number.get())) return number;
  }
}

// 1 / (1 + key) by Fermat's theorem, in Montgomery's form.
BignumHandle inverse_of_key(const EC_GROUP* group, const PrivateKey& key, BN_CTX* context) {
  const BIGNUM* order = EC_GROUP_get0_order(group);
  BN_MONT_CTX* montgomery = EC_GROUP_get_mont_data(group);
  const BignumHandle scalar = sm2_scalar(key), power = new_number();
  BignumHandle number = new_number();
  CLAVIGER_CHECK(BN_mod_add_quick(number.get(), scalar.get(), BN_value_one(), order) == 1 &&
                 BN_copy(power.get(), order) != nullptr && BN_sub_word(power.get(), 2) == 1 &&
                 BN_mod_exp_mont_consttime(number.get(), number.get(), power.get(), order, context, montgomery) == 1 &&
                 BN_to_montgomery(number.get(), number.get(), montgomery, context) == 1);
  return number;
}

Bytes encode_signature(BignumHandle r, BignumHandle s) {
  const EcdsaSigHandle numbers(ECDSA_SIG_new());
  CLAVIGER_CHECK(numbers && ECDSA_SIG_set0(numbers.get(), r.get(), s.get()) == 1);
  static_cast<void>(r.release());
  static_cast<void>(s.release());
  std::array<std::uint8_t, 2 * kSm2Bytes + 16> der{};
  std::uint8_t* end = der.data();
  const int size = i2d_ECDSA_SIG(numbers.get(), &end);
  CLAVIGER_CHECK(size > 0 && static_cast<std::size_t>(size) <= der.size());
  return to_bytes(ByteSpan(der).first(static_cast<std::size_t>(size)));
}

}  // namespace

GroupHandle sm2_group() {
  GroupHandle group(EC_GROUP_new_by_curve_name(NID_sm2));
  CLAVIGER_CHECK(group);
  return group;
}

BignumHandle sm2_scalar(const PrivateKey& key) {
  SecretBytes digits(kSm2Bytes + 1);
  const MutableByteSpan all = digits.writable();
  std::array<OSSL_PARAM, 2> params{OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_PRIV_KEY, all.data(), kSm2Bytes),
                                   OSSL_PARAM_construct_end()};
  CLAVIGER_CHECK(EVP_PKEY_get_params(KeyAccess::key(key), params.data()) == 1 && params[0].return_size == kSm2Bytes);
  if constexpr (std::endian::native == std::endian::big) std::ranges::reverse(all.first(kSm2Bytes));
  all[kSm2Bytes] = 1;
  return secret_number(all);
}

Sm3Digest sm2_message_digest(const PrivateKey& key, ByteSpan message) {
  const GroupHandle group = sm2_group();
  const BignumHandle a = new_number(), b = new_number(), base_x = new_number(), base_y = new_number();
  CLAVIGER_CHECK(EC_GROUP_get_curve(group.get(), nullptr, a.get(), b.get(), nullptr) == 1 &&
                 EC_POINT_get_affine_coordinates(group.get(), EC_GROUP_get0_generator(group.get()), base_x.get(),
                                                 base_y.get(), nullptr) == 1);
  BIGNUM *x = nullptr, *y = nullptr;
  const bool has_point = EVP_PKEY_get_bn_param(KeyAccess::key(key), OSSL_PKEY_PARAM_EC_PUB_X, &x) == 1 &&
                         EVP_PKEY_get_bn_param(KeyAccess::key(key), OSSL_PKEY_PARAM_EC_PUB_Y, &y) == 1;
  const BignumHandle point_x(x), point_y(y);
  CLAVIGER_CHECK(has_point);

  std::array<std::uint8_t, 2 + kSm2Identity.size() + 6 * kSm2Bytes> signer{0, 8 * kSm2Identity.size()};
  std::ranges::copy(kSm2Identity, signer.begin() + 2);
  std::uint8_t* at = signer.data() + 2 + kSm2Identity.size();
  for (const BIGNUM* number : {a.get(), b.get(), base_x.get(), base_y.get(), point_x.get(), point_y.get()}) {
    write_number(number, at);
    at += kSm2Bytes;
  }
  Sm3Digest z{}, out{};
  unsigned int size = 0;
  const MdContextHandle context(EVP_MD_CTX_new());
  CLAVIGER_CHECK(EVP_Digest(signer.data(), signer.size(), z.data(), &size, EVP_sm3(), nullptr) == 1 &&
                 size == z.size() && context && EVP_DigestInit_ex2(context.get(), EVP_sm3(), nullptr) == 1 &&
                 EVP_DigestUpdate(context.get(), z.data(), z.size()) == 1 &&
                 EVP_DigestUpdate(context.get(), pointer_to(message), message.size()) == 1 &&
                 EVP_DigestFinal_ex(context.get(), out.data(), &size) == 1 && size == out.size());
  return out;
}

// s = (1 + d)^-1 (k - r d) = (1 + d)^-1 (k + r) - r, which has the private key d in the inverse only, and there it is
// fixed.
Bytes sm2_sign(const PrivateKey& key, ByteSpan digest) {
  CLAVIGER_CHECK(key.kind() == KeyKind::kSm2 && digest.size() == kSm2Bytes);
  const GroupHandle group = sm2_group();
  const BignumContextHandle context(BN_CTX_new());
  const PointHandle point(EC_POINT_new(group.get()));
  const BignumHandle e(BN_bin2bn(digest.data(), static_cast<int>(digest.size()), nullptr));
  CLAVIGER_CHECK(context && point && e);
  const BIGNUM* order = EC_GROUP_get0_order(group.get());
  BN_MONT_CTX* montgomery = EC_GROUP_get_mont_data(group.get());
  const BignumHandle inverse = inverse_of_key(group.get(), key, context.get());
  BignumHandle r = new_number(), s = new_number();
  const BignumHandle x = new_number(), sum = new_number(), minus_r = new_number();
  while (true) {
    const BignumHandle k = random_scalar(order);
    CLAVIGER_CHECK(EC_POINT_mul(group.get(), point.get(), k.get(), nullptr, nullptr, context.get()) == 1 &&
                   EC_POINT_get_affine_coordinates(group.get(), point.get(), x.get(), nullptr, context.get()) == 1 &&
                   BN_mod_add(r.get(), e.get(), x.get(), order, context.get()) == 1);
    if (BN_is_zero(r.get())) continue;
    // BN_mod_add_quick() and Montgomery's multiplication have no branches on their numbers, as BN_mod_sub() and
    // BN_mod_mul() have.
    CLAVIGER_CHECK(BN_mod_add_quick(sum.get(), k.get(), r.get(), order) == 1);
    if (BN_is_zero(sum.get())) continue;
    CLAVIGER_CHECK(BN_mod_mul_montgomery(sum.get(), sum.get(), inverse.get(), montgomery, context.get()) == 1 &&
                   BN_sub(minus_r.get(), order, r.get()) == 1 &&
                   BN_mod_add_quick(s.get(), sum.get(), minus_r.get(), order) == 1);
    if (!BN_is_zero(s.get())) return encode_signature(std::move(r), std::move(s));
  }
}

}  // namespace claviger::crypto
