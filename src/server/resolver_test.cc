#include "server/resolver.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "api/kms/alias.h"
#include "keys/test_fixtures.h"
#include "server/testing.h"
#include "server/testing_waiter.h"
#include "store/testing_store.h"

namespace claviger::server {
namespace {

using api::Target;

constexpr const char* kDanglingId = "00000000-0000-4000-8000-000000000002";

// A store with one key of the caller's, `alias/a` of it, and one key of another account.
class ResolverTest : public testing::Test {
 protected:
  ResolverTest() {
    const keys::KeyRecord key = keys::test_key();
    keys::KeyRecord foreign = key;
    foreign.scope = foreign_scope_;
    store::Commit commit;
    commit.mutations.push_back(store::Put{keys::layout::key(key.scope, key.id), keys::encode(key)});
    commit.mutations.push_back(store::Put{keys::layout::key(foreign.scope, foreign.id), keys::encode(foreign)});
    for (const auto& [name, target] : {std::pair("alias/a", key.id), std::pair("alias/dangling", other_id_)}) {
      commit.mutations.push_back(store::Put{keys::layout::alias(key.scope, *AliasName::parse(name)),
                                            keys::encode(keys::AliasRecord{.target = target})});
    }
    CLAVIGER_CHECK(store::commit_now(store_, std::move(commit)).has_value());
  }

  // Resolves, waiting for the store as often as it must.
  Status resolve(std::span<const Target> targets) {
    resolver_.emplace(directory_, caller_, scope_);
    while (true) {
      CountingWaiter waiter;
      const Result<bool> resolved = resolver_->resolve(targets, waiter);
      if (!resolved) return std::unexpected(resolved.error());
      if (*resolved) return {};
      loop_.run_next();
      EXPECT_EQ(waiter.resumed, 1);
    }
  }
  Status authorize(std::string_view permission) {
    while (true) {
      const Result<bool> authorized = resolver_->authorize(waiter_, facts_, permission);
      if (!authorized) return std::unexpected(authorized.error());
      if (*authorized) return {};
      loop_.run_next();
    }
  }
  Status resolve(const Target& target) { return resolve(std::span(&target, 1)); }
  const std::vector<Resolved>& resolved() { return resolver_->resolved(); }

  static Target used(std::string_view text) {
    return api::kms::used_key(text, "kms:Encrypt", keys::EncryptionAlgorithm::kSymmetricDefault);
  }
  static Target managed(std::string_view text) {
    return api::kms::managed_key(text, "kms:EnableKey", keys::StateRule::kNotPendingDeletion);
  }

  const KeyId other_id_ = KeyId::parse(kDanglingId).value();
  const Scope scope_ = keys::test_scope();
  const Scope foreign_scope_{AccountId::parse("444455556666").value(), scope_.region};
  const iam::Caller caller_ = iam::root_caller("aws", scope_.account, "AKIAIOSFODNN7EXAMPLE");
  store::MemoryStore store_;
  SnapshotLoader loader_{store_};
  FakeLoop loop_;
  BlockingPool pool_{1, 10};
  Directory directory_{loop_, pool_, loader_, 10};
  CountingWaiter waiter_;
  std::optional<Resolver> resolver_;
  const http::Request request_;
  const ManualClock clock_{from_millis(0)};
  const RequestFacts facts_{caller_, scope_, request_, clock_};
};

TEST_F(ResolverTest, EachFormOfAnIdentifierNamesTheKey) {
  const std::string arn = keys::kTestKeyArn;
  for (const std::string& text : {std::string(keys::test_key_id().view()), arn, std::string("alias/a"),
                                  std::string("arn:aws:kms:eu-west-1:111122223333:alias/a")}) {
    SCOPED_TRACE(text);
    const Target target = used(text);
    ASSERT_TRUE(resolve(target).has_value());
    ASSERT_EQ(resolved().size(), 1u);
    EXPECT_EQ(resolved()[0].key->arn, arn);
    EXPECT_EQ(resolved()[0].alias, nullptr) << "an alias is the way to the key, not a target";
    EXPECT_TRUE(authorize("kms:Encrypt").has_value());
    EXPECT_TRUE(resolver_->check_fitness("Encrypt", {}).has_value());
  }
}

TEST_F(ResolverTest, SecondLookupNeedsNoStore) {
  const Target target = used("alias/a");
  ASSERT_TRUE(resolve(target).has_value());
  resolver_.emplace(directory_, caller_, scope_);
  CountingWaiter waiter;
  const Result<bool> resolved = resolver_->resolve(std::span(&target, 1), waiter);
  EXPECT_TRUE(resolved && *resolved);
}

TEST_F(ResolverTest, WhatIsMissingForeignOrMalformedIsNamedAsAwsNamesIt) {
  const std::string foreign_alias = "arn:aws:kms:eu-west-1:444455556666:alias/a";
  const std::string foreign_key = "arn:aws:kms:eu-west-1:444455556666:key/" + std::string(keys::test_key_id().view());
  const std::string foreign_missing = std::string("arn:aws:kms:eu-west-1:444455556666:key/") + kDanglingId;
  const auto denied = [](const std::string& permission, const std::string& arn) {
    return "User: arn:aws:iam::111122223333:root is not authorized to perform: " + permission + " on resource: " + arn +
           " because the resource does not exist in this Region, no resource-based policies allow access, or a "
           "resource-based policy explicitly denies access";
  };
  struct Row {
    const char* name;
    Target target;
    ErrorCode code;
    std::string message;
  };
  const Row rows[] = {
      {"missing key", used(kDanglingId), ErrorCode::kNotFound,
       std::string("Key 'arn:aws:kms:eu-west-1:111122223333:key/") + kDanglingId + "' does not exist"},
      {"missing alias", used("alias/none"), ErrorCode::kNotFound,
       "Alias arn:aws:kms:eu-west-1:111122223333:alias/none is not found."},
      {"alias of a key that is gone", used("alias/dangling"), ErrorCode::kNotFound,
       std::string("Key 'arn:aws:kms:eu-west-1:111122223333:key/") + kDanglingId + "' does not exist"},
      {"not an identifier", used("nonsense"), ErrorCode::kNotFound, "Invalid keyId 'nonsense'"},
      {"another Region", used("arn:aws:kms:us-east-1:111122223333:alias/a"), ErrorCode::kNotFound,
       "Invalid arn us-east-1"},
      {"alias where none is taken", managed("alias/a"), ErrorCode::kNotFound, "Invalid keyId 'alias/a'"},
      {"malformed ARN where the model names it", managed("arn:aws:kms:eu-west-1:1:key/x"), ErrorCode::kInvalidArn,
       "Invalid ARN 'arn:aws:kms:eu-west-1:1:key/x'"},
      {"foreign key that exists, where accounts may not be crossed", managed(foreign_key), ErrorCode::kAccessDenied,
       denied("kms:EnableKey", foreign_key)},
      {"foreign key that does not exist, there", managed(foreign_missing), ErrorCode::kAccessDenied,
       denied("kms:EnableKey", foreign_missing)},
      {"foreign key that does not exist", used(foreign_missing), ErrorCode::kAccessDenied,
       denied("kms:Encrypt", foreign_missing)},
      {"foreign alias that does not exist", used(foreign_alias), ErrorCode::kAccessDenied,
       denied("kms:Encrypt", foreign_alias)},
      {"alias in place of an alias's key", api::kms::alias_target_key("alias/a", "kms:CreateAlias"),
       ErrorCode::kValidation, "Aliases must refer to keys. Not aliases"},
      {"alias ARN in place of an alias's key",
       api::kms::alias_target_key("arn:aws:kms:eu-west-1:111122223333:alias/a", "kms:CreateAlias"),
       ErrorCode::kValidation, "Aliases must refer to keys. Not aliases"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    const Status status = resolve(row.target);
    ASSERT_FALSE(status.has_value());
    EXPECT_EQ(status.error().code(), row.code);
    EXPECT_EQ(status.error().message(), row.message);
  }
}

TEST_F(ResolverTest, ForeignKeyThatExistsIsDeniedByItsPolicy) {
  const std::string arn = "arn:aws:kms:eu-west-1:444455556666:key/" + std::string(keys::test_key_id().view());
  const Target target = used(arn);
  ASSERT_TRUE(resolve(target).has_value());
  const Status status = authorize("kms:Encrypt");
  ASSERT_FALSE(status.has_value());
  EXPECT_EQ(status.error().code(), ErrorCode::kAccessDenied);
}

TEST_F(ResolverTest, CiphertextThatNamesNoKeyOrOneThatIsMissingTellsNothing) {
  const Bytes nonsense(200, 0x5a);
  const Target blob =
      api::kms::key_of_ciphertext(nonsense, "kms:Decrypt", keys::EncryptionAlgorithm::kSymmetricDefault);
  const Status invalid = resolve(blob);
  ASSERT_FALSE(invalid.has_value());
  EXPECT_EQ(invalid.error().code(), ErrorCode::kInvalidCiphertext);
  EXPECT_EQ(invalid.error().message(), "");
}

TEST_F(ResolverTest, AliasTargetsLeadToTheirKey) {
  const Target targets[] = {{.kind = Target::Kind::kAlias, .text = "alias/a", .permission = "kms:DeleteAlias"},
                            {.kind = Target::Kind::kKeyOfAlias, .permission = "kms:DeleteAlias"}};
  ASSERT_TRUE(resolve(targets).has_value());
  ASSERT_EQ(resolved().size(), 2u);
  EXPECT_EQ(resolved()[0].alias->record.target, keys::test_key_id());
  EXPECT_EQ(resolved()[0].key, nullptr);
  EXPECT_EQ(resolved()[0].alias_arn, "arn:aws:kms:eu-west-1:111122223333:alias/a");
  EXPECT_EQ(resolved()[1].key->arn, keys::kTestKeyArn);
  EXPECT_TRUE(authorize("kms:DeleteAlias").has_value());
}

TEST_F(ResolverTest, OnlyANewAliasMayBeMissing) {
  const Target fresh{.kind = Target::Kind::kNewAlias, .text = "alias/fresh", .permission = "kms:CreateAlias"};
  ASSERT_TRUE(resolve(fresh).has_value());
  EXPECT_EQ(resolved()[0].alias, nullptr);
  EXPECT_TRUE(authorize("kms:CreateAlias").has_value());
  const Target taken{.kind = Target::Kind::kNewAlias, .text = "alias/a", .permission = "kms:CreateAlias"};
  ASSERT_TRUE(resolve(taken).has_value());
  EXPECT_NE(resolved()[0].alias, nullptr);
  const Target old{.kind = Target::Kind::kAlias, .text = "alias/fresh", .permission = "kms:DeleteAlias"};
  const Status missing = resolve(old);
  ASSERT_FALSE(missing.has_value());
  EXPECT_EQ(missing.error().message(), "Alias arn:aws:kms:eu-west-1:111122223333:alias/fresh is not found.");
}

TEST_F(ResolverTest, EachTargetGetsItsOwnKey) {
  keys::KeyRecord second = keys::test_key();
  second.id = other_id_;
  ASSERT_TRUE(store::commit_now(store_, store::put(keys::layout::key(scope_, other_id_), as_text(keys::encode(second))))
                  .has_value());
  const std::string id(keys::test_key_id().view());
  const Target targets[] = {used(id), used(kDanglingId), used("alias/a"), used("alias/dangling")};
  ASSERT_TRUE(resolve(targets).has_value());
  std::vector<std::string> ids;
  for (const Resolved& entry : resolved()) ids.emplace_back(entry.key->record.id.view());
  EXPECT_EQ(ids, (std::vector<std::string>{id, kDanglingId, id, kDanglingId}));
}

TEST_F(ResolverTest, FitnessIsUsageBeforeState) {
  keys::KeyRecord key = keys::test_key();
  key.state = keys::KeyState::kDisabled;
  const auto replace = [&] {
    const std::string place = keys::layout::key(key.scope, key.id);
    ASSERT_TRUE(store::commit_now(store_, store::put(place, as_text(keys::encode(key)))).has_value());
    directory_.apply({{place, 9, false}});
  };
  replace();
  const Target target = used(key.id.view());
  ASSERT_TRUE(resolve(target).has_value());
  EXPECT_EQ(resolver_->check_fitness("Encrypt", {}).error().code(), ErrorCode::kDisabled);
  key.usage = keys::KeyUsage::kSignVerify;
  replace();
  ASSERT_TRUE(resolve(target).has_value());
  EXPECT_EQ(resolver_->check_fitness("Encrypt", {}).error().code(), ErrorCode::kInvalidKeyUsage);
}

}  // namespace
}  // namespace claviger::server
