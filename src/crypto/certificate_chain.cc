#include "crypto/certificate_chain.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "base/check.h"
#include "crypto/ecdsa_pair.h"
#include "crypto/openssl_certificates.h"
#include "crypto/openssl_keys.h"

namespace claviger::crypto {
namespace {

using StoreHandle = std::unique_ptr<X509_STORE, Freeing<X509_STORE_free>>;
using StoreContextHandle = std::unique_ptr<X509_STORE_CTX, Freeing<X509_STORE_CTX_free>>;
struct FreeStack {
  void operator()(STACK_OF(X509) * stack) const { sk_X509_free(stack); }
};
using StackHandle = std::unique_ptr<STACK_OF(X509), FreeStack>;

// SP 800-57 part 1's 112 bits.
constexpr int kSecurityLevel = 2;
constexpr std::size_t kEs384NumberBytes = 48;

}  // namespace

struct Certificate::Impl {
  CertificateHandle certificate;
};

struct CertificateAccess {
  // OpenSSL counts references and remembers what extensions say inside its objects, under a lock.
  static X509* get(const Certificate& certificate) { return certificate.impl_->certificate.get(); }
  static Certificate make(CertificateHandle handle) {
    return Certificate(std::make_shared<const Certificate::Impl>(std::move(handle)));
  }
};

std::optional<Certificate> Certificate::parse(ByteSpan der) {
  if (der.empty() || der.size() > kMaxCertificateBytes) return std::nullopt;
  const std::uint8_t* at = der.data();
  CertificateHandle handle(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
  if (!told(handle != nullptr) || at != der.data() + der.size()) return std::nullopt;
  return CertificateAccess::make(std::move(handle));
}

std::optional<std::vector<Certificate>> Certificate::parse_pem(std::string_view text) {
  const BioHandle bio(BIO_new_mem_buf(text.data(), static_cast<int>(std::min<std::size_t>(text.size(), 1U << 20U))));
  CLAVIGER_CHECK(bio != nullptr);
  std::vector<Certificate> found;
  while (true) {
    CertificateHandle handle(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
    if (handle == nullptr) break;
    found.push_back(CertificateAccess::make(std::move(handle)));
  }
  // The only good end is that no other begins.
  const bool ended = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  ERR_clear_error();
  if (!ended || found.empty()) return std::nullopt;
  return found;
}

namespace {

// OpenSSL takes an authority without the extension that says what its key is for; attested machines have none such.
bool says_key_is_for(X509* certificate, std::uint32_t usage) {
  return (X509_get_extension_flags(certificate) & EXFLAG_KUSAGE) != 0 && (X509_get_key_usage(certificate) & usage) != 0;
}

bool chain_is_for_this(X509_STORE_CTX* context) {
  const STACK_OF(X509)* chain = X509_STORE_CTX_get0_chain(context);
  const int length = sk_X509_num(chain);
  if (length < 2) return false;
  X509* const leaf = sk_X509_value(chain, 0);
  if (X509_check_ca(leaf) != 0 || !says_key_is_for(leaf, KU_DIGITAL_SIGNATURE)) return false;
  for (int i = 1; i < length; ++i) {
    if (!says_key_is_for(sk_X509_value(chain, i), KU_KEY_CERT_SIGN)) return false;
  }
  return true;
}

}  // namespace

bool leads_to_root(const Certificate& leaf, std::span<const Certificate> intermediates,
                   std::span<const Certificate> roots, WallTime now) {
  const StoreHandle store(X509_STORE_new());
  const StoreContextHandle context(X509_STORE_CTX_new());
  const StackHandle others(sk_X509_new_null());
  CLAVIGER_CHECK(store && context && others);
  for (const Certificate& root : roots) {
    CLAVIGER_CHECK(X509_STORE_add_cert(store.get(), CertificateAccess::get(root)) == 1);
  }
  for (const Certificate& other : intermediates) {
    CLAVIGER_CHECK(sk_X509_push(others.get(), CertificateAccess::get(other)) > 0);
  }
  CLAVIGER_CHECK(X509_STORE_CTX_init(context.get(), store.get(), CertificateAccess::get(leaf), others.get()) == 1);
  X509_VERIFY_PARAM* const rules = X509_STORE_CTX_get0_param(context.get());
  X509_VERIFY_PARAM_set_time(rules, std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count());
  X509_VERIFY_PARAM_set_auth_level(rules, kSecurityLevel);
  return told(X509_verify_cert(context.get()) == 1) && chain_is_for_this(context.get());
}

bool verify_es384(const Certificate& signer, ByteSpan message, ByteSpan signature) {
  if (signature.size() != 2 * kEs384NumberBytes) return false;
  EVP_PKEY* const key = X509_get0_pubkey(CertificateAccess::get(signer));
  if (!told(key != nullptr) || EVP_PKEY_is_a(key, "EC") != 1) return false;
  std::array<char, 32> group{};
  std::size_t group_length = 0;
  if (!told(EVP_PKEY_get_group_name(key, group.data(), group.size(), &group_length) == 1) ||
      std::string_view(group.data(), group_length) != "secp384r1") {
    return false;
  }
  return told(verify_ecdsa_pair(key, "SHA384", message, signature));
}

}  // namespace claviger::crypto
