// Decisions over policies with conditions, asked of real requests: for callers of every kind, which the running server
// gets from IAM.
#include <gtest/gtest.h>

#include "policy/decision.h"
#include "server/testing_request.h"

namespace claviger::server {
namespace {

using policy::Document;
using policy::DocumentKind;
using policy::Reason;

class ConditionDecision : public RequestContextTest {
 protected:
  ConditionDecision() {
    caller_.kind = policy::PrincipalKind::kUser;
    caller_.principal_arn = "arn:aws:iam::111122223333:user/u";
    caller_.principal_id = "AIDAEXAMPLEEXAMPLEEX";
    caller_.user_name = "u";
    key_policy(kDefault);
  }

  static constexpr std::string_view kDefault =
      R"({"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"kms:*","Resource":"*"})";

  static std::shared_ptr<const Document> parsed(DocumentKind kind, std::string_view statements) {
    const std::string text = R"({"Version":"2012-10-17","Statement":[)" + std::string(statements) + "]}";
    Result<Document> document = Document::parse(kind, text);
    CLAVIGER_CHECK(document.has_value());
    return std::make_shared<const Document>(*std::move(document));
  }
  void key_policy(std::string_view statements) { key_policy_ = parsed(DocumentKind::kKeyPolicy, statements); }
  void identity_policy(std::string_view statements) { identity_ = {parsed(DocumentKind::kIdentity, statements)}; }
  // An Allow of the action under a condition.
  void identity_allows(std::string_view action, std::string_view condition) {
    identity_policy(R"({"Effect":"Allow","Action":")" + std::string(action) + R"(","Resource":"*","Condition":)" +
                    std::string(condition) + "}");
  }

  // On the target at `place`, or, without a key there, on `*`.
  policy::Decision decide(std::string_view permission, std::size_t place = 0) {
    const RequestFacts facts{caller_, scope_, request_, clock_, call_.get()};
    const RequestContext context(facts, resolved_, place);
    const policy::Policies policies{
        .owner = scope_.account, .resource_policy = key_policy_.get(), .identity = identity_};
    if (place >= resolved_.size()) {
      return policy::decide_without_key({caller_.principal(), permission, "*", &context}, policies);
    }
    return policy::decide_on_key({caller_.principal(), permission, key_.arn, &context}, policies);
  }
  bool allowed(std::string_view permission, std::size_t place = 0) { return decide(permission, place).allowed(); }

  std::shared_ptr<const Document> key_policy_;
  std::vector<std::shared_ptr<const Document>> identity_;
};

// authorization.md's decision vectors that have conditions, by their numbers.
TEST_F(ConditionDecision, IdentityPolicyWithAnEncryptionContextAllowsOnlyThat) {
  identity_allows("kms:Encrypt", R"({"StringEquals":{"kms:EncryptionContext:App":"X"}})");
  prepare("Encrypt", with_key(R"(,"Plaintext":"AA==","EncryptionContext":{"App":"X"})"));
  EXPECT_TRUE(allowed("kms:Encrypt"));
  prepare("Encrypt", with_key(R"(,"Plaintext":"AA==","EncryptionContext":{"App":"Y"})"));
  EXPECT_FALSE(allowed("kms:Encrypt"));
  prepare("Encrypt", with_key(R"(,"Plaintext":"AA==")"));
  EXPECT_FALSE(allowed("kms:Encrypt"));
}

TEST_F(ConditionDecision, DenyUnlessByWayOfAServiceDeniesDirectUse) {
  key_policy(std::string(kDefault) +
             R"(,{"Effect":"Deny","Principal":"*","Action":"kms:Decrypt","Resource":"*",
                  "Condition":{"StringNotEquals":{"kms:ViaService":"s3.eu-west-1.amazonaws.com"}}})");
  identity_policy(R"({"Effect":"Allow","Action":"kms:*","Resource":"*"})");
  prepare("Encrypt", with_key(R"(,"Plaintext":"AA==")"));
  EXPECT_TRUE(allowed("kms:Encrypt"));
  EXPECT_EQ(decide("kms:Decrypt").reason, Reason::kDenyStatement);
}

TEST_F(ConditionDecision, AllOfNoContextKeysIsAllowed) {
  identity_allows("kms:Encrypt", R"({"ForAllValues:StringEquals":{"kms:EncryptionContextKeys":["A"]}})");
  prepare("Encrypt", with_key(R"(,"Plaintext":"AA==")"));
  EXPECT_TRUE(allowed("kms:Encrypt"));
  prepare("Encrypt", with_key(R"(,"Plaintext":"AA==","EncryptionContext":{"B":"1"})"));
  EXPECT_FALSE(allowed("kms:Encrypt"));
}

TEST_F(ConditionDecision, AccountDelegatesOnlyWhereTheConditionOfTheKeyPolicyHolds) {
  key_policy(R"({"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"kms:*","Resource":"*",
                 "Condition":{"StringEquals":{"kms:EncryptionContext:App":"X"}}})");
  identity_policy(R"({"Effect":"Allow","Action":"kms:*","Resource":"*"})");
  prepare("Encrypt", with_key(R"(,"Plaintext":"AA==","EncryptionContext":{"App":"X"})"));
  EXPECT_TRUE(allowed("kms:Encrypt"));
  prepare("Encrypt", with_key(R"(,"Plaintext":"AA==")"));
  EXPECT_EQ(decide("kms:Encrypt").reason, Reason::kNoStatement);
}

TEST_F(ConditionDecision, ResourceAliasesCountInIdentityPoliciesOnly) {
  constexpr std::string_view kCondition = R"({"ForAnyValue:StringEquals":{"kms:ResourceAliases":"alias/a"}})";
  prepare("DescribeKey", with_key());
  identity_allows("kms:DescribeKey", kCondition);
  EXPECT_TRUE(allowed("kms:DescribeKey"));
  key_.aliases = {"alias/b"};
  prepare("DescribeKey", with_key());
  EXPECT_FALSE(allowed("kms:DescribeKey"));

  key_.aliases = {"alias/a"};
  prepare("DescribeKey", with_key());
  identity_.clear();
  key_policy(R"({"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*","Condition":)" +
             std::string(kCondition) + "}");
  EXPECT_FALSE(allowed("kms:DescribeKey"));
}

TEST_F(ConditionDecision, NoConditionOnTheAliasesOfAKeyBeyondTheQuotaIsSatisfied) {
  for (std::size_t i = 0; i <= api::KeySnapshot::kMaxAliases; ++i) key_.aliases.push_back("alias/" + std::to_string(i));
  prepare("DescribeKey", with_key());
  for (const char* condition :
       {R"({"ForAnyValue:StringEquals":{"kms:ResourceAliases":"alias/a"}})",
        R"({"ForAllValues:StringLike":{"kms:ResourceAliases":"*"}})",
        R"({"ForAnyValue:StringNotEquals":{"kms:ResourceAliases":"alias/z"}})",
        R"({"Null":{"kms:ResourceAliases":"true"}})", R"({"Null":{"kms:ResourceAliases":"false"}})"}) {
    identity_allows("kms:DescribeKey", condition);
    EXPECT_FALSE(allowed("kms:DescribeKey")) << condition;
  }
}

TEST_F(ConditionDecision, TagsOfKeyAndRequest) {
  identity_allows("kms:*", R"({"StringEquals":{"aws:ResourceTag/team":"Payments"}})");
  prepare("DescribeKey", with_key());
  EXPECT_TRUE(allowed("kms:DescribeKey"));
  prepare("CreateKey", R"({"Tags":[{"TagKey":"team","TagValue":"Payments"}]})");
  EXPECT_TRUE(allowed("kms:CreateKey"));
  prepare("CreateKey", "{}");
  EXPECT_FALSE(allowed("kms:CreateKey"));
  identity_allows("kms:CreateKey", R"({"ForAllValues:StringEquals":{"aws:TagKeys":["team"]},
                                       "Null":{"aws:RequestTag/team":"false"}})");
  prepare("CreateKey", R"({"Tags":[{"TagKey":"team","TagValue":"x"}]})");
  EXPECT_TRUE(allowed("kms:CreateKey"));
  prepare("CreateKey", R"({"Tags":[{"TagKey":"team","TagValue":"x"},{"TagKey":"y","TagValue":"x"}]})");
  EXPECT_FALSE(allowed("kms:CreateKey"));
}

TEST_F(ConditionDecision, VariablesOfThePrincipal) {
  identity_allows("kms:Encrypt", R"({"StringEquals":{"kms:EncryptionContext:owner":"${aws:username}"}})");
  prepare("Encrypt", with_key(R"(,"Plaintext":"AA==","EncryptionContext":{"owner":"u"})"));
  EXPECT_TRUE(allowed("kms:Encrypt"));
  caller_.user_name = "v";
  EXPECT_FALSE(allowed("kms:Encrypt"));
  identity_allows("kms:Encrypt", R"({"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:user/u"}})");
  EXPECT_TRUE(allowed("kms:Encrypt"));
}

TEST_F(ConditionDecision, WhoMakesAKeyWithTagsNeedsThePermissionToTag) {
  api::Services services;
  const api::Context context{caller_, scope_, services};
  prepare("CreateKey", R"({"Tags":[{"TagKey":"team","TagValue":"x"}]})");
  const auto further = call_->further_permissions(context);
  ASSERT_EQ(further.size(), 1u);
  EXPECT_EQ(further[0].permission, "kms:TagResource");
  EXPECT_EQ(further[0].resource, "arn:aws:kms:eu-west-1:111122223333:key/*");
  for (const char* body : {"{}", R"({"Tags":[]})"}) {
    prepare("CreateKey", body);
    EXPECT_TRUE(call_->further_permissions(context).empty()) << body;
  }
  prepare("TagResource", with_key(R"(,"Tags":[{"TagKey":"team","TagValue":"x"}])"));
  EXPECT_TRUE(call_->further_permissions(context).empty());
}

TEST_F(ConditionDecision, FurtherPermissionIsDecidedOnEveryKeyOfTheAccountAndRegion) {
  const struct {
    const char* resource;
    bool allowed;
  } rows[] = {{"*", true},
              {"arn:aws:kms:*:111122223333:key/*", true},
              {"arn:aws:kms:eu-west-1:111122223333:key/*", true},
              {"arn:aws:kms:us-east-1:111122223333:key/*", false},
              {"arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab", false}};
  for (const auto& row : rows) {
    identity_policy(R"({"Effect":"Allow","Action":"kms:TagResource","Resource":")" + std::string(row.resource) + "\"}");
    const policy::Decision decision =
        policy::decide_without_key({caller_.principal(), "kms:TagResource", "arn:aws:kms:eu-west-1:111122223333:key/*"},
                                   {.owner = scope_.account, .identity = identity_});
    EXPECT_EQ(decision.allowed(), row.allowed) << row.resource;
  }
}

// A context that must not be asked.
class Untouchable final : public policy::Context {
 public:
  policy::ContextValues find(const policy::ContextKey& key) const override {
    ADD_FAILURE() << "asked for " << key.name();
    return {};
  }
};

TEST_F(ConditionDecision, PoliciesWithoutConditionsDoNotAskTheRequest) {
  const Untouchable context;
  identity_policy(R"({"Effect":"Allow","Action":"kms:*","Resource":"*"})");
  const policy::Policies policies{.owner = scope_.account, .resource_policy = key_policy_.get(), .identity = identity_};
  EXPECT_TRUE(policy::decide_on_key({caller_.principal(), "kms:Encrypt", key_.arn, &context}, policies).allowed());
}

}  // namespace
}  // namespace claviger::server
