#include "crypto/argon2.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "base/encoding.h"

namespace claviger::crypto {
namespace {

TEST(Argon2id, MatchesRfc9106) {
  // RFC 9106 section 5.3.
  const SecretBytes passphrase = SecretBytes::copy_of(Bytes(32, 0x01));
  const Bytes salt(16, 0x02), secret(8, 0x03), associated(12, 0x04);
  std::array<std::uint8_t, 32> tag{};
  ASSERT_TRUE(argon2id({.memory_kib = 32, .passes = 3, .lanes = 4},
                       {.passphrase = passphrase, .salt = salt, .secret = secret, .associated_data = associated}, tag)
                  .has_value());
  EXPECT_EQ(hex_encode(tag), "0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659");
}

TEST(Argon2id, EveryInputMatters) {
  const Argon2Cost cheap{.memory_kib = 64, .passes = 1, .lanes = 1};
  const SecretBytes one = SecretBytes::copy_of(as_bytes("one")), two = SecretBytes::copy_of(as_bytes("two"));
  const Bytes salt(16, 1), other_salt(16, 2);
  const auto derive = [](const Argon2Cost& cost, const SecretBytes& passphrase, ByteSpan with) {
    std::array<std::uint8_t, 32> out{};
    EXPECT_TRUE(argon2id(cost, {.passphrase = passphrase, .salt = with}, out).has_value());
    return out;
  };
  const auto reference = derive(cheap, one, salt);
  EXPECT_EQ(derive(cheap, one, salt), reference);
  EXPECT_NE(derive(cheap, two, salt), reference);
  EXPECT_NE(derive(cheap, one, other_salt), reference);
  EXPECT_NE(derive({.memory_kib = 128, .passes = 1, .lanes = 1}, one, salt), reference);
  EXPECT_NE(derive({.memory_kib = 64, .passes = 2, .lanes = 1}, one, salt), reference);
  EXPECT_NE(derive({.memory_kib = 64, .passes = 1, .lanes = 2}, one, salt), reference);
}

TEST(Argon2id, RefusesCostsAndSizesOutOfBounds) {
  const SecretBytes passphrase = SecretBytes::copy_of(as_bytes("x"));
  const struct {
    const char* name;
    Argon2Cost cost;
    std::size_t salt_size, out_size;
  } rows[] = {
      {"100 GiB", {.memory_kib = 100U * 1024 * 1024, .passes = 1, .lanes = 1}, 16, 32},
      {"just above a GiB", {.memory_kib = 1024 * 1024 + 1, .passes = 1, .lanes = 1}, 16, 32},
      {"less memory than the lanes need", {.memory_kib = 15, .passes = 1, .lanes = 2}, 16, 32},
      {"no memory", {.memory_kib = 0, .passes = 1, .lanes = 1}, 16, 32},
      {"no pass", {.memory_kib = 64, .passes = 0, .lanes = 1}, 16, 32},
      {"four billion passes", {.memory_kib = 64, .passes = 0xffffffff, .lanes = 1}, 16, 32},
      {"no lane", {.memory_kib = 64, .passes = 1, .lanes = 0}, 16, 32},
      {"lanes whose minimal memory overflows", {.memory_kib = 64, .passes = 1, .lanes = 0x20000000}, 16, 32},
      {"short salt", {.memory_kib = 64, .passes = 1, .lanes = 1}, 7, 32},
      {"short output", {.memory_kib = 64, .passes = 1, .lanes = 1}, 16, 3},
  };
  for (const auto& row : rows) {
    const Bytes salt(row.salt_size);
    Bytes out(row.out_size, 0xee);
    const Status status = argon2id(row.cost, {.passphrase = passphrase, .salt = salt}, out);
    ASSERT_FALSE(status.has_value()) << row.name;
    EXPECT_EQ(status.error().code(), ErrorCode::kValidation) << row.name;
    EXPECT_EQ(std::count(out.begin(), out.end(), 0), static_cast<std::ptrdiff_t>(out.size())) << row.name;
  }
}

}  // namespace
}  // namespace claviger::crypto
