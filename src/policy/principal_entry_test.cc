#include "policy/principal_entry.h"

#include <gtest/gtest.h>

namespace claviger::policy {
namespace {

using EntryKind = PrincipalEntry::Kind;

struct EntryRow {
  std::string text;
  std::optional<EntryKind> kind = {};  // none: refused
};

void expect_entries(std::optional<PrincipalEntry> (*parse)(std::string_view), const std::vector<EntryRow>& rows) {
  for (const EntryRow& row : rows) {
    const auto entry = parse(row.text);
    ASSERT_EQ(entry.has_value(), row.kind.has_value()) << row.text;
    if (!entry) continue;
    EXPECT_EQ(static_cast<int>(entry->kind), static_cast<int>(*row.kind)) << row.text;
    EXPECT_EQ(entry->text, row.text);
    if (entry->kind == EntryKind::kAccount || entry->kind == EntryKind::kPrincipal) {
      EXPECT_EQ(entry->account.view(), "111122223333") << row.text;
    }
  }
}

TEST(AwsPrincipal, IsAnAccountOrSomebodyInIt) {
  const std::string iam = "arn:aws:iam::111122223333:", sts = "arn:aws:sts::111122223333:";
  const std::string longest(640, 'x');
  expect_entries(parse_aws_principal, {
                                          {"*", EntryKind::kAnyone},
                                          {"111122223333", EntryKind::kAccount},
                                          {iam + "root", EntryKind::kAccount},
                                          {"arn:aws-cn:iam::111122223333:root", EntryKind::kAccount},
                                          {"arn:awsz:iam::111122223333:root", EntryKind::kAccount},
                                          {"arn:aws-us-gov:iam::111122223333:user/a", EntryKind::kPrincipal},
                                          {iam + "user/!/~", EntryKind::kPrincipal},
                                          {iam + "user/" + longest, EntryKind::kPrincipal},
                                          {iam + "role/some/path/r", EntryKind::kPrincipal},
                                          {sts + "assumed-role/r/s", EntryKind::kPrincipal},
                                          {sts + "federated-user/f", EntryKind::kPrincipal},
                                          {""},
                                          {"11112222333"},
                                          {sts + "root"},
                                          {iam + "user/" + longest + "x"},
                                          {iam + "user/"},
                                          {iam + "user//a"},
                                          {iam + "user/a/"},
                                          {iam + "user/a b"},
                                          {iam + "user/a\x7f"},
                                          {iam + "user/a*"},
                                          {iam + "user/a?"},
                                          {iam + "group/g"},
                                          {iam + "assumed-role/r/s"},
                                          {sts + "user/u"},
                                          {sts + "assumed-role/r"},
                                          {sts + "assumed-role/r/"},
                                          {"arn:aws:kms::111122223333:user/u"},
                                          {"arn:aws:iam:us-east-1:111122223333:user/u"},
                                          {"arn:aws:iam::11112222333:user/u"},
                                          {"arn:other:iam::111122223333:user/u"},
                                          {"arn:awsA:iam::111122223333:user/u"},
                                          {"arn:aws`:iam::111122223333:user/u"},
                                          {"arn:aws{:iam::111122223333:user/u"},
                                      });
}

TEST(ServicePrincipal, IsANameOfAws) {
  const std::string suffix = ".amazonaws.com";
  expect_entries(parse_service_principal, {
                                              {"logs.amazonaws.com", EntryKind::kService},
                                              {"az-09.us-east-1.amazonaws.com", EntryKind::kService},
                                              {"ec2.amazonaws.com.cn", EntryKind::kService},
                                              {std::string(256 - suffix.size(), 'a') + suffix, EntryKind::kService},
                                              {std::string(257 - suffix.size(), 'a') + suffix},
                                              {".amazonaws.com"},
                                              {".logs.amazonaws.com"},
                                              {"logs..amazonaws.com"},
                                              {"Logs.amazonaws.com"},
                                              {"lo_gs.amazonaws.com"},
                                              {"lo/gs.amazonaws.com"},
                                              {"lo:gs.amazonaws.com"},
                                              {"lo`gs.amazonaws.com"},
                                              {"lo{gs.amazonaws.com"},
                                              {"*.amazonaws.com"},
                                              {"logs.example.com"},
                                              {"logs.amazonaws.com.evil"},
                                          });
}

TEST(FederatedPrincipal, IsAKnownProviderOrOneOfAnAccount) {
  const std::string iam = "arn:aws:iam::111122223333:";
  expect_entries(parse_federated_principal, {
                                                {"accounts.google.com", EntryKind::kFederated},
                                                {"cognito-identity.amazonaws.com", EntryKind::kFederated},
                                                {"graph.facebook.com", EntryKind::kFederated},
                                                {"www.amazon.com", EntryKind::kFederated},
                                                {iam + "oidc-provider/issuer.example.com/path", EntryKind::kFederated},
                                                {iam + "saml-provider/corporate", EntryKind::kFederated},
                                                {"issuer.example.com"},
                                                {"*"},
                                                {iam + "oidc-provider/"},
                                                {iam + "role/r"},
                                                {"arn:other:iam::111122223333:saml-provider/p"},
                                                {"arn:aws:sts::111122223333:saml-provider/p"},
                                                {"arn:aws:iam:us-east-1:111122223333:saml-provider/p"},
                                                {"arn:aws:iam::1111:saml-provider/p"},
                                            });
}

TEST(UserOrRole, IsInIam) {
  const auto is = [](std::string_view text) { return is_user_or_role(*parse_aws_principal(text)); };
  EXPECT_TRUE(is("arn:aws:iam::111122223333:user/u"));
  EXPECT_TRUE(is("arn:aws:iam::111122223333:role/r"));
  EXPECT_FALSE(is("arn:aws:sts::111122223333:assumed-role/r/s"));
  EXPECT_FALSE(is("arn:aws:iam::111122223333:root"));
  EXPECT_FALSE(is("*"));
}

}  // namespace
}  // namespace claviger::policy
