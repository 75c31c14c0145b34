// RSA keys that are made before they are asked for: making one takes from a tenth of a second to seconds.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <functional>
#include <vector>

#include "base/guarded.h"
#include "crypto/asymmetric_key.h"

namespace claviger::hsm {

// Keys of no record yet, each given away once. They are in OpenSSL's memory, which is wiped when they go. Thread-safe.
class ReadyKeys final {
 public:
  // Keeps up to `each` keys of every RSA size that was asked for before; `missing` is called by whoever took one, for
  // somebody to call refill() in a thread that has the time. Without `missing` nothing is kept.
  explicit ReadyKeys(std::size_t each = 0, std::function<void()> missing = {});

  // A key that was kept, or a new one.
  crypto::PrivateKey take(crypto::KeyKind kind);
  // From now on keeps keys of every size, also of those that nobody asked for. Calls `missing`.
  void expect_all();
  // Makes what is missing, one after the other; returns when nothing is, or soon after stop().
  void refill();
  // Ends refill() for good.
  void stop() { stopped_ = true; }

  // How many are kept of the kind.
  std::size_t ready(crypto::KeyKind kind) const;
  std::size_t ready() const;

 private:
  static constexpr std::array<crypto::KeyKind, 3> kKinds{crypto::KeyKind::kRsa2048, crypto::KeyKind::kRsa3072,
                                                         crypto::KeyKind::kRsa4096};
  struct Shelf {
    crypto::KeyKind kind{};
    bool wanted = false;
    std::vector<crypto::PrivateKey> keys;
  };
  using Shelves = std::array<Shelf, kKinds.size()>;

  const std::size_t each_;
  const std::function<void()> missing_;
  Guarded<Shelves> shelves_;
  std::atomic<bool> stopped_ = false;
};

}  // namespace claviger::hsm
