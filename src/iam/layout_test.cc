#include "iam/layout.h"

#include <gtest/gtest.h>

#include "iam/testing.h"

namespace claviger::iam::layout {
namespace {

TEST(IamLayout, StoreKeysAreAsDocumented) {
  EXPECT_EQ(account(kAccount), "iam/account/111122223333");
  EXPECT_EQ(account_alias("acme"), "iam/account-alias/acme");
  EXPECT_EQ(entity(EntityKind::kUser, kAccount, "Alice"), "iam/user/111122223333/alice");
  EXPECT_EQ(entity(EntityKind::kGroup, kAccount, "Admins"), "iam/group/111122223333/admins");
  EXPECT_EQ(entity(EntityKind::kRole, kAccount, "App"), "iam/role/111122223333/app");
  EXPECT_EQ(entity(EntityKind::kPolicy, kAccount, "Use"), "iam/policy/111122223333/use");
  EXPECT_EQ(provider(kAccount, "a.example/b"), "iam/oidc-provider/111122223333/a.example/b");
  EXPECT_EQ(credential("AKIA"), "iam/credential/AKIA");
  EXPECT_EQ(entity_count(EntityKind::kRole, kAccount), "iam/count/role/111122223333");
  EXPECT_EQ(provider_count(kAccount), "iam/count/oidc-provider/111122223333");
  EXPECT_TRUE(entity(EntityKind::kUser, kAccount, "Alice").starts_with(entities_prefix(EntityKind::kUser, kAccount)));
}

TEST(IamLayout, EveryKeyIsReadBack) {
  struct Row {
    std::string key;
    RecordKind kind;
    std::string_view name;
    bool scoped = true;
  };
  for (const Row& row : {
           Row{account(kAccount), RecordKind::kAccount, ""},
           Row{account_alias("acme"), RecordKind::kAccountAlias, "acme", false},
           Row{entity(EntityKind::kUser, kAccount, "Alice"), RecordKind::kUser, "alice"},
           Row{entity(EntityKind::kGroup, kAccount, "A"), RecordKind::kGroup, "a"},
           Row{entity(EntityKind::kRole, kAccount, "A"), RecordKind::kRole, "a"},
           Row{entity(EntityKind::kPolicy, kAccount, "A"), RecordKind::kPolicy, "a"},
           Row{provider(kAccount, "a.example/b"), RecordKind::kProvider, "a.example/b"},
           Row{credential("AKIA"), RecordKind::kCredential, "AKIA", false},
           Row{entity_count(EntityKind::kUser, kAccount), RecordKind::kCounter, ""},
           Row{provider_count(kAccount), RecordKind::kCounter, ""},
       }) {
    EXPECT_TRUE(row.key.starts_with(kAll));
    const auto place = parse(row.key);
    ASSERT_TRUE(place) << row.key;
    EXPECT_EQ(place->kind, row.kind) << row.key;
    EXPECT_EQ(place->name, row.name) << row.key;
    EXPECT_TRUE(!row.scoped || place->account == kAccount) << row.key;
  }
}

TEST(IamLayout, NothingElseIsRead) {
  for (const std::string_view key :
       {"", "iam/", "key/x", "iam/user/111122223333/Alice", "iam/user/111122223333/", "iam/user/1/alice",
        "iam/user/111122223333", "iam/user/111122223333/a/b", "iam/account/1", "iam/account-alias/A",
        "iam/oidc-provider/111122223333/A", "iam/credential/", "iam/credential/a-b", "iam/count/user/1",
        "iam/count/users/111122223333", "iam/count/user", "iam/other/111122223333/x"}) {
    EXPECT_FALSE(parse(key)) << key;
  }
}

}  // namespace
}  // namespace claviger::iam::layout
