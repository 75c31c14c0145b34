#include "hsm/root_wrap.h"

#include "hsm/secret_gate.h"

namespace claviger::hsm {
namespace {

// Length first, so that no byte can pass from one field to the other.
Bytes associated_data(ByteSpan associated, ByteSpan parameters) {
  Bytes aad;
  ByteWriter writer(aad);
  writer.sized32(associated);
  writer.raw(parameters);
  return aad;
}

}  // namespace

Error keyring_does_not_open() {
  return {ErrorCode::kKeyUnavailable, {}, "the keyring does not open: wrong key file or passphrase, or a damaged file"};
}

void append_wrapped_root(crypto::Key256 key, const SecretBytes& root, ByteSpan associated, RandomSource& random,
                         Bytes& wrapped) {
  const Bytes aad = associated_data(associated, wrapped);
  crypto::Aes256Gcm().seal(key, {aad}, root.expose(SecretGate::access()), random, wrapped);
}

Result<SecretBytes> open_wrapped_root(crypto::Key256 key, ByteSpan wrapped, std::size_t parameter_size,
                                      ByteSpan associated) {
  const Bytes aad = associated_data(associated, wrapped.first(parameter_size));
  SecretBytes root(kRootKeyBytes);
  if (!crypto::Aes256Gcm().open(key, {aad}, wrapped.subspan(parameter_size), root.writable())) {
    return fail(keyring_does_not_open());
  }
  return root;
}

}  // namespace claviger::hsm
