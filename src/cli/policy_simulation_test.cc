#include "cli/policy_simulation.h"

#include <gtest/gtest.h>

#include <string>

namespace claviger::cli {
namespace {

const std::string kKey = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
const std::string kUser = "arn:aws:iam::111122223333:user/team/u";

std::string policy_of(const std::string& statement) {
  return R"({"Version": "2012-10-17", "Statement": )" + statement + "}";
}
const std::string kEncryptWithContext = policy_of(
    R"({"Sid": "Enc", "Effect": "Allow", "Action": "kms:Encrypt", "Resource": "*",
        "Condition": {"StringEquals": {"kms:EncryptionContext:App": "blue"}}})");

SimulationRequest request_of(std::string caller, std::string action) {
  return {.caller = std::move(caller), .action = std::move(action), .resource = kKey};
}
std::string simulation_error(const SimulationRequest& request) {
  const auto simulation = simulate(request);
  return simulation ? "" : simulation.error().detail();
}

TEST(PolicySimulation, ARefusalShowsBothValuesOfTheConditionThatFailed) {
  SimulationRequest request = request_of(kUser, "kms:Encrypt");
  request.identity = {{"i.json", kEncryptWithContext}};
  request.context = {"kms:EncryptionContext:App=red"};
  const auto simulation = simulate(request);
  ASSERT_TRUE(simulation.has_value()) << simulation.error().detail();
  EXPECT_FALSE(simulation->allowed);
  EXPECT_EQ(
      simulation->text,
      "implicitDeny: the key policy leaves it to the identity policies of the caller's account, and none allows it\n"
      "left to identity policies by key policy default, statement 1 (Enable IAM User Permissions)\n"
      "missing: an Allow of an identity policy of the caller\n"
      "nearly: identity policy i.json, statement 1 (Enc): "
      "StringEquals kms:EncryptionContext:App: the policy has [blue], the request has [red]: does not hold\n"
      "looked at:\n"
      "  key policy default, statement 1 (Enable IAM User Permissions): Allow applies\n"
      "  identity policy i.json, statement 1 (Enc): Allow does not apply: a condition does not hold\n"
      "    StringEquals kms:EncryptionContext:App: the policy has [blue], the request has [red]: does not hold\n"
      "the caller would be told: User: arn:aws:iam::111122223333:user/team/u is not authorized to perform: "
      "kms:Encrypt on resource: " +
          kKey + " because no identity-based policy allows the kms:Encrypt action");
  EXPECT_NE(simulation->json.find(R"("policyValues":["blue"],"requestValues":["red"],"result":"does not hold")"),
            std::string::npos)
      << simulation->json;
  EXPECT_TRUE(simulation->json.starts_with(R"({"verdict":"implicitDeny",)")) << simulation->json;
}

TEST(PolicySimulation, AnAllowNamesItsStatement) {
  SimulationRequest request = request_of(kUser, "kms:Encrypt");
  request.identity = {{"i.json", kEncryptWithContext}};
  request.context = {"kms:EncryptionContext:App=blue"};
  const auto simulation = simulate(request);
  ASSERT_TRUE(simulation.has_value());
  EXPECT_TRUE(simulation->allowed);
  EXPECT_NE(simulation->text.find("\ndecided by identity policy i.json, statement 1 (Enc)\n"), std::string::npos)
      << simulation->text;
}

struct RefusedSimulation {
  const char* name;
  SimulationRequest request;
  std::string begins;
};

TEST(PolicySimulation, SaysWhatIsMissing) {
  const std::string allow = policy_of(R"({"Effect": "Allow", "Action": "kms:*", "Resource": "*"})");
  const std::string other = policy_of(R"({"Effect": "Allow", "Action": "s3:*", "Resource": "*"})");
  const std::string deny = policy_of(R"({"Effect": "Deny", "Action": "kms:*", "Resource": "*"})");
  const std::string only_root_decrypts = policy_of(
      R"({"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "kms:Decrypt", "Resource": "*"})");
  const std::string session = "arn:aws:sts::111122223333:assumed-role/r/s";
  const std::string names_role = policy_of(
      R"({"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/r"}, "Action": "kms:*",
          "Resource": "*"})");
  const std::string stranger = "arn:aws:iam::999999999999:user/u";
  const auto with = [&](std::string caller, const std::string& key, const std::string& identity,
                        const std::string& boundary = "", const std::string& limit = "") {
    SimulationRequest request = request_of(std::move(caller), "kms:Encrypt");
    if (!key.empty()) request.key_policy = {{"k", key}};
    if (!identity.empty()) request.identity = {{"i", identity}};
    if (!boundary.empty()) request.boundary = {{"b", boundary}};
    if (!limit.empty()) request.session = {{"s", limit}};
    return request;
  };
  const RefusedSimulation rows[] = {
      {"root", with("arn:aws:iam::111122223333:root", "", ""), "allowed: the key policy names the account"},
      {"delegated", with(kUser, "", allow), "allowed: an identity policy allows it"},
      {"not delegated", with(kUser, only_root_decrypts, allow), "implicitDeny: no statement of the key policy"},
      {"denied", with(kUser, "", deny), "explicitDeny: a Deny statement applies"},
      {"boundary", with(kUser, "", allow, other), "implicitDeny: the permissions boundary does not"},
      {"session policy", with(session, "", allow, "", other), "implicitDeny: the session policy does not"},
      {"role", with(session, names_role, ""), "allowed: the key policy names the role"},
      {"another account", with(stranger, "", allow), "implicitDeny: no statement of the key policy"},
  };
  for (const RefusedSimulation& row : rows) {
    SCOPED_TRACE(row.name);
    const auto simulation = simulate(row.request);
    ASSERT_TRUE(simulation.has_value()) << simulation.error().detail();
    EXPECT_TRUE(simulation->text.starts_with(row.begins)) << simulation->text;
    EXPECT_EQ(simulation->allowed, row.begins.starts_with("allowed"));
  }
}

TEST(PolicySimulation, OperationsWithoutAKeyAreForIdentityPolicies) {
  SimulationRequest request{.caller = kUser, .action = "kms:ListKeys", .resource = "*"};
  EXPECT_TRUE(simulate(request)->text.starts_with("implicitDeny: no identity policy allows it"));
  request.identity = {{"i", policy_of(R"({"Effect": "Allow", "Action": "kms:List*", "Resource": "*"})")}};
  EXPECT_TRUE(simulate(request)->allowed);
}

TEST(PolicySimulation, TheCallerAndSeveralValuesAreInTheContext) {
  SimulationRequest request = request_of(kUser, "kms:CreateGrant");
  request.identity = {{"i", policy_of(R"({"Effect": "Allow", "Action": "kms:*", "Resource": "*", "Condition": {
      "StringEquals": {"aws:username": "u", "kms:CallerAccount": "111122223333", "aws:RequestedRegion": "us-east-1"},
      "ArnEquals": {"aws:PrincipalArn": "arn:aws:iam::111122223333:user/team/u"},
      "ForAllValues:StringEquals": {"kms:GrantOperations": ["Encrypt", "Decrypt"]},
      "ForAnyValue:StringEquals": {"kms:GrantOperations": "Decrypt"}}})")}};
  request.context = {"kms:GrantOperations=Encrypt", "kms:GrantOperations=Decrypt"};
  EXPECT_TRUE(simulate(request)->allowed) << simulate(request)->text;
  request.context.emplace_back("kms:GrantOperations=Sign");
  EXPECT_FALSE(simulate(request)->allowed);
}

TEST(PolicySimulation, ANameThatIsGivenTwiceHasBothValues) {
  SimulationRequest request = request_of(kUser, "kms:Encrypt");
  request.identity = {{"i", kEncryptWithContext}};
  request.context = {"kms:EncryptionContext:App=blue", "kms:EncryptionContext:App=red"};
  const auto simulation = simulate(request);
  EXPECT_FALSE(simulation->allowed);
  EXPECT_NE(simulation->text.find("the request has [blue, red]: cannot be judged"), std::string::npos)
      << simulation->text;
}

TEST(PolicySimulation, RefusesWhatIsNoQuestion) {
  SimulationRequest bad_policy = request_of(kUser, "kms:Encrypt");
  bad_policy.identity = {{"i.json", "{}"}};
  SimulationRequest bad_resource = request_of(kUser, "kms:Encrypt");
  bad_resource.resource = "arn:aws:s3:::b";
  SimulationRequest no_key = request_of(kUser, "kms:Encrypt");
  no_key.resource = "*";
  SimulationRequest bad_context = request_of(kUser, "kms:Encrypt");
  bad_context.context = {"=x"};
  const std::pair<SimulationRequest, std::string> rows[] = {
      {request_of("arn:aws:iam::111122223333:role/r", "kms:Encrypt"),
       "arn:aws:iam::111122223333:role/r is not the ARN"},
      {request_of("u", "kms:Encrypt"), "u is not the ARN of a principal"},
      {request_of(kUser, "kms:Encript"), "AWS KMS has no permission kms:Encript"},
      {bad_policy, "i.json: "},
      {bad_resource, "arn:aws:s3:::b is neither"},
      {no_key, "kms:Encrypt is decided on a key"},
      {bad_context, "=x is not NAME=VALUE"},
  };
  for (const auto& [request, begins] : rows) {
    EXPECT_TRUE(simulation_error(request).starts_with(begins)) << simulation_error(request);
  }
}

}  // namespace
}  // namespace claviger::cli
