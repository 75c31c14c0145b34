#include "keys/layout.h"

#include <gtest/gtest.h>

#include "keys/test_fixtures.h"

namespace claviger::keys::layout {
namespace {

const AliasName kAlias = *AliasName::parse("alias/app/prod");

TEST(Layout, StoreKeysAreAsDocumented) {
  const Scope scope = test_scope();
  const KeyId id = test_key_id();
  EXPECT_EQ(key(scope, id), "key/111122223333/eu-west-1/1234abcd-12ab-34cd-56ef-1234567890ab");
  EXPECT_EQ(alias(scope, kAlias), "alias/111122223333/eu-west-1/alias/app/prod");
  EXPECT_EQ(alias_of(scope, id, kAlias),
            "alias-of/111122223333/eu-west-1/1234abcd-12ab-34cd-56ef-1234567890ab/alias/app/prod");
  EXPECT_EQ(due(from_millis(1'800'000'000'000), scope, id),
            "due/000001a3185c5000/111122223333/eu-west-1/1234abcd-12ab-34cd-56ef-1234567890ab");
  EXPECT_EQ(tombstone(scope, id), "tombstone/111122223333/eu-west-1/1234abcd-12ab-34cd-56ef-1234567890ab");
  EXPECT_EQ(key_count(scope), "count/keys/111122223333/eu-west-1");
  EXPECT_EQ(alias_count(scope, id), "count/aliases/111122223333/eu-west-1/1234abcd-12ab-34cd-56ef-1234567890ab");
  EXPECT_TRUE(key(scope, id).starts_with(keys_prefix(scope)));
  EXPECT_TRUE(alias(scope, kAlias).starts_with(aliases_prefix(scope)));
  EXPECT_TRUE(alias_of(scope, id, kAlias).starts_with(aliases_of_prefix(scope, id)));
}

TEST(Layout, ParsesWhatItMakes) {
  const Scope scope = test_scope();
  const KeyId id = test_key_id();
  const auto parsed_key = parse_key(key(scope, id));
  ASSERT_TRUE(parsed_key);
  EXPECT_EQ(parsed_key->scope, scope);
  EXPECT_EQ(parsed_key->id, id);
  const auto parsed_alias = parse_alias(alias(scope, kAlias));
  ASSERT_TRUE(parsed_alias);
  EXPECT_EQ(parsed_alias->name, kAlias);
  const auto parsed_due = parse_due(due(from_millis(42), scope, id));
  ASSERT_TRUE(parsed_due);
  EXPECT_EQ(parsed_due->deletion_date, from_millis(42));
  EXPECT_EQ(parsed_due->key.id, id);
  const auto parsed_alias_of = parse_alias_of(alias_of(scope, id, kAlias));
  ASSERT_TRUE(parsed_alias_of);
  EXPECT_EQ(parsed_alias_of->key.scope, scope);
  EXPECT_EQ(parsed_alias_of->key.id, id);
  EXPECT_EQ(parsed_alias_of->alias, kAlias);
}

TEST(Layout, DueEntriesSortByDate) {
  EXPECT_LT(due(from_millis(9), test_scope(), test_key_id()), due(from_millis(10), test_scope(), test_key_id()));
}

TEST(Layout, RefusesEverythingElse) {
  for (std::string_view bad :
       {"", "key/", "key/111122223333/eu-west-1", "key/1/eu-west-1/x", "key/111122223333/eu-west-1/nope",
        "alias/111122223333/eu-west-1/nope", "due/00/111122223333/eu-west-1/1234abcd-12ab-34cd-56ef-1234567890ab",
        "alias-of/111122223333/eu-west-1/1234abcd-12ab-34cd-56ef-1234567890ab",
        "alias-of/111122223333/eu-west-1/1234abcd-12ab-34cd-56ef-1234567890ab/nope",
        "alias-of/111122223333/eu-west-1/nope/alias/app/prod",
        "due/00000000000000zz/111122223333/eu-west-1/1234abcd-12ab-34cd-56ef-1234567890ab"}) {
    EXPECT_FALSE(parse_key(bad)) << bad;
    EXPECT_FALSE(parse_alias(bad)) << bad;
    EXPECT_FALSE(parse_due(bad)) << bad;
    EXPECT_FALSE(parse_alias_of(bad)) << bad;
  }
}

}  // namespace
}  // namespace claviger::keys::layout
