#include "server/rotation_sweeper.h"

#include <gtest/gtest.h>

#include "keys/due_layout.h"
#include "keys/rotation_rules.h"
#include "keys/test_fixtures.h"
#include "server/recovery.h"
#include "server/testing_worker.h"

namespace claviger::server {
namespace {

using std::chrono::days;

class RotationSweeperTest : public WorkerTest {
 protected:
  Result<std::size_t> sweep() {
    return RotationSweeper(recorder_, store_, keyring_, clock_, random_, logger_).run_once();
  }
  keys::KeyRecord due_key(char last_digit) {
    keys::KeyRecord key = keys::test_key();
    key.id = KeyId::parse(std::string("1234abcd-12ab-34cd-56ef-1234567890a") + last_digit).value();
    key.rotation = {.period_days = 90, .next = clock_.now()};
    put(key, {store::Put{keys::layout::rotation_due(key.rotation->next, key.scope, key.id), {}}});
    return key;
  }
  std::size_t versions(const keys::KeyRecord& key) { return stored(key).materials.size(); }
  // Exactly the entry of the key's next date, of all keys given.
  void expect_entries_of(const std::vector<keys::KeyRecord>& all) {
    std::vector<std::string> expected;
    for (const keys::KeyRecord& key : all) {
      const keys::KeyRecord record = stored(key);
      if (const auto due = keys::rotation_due(record)) {
        expected.push_back(keys::layout::rotation_due(*due, record.scope, record.id));
      }
    }
    std::vector<std::string> found;
    const auto entries = store_.memory().range(keys::layout::kRotationDue, "", 1000).value();
    for (const store::Entry& entry : entries) found.push_back(entry.key);
    std::ranges::sort(expected);
    EXPECT_EQ(found, expected);
  }
};

TEST_F(RotationSweeperTest, ALongStopIsMadeGoodByOneRotationAndADateAhead) {
  const keys::KeyRecord key = due_key('1');
  clock_.advance(days(1000));
  EXPECT_EQ(sweep().value(), 1u);
  EXPECT_EQ(sweep().value(), 0u);
  EXPECT_EQ(versions(key), 2u);
  EXPECT_EQ(stored(key).rotation->next, clock_.now() + days(90));
  expect_entries_of({key});
}

TEST_F(RotationSweeperTest, AChangeBetweenReadingAndCommittingIsHonoured) {
  const keys::KeyRecord key = due_key('1');
  bool changed = false;
  store_.on_commit([&](const store::Commit&) -> std::optional<Error> {
    if (std::exchange(changed, true)) return std::nullopt;
    keys::KeyRecord disabled = key;
    disabled.state = keys::KeyState::kDisabled;
    put(disabled);
    return std::nullopt;
  });
  EXPECT_EQ(sweep().value(), 0u);
  EXPECT_EQ(versions(key), 1u);
  const auto events = log_.events();
  ASSERT_EQ(events.size(), 1u) << "the intent is closed by the record of a failure";
  EXPECT_EQ(text_member(events[0].json, "errorCode"), "KMSInternalException");
  EXPECT_EQ(text_member(events[0].json, "errorMessage"), kOvertaken);
}

TEST_F(RotationSweeperTest, AnEntryThatIsNotTheKeysOwnDateRotatesNothing) {
  keys::KeyRecord key = due_key('1');
  key.rotation->next += days(30);
  put(key);
  EXPECT_EQ(sweep().value(), 0u);
  EXPECT_EQ(versions(key), 1u);
  EXPECT_TRUE(log_.frames().empty());
}

TEST_F(RotationSweeperTest, DamageKeepsNoOtherKeyFromItsRotation) {
  const keys::KeyRecord damaged = due_key('1');
  const keys::KeyRecord other = due_key('2');
  ASSERT_TRUE(store::commit_now(store_.memory(), store::put(place(damaged), "?")));
  ASSERT_TRUE(store::commit_now(store_.memory(), store::put(std::string(keys::layout::kRotationDue) + "00/x", "")));
  EXPECT_EQ(sweep().error().code(), ErrorCode::kCorrupt);
  EXPECT_EQ(versions(other), 2u);
}

TEST_F(RotationSweeperTest, NothingRotatesWithoutItsIntent) {
  const keys::KeyRecord key = due_key('1');
  log_.on_append([](const audit::Frame&) { return Error::io("the disk is full"); });
  EXPECT_EQ(sweep().error().code(), ErrorCode::kIo);
  EXPECT_EQ(versions(key), 1u);
  log_.on_append({});
  EXPECT_EQ(sweep().value(), 1u);
  EXPECT_EQ(versions(key), 2u);
}

// Whatever the moment at which a run ends, the next one completes it: each key has one new version, one entry, and one
// event that says so.
TEST_F(RotationSweeperTest, ARunThatEndsAtAnyPointIsCompletedByTheNextStart) {
  // The first run is cut off at its n-th append or commit: what follows fails.
  for (int last = 0; last < 10; ++last) {
    SCOPED_TRACE(last);
    FaultyStore store;
    FaultyLog log{clock_};
    int steps = 0;
    const auto cut = [&]() -> std::optional<Error> {
      if (steps++ < last) return std::nullopt;
      return Error::io("the power failed");
    };
    keys::KeyRecord key = keys::test_key();
    key.rotation = {.period_days = 90, .next = clock_.now()};
    const auto run = [&] {
      ChangeBroadcast broadcast;
      Recorder recorder(log, store, broadcast, [] {});
      return RotationSweeper(recorder, store, keyring_, clock_, random_, logger_).run_once();
    };
    ASSERT_TRUE(store::commit_now(store, store::put(place(key), as_text(keys::encode(key)))));
    ASSERT_TRUE(
        store::commit_now(store, store::put(keys::layout::rotation_due(key.rotation->next, key.scope, key.id), "")));
    log.on_append([&](const audit::Frame&) { return cut(); });
    store.on_commit([&](const store::Commit&) { return cut(); });
    (void)run();
    log.on_append({});
    store.on_commit({});
    // What opening the log would find: the intents without their events.
    std::vector<audit::OpenIntent> open;
    audit::Sequence sequence = 0;
    for (const audit::Frame& frame : log.frames()) {
      ++sequence;
      if (frame.kind == audit::FrameKind::kIntent) {
        open.push_back({sequence, {}, frame.request_id, frame.json});
      } else {
        std::erase_if(open, [&](const audit::OpenIntent& intent) { return intent.request_id == frame.request_id; });
      }
    }
    log.set_open_intents(open);
    ASSERT_TRUE(complete_open_intents(log, store, logger_));
    ASSERT_TRUE(run());

    const auto record = keys::decode_key(key.scope, key.id, store.get(place(key)).value()->value).value();
    EXPECT_EQ(record.materials.size(), 2u);
    EXPECT_EQ(record.rotation->next, clock_.now() + days(90));
    const auto entries = store.range(keys::layout::kRotationDue, "", 10).value();
    ASSERT_EQ(entries.size(), 1u);
    EXPECT_EQ(entries[0].key, keys::layout::rotation_due(record.rotation->next, key.scope, key.id));
    int done = 0;
    for (const audit::Frame& event : log.events()) done += text_member(event.json, "errorCode").empty() ? 1 : 0;
    EXPECT_EQ(done, 1);
  }
}

}  // namespace
}  // namespace claviger::server
