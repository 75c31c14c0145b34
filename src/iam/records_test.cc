#include "iam/records.h"

#include <gtest/gtest.h>

#include <functional>

#include "iam/page_example.h"
#include "iam/testing.h"

namespace claviger::iam {
namespace {

const UniqueId kUser = *UniqueId::parse("AIDAEXAMPLEUSERID2345");
const UniqueId kGroup = *UniqueId::parse("AGPAEXAMPLEGROUP23456");
const UniqueId kRole = *UniqueId::parse("AROAEXAMPLEROLEID2345");
const UniqueId kPolicy = *UniqueId::parse("ANPAEXAMPLEPOLICY2345");
constexpr const char* kDocument = R"({"Version":"2012-10-17","Statement":[]})";

UserRecord user() {
  return {.account = kAccount,
          .id = kUser,
          .name = "Alice",
          .path = "/team/",
          .created = kExampleTime,
          .tags = {{"team", "payments"}},
          .boundary = kPolicy,
          .permissions = {.attached = {kPolicy}, .inline_policies = {{"inline", kDocument}}},
          .groups = {kGroup},
          .access_keys = {{"AKIAIOSFODNN7EXAMPLE", AccessKeyStatus::kActive, kExampleTime}}};
}
GroupRecord group() {
  return {.account = kAccount,
          .id = kGroup,
          .name = "Admins",
          .created = kExampleTime,
          .permissions = {.attached = {kPolicy}, .inline_policies = {}},
          .members = 3};
}
RoleRecord role() {
  return {.account = kAccount,
          .id = kRole,
          .name = "App",
          .created = kExampleTime,
          .description = "An application",
          .trust_policy = R"({"Statement":[]})",
          .trust_bindings = {{"arn:aws:iam::111122223333:user/team/Alice", kUser}},
          .permissions = {.attached = {}, .inline_policies = {{"Use", kDocument}}}};
}
PolicyRecord policy() {
  const WallTime later = kExampleTime + std::chrono::seconds(1);
  return {.account = kAccount,
          .id = kPolicy,
          .name = "UseKeys",
          .path = "/app/",
          .description = "Use of keys",
          .created = kExampleTime,
          .updated = later,
          .attachments = 2,
          .boundary_uses = 1,
          .default_version = 3,
          .next_version = 4,
          .versions = {{1, kExampleTime, "{}"}, {3, later, kDocument}},
          .tags = {{"k", ""}}};
}
ProviderRecord provider() {
  return {.account = kAccount,
          .url = "oidc.example.com/id/1",
          .created = kExampleTime,
          .client_ids = {"sts.amazonaws.com"},
          .thumbprints = {std::string(40, 'a')},
          .key_set = R"({"keys":[]})"};
}
AccountRecord account() {
  return {.account = kAccount, .created = kExampleTime, .name = "Production", .alias = "acme-prod"};
}

TEST(IamRecords, TheDocumentedExamplesDecode) {
  EXPECT_EQ(decode_account(kAccount, documented_example("iam-account.md")), account());
  EXPECT_EQ(decode_user(kAccount, "alice", documented_example("iam-user.md")), user());
  EXPECT_EQ(decode_group(kAccount, "admins", documented_example("iam-group.md")), group());
  EXPECT_EQ(decode_role(kAccount, "app", documented_example("iam-role.md")), role());
  EXPECT_EQ(decode_policy(kAccount, "usekeys", documented_example("iam-policy.md")), policy());
  EXPECT_EQ(decode_provider(kAccount, "oidc.example.com/id/1", documented_example("iam-oidc-provider.md")), provider());
}

TEST(IamRecords, AreWrittenAsDocumented) {
  EXPECT_EQ(encode(account()), documented_example("iam-account.md"));
  EXPECT_EQ(encode(user()), documented_example("iam-user.md"));
  EXPECT_EQ(encode(group()), documented_example("iam-group.md"));
  EXPECT_EQ(encode(role()), documented_example("iam-role.md"));
  EXPECT_EQ(encode(policy()), documented_example("iam-policy.md"));
  EXPECT_EQ(encode(provider()), documented_example("iam-oidc-provider.md"));
}

TEST(IamRecords, ALengthThatDoesNotFitIsCorrupt) {
  using Decode = std::function<bool(ByteSpan, ErrorCode&)>;
  const auto decoder = [](auto decode) -> Decode {
    return [decode](ByteSpan bytes, ErrorCode& code) {
      const auto result = decode(bytes);
      if (!result) code = result.error().code();
      return result.has_value();
    };
  };
  for (const auto& [bytes, decode] : std::vector<std::pair<Bytes, Decode>>{
           {encode(account()), decoder([](ByteSpan b) { return decode_account(kAccount, b); })},
           {encode(user()), decoder([](ByteSpan b) { return decode_user(kAccount, "alice", b); })},
           {encode(group()), decoder([](ByteSpan b) { return decode_group(kAccount, "admins", b); })},
           {encode(role()), decoder([](ByteSpan b) { return decode_role(kAccount, "app", b); })},
           {encode(policy()), decoder([](ByteSpan b) { return decode_policy(kAccount, "usekeys", b); })},
           {encode(provider()),
            decoder([](ByteSpan b) { return decode_provider(kAccount, "oidc.example.com/id/1", b); })},
       }) {
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      ErrorCode code{};
      EXPECT_FALSE(decode(ByteSpan(bytes).first(size), code)) << size;
      EXPECT_EQ(code, ErrorCode::kCorrupt);
    }
    ErrorCode code{};
    Bytes longer = bytes;
    longer.push_back(0);
    EXPECT_FALSE(decode(longer, code));
    Bytes newer = bytes;
    newer[0] = 2;
    EXPECT_FALSE(decode(newer, code));
  }
}

TEST(IamRecords, ANameThatIsNotItsStoreKeysIsCorrupt) {
  EXPECT_FALSE(decode_user(kAccount, "bob", encode(user())));
  EXPECT_FALSE(decode_user(kAccount, "Alice", encode(user())));
  EXPECT_FALSE(decode_group(kAccount, "app", encode(group())));
  EXPECT_FALSE(decode_role(kAccount, "alice", encode(role())));
  EXPECT_FALSE(decode_policy(kAccount, "x", encode(policy())));
}

TEST(IamRecords, BrokenRulesAreCorrupt) {
  const auto refuses_user = [](auto change) {
    UserRecord record = user();
    change(record);
    return !decode_user(kAccount, folded(record.name), encode(record));
  };
  EXPECT_TRUE(refuses_user([](UserRecord& r) { r.path = "x"; }));
  EXPECT_TRUE(refuses_user([](UserRecord& r) { r.id = kRole; }));
  EXPECT_TRUE(refuses_user([](UserRecord& r) { r.boundary = kGroup; }));
  EXPECT_TRUE(refuses_user([](UserRecord& r) { r.groups = {kPolicy}; }));
  EXPECT_TRUE(refuses_user([](UserRecord& r) { r.name = "a b"; }));
  EXPECT_TRUE(refuses_user([](UserRecord& r) { r.permissions.attached = {kUser}; }));
  EXPECT_TRUE(refuses_user([](UserRecord& r) { r.permissions.inline_policies = {{"b", "{}"}, {"A", "{}"}}; }));
  EXPECT_TRUE(refuses_user([](UserRecord& r) { r.permissions.inline_policies = {{"a", "{}"}, {"A", "{}"}}; }));
  EXPECT_TRUE(refuses_user([](UserRecord& r) { r.access_keys[0].id = ""; }));
  EXPECT_TRUE(refuses_user([](UserRecord& r) { r.access_keys[0].status = static_cast<AccessKeyStatus>(3); }));
  const auto refuses_role = [](auto change) {
    RoleRecord record = role();
    change(record);
    return !decode_role(kAccount, "app", encode(record));
  };
  EXPECT_TRUE(refuses_role([](RoleRecord& r) { r.max_session_seconds = 3599; }));
  EXPECT_TRUE(refuses_role([](RoleRecord& r) { r.max_session_seconds = 43'201; }));
  EXPECT_TRUE(refuses_role([](RoleRecord& r) { r.trust_bindings[0].second = kRole; }));
  EXPECT_TRUE(refuses_role([](RoleRecord& r) { r.trust_bindings[0].first = "x"; }));
  const auto refuses_policy = [](auto change) {
    PolicyRecord record = policy();
    change(record);
    return !decode_policy(kAccount, "usekeys", encode(record));
  };
  EXPECT_TRUE(refuses_policy([](PolicyRecord& r) { r.default_version = 2; }));
  EXPECT_TRUE(refuses_policy([](PolicyRecord& r) { r.next_version = 3; }));
  EXPECT_TRUE(refuses_policy([](PolicyRecord& r) { std::swap(r.versions[0], r.versions[1]); }));
  EXPECT_TRUE(refuses_policy([](PolicyRecord& r) { r.versions.clear(); }));
  EXPECT_TRUE(refuses_policy([](PolicyRecord& r) { r.versions[0].number = 0; }));
  EXPECT_TRUE(refuses_policy([](PolicyRecord& r) { r.path = "/a//b/"; }));
  AccountRecord bad_alias = account();
  bad_alias.alias = "-";
  EXPECT_FALSE(decode_account(kAccount, encode(bad_alias)));
  EXPECT_FALSE(decode_provider(kAccount, "OIDC.example.com", encode(provider())));
}

TEST(IamRecords, PartsAreFoundByName) {
  EXPECT_NE(user().permissions.find_inline("INLINE"), nullptr);
  EXPECT_EQ(user().permissions.find_inline("other"), nullptr);
  EXPECT_TRUE(user().permissions.has_attached(kPolicy));
  EXPECT_FALSE(role().permissions.has_attached(kPolicy));
  ASSERT_NE(policy().find_version(3), nullptr);
  EXPECT_EQ(policy().find_version(2), nullptr);
  EXPECT_EQ(role().arn("aws"), "arn:aws:iam::111122223333:role/App");
}

}  // namespace
}  // namespace claviger::iam
