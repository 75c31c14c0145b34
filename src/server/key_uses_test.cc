#include "server/key_uses.h"

#include <gtest/gtest.h>

#include <fmt/format.h>

#include "server/testing_world.h"
#include "store/testing_store.h"

namespace claviger::server {
namespace {

using std::chrono::minutes;

class KeyUsesTest : public testing::Test {
 protected:
  static std::string named(std::string_view key) { return fmt::format(R"({{"KeyId":"{}"}})", key); }
  TestReply encrypt() {
    return world_.call("Encrypt", fmt::format(R"({{"KeyId":"{}","Plaintext":"aGVsbG8="}})", key_));
  }
  // Of the key, as GetKeyLastUsage tells it.
  std::string usage() { return usage(key_); }
  std::string usage(std::string_view key) {
    const TestReply reply = world_.call("GetKeyLastUsage", named(key));
    EXPECT_EQ(reply.status, 200) << reply.body;
    return reply.body;
  }
  keys::layout::KeyPlace place() {
    const keys::KeyRecord record = world_.record(key_);
    return {record.scope, record.id};
  }
  std::string stored_place() { return keys::layout::last_use(place().scope, place().id); }
  bool is_stored() { return world_.store.get(stored_place()).value().has_value(); }
  Status write_down() {
    return world_.run_beside_the_loop([this] { return world_.key_uses().write_down(); });
  }
  Status write_down_when_due() {
    return world_.run_beside_the_loop([this] { return world_.key_uses().write_down_when_due(); });
  }

  TestWorld world_;
  std::string key_ = world_.create_key();
};

TEST_F(KeyUsesTest, AKeyWithoutAUseHasAnEmptyOne) {
  const std::string created = std::to_string(to_millis(world_.clock.now()) / 1000);
  EXPECT_EQ(usage(), fmt::format(R"({{"KeyId":"{}","KeyLastUsage":{{}},"TrackingStartDate":{},"KeyCreationDate":{}}})",
                                 key_, created, created));
}

TEST_F(KeyUsesTest, TheLastUseIsToldWithItsRecordAndItsRequestAtOnce) {
  encrypt();
  world_.clock.advance(minutes(1));
  const TestReply reply = encrypt();
  const std::string event = world_.log.events().back().json;
  const std::string told = usage();
  EXPECT_EQ(text_member(told, "Operation"), "Encrypt");
  EXPECT_EQ(text_member(told, "KmsRequestId"), reply.request_id);
  EXPECT_EQ(text_member(told, "CloudTrailEventId"), text_member(event, "eventID"));
  EXPECT_NE(told.find(fmt::format(R"("Timestamp":{})", to_millis(world_.clock.now()) / 1000)), std::string::npos);
  EXPECT_EQ(text_member(event, "eventTime"), format_iso8601(world_.clock.now()));
}

TEST_F(KeyUsesTest, ReEncryptIsAUseOfBothKeys) {
  const std::string other = world_.create_key();
  const std::string blob = text_member(encrypt().body, "CiphertextBlob");
  const TestReply reply =
      world_.call("ReEncrypt", fmt::format(R"({{"CiphertextBlob":"{}","DestinationKeyId":"{}"}})", blob, other));
  for (const std::string& key : {key_, other}) {
    EXPECT_EQ(text_member(usage(key), "Operation"), "ReEncrypt");
    EXPECT_EQ(text_member(usage(key), "KmsRequestId"), reply.request_id);
  }
}

TEST_F(KeyUsesTest, OnlySuccessfulUsesOfMaterialCount) {
  world_.call("DescribeKey", named(key_));
  world_.call("TagResource", fmt::format(R"({{"KeyId":"{}","Tags":[{{"TagKey":"a","TagValue":"b"}}]}})", key_));
  world_.call("Encrypt", fmt::format(R"({{"KeyId":"{}","Plaintext":"aGVsbG8=","DryRun":true}})", key_));
  world_.call("DisableKey", named(key_));
  EXPECT_EQ(encrypt().error(), "DisabledException");
  EXPECT_NE(usage().find(R"("KeyLastUsage":{})"), std::string::npos);
}

TEST_F(KeyUsesTest, EveryTrackedOperationIsAnAction) {
  for (const auto& [operation, name] : keys::Names<keys::TrackedOperation>::kAll) {
    EXPECT_NE(world_.actions().find(Service::kKms, name).action, nullptr) << name;
  }
}

TEST_F(KeyUsesTest, WhatIsWrittenDownOutlivesTheProcess) {
  encrypt();
  EXPECT_FALSE(is_stored()) << "a use writes nothing";
  const std::string told = usage();
  ASSERT_TRUE(write_down());
  EXPECT_EQ(usage(), told);
  KeyUses next_process(world_.store, world_.clock);
  const auto use = next_process.find(place());
  ASSERT_TRUE(use && *use);
  EXPECT_EQ((*use)->operation, keys::TrackedOperation::kEncrypt);
  EXPECT_EQ((*use)->request_id, text_member(told, "KmsRequestId"));
}

TEST_F(KeyUsesTest, IsWrittenDownAfterAWhileAndAtTheEnd) {
  encrypt();
  world_.clock.advance(KeyUses::kWriteInterval - std::chrono::milliseconds(1));
  ASSERT_TRUE(write_down_when_due());
  EXPECT_FALSE(is_stored());
  world_.clock.advance(std::chrono::milliseconds(1));
  ASSERT_TRUE(write_down_when_due());
  EXPECT_TRUE(is_stored());
  const store::Revision before = world_.store.revision();
  ASSERT_TRUE(write_down());
  EXPECT_EQ(world_.store.revision(), before) << "nothing is written twice";
  world_.clock.advance(minutes(1));
  const std::string request = encrypt().request_id;
  ASSERT_TRUE(world_.key_uses().write_down(true)) << "without a loop that runs";
  EXPECT_EQ(keys::decode_last_use(world_.store.get(stored_place()).value()->value).value().request_id, request);
}

TEST_F(KeyUsesTest, AFailedWriteLosesNothing) {
  encrypt();
  const std::string told = usage();
  world_.store.on_commit([](const store::Commit&) { return Error::io("the disk failed"); });
  EXPECT_FALSE(write_down());
  world_.store.on_commit({});
  EXPECT_EQ(usage(), told);
  EXPECT_TRUE(write_down());
  EXPECT_TRUE(is_stored());
}

TEST_F(KeyUsesTest, OfADeletedKeyNothingIsWritten) {
  encrypt();
  const std::string where = stored_place();
  ASSERT_TRUE(world_.run_beside_the_loop([&] {
    store::Commit commit;
    commit.mutations.push_back(store::Delete{keys::layout::key(place().scope, place().id)});
    return store::commit_now(world_.store, std::move(commit));
  }));
  ASSERT_TRUE(write_down());
  EXPECT_FALSE(world_.store.get(where).value().has_value());
}

TEST_F(KeyUsesTest, TrackingBeganOnceAndKeysThatAreYoungerFromTheirBirth) {
  world_.clock.advance(minutes(5));
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(world_.run_beside_the_loop([this] { return world_.key_uses().begin(); }));
    world_.clock.advance(minutes(5));
  }
  const auto tracked_since = [](WallTime time) {
    return fmt::format(R"("TrackingStartDate":{},)", to_millis(time) / 1000);
  };
  const WallTime now = world_.clock.now();
  EXPECT_NE(usage().find(tracked_since(now - minutes(10))), std::string::npos) << usage();
  EXPECT_NE(usage(world_.create_key()).find(tracked_since(now)), std::string::npos);
}

TEST_F(KeyUsesTest, MoreKeysThanALoopKeepsAreHandedOver) {
  KeyUses uses(world_.store, world_.clock);
  LoopKeyUses of_loop(uses);
  const keys::LastUse use{.time = world_.clock.now(),
                          .operation = keys::TrackedOperation::kSign,
                          .event_id = make_uuid(world_.random),
                          .request_id = make_uuid(world_.random)};
  std::vector<keys::layout::KeyPlace> places;
  for (std::size_t i = 0; i < KeyUses::kMaxKeysOfLoop; ++i) {
    places.push_back({place().scope, KeyId::make(world_.random)});
    of_loop.note(places.back(), {use.time, use.operation, use.event_id, use.request_id});
  }
  // No loop is attached, so what is known was handed over.
  EXPECT_EQ(uses.find(places.front()).value(), use);
  EXPECT_EQ(uses.find(places.back()).value(), use);
}

}  // namespace
}  // namespace claviger::server
