#include "base/secret.h"

#include <string.h>  // NOLINT(modernize-deprecated-headers): explicit_bzero() is POSIX, not C++

#include <algorithm>
#include <cstring>
#include <utility>

namespace claviger {

void wipe(MutableByteSpan bytes) {
  if (!bytes.empty()) explicit_bzero(bytes.data(), bytes.size());
}

bool constant_time_equal(ByteSpan left, ByteSpan right) {
  if (left.size() != right.size()) return false;
  std::uint64_t difference = 0;
  for (std::size_t done = 0; done < left.size();) {
    std::uint64_t a = 0;
    std::uint64_t b = 0;
    const std::size_t size = std::min(sizeof a, left.size() - done);
    std::memcpy(&a, left.data() + done, size);
    std::memcpy(&b, right.data() + done, size);
    difference |= a ^ b;
    // Keeps the compiler from leaving the loop once a difference is known.
    __asm__ volatile("" : "+r"(difference));
    done += size;
  }
  return difference == 0;
}

SecretBytes::SecretBytes(std::size_t size) { resize(size); }

SecretBytes::SecretBytes(SecretBytes&& other) noexcept
    : data_(std::move(other.data_)),
      size_(std::exchange(other.size_, 0)),
      capacity_(std::exchange(other.capacity_, 0)) {}

SecretBytes& SecretBytes::operator=(SecretBytes&& other) noexcept {
  if (this != &other) {
    wipe({data_.get(), size_});
    data_ = std::move(other.data_);
    size_ = std::exchange(other.size_, 0);
    capacity_ = std::exchange(other.capacity_, 0);
  }
  return *this;
}

SecretBytes::~SecretBytes() { wipe({data_.get(), size_}); }

SecretBytes SecretBytes::copy_of(ByteSpan bytes) {
  SecretBytes result;
  result.append(bytes);
  return result;
}

void SecretBytes::reserve(std::size_t capacity) {
  if (capacity <= capacity_) return;
  // Zeroed, and kept so beyond size_: resize() then only has to clean what it cuts off.
  auto grown = std::make_unique<std::uint8_t[]>(capacity);
  std::copy_n(data_.get(), size_, grown.get());
  wipe({data_.get(), size_});
  data_ = std::move(grown);
  capacity_ = capacity;
}

void SecretBytes::resize(std::size_t size) {
  if (size < size_) wipe({data_.get() + size, size_ - size});
  if (size > capacity_) reserve(std::max(size, capacity_ * 2));
  size_ = size;
}

void SecretBytes::append(ByteSpan bytes) {
  const std::size_t old_size = size_;
  resize(size_ + bytes.size());
  std::copy(bytes.begin(), bytes.end(), data_.get() + old_size);
}

void SecretBytes::clear() { resize(0); }

}  // namespace claviger
