// Memory that holds plaintext, data keys, key material and credentials: wiped, move-only,
// unprintable.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "base/bytes.h"

namespace claviger {

// Overwrites memory with zeros in a way the compiler may not drop.
void wipe(MutableByteSpan bytes);

// True when both have the same length and bytes; its time depends on the lengths only.
[[nodiscard]] bool constant_time_equal(ByteSpan left, ByteSpan right);

// Room-private types that may make a SecretAccess. Each is defined in its room's internal header.
namespace crypto {
struct SecretGate;
}
namespace hsm {
struct SecretGate;
}
namespace wire {
struct SecretGate;
}
namespace http {
struct SecretGate;
}
namespace cli {
struct SecretGate;
}
namespace iam {
struct SecretGate;
}

// The right to read a SecretBytes. Only the rooms named here can make one, so that `SecretGate` is
// all there is to grep for in a review of who sees secrets.
class SecretAccess final {
  SecretAccess() = default;
  friend struct crypto::SecretGate;
  friend struct hsm::SecretGate;
  friend struct wire::SecretGate;
  friend struct http::SecretGate;
  friend struct cli::SecretGate;
  friend struct iam::SecretGate;
  friend class SecretBytes;
  friend class TestSecretAccess;  // base/testing.h; tests only
};

// A growable sequence of secret bytes. Every byte it ever held is wiped before its memory is given
// back: on destruction, growth, shrinking and move-assignment. Not copyable, not comparable, not
// printable. Not thread-safe.
class SecretBytes final {
 public:
  SecretBytes() = default;
  // `size` zero bytes.
  explicit SecretBytes(std::size_t size);
  SecretBytes(SecretBytes&& other) noexcept;
  SecretBytes& operator=(SecretBytes&& other) noexcept;
  SecretBytes(const SecretBytes&) = delete;
  SecretBytes& operator=(const SecretBytes&) = delete;
  ~SecretBytes();

  // In constant time; see constant_time_equal().
  friend bool equal(const SecretBytes& left, const SecretBytes& right) {
    return constant_time_equal({left.data_.get(), left.size_}, {right.data_.get(), right.size_});
  }

  static SecretBytes copy_of(ByteSpan bytes);
  SecretBytes clone() const { return copy_of({data_.get(), size_}); }

  std::size_t size() const { return size_; }
  std::size_t capacity() const { return capacity_; }
  bool empty() const { return size_ == 0; }

  // The content; valid until the next non-const call.
  ByteSpan expose(SecretAccess) const { return {data_.get(), size_}; }
  // The content for writing into. Does not need the right to read: it is how secrets get in.
  MutableByteSpan writable() { return {data_.get(), size_}; }

  // Bytes beyond the old size are zero; bytes cut off are wiped.
  void resize(std::size_t size);
  void reserve(std::size_t capacity);
  void append(ByteSpan bytes);
  void append(std::string_view text) { append(as_bytes(text)); }
  // Wipes and empties; keeps the memory for reuse.
  void clear();

 private:
  std::unique_ptr<std::uint8_t[]> data_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace claviger
