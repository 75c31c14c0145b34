#include "hsm/session.h"

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "base/check.h"
#include "crypto/aead.h"
#include "crypto/digest.h"
#include "crypto/hmac.h"
#include "crypto/kdf.h"
#include "hsm/ciphertext_layout.h"
#include "hsm/key_specs.h"
#include "hsm/key_token.h"
#include "hsm/keyring_internal.h"
#include "hsm/protected_memory.h"
#include "hsm/secret_gate.h"

namespace claviger::hsm {
namespace {

// Unlike the labels of messages, so that no ciphertext's keys are ever derived with it.
constexpr std::string_view kMaterialIdLabel = "claviger/v1/material-id";

// Of keys for encryption.
constexpr std::size_t kBackingKeyBytes = 32;

std::unexpected<Error> wrong_spec(const KeyBinding& binding) {
  return fail(Error::internal("not for key spec " + std::string(binding.key_spec)));
}

// No message and one code for every reason: which check failed helps only an attacker.
Error invalid_ciphertext(std::string detail) { return {ErrorCode::kInvalidCiphertext, {}, std::move(detail)}; }

// What all calls share about one message.
struct DerivedKeys {
  std::span<std::uint8_t, 32> encryption;
  std::span<std::uint8_t, 32> commitment;
};

}  // namespace

struct Session::Impl {
  const Keyring& keyring;
  RandomSource& random;
  crypto::Aes256Gcm gcm;
  crypto::HmacSha256 prf{ByteSpan()};
  std::array<std::optional<crypto::Hmac>, 4> macs;  // by HashAlgorithm, made on first use
  ProtectedBlock scratch;
  Bytes aad;

  Impl(const Keyring& ring, RandomSource& source)
      : keyring(ring), random(source), scratch(KeyringAccess::allocate(ring, kMaxMacKeyBytes + 64)) {}

  std::span<std::uint8_t, 32> backing_key() { return scratch.bytes().subspan<0, kBackingKeyBytes>(); }
  MutableByteSpan mac_key(std::size_t size) { return scratch.bytes().first(size); }
  DerivedKeys derived() {
    return {scratch.bytes().subspan<kMaxMacKeyBytes, 32>(), scratch.bytes().subspan<kMaxMacKeyBytes + 32, 32>()};
  }
  crypto::Hmac& mac(crypto::HashAlgorithm hash) {
    std::optional<crypto::Hmac>& made = macs.at(static_cast<std::size_t>(hash));
    if (!made) made.emplace(hash);
    return *made;
  }

  // Fills backing_key().
  bool unwrap(const KeyBinding& binding, const MaterialId& material, ByteSpan token) {
    return open_token(keyring, gcm, aad, binding, material, token, backing_key());
  }
  // Fills derived() from backing_key().
  void derive(ByteSpan nonce) {
    prf.set_key(ByteSpan(backing_key()));
    crypto::derive_sp800_108(prf, layout::kEncryptionLabel, nonce, derived().encryption);
    crypto::derive_sp800_108(prf, layout::kCommitmentLabel, nonce, derived().commitment);
  }
  crypto::Aad associated_data(ByteSpan header, const EncryptionContext& context) {
    aad.assign(header.begin(), header.end());
    context.append_canonical(aad);
    return {aad};
  }
  void forget() {
    wipe(scratch.bytes());
    gcm.forget_key();
    prf.set_key(ByteSpan());
  }
};

namespace {

// No key outlives the call that used it, whichever way the call ends.
template <class Impl>
class [[nodiscard]] Forgetting final {
 public:
  explicit Forgetting(Impl& impl) : impl_(impl) {}
  Forgetting(const Forgetting&) = delete;
  Forgetting& operator=(const Forgetting&) = delete;
  ~Forgetting() { impl_.forget(); }

 private:
  Impl& impl_;
};

}  // namespace

Session::Session(const Keyring& keyring, RandomSource& random) : impl_(std::make_unique<Impl>(keyring, random)) {}
Session::~Session() = default;
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;

Result<NewBackingKey> Session::create_backing_key(const KeyBinding& binding) {
  const std::optional<std::size_t> size = secret_key_bytes(binding.key_spec);
  if (!size) return wrong_spec(binding);
  const Forgetting forgetting(*impl_);
  NewBackingKey result;
  impl_->random.fill(result.material);
  const MutableByteSpan backing_key = impl_->scratch.bytes().first(*size);
  impl_->random.fill(backing_key);
  result.token =
      wrap_backing_key(impl_->keyring, impl_->gcm, impl_->random, impl_->aad, binding, result.material, backing_key);
  return result;
}

Result<NewBackingKey> Session::insecure_adopt_backing_key(const KeyBinding& binding, const SecretBytes& backing_key) {
  if (backing_key.size() != kBackingKeyBytes) return fail(Error::internal("a backing key has 32 bytes"));
  const Forgetting forgetting(*impl_);
  std::ranges::copy(backing_key.expose(SecretGate::access()), impl_->backing_key().begin());
  Bytes context;
  ByteWriter writer(context);
  writer.sized16(as_bytes(binding.scope.account.view()));
  writer.sized16(as_bytes(binding.scope.region.view()));
  writer.sized16(as_bytes(binding.key.view()));
  NewBackingKey result;
  impl_->prf.set_key(ByteSpan(impl_->backing_key()));
  crypto::derive_sp800_108(impl_->prf, kMaterialIdLabel, context, result.material);
  result.token = wrap_backing_key(impl_->keyring, impl_->gcm, impl_->random, impl_->aad, binding, result.material,
                                  impl_->backing_key());
  return result;
}

Result<Bytes> Session::rewrap(const KeyBinding& binding, const MaterialId& material, ByteSpan token) {
  const Forgetting forgetting(*impl_);
  const std::optional<std::size_t> size = backing_key_bytes(token);
  if (!size) return fail(token_does_not_open());
  // Private keys are longer than the scratch memory.
  SecretBytes backing_key(*size);
  if (!open_token(impl_->keyring, impl_->gcm, impl_->aad, binding, material, token, backing_key.writable())) {
    return fail(token_does_not_open());
  }
  return wrap_backing_key(impl_->keyring, impl_->gcm, impl_->random, impl_->aad, binding, material,
                          backing_key.expose(SecretGate::access()));
}

Result<Bytes> Session::encrypt(const KeyBinding& binding, const MaterialId& material, ByteSpan token,
                               const EncryptionContext& context, const SecretBytes& plaintext) {
  if (binding.key_spec != kSymmetricDefault) return wrong_spec(binding);
  if (plaintext.empty() || plaintext.size() > kMaxPlaintextBytes) {
    return fail(Error::internal("a plaintext to encrypt has 1 to 4096 bytes"));
  }
  const Forgetting forgetting(*impl_);
  if (!impl_->unwrap(binding, material, token)) return fail(token_does_not_open());

  Bytes blob(kCiphertextOverhead + plaintext.size());
  const MutableByteSpan out(blob);
  out[0] = layout::kVersion;
  const auto put = [out](std::size_t at, ByteSpan field) { std::ranges::copy(field, out.subspan(at).begin()); };
  put(layout::kAccountAt, as_bytes(binding.scope.account.view()));
  put(layout::kKeyAt, as_bytes(binding.key.view()));
  put(layout::kMaterialAt, material);
  impl_->random.fill(out.subspan<layout::kNonceAt, layout::kNonceBytes + layout::kIvBytes>());
  impl_->derive(out.subspan<layout::kNonceAt, layout::kNonceBytes>());
  put(layout::kCommitmentAt, impl_->derived().commitment);
  // The key serves this one message, which is what makes the caller's own nonce safe.
  impl_->gcm.seal_unchecked_nonce(impl_->derived().encryption, out.subspan<layout::kIvAt, layout::kIvBytes>(),
                                  impl_->associated_data(out.first<layout::kHeaderBytes>(), context),
                                  plaintext.expose(SecretGate::access()), out.subspan(layout::kHeaderBytes));
  return blob;
}

Result<SecretBytes> Session::decrypt(const KeyBinding& binding, ByteSpan token, const EncryptionContext& context,
                                     ByteSpan blob) {
  if (binding.key_spec != kSymmetricDefault) return wrong_spec(binding);
  const auto header = parse_ciphertext(blob);
  if (!header || header->account != binding.scope.account || header->key != binding.key) {
    return fail(invalid_ciphertext("not a ciphertext of this key"));
  }
  const Forgetting forgetting(*impl_);
  if (!impl_->unwrap(binding, header->material, token)) {
    return fail(invalid_ciphertext("a key token does not open for its record"));
  }
  impl_->derive(blob.subspan<layout::kNonceAt, layout::kNonceBytes>());
  const bool committed =
      constant_time_equal(impl_->derived().commitment, blob.subspan<layout::kCommitmentAt, layout::kCommitmentBytes>());
  SecretBytes plaintext(blob.size() - kCiphertextOverhead);
  // Run whatever the commitment says: the time must not tell which of the two failed.
  const bool authentic =
      impl_->gcm.open_with_nonce(impl_->derived().encryption, blob.subspan<layout::kIvAt, layout::kIvBytes>(),
                                 impl_->associated_data(blob.first<layout::kHeaderBytes>(), context),
                                 blob.subspan(layout::kHeaderBytes), plaintext.writable());
  if (!(static_cast<int>(committed) & static_cast<int>(authentic))) {
    return fail(invalid_ciphertext("the ciphertext does not verify"));
  }
  return plaintext;
}

Result<Session::DataKey> Session::generate_data_key(const KeyBinding& binding, const MaterialId& material,
                                                    ByteSpan token, const EncryptionContext& context,
                                                    std::size_t size) {
  if (size == 0 || size > kMaxPlaintextBytes) return fail(Error::internal("a data key has 1 to 4096 bytes"));
  DataKey result;
  result.plaintext = random(size);
  CLAVIGER_ASSIGN(result.ciphertext, encrypt(binding, material, token, context, result.plaintext));
  return result;
}

Result<Bytes> Session::generate_mac(const KeyBinding& binding, const MaterialId& material, ByteSpan token,
                                    const SecretBytes& message) {
  const std::optional<crypto::HashAlgorithm> hash = mac_hash(binding.key_spec);
  if (!hash) return wrong_spec(binding);
  const Forgetting forgetting(*impl_);
  const std::optional<std::size_t> size = backing_key_bytes(token);
  if (!size || *size > kMaxMacKeyBytes) return fail(token_does_not_open());
  const MutableByteSpan key = impl_->mac_key(*size);
  if (!open_token(impl_->keyring, impl_->gcm, impl_->aad, binding, material, token, key)) {
    return fail(token_does_not_open());
  }
  return impl_->mac(*hash).mac(ByteSpan(key), message.expose(SecretGate::access()));
}

Result<bool> Session::verify_mac(const KeyBinding& binding, const MaterialId& material, ByteSpan token,
                                 const SecretBytes& message, ByteSpan code) {
  CLAVIGER_ASSIGN(const Bytes right, generate_mac(binding, material, token, message));
  return constant_time_equal(right, code);
}

SecretBytes Session::random(std::size_t size) {
  SecretBytes result(size);
  impl_->random.fill(result.writable());
  return result;
}

}  // namespace claviger::hsm
