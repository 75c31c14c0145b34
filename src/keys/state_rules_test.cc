#include "keys/state_rules.h"

#include <gtest/gtest.h>

#include "keys/test_fixtures.h"

namespace claviger::keys {
namespace {

struct Row {
  StateRule rule;
  KeyState state;
  std::optional<ErrorCode> code;
  std::string message;
};

TEST(CheckState, EveryRuleInEveryState) {
  const std::string arn = test_key().arn();
  const Row rows[] = {
      {StateRule::kAny, KeyState::kEnabled, {}, ""},
      {StateRule::kAny, KeyState::kDisabled, {}, ""},
      {StateRule::kAny, KeyState::kPendingDeletion, {}, ""},
      {StateRule::kUsable, KeyState::kEnabled, {}, ""},
      {StateRule::kUsable, KeyState::kDisabled, ErrorCode::kDisabled, arn + " is disabled."},
      {StateRule::kUsable, KeyState::kPendingDeletion, ErrorCode::kKmsInvalidState, arn + " is pending deletion."},
      {StateRule::kNotPendingDeletion, KeyState::kEnabled, {}, ""},
      {StateRule::kNotPendingDeletion, KeyState::kDisabled, {}, ""},
      {StateRule::kNotPendingDeletion, KeyState::kPendingDeletion, ErrorCode::kKmsInvalidState,
       arn + " is pending deletion."},
      {StateRule::kPendingDeletion, KeyState::kEnabled, ErrorCode::kKmsInvalidState, arn + " is not pending deletion."},
      {StateRule::kPendingDeletion, KeyState::kDisabled, ErrorCode::kKmsInvalidState,
       arn + " is not pending deletion."},
      {StateRule::kPendingDeletion, KeyState::kPendingDeletion, {}, ""},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(testing::Message() << int(row.rule) << " in " << name_of(row.state));
    KeyRecord key = test_key();
    key.state = row.state;
    const Status status = check_state(row.rule, key);
    ASSERT_EQ(status.has_value(), !row.code.has_value());
    if (!status) {
      EXPECT_EQ(status.error().code(), *row.code);
      EXPECT_EQ(status.error().message(), row.message);
    }
  }
}

}  // namespace
}  // namespace claviger::keys
