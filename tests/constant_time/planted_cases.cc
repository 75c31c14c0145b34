#include <algorithm>
#include <array>
#include <cstring>

#include "cases.h"
#include "crypto/hmac.h"
#include "secrets.h"

namespace claviger::constant_time {
namespace {

// So that the compiler cannot see that an outcome is not used.
volatile int sink = 0;

Bytes secret_mac() { return crypto::Hmac(crypto::HashAlgorithm::kSha256).mac(secret_bytes(32), as_bytes("message")); }

__attribute__((noinline)) void planted_memcmp(ByteSpan right, ByteSpan given) {
  if (right.size() == given.size() && std::memcmp(right.data(), given.data(), right.size()) == 0) sink = 1;
}

__attribute__((noinline)) void planted_early_exit(ByteSpan right, ByteSpan given) {
  for (std::size_t i = 0; i < right.size(); ++i) {
    if (right[i] != given[i]) return;
  }
  sink = 1;
}

__attribute__((noinline)) void planted_table(ByteSpan secret) {
  static constexpr std::array<int, 256> kTable = [] {
    std::array<int, 256> table{};
    for (std::size_t i = 0; i < table.size(); ++i) table[i] = static_cast<int>(i * i);
    return table;
  }();
  for (const std::uint8_t byte : secret) sink = sink + kTable[byte];
}

constexpr Case kCases[] = {
    {"planted-memcmp-of-a-mac", [] { planted_memcmp(secret_mac(), Bytes(32)); }},
    {"planted-early-exit", [] { planted_early_exit(secret_mac(), Bytes(32)); }},
    {"planted-table-by-a-secret", [] { planted_table(secret_mac()); }},
};

}  // namespace

std::span<const Case> planted_cases() { return kCases; }

}  // namespace claviger::constant_time
