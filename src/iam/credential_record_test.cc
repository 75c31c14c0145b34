#include "iam/credential_record.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "base/encoding.h"
#include "base/testing_source_directory.h"

namespace claviger::iam {
namespace {

// The bytes that docs/formats/credential.md shows.
TEST(CredentialRecord, TheDocumentedExampleDecodes) {
  const auto bytes = hex_decode("0101000c3131313132323232333333330000019c167fc8180003aabbcc");
  ASSERT_TRUE(bytes);
  const auto record = decode_credential(*bytes);
  ASSERT_TRUE(record);
  EXPECT_EQ(record->account.view(), "111122223333");
  EXPECT_EQ(format_iso8601(record->created), "2026-01-31T23:59:59Z");
  EXPECT_EQ(hex_encode(record->sealed_secret), "aabbcc");
  EXPECT_EQ(encode_credential(*record), *bytes);
  EXPECT_EQ(hex_encode(credential_context("AKIDEXAMPLE", record->account, std::nullopt)),
            "000e69616d2f63726564656e7469616c000b414b49444558414d504c45000c313131313232323233333333");
  // The page and this test show the same bytes.
  std::ifstream page(source_directory() + "/docs/formats/credential.md");
  std::stringstream text;
  text << page.rdbuf();
  EXPECT_NE(text.str().find("0000019c167fc818"), std::string::npos);
}

TEST(CredentialRecord, AUsersKeyNamesItsUser) {
  const UniqueId user = *UniqueId::parse("AIDAEXAMPLEUSERID2345");
  const auto bytes = hex_decode(
      "0102000c313131313232323233333333414944414558414d504c45555345524944323334350000019c167fc8180003aabbcc");
  ASSERT_TRUE(bytes);
  const auto record = decode_credential(*bytes);
  ASSERT_TRUE(record);
  EXPECT_EQ(record->user, user);
  EXPECT_EQ(encode_credential(*record), *bytes);
  EXPECT_EQ(hex_encode(credential_context("A", record->account, user)),
            "000e69616d2f63726564656e7469616c000141000c3131313132323232333333330015414944414558414d504c4555534552494432"
            "333435");
  // A role has no access keys.
  Bytes role = *bytes;
  role[17] = 'R';
  EXPECT_FALSE(decode_credential(role));
}

TEST(CredentialRecord, DamageIsCorrupt) {
  const Bytes good = *hex_decode("0101000c3131313132323232333333330000019c167fc8180003aabbcc");
  for (std::size_t size = 0; size < good.size(); ++size) {
    const auto result = decode_credential(ByteSpan(good).first(size));
    ASSERT_FALSE(result) << size;
    EXPECT_EQ(result.error().code(), ErrorCode::kCorrupt);
  }
  for (const auto& [at, value] :
       std::vector<std::pair<std::size_t, std::uint8_t>>{{0, 2}, {1, 3}, {4, 'x'}, {16, 0xff}}) {
    Bytes bad = good;
    bad[at] = value;
    EXPECT_FALSE(decode_credential(bad)) << at;
  }
  Bytes longer = good;
  longer.push_back(0);
  EXPECT_FALSE(decode_credential(longer));
}

}  // namespace
}  // namespace claviger::iam
