#include "policy/bindings.h"

#include <gtest/gtest.h>

#include <map>

#include "policy/key_policy.h"

namespace claviger::policy {
namespace {

class Names final : public PrincipalDirectory {
 public:
  explicit Names(std::map<std::string, std::string, std::less<>> ids) : ids_(std::move(ids)) {}
  bool account_exists(const AccountId&) const override { return true; }
  bool principal_exists(std::string_view arn) const override { return arn.find("nobody") == std::string_view::npos; }
  std::optional<std::string> unique_id(std::string_view arn) const override {
    const auto at = ids_.find(arn);
    return at == ids_.end() ? std::nullopt : std::optional(at->second);
  }
  std::optional<std::string> arn_of(std::string_view unique_id) const override {
    for (const auto& [arn, id] : ids_) {
      if (id == unique_id) return arn;
    }
    return std::nullopt;
  }

 private:
  std::map<std::string, std::string, std::less<>> ids_;
};

const std::string kAnna = "arn:aws:iam::111122223333:user/anna", kOtto = "arn:aws:iam::111122223333:user/otto";
const std::string kRole = "arn:aws:iam::111122223333:role/r";
const Names kThen({{kAnna, "AIDAANNA"}, {kOtto, "AIDAOTTO"}, {kRole, "AROAR"}});

// The names stand in other elements and in escapes too; only principals are shown by their ids.
const std::string kBoundText =
    "{ \"Id\":\"" + kAnna + "\",\n \"Statement\" : [ {\"Effect\":\"Allow\",\"Sid\":\"]},{\\\"" + kAnna +
    "\", \"Principal\":{\"AWS\" : [\"" + kAnna + "\",\t\"111122223333\" , \"" + kRole +
    "\"], \"Service\":\"logs.amazonaws.com\"},\"Action\":\"*\",\"Resource\":\"*\",\n"
    "\"Condition\":{\"StringEquals\":{\"aws:PrincipalArn\":[\"" +
    kAnna +
    "\",1,true]}}},{\"Effect\":\"Deny\",\"NotPrincipal\":{\"\\u0041WS\":\"arn:aws:iam::111122223333:user\\/otto\"},"
    "\"Action\":[],\"Resource\":\"*\"},{\"Effect\":\"Allow\",\"Principal\":\"*\"} ] }  ";

std::string with(std::string text, const std::string& from, const std::string& to, int which) {
  std::size_t at = 0;
  for (int i = 0; i < which; ++i) at = text.find(from, at + 1);
  return text.replace(at, from.size(), to);
}

TEST(Bindings, UsersAndRolesAreBoundOnce) {
  const auto document =
      Document::parse(DocumentKind::kKeyPolicy,
                      R"({"Statement":[{"Effect":"Allow","Principal":{"AWS":[")" + kAnna + R"(",")" + kAnna + R"(",")" +
                          kRole + R"(","*","111122223333","arn:aws:sts::111122223333:assumed-role/r/s"]}}]})");
  const auto bindings = bind_principals(*document, kThen);
  ASSERT_TRUE(bindings);
  EXPECT_EQ(*bindings, (std::vector<Binding>{{kAnna, "AIDAANNA"}, {kRole, "AROAR"}}));
  const auto gone = bind_principals(*document, Names({{kAnna, "AIDAANNA"}}));
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().message(), "Policy contains a statement with one or more invalid principals.");
}

TEST(Bindings, TheTextIsShownWithWhatHasChanged) {
  std::string text = kBoundText;
  text.replace(text.find("[]"), 2, "[\"*\"]");
  auto first = Document::parse(DocumentKind::kKeyPolicy, text);
  ASSERT_TRUE(first) << first.error().message();
  const auto bindings = bind_principals(*first, kThen);
  ASSERT_EQ(bindings->size(), 3u);
  const auto document = Document::parse(DocumentKind::kKeyPolicy, text, *bindings);
  EXPECT_EQ(shown_text(*document, kThen), text);
  EXPECT_EQ(shown_text(*first, Names({})), text);

  // Deleted; deleted and made again; renamed.
  const std::string deleted = with(text, "\"" + kAnna + "\",\t", "\"AIDAANNA\",\t", 1);
  EXPECT_EQ(shown_text(*document, Names({{kOtto, "AIDAOTTO"}, {kRole, "AROAR"}})), deleted);
  EXPECT_EQ(shown_text(*document, Names({{kAnna, "AIDANEW"}, {kOtto, "AIDAOTTO"}, {kRole, "AROAR"}})), deleted);
  const std::string renamed = with(text, "arn:aws:iam::111122223333:user\\/otto", kOtto + "\\\"2", 1);
  EXPECT_EQ(shown_text(*document, Names({{kAnna, "AIDAANNA"}, {kOtto + "\"2", "AIDAOTTO"}, {kRole, "AROAR"}})),
            renamed);
}

TEST(Bindings, AnAcceptedKeyPolicyHasThem) {
  const AccountId owner = *AccountId::parse("111122223333");
  const std::string json =
      R"({"Statement":{"Effect":"Allow","Principal":{"AWS":")" + kAnna + R"("},"Action":"kms:*","Resource":"*"}})";
  Principal anna{.kind = PrincipalKind::kUser, .account = owner, .arn = kAnna, .unique_id = "AIDAANNA"};
  const auto accepted = accept_key_policy({json, anna, "arn:aws:kms:us-east-1:111122223333:key/x", owner}, kThen);
  ASSERT_TRUE(accepted);
  EXPECT_EQ(accepted->bindings(), (std::vector<Binding>{{kAnna, "AIDAANNA"}}));
  EXPECT_EQ(accepted->text(), json);
  // Somebody else of the same name would lock itself out.
  anna.unique_id = "AIDANEW";
  EXPECT_FALSE(accept_key_policy({json, anna, "arn:aws:kms:us-east-1:111122223333:key/x", owner}, kThen));
}

}  // namespace
}  // namespace claviger::policy
