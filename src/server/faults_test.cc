#include "server/faults.h"

#include <gtest/gtest.h>

#include "server/throttling.h"

namespace claviger::server {
namespace {

const KeyId kStruckKey = *KeyId::parse("1234abcd-12ab-34cd-56ef-1234567890ab");
const KeyId kOtherKey = *KeyId::parse("0987dcba-09fe-87dc-65ba-ab0987654321");

Fault failing_fault(ErrorCode code = ErrorCode::kInternal) {
  Fault fault;
  fault.error = code;
  return fault;
}

// `x` for each call that is struck.
std::string struck(Faults& faults, int calls, std::string_view action = "Encrypt", std::vector<KeyId> keys = {}) {
  std::string all;
  for (int i = 0; i < calls; ++i) all += faults.strike(action, keys) ? 'x' : '.';
  return all;
}

TEST(Faults, NoneStrikeNothing) {
  Faults faults;
  EXPECT_EQ(struck(faults, 3), "...");
  faults.set({failing_fault()});
  EXPECT_EQ(struck(faults, 3), "xxx");
  faults.set({});
  EXPECT_EQ(struck(faults, 3), "...");
}

TEST(Faults, StrikeByActionAndKey) {
  Faults faults;
  Fault fault = failing_fault();
  fault.actions = {"Encrypt", "Sign"};
  fault.key = kStruckKey;
  faults.set({fault});
  EXPECT_EQ(struck(faults, 1, "Encrypt", {kStruckKey}), "x");
  EXPECT_EQ(struck(faults, 1, "Sign", {kOtherKey, kStruckKey}), "x");
  EXPECT_EQ(struck(faults, 1, "Encrypt", {kOtherKey}), ".");
  EXPECT_EQ(struck(faults, 1, "Encrypt"), ".");
  EXPECT_EQ(struck(faults, 1, "Decrypt", {kStruckKey}), ".");
}

TEST(Faults, StrikeACountOrAShare) {
  Faults faults;
  Fault fault = failing_fault();
  fault.count = 2;
  faults.set({fault});
  EXPECT_EQ(struck(faults, 5), "xx...");
  fault.count.reset();
  fault.share = 0.25;
  faults.set({fault});
  EXPECT_EQ(struck(faults, 9), "...x...x.");
  fault.share = 0.75;
  fault.count = 3;
  faults.set({fault});
  EXPECT_EQ(struck(faults, 9), ".xxx.....");
}

TEST(Faults, WhatOneLeavesIsForTheNext) {
  Faults faults;
  Fault first = failing_fault(ErrorCode::kThrottling);
  first.count = 1;
  Fault second;
  second.delay = std::chrono::milliseconds(5);
  faults.set({first, second});
  const auto one = faults.strike("Encrypt", {});
  ASSERT_TRUE(one && one->error);
  EXPECT_EQ(one->delay.count(), 0);
  const auto two = faults.strike("Encrypt", {});
  ASSERT_TRUE(two.has_value());
  EXPECT_FALSE(two->error.has_value());
  EXPECT_EQ(two->delay, std::chrono::milliseconds(5));
  const auto report = faults.report();
  ASSERT_EQ(report.size(), 2u);
  EXPECT_EQ(report[0].matched, 2u);
  EXPECT_EQ(report[0].struck, 1u);
  EXPECT_EQ(report[1].matched, 1u);
  EXPECT_EQ(report[1].struck, 1u);
}

TEST(Faults, ThrottlingSaysWhatAwsSays) {
  Faults faults;
  Fault fault = failing_fault(ErrorCode::kThrottling);
  faults.set({fault});
  EXPECT_EQ(faults.strike("Encrypt", {})->error->message(), kRateExceeded);
  fault.message = "Rate exceeded";
  faults.set({fault});
  EXPECT_EQ(faults.strike("Encrypt", {})->error->message(), "Rate exceeded");
}

TEST(KmsErrorNamed, KnowsKmssNamesOnly) {
  EXPECT_EQ(kms_error_named("ThrottlingException"), ErrorCode::kThrottling);
  EXPECT_EQ(kms_error_named("KMSInternalException"), ErrorCode::kInternal);
  EXPECT_EQ(kms_error_named("DependencyTimeoutException"), ErrorCode::kDependencyTimeout);
  EXPECT_EQ(kms_error_named("KeyUnavailableException"), ErrorCode::kKeyUnavailable);
  EXPECT_EQ(kms_error_named("AlreadyExistsException"), ErrorCode::kAlreadyExists);
  for (const char* name : {"", "Throttling", "NoSuchEntity", "ServiceFailure", "kThrottling"}) {
    EXPECT_FALSE(kms_error_named(name).has_value()) << name;
  }
}

}  // namespace
}  // namespace claviger::server
