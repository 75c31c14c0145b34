// kms:TrailingDaysWithoutKeyUsage through the whole pipeline.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "server/testing_world.h"

namespace claviger::server {
namespace {

using std::chrono::days;
using std::chrono::hours;

class PipelineLastUse : public testing::Test {
 protected:
  // A key that cannot be disabled or deleted while it was used within `most` days.
  std::string protected_key(int most) {
    const std::string policy =
        fmt::format(R"({{\"Version\":\"2012-10-17\",\"Statement\":[)"
                    R"({{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"kms:*\",\"Resource\":\"*\"}},)"
                    R"({{\"Effect\":\"Deny\",\"Principal\":\"*\",\"Action\":\"kms:*\",\"Resource\":\"*\",)"
                    R"(\"Condition\":{{\"NumericLessThanEquals\":{{\"kms:TrailingDaysWithoutKeyUsage\":{}}}}}}}]}})",
                    most);
    return world_.create_key("{\"Policy\":\"" + policy + "\"}");
  }
  std::string error(std::string_view action, std::string_view key) {
    return world_.call(action, fmt::format(R"({{"KeyId":"{}"}})", key)).error();
  }
  void use(std::string_view key) {
    const TestReply reply = world_.call("Encrypt", fmt::format(R"({{"KeyId":"{}","Plaintext":"eA=="}})", key));
    ASSERT_EQ(reply.status, 200) << reply.body;
  }

  TestWorld world_;
};

TEST_F(PipelineLastUse, AKeyThatWasUsedLatelyIsNeitherDisabledNorDeleted) {
  const std::string key = protected_key(30);
  world_.clock.advance(days(100));
  use(key);
  world_.clock.advance(days(31) - hours(1));
  for (const char* action : {"DisableKey", "ScheduleKeyDeletion"}) {
    EXPECT_EQ(error(action, key), "AccessDeniedException") << action;
  }
  world_.clock.advance(hours(1));
  EXPECT_EQ(error("DisableKey", key), "") << "days are whole: 31 are more than 30";
  EXPECT_EQ(error("ScheduleKeyDeletion", key), "");
}

TEST_F(PipelineLastUse, AKeyThatWasNeverUsedCountsFromItsCreation) {
  world_.clock.advance(days(100));
  const std::string key = protected_key(2);
  EXPECT_EQ(error("DisableKey", key), "AccessDeniedException");
  world_.clock.advance(days(3));
  EXPECT_EQ(error("DisableKey", key), "");
}

TEST_F(PipelineLastUse, EveryUseBeginsTheDaysAnew) {
  const std::string key = protected_key(0);
  world_.clock.advance(days(1));
  use(key);
  EXPECT_EQ(error("DisableKey", key), "AccessDeniedException");
  EXPECT_EQ(error("DescribeKey", key), "") << "other actions do not have the key";
  world_.clock.advance(days(1));
  EXPECT_EQ(error("DisableKey", key), "");
}

TEST_F(PipelineLastUse, WhatCannotBeReadDeniesWhereAPolicyAsksAndNowhereElse) {
  const std::string asking = protected_key(1);
  const std::string plain = world_.create_key();
  world_.clock.advance(days(100));
  world_.store.on_get([](std::string_view place) -> std::optional<Error> {
    if (place.starts_with(keys::layout::kLastUse)) return Error::corrupt("damaged");
    return std::nullopt;
  });
  EXPECT_EQ(error("DisableKey", asking), "AccessDeniedException");
  EXPECT_EQ(error("DisableKey", plain), "");
}

}  // namespace
}  // namespace claviger::server
