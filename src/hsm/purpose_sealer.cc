#include "hsm/purpose_sealer.h"

#include <type_traits>
#include <utility>

#include "base/check.h"
#include "base/guarded.h"
#include "crypto/aead.h"
#include "crypto/digest.h"
#include "crypto/kdf.h"
#include "hsm/keyring_internal.h"
#include "hsm/secret_gate.h"
#include "hsm/wiped_array.h"

namespace claviger::hsm {
namespace {

constexpr std::uint8_t kSealedValueVersion = 1;
constexpr std::size_t kNonceAt = 1;
constexpr std::size_t kNonceBytes = 16;
constexpr std::size_t kIvAt = kNonceAt + kNonceBytes;
constexpr std::size_t kIvBytes = 12;
constexpr std::size_t kSealedValueHeaderBytes = kIvAt + kIvBytes;
static_assert(kSealedValueHeaderBytes + crypto::Aes256Gcm::kTagSize == PurposeSealer::kOverhead);

Error sealed_value_does_not_open() { return Error::corrupt("a sealed value does not open at its place"); }

}  // namespace

struct PurposeSealer::Impl {
  struct State {
    ProtectedBlock key;
    RandomSource& random;
    crypto::Aes256Gcm gcm;
    crypto::HmacSha256 prf;
    Bytes aad;

    State(ProtectedBlock purpose_key, RandomSource& source)
        : key(std::move(purpose_key)), random(source), prf(std::as_const(key).bytes()) {}

    // The header has a fixed length, so the context needs none before it.
    crypto::Aad associated_data(ByteSpan header, ByteSpan context) {
      aad.assign(header.begin(), header.end());
      aad.insert(aad.end(), context.begin(), context.end());
      return {aad};
    }
    void derive(ByteSpan nonce, MutableByteSpan value_key) {
      crypto::derive_sp800_108(prf, "claviger/v1/value", nonce, value_key);
    }
    Bytes seal(ByteSpan context, ByteSpan value) {
      Bytes sealed(PurposeSealer::kOverhead + value.size());
      const MutableByteSpan out(sealed);
      out[0] = kSealedValueVersion;
      random.fill(out.subspan(kNonceAt, kNonceBytes + kIvBytes));
      WipedArray<32> value_key;
      derive(out.subspan<kNonceAt, kNonceBytes>(), value_key.bytes);
      gcm.seal_unchecked_nonce(value_key.bytes, out.subspan<kIvAt, kIvBytes>(),
                               associated_data(out.first<kSealedValueHeaderBytes>(), context), value,
                               out.subspan(kSealedValueHeaderBytes));
      gcm.forget_key();
      return sealed;
    }
    // `value` has kOverhead bytes less than `sealed`, and is all zeros when the result is false.
    bool open(ByteSpan context, ByteSpan sealed, MutableByteSpan value) {
      WipedArray<32> value_key;
      derive(sealed.subspan<kNonceAt, kNonceBytes>(), value_key.bytes);
      const bool authentic = gcm.open_with_nonce(value_key.bytes, sealed.subspan<kIvAt, kIvBytes>(),
                                                 associated_data(sealed.first<kSealedValueHeaderBytes>(), context),
                                                 sealed.subspan(kSealedValueHeaderBytes), value);
      gcm.forget_key();
      return authentic;
    }
  };

  Guarded<State> state;

  Impl(ProtectedBlock key, RandomSource& random) : state(std::move(key), random) {}

  template <class Value>
  Result<Value> open(ByteSpan context, ByteSpan sealed) {
    if (sealed.size() < kOverhead || sealed[0] != kSealedValueVersion) return fail(sealed_value_does_not_open());
    Value value(sealed.size() - kOverhead);
    const auto run = [&](MutableByteSpan out) {
      return state.with([&](State& locked) { return locked.open(context, sealed, out); });
    };
    bool authentic = false;
    if constexpr (std::is_same_v<Value, SecretBytes>) {
      authentic = run(value.writable());
    } else {
      authentic = run(value);
    }
    if (!authentic) return fail(sealed_value_does_not_open());
    return value;
  }
};

PurposeSealer::PurposeSealer(const Keyring& keyring, std::string_view purpose, RandomSource& random) {
  CLAVIGER_CHECK(!purpose.empty() && purpose.size() <= 64);
  impl_ = std::make_unique<Impl>(KeyringAccess::derive(keyring, "claviger/v1/purpose", purpose), random);
}
PurposeSealer::~PurposeSealer() = default;

Bytes PurposeSealer::seal(ByteSpan context, ByteSpan value) {
  return impl_->state.with([&](Impl::State& locked) { return locked.seal(context, value); });
}

Bytes PurposeSealer::seal(ByteSpan context, const SecretBytes& value) {
  return seal(context, value.expose(SecretGate::access()));
}

Result<Bytes> PurposeSealer::open(ByteSpan context, ByteSpan sealed) { return impl_->open<Bytes>(context, sealed); }

Result<SecretBytes> PurposeSealer::open_secret(ByteSpan context, ByteSpan sealed) {
  return impl_->open<SecretBytes>(context, sealed);
}

}  // namespace claviger::hsm
