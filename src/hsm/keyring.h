// The root key, the domain keys under it and the keys derived from it: everything long-lived that
// must stay secret, in protected memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/random.h"
#include "base/result.h"
#include "hsm/seal.h"

namespace claviger::hsm {

class KeyringAccess;

// All const members are thread-safe, also while rotate_domain_key() runs.
class Keyring final {
 public:
  // A new keyring that is stored nowhere and gone with this object.
  static Keyring create_in_memory(RandomSource& random);

  // A new keyring in a new file of mode 0600 (docs/formats/keyring.md), on disk when this returns.
  // kIo when the file exists or cannot be written; the seal's errors.
  [[nodiscard]] static Result<Keyring> create(const std::string& path, Seal& seal, RandomSource& random);

  // kIo when the file cannot be read. kKeyUnavailable when it does not open: a wrong secret, another
  // kind of seal and a damaged file are one error, whose detail says no more either.
  [[nodiscard]] static Result<Keyring> open(const std::string& path, Seal& seal);

  ~Keyring();
  Keyring(Keyring&&) noexcept;
  Keyring& operator=(Keyring&&) noexcept;

  // Makes a new domain key and wraps all new tokens under it; older tokens still open. With a file:
  // the new file is on disk before the new key is used. After an error (kIo) the former key stays
  // active, and both the former and the new file open every token. kLimitExceeded beyond
  // kMaxDomainKeys. One caller at a time.
  [[nodiscard]] Status rotate_domain_key(RandomSource& random);
  // Counts from 1; the newest is the active one.
  std::uint32_t active_domain_key() const;
  static constexpr std::uint32_t kMaxDomainKeys = 1024;

  // How this process keeps the secrets out of swap, core dumps and other processes, for the log and
  // `claviger status`: `memfd_secret`, `mlock`, or `unprotected: ` and why.
  std::string memory_protection() const;

 private:
  friend class KeyringAccess;  // keyring_internal.h: for the rest of hsm/
  struct Impl;
  explicit Keyring(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace claviger::hsm
