#include "audit/reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "audit/event.h"
#include "audit/format.h"
#include "audit/testing.h"
#include "audit/verify.h"

namespace claviger::audit {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class ReaderTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto log = fixture.open();
    ASSERT_TRUE(log);
    ASSERT_TRUE(append_and_wait(**log, intent_frame("one", R"({"eventName":"CreateKey"})")));
    append("one", R"({"eventName":"CreateKey","resources":[{"ARN":"arn:a"}]})", **log);
    append("two", R"({"eventName":"Encrypt","resources":[{"ARN":"arn:b"},{"ARN":"arn:a"}]})", **log);
    append("three", R"({"requestParameters":{"eventName":"Encrypt"},"eventName":"Decrypt"})", **log);
  }
  void append(std::string id, std::string json, Log& log) {
    fixture.clock.advance(std::chrono::seconds(1));
    ASSERT_TRUE(append_and_wait(log, event_frame(std::move(id), std::move(json))));
  }
  std::vector<std::string> ids(const Filter& filter) {
    std::vector<std::string> result;
    const Status status = for_each_event(fixture.files, "log", filter, [&](const StoredEvent& event) {
      result.emplace_back(event.request_id);
      return true;
    });
    EXPECT_TRUE(status);
    return result;
  }

  LogFixture fixture;
};

TEST_F(ReaderTest, GivesEachEventOnceOldestFirstAndNoIntent) {
  EXPECT_THAT(ids({}), ElementsAre("one", "two", "three"));
}

TEST_F(ReaderTest, FiltersMustAllMatch) {
  const WallTime second = fixture.clock.now() - std::chrono::seconds(1);
  EXPECT_THAT(ids({.event_name = "Encrypt"}), ElementsAre("two"));
  EXPECT_THAT(ids({.request_id = "three"}), ElementsAre("three"));
  EXPECT_THAT(ids({.resource_arn = "arn:a"}), ElementsAre("one", "two"));
  EXPECT_THAT(ids({.not_before = second}), ElementsAre("two", "three"));
  EXPECT_THAT(ids({.not_after = second}), ElementsAre("one", "two"));
  EXPECT_THAT(ids({.event_name = "Encrypt", .request_id = "one"}), IsEmpty());
}

TEST_F(ReaderTest, DecisionsAreNoPartOfTheEvent) {
  const auto log = fixture.open();
  ASSERT_TRUE(log);
  std::string record = R"({"eventName":"Sign","resources":[{"ARN":"arn:c"}]})";
  append_decisions(R"([{"allowed":"AccountNamed"}])", record);
  append("four", record, **log);
  const Filter filter{.event_name = "Sign", .resource_arn = "arn:c"};
  int calls = 0;
  ASSERT_TRUE(for_each_event(fixture.files, "log", filter, [&](const StoredEvent& event) {
    EXPECT_EQ(event.json, R"({"eventName":"Sign","resources":[{"ARN":"arn:c"}]})");
    EXPECT_EQ(event.decisions, R"([{"allowed":"AccountNamed"}])");
    ++calls;
    return true;
  }));
  EXPECT_EQ(calls, 1);
  ASSERT_TRUE(for_each_event(fixture.files, "log", {.request_id = "three"}, [&](const StoredEvent& event) {
    EXPECT_EQ(event.decisions, "");
    return true;
  }));
}

TEST_F(ReaderTest, TheEventsOfACallForSeveralAccountsStandOneByOne) {
  const auto log = fixture.open();
  ASSERT_TRUE(log);
  const auto event = [](std::string_view account) {
    return Event{.name = "Sign", .request_id = "four", .recipient_account_id = account};
  };
  std::string record;
  append_event(event("111122223333"), record);
  append_decisions(R"([{"allowed":"AccountNamed"}])", record);
  append_copy(event("444455556666"), record);
  append("four", record, **log);
  std::vector<std::string> given;
  std::vector<Sequence> sequences;
  const auto give = [&](const StoredEvent& each) {
    given.push_back(std::string(each.json) + std::string(each.decisions));
    sequences.push_back(each.sequence);
    return true;
  };
  std::string own, other;
  append_event(event("111122223333"), own);
  append_event(event("444455556666"), other);
  ASSERT_TRUE(for_each_event(fixture.files, "log", {.event_name = "Sign"}, give));
  EXPECT_THAT(given, ElementsAre(own + R"([{"allowed":"AccountNamed"}])", other));
  EXPECT_EQ(sequences[0], sequences[1]);
  int calls = 0;
  ASSERT_TRUE(for_each_event(fixture.files, "log", {.event_name = "Sign"}, [&](const StoredEvent&) {
    ++calls;
    return false;
  }));
  EXPECT_EQ(calls, 1);
  const auto report = verify(fixture.files, "log", fixture.signer);
  ASSERT_TRUE(report && !report->bad);
  EXPECT_EQ(report->events, 5u) << "three before it";
}

TEST_F(ReaderTest, WhatTheServiceDidBecauseOfACallIsAnEventOfNoRequest) {
  const auto log = fixture.open();
  ASSERT_TRUE(log);
  std::string record, service;
  append_event({.name = "RotateKeyOnDemand", .request_id = "four"}, record);
  append_event({.name = "RotateKey", .type = EventType::kAwsServiceEvent}, service);
  append_service_event(service, record);
  append("four", record, **log);
  EXPECT_THAT(ids({.request_id = "four"}), ElementsAre("four"));
  EXPECT_THAT(ids({.event_name = "RotateKey"}), ElementsAre("four"));
  EXPECT_THAT(ids({.event_name = "RotateKeyOnDemand"}), ElementsAre("four"));
  const auto report = verify(fixture.files, "log", fixture.signer);
  ASSERT_TRUE(report && !report->bad);
  EXPECT_EQ(report->events, 5u) << "three before it";
}

TEST_F(ReaderTest, StopsWhenTheCallbackHasEnough) {
  int calls = 0;
  ASSERT_TRUE(for_each_event(fixture.files, "log", {}, [&](const StoredEvent&) { return ++calls < 2; }));
  EXPECT_EQ(calls, 2);
}

TEST_F(ReaderTest, DamageIsCorruptAfterWhatStandsBeforeIt) {
  const auto first = parse_frame(ByteSpan(fixture.files.bytes("log/" + segment_name(1))).subspan(kSegmentHeaderBytes));
  const auto second =
      parse_frame(ByteSpan(fixture.files.bytes("log/" + segment_name(1))).subspan(kSegmentHeaderBytes + first->size));
  fixture.files.bytes("log/" + segment_name(1))[kSegmentHeaderBytes + first->size + second->size + 50] ^= 1;
  std::vector<std::string> result;
  const Status status = for_each_event(fixture.files, "log", {}, [&](const StoredEvent& event) {
    result.emplace_back(event.request_id);
    return true;
  });
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code(), ErrorCode::kCorrupt);
  EXPECT_THAT(result, ElementsAre("one"));
}

TEST(Reader, ADirectoryWithoutALogIsNotFound) {
  LogFixture fixture;
  EXPECT_EQ(for_each_event(fixture.files, "log", {}, [](const StoredEvent&) { return true; }).error().code(),
            ErrorCode::kNotFound);
}

}  // namespace
}  // namespace claviger::audit
