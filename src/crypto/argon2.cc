#include "crypto/argon2.h"

#include "crypto/openssl_handles.h"
#include "crypto/secret_gate.h"

namespace claviger::crypto {
namespace {

constexpr std::uint32_t kMaxMemoryKib = 1024 * 1024;
constexpr std::uint32_t kMaxPasses = 16;
constexpr std::uint32_t kMaxLanes = 16;

}  // namespace

bool Argon2Cost::in_bounds() const {
  return lanes >= 1 && lanes <= kMaxLanes && passes >= 1 && passes <= kMaxPasses && memory_kib >= 8 * lanes &&
         memory_kib <= kMaxMemoryKib;
}

Status argon2id(const Argon2Cost& cost, const Argon2Input& input, MutableByteSpan out) {
  wipe(out);
  if (!cost.in_bounds() || input.salt.size() < 8 || out.size() < 4 || out.size() > 1024) {
    return fail(Error::validation("The parameters of Argon2id are out of bounds."));
  }
  const KdfHandle kdf(EVP_KDF_fetch(nullptr, "ARGON2ID", nullptr));
  const KdfContextHandle context(kdf ? EVP_KDF_CTX_new(kdf.get()) : nullptr);
  if (!context) return fail(Error::internal("Argon2id is missing from this OpenSSL"));
  std::uint32_t memory = cost.memory_kib, passes = cost.passes, lanes = cost.lanes;
  const OSSL_PARAM params[] = {
      OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_ARGON2_MEMCOST, &memory),
      OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_ITER, &passes),
      OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_ARGON2_LANES, &lanes),
      octets(OSSL_KDF_PARAM_PASSWORD, input.passphrase.expose(SecretGate::access())),
      octets(OSSL_KDF_PARAM_SALT, input.salt),
      octets(OSSL_KDF_PARAM_SECRET, input.secret),
      octets(OSSL_KDF_PARAM_ARGON2_AD, input.associated_data),
      OSSL_PARAM_construct_end(),
  };
  if (EVP_KDF_derive(context.get(), out.data(), out.size(), params) != 1) {
    wipe(out);
    return fail(Error::internal("Argon2id failed, most likely for want of memory"));
  }
  return {};
}

}  // namespace claviger::crypto
