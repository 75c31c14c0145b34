#include "iam/names.h"

#include <gtest/gtest.h>

#include "iam/testing.h"

namespace claviger::iam {
namespace {

TEST(Names, AreComparedWithoutRegardToCase) {
  EXPECT_EQ(folded("Alice.B+C=,@-_9"), "alice.b+c=,@-_9");
  EXPECT_TRUE(same_name("ADMINS", "admins"));
  EXPECT_FALSE(same_name("admin", "admins"));
}

TEST(Names, HaveAwsCharactersAndLengths) {
  EXPECT_TRUE(is_name_of(EntityKind::kUser, "aZ09_+=,.@-"));
  struct Row {
    EntityKind kind;
    std::size_t longest;
  };
  for (const Row& row : {Row{EntityKind::kUser, 64}, Row{EntityKind::kRole, 64}, Row{EntityKind::kGroup, 128},
                         Row{EntityKind::kPolicy, 128}}) {
    EXPECT_TRUE(is_name_of(row.kind, std::string(row.longest, 'a')));
    EXPECT_FALSE(is_name_of(row.kind, std::string(row.longest + 1, 'a')));
    for (const std::string_view text : {"", "a b", "a/b", "a:b", "a*", "\xc3\xa9", "a\n"}) {
      EXPECT_FALSE(is_name_of(row.kind, text)) << text;
    }
  }
  EXPECT_TRUE(is_session_name("ab"));
  EXPECT_TRUE(is_session_name(std::string(64, 'a')));
  EXPECT_FALSE(is_session_name("a"));
  EXPECT_FALSE(is_session_name(std::string(65, 'a')));
  EXPECT_FALSE(is_session_name("a:b"));
}

TEST(Names, PathsBeginAndEndWithASlash) {
  for (const std::string& path :
       {std::string("/"), std::string("/a/"), std::string("/a/b.c/"), "/" + std::string(510, 'a') + "/"}) {
    EXPECT_TRUE(is_path(path)) << path;
  }
  for (const std::string& path : {std::string(), std::string("a/"), std::string("/a"), std::string("//"),
                                  std::string("/a b/"), std::string("/\x7f/"), "/" + std::string(511, 'a') + "/"}) {
    EXPECT_FALSE(is_path(path)) << path;
  }
  EXPECT_TRUE(is_path("/a!/"));
  EXPECT_FALSE(is_policy_path("/a!/"));
  EXPECT_TRUE(is_path("/a//b/"));
  EXPECT_FALSE(is_policy_path("/a//b/"));
  EXPECT_TRUE(is_policy_path("/"));
  EXPECT_TRUE(is_policy_path("/a.,+@=_-Z9/b/"));
}

TEST(Names, AccountAliases) {
  for (const std::string_view alias : {"abc", "a-b", "9a9"}) EXPECT_TRUE(is_account_alias(alias)) << alias;
  for (const std::string_view alias : {"ab", "-ab", "ab-", "a--b", "aBc", "a_b"}) {
    EXPECT_FALSE(is_account_alias(alias)) << alias;
  }
  EXPECT_TRUE(is_account_alias(std::string(63, 'a')));
  EXPECT_FALSE(is_account_alias(std::string(64, 'a')));
}

TEST(Arns, OfEntitiesAreMadeAndRead) {
  const std::string arn = entity_arn("aws-cn", kAccount, EntityKind::kRole, "/a/b/", "App");
  EXPECT_EQ(arn, "arn:aws-cn:iam::111122223333:role/a/b/App");
  const auto parsed = parse_entity_arn(arn);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->account, kAccount);
  EXPECT_EQ(parsed->kind, EntityKind::kRole);
  EXPECT_EQ(parsed->path, "/a/b/");
  EXPECT_EQ(parsed->name, "App");
  for (const EntityKind kind : {EntityKind::kUser, EntityKind::kGroup, EntityKind::kPolicy}) {
    const std::string other = entity_arn("aws", kAccount, kind, "/", "x");
    ASSERT_TRUE(parse_entity_arn(other)) << other;
    EXPECT_EQ(parse_entity_arn(other)->kind, kind);
  }
}

TEST(Arns, NothingElseIsAnEntity) {
  for (const std::string_view arn :
       {"", "arn:aws:iam::111122223333:root", "arn:aws:iam::111122223333:user", "arn:aws:iam::111122223333:user/",
        "arn:aws:iam::111122223333:users/a", "arn:aws:iam::111122223333:user:a", "arn:aws:iam::11112222333:user/a",
        "arn:aws:iam:us-east-1:111122223333:user/a", "arn:aws:sts::111122223333:user/a",
        "arn:x:iam::111122223333:user/a", "arn:aws:iam::111122223333:user/a b/c", "arn:aws:iam::111122223333:user/a*",
        "arn:aws:iam::111122223333:policy/a!/b", "arn:aws:iam::111122223333:role/%2e%2e/a*"}) {
    EXPECT_FALSE(parse_entity_arn(arn)) << arn;
  }
}

TEST(Arns, OfSessionsAndProvidersAreMadeAndRead) {
  const std::string session = assumed_role_arn("aws", kAccount, "App", "job@1");
  EXPECT_EQ(session, "arn:aws:sts::111122223333:assumed-role/App/job@1");
  const auto parsed = parse_assumed_role_arn(session);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->role_name, "App");
  EXPECT_EQ(parsed->session_name, "job@1");
  for (const std::string_view arn :
       {"arn:aws:sts::111122223333:assumed-role/App", "arn:aws:sts::111122223333:assumed-role/App/",
        "arn:aws:sts::111122223333:assumed-role/App/a/b", "arn:aws:iam::111122223333:assumed-role/App/job",
        "arn:aws:sts::111122223333:federated-user/Bob"}) {
    EXPECT_FALSE(parse_assumed_role_arn(arn)) << arn;
  }
  const std::string provider = provider_arn("aws", kAccount, "oidc.example.com/id/1");
  EXPECT_EQ(provider, "arn:aws:iam::111122223333:oidc-provider/oidc.example.com/id/1");
  ASSERT_TRUE(parse_provider_arn(provider));
  EXPECT_EQ(parse_provider_arn(provider)->url, "oidc.example.com/id/1");
  EXPECT_FALSE(parse_provider_arn("arn:aws:iam::111122223333:saml-provider/x"));
}

TEST(Names, ProviderUrls) {
  for (const std::string_view url : {"example.com", "127.0.0.1:8443/realm", "a.b-c/D.e_~/x", "example.com/"}) {
    EXPECT_TRUE(is_provider_url(url)) << url;
  }
  for (const std::string& url :
       {std::string(), std::string("Example.com"), std::string("/x"), std::string("a?b"), std::string("a#b"),
        std::string("a%2e"), std::string("-a"), std::string("a b"), "a/" + std::string(254, 'x')}) {
    EXPECT_FALSE(is_provider_url(url)) << url;
  }
}

}  // namespace
}  // namespace claviger::iam
