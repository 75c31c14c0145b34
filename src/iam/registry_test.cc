#include "iam/registry.h"

#include <gtest/gtest.h>

#include <future>

#include "base/testing.h"
#include "iam/credential_record.h"
#include "iam/layout.h"
#include "iam/testing.h"

namespace claviger::iam {
namespace {

TEST(Registry, SurviveInTheStore) {
  TestIdentity identity;
  Registry again(*identity.store, identity.sealer, identity.clock);
  EXPECT_EQ(again.snapshot()->credential(kTestKeyId), nullptr);
  ASSERT_TRUE(again.load());
  const auto snapshot = again.snapshot();
  const Credential* credential = snapshot->credential(kTestKeyId);
  ASSERT_NE(credential, nullptr);
  EXPECT_EQ(as_text(insecure_expose(*credential->signing_secret)), "AWS4" + std::string(kTestSecret));
  EXPECT_EQ(credential->caller->principal_arn, "arn:aws:iam::111122223333:root");
  EXPECT_EQ(snapshot->credential("other"), nullptr);
}

TEST(Registry, AnIdBelongsToOneAccount) {
  TestIdentity identity;
  const auto key = given_access_key(kTestKeyId, SecretBytes(4));
  const auto result = identity.registry.put_root(*AccountId::parse("444455556666"), *key);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code(), ErrorCode::kAlreadyExists);
}

TEST(Registry, RemovingIsInForceAtOnceAndOldSnapshotsStay) {
  TestIdentity identity;
  const auto before = identity.registry.snapshot();
  const auto generation = identity.registry.generation();
  ASSERT_TRUE(identity.registry.remove_root(kTestKeyId));
  EXPECT_GT(identity.registry.generation(), generation);
  EXPECT_EQ(identity.registry.snapshot()->credential(kTestKeyId), nullptr);
  EXPECT_NE(before->credential(kTestKeyId), nullptr);
  const auto again = identity.registry.remove_root(kTestKeyId);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code(), ErrorCode::kNotFound);
}

TEST(Registry, ManyAreReadPageByPage) {
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
  ASSERT_TRUE(identity.registry.remove_root(kTestKeyId));
  EXPECT_EQ(identity.registry.snapshot()->credential_count(), 300u);
}

TEST(Registry, ASecretMovedToAnotherRecordDoesNotLoad) {
  TestIdentity identity;
  const auto record = identity.store->get(layout::credential(kTestKeyId));
  ASSERT_TRUE(record && *record);
  store::Commit commit;
  commit.mutations.push_back(store::Put{layout::credential("COPY"), (*record)->value});
  std::promise<bool> durable;
  identity.store->commit(std::move(commit), [&](auto revision) { durable.set_value(revision.has_value()); });
  ASSERT_TRUE(durable.get_future().get());
  Registry again(*identity.store, identity.sealer, identity.clock);
  const auto result = again.load();
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code(), ErrorCode::kCorrupt);
}

}  // namespace
}  // namespace claviger::iam
