#include "api/kms/grant.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "api/kms/grant_token.h"
#include "base/encoding.h"
#include "hsm/keyring.h"
#include "hsm/test_support.h"

namespace claviger::api::kms {
namespace {

using keys::GrantId;
using keys::GrantPrincipal;
using keys::layout::GrantPlace;

const Region kRegion = *Region::parse("eu-west-1");
const Scope kScope{*AccountId::parse("111122223333"), kRegion};
const KeyId kKey = *KeyId::parse("1234abcd-12ab-34cd-56ef-1234567890ab");
const GrantPlace kPlace{{kScope, kKey}, *GrantId::parse(std::string(64, 'a'))};

class GrantTokens : public testing::Test {
 protected:
  hsm::CountingRandom random_;
  hsm::Keyring keyring_ = hsm::Keyring::create_in_memory(random_);
  hsm::PurposeSealer sealer_{keyring_, "grant-token", random_};
};

TEST_F(GrantTokens, AreAnotherEachTimeAndAllForTheGrant) {
  const std::string first = make_grant_token(sealer_, kPlace);
  const std::string second = make_grant_token(sealer_, kPlace);
  EXPECT_NE(first, second);
  EXPECT_LE(first.size(), 300u);
  EXPECT_EQ(open_grant_token(sealer_, kRegion, first).value(), kPlace);
  EXPECT_EQ(open_grant_token(sealer_, kRegion, second).value(), kPlace);
}

TEST_F(GrantTokens, OfSomethingElseDoNotOpen) {
  const std::string token = make_grant_token(sealer_, kPlace);
  hsm::PurposeSealer markers(keyring_, "marker", random_);
  std::string flipped = token;
  flipped[60] = flipped[60] == 'A' ? 'B' : 'A';
  const std::pair<const char*, std::string> rows[] = {
      {"empty", ""},
      {"not base64", "not a token"},
      {"base64 of something", base64_encode(as_bytes("something"))},
      {"a marker", base64_encode(markers.seal(as_bytes("eu-west-1"), as_bytes("x")))},
      {"other content", base64_encode(sealer_.seal(as_bytes("eu-west-1"), as_bytes("\x01x")))},
      {"one character changed", flipped},
      {"cut", token.substr(0, token.size() - 4)},
      {"too long", std::string(8192, 'A')},
  };
  for (const auto& [name, text] : rows) {
    const auto opened = open_grant_token(sealer_, kRegion, text);
    ASSERT_FALSE(opened) << name;
    EXPECT_EQ(opened.error().code(), ErrorCode::kInvalidGrantToken) << name;
  }
  EXPECT_FALSE(open_grant_token(sealer_, *Region::parse("us-east-1"), token)) << "of another Region";
}

// A directory of what its maps hold.
struct FakePrincipals final : policy::PrincipalDirectory {
  bool account_exists(const AccountId& account) const override { return accounts.contains(account.view()); }
  bool principal_exists(std::string_view arn) const override { return existing.contains(arn) || ids.contains(arn); }
  std::optional<std::string> unique_id(std::string_view arn) const override {
    const auto at = ids.find(arn);
    return at == ids.end() ? std::nullopt : std::optional(at->second);
  }
  std::optional<std::string> arn_of(std::string_view id) const override {
    for (const auto& [arn, own] : ids) {
      if (own == id) return arn;
    }
    return std::nullopt;
  }
  std::set<std::string, std::less<>> accounts{"111122223333", "444455556666"};
  std::set<std::string, std::less<>> existing{"arn:aws:sts::111122223333:assumed-role/r/s",
                                              "arn:aws:sts::111122223333:federated-user/f",
                                              "arn:aws:iam::111122223333:user/unbound"};
  std::map<std::string, std::string, std::less<>> ids{{"arn:aws:iam::111122223333:user/u", "AIDAU"},
                                                      {"arn:aws:iam::444455556666:role/p/r", "AROAR"}};
};

TEST(GrantPrincipal, IsAccountUserRoleOrSession) {
  const FakePrincipals directory;
  struct Row {
    const char* arn;
    const char* unique_id;
  };
  for (const Row& row :
       {Row{"arn:aws:iam::111122223333:root", ""}, Row{"arn:aws:iam::444455556666:root", ""},
        Row{"arn:aws:iam::111122223333:user/u", "AIDAU"}, Row{"arn:aws:iam::444455556666:role/p/r", "AROAR"},
        Row{"arn:aws:sts::111122223333:assumed-role/r/s", ""}, Row{"arn:aws:sts::111122223333:federated-user/f", ""}}) {
    const auto principal = grant_principal(row.arn, kRegion, directory);
    ASSERT_TRUE(principal) << row.arn;
    EXPECT_EQ(*principal, (GrantPrincipal{row.arn, row.unique_id}));
  }
  for (const char* arn : {
           "*",
           "111122223333",
           "nonsense",
           "arn:aws:iam::999999999999:root",            // no such account
           "arn:aws:iam::111122223333:user/nobody",     // no such user
           "arn:aws:iam::999999999999:user/u",          // nor account
           "arn:aws:iam::111122223333:user/unbound",    // nothing would tell a namesake from it
           "arn:aws:iam::111122223333:group/g",         // groups cannot
           "arn:aws-cn:iam::111122223333:root",         // another partition
           "arn:aws:sts::111122223333:assumed-role/r",  // no session
           "arn:aws:kms:eu-west-1:111122223333:key/x",
       }) {
    const auto principal = grant_principal(arn, kRegion, directory);
    ASSERT_FALSE(principal) << arn;
    EXPECT_EQ(principal.error().code(), ErrorCode::kInvalidArn) << arn;
  }
}

keys::GrantRecord record() {
  keys::GrantRecord record;
  record.grantee = {"arn:aws:iam::111122223333:user/u", "AIDAU"};
  record.issuer = *AccountId::parse("444455556666");
  record.operations = {keys::GrantOperation::kEncrypt, keys::GrantOperation::kDecrypt};
  record.created = from_millis(5);
  return record;
}

TEST(GrantList, ShowsWhomTheGrantIsForNow) {
  FakePrincipals directory;
  const auto shown = [&](const keys::GrantRecord& record) { return list_entry(kPlace, record, directory); };
  EXPECT_EQ(shown(record()).grantee_principal, "arn:aws:iam::111122223333:user/u");
  directory.ids = {{"arn:aws:iam::111122223333:user/renamed", "AIDAU"}};
  EXPECT_EQ(shown(record()).grantee_principal, "arn:aws:iam::111122223333:user/renamed");
  directory.ids = {{"arn:aws:iam::111122223333:user/u", "AIDANAMESAKE"}};
  EXPECT_EQ(shown(record()).grantee_principal, "AIDAU") << "deleted, and a namesake made";
}

TEST(GrantList, ShowsWhatThereIs) {
  const FakePrincipals directory;
  keys::GrantRecord grant = record();
  GrantListEntry entry = list_entry(kPlace, grant, directory);
  EXPECT_EQ(entry.key_id, "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab");
  EXPECT_EQ(entry.grant_id, std::string(64, 'a'));
  EXPECT_EQ(entry.issuing_account, "arn:aws:iam::444455556666:root");
  EXPECT_EQ(entry.operations, (std::vector{keys::GrantOperation::kDecrypt, keys::GrantOperation::kEncrypt}));
  EXPECT_EQ(entry.creation_date, from_millis(5));
  EXPECT_FALSE(entry.name || entry.retiring_principal || entry.constraints);
  grant.name = "n";
  grant.retiring = GrantPrincipal{"arn:aws:iam::111122223333:root", ""};
  grant.constraint = {keys::ConstraintType::kEquals, EncryptionContext::from_pairs({{"a", "1"}}).value()};
  entry = list_entry(kPlace, grant, directory);
  EXPECT_EQ(entry.name, "n");
  EXPECT_EQ(entry.retiring_principal, "arn:aws:iam::111122223333:root");
  EXPECT_EQ(entry.constraints->equals, grant.constraint.context);
  EXPECT_FALSE(entry.constraints->subset);
  grant.constraint.type = keys::ConstraintType::kSubset;
  EXPECT_EQ(list_entry(kPlace, grant, directory).constraints->subset, grant.constraint.context);
}

TEST(GrantIdText, IsRefusedUnlessWellFormed) {
  EXPECT_EQ(parse_grant_id(std::string(64, 'a')).value(), kPlace.grant);
  const auto bad = parse_grant_id("abc");
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().code(), ErrorCode::kInvalidGrantId);
}

}  // namespace
}  // namespace claviger::api::kms
