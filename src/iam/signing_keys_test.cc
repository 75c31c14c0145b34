#include "iam/signing_keys.h"

#include <gtest/gtest.h>

#include "base/encoding.h"

namespace claviger::iam {
namespace {

crypto::HmacSha256 key_of(std::string_view text) { return crypto::HmacSha256(SecretBytes::copy_of(as_bytes(text))); }

TEST(SigningKeys, TheLeastRecentlyUsedKeyMakesRoom) {
  SigningKeys keys(2);
  keys.insert("a", key_of("a"));
  keys.insert("b", key_of("b"));
  EXPECT_NE(keys.find("a"), nullptr);
  keys.insert("c", key_of("c"));
  EXPECT_EQ(keys.size(), 2u);
  EXPECT_NE(keys.find("a"), nullptr);
  EXPECT_EQ(keys.find("b"), nullptr);
  ASSERT_NE(keys.find("c"), nullptr);
  EXPECT_EQ(keys.find("c")->mac({}), key_of("c").mac({}));
  keys.clear();
  EXPECT_EQ(keys.find("a"), nullptr);
}

}  // namespace
}  // namespace claviger::iam
