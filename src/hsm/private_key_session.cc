#include "hsm/private_key_session.h"

#include <algorithm>
#include <list>
#include <string>
#include <utility>

#include "crypto/aead.h"
#include "hsm/key_specs.h"
#include "hsm/key_token.h"
#include "hsm/ready_keys.h"
#include "hsm/secret_gate.h"

namespace claviger::hsm {

std::optional<PublicKey> parse_public_key(std::string_view key_spec, ByteSpan spki) {
  const auto kind = key_kind(key_spec);
  return kind ? PublicKey::parse(*kind, spki) : std::nullopt;
}

std::optional<PublicKey> parse_stored_public_key(std::string_view key_spec, ByteSpan spki) {
  const auto kind = key_kind(key_spec);
  return kind ? PublicKey::parse_trusted(*kind, spki) : std::nullopt;
}

bool verify(const PublicKey& key, SignatureAlgorithm algorithm, MessageForm form, const SecretBytes& message,
            ByteSpan signature) {
  return crypto::verify(key, algorithm, form, message.expose(SecretGate::access()), signature);
}

namespace {

std::unexpected<Error> unfit(const KeyBinding& binding) {
  return fail(Error::internal("a private key of " + std::string(binding.key_spec) + " does not do this"));
}

std::unexpected<Error> ciphertext_does_not_open() {
  return fail(ErrorCode::kInvalidCiphertext, {}, "the ciphertext does not open");
}

}  // namespace

struct PrivateKeySession::Impl {
  // A binding that outlives its request.
  struct OwnBinding {
    Scope scope;
    KeyId key;
    std::string key_spec, origin;
    MaterialId material;
    Bytes token;

    bool is(const KeyBinding& binding, const MaterialId& wanted, ByteSpan wrapped) const {
      return std::ranges::equal(token, wrapped) && material == wanted && scope == binding.scope && key == binding.key &&
             key_spec == binding.key_spec && origin == binding.origin;
    }
  };
  struct Cached {
    OwnBinding binding;
    crypto::PrivateKey key;
    bool used = true;  // since the last forget_unused()
  };

  const Keyring& keyring;
  RandomSource& random;
  ReadyKeys& ready;
  crypto::Aes256Gcm gcm;
  Bytes aad;
  std::list<Cached> cached;  // the last used first

  Bytes wrap(const KeyBinding& binding, const MaterialId& material, const SecretBytes& pkcs8) {
    Bytes token = wrap_backing_key(keyring, gcm, random, aad, binding, material, pkcs8.expose(SecretGate::access()));
    gcm.forget_key();
    return token;
  }

  // Valid until the next call.
  Result<const crypto::PrivateKey*> find(const KeyBinding& binding, const MaterialId& material, ByteSpan token) {
    const auto known =
        std::ranges::find_if(cached, [&](const Cached& entry) { return entry.binding.is(binding, material, token); });
    if (known != cached.end()) {
      known->used = true;
      cached.splice(cached.begin(), cached, known);
      return &cached.front().key;
    }
    const auto kind = key_kind(binding.key_spec);
    const auto size = backing_key_bytes(token);
    SecretBytes pkcs8(size.value_or(1));
    const bool opened = open_token(keyring, gcm, aad, binding, material, token, pkcs8.writable());
    gcm.forget_key();
    std::optional<crypto::PrivateKey> key;
    if (opened && kind) key = crypto::PrivateKey::parse_trusted(*kind, pkcs8);
    if (!key) return fail(token_does_not_open());
    if (cached.size() >= kCachedKeys) cached.pop_back();
    cached.push_front({{binding.scope, binding.key, std::string(binding.key_spec), std::string(binding.origin),
                        material, to_bytes(token)},
                       *std::move(key)});
    return &cached.front().key;
  }
};

PrivateKeySession::PrivateKeySession(const Keyring& keyring, RandomSource& random, ReadyKeys& ready)
    : impl_(new Impl{keyring, random, ready, {}, {}, {}}) {}
PrivateKeySession::~PrivateKeySession() = default;

Result<NewPrivateKey> PrivateKeySession::create(const KeyBinding& binding) {
  const auto kind = key_kind(binding.key_spec);
  if (!kind) return unfit(binding);
  const crypto::PrivateKey key = impl_->ready.take(*kind);
  NewPrivateKey made;
  impl_->random.fill(made.material);
  made.public_key = key.public_key().spki();
  made.token = impl_->wrap(binding, made.material, key.pkcs8());
  return made;
}

Result<DataKeyPair> PrivateKeySession::generate_pair(std::string_view key_spec) {
  const auto kind = key_kind(key_spec);
  if (!kind) return fail(Error::internal("no key pairs of " + std::string(key_spec)));
  const crypto::PrivateKey key = impl_->ready.take(*kind);
  return DataKeyPair{key.pkcs8(), key.public_key().spki()};
}

Result<Bytes> PrivateKeySession::sign(const KeyBinding& binding, const MaterialId& material, ByteSpan token,
                                      SignatureAlgorithm algorithm, MessageForm form, const SecretBytes& message) {
  const auto kind = key_kind(binding.key_spec);
  if (!kind || !can_sign(*kind, algorithm, form)) return unfit(binding);
  const bool is_hashed = form == MessageForm::kDigest;
  if (is_hashed && message.size() != digest_bytes(algorithm)) return unfit(binding);
  if (form == MessageForm::kMu && message.size() != kMlDsaMuBytes) return unfit(binding);
  CLAVIGER_ASSIGN(const crypto::PrivateKey* const key, impl_->find(binding, material, token));
  return crypto::sign(*key, algorithm, form, message.expose(SecretGate::access()));
}

Result<SecretBytes> PrivateKeySession::decrypt(const KeyBinding& binding, const MaterialId& material, ByteSpan token,
                                               OaepHash hash, ByteSpan ciphertext) {
  const auto kind = key_kind(binding.key_spec);
  if (!kind || !crypto::is_rsa(*kind)) return unfit(binding);
  CLAVIGER_ASSIGN(const crypto::PrivateKey* const key, impl_->find(binding, material, token));
  auto plaintext = crypto::oaep_decrypt(*key, hash, ciphertext);
  if (!plaintext) return ciphertext_does_not_open();
  return *std::move(plaintext);
}

Result<SecretBytes> PrivateKeySession::decrypt_sm2(const KeyBinding& binding, const MaterialId& material,
                                                   ByteSpan token, ByteSpan ciphertext) {
  if (key_kind(binding.key_spec) != crypto::KeyKind::kSm2) return unfit(binding);
  CLAVIGER_ASSIGN(const crypto::PrivateKey* const key, impl_->find(binding, material, token));
  auto plaintext = crypto::sm2_decrypt(*key, ciphertext);
  if (!plaintext) return ciphertext_does_not_open();
  return *std::move(plaintext);
}

Result<SecretBytes> PrivateKeySession::agree(const KeyBinding& binding, const MaterialId& material, ByteSpan token,
                                             const PublicKey& peer) {
  const auto kind = key_kind(binding.key_spec);
  if (!kind || !crypto::can_agree(*kind) || peer.kind() != *kind) return unfit(binding);
  CLAVIGER_ASSIGN(const crypto::PrivateKey* const key, impl_->find(binding, material, token));
  return crypto::agree(*key, peer);
}

void PrivateKeySession::forget_unused() {
  std::erase_if(impl_->cached, [](Impl::Cached& entry) { return !std::exchange(entry.used, false); });
}

}  // namespace claviger::hsm
