// What a plan's commit holds besides the records: the counters of the quotas, and what it must find unchanged.
#include "iam/plan.h"

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "iam/access_key_rules.h"
#include "iam/entity_rules.h"
#include "iam/layout.h"
#include "iam/permission_rules.h"
#include "iam/policy_rules.h"
#include "iam/provider_rules.h"
#include "iam/tag_rules.h"
#include "iam/testing.h"

namespace claviger::iam {
namespace {

class PlansTest : public testing::Test {
 protected:
  template <class Rule, class... Arguments>
  Status run(Rule rule, const Arguments&... arguments) {
    return world_.run([&](const RuleContext& c) { return rule(c, arguments...); });
  }
  std::int64_t counted(const std::string& counter) {
    const auto record = world_.store->get(counter);
    EXPECT_TRUE(record && *record) << counter;
    if (!record || !*record) return -1;
    ByteReader reader((*record)->value);
    return static_cast<std::int64_t>(reader.u64());
  }
  Status add_policy(const std::string& name) {
    return run(create_policy, NewPolicy{.account = account_, .name = name, .document = test_policy()});
  }
  Status add_role(const std::string& name) {
    return run(create_role,
               NewRole{.principal = {.account = account_, .name = name}, .trust_policy = test_trust_policy()});
  }

  TestIdentity world_;
  const AccountId account_ = world_.account;
};

// Nothing else tells whether a counter has drifted: the rules look at the snapshot first.
TEST_F(PlansTest, CountersAreWhatThereIs) {
  const auto provider_arn = [](std::string_view host) {
    return "arn:aws:iam::111122223333:oidc-provider/" + std::string(host);
  };
  for (const char* name : {"a", "b", "c"}) {
    ASSERT_TRUE(run(create_user, NewPrincipal{.account = account_, .name = name}));
    ASSERT_TRUE(run(create_group, account_, name, "/"));
    ASSERT_TRUE(add_role(name));
    ASSERT_TRUE(add_policy(name));
    ASSERT_TRUE(run(create_provider, NewProvider{.account = account_, .url = std::string("https://") + name}));
  }
  const auto expect_each = [&](std::int64_t count) {
    for (const EntityKind kind : {EntityKind::kUser, EntityKind::kGroup, EntityKind::kRole, EntityKind::kPolicy}) {
      EXPECT_EQ(counted(layout::entity_count(kind, account_)), count) << static_cast<int>(kind);
    }
    EXPECT_EQ(counted(layout::provider_count(account_)), count);
  };
  expect_each(3);
  ASSERT_TRUE(run(delete_user, account_, "a"));
  ASSERT_TRUE(run(delete_group, account_, "a"));
  ASSERT_TRUE(run(delete_role, account_, "a"));
  ASSERT_TRUE(run(delete_policy, account_, "arn:aws:iam::111122223333:policy/a"));
  ASSERT_TRUE(run(delete_provider, account_, provider_arn("a")));
  expect_each(2);
}

// Two plans that change the same thing, made of the same snapshot: the later one must be made anew.
TEST_F(PlansTest, OfTwoThatChangeTheSameTheSecondIsAConflict) {
  const std::string policy_arn = "arn:aws:iam::111122223333:policy/p";
  const std::string provider_arn = "arn:aws:iam::111122223333:oidc-provider/host";
  ASSERT_TRUE(run(create_user, NewPrincipal{.account = account_, .name = "u"}));
  ASSERT_TRUE(run(create_group, account_, "g", "/"));
  ASSERT_TRUE(add_role("r"));
  ASSERT_TRUE(add_policy("p"));
  ASSERT_TRUE(run(create_provider, NewProvider{.account = account_, .url = "https://host", .client_ids = {"c"}}));
  const std::vector<Tag> one{{"one", ""}}, two{{"two", ""}};
  const Holder user{EntityKind::kUser, account_, "u"}, group{EntityKind::kGroup, account_, "g"};
  const Holder role{EntityKind::kRole, account_, "r"};
  // Twice: a record that has been changed has another revision than a new one.
  for (int round = 0; round < 2; ++round) {
    const auto snapshot = world_.registry.snapshot();
    const RuleContext context{*snapshot, test_time(), world_.random, world_.quotas};
    const std::string name = "new" + std::to_string(round);
    struct Pair {
      std::string_view name;
      Result<store::Commit> first, second;
    };
    const auto commit_of = [](auto planned) -> Result<store::Commit> {
      if (!planned) return std::unexpected(planned.error());
      return planned->commit;
    };
    const NewPrincipal new_user{.account = account_, .name = name};
    const NewRole new_role{.principal = new_user, .trust_policy = test_trust_policy()};
    const NewPolicy new_policy{.account = account_, .name = name, .document = test_policy()};
    const NewProvider new_provider{.account = account_, .url = "https://" + name};
    for (const Pair& pair : {
             Pair{"user", tag_holder(context, user, one), tag_holder(context, user, two)},
             Pair{"group", put_inline_policy(context, group, "one", test_policy()),
                  put_inline_policy(context, group, "two", test_policy())},
             Pair{"role", tag_holder(context, role, one),
                  update_trust_policy(context, account_, "r", test_trust_policy())},
             Pair{"policy", tag_policy(context, account_, policy_arn, one),
                  tag_policy(context, account_, policy_arn, two)},
             Pair{"provider", add_client_id(context, account_, provider_arn, "one" + name),
                  add_client_id(context, account_, provider_arn, "two" + name)},
             Pair{"new user", commit_of(create_user(context, new_user)), commit_of(create_user(context, new_user))},
             Pair{"new group", commit_of(create_group(context, account_, name, "/")),
                  commit_of(create_group(context, account_, name, "/"))},
             Pair{"new role", commit_of(create_role(context, new_role)), commit_of(create_role(context, new_role))},
             Pair{"new policy", commit_of(create_policy(context, new_policy)),
                  commit_of(create_policy(context, new_policy))},
             Pair{"new provider", commit_of(create_provider(context, new_provider)),
                  commit_of(create_provider(context, new_provider))},
         }) {
      ASSERT_TRUE(pair.first && pair.second) << pair.name;
      ASSERT_TRUE(world_.commit(*pair.first)) << pair.name;
      const Status late = world_.commit(*pair.second);
      ASSERT_FALSE(late) << pair.name;
      EXPECT_EQ(late.error().code(), ErrorCode::kConflict) << pair.name;
    }
  }
}

TEST_F(PlansTest, AnAccessKeyBelongsToItsUser) {
  ASSERT_TRUE(run(create_user, NewPrincipal{.account = account_, .name = "u"}));
  std::string id;
  ASSERT_TRUE(world_.run([&](const RuleContext& c) {
    auto planned = create_access_key(c, world_.sealer, account_, "u");
    if (planned) id = planned->key.id;
    return planned;
  }));
  const auto snapshot = world_.registry.snapshot();
  const UniqueId* user = snapshot->user_of_access_key(id);
  ASSERT_NE(user, nullptr);
  EXPECT_EQ(*user, snapshot->user(account_, "u")->record.id);
  EXPECT_EQ(snapshot->user_of_access_key(kTestKeyId), nullptr) << "the root's";
  EXPECT_EQ(snapshot->user_of_access_key("AKIANOBODYSNOBODYSNO"), nullptr);
}

TEST_F(PlansTest, TheBoundsOfTagsAreExact) {
  const std::string key(128, 'k'), value(256, 'v'), wide = "\xc3\xa4";
  std::string wide_key, wide_value;
  for (int i = 0; i < 128; ++i) wide_key += wide;
  for (int i = 0; i < 256; ++i) wide_value += wide;
  for (const Tag& tag : {Tag{key, value}, Tag{wide_key, wide_value}, Tag{"_.:/=+-@ 0", ""}}) {
    EXPECT_TRUE(check_new_tags({tag}, 1)) << tag.key;
  }
  for (const Tag& tag : {Tag{key + "k", value}, Tag{key, value + "v"}, Tag{wide_key + "k", ""}, Tag{"", value},
                         Tag{"k!", ""}, Tag{"k", "v!"}, Tag{"AWS:k", ""}}) {
    EXPECT_EQ(check_new_tags({tag}, 1).error().code(), ErrorCode::kInvalidInput) << tag.key;
  }
  EXPECT_EQ(check_new_tags({{"a", ""}, {"b", ""}}, 1).error().code(), ErrorCode::kLimitExceeded);
}

}  // namespace
}  // namespace claviger::iam
