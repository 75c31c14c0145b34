#include "iam/access_key.h"

#include <gtest/gtest.h>

#include "base/testing.h"
#include "iam/testing.h"

namespace claviger::iam {
namespace {

TEST(AccessKey, NewKeysHaveAwsForm) {
  CountingRandom random;
  const AccessKey key = make_access_key(random);
  EXPECT_EQ(key.id, "AKIAABCDEFGHIJKLMNOP");
  EXPECT_EQ(as_text(insecure_expose(key.secret)), "QRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123");
}

TEST(AccessKey, GivenKeysAreBounded) {
  const auto secret = [](std::size_t size) { return SecretBytes(size); };
  EXPECT_TRUE(given_access_key("claviger", secret(8)));
  EXPECT_TRUE(given_access_key("a", secret(1)));
  EXPECT_TRUE(given_access_key(std::string(128, 'a'), secret(60)));
  for (const std::string& id : {std::string(), std::string(129, 'a'), std::string("a/b"), std::string("a b")}) {
    const auto result = given_access_key(id, secret(8));
    ASSERT_FALSE(result) << id;
    EXPECT_EQ(result.error().code(), ErrorCode::kValidation);
  }
  EXPECT_FALSE(given_access_key("a", secret(0)));
  EXPECT_FALSE(given_access_key("a", secret(61)));
}

TEST(AccessKey, TheSigningSecretBeginsWithAws4) {
  EXPECT_EQ(as_text(insecure_expose(signing_secret(SecretBytes::copy_of(as_bytes("abc"))))), "AWS4abc");
}

}  // namespace
}  // namespace claviger::iam
