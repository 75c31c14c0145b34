// Callers and policies for the tests of decisions.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "policy/decision.h"

namespace claviger::policy {

using Documents = std::vector<std::shared_ptr<const Document>>;

inline constexpr std::string_view kKeyArn =
    "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
inline constexpr std::string_view kRootArn = "arn:aws:iam::111122223333:root",
                                  kUserArn = "arn:aws:iam::111122223333:user/u";
inline constexpr std::string_view kRoleArn = "arn:aws:iam::111122223333:role/r";
inline constexpr std::string_view kSessionArn = "arn:aws:sts::111122223333:assumed-role/r/s";
inline constexpr std::string_view kFederatedArn = "arn:aws:sts::111122223333:federated-user/f";
inline const AccountId kOwner = *AccountId::parse("111122223333");
inline const AccountId kOther = *AccountId::parse("444455556666");

inline const Principal kRoot{.kind = PrincipalKind::kRoot, .account = kOwner, .arn = kRootArn};
inline const Principal kUser{.kind = PrincipalKind::kUser, .account = kOwner, .arn = kUserArn, .unique_id = "AIDAU"};
inline const Principal kSession{.kind = PrincipalKind::kAssumedRole,
                                .account = kOwner,
                                .arn = kSessionArn,
                                .role_arn = kRoleArn,
                                .unique_id = "AROAR"};
inline const Principal kFederated{.kind = PrincipalKind::kFederatedUser,
                                  .account = kOwner,
                                  .arn = kFederatedArn,
                                  .user_arn = kUserArn,
                                  .unique_id = "AIDAU"};
inline const Principal kForeign{
    .kind = PrincipalKind::kUser, .account = kOther, .arn = "arn:aws:iam::444455556666:user/v", .unique_id = "AIDAV"};
inline const Principal kForeignRoot{
    .kind = PrincipalKind::kRoot, .account = kOther, .arn = "arn:aws:iam::444455556666:root"};
inline const Principal kService{
    .kind = PrincipalKind::kService, .arn = "logs.amazonaws.com", .service_name = "logs.amazonaws.com"};
inline const Principal kWeb{
    .kind = PrincipalKind::kWebIdentity, .arn = "accounts.google.com:1", .federated_provider = "accounts.google.com"};

inline std::shared_ptr<const Document> parse(DocumentKind kind, std::string statements,
                                             std::vector<Binding> bindings = {}) {
  auto result =
      Document::parse(kind, R"({"Version":"2012-10-17","Statement":[)" + statements + "]}", std::move(bindings));
  EXPECT_TRUE(result) << statements << (result ? "" : result.error().message());
  return std::make_shared<const Document>(*std::move(result));
}

inline std::string identity(std::string_view effect, std::string_view action, std::string_view resource = "*") {
  return R"({"Effect":")" + std::string(effect) + R"(","Action":")" + std::string(action) + R"(","Resource":")" +
         std::string(resource) + R"("})";
}

inline std::string resource(std::string_view effect, std::string_view principal, std::string_view action = "kms:*",
                            std::string_view element = "Principal", std::string_view more = R"(,"Resource":"*")") {
  return R"({"Effect":")" + std::string(effect) + R"(",")" + std::string(element) + R"(":)" + std::string(principal) +
         R"(,"Action":")" + std::string(action) + R"(")" + std::string(more) + "}";
}

inline std::string aws(std::string_view arn) { return R"({"AWS":")" + std::string(arn) + R"("})"; }

class OneGrant final : public GrantSource {
 public:
  OneGrant(std::string_view action, Grantee grantee) : action_(action), grantee_(grantee) {}
  std::optional<GrantUse> find(std::string_view action) const override {
    ++asked;
    if (action != action_) return std::nullopt;
    return GrantUse{grantee_, "grant-1"};
  }
  void explain(std::string_view action, std::vector<TracedGrant>& out) const override {
    out.push_back({"grant-1", action == action_ ? GrantOutcome::kAllows : GrantOutcome::kOtherOperation});
  }
  mutable int asked = 0;

 private:
  std::string_view action_;
  Grantee grantee_;
};

inline const std::string kDefault = resource("Allow", aws(kRootArn));
inline const std::string kAll = identity("Allow", "*");
inline const std::string kNothing = identity("Allow", "s3:*");

inline Documents parse_all(const std::vector<std::string>& statements) {
  Documents documents;
  for (const std::string& one : statements) documents.push_back(parse(DocumentKind::kIdentity, one));
  return documents;
}

}  // namespace claviger::policy
