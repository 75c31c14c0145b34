#include "cli/control_entries.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "server/replication_hold.h"

namespace claviger::cli {
namespace {

Result<server::ClockMove> clock_of(std::string_view text) {
  const auto node = yaml::parse("f", text);
  if (!node) return std::unexpected(node.error());
  return read_clock_move("f", *node);
}

TEST(ControlEntries, AClockMovesByATimeOrToOne) {
  EXPECT_EQ(clock_of("MoveTo: 2030-01-31T12:00:01Z").value(),
            server::ClockMove(WallTime(std::chrono::sys_days(std::chrono::year(2030) / 1 / 31) +
                                       std::chrono::hours(12) + std::chrono::seconds(1))));
  EXPECT_EQ(clock_of(R"({"AdvanceSeconds": 86400})").value(), server::ClockMove(std::chrono::hours(24)));
}

TEST(ControlEntries, RefusesEveryOtherClock) {
  struct Row {
    const char* name;
    const char* text;
    const char* error;
  };
  const std::string seconds = "f:1:17: AdvanceSeconds must be a whole number from 1 to 100000000000";
  const Row rows[] = {
      {"no map", "[]", "f:1:1: a clock must be a map of fields"},
      {"neither", "{}", "f:1:1: a clock has one of MoveTo and AdvanceSeconds"},
      {"both", "{MoveTo: 2030-01-31T12:00:00Z, AdvanceSeconds: 1}",
       "f:1:1: a clock has one of MoveTo and AdvanceSeconds"},
      {"another field", "{advanceSeconds: 1}",
       "f:1:2: a clock has no field advanceSeconds; it has MoveTo, AdvanceSeconds"},
      {"nothing", "AdvanceSeconds: 0", seconds.c_str()},
      {"back", "AdvanceSeconds: -1", seconds.c_str()},
      {"a fraction", "AdvanceSeconds: 1.5", seconds.c_str()},
      {"a list", "AdvanceSeconds: [1]", seconds.c_str()},
      {"too far", "AdvanceSeconds: 100000000001", seconds.c_str()},
      {"more than a number holds", "AdvanceSeconds: 99999999999999999999", seconds.c_str()},
      {"a date", "MoveTo: 2030-01-31", "f:1:9: MoveTo must be a time in UTC, such as 2030-01-31T12:00:00Z"},
      {"no such day", "MoveTo: 2030-02-30T12:00:00Z",
       "f:1:9: MoveTo must be a time in UTC, such as 2030-01-31T12:00:00Z"},
      {"another zone", "MoveTo: 2030-01-31T12:00:00+",
       "f:1:9: MoveTo must be a time in UTC, such as 2030-01-31T12:00:00Z"},
      {"other signs", "MoveTo: 2030/01/31T12:00:00Z",
       "f:1:9: MoveTo must be a time in UTC, such as 2030-01-31T12:00:00Z"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    const auto move = clock_of(row.text);
    ASSERT_FALSE(move.has_value());
    EXPECT_EQ(move.error().detail(), row.error);
  }
}

std::string fault_error(std::string_view text) {
  const auto node = yaml::parse("f", text);
  const auto faults = node ? read_faults("f", *node) : std::unexpected(node.error());
  return faults ? "" : faults.error().detail();
}

TEST(ControlEntries, AFaultSaysWhichCallsAndHow) {
  const auto node =
      yaml::parse("f",
                  "- {Actions: [Encrypt, Sign], KeyId: 1234abcd-12ab-34cd-56ef-1234567890ab, Count: 3, Share: 0.25,\n"
                  "   Error: KMSInternalException, DelayMilliseconds: 60000}\n- {DelayMilliseconds: 1}\n");
  ASSERT_TRUE(node.has_value());
  const auto faults = read_faults("f", *node);
  ASSERT_TRUE(faults.has_value()) << faults.error().detail();
  ASSERT_EQ(faults->size(), 2u);
  const server::Fault& fault = faults->front();
  EXPECT_EQ(fault.actions, (std::vector<std::string>{"Encrypt", "Sign"}));
  EXPECT_EQ(fault.key.value().view(), "1234abcd-12ab-34cd-56ef-1234567890ab");
  EXPECT_EQ(fault.count, 3u);
  EXPECT_EQ(fault.share, 0.25);
  EXPECT_EQ(fault.error, ErrorCode::kInternal);
  EXPECT_EQ(fault.delay, std::chrono::minutes(1));
  EXPECT_EQ(faults->back().error, std::nullopt);
  EXPECT_TRUE(faults->back().actions.empty());
}

TEST(ControlEntries, RefusesEveryOtherFault) {
  struct Row {
    const char* name;
    std::string text;
    const char* error;
  };
  std::string many = "[";
  for (std::size_t i = 0; i <= server::kMaxFaults; ++i) many += "{DelayMilliseconds: 1},";
  const Row rows[] = {
      {"no list", "{}", "f:1:1: Faults must be a list of at most 100"},
      {"too many", many + "]", "f:1:1: Faults must be a list of at most 100"},
      {"nothing to do", "[{Actions: [Encrypt]}]", "f:1:2: a fault must have an Error, DelayMilliseconds or both"},
      {"another field", "[{Action: Encrypt}]",
       "f:1:3: a fault has no field Action; it has Actions, KeyId, Count, Share, Error, Message, DelayMilliseconds"},
      {"an action of another service", "[{Actions: [CreateUser]}]", "f:1:13: CreateUser is not an action of KMS"},
      {"no action", "[{Actions: []}]", "f:1:2: Actions must name 1 to 64 actions; leave it out for all of them"},
      {"an ARN", "[{KeyId: 'arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab'}]",
       "f:1:10: KeyId must be the id of a key, without an ARN around it"},
      {"no count", "[{Count: 0}]", "f:1:10: Count must be a whole number from 1 to 1000000000"},
      {"no share", "[{Share: 0}]", "f:1:10: Share must be a number above 0 and up to 1"},
      {"more than all", "[{Share: 1.01}]", "f:1:10: Share must be a number above 0 and up to 1"},
      {"no number", "[{Share: nan}]", "f:1:10: Share must be a number above 0 and up to 1"},
      {"half a number", "[{Share: 0.5x}]", "f:1:10: Share must be a number above 0 and up to 1"},
      {"an error of IAM", "[{Error: NoSuchEntity}]", "f:1:10: Error must be the name of an error of KMS"},
      {"a message without an error", "[{Message: x, DelayMilliseconds: 1}]",
       "f:1:2: Message belongs to an Error and has at most 1024 bytes"},
      {"a long message", "[{Error: NotFoundException, Message: '" + std::string(1025, 'x') + "'}]",
       "f:1:2: Message belongs to an Error and has at most 1024 bytes"},
      {"too slow", "[{DelayMilliseconds: 60001}]", "f:1:22: DelayMilliseconds must be a whole number from 1 to 60000"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    EXPECT_EQ(fault_error(row.text), row.error);
  }
}

TEST(ControlEntries, AVisibilityDelayIsUpToADay) {
  const auto node = yaml::parse("f", "{AliasesSeconds: 86400, PoliciesSeconds: 0}");
  const auto delays = read_visibility_delays("f", node.value());
  ASSERT_TRUE(delays.has_value());
  EXPECT_EQ(delays->aliases, std::chrono::hours(24));
  EXPECT_EQ(delays->grants.count() + delays->policies.count(), 0);
  const auto longer = read_visibility_delays("f", yaml::parse("f", "GrantsSeconds: 86401").value());
  ASSERT_FALSE(longer.has_value());
  EXPECT_EQ(longer.error().detail(), "f:1:16: GrantsSeconds must be a whole number from 0 to 86400");
}

Result<std::set<KeyId>> held_keys_of(std::string_view text) {
  const auto node = yaml::parse("f", text);
  if (!node) return std::unexpected(node.error());
  return read_held_keys("f", *node);
}

std::string held_keys_text(std::size_t count) {
  std::string text = "{HeldKeys: [";
  for (std::size_t i = 0; i < count; ++i) text += fmt::format("mrk-{:032x},", i);
  return text + "]}";
}

TEST(ControlEntries, HeldKeysAreIdsOfMultiRegionKeys) {
  EXPECT_TRUE(held_keys_of("HeldKeys: []").value().empty());
  const auto keys = held_keys_of(held_keys_text(server::kMaxHeldKeys));
  ASSERT_TRUE(keys.has_value()) << keys.error().detail();
  EXPECT_EQ(keys->size(), 1000u);
  EXPECT_EQ(keys->begin()->view(), "mrk-00000000000000000000000000000000");
}

TEST(ControlEntries, RefusesEveryOtherHeldKey) {
  const std::string id = "mrk-0000000000000000000000000000000a";
  struct Row {
    const char* name;
    std::string text;
    const char* error;
  };
  constexpr const char* kNoId =
      "f:1:13: an entry of HeldKeys must be the id of a multi-Region key, without an ARN around it";
  const Row rows[] = {
      {"no map", "[" + id + "]", "f:1:1: the body must be a map of fields"},
      {"nothing", "{}", "f:1:1: the body must have a field HeldKeys"},
      {"null", "{HeldKeys: null}", "f:1:1: the body must have a field HeldKeys"},
      {"another field", "{HeldKeys: [], Held: []}", "f:1:16: the body has no field Held; it has HeldKeys"},
      {"no list", "{HeldKeys: " + id + "}", "f:1:12: HeldKeys must be a list of at most 1000"},
      {"a map", "{HeldKeys: {" + id + ": 1}}", "f:1:12: HeldKeys must be a list of at most 1000"},
      {"too many", held_keys_text(server::kMaxHeldKeys + 1), "f:1:12: HeldKeys must be a list of at most 1000"},
      {"a key of one Region", "{HeldKeys: [1234abcd-12ab-34cd-56ef-1234567890ab]}", kNoId},
      {"an ARN", "{HeldKeys: ['arn:aws:kms:us-east-1:111122223333:key/" + id + "']}", kNoId},
      {"capitals", "{HeldKeys: [mrk-0000000000000000000000000000000A]}", kNoId},
      {"a number", "{HeldKeys: [1]}", kNoId},
      {"nothing in the list", "{HeldKeys: [null]}", kNoId},
      {"a list in the list", "{HeldKeys: [[" + id + "]]}", kNoId},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    const auto keys = held_keys_of(row.text);
    ASSERT_FALSE(keys.has_value());
    EXPECT_EQ(keys.error().detail(), row.error);
  }
}

}  // namespace
}  // namespace claviger::cli
