#include "cli/seed.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>

#include "base/encoding.h"
#include "base/testing.h"
#include "base/testing_source_directory.h"
#include "cli/testing_seed.h"

namespace claviger::cli {
namespace {

const Scope kScope{*AccountId::parse("111122223333"), *Region::parse("eu-west-2")};

Result<Seed> parse_text(std::string_view text, bool development = true) {
  return parse_seed("f", text, {.local_kms = kScope, .development = development});
}
std::string seed_error(std::string_view text, bool development = true) {
  const auto parsed = parse_text(text, development);
  if (parsed) return "";
  EXPECT_EQ(parsed.error().code(), ErrorCode::kValidation);
  return parsed.error().detail();
}

// The first block fenced as ```yaml of the page.
std::string example() {
  std::ifstream file(source_directory() + "/docs/formats/seed.md");
  std::stringstream page;
  page << file.rdbuf();
  const std::string text = page.str(), fence = "```yaml\n";
  const std::size_t start = text.find(fence) + fence.size();
  return text.substr(start, text.find("```", start) - start);
}

TEST(Seed, TheExampleOfTheFormatsPageLoads) {
  const auto seed = parse_text(example());
  ASSERT_TRUE(seed.has_value()) << seed.error().detail();
  ASSERT_EQ(seed->accounts.size(), 2u);
  EXPECT_EQ(seed->accounts[1].view(), "444455556666");
  ASSERT_EQ(seed->keys.size(), 2u);
  const SeedKey& key = seed->keys[0];
  ASSERT_EQ(key.grants.size(), 1u);
  const SeedGrant& grant = key.grants[0];
  EXPECT_EQ(grant.name, "orders-of-partners");
  EXPECT_EQ(grant.grantee, "arn:aws:iam::444455556666:user/partner");
  EXPECT_EQ(grant.retiring, "arn:aws:iam::111122223333:user/people/ada");
  EXPECT_EQ(grant.operations, (std::vector<std::string>{"Decrypt", "DescribeKey"}));
  EXPECT_EQ(grant.subset, (SeedGrant::Pairs{{"shared", "with-partners"}}));
  EXPECT_FALSE(grant.equals.has_value());
  EXPECT_EQ(key_arn(key.scope, key.id),
            "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab");
  EXPECT_EQ(key.description, "orders");
  EXPECT_EQ(key.policy.json, "");
  EXPECT_TRUE(key.enabled);
  EXPECT_EQ(key.tags, (std::vector<keys::Tag>{{"team", "payments"}, {"stage", ""}}));
  ASSERT_EQ(key.material.size(), 2u);
  EXPECT_EQ(hex_encode(insecure_expose(key.material[0])), kSeedMaterial);
  EXPECT_EQ(as_text(insecure_expose(key.material[1])), "0123456789abcdef0123456789abcdef");
  ASSERT_EQ(key.aliases.size(), 2u);
  EXPECT_EQ(key.aliases[1].name, "alias/orders/current");
  const SeedKey& other = seed->keys[1];
  EXPECT_FALSE(other.enabled);
  EXPECT_TRUE(other.material.empty());
  EXPECT_EQ(other.policy.json,
            R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"111122223333"},)"
            R"("Action":"kms:*","Resource":"*"}]})");
}

TEST(Seed, IdentitiesAreInTheOrderInWhichTheyCanBeMade) {
  const auto seed = parse_text(example());
  ASSERT_TRUE(seed.has_value()) << seed.error().detail();
  std::string order;
  for (const SeedEntity& entity : seed->entities) order += entity.name + " ";
  EXPECT_EQ(order, "no-deletion readers ada partner batch ");
}

TEST(Seed, AnIdentityHasWhatTheFileSays) {
  const auto seed = parse_text(example());
  ASSERT_TRUE(seed.has_value()) << seed.error().detail();
  const SeedEntity &policy = seed->entities[0], &group = seed->entities[1], &user = seed->entities[2],
                   &role = seed->entities[4];
  EXPECT_EQ(policy.path, "/limits/");
  EXPECT_EQ(policy.description, "everything in KMS but the end of a key");
  EXPECT_NE(policy.document.text.find(R"("NotAction":"kms:ScheduleKeyDeletion")"), std::string::npos);
  ASSERT_EQ(group.inline_policies.size(), 1u);
  EXPECT_EQ(group.inline_policies[0].name, "decrypt");
  EXPECT_TRUE(group.inline_policies[0].json.starts_with(R"({"Version": "2012-10-17",)"));
  EXPECT_EQ(user.account.view(), "111122223333");
  EXPECT_EQ(user.tags, (std::vector<iam::Tag>{{"team", "payments"}}));
  ASSERT_EQ(user.groups.size(), 1u);
  EXPECT_EQ(user.groups[0].text, "readers");
  EXPECT_EQ(user.boundary->text, "arn:aws:iam::111122223333:policy/limits/no-deletion");
  ASSERT_EQ(user.access_keys.size(), 1u);
  EXPECT_EQ(user.access_keys[0].id, "AKIAIOSFODNN7EXAMPLE");
  EXPECT_EQ(as_text(insecure_expose(user.access_keys[0].secret)), "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
  EXPECT_EQ(role.max_session_seconds, "7200");
  ASSERT_EQ(role.attached.size(), 1u);
  EXPECT_NE(role.document.text.find("sts:AssumeRole"), std::string::npos);
}

std::string local(const std::string& metadata, const std::string& rest = "") {
  return "Keys:\n  Symmetric:\n    Aes:\n      - Metadata:\n          KeyId: " + kSeedKeyId + "\n" + metadata +
         "        BackingKeys:\n          - " + kSeedMaterial + "\n" + rest;
}

TEST(Seed, AFileOfLocalKmsLoads) {
  const auto seed = parse_text(local("          Description: \"Your key\"\n",
                                     "          - 34743777217A25432A46294A404E635266556A586E3272357538782F413F4428\n"
                                     "Aliases:\n  - AliasName: alias/testing\n    TargetKeyId: " +
                                         kSeedKeyId + "\n"));
  ASSERT_TRUE(seed.has_value()) << seed.error().detail();
  ASSERT_EQ(seed->keys.size(), 1u);
  const SeedKey& key = seed->keys[0];
  EXPECT_EQ(key_arn(key.scope, key.id), "arn:aws:kms:eu-west-2:111122223333:key/" + kSeedKeyId);
  EXPECT_EQ(key.description, "Your key");
  ASSERT_EQ(key.material.size(), 2u);
  EXPECT_EQ(hex_encode(insecure_expose(key.material[0])), kSeedMaterial);
  ASSERT_EQ(key.aliases.size(), 1u);
  EXPECT_EQ(key.aliases[0].name, "alias/testing");
}

TEST(Seed, RefusesOfLocalKmsWhatIsNotSupported) {
  struct Row {
    const char* name;
    std::string text;
    std::string error;
  };
  const Row rows[] = {
      {"asymmetric keys", "Keys:\n  Asymmetric:\n    Rsa:\n      - Metadata: {}\n",
       "f:2:3: Asymmetric keys are not supported yet, only Symmetric Aes; remove them"},
      {"HMAC keys", "Keys:\n  Symmetric:\n    Hmac: []\n",
       "f:3:5: Hmac keys are not supported yet, only Symmetric Aes; remove them"},
      {"imported material", local("          Origin: EXTERNAL\n"),
       "f:6:19: Origin EXTERNAL is not supported yet, only AWS_KMS; remove the key"},
      {"a usage", local("          KeyUsage: SIGN_VERIFY\n"),
       "f:6:21: KeyUsage SIGN_VERIFY is not supported yet, only ENCRYPT_DECRYPT; remove the key"},
      {"rotation", local("", "        NextKeyRotation: \"2019-09-12T15:19:21+00:00\"\n"),
       "f:8:9: a seed has no schedule of rotation; remove NextKeyRotation and call EnableKeyRotation"},
      {"the next version's format", "Version: 2\nKeys: []\n",
       "f:1:1: a seed of local-kms has no field Version; it has Keys, Aliases"},
      {"an alias of no key", local("", "Aliases:\n  - {AliasName: alias/a, TargetKeyId: x}\n"),
       "f:9:39: TargetKeyId is not the KeyId of a key of this file"},
      {"an id of another form", "Keys: {Symmetric: {Aes: [{Metadata: {KeyId: ABC}}]}}\n",
       "f:1:45: KeyId must be a UUID in lower case"},
      {"no key material", "Keys: {Symmetric: {Aes: [{Metadata: {KeyId: " + kSeedKeyId + "}}]}}\n",
       "f:1:26: an Aes key must have a field BackingKeys"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    EXPECT_EQ(seed_error(row.text), row.error);
  }
}

std::string own(const std::string& fields) {
  return "ClavigerSeed: 1\nAccounts:\n  - Account: \"111122223333\"\n    Keys:\n      - KeyId: " + kSeedKeyId +
         "\n        Region: us-east-1\n" + fields;
}

TEST(Seed, RefusesWhatIsNotOfTheFormat) {
  struct Row {
    const char* name;
    std::string text;
    std::string error;
  };
  const std::string material =
      "key material must be 32 bytes as 64 hexadecimal digits or in base64; `openssl rand -hex 32` makes some";
  const Row rows[] = {
      {"another version", "ClavigerSeed: 2\n", "f:1:15: version 2 of the format is not known, only 1"},
      {"not a map", "- ClavigerSeed\n", "f:1:1: a seed of local-kms must be a map of fields"},
      {"an unknown field", own("        Colour: red\n"),
       "f:7:9: a key has no field Colour; it has KeyId, Region, Description, Policy, BypassPolicyLockoutSafetyCheck, "
       "Tags, Enabled, KeyMaterial, Aliases, Grants"},
      {"an account", "ClavigerSeed: 1\nAccounts:\n  - Account: 12\n", "f:3:14: Account must be twelve digits"},
      {"no account", "ClavigerSeed: 1\nAccounts:\n  - Keys: []\n", "f:3:5: an account must have a field Account"},
      {"a map for a list", "ClavigerSeed: 1\nAccounts: {}\n", "f:2:11: Accounts must be a list"},
      {"a truth value", own("        Enabled: 1\n"), "f:7:18: Enabled must be true or false"},
      {"a list for a text", own("        Description: []\n"), "f:7:22: Description must be a text"},
      {"a tag's field", own("        Tags: [{Key: a}]\n"), "f:7:17: a tag has no field Key; it has TagKey, TagValue"},
      {"an empty policy", own("        Policy: \"\"\n"),
       "f:7:17: Policy is empty; leave it out for the default key policy"},
      {"short material", own("        KeyMaterial: [abcd]\n"), "f:7:23: " + material},
      {"material that is no text", own("        KeyMaterial: [[]]\n"), "f:7:23: " + material},
      {"no material", own("        KeyMaterial: []\n"),
       "f:7:22: KeyMaterial must be a list of 1 to 100 texts, the oldest first"},
      {"a key twice", own("      - {KeyId: " + kSeedKeyId + ", Region: us-east-1}\n"),
       "f:7:9: the key arn:aws:kms:us-east-1:111122223333:key/" + kSeedKeyId +
           " stands in this file twice; remove one"},
      {"an alias twice", own("        Aliases: [alias/a, alias/a]\n"),
       "f:7:28: alias/a stands in this file twice; remove one"},
      {"a Region",
       "ClavigerSeed: 1\nAccounts: [{Account: 111122223333, Keys: [{KeyId: " + kSeedKeyId + ", Region: Mars}]}]\n",
       "f:2:97: Region must be the name of a Region, such as eu-west-1"},
      {"a multi-Region id",
       "ClavigerSeed: 1\nAccounts: [{Account: 111122223333, Keys: [{KeyId: mrk-" + std::string(32, 'a') + "}]}]\n",
       "f:2:51: KeyId must be a UUID in lower case; `uuidgen` makes one"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    EXPECT_EQ(seed_error(row.text), row.error);
  }
}

TEST(Seed, RefusesIdentitiesThatAreNotOfTheFormat) {
  struct Row {
    const char* name;
    std::string fields;
    std::string error;
  };
  const Row rows[] = {
      {"a user without a name", "Users: [{Path: /}]", "f:3:12: a user must have a field UserName"},
      {"a field of another kind", "Groups: [{GroupName: g, AccessKeys: []}]",
       "f:3:28: a group has no field AccessKeys; it has GroupName, Path, Policies, ManagedPolicyArns"},
      {"a tag of KMS", "Users: [{UserName: u, Tags: [{TagKey: a}]}]",
       "f:3:34: a tag has no field TagKey; it has Key, Value"},
      {"a policy without its text", "Policies: [{PolicyName: p}]",
       "f:3:15: a managed policy must have a field PolicyDocument"},
      {"an empty policy", "Users: [{UserName: u, Policies: [{PolicyName: p, PolicyDocument: ''}]}]",
       "f:3:69: PolicyDocument is empty; write the policy, as YAML or as a text of JSON"},
      {"a role without trust", "Roles: [{RoleName: r}]", "f:3:12: a role must have a field AssumeRolePolicyDocument"},
      {"an access key without a secret", "Users: [{UserName: u, AccessKeys: [{AccessKeyId: a}]}]",
       "f:3:39: an access key must have a field SecretAccessKey"},
      {"a secret that is no text", "Users: [{UserName: u, AccessKeys: [{AccessKeyId: a, SecretAccessKey: [hidden]}]}]",
       "f:3:73: SecretAccessKey must be a text"},
      {"a name twice, in any case", "Users: [{UserName: u}, {UserName: U}]",
       "f:3:27: the user U stands in this file twice; remove one"},
      {"a grant without a name",
       "Keys: [{KeyId: " + kSeedKeyId + ", Region: us-east-1, Grants: [{GranteePrincipal: a, Operations: [Encrypt]}]}]",
       "f:3:85: a grant must have a field Name"},
      {"a grant without operations",
       "Keys: [{KeyId: " + kSeedKeyId + ", Region: us-east-1, Grants: [{Name: n, GranteePrincipal: a}]}]",
       "f:3:85: a grant must have a field Operations"},
      {"a constraint that is not built",
       "Keys: [{KeyId: " + kSeedKeyId +
           ", Region: us-east-1, Grants: [{Name: n, GranteePrincipal: a, Operations: [Encrypt], Constraints: "
           "{SourceArn: x}}]}]",
       "f:3:153: Constraints has no field SourceArn; it has EncryptionContextEquals, EncryptionContextSubset"},
      {"a grant's name twice",
       "Keys: [{KeyId: " + kSeedKeyId +
           ", Region: us-east-1, Grants: [{Name: n, GranteePrincipal: a, Operations: []}, {Name: n, GranteePrincipal: "
           "b, Operations: []}]}]",
       "f:3:133: the key has two grants of the name n; give one another name"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    EXPECT_EQ(seed_error("Accounts: [{Account: '111122223333',\n\n   " + row.fields + "}]\nClavigerSeed: 1\n"),
              row.error);
  }
}

TEST(Seed, AFileHasABoundedNumberOfIdentitiesAndGrants) {
  const auto users = [](std::size_t count) {
    std::string text = "ClavigerSeed: 1\nAccounts:\n  - Account: \"111122223333\"\n    Users:\n";
    for (std::size_t i = 0; i < count; ++i) text += "      - {UserName: u" + std::to_string(i) + "}\n";
    return text;
  };
  EXPECT_EQ(seed_error(users(kMaxSeedEntities)), "");
  EXPECT_EQ(seed_error(users(kMaxSeedEntities + 1)),
            "f:1005:9: more than 1000 policies, groups, users and roles; use several files");
  const auto grants = [](std::size_t count) {
    std::string text = own("        Grants:\n");
    for (std::size_t i = 0; i < count; ++i) {
      text += "          - {Name: n" + std::to_string(i) + ", GranteePrincipal: a, Operations: [Encrypt]}\n";
    }
    return text;
  };
  EXPECT_EQ(seed_error(grants(kMaxSeedGrants)), "");
  EXPECT_EQ(seed_error(grants(kMaxSeedGrants + 1)), "f:5:9: more than 1000 grants; use several files");
}

TEST(Seed, TheSameKeyIdAndAliasInAnotherRegionIsAnotherKey) {
  EXPECT_TRUE(parse_text(own("        Aliases: [alias/a]\n      - {KeyId: " + kSeedKeyId +
                             ", Region: us-east-2, Aliases: [alias/a]}\n"))
                  .has_value());
}

TEST(Seed, KeyMaterialIsTakenByDevelopmentServersOnly) {
  const std::string refusal =
      " is for `claviger dev` alone: key material that stands in a file is no secret; remove it, and the key gets "
      "random material";
  EXPECT_EQ(seed_error(own("        KeyMaterial: [" + kSeedMaterial + "]\n"), false), "f:7:9: KeyMaterial" + refusal);
  EXPECT_EQ(seed_error(local(""), false), "f:6:9: BackingKeys" + refusal);
}

TEST(Seed, TheClockIsMovedByDevelopmentServersOnly) {
  const std::string text = "ClavigerSeed: 1\nClock: {AdvanceSeconds: 60}\n";
  const auto seed = parse_text(text);
  ASSERT_TRUE(seed.has_value() && seed->clock.has_value());
  EXPECT_EQ(seed->clock->floor, server::ClockMove(std::chrono::minutes(1)));
  EXPECT_EQ(seed_error(text, false), "f:2:1: Clock is for `claviger dev` alone; remove it");
  EXPECT_EQ(seed_error("ClavigerSeed: 1\nClock: {Now: 1}\n"),
            "f:2:9: a clock has no field Now; it has MoveTo, AdvanceSeconds");
}

TEST(Seed, FaultsAndDelaysAreOfDevelopmentServersOnly) {
  const std::string faults = "ClavigerSeed: 1\nFaults: [{Error: ThrottlingException, Count: 2}]\n";
  const std::string delay = "ClavigerSeed: 1\nVisibilityDelay: {GrantsSeconds: 60}\n";
  const auto with_faults = parse_text(faults);
  ASSERT_TRUE(with_faults.has_value());
  ASSERT_EQ(with_faults->faults.size(), 1u);
  EXPECT_EQ(with_faults->faults.front().error, ErrorCode::kThrottling);
  const auto with_delay = parse_text(delay);
  ASSERT_TRUE(with_delay.has_value());
  EXPECT_EQ(with_delay->visibility.grants, std::chrono::minutes(1));
  EXPECT_EQ(seed_error(faults, false), "f:2:1: Faults is for `claviger dev` alone; remove it");
  EXPECT_EQ(seed_error(delay, false), "f:2:1: VisibilityDelay is for `claviger dev` alone; remove it");
}

TEST(Seed, AFileHasABoundedNumberOfKeys) {
  const auto with = [](std::size_t count) {
    std::string text = "ClavigerSeed: 1\nAccounts:\n  - Account: \"111122223333\"\n    Keys:\n";
    for (std::size_t i = 0; i < count; ++i) {
      const std::string digits = std::to_string(100'000 + i);
      text += "      - {KeyId: bc436485-5092-42b8-92a3-0aa8b9" + digits + ", Region: us-east-1}\n";
    }
    return text;
  };
  EXPECT_EQ(seed_error(with(kMaxSeedKeys)), "");
  EXPECT_EQ(seed_error(with(kMaxSeedKeys + 1)), "f:1005:9: more than 1000 keys; use several files");
}

}  // namespace
}  // namespace claviger::cli
