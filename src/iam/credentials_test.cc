#include "iam/credentials.h"

#include <gtest/gtest.h>

#include <fstream>
#include <future>
#include <sstream>

#include "base/encoding.h"
#include "base/testing.h"
#include "iam/credential_record.h"
#include "iam/layout.h"
#include "iam/testing.h"

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
  std::ifstream page(CLAVIGER_SOURCE_DIR "/docs/formats/credential.md");
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

TEST(Credentials, SurviveInTheStore) {
  TestIdentity identity;
  Credentials again(*identity.store, identity.sealer, identity.clock);
  EXPECT_EQ(again.snapshot()->find(kTestKeyId), nullptr);
  ASSERT_TRUE(again.load());
  const auto snapshot = again.snapshot();
  const Credential* credential = snapshot->find(kTestKeyId);
  ASSERT_NE(credential, nullptr);
  EXPECT_EQ(as_text(insecure_expose(credential->signing_secret)), "AWS4" + std::string(kTestSecret));
  EXPECT_EQ(credential->caller->principal_arn, "arn:aws:iam::111122223333:root");
  EXPECT_EQ(snapshot->find("other"), nullptr);
}

TEST(Credentials, AnIdBelongsToOneAccount) {
  TestIdentity identity;
  const auto key = given_access_key(kTestKeyId, SecretBytes(4));
  const auto result = identity.credentials.put_root(*AccountId::parse("444455556666"), *key);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code(), ErrorCode::kAlreadyExists);
}

TEST(Credentials, RemovingIsInForceAtOnceAndOldSnapshotsStay) {
  TestIdentity identity;
  const auto before = identity.credentials.snapshot();
  const auto generation = identity.credentials.generation();
  ASSERT_TRUE(identity.credentials.remove(kTestKeyId));
  EXPECT_GT(identity.credentials.generation(), generation);
  EXPECT_EQ(identity.credentials.snapshot()->find(kTestKeyId), nullptr);
  EXPECT_NE(before->find(kTestKeyId), nullptr);
  const auto again = identity.credentials.remove(kTestKeyId);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code(), ErrorCode::kNotFound);
}

TEST(Credentials, ManyAreReadPageByPage) {
  TestIdentity identity;
  CountingRandom random;
  const AccountId account = *AccountId::parse(kTestAccount);
  for (int i = 0; i < 300; ++i) {
    const std::string id = "K" + std::to_string(i);
    store::Commit commit;
    const SecretBytes secret = SecretBytes::copy_of(as_bytes(id));
    commit.mutations.push_back(
        store::Put{layout::credential(id),
                   encode_credential({account, std::nullopt, test_time(),
                                      identity.sealer.seal(credential_context(id, account, std::nullopt), secret)})});
    identity.store->commit(std::move(commit), [](auto) {});
  }
  ASSERT_TRUE(identity.credentials.remove(kTestKeyId));
  EXPECT_EQ(identity.credentials.snapshot()->size(), 300u);
}

TEST(Credentials, ASecretMovedToAnotherRecordDoesNotLoad) {
  TestIdentity identity;
  const auto record = identity.store->get(layout::credential(kTestKeyId));
  ASSERT_TRUE(record && *record);
  store::Commit commit;
  commit.mutations.push_back(store::Put{layout::credential("COPY"), (*record)->value});
  std::promise<bool> durable;
  identity.store->commit(std::move(commit), [&](auto revision) { durable.set_value(revision.has_value()); });
  ASSERT_TRUE(durable.get_future().get());
  Credentials again(*identity.store, identity.sealer, identity.clock);
  const auto result = again.load();
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code(), ErrorCode::kCorrupt);
}

}  // namespace
}  // namespace claviger::iam
