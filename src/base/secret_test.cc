#include "base/secret.h"

#include <gtest/gtest.h>

#include <type_traits>

#include "base/testing.h"

namespace claviger {
namespace {

static_assert(!std::is_copy_constructible_v<SecretBytes>);
static_assert(!std::is_copy_assignable_v<SecretBytes>);
static_assert(!std::is_convertible_v<SecretBytes, ByteSpan>);
static_assert(!std::is_default_constructible_v<SecretAccess>);

TEST(SecretBytes, ShrinkingWipesWhatIsCutOff) {
  SecretBytes secret = SecretBytes::copy_of(as_bytes("correct horse"));
  const std::uint8_t* memory = secret.writable().data();
  secret.resize(3);
  for (std::size_t i = 3; i < 13; ++i) EXPECT_EQ(memory[i], 0) << i;
  secret.clear();
  for (std::size_t i = 0; i < 13; ++i) EXPECT_EQ(memory[i], 0) << i;
}

TEST(SecretBytes, GrowsAndKeepsItsContent) {
  SecretBytes secret;
  for (int i = 0; i < 1000; ++i) secret.append(std::string_view("x"));
  EXPECT_EQ(as_text(insecure_expose(secret)), std::string(1000, 'x'));
  secret.resize(1001);
  EXPECT_EQ(insecure_expose(secret)[1000], 0);
}

TEST(SecretBytes, MovedFromIsEmpty) {
  SecretBytes secret = SecretBytes::copy_of(as_bytes("abc"));
  SecretBytes other = std::move(secret);
  EXPECT_TRUE(secret.empty());  // NOLINT(bugprone-use-after-move): this is what the test is about
  EXPECT_EQ(as_text(insecure_expose(other)), "abc");
  SecretBytes third = SecretBytes::copy_of(as_bytes("zzz"));
  third = std::move(other);
  EXPECT_EQ(as_text(insecure_expose(third.clone())), "abc");
}

TEST(ConstantTimeEqual, ComparesLengthAndContent) {
  EXPECT_TRUE(constant_time_equal(as_bytes(""), as_bytes("")));
  EXPECT_TRUE(constant_time_equal(as_bytes("abc"), as_bytes("abc")));
  EXPECT_FALSE(constant_time_equal(as_bytes("abc"), as_bytes("abd")));
  EXPECT_FALSE(constant_time_equal(as_bytes("abc"), as_bytes("ab")));
  EXPECT_FALSE(constant_time_equal(as_bytes("Abc"), as_bytes("abc")));
}

}  // namespace
}  // namespace claviger
