#include "crypto/kdf.h"

#include <algorithm>
#include <array>

#include "base/check.h"
#include "base/secret.h"
#include "crypto/openssl_handles.h"
#include "crypto/secret_gate.h"

namespace claviger::crypto {
namespace {

void store_u32(std::uint8_t* at, std::size_t value) {
  for (int i = 3; i >= 0; --i) {
    at[i] = static_cast<std::uint8_t>(value);
    value >>= 8;
  }
}

}  // namespace

void derive_sp800_108(HmacSha256& prf, std::string_view label, ByteSpan context, MutableByteSpan out) {
  CLAVIGER_CHECK(label.size() + context.size() <= kMaxKdfInfoBytes);
  CLAVIGER_CHECK(label.find('\0') == std::string_view::npos);
  CLAVIGER_CHECK(out.size() <= 255 * sizeof(Digest256));
  std::array<std::uint8_t, 4 + kMaxKdfInfoBytes + 1 + 4> input;
  std::uint8_t* end = std::copy(label.begin(), label.end(), input.data() + 4);
  *end++ = 0;
  end = std::copy(context.begin(), context.end(), end);
  store_u32(end, out.size() * 8);
  const ByteSpan message(input.data(), end + 4);
  for (std::size_t counter = 1; !out.empty(); ++counter) {
    store_u32(input.data(), counter);
    if (out.size() >= sizeof(Digest256)) {
      prf.mac_into(message, out.first<32>());
      out = out.subspan(sizeof(Digest256));
    } else {
      Digest256 block;
      prf.mac_into(message, block);
      std::copy_n(block.begin(), out.size(), out.begin());
      wipe(block);
      out = {};
    }
  }
}

void derive_hkdf(const SecretBytes& secret, ByteSpan salt, ByteSpan info, MutableByteSpan out) {
  CLAVIGER_CHECK(!secret.empty() && !out.empty() && out.size() <= kMaxHkdfBytes);
  const KdfHandle kdf(EVP_KDF_fetch(nullptr, "HKDF", nullptr));
  CLAVIGER_CHECK(kdf);
  const KdfContextHandle context(EVP_KDF_CTX_new(kdf.get()));
  char digest[] = "SHA256";
  const OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
                               octets(OSSL_KDF_PARAM_KEY, secret.expose(SecretGate::access())),
                               octets(OSSL_KDF_PARAM_SALT, salt), octets(OSSL_KDF_PARAM_INFO, info),
                               OSSL_PARAM_construct_end()};
  CLAVIGER_CHECK(context && EVP_KDF_derive(context.get(), out.data(), out.size(), params) == 1);
}

}  // namespace claviger::crypto
