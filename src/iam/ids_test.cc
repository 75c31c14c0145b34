#include "iam/ids.h"

#include <gtest/gtest.h>

#include "base/testing.h"
#include "iam/testing.h"

namespace claviger::iam {
namespace {

TEST(UniqueId, IsMadeWithTheKindsPrefixFromTheInjectedSource) {
  for (const auto& [kind, text] : std::vector<std::pair<EntityKind, std::string_view>>{
           {EntityKind::kUser, "AIDAABCDEFGHIJKLMNOPQ"},
           {EntityKind::kGroup, "AGPAABCDEFGHIJKLMNOPQ"},
           {EntityKind::kRole, "AROAABCDEFGHIJKLMNOPQ"},
           {EntityKind::kPolicy, "ANPAABCDEFGHIJKLMNOPQ"},
       }) {
    CountingRandom random;
    const UniqueId id = UniqueId::make(kind, random);
    EXPECT_EQ(id.view(), text);
    EXPECT_EQ(id.kind(), kind);
    EXPECT_EQ(UniqueId::parse(kind, text), id);
  }
}

TEST(UniqueId, ParsesNothingElse) {
  EXPECT_TRUE(UniqueId::parse("AIDA0189ZZZZZZZZZZZZZ"));
  for (const std::string_view text :
       {"", "AIDA", "AIDAABCDEFGHIJKLMNOP", "AIDAABCDEFGHIJKLMNOPQR", "AKIAABCDEFGHIJKLMNOPQ", "aidaABCDEFGHIJKLMNOPQ",
        "AIDAABCDEFGHIJKLMNOPq", "AIDAABCDEFGHIJKLMNO:Q"}) {
    EXPECT_FALSE(UniqueId::parse(text)) << text;
  }
  EXPECT_FALSE(UniqueId::parse(EntityKind::kRole, "AIDAABCDEFGHIJKLMNOPQ"));
}

TEST(AccessKeyId, HasThePrefixOfItsKind) {
  CountingRandom random;
  EXPECT_EQ(make_access_key_id(random), "AKIAABCDEFGHIJKLMNOP");
  EXPECT_EQ(make_session_key_id(random), "ASIAQRSTUVWXYZ234567");
  EXPECT_EQ(as_text(insecure_expose(make_secret_access_key(random))), "ghijklmnopqrstuvwxyz0123456789+/ABCDEFGH");
}

TEST(AccessKeyId, ChosenOnesAreBounded) {
  EXPECT_TRUE(is_access_key_id("claviger_1"));
  EXPECT_TRUE(is_access_key_id(std::string(128, 'a')));
  for (const std::string& text : {std::string(), std::string(129, 'a'), std::string("a/b"), std::string("a-b")}) {
    EXPECT_FALSE(is_access_key_id(text)) << text;
  }
}

}  // namespace
}  // namespace claviger::iam
