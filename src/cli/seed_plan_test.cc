#include "cli/seed_plan.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

#include "base/encryption_context.h"
#include "base/testing.h"
#include "cli/testing_seed.h"
#include "hsm/session.h"
#include "keys/layout.h"
#include "store/testing_store.h"

namespace claviger::cli {
namespace {

std::string key_with(const std::string& fields, const std::string& id = kSeedKeyId) {
  return "      - KeyId: " + id + "\n        Region: us-east-1\n" + fields;
}
std::string seed_with(const std::string& keys) { return seed_of("    Keys:\n" + keys); }

class SeedPlanTest : public SeedApplicationTest {
 protected:
  SeedPlanTest() : SeedApplicationTest(true) {}
  keys::KeyRecord record(const std::string& id = kSeedKeyId) {
    const KeyId key = *KeyId::parse(id);
    const auto stored = store_.get(keys::layout::key(scope_, key));
    EXPECT_TRUE(stored.has_value() && stored->has_value());
    return keys::decode_key(scope_, key, (*stored)->value).value();
  }
  void put(const keys::KeyRecord& record) {
    store::Commit commit;
    commit.mutations.push_back(store::Put{keys::layout::key(scope_, record.id), keys::encode(record)});
    ASSERT_TRUE(store::commit_later(store_, std::move(commit)).get().has_value());
  }
};

const std::string kKeySeed = seed_with(
    key_with("        Description: first\n        Tags: [{TagKey: team, TagValue: blue}]\n        Enabled: false\n"
             "        Aliases: [alias/one, alias/two]\n        KeyMaterial: [" +
             kSeedMaterial + "]\n"));

TEST_F(SeedPlanTest, MakesKeysAndAliasesInOneCommit) {
  const auto changes = apply(kKeySeed);
  ASSERT_TRUE(changes.has_value()) << changes.error().detail();
  EXPECT_EQ(changes->keys, 1u);
  EXPECT_EQ(changes->aliases, 2u);
  EXPECT_EQ(store_.revision(), 1u);
  const keys::KeyRecord made = record();
  EXPECT_EQ(made.description, "first");
  EXPECT_EQ(made.state, keys::KeyState::kDisabled);
  EXPECT_EQ(made.tags, (std::vector<keys::Tag>{{"team", "blue"}}));
  EXPECT_EQ(made.policy, "");
  EXPECT_EQ(made.created, clock_.now());
  EXPECT_EQ(made.materials.size(), 1u);
  const auto alias = store_.get(keys::layout::alias(scope_, *AliasName::parse("alias/two")));
  EXPECT_EQ(keys::decode_alias((*alias)->value)->target.view(), kSeedKeyId);
  EXPECT_TRUE(store_.get(keys::layout::alias_of(scope_, made.id, *AliasName::parse("alias/one")))->has_value());
  const auto count = [&](const std::string& place) { return (*store_.get(place))->value.back(); };
  EXPECT_EQ(count(keys::layout::key_count(scope_)), 1);
  EXPECT_EQ(count(keys::layout::alias_count(scope_, made.id)), 2);
}

TEST_F(SeedPlanTest, StandsInTheAuditLog) {
  ASSERT_TRUE(apply(kKeySeed).has_value());
  const auto frames = log_.frames();
  ASSERT_EQ(frames.size(), 2u);
  EXPECT_EQ(frames[0].kind, audit::FrameKind::kIntent);
  EXPECT_EQ(frames[1].kind, audit::FrameKind::kEvent);
  EXPECT_EQ(frames[0].request_id, frames[1].request_id);
  const std::string& event = frames[1].json;
  EXPECT_NE(event.find(R"("eventName":"ApplySeed")"), std::string::npos) << event;
  EXPECT_NE(event.find(R"("eventType":"AwsServiceEvent")"), std::string::npos) << event;
  EXPECT_NE(event.find(R"("serviceEventDetails":{"file":"f","keys":["arn:aws:kms:us-east-1:111122223333:key/)" +
                       kSeedKeyId + R"("],"aliases":["arn:aws:kms:us-east-1:111122223333:alias/one",)"),
            std::string::npos)
      << event;
  EXPECT_EQ(event.find("errorCode"), std::string::npos) << event;
}

TEST_F(SeedPlanTest, AppliedAgainChangesNothing) {
  ASSERT_TRUE(apply(kKeySeed).has_value());
  const std::size_t frames = log_.frames().size();
  clock_.advance(std::chrono::hours(1));
  const auto again = apply(kKeySeed);
  ASSERT_TRUE(again.has_value()) << again.error().detail();
  EXPECT_EQ(again->keys + again->aliases, 0u);
  EXPECT_EQ(store_.revision(), 1u);
  EXPECT_EQ(log_.frames().size(), frames);
}

TEST_F(SeedPlanTest, AddsWhatIsMissing) {
  ASSERT_TRUE(apply(seed_with(key_with("        Aliases: [alias/one]\n"))).has_value());
  const auto more = apply(seed_with(key_with("        Aliases: [alias/one, alias/two]\n") +
                                    key_with("", "0987dcba-09fe-87dc-65ba-ab0987654321")));
  ASSERT_TRUE(more.has_value()) << more.error().detail();
  EXPECT_EQ(more->keys, 1u);
  EXPECT_EQ(more->aliases, 1u);
}

TEST_F(SeedPlanTest, WhatDiffersIsAnError) {
  ASSERT_TRUE(apply(kKeySeed).has_value());
  const keys::KeyRecord made = record();
  struct Row {
    const char* what;
    void (*change)(keys::KeyRecord&);
  };
  const Row rows[] = {
      {"key state", [](keys::KeyRecord& key) { key.state = keys::KeyState::kEnabled; }},
      {"description", [](keys::KeyRecord& key) { key.description = "second"; }},
      {"key policy", [](keys::KeyRecord& key) { key.policy = "{}"; }},
      {"list of tags", [](keys::KeyRecord& key) { key.tags.clear(); }},
      {"key material", [](keys::KeyRecord& key) { key.materials[0].id[31] ^= 1; }},
      {"key material", [](keys::KeyRecord& key) { key.materials.push_back(key.materials[0]); }},
      {"kind", [](keys::KeyRecord& key) { key.origin = keys::KeyOrigin::kExternal; }},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.what);
    keys::KeyRecord changed = made;
    row.change(changed);
    put(changed);
    EXPECT_EQ(error_of(kKeySeed), "f:5:9: the key arn:aws:kms:us-east-1:111122223333:key/" + kSeedKeyId +
                                      " is there already and has another " + row.what +
                                      "; make one like the other, or remove the key from the seed");
  }
}

TEST_F(SeedPlanTest, AnAliasOfAnotherKeyIsAnError) {
  ASSERT_TRUE(apply(seed_with(key_with("        Aliases: [alias/one]\n"))).has_value());
  EXPECT_EQ(error_of(seed_with(key_with("        Aliases: [alias/one]\n", "0987dcba-09fe-87dc-65ba-ab0987654321"))),
            "f:7:19: the alias arn:aws:kms:us-east-1:111122223333:alias/one is there already and names the key " +
                kSeedKeyId + "; make one like the other, or remove the alias from the seed");
}

TEST_F(SeedPlanTest, ADeletedKeyIsNotMadeAgain) {
  store::Commit commit;
  commit.mutations.push_back(
      store::Put{keys::layout::tombstone(scope_, *KeyId::parse(kSeedKeyId)), keys::encode(keys::TombstoneRecord{})});
  ASSERT_TRUE(store::commit_later(store_, std::move(commit)).get().has_value());
  EXPECT_EQ(error_of(kKeySeed), "f:5:9: the key arn:aws:kms:us-east-1:111122223333:key/" + kSeedKeyId +
                                    " was deleted, and an id is never used again; give the key another one");
}

TEST_F(SeedPlanTest, TheRulesAreTheApis) {
  struct Row {
    const char* name;
    std::string fields;
    std::string error;
  };
  const Row rows[] = {
      {"a reserved tag", "        Tags: [{TagKey: aws:x}]\n",
       "f:5:9: TagException: Tags beginning with aws: are reserved"},
      {"a tag twice", "        Tags: [{TagKey: a}, {TagKey: a}]\n", "f:5:9: TagException: Duplicate tag keys"},
      {"an alias without its prefix", "        Aliases: [one]\n",
       "f:7:19: ValidationException: Alias must start with the prefix \"alias/\". Please see the AWS KMS documentation "
       "for alias naming rules."},
      {"an alias of AWS", "        Aliases: [alias/aws/x]\n",
       "f:7:19: InvalidAliasNameException: The prefix alias/aws/ is reserved for AWS managed keys."},
      {"a policy that is none", "        Policy: nonsense\n",
       "f:7:17: MalformedPolicyDocumentException: This policy contains invalid Json"},
      {"a policy that locks out",
       "        Policy: {Statement: {Effect: Allow, Principal: {AWS: '111122223333'}, Action: kms:Encrypt, Resource: "
       "'*'}}\n",
       "f:7:17: MalformedPolicyDocumentException: The new key policy will not allow you to update the key policy in "
       "the "
       "future."},
      {"a principal that is nobody",
       "        Policy: {Statement: {Effect: Allow, Principal: {AWS: '999999999999'}, Action: 'kms:*', Resource: "
       "'*'}}\n",
       "f:7:17: MalformedPolicyDocumentException: Policy contains a statement with one or more invalid principals."},
      {"the same material twice", "        KeyMaterial: [" + kSeedMaterial + ", " + kSeedMaterial + "]\n",
       "f:5:9: the key has the same key material twice; remove one"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    EXPECT_EQ(error_of(seed_with(key_with(row.fields))), row.error);
  }
  EXPECT_EQ(store_.revision(), 0u);
  EXPECT_TRUE(log_.frames().empty());
}

TEST_F(SeedPlanTest, LengthsAreTheApis) {
  const std::string error = error_of(seed_with(key_with("        Description: " + std::string(8193, 'x') + "\n")));
  EXPECT_TRUE(error.starts_with("f:5:9: ValidationException: 1 validation error detected: ")) << error;
  EXPECT_TRUE(error.ends_with("Member must have length less than or equal to 8192")) << error;
}

TEST_F(SeedPlanTest, TheLockoutCheckCanBeBypassed) {
  EXPECT_EQ(error_of(seed_with(key_with(
                "        BypassPolicyLockoutSafetyCheck: true\n        Policy: {Statement: {Effect: Allow, Principal: "
                "{AWS: '111122223333'}, Action: kms:Encrypt, Resource: '*'}}\n"))),
            "");
  EXPECT_NE(record().policy.find("kms:Encrypt"), std::string::npos);
}

TEST_F(SeedPlanTest, RegionsAreTheServers) {
  EXPECT_EQ(error_of("ClavigerSeed: 1\nAccounts: [{Account: 111122223333, Keys: [{KeyId: " + kSeedKeyId +
                     ", Region: eu-west-1}]}]\n"),
            "f:2:43: the server does not serve the Region eu-west-1");
}

TEST_F(SeedPlanTest, ABadKeyAtTheEndKeepsAllFromBeingMade) {
  EXPECT_NE(error_of(kKeySeed + key_with("        Aliases: [one]\n", "0987dcba-09fe-87dc-65ba-ab0987654321")), "");
  EXPECT_EQ(store_.revision(), 0u);
}

TEST_F(SeedPlanTest, BeyondAQuotaNothingIsMadeAndTheIntentIsClosed) {
  limits_.aliases_per_key = 1;
  EXPECT_EQ(
      error_of(kKeySeed),
      "f:1:1: the seed goes beyond a quota: keys in a Region, aliases or grants of a key, or users, groups, roles or "
      "policies of an account");
  EXPECT_EQ(store_.revision(), 0u);
  const auto frames = log_.frames();
  ASSERT_EQ(frames.size(), 2u);
  EXPECT_NE(frames[1].json.find("errorCode"), std::string::npos);
}

TEST_F(SeedPlanTest, WithoutItsRecordNothingIsMade) {
  log_.on_append([](const audit::Frame&) { return Error::io("no space"); });
  EXPECT_FALSE(apply(kKeySeed).has_value());
  EXPECT_EQ(store_.revision(), 0u);
}

TEST_F(SeedPlanTest, CiphertextsOfFixedMaterialOpenInAnotherServer) {
  ASSERT_TRUE(apply(kKeySeed).has_value());
  const keys::KeyRecord made = record();
  const hsm::KeyBinding binding{made.scope, made.id, keys::name_of(made.spec), keys::name_of(made.origin)};
  hsm::Session session(keyring_, random_);
  const auto blob = session.encrypt(binding, made.materials[0].id, made.materials[0].token, EncryptionContext(),
                                    SecretBytes::copy_of(as_bytes("text")));
  ASSERT_TRUE(blob.has_value());

  server::FaultyStore other_store;
  server::FaultyLog other_log(clock_);
  const hsm::Keyring other_keyring = hsm::Keyring::create_in_memory(random_);
  iam::Registry other_registry(other_store, sealer_, clock_);
  const auto seed = parse_seed("f", kKeySeed, {.local_kms = scope_, .development = true});
  ASSERT_TRUE(
      apply_seed(*seed, {other_store, other_log, other_keyring, deployment_, other_registry, limits_, clock_, random_})
          .has_value());
  const auto stored = other_store.get(keys::layout::key(scope_, made.id));
  const keys::KeyRecord other = keys::decode_key(scope_, made.id, (*stored)->value).value();
  hsm::Session other_session(other_keyring, random_);
  const auto plaintext = other_session.decrypt(binding, other.materials[0].token, EncryptionContext(), *blob);
  ASSERT_TRUE(plaintext.has_value());
  EXPECT_EQ(as_text(insecure_expose(*plaintext)), "text");
}

TEST_F(SeedPlanTest, AFileThatIsMissingOrTooLargeIsAnError) {
  const store::TemporaryDirectory directory;
  const auto missing = read_seed_file(directory.file("none"), {.local_kms = scope_});
  ASSERT_FALSE(missing.has_value());
  EXPECT_EQ(missing.error().code(), ErrorCode::kIo);
  std::ofstream(directory.file("large")) << std::string(yaml::kMaxBytes + 1, ' ');
  const auto large = read_seed_file(directory.file("large"), {.local_kms = scope_});
  ASSERT_FALSE(large.has_value());
  EXPECT_EQ(large.error().code(), ErrorCode::kValidation);
  std::ofstream(directory.file("seed")) << kKeySeed;
  EXPECT_TRUE(read_seed_file(directory.file("seed"), {.local_kms = scope_, .development = true}).has_value());
}

}  // namespace
}  // namespace claviger::cli
