#include "iam/entity_rules.h"

#include <gtest/gtest.h>

#include <functional>

#include "iam/access_key_rules.h"
#include "iam/layout.h"
#include "iam/permission_rules.h"
#include "iam/policy_rules.h"
#include "iam/testing.h"

namespace claviger::iam {
namespace {

class EntityRulesTest : public testing::Test {
 protected:
  using Rule = std::function<Status(const RuleContext&)>;

  Status add_user(std::string name) {
    return world_.run([&](const RuleContext& c) { return create_user(c, {.account = account_, .name = name}); });
  }
  Status add_group(std::string_view name) {
    return world_.run([&](const RuleContext& c) { return create_group(c, account_, name, "/"); });
  }
  Status add_role(std::string name) {
    return world_.run([&](const RuleContext& c) {
      return create_role(c, {.principal = {.account = account_, .name = name}, .trust_policy = test_trust_policy()});
    });
  }
  Status join(std::string_view group, std::string_view user) {
    return world_.run([&](const RuleContext& c) { return add_user_to_group(c, account_, group, user); });
  }
  static void expect_refused(const Status& status, ErrorCode code, std::string_view message) {
    ASSERT_FALSE(status) << message;
    EXPECT_EQ(status.error().code(), code) << status.error().message();
    EXPECT_EQ(status.error().message(), message);
  }

  TestIdentity world_;
  const AccountId account_ = world_.account;
};

TEST_F(EntityRulesTest, AUserIsMadeWithWhatWasAskedFor) {
  ASSERT_TRUE(world_.run([&](const RuleContext& c) {
    return create_user(c, {.account = account_, .name = "Alice", .path = "/team/", .tags = {{"k", "v"}}});
  }));
  const auto snapshot = world_.registry.snapshot();
  const User* user = snapshot->user(account_, "ALICE");
  ASSERT_NE(user, nullptr);
  EXPECT_EQ(user->record.name, "Alice");
  EXPECT_EQ(user->record.path, "/team/");
  EXPECT_EQ(user->record.id.kind(), EntityKind::kUser);
  EXPECT_EQ(user->record.created, test_time());
  EXPECT_EQ(user->record.tags, (std::vector<Tag>{{"k", "v"}}));
  EXPECT_EQ(user->identity->arn, "arn:aws:iam::111122223333:user/team/Alice");
  EXPECT_EQ(snapshot->user_by_arn("arn:aws:iam::111122223333:user/team/Alice"), user);
  EXPECT_EQ(snapshot->user_by_arn("arn:aws:iam::111122223333:user/team/alice"), nullptr);
  EXPECT_EQ(snapshot->user_by_arn("arn:aws:iam::111122223333:user/Alice"), nullptr);
  EXPECT_EQ(snapshot->role_by_arn("arn:aws:iam::111122223333:role/team/Alice"), nullptr);
  EXPECT_EQ(snapshot->user(user->record.id), user);
}

TEST_F(EntityRulesTest, NamesAreTakenInEveryCase) {
  ASSERT_TRUE(add_user("Alice"));
  ASSERT_TRUE(add_group("Alice"));
  ASSERT_TRUE(add_role("Alice"));
  expect_refused(add_user("aLICE"), ErrorCode::kAlreadyExists, "User with name aLICE already exists.");
  expect_refused(add_group("aLICE"), ErrorCode::kAlreadyExists, "Group with name aLICE already exists.");
  expect_refused(add_role("aLICE"), ErrorCode::kAlreadyExists, "Role with name aLICE already exists.");
}

TEST_F(EntityRulesTest, WhatIsMalformedIsRefused) {
  struct Row {
    NewPrincipal wish;
    ErrorCode code;
  };
  for (const Row& row : {
           Row{{.name = ""}, ErrorCode::kValidation},
           Row{{.name = "a b"}, ErrorCode::kValidation},
           Row{{.name = std::string(65, 'a')}, ErrorCode::kValidation},
           Row{{.name = "a", .path = "x"}, ErrorCode::kValidation},
           Row{{.name = "a", .boundary_arn = "arn:aws:iam::111122223333:policy/none"}, ErrorCode::kNotFound},
           Row{{.name = "a", .boundary_arn = "arn:aws:iam::aws:policy/ReadOnlyAccess"}, ErrorCode::kNotFound},
           Row{{.name = "a", .tags = {{"aws:x", ""}}}, ErrorCode::kInvalidInput},
           Row{{.name = "a", .tags = {{"k", ""}, {"K", ""}}}, ErrorCode::kInvalidInput},
           Row{{.name = "a", .tags = {{"", ""}}}, ErrorCode::kInvalidInput},
           Row{{.name = "a", .tags = {{"k", "<"}}}, ErrorCode::kInvalidInput},
           Row{{.name = "a", .tags = {{std::string(129, 'k'), ""}}}, ErrorCode::kInvalidInput},
           Row{{.name = "a", .tags = {{"k", std::string(257, 'v')}}}, ErrorCode::kInvalidInput},
           Row{{.name = "a", .tags = std::vector<Tag>(51, Tag{"k", "v"})}, ErrorCode::kLimitExceeded},
       }) {
    NewPrincipal wish = row.wish;
    wish.account = account_;
    for (const bool role : {false, true}) {
      const Status status = world_.run([&](const RuleContext& c) -> Result<store::Commit> {
        if (role) {
          CLAVIGER_ASSIGN(auto planned, create_role(c, {.principal = wish, .trust_policy = test_trust_policy()}));
          return planned.commit;
        }
        CLAVIGER_ASSIGN(auto planned, create_user(c, wish));
        return planned.commit;
      });
      ASSERT_FALSE(status) << wish.name;
      EXPECT_EQ(status.error().code(), row.code) << wish.name << status.error().message();
    }
  }
  EXPECT_EQ(world_
                .run([&](const RuleContext& c) {
                  return create_user(c, {.account = *AccountId::parse("999999999999"), .name = "a"});
                })
                .error()
                .code(),
            ErrorCode::kNotFound)
      << "an account that is none";
  EXPECT_FALSE(add_group("a/b"));
  EXPECT_FALSE(world_.run([&](const RuleContext& c) { return create_group(c, account_, "g", "x"); }));
}

TEST_F(EntityRulesTest, QuotasAreKept) {
  world_.quotas = {.users = 1, .groups = 1, .roles = 1};
  ASSERT_TRUE(add_user("a"));
  ASSERT_TRUE(add_group("a"));
  ASSERT_TRUE(add_role("a"));
  expect_refused(add_user("b"), ErrorCode::kLimitExceeded, "Cannot exceed quota for UsersPerAccount: 1");
  expect_refused(add_group("b"), ErrorCode::kLimitExceeded, "Cannot exceed quota for GroupsPerAccount: 1");
  expect_refused(add_role("b"), ErrorCode::kLimitExceeded, "Cannot exceed quota for RolesPerAccount: 1");
  ASSERT_TRUE(world_.run([&](const RuleContext& c) { return delete_user(c, account_, "a"); }));
  ASSERT_TRUE(world_.run([&](const RuleContext& c) { return delete_group(c, account_, "a"); }));
  ASSERT_TRUE(world_.run([&](const RuleContext& c) { return delete_role(c, account_, "a"); }));
  EXPECT_TRUE(add_user("b"));
  EXPECT_TRUE(add_group("b"));
  EXPECT_TRUE(add_role("b"));
}

TEST_F(EntityRulesTest, AQuotaHoldsAlsoForWhoIsPlannedAtTheSameTime) {
  world_.quotas.users = 1;
  const auto snapshot = world_.registry.snapshot();
  const RuleContext context{*snapshot, test_time(), world_.random, world_.quotas};
  const auto first = create_user(context, {.account = account_, .name = "a"});
  const auto second = create_user(context, {.account = account_, .name = "b"});
  ASSERT_TRUE(first && second);
  ASSERT_TRUE(world_.commit(first->commit));
  EXPECT_EQ(world_.commit(second->commit).error().code(), ErrorCode::kLimitExceeded);
  EXPECT_EQ(second->limit_message, "Cannot exceed quota for UsersPerAccount.");
}

TEST_F(EntityRulesTest, PlansThatMeetAreConflicts) {
  ASSERT_TRUE(add_user("u"));
  ASSERT_TRUE(add_group("g"));
  const auto snapshot = world_.registry.snapshot();
  const RuleContext context{*snapshot, test_time(), world_.random, world_.quotas};
  const auto same_name_twice = create_user(context, {.account = account_, .name = "N"});
  const auto joining = add_user_to_group(context, account_, "g", "u");
  const auto deleting_the_group = delete_group(context, account_, "g");
  const auto deleting_the_user = delete_user(context, account_, "u");
  const auto key = create_access_key(context, world_.sealer, account_, "u");
  ASSERT_TRUE(same_name_twice && joining && deleting_the_group && deleting_the_user && key);
  ASSERT_TRUE(add_user("n"));
  ASSERT_TRUE(world_.commit(*joining));
  for (const store::Commit* late :
       {&same_name_twice->commit, &*deleting_the_group, &*deleting_the_user, &key->commit}) {
    EXPECT_EQ(world_.commit(*late).error().code(), ErrorCode::kConflict);
  }
}

TEST_F(EntityRulesTest, AUserIsDeletedOnlyWhenNothingHangsOnIt) {
  ASSERT_TRUE(add_user("u"));
  ASSERT_TRUE(add_group("g"));
  const auto remove = [&] { return world_.run([&](const RuleContext& c) { return delete_user(c, account_, "U"); }); };
  expect_refused(world_.run([&](const RuleContext& c) { return delete_user(c, account_, "x"); }), ErrorCode::kNotFound,
                 "The user with name x cannot be found.");
  ASSERT_TRUE(join("g", "u"));
  expect_refused(remove(), ErrorCode::kDeleteConflict, "Cannot delete entity, must remove user from all groups first.");
  const Holder holder{EntityKind::kUser, account_, "u"};
  ASSERT_TRUE(world_.run([&](const RuleContext& c) { return put_inline_policy(c, holder, "p", test_policy()); }));
  expect_refused(remove(), ErrorCode::kDeleteConflict, "Cannot delete entity, must delete policies first.");
  ASSERT_TRUE(world_.run([&](const RuleContext& c) {
    return create_policy(c, {.account = account_, .name = "m", .document = test_policy()});
  }));
  const std::string arn = "arn:aws:iam::111122223333:policy/m";
  ASSERT_TRUE(world_.run([&](const RuleContext& c) { return attach_policy(c, holder, arn); }));
  ASSERT_TRUE(world_.run([&](const RuleContext& c) { return put_boundary(c, holder, arn); }));
  expect_refused(remove(), ErrorCode::kDeleteConflict, "Cannot delete entity, must detach all policies first.");
  ASSERT_TRUE(world_.run([&](const RuleContext& c) { return create_access_key(c, world_.sealer, account_, "u"); }));
  expect_refused(remove(), ErrorCode::kDeleteConflict, "Cannot delete entity, must delete access keys first.");

  const std::string key = world_.registry.snapshot()->user(account_, "u")->record.access_keys[0].id;
  ASSERT_TRUE(world_.run([&](const RuleContext& c) { return delete_access_key(c, account_, "u", key); }));
  ASSERT_TRUE(world_.run([&](const RuleContext& c) { return detach_policy(c, holder, arn); }));
  ASSERT_TRUE(world_.run([&](const RuleContext& c) { return delete_inline_policy(c, holder, "P"); }));
  ASSERT_TRUE(world_.run([&](const RuleContext& c) { return remove_user_from_group(c, account_, "g", "u"); }));
  ASSERT_TRUE(remove());
  const auto snapshot = world_.registry.snapshot();
  EXPECT_EQ(snapshot->user(account_, "u"), nullptr);
  EXPECT_EQ(snapshot->policy_by_arn(arn)->record.boundary_uses, 0u) << "the boundary goes with the user";
}

TEST_F(EntityRulesTest, ARenamedUserStaysTheSame) {
  ASSERT_TRUE(add_user("old"));
  ASSERT_TRUE(add_user("other"));
  ASSERT_TRUE(add_group("g"));
  ASSERT_TRUE(join("g", "old"));
  ASSERT_TRUE(world_.run([&](const RuleContext& c) { return create_access_key(c, world_.sealer, account_, "old"); }));
  const UserRecord before = world_.registry.snapshot()->user(account_, "old")->record;
  const auto rename = [&](std::string_view from, std::string to) {
    return world_.run([&](const RuleContext& c) {
      return update_user(c, {.account = account_, .name = from, .new_name = to, .new_path = "/p/"});
    });
  };
  expect_refused(rename("old", "OTHER"), ErrorCode::kAlreadyExists, "User with name OTHER already exists.");
  EXPECT_EQ(rename("old", "a b").error().code(), ErrorCode::kValidation);
  EXPECT_EQ(rename("none", "x").error().code(), ErrorCode::kNotFound);
  ASSERT_TRUE(rename("old", "new"));
  ASSERT_TRUE(rename("new", "NEW")) << "its own name in another case";
  const auto snapshot = world_.registry.snapshot();
  EXPECT_EQ(snapshot->user(account_, "old"), nullptr);
  const User* user = snapshot->user(account_, "new");
  ASSERT_NE(user, nullptr);
  EXPECT_EQ(user->record.id, before.id);
  EXPECT_EQ(user->record.groups, before.groups);
  EXPECT_TRUE(snapshot->referrers(before.groups[0]).contains(before.id));
  const Credential* credential = snapshot->credential(before.access_keys[0].id);
  ASSERT_NE(credential, nullptr);
  EXPECT_EQ(credential->caller->principal_arn, "arn:aws:iam::111122223333:user/p/NEW");
  EXPECT_EQ(credential->caller->principal_id, before.id.view());
  EXPECT_TRUE(add_user("old")) << "the name is free";
  EXPECT_NE(world_.registry.snapshot()->user(account_, "old")->record.id, before.id);
}

TEST_F(EntityRulesTest, ANewNameOrPathIsCheckedAsAFirstOne) {
  ASSERT_TRUE(add_user("u"));
  ASSERT_TRUE(add_group("g"));
  for (const auto& [name, path] : std::vector<std::pair<std::optional<std::string>, std::optional<std::string>>>{
           {"a b", std::nullopt}, {std::nullopt, "x"}, {std::nullopt, "/a b/"}}) {
    for (const bool group : {false, true}) {
      const Renaming wish{.account = account_, .name = group ? "g" : "u", .new_name = name, .new_path = path};
      const Status status = group ? world_.run([&](const RuleContext& c) { return update_group(c, wish); })
                                  : world_.run([&](const RuleContext& c) { return update_user(c, wish); });
      ASSERT_FALSE(status) << group << name.value_or(*path);
      EXPECT_EQ(status.error().code(), ErrorCode::kValidation) << group;
    }
  }
}

TEST_F(EntityRulesTest, GroupsCountTheirMembers) {
  world_.quotas.groups_per_user = 2;
  ASSERT_TRUE(add_user("u"));
  for (const std::string_view name : {"g", "h", "i"}) ASSERT_TRUE(add_group(name));
  ASSERT_TRUE(join("g", "u"));
  ASSERT_TRUE(join("G", "U")) << "again";
  EXPECT_EQ(world_.registry.snapshot()->group(account_, "g")->record.members, 1u);
  expect_refused(world_.run([&](const RuleContext& c) { return delete_group(c, account_, "g"); }),
                 ErrorCode::kDeleteConflict, "Cannot delete entity, must remove users from group first.");
  ASSERT_TRUE(join("h", "u"));
  expect_refused(join("i", "u"), ErrorCode::kLimitExceeded, "Cannot exceed quota for GroupsPerUser: 2");
  expect_refused(join("x", "u"), ErrorCode::kNotFound, "The group with name x cannot be found.");
  expect_refused(join("g", "x"), ErrorCode::kNotFound, "The user with name x cannot be found.");
  ASSERT_TRUE(world_.run([&](const RuleContext& c) {
    return update_group(c, {.account = account_, .name = "g", .new_name = "Renamed", .new_path = "/p/"});
  }));
  EXPECT_EQ(world_
                .run([&](const RuleContext& c) {
                  return update_group(c, {.account = account_, .name = "renamed", .new_name = "H"});
                })
                .error()
                .code(),
            ErrorCode::kAlreadyExists);
  EXPECT_EQ(world_.registry.snapshot()->group(account_, "renamed")->record.members, 1u);
  const auto leave = [&] {
    return world_.run([&](const RuleContext& c) { return remove_user_from_group(c, account_, "renamed", "u"); });
  };
  ASSERT_TRUE(leave());
  EXPECT_EQ(leave().error().code(), ErrorCode::kNotFound);
  const Holder holder{EntityKind::kGroup, account_, "renamed"};
  ASSERT_TRUE(world_.run([&](const RuleContext& c) { return put_inline_policy(c, holder, "p", test_policy()); }));
  EXPECT_EQ(world_.run([&](const RuleContext& c) { return delete_group(c, account_, "renamed"); }).error().code(),
            ErrorCode::kDeleteConflict);
  ASSERT_TRUE(world_.run([&](const RuleContext& c) { return delete_inline_policy(c, holder, "p"); }));
  EXPECT_TRUE(world_.run([&](const RuleContext& c) { return delete_group(c, account_, "renamed"); }));
}

TEST_F(EntityRulesTest, ARolesTrustPolicyIsChecked) {
  const auto create = [&](std::string trust, std::uint32_t seconds = 3600, std::string description = "") {
    return world_.run([&](const RuleContext& c) {
      return create_role(c, {.principal = {.account = account_, .name = "r"},
                             .trust_policy = trust,
                             .description = description,
                             .max_session_seconds = seconds});
    });
  };
  EXPECT_EQ(create("").error().code(), ErrorCode::kMalformedPolicyDocument);
  EXPECT_EQ(create(test_policy()).error().code(), ErrorCode::kMalformedPolicyDocument) << "no principal";
  std::string stranger = test_trust_policy();
  stranger.replace(stranger.find("111122223333"), 12, "arn:aws:iam::111122223333:user/x");
  EXPECT_EQ(create(stranger).error().code(), ErrorCode::kMalformedPolicyDocument) << "nobody of that name";
  EXPECT_EQ(create(test_trust_policy() + std::string(3000, ' ')).has_value(), true) << "white space does not count";
  std::string huge = test_trust_policy();
  huge.insert(1, "\"Id\":\"" + std::string(2048, 'x') + "\",");
  ASSERT_TRUE(world_.run([&](const RuleContext& c) { return delete_role(c, account_, "r"); }));
  EXPECT_EQ(create(huge).error().code(), ErrorCode::kLimitExceeded);
  EXPECT_EQ(create(test_trust_policy(), 3599).error().code(), ErrorCode::kValidation);
  EXPECT_EQ(create(test_trust_policy(), 43'201).error().code(), ErrorCode::kValidation);
  EXPECT_EQ(create(test_trust_policy(), 3600, std::string(4001, 'x')).error().code(), ErrorCode::kValidation);
  ASSERT_TRUE(create(test_trust_policy(), 43'200));
  const auto update = [&](RoleUpdate wish) {
    wish.account = account_;
    wish.name = "R";
    return world_.run([&](const RuleContext& c) { return update_role(c, wish); });
  };
  EXPECT_EQ(update({.max_session_seconds = 1}).error().code(), ErrorCode::kValidation);
  EXPECT_EQ(update({.description = std::string(4001, 'x')}).error().code(), ErrorCode::kValidation);
  ASSERT_TRUE(update({.description = "d", .max_session_seconds = 7200}));
  const RoleRecord role = world_.registry.snapshot()->role(account_, "r")->record;
  EXPECT_EQ(role.description, "d");
  EXPECT_EQ(role.max_session_seconds, 7200u);
  EXPECT_EQ(
      world_.run([&](const RuleContext& c) { return update_trust_policy(c, account_, "r", "{}"); }).error().code(),
      ErrorCode::kMalformedPolicyDocument);
  ASSERT_TRUE(world_.run(
      [&](const RuleContext& c) { return update_trust_policy(c, account_, "r", test_trust_policy() + " "); }));
  EXPECT_EQ(world_.registry.snapshot()->role(account_, "r")->trust->text(), test_trust_policy() + " ");
}

TEST_F(EntityRulesTest, ARoleIsDeletedOnlyWithoutPolicies) {
  ASSERT_TRUE(add_role("r"));
  const Holder holder{EntityKind::kRole, account_, "r"};
  ASSERT_TRUE(world_.run([&](const RuleContext& c) { return put_inline_policy(c, holder, "p", test_policy()); }));
  EXPECT_EQ(world_.run([&](const RuleContext& c) { return delete_role(c, account_, "r"); }).error().code(),
            ErrorCode::kDeleteConflict);
  ASSERT_TRUE(world_.run([&](const RuleContext& c) { return delete_inline_policy(c, holder, "p"); }));
  ASSERT_TRUE(world_.run([&](const RuleContext& c) { return delete_role(c, account_, "r"); }));
  EXPECT_EQ(world_.registry.snapshot()->role(account_, "r"), nullptr);
  expect_refused(world_.run([&](const RuleContext& c) { return delete_role(c, account_, "r"); }), ErrorCode::kNotFound,
                 "The role with name r cannot be found.");
}

TEST_F(EntityRulesTest, ABoundaryGoesWithItsRole) {
  const std::string arn = "arn:aws:iam::111122223333:policy/m";
  ASSERT_TRUE(world_.run([&](const RuleContext& c) {
    return create_policy(c, {.account = account_, .name = "m", .document = test_policy()});
  }));
  ASSERT_TRUE(world_.run([&](const RuleContext& c) {
    return create_role(
        c, {.principal = {.account = account_, .name = "r", .boundary_arn = arn}, .trust_policy = test_trust_policy()});
  }));
  EXPECT_EQ(world_.registry.snapshot()->policy_by_arn(arn)->record.boundary_uses, 1u);
  ASSERT_TRUE(world_.run([&](const RuleContext& c) { return delete_role(c, account_, "r"); }));
  EXPECT_EQ(world_.registry.snapshot()->policy_by_arn(arn)->record.boundary_uses, 0u);
}

TEST_F(EntityRulesTest, TheLongestTextsAreAccepted) {
  EXPECT_TRUE(world_.run([&](const RuleContext& c) {
    return create_account(c, *AccountId::parse("777788889999"), std::string(128, 'x'));
  }));
  std::string trust = test_trust_policy();
  trust.insert(1, "\"Id\":\"" + std::string(2048 - policy::quota_size(trust) - 8, 'x') + "\",");
  ASSERT_EQ(policy::quota_size(trust), 2048u);
  EXPECT_TRUE(world_.run([&](const RuleContext& c) {
    return create_role(c, {.principal = {.account = account_, .name = "r"},
                           .trust_policy = trust,
                           .description = std::string(4000, 'x')});
  }));
  trust.insert(8, "x");
  EXPECT_EQ(
      world_.run([&](const RuleContext& c) { return update_trust_policy(c, account_, "r", trust); }).error().code(),
      ErrorCode::kLimitExceeded);
}

TEST_F(EntityRulesTest, AccountsAreSeveral) {
  const AccountId other = *AccountId::parse("444455556666");
  const auto create = [&](const AccountId& id) {
    return world_.run([&](const RuleContext& c) { return create_account(c, id, "Other"); });
  };
  ASSERT_TRUE(create(other));
  EXPECT_EQ(create(other).error().code(), ErrorCode::kAlreadyExists);
  EXPECT_EQ(create(account_).error().code(), ErrorCode::kAlreadyExists);
  EXPECT_FALSE(world_.run([&](const RuleContext& c) {
    return create_account(c, *AccountId::parse("777788889999"), std::string(129, 'x'));
  }));
  ASSERT_TRUE(add_user("u"));
  EXPECT_EQ(world_.registry.snapshot()->user(other, "u"), nullptr);
  EXPECT_TRUE(world_.run([&](const RuleContext& c) { return create_user(c, {.account = other, .name = "u"}); }));
}

TEST_F(EntityRulesTest, AnAliasBelongsToOneAccount) {
  const AccountId other = *AccountId::parse("444455556666");
  ASSERT_TRUE(world_.run([&](const RuleContext& c) { return create_account(c, other, ""); }));
  const auto set = [&](const AccountId& id, std::string_view alias) {
    return world_.run([&](const RuleContext& c) { return set_account_alias(c, id, alias); });
  };
  ASSERT_TRUE(set(account_, "acme"));
  ASSERT_TRUE(set(account_, "acme")) << "again";
  expect_refused(set(other, "acme"), ErrorCode::kAlreadyExists, "The account alias acme already exists.");
  EXPECT_EQ(set(other, "ac").error().code(), ErrorCode::kValidation);
  ASSERT_TRUE(set(account_, "acme-2"));
  EXPECT_EQ(world_.registry.snapshot()->account(account_)->record->alias, "acme-2");
  ASSERT_TRUE(set(other, "acme")) << "the old one is free";
  ASSERT_NE(world_.registry.snapshot()->account_of_alias("acme"), nullptr);
  EXPECT_EQ(*world_.registry.snapshot()->account_of_alias("acme"), other);
  const auto remove = [&](std::string_view alias) {
    return world_.run([&](const RuleContext& c) { return remove_account_alias(c, account_, alias); });
  };
  EXPECT_EQ(remove("acme").error().code(), ErrorCode::kNotFound) << "it is the other's";
  ASSERT_TRUE(remove("acme-2"));
  EXPECT_EQ(remove("").error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(world_.registry.snapshot()->account_of_alias("acme-2"), nullptr);
}

}  // namespace
}  // namespace claviger::iam
