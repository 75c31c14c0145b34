#include "crypto/aead.h"

#include <array>

#include "base/check.h"
#include "base/secret.h"
#include "crypto/openssl_handles.h"

namespace claviger::crypto {

struct Aes256Gcm::Impl {
  CipherHandle cipher{EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr)};
  CipherContextHandle context{EVP_CIPHER_CTX_new()};

  Impl() {
    CLAVIGER_CHECK(cipher && context);
    CLAVIGER_CHECK(EVP_CipherInit_ex2(context.get(), cipher.get(), nullptr, nullptr, 1, nullptr) == 1);
  }

  // Loads key and nonce; the cipher stays the one of the constructor.
  void start(Key256 key, const std::uint8_t* nonce, int encrypt) {
    CLAVIGER_CHECK(EVP_CipherInit_ex2(context.get(), nullptr, key.data(), nonce, encrypt, nullptr) == 1);
  }
  // Runs bytes through; `out` is null for additional data.
  bool run(std::uint8_t* out, ByteSpan in) {
    if (in.empty()) return true;
    int written = 0;
    return EVP_CipherUpdate(context.get(), out, &written, in.data(), static_cast<int>(in.size())) == 1 &&
           static_cast<std::size_t>(written) == in.size();
  }
};

Aes256Gcm::Aes256Gcm() : impl_(std::make_unique<Impl>()) {}
Aes256Gcm::~Aes256Gcm() = default;
Aes256Gcm::Aes256Gcm(Aes256Gcm&&) noexcept = default;
Aes256Gcm& Aes256Gcm::operator=(Aes256Gcm&&) noexcept = default;

void Aes256Gcm::seal(Key256 key, Aad aad, ByteSpan plaintext, RandomSource& random, Bytes& out) {
  const std::size_t start = out.size();
  out.resize(start + kSealOverhead + plaintext.size());
  const MutableByteSpan sealed = MutableByteSpan(out).subspan(start);
  const auto nonce = sealed.first<kNonceSize>();
  random.fill(nonce);
  seal_unchecked_nonce(key, nonce, aad, plaintext, sealed.subspan(kNonceSize));
}

bool Aes256Gcm::open(Key256 key, Aad aad, ByteSpan sealed, MutableByteSpan plaintext) {
  if (sealed.size() < kSealOverhead) {
    wipe(plaintext);
    return false;
  }
  return open_with_nonce(key, sealed.first<kNonceSize>(), aad, sealed.subspan(kNonceSize), plaintext);
}

void Aes256Gcm::seal_unchecked_nonce(Key256 key, Nonce96 nonce, Aad aad, ByteSpan plaintext,
                                     MutableByteSpan ciphertext_and_tag) {
  CLAVIGER_CHECK(plaintext.size() <= kMaxPlaintext && aad.bytes.size() <= kMaxPlaintext);
  CLAVIGER_CHECK(ciphertext_and_tag.size() == plaintext.size() + kTagSize);
  EVP_CIPHER_CTX* context = impl_->context.get();
  impl_->start(key, nonce.data(), 1);
  CLAVIGER_CHECK(impl_->run(nullptr, aad.bytes) && impl_->run(ciphertext_and_tag.data(), plaintext));
  std::uint8_t* tag = ciphertext_and_tag.data() + plaintext.size();
  int written = 0;
  CLAVIGER_CHECK(EVP_CipherFinal_ex(context, tag, &written) == 1 && written == 0);
  CLAVIGER_CHECK(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, kTagSize, tag) == 1);
}

bool Aes256Gcm::open_with_nonce(Key256 key, Nonce96 nonce, Aad aad, ByteSpan ciphertext_and_tag,
                                MutableByteSpan plaintext) {
  if (ciphertext_and_tag.size() != plaintext.size() + kTagSize || plaintext.size() > kMaxPlaintext ||
      aad.bytes.size() > kMaxPlaintext) {
    wipe(plaintext);
    return false;
  }
  EVP_CIPHER_CTX* context = impl_->context.get();
  impl_->start(key, nonce.data(), 0);
  // OpenSSL takes the expected tag through a pointer to non-const.
  std::array<std::uint8_t, kTagSize> tag;
  const ByteSpan given = ciphertext_and_tag.last(kTagSize);
  std::copy(given.begin(), given.end(), tag.begin());
  CLAVIGER_CHECK(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, kTagSize, tag.data()) == 1);
  CLAVIGER_CHECK(impl_->run(nullptr, aad.bytes) &&
                 impl_->run(plaintext.data(), ciphertext_and_tag.first(plaintext.size())));
  std::array<std::uint8_t, kTagSize> nothing;
  int written = 0;
  const bool authentic = EVP_CipherFinal_ex(context, nothing.data(), &written) == 1;
  if (!authentic) wipe(plaintext);
  return authentic;
}

void Aes256Gcm::forget_key() {
  static constexpr std::array<std::uint8_t, 32> kZeros{};
  impl_->start(kZeros, nullptr, 1);
}

}  // namespace claviger::crypto
