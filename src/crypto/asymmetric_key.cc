#include "crypto/asymmetric_key.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "base/check.h"
#include "crypto/ber.h"
#include "crypto/openssl_keys.h"
#include "crypto/secret_gate.h"

namespace claviger::crypto {
namespace {

using Pkcs8Handle = std::unique_ptr<PKCS8_PRIV_KEY_INFO, Freeing<PKCS8_PRIV_KEY_INFO_free>>;

constexpr std::size_t kRsaExponent = 65'537;

// How OpenSSL names a kind.
struct Naming {
  const char* type;
  const char* group = nullptr;  // of curves
  int bits = 0;                 // of RSA moduli
};

Naming naming(KeyKind kind) {
  switch (kind) {
    case KeyKind::kRsa2048:
      return {"RSA", nullptr, 2048};
    case KeyKind::kRsa3072:
      return {"RSA", nullptr, 3072};
    case KeyKind::kRsa4096:
      return {"RSA", nullptr, 4096};
    case KeyKind::kP256:
      return {"EC", "prime256v1"};
    case KeyKind::kP384:
      return {"EC", "secp384r1"};
    case KeyKind::kP521:
      return {"EC", "secp521r1"};
    case KeyKind::kSecp256k1:
      return {"EC", "secp256k1"};
    case KeyKind::kEd25519:
      return {"ED25519"};
    case KeyKind::kMlDsa44:
      return {"ML-DSA-44"};
    case KeyKind::kMlDsa65:
      return {"ML-DSA-65"};
    case KeyKind::kMlDsa87:
      return {"ML-DSA-87"};
    case KeyKind::kSm2:
      return {"SM2", "SM2"};
  }
  check_failed("a known kind of key", __FILE__, __LINE__);
}

bool has_text(EVP_PKEY* key, const char* parameter, std::string_view wanted) {
  std::array<char, 64> text{};
  std::size_t size = 0;
  return EVP_PKEY_get_utf8_string_param(key, parameter, text.data(), text.size(), &size) == 1 &&
         std::string_view(text.data(), size) == wanted;
}

BignumHandle number_of(EVP_PKEY* key, const char* parameter) {
  BIGNUM* number = nullptr;
  if (EVP_PKEY_get_bn_param(key, parameter, &number) != 1) ERR_clear_error();
  return BignumHandle(number);
}

bool is_of_kind(EVP_PKEY* key, KeyKind kind) {
  const Naming name = naming(kind);
  if (EVP_PKEY_is_a(key, name.type) != 1) return false;
  if (name.group != nullptr) {
    return has_text(key, OSSL_PKEY_PARAM_GROUP_NAME, name.group) &&
           has_text(key, OSSL_PKEY_PARAM_EC_ENCODING, OSSL_PKEY_EC_ENCODING_GROUP);
  }
  if (name.bits == 0) return true;
  const BignumHandle exponent = number_of(key, OSSL_PKEY_PARAM_RSA_E);
  return EVP_PKEY_get_bits(key) == name.bits && exponent && BN_is_odd(exponent.get()) &&
         BN_num_bits(exponent.get()) >= 17 && BN_num_bits(exponent.get()) <= 64;
}

// Whether the numbers belong together; slow for RSA, whose primes are tested. Of curves that is the point, which
// reading has computed where it was left out. Of Ed25519 and ML-DSA reading has compared the parts.
bool is_consistent(EVP_PKEY* key, KeyKind kind) {
  if (is_rsa(kind) && number_of(key, OSSL_PKEY_PARAM_RSA_FACTOR3)) return false;
  if (!is_rsa(kind) && !is_elliptic(kind)) return true;
  return EVP_PKEY_check(context_of(key).get()) == 1;
}

// Whichever way the point came, it goes out uncompressed.
bool normalize(EVP_PKEY* key, KeyKind kind) {
  return !is_elliptic(kind) || EVP_PKEY_set_utf8_string_param(key, OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT,
                                                              OSSL_PKEY_EC_POINT_CONVERSION_FORMAT_UNCOMPRESSED) == 1;
}

// OpenSSL does not mind what follows the key inside its octet string.
bool ends_with_the_key(const PKCS8_PRIV_KEY_INFO* info) {
  const unsigned char* key = nullptr;
  int size = 0;
  return PKCS8_pkey_get0(nullptr, &key, &size, nullptr, info) == 1 && size > 0 &&
         is_one_ber_element({key, static_cast<std::size_t>(size)});
}

enum class From : std::uint8_t { kAnybody, kOurselves };

PkeyHandle read_pkcs8(const SecretBytes& pkcs8, From from) {
  const ByteSpan bytes = pkcs8.expose(SecretGate::access());
  if (bytes.empty() || bytes.size() > kMaxKeyEncodingBytes) return nullptr;
  if (from == From::kAnybody && !is_one_ber_element(bytes)) return nullptr;
  const std::uint8_t* at = bytes.data();
  const Pkcs8Handle info(d2i_PKCS8_PRIV_KEY_INFO(nullptr, &at, static_cast<long>(bytes.size())));
  if (!info || at != bytes.data() + bytes.size()) return nullptr;
  if (from == From::kAnybody && !ends_with_the_key(info.get())) return nullptr;
  return PkeyHandle(EVP_PKCS82PKEY(info.get()));
}

PkeyHandle read_spki(KeyKind kind, ByteSpan spki, From from) {
  if (spki.empty() || spki.size() > kMaxKeyEncodingBytes) return nullptr;
  const std::uint8_t* at = spki.data();
  PkeyHandle key(d2i_PUBKEY(nullptr, &at, static_cast<long>(spki.size())));
  const bool of_kind = key && at == spki.data() + spki.size() && is_of_kind(key.get(), kind);
  const auto is_good = [&] { return EVP_PKEY_public_check(context_of(key.get()).get()) == 1; };
  const bool usable = of_kind && (from == From::kOurselves || is_good()) && normalize(key.get(), kind);
  return told(usable) ? std::move(key) : nullptr;
}

}  // namespace

std::optional<PublicKey> PublicKey::parse(KeyKind kind, ByteSpan spki) {
  PkeyHandle key = read_spki(kind, spki, From::kAnybody);
  if (!key) return std::nullopt;
  return KeyAccess::make_public(kind, std::move(key));
}

std::optional<PublicKey> PublicKey::parse_trusted(KeyKind kind, ByteSpan spki) {
  PkeyHandle key = read_spki(kind, spki, From::kOurselves);
  if (!key) return std::nullopt;
  return KeyAccess::make_public(kind, std::move(key));
}

Bytes PublicKey::spki() const {
  unsigned char* made = nullptr;
  const int size = i2d_PUBKEY(impl_->key.get(), &made);
  CLAVIGER_CHECK(size > 0);
  Bytes out(made, made + size);
  OPENSSL_free(made);
  return out;
}

KeyKind PublicKey::kind() const { return impl_->kind; }

PrivateKey::PrivateKey(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
PrivateKey::PrivateKey(PrivateKey&&) noexcept = default;
PrivateKey& PrivateKey::operator=(PrivateKey&&) noexcept = default;
PrivateKey::~PrivateKey() = default;

PrivateKey PrivateKey::generate(KeyKind kind) {
  static constexpr std::atomic<bool> kNever = false;
  return *generate_unless(kind, kNever);
}

std::optional<PrivateKey> PrivateKey::generate_unless(KeyKind kind, const std::atomic<bool>& stopped) {
  const Naming name = naming(kind);
  const PkeyContextHandle context(EVP_PKEY_CTX_new_from_name(nullptr, name.type, nullptr));
  CLAVIGER_CHECK(context && EVP_PKEY_keygen_init(context.get()) == 1);
  std::size_t bits = static_cast<std::size_t>(name.bits), exponent = kRsaExponent;
  std::string group = name.group == nullptr ? "" : name.group;
  OSSL_PARAM params[] = {OSSL_PARAM_construct_end(), OSSL_PARAM_construct_end(), OSSL_PARAM_construct_end()};
  if (name.bits != 0) {
    params[0] = OSSL_PARAM_construct_size_t(OSSL_PKEY_PARAM_RSA_BITS, &bits);
    params[1] = OSSL_PARAM_construct_size_t(OSSL_PKEY_PARAM_RSA_E, &exponent);
  } else if (name.group != nullptr) {
    params[0] = OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group.data(), 0);
  }
  CLAVIGER_CHECK(EVP_PKEY_CTX_set_params(context.get(), params) == 1);
  // OpenSSL asks between the numbers that it tries for primes.
  EVP_PKEY_CTX_set_app_data(context.get(), const_cast<std::atomic<bool>*>(&stopped));
  EVP_PKEY_CTX_set_cb(context.get(), [](EVP_PKEY_CTX* asking) {
    return *static_cast<const std::atomic<bool>*>(EVP_PKEY_CTX_get_app_data(asking)) ? 0 : 1;
  });
  EVP_PKEY* made = nullptr;
  const bool done = EVP_PKEY_generate(context.get(), &made) == 1;
  if (!told(done) && stopped) return std::nullopt;
  CLAVIGER_CHECK(done);
  return KeyAccess::make_private(kind, PkeyHandle(made));
}

std::optional<PrivateKey> PrivateKey::parse(KeyKind kind, const SecretBytes& pkcs8) {
  PkeyHandle key = read_pkcs8(pkcs8, From::kAnybody);
  const bool usable =
      key && is_of_kind(key.get(), kind) && is_consistent(key.get(), kind) && normalize(key.get(), kind);
  if (!told(usable)) return std::nullopt;
  return KeyAccess::make_private(kind, std::move(key));
}

std::optional<PrivateKey> PrivateKey::parse_trusted(KeyKind kind, const SecretBytes& pkcs8) {
  PkeyHandle key = read_pkcs8(pkcs8, From::kOurselves);
  if (!told(key && is_of_kind(key.get(), kind))) return std::nullopt;
  return KeyAccess::make_private(kind, std::move(key));
}

SecretBytes PrivateKey::pkcs8() const {
  const Pkcs8Handle info(EVP_PKEY2PKCS8(impl_->key.get()));
  CLAVIGER_CHECK(info);
  const int size = i2d_PKCS8_PRIV_KEY_INFO(info.get(), nullptr);
  CLAVIGER_CHECK(size > 0);
  SecretBytes out(static_cast<std::size_t>(size));
  unsigned char* at = out.writable().data();
  CLAVIGER_CHECK(i2d_PKCS8_PRIV_KEY_INFO(info.get(), &at) == size);
  return out;
}

PublicKey PrivateKey::public_key() const {
  unsigned char* made = nullptr;
  const int size = i2d_PUBKEY(impl_->key.get(), &made);
  CLAVIGER_CHECK(size > 0);
  const unsigned char* at = made;
  PkeyHandle key(d2i_PUBKEY(nullptr, &at, size));
  OPENSSL_free(made);
  CLAVIGER_CHECK(key);
  return KeyAccess::make_public(impl_->kind, std::move(key));
}

KeyKind PrivateKey::kind() const { return impl_->kind; }

}  // namespace claviger::crypto
