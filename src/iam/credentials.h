// The access keys of account roots: kept in the store with sealed secrets, looked up in memory.
// The format of a record is described in docs/formats/credential.md.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.h"
#include "base/guarded.h"
#include "base/identifiers.h"
#include "base/random.h"
#include "base/result.h"
#include "base/secret.h"
#include "iam/caller.h"
#include "iam/ids.h"
#include "store/store.h"

namespace claviger::iam {

// Encrypts and authenticates secrets before they reach the store. Implemented by hsm/; declared here because iam/ may
// not use hsm/. Thread-safe.
class CredentialSealer {
 public:
  virtual ~CredentialSealer() = default;
  // `context` is what the secret is bound to; it is authenticated, not stored.
  virtual Bytes seal(ByteSpan context, const SecretBytes& secret) = 0;
  // kCorrupt when `sealed` was not made by seal() with this context and key.
  [[nodiscard]] virtual Result<SecretBytes> open(ByteSpan context, ByteSpan sealed) = 0;
};

struct AccessKey {
  std::string id;
  SecretBytes secret;
};

// A new key of AWS's form: `AKIA` and 16 characters of [A-Z2-7], and a secret of 40 characters of [A-Za-z0-9+/]:
// 80 and 240 random bits.
AccessKey make_access_key(RandomSource& random);
// A key that somebody chose. kValidation unless the id has 1 to 128 characters of [A-Za-z0-9_] and the secret 1 to 60
// bytes.
[[nodiscard]] Result<AccessKey> given_access_key(std::string_view id, SecretBytes secret);

// One usable access key, as the authenticator sees it.
struct Credential {
  std::shared_ptr<const Caller> caller;
  // "AWS4" and the secret access key: the key of the first step of Signature Version 4's derivation.
  SecretBytes signing_secret;
};

// All access keys at one moment. Immutable.
class CredentialSnapshot final {
 public:
  // nullptr when there is none. The pointer lives as long as the snapshot.
  const Credential* find(std::string_view access_key_id) const;
  std::size_t size() const { return by_id_.size(); }

 private:
  friend class Credentials;
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  std::unordered_map<std::string, Credential, Hash, std::equal_to<>> by_id_;
};

// Owns the current snapshot. snapshot() and generation() may be called from any thread and never wait for a disk;
// the others block on the store and must not run on an event loop.
class Credentials final {
 public:
  // All three must outlive this. Starts empty: call load().
  Credentials(store::Store& store, CredentialSealer& sealer, const Clock& clock);

  // Reads every record. kCorrupt, and the old snapshot stays, when one does not decode or open.
  [[nodiscard]] Status load();
  // Makes `key` an access key of the root of `account`, or gives it this secret if it already is one; durable and in
  // force when this returns. kAlreadyExists when the id is somebody else's.
  [[nodiscard]] Status put_root(const AccountId& account, const AccessKey& key);
  // kNotFound when there is no such key. In force for the very next request.
  [[nodiscard]] Status remove(std::string_view access_key_id);

  std::shared_ptr<const CredentialSnapshot> snapshot() const;
  // Grows whenever the snapshot is replaced: whoever keeps a snapshot compares this before each use.
  std::uint64_t generation() const { return generation_.load(std::memory_order_acquire); }

 private:
  void publish(std::shared_ptr<const CredentialSnapshot> snapshot);

  store::Store& store_;
  CredentialSealer& sealer_;
  const Clock& clock_;
  Guarded<std::shared_ptr<const CredentialSnapshot>> current_;
  std::atomic<std::uint64_t> generation_{1};
};

}  // namespace claviger::iam
