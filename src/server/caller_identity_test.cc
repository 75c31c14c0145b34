#include "server/caller_identity.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "iam/testing.h"

namespace claviger::server {
namespace {

// `userIdentity` of an event of this caller, as text.
std::string shown_identity(const iam::Caller& caller) {
  audit::Event event;
  event.user_identity = user_identity(caller);
  std::string text;
  audit::append_event(event, text);
  const std::size_t start = text.find("\"userIdentity\":") + 15;
  return text.substr(start, text.find(",\"eventTime\"") - start);
}

const AccountId kAccount = *AccountId::parse(iam::kTestAccount);

TEST(CallerIdentity, OfTheRoot) {
  EXPECT_EQ(shown_identity(iam::root_caller("aws", kAccount, "AKIAROOT")),
            R"({"type":"Root","principalId":"111122223333","arn":"arn:aws:iam::111122223333:root",)"
            R"("accountId":"111122223333","accessKeyId":"AKIAROOT"})");
}

TEST(CallerIdentity, OfASessionHasItsContext) {
  iam::Caller caller = iam::root_caller("aws", kAccount, "ASIASESSION");
  auto session = std::make_shared<iam::SessionDetails>();
  session->audit_context = R"({"attributes":{}})";
  caller.session = session;
  EXPECT_EQ(shown_identity(caller),
            R"({"type":"Root","principalId":"111122223333","arn":"arn:aws:iam::111122223333:root",)"
            R"("accountId":"111122223333","accessKeyId":"ASIASESSION","sessionContext":{"attributes":{}}})");
}

TEST(CallerIdentity, OfAWebIdentityIsWhatItsProviderSays) {
  iam::Caller caller;
  caller.kind = policy::PrincipalKind::kWebIdentity;
  caller.account = kAccount;
  caller.principal_id = "arn:aws:iam::111122223333:oidc-provider/a.example.com:aud:sub";
  caller.user_name = "sub";
  auto identity = std::make_shared<iam::WebIdentity>();
  identity->provider = "arn:aws:iam::111122223333:oidc-provider/a.example.com";
  caller.web_identity = identity;
  EXPECT_EQ(
      shown_identity(caller),
      R"({"type":"WebIdentityUser","principalId":"arn:aws:iam::111122223333:oidc-provider/a.example.com:aud:sub",)"
      R"("userName":"sub","identityProvider":"arn:aws:iam::111122223333:oidc-provider/a.example.com"})");
}

// None calls yet; a record of one would say nothing of an account or a key.
TEST(CallerIdentity, OfAServiceIsItsName) {
  iam::Caller caller;
  caller.kind = policy::PrincipalKind::kService;
  caller.account = kAccount;
  caller.service_name = "s3.amazonaws.com";
  EXPECT_EQ(shown_identity(caller), R"({"type":"AWSService","invokedBy":"s3.amazonaws.com"})");
}

}  // namespace
}  // namespace claviger::server
