// For tests only.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/encoding.h"
#include "base/encryption_context.h"
#include "base/testing.h"
#include "base/testing_source_directory.h"
#include "crypto/argon2.h"
#include "hsm/keyring.h"
#include "hsm/session.h"

namespace claviger::hsm {

// 0, 1, 2, ... 255, 0, ...: what makes the examples of docs/formats/ repeatable.
class CountingRandom final : public RandomSource {
 public:
  explicit CountingRandom(std::uint8_t first = 0) : next_(first) {}
  void fill(MutableByteSpan out) override {
    for (std::uint8_t& byte : out) byte = next_++;
  }

 private:
  std::uint8_t next_;
};

inline Scope example_scope() {
  return {AccountId::parse("123456789012").value(), Region::parse("eu-central-1").value()};
}
inline KeyId example_key_id() { return KeyId::parse("01234567-89ab-4cde-8f01-23456789abcd").value(); }
inline KeyBinding example_binding() { return {example_scope(), example_key_id(), "SYMMETRIC_DEFAULT", "AWS_KMS"}; }

inline EncryptionContext context_of(std::vector<EncryptionContext::Pair> pairs) {
  return EncryptionContext::from_pairs(std::move(pairs)).value();
}
inline SecretBytes secret(std::string_view text) { return SecretBytes::copy_of(as_bytes(text)); }

inline const WallTime kNow = from_millis(1'800'000'000'000);

// Cheap on purpose: how much a passphrase costs is not what is tested.
inline constexpr crypto::Argon2Cost kCheapCost{.memory_kib = 64, .passes = 1, .lanes = 1};

inline Bytes read_whole(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.good()) << path;
  std::stringstream content;
  content << file.rdbuf();
  return to_bytes(as_bytes(content.view()));
}
inline void write_whole(const std::string& path, ByteSpan bytes) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  ASSERT_TRUE(file.good()) << path;
}

// The worked example of a page of docs/formats/: its block fenced as ```hex, where `#` starts a
// comment.
inline Bytes example_of(const std::string& page) {
  std::ifstream file(source_directory() + "/docs/formats/" + page);
  EXPECT_TRUE(file.good()) << page;
  std::string digits;
  bool inside = false;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("```")) {
      inside = line == "```hex";
    } else if (inside) {
      for (const char c : line.substr(0, line.find('#'))) {
        if (c != ' ') digits += c;
      }
    }
  }
  EXPECT_FALSE(digits.empty()) << page << " has no example";
  const auto bytes = hex_decode(digits);
  EXPECT_TRUE(bytes.has_value()) << page;
  return bytes.value_or(Bytes());
}

// Calls `use` with every copy of `bytes` that differs in one bit, and with every proper prefix.
inline void for_each_damage(ByteSpan bytes, const std::function<void(ByteSpan, const std::string&)>& use) {
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    Bytes changed = to_bytes(bytes);
    changed[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    use(changed, "bit " + std::to_string(bit) + " flipped");
  }
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    use(to_bytes(bytes.first(size)), "cut to " + std::to_string(size) + " bytes");
  }
}

// A directory of one test, gone at its end.
class TemporaryDirectory final {
 public:
  TemporaryDirectory() {
    char name[] = "/tmp/claviger-hsm-XXXXXX";
    EXPECT_NE(mkdtemp(name), nullptr);
    path_ = name;
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  ~TemporaryDirectory() { std::filesystem::remove_all(path_); }
  std::string file(std::string_view name) const { return path_ + "/" + std::string(name); }

 private:
  std::string path_;
};

}  // namespace claviger::hsm
