#include "policy/principal_entry.h"

#include <gtest/gtest.h>

namespace claviger::policy {
namespace {

using Kind = PrincipalEntry::Kind;

struct Row {
  std::string text;
  std::optional<Kind> kind = {};  // none: refused
};

void expect_rows(std::optional<PrincipalEntry> (*parse)(std::string_view), const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    const auto entry = parse(row.text);
    ASSERT_EQ(entry.has_value(), row.kind.has_value()) << row.text;
    if (!entry) continue;
    EXPECT_EQ(static_cast<int>(entry->kind), static_cast<int>(*row.kind)) << row.text;
    EXPECT_EQ(entry->text, row.text);
    if (entry->kind == Kind::kAccount || entry->kind == Kind::kPrincipal) {
      EXPECT_EQ(entry->account.view(), "111122223333") << row.text;
    }
  }
}

TEST(AwsPrincipal, IsAnAccountOrSomebodyInIt) {
  const std::string iam = "arn:aws:iam::111122223333:", sts = "arn:aws:sts::111122223333:";
  const std::string longest(640, 'x');
  expect_rows(parse_aws_principal, {
                                       {"*", Kind::kAnyone},
                                       {"111122223333", Kind::kAccount},
                                       {iam + "root", Kind::kAccount},
                                       {"arn:aws-cn:iam::111122223333:root", Kind::kAccount},
                                       {"arn:awsz:iam::111122223333:root", Kind::kAccount},
                                       {"arn:aws-us-gov:iam::111122223333:user/a", Kind::kPrincipal},
                                       {iam + "user/!/~", Kind::kPrincipal},
                                       {iam + "user/" + longest, Kind::kPrincipal},
                                       {iam + "role/some/path/r", Kind::kPrincipal},
                                       {sts + "assumed-role/r/s", Kind::kPrincipal},
                                       {sts + "federated-user/f", Kind::kPrincipal},
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
  expect_rows(parse_service_principal, {
                                           {"logs.amazonaws.com", Kind::kService},
                                           {"az-09.us-east-1.amazonaws.com", Kind::kService},
                                           {"ec2.amazonaws.com.cn", Kind::kService},
                                           {std::string(256 - suffix.size(), 'a') + suffix, Kind::kService},
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
  expect_rows(parse_federated_principal, {
                                             {"accounts.google.com", Kind::kFederated},
                                             {"cognito-identity.amazonaws.com", Kind::kFederated},
                                             {"graph.facebook.com", Kind::kFederated},
                                             {"www.amazon.com", Kind::kFederated},
                                             {iam + "oidc-provider/issuer.example.com/path", Kind::kFederated},
                                             {iam + "saml-provider/corporate", Kind::kFederated},
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
