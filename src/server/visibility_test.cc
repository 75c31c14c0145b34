#include "server/visibility.h"

#include <gtest/gtest.h>

#include "crypto/random.h"
#include "hsm/keyring.h"
#include "keys/test_fixtures.h"

namespace claviger::server {
namespace {

namespace layout = keys::layout;
using std::chrono::minutes;

const KeyId kNewTarget = *KeyId::parse("0987dcba-09fe-87dc-65ba-ab0987654321");

// Delays of five minutes.
class VisibilityTest : public testing::Test {
 protected:
  VisibilityTest() { visibility_.set({.grants = minutes(5), .aliases = minutes(5), .policies = minutes(5)}); }

  static std::shared_ptr<const api::KeySnapshot> key(const KeyId& id, std::vector<std::string> aliases = {}) {
    auto snapshot = std::make_shared<api::KeySnapshot>();
    snapshot->record = keys::test_key();
    snapshot->record.id = id;
    snapshot->arn = snapshot->record.arn();
    snapshot->aliases = std::move(aliases);
    return snapshot;
  }
  static std::shared_ptr<const api::AliasSnapshot> alias(const KeyId& target) {
    return std::make_shared<api::AliasSnapshot>(
        api::AliasSnapshot{.name = place().name, .scope = place().scope, .record = {.target = target}});
  }
  static layout::AliasPlace place() { return {keys::test_scope(), *AliasName::parse("alias/b")}; }
  // As UpdateAlias does, of what is there; CreateAlias where nothing is.
  void point(const std::shared_ptr<const api::AliasSnapshot>& before, const KeyId& target) {
    store::Commit commit;
    commit.mutations.push_back(
        store::Put{layout::alias(place().scope, place().name), keys::encode(keys::AliasRecord{.target = target})});
    Resolved resolved;
    resolved.alias = before;
    resolved.alias_arn = alias_arn(place().scope, place().name.view());
    visibility_.hold(commit, std::span(&resolved, 1), false);
  }
  std::vector<std::string> aliases(const KeyId& id, std::vector<std::string> there) {
    return visibility_.seen(key(id, std::move(there)))->aliases;
  }

  ManualClock clock_{from_millis(1'767'225'600'000)};
  Visibility visibility_{clock_};
};

using Names = std::vector<std::string>;

TEST_F(VisibilityTest, ANewAliasIsNoneOfItsKeysYet) {
  point(nullptr, keys::test_key_id());
  EXPECT_EQ(aliases(keys::test_key_id(), {"alias/a", "alias/b"}), (Names{"alias/a"}));
  EXPECT_EQ(visibility_.seen(place(), alias(keys::test_key_id())), nullptr);
  clock_.advance(minutes(5));
  EXPECT_EQ(aliases(keys::test_key_id(), {"alias/a", "alias/b"}), (Names{"alias/a", "alias/b"}));
  EXPECT_NE(visibility_.seen(place(), alias(keys::test_key_id())), nullptr);
}

TEST_F(VisibilityTest, AnAliasThatMovedIsStillItsFormerKeys) {
  point(alias(keys::test_key_id()), kNewTarget);
  EXPECT_EQ(aliases(keys::test_key_id(), {"alias/a", "alias/c"}), (Names{"alias/a", "alias/b", "alias/c"}));
  EXPECT_EQ(aliases(kNewTarget, {"alias/b"}), Names());
  EXPECT_EQ(visibility_.seen(place(), alias(kNewTarget))->record.target, keys::test_key_id());
  EXPECT_EQ(visibility_.seen(place(), nullptr), nullptr) << "it was deleted meanwhile";
  clock_.advance(minutes(5));
  EXPECT_EQ(aliases(keys::test_key_id(), {"alias/a", "alias/c"}), (Names{"alias/a", "alias/c"}));
  EXPECT_EQ(aliases(kNewTarget, {"alias/b"}), (Names{"alias/b"}));
}

TEST_F(VisibilityTest, KeysOfOtherRegionsAndWithoutChangesAreAsTheyAre) {
  point(nullptr, keys::test_key_id());
  auto elsewhere = std::make_shared<api::KeySnapshot>(*key(keys::test_key_id(), {"alias/b"}));
  elsewhere->record.scope.region = *Region::parse("us-east-1");
  EXPECT_EQ(visibility_.seen(elsewhere), elsewhere);
  const auto other = key(kNewTarget, {"alias/x"});
  EXPECT_EQ(visibility_.seen(other), other);
}

TEST_F(VisibilityTest, NothingIsHeldBackBeyondABound) {
  const keys::GrantId id = *keys::GrantId::parse(std::string(64, 'a'));
  const layout::KeyPlace key_place{keys::test_scope(), keys::test_key_id()};
  EXPECT_FALSE(visibility_.active());
  store::Commit commit;
  for (std::size_t i = 0; i < Visibility::kMaxHeld; ++i) {
    commit.mutations.push_back(store::Put{"grant/" + std::to_string(i), {}});
  }
  visibility_.hold(commit, {}, false);
  EXPECT_TRUE(visibility_.active());
  store::Commit one;
  one.mutations.push_back(store::Put{layout::grant(key_place.scope, key_place.id, id), {}});
  visibility_.hold(one, {}, false);
  EXPECT_FALSE(visibility_.hides({key_place, id}));
  clock_.advance(minutes(5));
  visibility_.hold(one, {}, false);
  EXPECT_TRUE(visibility_.hides({key_place, id})) << "what is seen makes room";
  clock_.advance(minutes(5));
  EXPECT_FALSE(visibility_.hides({key_place, id}));
  visibility_.hold({}, {}, false);
  EXPECT_FALSE(visibility_.active());
}

TEST(GrantsNamedBy, IgnoresEverythingThatIsNoToken) {
  crypto::SystemRandom random;
  const hsm::Keyring keyring = hsm::Keyring::create_in_memory(random);
  hsm::PurposeSealer tokens(keyring, "grant-token", random);
  for (const char* body :
       {"", "{", "[]", "{}", R"({"GrantTokens":1})", R"({"GrantTokens":[1,null,"x",{}]})", R"({"Other":["x"]})"}) {
    EXPECT_TRUE(grants_named_by(as_bytes(body), tokens, *Region::parse("us-east-1")).empty()) << body;
  }
}

}  // namespace
}  // namespace claviger::server
