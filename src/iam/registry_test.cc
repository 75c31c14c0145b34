#include "iam/registry.h"

#include <gtest/gtest.h>

#include <future>
#include <random>

#include "base/testing.h"
#include "iam/access_key_rules.h"
#include "iam/authenticator.h"
#include "iam/credential_record.h"
#include "iam/entity_rules.h"
#include "iam/layout.h"
#include "iam/permission_rules.h"
#include "iam/policy_rules.h"
#include "iam/snapshot_directory.h"
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

// A user in a group, a role, and managed policies, with keys to sign with.
class RegistryTest : public testing::Test {
 protected:
  RegistryTest() {
    must([&](const RuleContext& c) { return create_user(c, {.account = account_, .name = "u"}); });
    must([&](const RuleContext& c) { return create_group(c, account_, "g", "/"); });
    must([&](const RuleContext& c) {
      return create_role(c, {.principal = {.account = account_, .name = "r"}, .trust_policy = test_trust_policy()});
    });
    for (const std::string name : {"one", "two"}) {
      must([&](const RuleContext& c) {
        return create_policy(c, {.account = account_, .name = name, .document = test_policy(name)});
      });
    }
    must([&](const RuleContext& c) { return add_user_to_group(c, account_, "g", "u"); });
    must([&](const RuleContext& c) {
      return create_access_key(c, world_.sealer, account_, "u",
                               AccessKey{"USERKEY", SecretBytes::copy_of(as_bytes("usersecret"))});
    });
  }
  template <class Rule>
  void must(Rule rule) {
    const Status status = world_.run(rule);
    ASSERT_TRUE(status) << status.error().message();
  }
  std::shared_ptr<const Identity> user() { return world_.registry.snapshot()->user(account_, "u")->identity; }
  std::vector<std::string> policies_of_user() {
    std::vector<std::string> sids;
    for (const IdentityPolicy& entry : user()->policies) sids.push_back(entry.document->statements()[0].sid);
    return sids;
  }
  // What a request signed with the user's key gets.
  std::optional<ErrorCode> sign_in() {
    TestRequest request = test_request();
    TestSigner signer = test_signer();
    signer.key_id = "USERKEY";
    signer.secret = "usersecret";
    signer.sign_header(request);
    const auto result = request.with_view([&](const SignedRequest& view) { return authenticator_.authenticate(view); });
    if (!result) return result.error().code();
    caller_ = result->caller;
    return std::nullopt;
  }
  Status damage(const std::string& key) {
    store::Commit commit;
    commit.mutations.push_back(store::Put{key, Bytes{9}});
    return world_.commit(commit);
  }

  using Sids = std::vector<std::string>;
  TestIdentity world_;
  const AccountId account_ = world_.account;
  const Holder user_{EntityKind::kUser, account_, "u"};
  const Holder group_{EntityKind::kGroup, account_, "g"};
  const Holder role_{EntityKind::kRole, account_, "r"};
  const std::string one_ = "arn:aws:iam::111122223333:policy/one", two_ = "arn:aws:iam::111122223333:policy/two";
  Authenticator authenticator_{world_.registry, world_.sessions, world_.clock, {}};
  std::shared_ptr<const Caller> caller_;
};

TEST_F(RegistryTest, AUserActsWithItsOwnAndItsGroupsPolicies) {
  EXPECT_EQ(policies_of_user(), Sids{});
  must([&](const RuleContext& c) { return put_inline_policy(c, user_, "i", test_policy("own")); });
  must([&](const RuleContext& c) { return attach_policy(c, user_, one_); });
  must([&](const RuleContext& c) { return put_inline_policy(c, group_, "i", test_policy("group")); });
  must([&](const RuleContext& c) { return attach_policy(c, group_, two_); });
  EXPECT_EQ(policies_of_user(), (Sids{"own", "one", "group", "two"}));
  const auto identity = user();
  EXPECT_EQ(identity->documents.size(), 4u);
  EXPECT_EQ(identity->policies[0].source, IdentityPolicy::Source::kInline);
  EXPECT_EQ(identity->policies[1].source, IdentityPolicy::Source::kManaged);
  EXPECT_EQ(identity->policies[1].name, one_);
  EXPECT_EQ(identity->policies[2].source, IdentityPolicy::Source::kGroupInline);
  EXPECT_EQ(identity->policies[2].group, "g");
  EXPECT_EQ(identity->policies[3].source, IdentityPolicy::Source::kGroupManaged);
  ASSERT_EQ(sign_in(), std::nullopt);
  EXPECT_EQ(caller_->identity, identity);
  EXPECT_EQ(caller_->kind, policy::PrincipalKind::kUser);
  EXPECT_EQ(caller_->principal_arn, "arn:aws:iam::111122223333:user/u");
  EXPECT_EQ(caller_->principal_id, identity->id.view());
  EXPECT_EQ(caller_->user_name, "u");
  EXPECT_EQ(caller_->principal().unique_id, identity->id.view());
  EXPECT_EQ(caller_->policies(account_).identity.size(), 4u);
}

TEST_F(RegistryTest, EveryChangeIsInForceForTheVeryNextRequest) {
  must([&](const RuleContext& c) { return attach_policy(c, user_, one_); });
  must([&](const RuleContext& c) { return attach_policy(c, group_, two_); });
  must([&](const RuleContext& c) { return create_policy_version(c, account_, one_, test_policy("newer"), true); });
  EXPECT_EQ(policies_of_user(), (Sids{"newer", "two"}));
  must([&](const RuleContext& c) { return create_policy_version(c, account_, two_, test_policy("ofgroup"), true); });
  ASSERT_EQ(sign_in(), std::nullopt);
  EXPECT_EQ(caller_->identity->policies[1].document->statements()[0].sid, "ofgroup");
  must([&](const RuleContext& c) { return detach_policy(c, group_, two_); });
  must([&](const RuleContext& c) { return detach_policy(c, user_, one_); });
  ASSERT_EQ(sign_in(), std::nullopt);
  EXPECT_TRUE(caller_->identity->policies.empty());
  must([&](const RuleContext& c) { return put_inline_policy(c, group_, "i", test_policy("group")); });
  must([&](const RuleContext& c) { return remove_user_from_group(c, account_, "g", "u"); });
  ASSERT_EQ(sign_in(), std::nullopt);
  EXPECT_TRUE(caller_->identity->policies.empty());
  must([&](const RuleContext& c) { return put_boundary(c, user_, one_); });
  ASSERT_EQ(sign_in(), std::nullopt);
  EXPECT_EQ(caller_->policies(account_).boundary->statements()[0].sid, "newer");
  must([&](const RuleContext& c) { return set_default_policy_version(c, account_, one_, "v1"); });
  ASSERT_EQ(sign_in(), std::nullopt);
  EXPECT_EQ(caller_->policies(account_).boundary->statements()[0].sid, "one");

  must(
      [&](const RuleContext& c) { return update_access_key(c, account_, "u", "USERKEY", AccessKeyStatus::kInactive); });
  EXPECT_EQ(sign_in(), ErrorCode::kUnrecognizedClient);
  must([&](const RuleContext& c) { return update_access_key(c, account_, "u", "USERKEY", AccessKeyStatus::kActive); });
  EXPECT_EQ(sign_in(), std::nullopt);
  must([&](const RuleContext& c) { return delete_access_key(c, account_, "u", "USERKEY"); });
  EXPECT_EQ(sign_in(), ErrorCode::kUnrecognizedClient);
}

TEST_F(RegistryTest, CommitsThatAreNotIamsChangeNothing) {
  const auto generation = world_.registry.generation();
  store::Commit commit;
  commit.mutations.push_back(store::Put{"key/x", Bytes{1}});
  ASSERT_TRUE(world_.commit(commit));
  EXPECT_EQ(world_.registry.generation(), generation);
}

TEST_F(RegistryTest, WhatCannotBeReadLetsNobodyIn) {
  must([&](const RuleContext& c) { return attach_policy(c, group_, one_); });
  ASSERT_EQ(sign_in(), std::nullopt);
  struct Row {
    std::string key;
    const char* name;
  };
  for (const Row& row : {Row{layout::entity(EntityKind::kPolicy, account_, "one"), "a policy of its group's"},
                         Row{layout::entity(EntityKind::kGroup, account_, "g"), "its group"},
                         Row{layout::entity(EntityKind::kUser, account_, "u"), "itself"},
                         Row{layout::credential("USERKEY"), "its key"}}) {
    const auto good = world_.store->get(row.key);
    ASSERT_TRUE(good && *good) << row.key;
    EXPECT_EQ(world_.registry.failure().empty(), row.name == std::string("a policy of its group's"));
    ASSERT_TRUE(damage(row.key));
    EXPECT_EQ(sign_in(), ErrorCode::kUnrecognizedClient) << row.name;
    EXPECT_FALSE(world_.registry.failure().empty());
    Registry again(*world_.store, world_.sealer, world_.clock);
    EXPECT_EQ(again.load().error().code(), ErrorCode::kCorrupt) << row.name;
    store::Commit mend;
    mend.mutations.push_back(store::Put{row.key, (*good)->value});
    ASSERT_TRUE(world_.commit(mend));
    EXPECT_EQ(sign_in(), std::nullopt) << row.name;
  }
}

TEST_F(RegistryTest, AnotherBoundaryThatIsGoneLetsNobodyInEither) {
  must([&](const RuleContext& c) { return put_boundary(c, user_, two_); });
  ASSERT_TRUE(damage(layout::entity(EntityKind::kPolicy, account_, "two")));
  EXPECT_FALSE(user()->usable);
  EXPECT_EQ(sign_in(), ErrorCode::kUnrecognizedClient);
}

TEST_F(RegistryTest, KnowsWhichPrincipalsThereAre) {
  const Registry& registry = world_.registry;
  const std::string user_arn = "arn:aws:iam::111122223333:user/u", role_arn = "arn:aws:iam::111122223333:role/r";
  EXPECT_TRUE(registry.account_exists(account_));
  EXPECT_FALSE(registry.account_exists(*AccountId::parse("999999999999")));
  for (const std::string& arn : {user_arn, role_arn, std::string("arn:aws:sts::111122223333:assumed-role/r/any"),
                                 std::string("arn:aws:sts::111122223333:federated-user/any")}) {
    EXPECT_TRUE(registry.principal_exists(arn)) << arn;
  }
  for (const char* arn :
       {"arn:aws:iam::111122223333:user/x", "arn:aws:iam::111122223333:user/U", "arn:aws:iam::111122223333:user/p/u",
        "arn:aws:iam::111122223333:group/g", "arn:aws:iam::111122223333:role/u",
        "arn:aws:sts::111122223333:assumed-role/R/any", "arn:aws:sts::111122223333:assumed-role/x/any",
        "arn:aws:sts::999999999999:federated-user/any", "arn:aws:iam::999999999999:user/u", ""}) {
    EXPECT_FALSE(registry.principal_exists(arn)) << arn;
  }
  const auto user_id = registry.unique_id(user_arn), role_id = registry.unique_id(role_arn);
  ASSERT_TRUE(user_id && role_id);
  EXPECT_EQ(registry.arn_of(*user_id), user_arn);
  EXPECT_EQ(registry.arn_of(*role_id), role_arn);
  EXPECT_EQ(registry.unique_id("arn:aws:iam::111122223333:group/g"), std::nullopt);
  EXPECT_EQ(registry.arn_of("AIDAAAAAAAAAAAAAAAAAA"), std::nullopt);
  EXPECT_EQ(registry.arn_of("x"), std::nullopt);
}

TEST_F(RegistryTest, ATrustPolicyMeansWhoeverHadTheNameWhenItWasPut) {
  std::string trust = test_trust_policy();
  trust.replace(trust.find("111122223333"), 12, "arn:aws:iam::111122223333:user/u");
  must([&](const RuleContext& c) { return update_trust_policy(c, account_, "r", trust); });
  const auto bindings = [&] {
    return world_.registry.snapshot()->role(account_, "r")->trust->statements()[0].principals[0].unique_id;
  };
  const std::string before = bindings();
  EXPECT_EQ(before, user()->id.view());
  must([&](const RuleContext& c) { return delete_access_key(c, account_, "u", "USERKEY"); });
  must([&](const RuleContext& c) { return remove_user_from_group(c, account_, "g", "u"); });
  must([&](const RuleContext& c) { return delete_user(c, account_, "u"); });
  must([&](const RuleContext& c) { return create_user(c, {.account = account_, .name = "u"}); });
  EXPECT_EQ(bindings(), before);
  EXPECT_NE(bindings(), user()->id.view());
}

// As when a name was given up and taken again between two looks at the store.
TEST_F(RegistryTest, ARecordInPlaceOfAnotherIsSomebodyElse) {
  must([&](const RuleContext& c) { return attach_policy(c, role_, one_); });
  ASSERT_EQ(sign_in(), std::nullopt);
  const auto before = world_.registry.snapshot();
  const auto replace = [&](EntityKind kind, auto record) {
    record.id = UniqueId::make(kind, world_.random);
    store::Commit commit;
    commit.mutations.push_back(store::Put{layout::entity(kind, account_, record.name), encode(record)});
    EXPECT_TRUE(world_.commit(commit));
  };
  const User& user = *before->user(account_, "u");
  const Group& group = *before->group(account_, "g");
  const Role& role = *before->role(account_, "r");
  const ManagedPolicy& policy = *before->policy(account_, "one");
  UserRecord other_user = user.record;
  other_user.groups.clear();
  other_user.access_keys.clear();
  replace(EntityKind::kUser, other_user);
  EXPECT_EQ(sign_in(), ErrorCode::kUnrecognizedClient);
  EXPECT_EQ(world_.registry.snapshot()->user(user.record.id), nullptr);
  EXPECT_TRUE(world_.registry.snapshot()->referrers(group.record.id).empty());
  replace(EntityKind::kGroup, group.record);
  EXPECT_EQ(world_.registry.snapshot()->group(group.record.id), nullptr);
  replace(EntityKind::kPolicy, policy.record);
  EXPECT_EQ(world_.registry.snapshot()->policy(policy.record.id), nullptr);
  EXPECT_FALSE(world_.registry.snapshot()->role(role.record.id)->identity->usable) << "its policy is gone";
  replace(EntityKind::kRole, role.record);
  EXPECT_EQ(world_.registry.snapshot()->role(role.record.id), nullptr);
  EXPECT_EQ(world_.registry.snapshot()->identity(role.record.id), nullptr);
}

// Everything a snapshot says, as text.
std::string described(const Snapshot& snapshot, const AccountId& account) {
  std::string out;
  const auto add = [&](std::string_view text) { out.append(text).append("\n"); };
  const auto add_identity = [&](const Identity& identity) {
    add(identity.arn);
    for (const IdentityPolicy& entry : identity.policies) {
      add(entry.name);
      add(entry.group);
      add(entry.document->text());
    }
    add(identity.boundary == nullptr ? "no boundary" : identity.boundary->text());
    for (const Tag& tag : identity.tags) add(tag.key + "=" + tag.value);
  };
  const auto add_referrers = [&](const UniqueId& id) {
    for (const UniqueId& from : snapshot.referrers(id)) add(from.view());
  };
  const Account& all = *snapshot.account(account);
  for (const auto& [name, id] : all.users) {
    const User& user = *snapshot.user(id);
    add(name);
    add(as_text(encode(user.record)));
    add(std::to_string(user.revision));
    add_identity(*user.identity);
    for (const AccessKeyEntry& key : user.record.access_keys) {
      const Credential* credential = snapshot.credential(key.id);
      add(credential == nullptr ? "inactive" : credential->caller->principal_arn);
      EXPECT_TRUE(credential == nullptr || credential->caller->identity == user.identity);
    }
  }
  for (const auto& [name, id] : all.groups) {
    const Group& group = *snapshot.group(id);
    add(as_text(encode(group.record)));
    EXPECT_EQ(group.record.members, snapshot.referrers(id).size());
    add_referrers(id);
  }
  for (const auto& [name, id] : all.roles) {
    add(as_text(encode(snapshot.role(id)->record)));
    add_identity(*snapshot.role(id)->identity);
  }
  for (const auto& [name, id] : all.policies) {
    const ManagedPolicy& policy = *snapshot.policy(id);
    add(as_text(encode(policy.record)));
    add(policy.document->text());
    add_referrers(id);
  }
  add(std::to_string(snapshot.credential_count()));
  return out;
}

TEST_F(RegistryTest, ManyChangesAmountToWhatLoadingAnewShows) {
  std::mt19937 random(7);
  const auto pick = [&](auto... names) {
    const std::vector<std::string> all{names...};
    return all[random() % all.size()];
  };
  world_.quotas.access_keys_per_user = 3;
  int done = 0;
  for (int i = 0; i < 1500; ++i) {
    const std::string name = pick("a", "B", "b", "c");
    const std::string other = pick("a", "b", "c", "d");
    const std::string arn = "arn:aws:iam::111122223333:policy/" + other;
    const Holder holder{std::array{EntityKind::kUser, EntityKind::kGroup, EntityKind::kRole}[random() % 3], account_,
                        name};
    const std::size_t what = random() % 19;
    const Status status = world_.run([&](const RuleContext& c) -> Result<store::Commit> {
      const auto commit_of = [](auto planned) -> Result<store::Commit> {
        if (!planned) return fail(std::move(planned).error());
        return planned->commit;
      };
      switch (what) {
        case 0:
          return commit_of(create_user(c, {.account = account_, .name = name}));
        case 1:
          return commit_of(create_group(c, account_, name, "/"));
        case 2:
          return commit_of(
              create_role(c, {.principal = {.account = account_, .name = name}, .trust_policy = test_trust_policy()}));
        case 3:
          return commit_of(create_policy(c, {.account = account_, .name = other, .document = test_policy(name)}));
        case 4:
          return delete_user(c, account_, name);
        case 5:
          return delete_group(c, account_, name);
        case 6:
          return delete_role(c, account_, name);
        case 7:
          return delete_policy(c, account_, arn);
        case 8:
          return put_inline_policy(c, holder, other, test_policy(name));
        case 9:
          return delete_inline_policy(c, holder, other);
        case 10:
          return attach_policy(c, holder, arn);
        case 11:
          return detach_policy(c, holder, arn);
        case 12:
          return holder.kind == EntityKind::kGroup ? put_inline_policy(c, holder, other, test_policy("x"))
                                                   : put_boundary(c, holder, arn);
        case 13:
          return holder.kind == EntityKind::kGroup ? detach_policy(c, holder, arn) : delete_boundary(c, holder);
        case 14:
          return add_user_to_group(c, account_, other, name);
        case 15:
          return remove_user_from_group(c, account_, other, name);
        case 16:
          return commit_of(create_policy_version(c, account_, arn, test_policy("v" + name), true));
        case 17:
          return commit_of(update_user(c, {.account = account_, .name = name, .new_name = other}));
        default: {
          const auto* user = c.snapshot.user(account_, name);
          if (user != nullptr && !user->record.access_keys.empty()) {
            const AccessKeyEntry& key = user->record.access_keys[0];
            if (random() % 2 == 0) return delete_access_key(c, account_, name, key.id);
            return update_access_key(c, account_, name, key.id, AccessKeyStatus::kInactive);
          }
          return commit_of(create_access_key(c, world_.sealer, account_, name));
        }
      }
    });
    done += status ? 1 : 0;
    if (i % 50 != 0) continue;
    Registry loaded(*world_.store, world_.sealer, world_.clock);
    ASSERT_TRUE(loaded.load());
    ASSERT_EQ(described(*world_.registry.snapshot(), account_), described(*loaded.snapshot(), account_)) << i;
  }
  EXPECT_GT(done, 400) << "or the test shows little";
  EXPECT_EQ(world_.registry.failure(), "");
}

}  // namespace
}  // namespace claviger::iam
