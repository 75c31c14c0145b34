// A call that concerns several accounts is recorded for each of them, in one append.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "audit/event.h"
#include "base/json.h"
#include "iam/access_key_rules.h"
#include "iam/entity_rules.h"
#include "iam/permission_rules.h"
#include "server/recorder.h"
#include "server/testing_world.h"

namespace claviger::server {
namespace {

using iam::RuleContext;

constexpr std::string_view kOwnerAccount = iam::kTestAccount;
constexpr std::string_view kCallerAccount = "444455556666";
constexpr std::string_view kThirdAccount = "777788889999";

// The user `u` of another account may do everything there; the keys of the tests' own account let that account in.
class SharedRecords : public testing::Test {
 protected:
  SharedRecords() {
    for (const std::string_view account : {kCallerAccount, kThirdAccount})
      world_.add_account(*AccountId::parse(account));
    add_user(kCallerAccount, "CALLERKEY");
    add_user(kThirdAccount, "THIRDKEY");
    key_ = arn(kOwnerAccount, world_.create_key(with_policy("kms:*")));
    events_before_ = world_.log.events().size();
  }
  void add_user(std::string_view account_id, std::string_view access_key) {
    const AccountId account = *AccountId::parse(account_id);
    world_.change_iam([&](const RuleContext& c) { return create_user(c, {.account = account, .name = "u"}); });
    world_.change_iam([&](const RuleContext& c) {
      return create_access_key(c, world_.credential_sealer, account, "u",
                               iam::AccessKey{std::string(access_key), SecretBytes::copy_of(as_bytes("usersecret"))});
    });
    world_.change_iam([&](const RuleContext& c) {
      return put_inline_policy(
          c, {iam::EntityKind::kUser, account, "u"}, "p",
          R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]})");
    });
  }
  // CreateKey's request, for a key that everybody may do this with whose own account agrees.
  static std::string with_policy(std::string_view action) {
    return fmt::format(R"({{"Policy":"{{\"Statement\":[{{\"Effect\":\"Allow\",\"Principal\":\"*\",)"
                       R"(\"Action\":[\"kms:PutKeyPolicy\",\"{}\"],\"Resource\":\"*\"}}]}}"}})",
                       action);
  }
  static std::string arn(std::string_view account, std::string_view key) {
    return fmt::format("arn:aws:kms:us-east-1:{}:key/{}", account, key);
  }
  TestReply call(std::string_view action, std::string_view body, std::string_view access_key = "CALLERKEY") {
    iam::TestSigner signer = iam::test_signer();
    signer.key_id = access_key;
    signer.secret = "usersecret";
    return world_.call_as(signer, action, body);
  }
  // The events of the last call, the caller's first; it made one frame.
  std::vector<std::string> last_events() {
    const auto frames = world_.log.events();
    EXPECT_EQ(frames.size(), ++events_before_);
    const std::string payload = frames.back().json;
    const audit::RecordedCall recorded = audit::split_record(payload);
    std::vector<std::string> events{std::string(recorded.event)};
    events.insert(events.end(), recorded.copies.begin(), recorded.copies.end());
    return events;
  }
  // What stays of an event when all that may differ between those of one call is taken away.
  static std::string common(std::string event) {
    for (const std::string name : {"userIdentity", "eventID", "recipientAccountId"}) {
      const std::size_t start = event.find("\"" + name + "\":");
      EXPECT_NE(start, std::string::npos) << event;
      event.erase(start, event.find(name == "userIdentity" ? '}' : ',', start) - start);
    }
    return event;
  }

  TestWorld world_;
  std::string key_;  // its ARN
  std::size_t events_before_ = 0;
};

TEST_F(SharedRecords, OneForTheCallerAndOneForTheOwnerOfTheKey) {
  ASSERT_EQ(call("Encrypt", fmt::format(R"({{"KeyId":"{}","Plaintext":"eA=="}})", key_)).status, 200);
  const auto events = last_events();
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(text_member(events[0], "recipientAccountId"), kCallerAccount);
  EXPECT_NE(events[0].find(R"("userIdentity":{"type":"IAMUser","principalId":"AIDA)"), std::string::npos) << events[0];
  EXPECT_EQ(text_member(events[1], "recipientAccountId"), kOwnerAccount);
  const std::string id = text_member(events[0], "principalId");
  EXPECT_NE(events[1].find(fmt::format(
                R"("userIdentity":{{"type":"AWSAccount","principalId":"{}","accountId":"444455556666"}},)", id)),
            std::string::npos)
      << events[1];
  EXPECT_EQ(common(events[0]), common(events[1]));
  EXPECT_EQ(text_member(events[0], "sharedEventID").size(), 36u);
  EXPECT_NE(text_member(events[0], "eventID"), text_member(events[1], "eventID"));
  const TestReply usage = world_.call("GetKeyLastUsage", fmt::format(R"({{"KeyId":"{}"}})", key_));
  EXPECT_EQ(text_member(usage.body, "CloudTrailEventId"), text_member(events[1], "eventID")) << usage.body;
  EXPECT_NE(text_member(events[0], "eventID"), text_member(events[0], "sharedEventID"));
}

TEST_F(SharedRecords, NoneButTheCallersInOneAccount) {
  ASSERT_EQ(world_.call("Encrypt", fmt::format(R"({{"KeyId":"{}","Plaintext":"eA=="}})", key_)).status, 200);
  const auto events = last_events();
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].find("sharedEventID"), std::string::npos);
}

TEST_F(SharedRecords, ARefusalIsTheCallersAlone) {
  const std::string closed = arn(kOwnerAccount, world_.create_key(with_policy("kms:Encrypt")));
  ++events_before_;
  const std::string missing = arn(kOwnerAccount, "01234567-89ab-4cde-8f01-23456789abcd");
  for (const std::string& wrong : {closed, missing}) {
    ASSERT_EQ(call("DescribeKey", fmt::format(R"({{"KeyId":"{}"}})", wrong)).error(), "AccessDeniedException");
    const auto events = last_events();
    ASSERT_EQ(events.size(), 1u) << events[1];
    EXPECT_EQ(text_member(events[0], "recipientAccountId"), kCallerAccount);
    EXPECT_EQ(events[0].find("sharedEventID"), std::string::npos);
  }
}

TEST_F(SharedRecords, ACallThatIsRefusedAtItsSecondAttemptIsTheCallersAlone) {
  const KeyId id = *KeyId::parse(key_.substr(key_.rfind('/') + 1));
  bool closed = false;
  world_.store.on_commit([&](const store::Commit& commit) -> std::optional<Error> {
    if (closed || commit.mutations.size() < 3) return std::nullopt;
    closed = true;
    keys::KeyRecord record = world_.record(id.view());
    record.policy =
        R"({"Statement":[{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"*","Resource":"*"}]})";
    store::Commit put;
    put.mutations.emplace_back(store::Put{keys::layout::key(record.scope, id), keys::encode(record)});
    world_.store.memory().commit(std::move(put), [](const Result<store::Revision>&) {});
    return std::nullopt;
  });
  const std::string body = fmt::format(
      R"({{"KeyId":"{}","GranteePrincipal":"arn:aws:iam::444455556666:user/u","Operations":["Encrypt"]}})", key_);
  EXPECT_EQ(call("CreateGrant", body).error(), "AccessDeniedException");
  EXPECT_TRUE(closed);
  const auto events = last_events();
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].find("sharedEventID"), std::string::npos);
}

TEST_F(SharedRecords, EveryOtherErrorOfWhoMayUseTheKeyIsTheOwnersToo) {
  ASSERT_EQ(world_.call("DisableKey", fmt::format(R"({{"KeyId":"{}"}})", key_)).status, 200);
  ++events_before_;
  ASSERT_EQ(call("Encrypt", fmt::format(R"({{"KeyId":"{}","Plaintext":"eA=="}})", key_)).error(), "DisabledException");
  const auto events = last_events();
  ASSERT_EQ(events.size(), 2u);
  for (const std::string& event : events) EXPECT_EQ(text_member(event, "errorCode"), "DisabledException");
}

TEST_F(SharedRecords, ReEncryptingConcernsTheOwnersOfBothKeys) {
  const TestReply sealed = call("Encrypt", fmt::format(R"({{"KeyId":"{}","Plaintext":"eA=="}})", key_));
  last_events();
  const TestReply made = call("CreateKey", with_policy("kms:*"), "THIRDKEY");
  last_events();
  const std::string other = arn(kThirdAccount, text_member(made.body, "KeyId"));
  ASSERT_EQ(call("ReEncrypt", fmt::format(R"({{"CiphertextBlob":"{}","DestinationKeyId":"{}"}})",
                                          text_member(sealed.body, "CiphertextBlob"), other))
                .status,
            200);
  const auto events = last_events();
  ASSERT_EQ(events.size(), 3u);
  EXPECT_EQ(text_member(events[0], "recipientAccountId"), kCallerAccount);
  EXPECT_EQ(text_member(events[1], "recipientAccountId"), kOwnerAccount);
  EXPECT_EQ(text_member(events[2], "recipientAccountId"), kThirdAccount);
  EXPECT_EQ(common(events[0]), common(events[2]));
}

TEST_F(SharedRecords, AnIntentHoldsThemForBothOutcomes) {
  const std::string body = fmt::format(
      R"({{"KeyId":"{}","GranteePrincipal":"arn:aws:iam::444455556666:user/u","Operations":["Encrypt"]}})", key_);
  ASSERT_EQ(call("CreateGrant", body).status, 200);
  const auto events = last_events();
  ASSERT_EQ(events.size(), 2u);
  const auto frames = world_.log.frames();
  const audit::Frame& intent = frames[frames.size() - 2];
  ASSERT_EQ(intent.kind, audit::FrameKind::kIntent);
  const auto parsed = parse_intent(intent.json);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->committed, frames.back().json);
  const audit::RecordedCall abandoned = audit::split_record(parsed->abandoned);
  ASSERT_EQ(abandoned.copies.size(), 1u);
  EXPECT_EQ(text_member(abandoned.copies[0], "errorCode"), "KMSInternalException");
  EXPECT_EQ(text_member(abandoned.copies[0], "recipientAccountId"), kOwnerAccount);
}

}  // namespace
}  // namespace claviger::server
