// Accounts, identities and grants of a seed, from the file to what the registry and the store have.
#include <gtest/gtest.h>

#include <string>

#include "base/testing.h"
#include "cli/seed_plan.h"
#include "cli/testing_seed.h"
#include "iam/access_key_rules.h"
#include "iam/entity_rules.h"
#include "iam/permission_rules.h"
#include "iam/policy_rules.h"
#include "keys/layout.h"
#include "store/testing_store.h"

namespace claviger::cli {
namespace {

const std::string kPolicyArn = "arn:aws:iam::111122223333:policy/limits";

const std::string kAllow = "{Version: '2012-10-17', Statement: [{Effect: Allow, Action: 'kms:*', Resource: '*'}]}";
const std::string kPolicies = "    Policies:\n      - {PolicyName: limits, PolicyDocument: " + kAllow + "}\n";
const std::string kGroups =
    "    Groups:\n      - {GroupName: readers, Policies: [{PolicyName: all, PolicyDocument: " + kAllow + "}]}\n";
const std::string kUsers =
    "    Users:\n"
    "      - UserName: ada\n"
    "        Path: /people/\n"
    "        Tags: [{Key: team, Value: blue}]\n"
    "        Groups: [readers]\n"
    "        Policies: [{PolicyName: own, PolicyDocument: " +
    kAllow +
    "}]\n"
    "        ManagedPolicyArns: ['" +
    kPolicyArn + "']\n        PermissionsBoundary: '" + kPolicyArn +
    "'\n"
    "        AccessKeys: [{AccessKeyId: AKIAADA, SecretAccessKey: secret-of-ada}]\n";
const std::string kRoles =
    "    Roles:\n"
    "      - RoleName: batch\n"
    "        Description: nightly\n"
    "        MaxSessionDuration: 7200\n"
    "        AssumeRolePolicyDocument: {Statement: {Effect: Allow, Principal: {AWS: "
    "'arn:aws:iam::111122223333:user/people/ada'}, Action: 'sts:AssumeRole'}}\n"
    "        ManagedPolicyArns: ['" +
    kPolicyArn + "']\n";
const std::string kKeys =
    "    Keys:\n      - KeyId: " + kSeedKeyId +
    "\n        Region: us-east-1\n        Grants:\n"
    "          - {Name: g, GranteePrincipal: 'arn:aws:iam::111122223333:user/people/ada', Operations: [Encrypt], "
    "Constraints: {EncryptionContextSubset: {a: b}}}\n";

const std::string kIdentitySeed = seed_of(kPolicies + kGroups + kUsers + kRoles + kKeys);

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

class SeedIdentitiesTest : public SeedApplicationTest {
 protected:
  SeedIdentitiesTest() : SeedApplicationTest(false) {}
  // Plans with a rule of IAM's and commits what comes of it.
  template <class Rule>
  void change(Rule rule) {
    const auto snapshot = registry_.snapshot();
    auto planned = rule(iam::RuleContext{*snapshot, clock_.now(), random_, limits_.iam});
    ASSERT_TRUE(planned.has_value()) << planned.error().message();
    ASSERT_TRUE(store::commit_later(store_, *std::move(planned)).get().has_value());
    ASSERT_TRUE(registry_.load().has_value());
  }
  const iam::User* ada() { return registry_.snapshot()->user(scope_.account, "ada"); }
  std::vector<keys::GrantRecord> grants() {
    std::vector<keys::GrantRecord> records;
    const auto entries = store_.range(keys::layout::grants_prefix(scope_, *KeyId::parse(kSeedKeyId)), {}, 10);
    for (const store::Entry& entry : *entries) records.push_back(keys::decode_grant(entry.value).value());
    return records;
  }
};

TEST_F(SeedIdentitiesTest, MakesEverythingInOneCommitAndTheRegistryKnows) {
  const auto changes = apply(kIdentitySeed);
  ASSERT_TRUE(changes.has_value()) << changes.error().detail();
  EXPECT_EQ(changes->accounts, 1u);
  EXPECT_EQ(changes->entities, 4u);
  EXPECT_EQ(changes->keys, 1u);
  EXPECT_EQ(changes->grants, 1u);
  EXPECT_EQ(store_.revision(), 1u);
  const auto snapshot = registry_.snapshot();
  const iam::ManagedPolicy* policy = snapshot->policy_by_arn(kPolicyArn);
  ASSERT_NE(policy, nullptr);
  EXPECT_EQ(policy->record.attachments, 2u);
  EXPECT_EQ(policy->record.boundary_uses, 1u);
  const iam::Group* group = snapshot->group(scope_.account, "readers");
  ASSERT_NE(group, nullptr);
  EXPECT_EQ(group->record.members, 1u);
  const iam::User* user = snapshot->user_by_arn("arn:aws:iam::111122223333:user/people/ada");
  ASSERT_NE(user, nullptr);
  EXPECT_EQ(user->record.tags, (std::vector<iam::Tag>{{"team", "blue"}}));
  EXPECT_EQ(user->record.groups, std::vector{group->record.id});
  EXPECT_EQ(user->record.permissions.attached, std::vector{policy->record.id});
  EXPECT_EQ(user->record.boundary, policy->record.id);
  EXPECT_NE(user->record.permissions.find_inline("own"), nullptr);
  const iam::Credential* credential = snapshot->credential("AKIAADA");
  ASSERT_NE(credential, nullptr);
  EXPECT_EQ(credential->caller->principal_arn, "arn:aws:iam::111122223333:user/people/ada");
  EXPECT_EQ(as_text(insecure_expose(*credential->signing_secret)), "AWS4secret-of-ada");
  const iam::Role* role = snapshot->role(scope_.account, "batch");
  ASSERT_NE(role, nullptr);
  EXPECT_EQ(role->record.max_session_seconds, 7200u);
  ASSERT_EQ(role->record.trust_bindings.size(), 1u);
  EXPECT_EQ(role->record.trust_bindings[0].second, user->record.id);
}

TEST_F(SeedIdentitiesTest, AGrantIsAsCreateGrantMakesIt) {
  ASSERT_EQ(error_of(kIdentitySeed), "");
  const auto made = grants();
  ASSERT_EQ(made.size(), 1u);
  EXPECT_EQ(made[0].name, "g");
  EXPECT_EQ(made[0].grantee.unique_id, ada()->record.id.view());
  EXPECT_EQ(made[0].operations, keys::GrantOperations{keys::GrantOperation::kEncrypt});
  EXPECT_EQ(made[0].constraint.type, keys::ConstraintType::kSubset);
  EXPECT_EQ(made[0].issuer, scope_.account);
  const KeyId id = *KeyId::parse(kSeedKeyId);
  EXPECT_EQ(store_.count(keys::layout::grants_for_prefix(scope_, id, ada()->record.id.view())).value(), 1u);
  EXPECT_EQ(store_.get(keys::layout::grant_count(scope_, id)).value()->value.back(), 1);
}

TEST_F(SeedIdentitiesTest, TheAuditRecordListsEverythingAndNoSecret) {
  ASSERT_EQ(error_of(kIdentitySeed), "");
  const auto frames = log_.frames();
  ASSERT_EQ(frames.size(), 2u);
  const std::string& event = frames[1].json;
  EXPECT_NE(event.find(R"("accounts":["111122223333"],"identities":[")" + kPolicyArn +
                       R"(","arn:aws:iam::111122223333:group/readers","arn:aws:iam::111122223333:user/people/ada",)" +
                       R"("arn:aws:iam::111122223333:role/batch"],"accessKeys":["AKIAADA"],"grants":[{"keyId":)"),
            std::string::npos)
      << event;
  EXPECT_EQ(event.find("secret-of-ada"), std::string::npos);
}

TEST_F(SeedIdentitiesTest, AppliedAgainChangesNothing) {
  ASSERT_EQ(error_of(kIdentitySeed), "");
  clock_.advance(std::chrono::hours(1));
  const auto again = apply(kIdentitySeed);
  ASSERT_TRUE(again.has_value()) << again.error().detail();
  EXPECT_EQ(again->accounts + again->entities + again->keys + again->grants, 0u);
  EXPECT_EQ(store_.revision(), 1u);
}

TEST_F(SeedIdentitiesTest, WhatASeedChangedIsAnError) {
  ASSERT_EQ(error_of(kIdentitySeed), "");
  struct Row {
    std::string from, to, what;
  };
  const std::string user = "user arn:aws:iam::111122223333:user/people/ada",
                    batch = "role arn:aws:iam::111122223333:role/batch";
  const Row rows[] = {
      {"UserName: ada", "UserName: ADA", "user arn:aws:iam::111122223333:user/people/ADA|name, in another case"},
      {"/people/\n", "/staff/\n", "user arn:aws:iam::111122223333:user/staff/ada|path"},
      {"Value: blue", "Value: red", user + "|list of tags"},
      {"Groups: [readers]", "Groups: []", user + "|list of groups"},
      {"Groups: [readers]", "Groups: [writers]", user + "|list of groups"},
      {"PolicyName: own", "PolicyName: other", user + "|inline policy"},
      {"Policies: [{PolicyName: own, PolicyDocument: " + kAllow + "}]", "Policies: []", user + "|inline policy"},
      {"        ManagedPolicyArns: ['" + kPolicyArn + "']\n        Perm", "        Perm",
       user + "|list of managed policies"},
      {"        PermissionsBoundary: '" + kPolicyArn + "'\n", "", user + "|permissions boundary"},
      {"PermissionsBoundary: '" + kPolicyArn, "PermissionsBoundary: '" + kPolicyArn + "x",
       user + "|permissions boundary"},
      {"secret-of-ada", "another", user + "|access key"},
      {"AKIAADA", "AKIAOTHER", user + "|access key"},
      {"nightly", "daily", batch + "|description"},
      {"7200", "3600", batch + "|MaxSessionDuration"},
      {"sts:AssumeRole", "sts:*", batch + "|trust policy"},
      {"limits, PolicyDocument: {Version: '2012-10-17'", "limits, PolicyDocument: {Version: '2008-10-17'",
       "policy " + kPolicyArn + "|policy document"},
      {"{PolicyName: all", "{PolicyName: none", "group arn:aws:iam::111122223333:group/readers|inline policy"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.from + " -> " + row.to);
    const std::string kind = row.what.substr(0, row.what.find(' ')), name = row.what.substr(0, row.what.find('|'));
    const std::string error = error_of(replaced(kIdentitySeed, row.from, row.to));
    EXPECT_NE(
        error.find(": the " + name + " is there already and has another " + row.what.substr(row.what.find('|') + 1) +
                   "; make one like the other, or remove the " + kind + " from the seed"),
        std::string::npos)
        << error;
  }
  EXPECT_EQ(error_of(replaced(kIdentitySeed, "[Encrypt]", "[Decrypt]")),
            "f:27:13: the key has a grant of the name g already, which gives something else; make one like the other, "
            "or remove the grant from the seed");
  EXPECT_EQ(store_.revision(), 1u);
}

TEST_F(SeedIdentitiesTest, AnAccessKeyThatWasWithdrawnDoesNotComeBack) {
  ASSERT_EQ(error_of(kIdentitySeed), "");
  const std::string error =
      "f:9:9: the user arn:aws:iam::111122223333:user/people/ada is there already and has another access key; make one "
      "like the other, or remove the user from the seed";
  change([&](const iam::RuleContext& context) {
    return iam::update_access_key(context, scope_.account, "ada", "AKIAADA", iam::AccessKeyStatus::kInactive);
  });
  EXPECT_EQ(error_of(kIdentitySeed), error);
  change([&](const iam::RuleContext& context) {
    return iam::delete_access_key(context, scope_.account, "ada", "AKIAADA");
  });
  EXPECT_EQ(error_of(kIdentitySeed), error);
}

TEST_F(SeedIdentitiesTest, WhatTheApiChangedSinceIsAnErrorAndWhatItAddedStays) {
  ASSERT_EQ(error_of(kIdentitySeed), "");
  change([&](const iam::RuleContext& context) {
    auto made = iam::create_access_key(context, sealer_, scope_.account, "ada");
    return made ? Result<store::Commit>(std::move(made->commit)) : fail(made.error());
  });
  EXPECT_EQ(error_of(kIdentitySeed), "");
  change([&](const iam::RuleContext& context) {
    return iam::put_inline_policy(context, {iam::EntityKind::kUser, scope_.account, "ada"}, "more", iam::test_policy());
  });
  EXPECT_NE(error_of(kIdentitySeed).find("has another inline policy"), std::string::npos);
}

TEST_F(SeedIdentitiesTest, AddsWhatIsMissing) {
  ASSERT_EQ(error_of(seed_of(kPolicies + kGroups)), "");
  const auto more = apply(kIdentitySeed);
  ASSERT_TRUE(more.has_value()) << more.error().detail();
  EXPECT_EQ(more->entities, 2u);
  EXPECT_EQ(registry_.snapshot()->policy_by_arn(kPolicyArn)->record.attachments, 2u);
  const std::string second =
      "          - {Name: h, GranteePrincipal: 'arn:aws:iam::111122223333:root', Operations: [Decrypt]}\n";
  const auto granted = apply(kIdentitySeed + second);
  ASSERT_TRUE(granted.has_value()) << granted.error().detail();
  EXPECT_EQ(granted->grants, 1u);
  EXPECT_EQ(grants().size(), 2u);
}

TEST_F(SeedIdentitiesTest, TheRulesAreTheApis) {
  struct Row {
    const char* name;
    std::string fields;
    std::string error;
  };
  const std::string user = "    Users:\n      - UserName: u\n        ";
  const std::string key =
      "    Keys:\n      - KeyId: " + kSeedKeyId + "\n        Region: us-east-1\n        Grants:\n          - ";
  const Row rows[] = {
      {"a name", "    Users: [{UserName: 'a b'}]\n",
       "f:4:13: ValidationError: The specified value for userName is invalid. "},
      {"a path", user + "Path: people\n", "f:5:9: ValidationError: The specified value for path is invalid. "},
      {"a reserved tag", user + "Tags: [{Key: 'aws:x'}]\n", "f:5:9: InvalidInput: "},
      {"a group that is none", user + "Groups: [g]\n", "f:6:18: NoSuchEntity: The group with name g cannot be found."},
      {"a managed policy that is none", user + "ManagedPolicyArns: ['" + kPolicyArn + "']\n",
       "f:6:29: NoSuchEntity: Policy " + kPolicyArn + " does not exist"},
      {"a boundary that is none", user + "PermissionsBoundary: '" + kPolicyArn + "'\n",
       "f:5:9: NoSuchEntity: Policy " + kPolicyArn + " does not exist"},
      {"an inline policy", user + "Policies: [{PolicyName: p, PolicyDocument: nonsense}]\n",
       "f:6:52: MalformedPolicyDocument: "},
      {"a managed policy", "    Policies:\n      - PolicyName: p\n        PolicyDocument: nonsense\n",
       "f:6:25: MalformedPolicyDocument: "},
      {"a trust policy that names nobody",
       "    Roles:\n      - RoleName: r\n        AssumeRolePolicyDocument: {Statement: {Effect: Allow, Principal: "
       "{AWS: "
       "'arn:aws:iam::111122223333:user/nobody'}, Action: 'sts:AssumeRole'}}\n",
       "f:6:35: MalformedPolicyDocument: "},
      {"a session that is too long", replaced(kPolicies + kGroups + kUsers + kRoles, "7200", "43201"),
       "f:18:9: ValidationError: "},
      {"three access keys",
       user + "AccessKeys: [{AccessKeyId: a, SecretAccessKey: x}, {AccessKeyId: b, SecretAccessKey: x}, {AccessKeyId: "
              "c, SecretAccessKey: x}]\n",
       "f:6:98: LimitExceeded: Cannot exceed quota for AccessKeysPerUser: 2"},
      {"an access key of somebody else",
       user + "AccessKeys: [{AccessKeyId: a, SecretAccessKey: x}, {AccessKeyId: a, SecretAccessKey: x}]\n",
       "f:6:60: EntityAlreadyExists: The Access Key with id a already exists."},
      {"an access key's id", user + "AccessKeys: [{AccessKeyId: 'a b', SecretAccessKey: hidden}]\n",
       "f:6:22: ValidationError: An access key id has"},
      {"an access key's secret",
       user + "AccessKeys: [{AccessKeyId: a, SecretAccessKey: " + std::string(61, 'h') + "}]\n",
       "f:6:22: ValidationError: A secret access key has 1 to 60 bytes."},
      {"a grantee that is nobody",
       key + "{Name: g, GranteePrincipal: 'arn:aws:iam::111122223333:user/nobody', Operations: [Encrypt]}\n",
       "f:8:13: InvalidArnException: "},
      {"an operation", key + "{Name: g, GranteePrincipal: 'arn:aws:iam::111122223333:root', Operations: [Dance]}\n",
       "f:8:13: ValidationException: "},
      {"an operation that the key has not",
       key + "{Name: g, GranteePrincipal: 'arn:aws:iam::111122223333:root', Operations: [Sign]}\n",
       "f:8:13: ValidationException: "},
      {"both constraints",
       key + "{Name: g, GranteePrincipal: 'arn:aws:iam::111122223333:root', Operations: [Encrypt], Constraints: "
             "{EncryptionContextEquals: {a: b}, EncryptionContextSubset: {a: b}}}\n",
       "f:8:13: ValidationException: "},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    const std::string error = error_of(seed_of(row.fields));
    EXPECT_TRUE(error.starts_with(row.error)) << error;
    EXPECT_EQ(error.find("hidden"), std::string::npos);
  }
  EXPECT_EQ(store_.revision(), 0u);
  EXPECT_EQ(registry_.snapshot()->account(scope_.account), nullptr);
}

TEST_F(SeedIdentitiesTest, AKeyPolicyMayNameAUserOfTheSameSeed) {
  const std::string policy =
      "        Policy: {Statement: {Effect: Allow, Principal: {AWS: ['111122223333', "
      "'arn:aws:iam::111122223333:user/people/ada']}, Action: 'kms:*', Resource: '*'}}\n";
  ASSERT_EQ(error_of(kIdentitySeed + policy), "");
  const auto stored = store_.get(keys::layout::key(scope_, *KeyId::parse(kSeedKeyId)));
  const auto key = keys::decode_key(scope_, *KeyId::parse(kSeedKeyId), (*stored)->value);
  ASSERT_EQ(key->policy_bindings.size(), 1u);
  EXPECT_EQ(key->policy_bindings[0].unique_id, ada()->record.id.view());
}

TEST_F(SeedIdentitiesTest, AnotherAccountIsMadeWithItsKeysAndIdentities) {
  const auto changes =
      apply(seed_of("") + "  - Account: '444455556666'\n" +
            "    Users: [{UserName: partner}]\n    Keys: [{KeyId: " + kSeedKeyId + ", Region: us-east-1}]\n");
  ASSERT_TRUE(changes.has_value()) << changes.error().detail();
  EXPECT_EQ(changes->accounts, 2u);
  EXPECT_NE(log_.frames().at(1).json.find(R"("resources":[{"accountId":"444455556666")"), std::string::npos);
  EXPECT_NE(registry_.snapshot()->user(*AccountId::parse("444455556666"), "partner"), nullptr);
  EXPECT_TRUE(
      store_.get(keys::layout::key({*AccountId::parse("444455556666"), scope_.region}, *KeyId::parse(kSeedKeyId)))
          ->has_value());
}

TEST_F(SeedIdentitiesTest, QuotasCountWhatTheSeedItselfMakes) {
  limits_.iam.users = 1;
  EXPECT_EQ(error_of(seed_of("    Users: [{UserName: a}, {UserName: b}]\n")),
            "f:4:28: LimitExceeded: Cannot exceed quota for UsersPerAccount: 1");
  limits_.grants_per_key = 0;
  EXPECT_TRUE(error_of(kIdentitySeed).starts_with("f:1:1: the seed goes beyond a quota: "));
  EXPECT_EQ(store_.revision(), 0u);
}

TEST_F(SeedIdentitiesTest, ASeedWithoutKeysHasItsRecordInARegionThatIsServed) {
  ASSERT_EQ(error_of(seed_of("    Users: [{UserName: a}]\n")), "");
  EXPECT_NE(log_.frames().at(1).json.find(R"("awsRegion":"us-east-1")"), std::string::npos);
}

}  // namespace
}  // namespace claviger::cli
