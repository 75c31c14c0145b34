#include "iam/permission_rules.h"

#include <gtest/gtest.h>

#include "iam/access_key_rules.h"
#include "iam/entity_rules.h"
#include "iam/policy_rules.h"
#include "iam/provider_rules.h"
#include "iam/tag_rules.h"
#include "iam/testing.h"

namespace claviger::iam {
namespace {

constexpr std::string_view kArn = "arn:aws:iam::111122223333:policy/Managed";

class PermissionRulesTest : public testing::Test {
 protected:
  PermissionRulesTest() {
    CLAVIGER_CHECK(
        world_.run([&](const RuleContext& c) { return create_user(c, {.account = account_, .name = "u"}); }));
    CLAVIGER_CHECK(world_.run([&](const RuleContext& c) { return create_group(c, account_, "g", "/"); }));
    CLAVIGER_CHECK(world_.run([&](const RuleContext& c) {
      return create_role(c, {.principal = {.account = account_, .name = "r"}, .trust_policy = test_trust_policy()});
    }));
    CLAVIGER_CHECK(add_policy("Managed"));
  }
  Status add_policy(std::string name) {
    return world_.run([&](const RuleContext& c) {
      return create_policy(c, {.account = account_, .name = name, .document = test_policy()});
    });
  }
  // Runs a rule that takes a context and more.
  template <class Rule, class... Arguments>
  Status run(Rule rule, const Arguments&... arguments) {
    return world_.run([&](const RuleContext& c) { return rule(c, arguments...); });
  }
  const PolicyRecord& managed() {
    snapshot_ = world_.registry.snapshot();
    return snapshot_->policy_by_arn(kArn)->record;
  }

  TestIdentity world_;
  const AccountId account_ = world_.account;
  const Holder user_{EntityKind::kUser, account_, "u"};
  const Holder group_{EntityKind::kGroup, account_, "g"};
  const Holder role_{EntityKind::kRole, account_, "r"};
  std::shared_ptr<const Snapshot> snapshot_;
};

TEST_F(PermissionRulesTest, InlinePoliciesOfOneHolderShareAQuota) {
  for (const auto& [holder, limit, kind] :
       {std::tuple(user_, 2048, "user"), std::tuple(group_, 5120, "group"), std::tuple(role_, 10'240, "role")}) {
    // Two policies that fill the quota to the last character.
    const auto padded = [](std::size_t size) {
      const std::string empty = test_policy("");
      return test_policy(std::string(size - policy::quota_size(empty), 'x')) + std::string(500, ' ');
    };
    const auto half = static_cast<std::size_t>(limit / 2);
    ASSERT_TRUE(run(put_inline_policy, holder, "a", padded(half)));
    ASSERT_TRUE(run(put_inline_policy, holder, "b", padded(half)));
    const Status beyond = run(put_inline_policy, holder, "B", padded(half + 1));
    ASSERT_FALSE(beyond);
    EXPECT_EQ(beyond.error().code(), ErrorCode::kLimitExceeded);
    EXPECT_EQ(beyond.error().message(), "Maximum policy size of " + std::to_string(limit) + " bytes exceeded for " +
                                            kind + " " + std::string(holder.name));
    ASSERT_TRUE(run(put_inline_policy, holder, "B", padded(half))) << "in place of b";
  }
  const auto& policies = world_.registry.snapshot()->user(account_, "u")->record.permissions.inline_policies;
  ASSERT_EQ(policies.size(), 2u);
  EXPECT_EQ(policies[1].name, "B");
}

TEST_F(PermissionRulesTest, WhatIsNoPolicyIsRefused) {
  for (const Holder& holder : {user_, group_, role_}) {
    EXPECT_EQ(run(put_inline_policy, holder, "p", "{}").error().code(), ErrorCode::kMalformedPolicyDocument);
    EXPECT_EQ(run(put_inline_policy, holder, "p", test_trust_policy()).error().code(),
              ErrorCode::kMalformedPolicyDocument)
        << "an identity policy has no Principal";
    EXPECT_EQ(run(put_inline_policy, holder, "p/q", test_policy()).error().code(), ErrorCode::kValidation);
    Holder nobody = holder;
    nobody.name = "nobody";
    EXPECT_EQ(run(put_inline_policy, nobody, "p", test_policy()).error().code(), ErrorCode::kNotFound);
    EXPECT_EQ(run(delete_inline_policy, nobody, "p").error().code(), ErrorCode::kNotFound);
    EXPECT_EQ(run(attach_policy, nobody, kArn).error().code(), ErrorCode::kNotFound);
    EXPECT_EQ(run(detach_policy, nobody, kArn).error().code(), ErrorCode::kNotFound);
  }
  EXPECT_EQ(run(delete_inline_policy, user_, "p").error().message(), "The user policy with name p cannot be found.");
}

TEST_F(PermissionRulesTest, DocumentsFitOneRecordWithTheirWhiteSpace) {
  const std::string wide = test_policy() + std::string(30'000 - test_policy().size(), ' ');
  const std::size_t fit = kMaxDocumentBytesPerEntity / wide.size();
  for (std::size_t i = 0; i < fit; ++i) ASSERT_TRUE(run(put_inline_policy, role_, "p" + std::to_string(i), wide));
  EXPECT_EQ(run(put_inline_policy, role_, "beyond", wide).error().code(), ErrorCode::kLimitExceeded);
}

TEST_F(PermissionRulesTest, AttachmentsAreCountedAndLimited) {
  world_.quotas.attached_policies = 1;
  ASSERT_TRUE(add_policy("Second"));
  for (const auto& [holder, quota] : {std::pair(user_, "PoliciesPerUser"), std::pair(group_, "PoliciesPerGroup"),
                                      std::pair(role_, "PoliciesPerRole")}) {
    ASSERT_TRUE(run(attach_policy, holder, kArn));
    ASSERT_TRUE(run(attach_policy, holder, kArn)) << "again";
    const Status second = run(attach_policy, holder, "arn:aws:iam::111122223333:policy/Second");
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().message(), std::string("Cannot exceed quota for ") + quota + ": 1");
  }
  EXPECT_EQ(managed().attachments, 3u);
  EXPECT_EQ(run(delete_policy, account_, kArn).error().code(), ErrorCode::kDeleteConflict);
  for (const Holder& holder : {user_, group_, role_}) {
    ASSERT_TRUE(run(detach_policy, holder, kArn));
    EXPECT_EQ(run(detach_policy, holder, kArn).error().code(), ErrorCode::kNotFound);
  }
  EXPECT_EQ(managed().attachments, 0u);
  EXPECT_TRUE(run(delete_policy, account_, kArn));
}

TEST_F(PermissionRulesTest, APolicyCannotGoWhileSomebodyStartsToUseIt) {
  const auto snapshot = world_.registry.snapshot();
  const RuleContext context{*snapshot, test_time(), world_.random, world_.quotas};
  const auto deleting = delete_policy(context, account_, kArn);
  const auto attaching = attach_policy(context, role_, kArn);
  const auto bounding = put_boundary(context, user_, kArn);
  ASSERT_TRUE(deleting && attaching && bounding);
  ASSERT_TRUE(world_.commit(*attaching));
  EXPECT_EQ(world_.commit(*deleting).error().code(), ErrorCode::kConflict);
  EXPECT_EQ(world_.commit(*bounding).error().code(), ErrorCode::kConflict) << "the count would be wrong";
}

TEST_F(PermissionRulesTest, PoliciesOfOtherAccountsCannotBeUsed) {
  const AccountId other = *AccountId::parse("444455556666");
  ASSERT_TRUE(run(create_account, other, ""));
  ASSERT_TRUE(world_.run([&](const RuleContext& c) {
    return create_policy(c, {.account = other, .name = "Theirs", .document = test_policy()});
  }));
  for (const std::string_view arn :
       {"arn:aws:iam::444455556666:policy/Theirs", "arn:aws:iam::aws:policy/ReadOnlyAccess",
        "arn:aws:iam::111122223333:policy/managed", "arn:aws:iam::111122223333:user/u"}) {
    EXPECT_EQ(run(attach_policy, user_, arn).error().code(), ErrorCode::kNotFound) << arn;
    EXPECT_EQ(run(put_boundary, user_, arn).error().code(), ErrorCode::kNotFound) << arn;
    EXPECT_EQ(run(delete_policy, account_, arn).error().code(), ErrorCode::kNotFound) << arn;
  }
}

TEST_F(PermissionRulesTest, BoundariesAreCounted) {
  ASSERT_TRUE(add_policy("Second"));
  for (const Holder& holder : {user_, role_}) {
    EXPECT_EQ(run(delete_boundary, holder).error().code(), ErrorCode::kNotFound);
    ASSERT_TRUE(run(put_boundary, holder, kArn));
    ASSERT_TRUE(run(put_boundary, holder, kArn)) << "again";
  }
  EXPECT_EQ(managed().boundary_uses, 2u);
  EXPECT_EQ(run(delete_policy, account_, kArn).error().code(), ErrorCode::kDeleteConflict);
  ASSERT_TRUE(run(put_boundary, user_, "arn:aws:iam::111122223333:policy/Second"));
  EXPECT_EQ(managed().boundary_uses, 1u);
  ASSERT_TRUE(run(delete_boundary, role_));
  EXPECT_EQ(managed().boundary_uses, 0u);
  EXPECT_EQ(world_.registry.snapshot()->user(account_, "u")->identity->boundary_arn,
            "arn:aws:iam::111122223333:policy/Second");
  EXPECT_EQ(world_.registry.snapshot()->role(account_, "r")->identity->boundary, nullptr);
  ASSERT_TRUE(run(attach_policy, user_, "arn:aws:iam::111122223333:policy/Second"))
      << "one policy in both roles is one record in the commit";
}

TEST_F(PermissionRulesTest, PolicyVersions) {
  ASSERT_TRUE(run(create_policy_version, account_, kArn, test_policy("two"), false));
  EXPECT_EQ(managed().default_version, 1u);
  ASSERT_TRUE(run(create_policy_version, account_, kArn, test_policy("three"), true));
  EXPECT_EQ(managed().default_version, 3u);
  EXPECT_EQ(snapshot_->policy_by_arn(kArn)->document->text(), test_policy("three"));
  ASSERT_TRUE(run(set_default_policy_version, account_, kArn, "v2"));
  EXPECT_EQ(managed().default_version, 2u);
  EXPECT_EQ(run(delete_policy_version, account_, kArn, "v2").error().message(),
            "Cannot delete the default version of a policy.");
  ASSERT_TRUE(run(delete_policy_version, account_, kArn, "v3"));
  ASSERT_TRUE(run(create_policy_version, account_, kArn, test_policy("four"), false));
  EXPECT_EQ(managed().versions.back().number, 4u) << "a number is never used again";
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(run(create_policy_version, account_, kArn, test_policy(), false));
  EXPECT_EQ(run(create_policy_version, account_, kArn, test_policy(), false).error().message(),
            "A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing "
            "version.");
  EXPECT_EQ(run(delete_policy, account_, kArn).error().code(), ErrorCode::kDeleteConflict);
  for (const std::string_view version : {"v3", "v9", "3", "v0", "v", "v03", "v99999999999"}) {
    EXPECT_EQ(run(delete_policy_version, account_, kArn, version).error().code(), ErrorCode::kNotFound) << version;
    EXPECT_EQ(run(set_default_policy_version, account_, kArn, version).error().code(), ErrorCode::kNotFound);
  }
  EXPECT_EQ(run(create_policy_version, account_, kArn, "{", false).error().code(), ErrorCode::kMalformedPolicyDocument);
}

TEST_F(PermissionRulesTest, ManagedPoliciesAreChecked) {
  const auto create = [&](NewPolicy wish) {
    wish.account = account_;
    return world_.run([&](const RuleContext& c) { return create_policy(c, wish); });
  };
  const std::string fits = test_policy(std::string(6144 - policy::quota_size(test_policy("")), 'x'));
  EXPECT_EQ(create({.name = "MANAGED", .document = test_policy()}).error().message(),
            "A policy called MANAGED already exists. Duplicate names are not allowed.");
  EXPECT_EQ(create({.name = "a", .document = fits + "x"}).error().message(),
            "Cannot exceed quota for PolicySize: 6144");
  EXPECT_EQ(create({.name = "a", .path = "/a b/", .document = test_policy()}).error().code(), ErrorCode::kValidation);
  EXPECT_EQ(create({.name = "a!", .document = test_policy()}).error().code(), ErrorCode::kValidation);
  EXPECT_EQ(create({.name = "a", .document = test_policy(), .description = std::string(4001, 'x')}).error().code(),
            ErrorCode::kValidation);
  EXPECT_EQ(create({.name = "a", .document = test_policy(), .tags = {{"aws:", ""}}}).error().code(),
            ErrorCode::kInvalidInput);
  EXPECT_TRUE(create({.name = "a", .document = fits}));
  world_.quotas.policies = 2;
  EXPECT_EQ(create({.name = "b", .document = test_policy()}).error().message(),
            "Cannot exceed quota for PoliciesPerAccount: 2");
}

TEST_F(PermissionRulesTest, TagsAreComparedWithoutRegardToCase) {
  const std::vector<Tag> first{{"Team", "a"}, {"x", "1"}};
  const std::vector<Tag> second{{"TEAM", "b"}};
  const std::vector<std::string> keys{"team", "none"};
  for (const Holder& holder : {user_, role_}) {
    ASSERT_TRUE(run(tag_holder, holder, first));
    ASSERT_TRUE(run(tag_holder, holder, second));
    snapshot_ = world_.registry.snapshot();
    const auto tags = holder.kind == EntityKind::kUser ? snapshot_->user(account_, "u")->identity->tags
                                                       : snapshot_->role(account_, "r")->identity->tags;
    EXPECT_EQ(tags, (std::vector<Tag>{{"TEAM", "b"}, {"x", "1"}}));
    ASSERT_TRUE(run(untag_holder, holder, keys));
  }
  EXPECT_EQ(world_.registry.snapshot()->user(account_, "u")->record.tags, (std::vector<Tag>{{"x", "1"}}));
  EXPECT_EQ(world_.registry.snapshot()->role(account_, "r")->record.tags, (std::vector<Tag>{{"x", "1"}}));
  ASSERT_TRUE(run(tag_policy, account_, kArn, first));
  ASSERT_TRUE(run(untag_policy, account_, kArn, keys));
  EXPECT_EQ(managed().tags, (std::vector<Tag>{{"x", "1"}}));
  world_.quotas.tags = 2;
  const std::vector<Tag> more{{"y", ""}, {"z", ""}};
  EXPECT_EQ(run(tag_holder, user_, more).error().code(), ErrorCode::kLimitExceeded) << "together they are three";
}

TEST_F(PermissionRulesTest, AccessKeysAreTwoAUserAndNobodyElses) {
  ASSERT_TRUE(world_.run([&](const RuleContext& c) { return create_user(c, {.account = account_, .name = "v"}); }));
  const auto create = [&](std::string_view user, std::string_view id) {
    return world_.run([&](const RuleContext& c) {
      auto key = given_access_key(id, SecretBytes::copy_of(as_bytes("secret")));
      return create_access_key(c, world_.sealer, account_, user, std::move(*key));
    });
  };
  ASSERT_TRUE(create("u", "FIRST"));
  EXPECT_EQ(create("v", "FIRST").error().code(), ErrorCode::kAlreadyExists);
  EXPECT_EQ(create("v", kTestKeyId).error().code(), ErrorCode::kAlreadyExists) << "it is the root's";
  ASSERT_TRUE(create("u", "SECOND"));
  EXPECT_EQ(create("u", "THIRD").error().message(), "Cannot exceed quota for AccessKeysPerUser: 2");
  EXPECT_EQ(create("x", "THIRD").error().code(), ErrorCode::kNotFound);
  const auto usable = [&](std::string_view id) { return world_.registry.snapshot()->credential(id) != nullptr; };
  EXPECT_TRUE(usable("FIRST"));
  for (const std::string_view user : {"v", "x"}) {
    EXPECT_EQ(run(update_access_key, account_, user, "FIRST", AccessKeyStatus::kInactive).error().code(),
              ErrorCode::kNotFound);
    EXPECT_EQ(run(delete_access_key, account_, user, "FIRST").error().code(), ErrorCode::kNotFound);
  }
  ASSERT_TRUE(run(update_access_key, account_, "U", "FIRST", AccessKeyStatus::kInactive));
  EXPECT_FALSE(usable("FIRST"));
  EXPECT_TRUE(usable("SECOND"));
  ASSERT_TRUE(run(update_access_key, account_, "u", "FIRST", AccessKeyStatus::kActive));
  EXPECT_TRUE(usable("FIRST"));
  ASSERT_TRUE(run(delete_access_key, account_, "u", "FIRST"));
  EXPECT_FALSE(usable("FIRST"));
  EXPECT_EQ(world_.registry.snapshot()->account_of_access_key("FIRST"), nullptr);
  EXPECT_EQ(run(delete_access_key, account_, "u", kTestKeyId).error().code(), ErrorCode::kNotFound);
}

TEST_F(PermissionRulesTest, Providers) {
  const auto create = [&](NewProvider wish) {
    wish.account = account_;
    return world_.run([&](const RuleContext& c) { return create_provider(c, wish); });
  };
  const std::string arn = "arn:aws:iam::111122223333:oidc-provider/oidc.example.com/Id";
  for (const std::string_view url : {"", "https://", "http://a.example", "https://a b", "https://a?x", "https://u@a"}) {
    EXPECT_EQ(create({.url = std::string(url)}).error().code(), ErrorCode::kValidation) << url;
  }
  EXPECT_EQ(create({.url = "https://a", .client_ids = {""}}).error().code(), ErrorCode::kValidation);
  EXPECT_EQ(create({.url = "https://a", .client_ids = {"x", "x"}}).error().code(), ErrorCode::kInvalidInput);
  EXPECT_EQ(create({.url = "https://a", .client_ids = std::vector<std::string>(101, "x")}).error().code(),
            ErrorCode::kLimitExceeded);
  EXPECT_EQ(create({.url = "https://a", .thumbprints = {"abc"}}).error().code(), ErrorCode::kValidation);
  EXPECT_EQ(
      create({.url = "https://a", .thumbprints = std::vector<std::string>(6, std::string(40, 'a'))}).error().code(),
      ErrorCode::kInvalidInput);
  EXPECT_EQ(create({.url = "https://a", .tags = {{"aws:x", ""}}}).error().code(), ErrorCode::kInvalidInput);
  ASSERT_TRUE(create({.url = "HTTPS://OIDC.example.com/Id", .client_ids = {"one"}}));
  EXPECT_EQ(create({.url = "https://oidc.example.com/Id"}).error().message(),
            "Provider with url https://oidc.example.com/Id already exists.");
  ASSERT_TRUE(run(add_client_id, account_, arn, "two"));
  ASSERT_TRUE(run(add_client_id, account_, arn, "two"));
  ASSERT_TRUE(run(remove_client_id, account_, arn, "one"));
  ASSERT_TRUE(run(remove_client_id, account_, arn, "one"));
  EXPECT_FALSE(run(add_client_id, account_, arn, ""));
  const std::vector<std::string> thumbprints{std::string(40, 'f')};
  ASSERT_TRUE(run(update_thumbprints, account_, arn, thumbprints));
  const std::vector<std::string> bad{"f"};
  EXPECT_FALSE(run(update_thumbprints, account_, arn, bad));
  const std::vector<Tag> tags{{"a", "1"}, {"b", "2"}};
  const std::vector<std::string> keys{"A"};
  ASSERT_TRUE(run(tag_provider, account_, arn, tags));
  ASSERT_TRUE(run(untag_provider, account_, arn, keys));
  const ProviderRecord record = world_.registry.snapshot()->provider_by_arn(arn)->record;
  EXPECT_EQ(record.client_ids, std::vector<std::string>{"two"});
  EXPECT_EQ(record.thumbprints, thumbprints);
  EXPECT_EQ(record.tags, (std::vector<Tag>{{"b", "2"}}));
  world_.quotas.providers = 1;
  EXPECT_EQ(create({.url = "https://b"}).error().code(), ErrorCode::kLimitExceeded);
  ASSERT_TRUE(run(delete_provider, account_, arn));
  EXPECT_EQ(run(delete_provider, account_, arn).error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(run(add_client_id, account_, arn, "x").error().message(),
            "OpenIDConnect Provider not found for arn " + arn);
  EXPECT_TRUE(create({.url = "https://b"}));
}

}  // namespace
}  // namespace claviger::iam
