#include "audit/file_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "audit/format.h"
#include "audit/reader.h"
#include "audit/testing.h"
#include "audit/verify.h"

namespace claviger::audit {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> read_ids(Files& files, const std::string& directory = "log") {
  std::vector<std::string> ids;
  const Status status = for_each_event(files, directory, {}, [&](const StoredEvent& event) {
    ids.emplace_back(event.request_id);
    return true;
  });
  EXPECT_TRUE(status) << status.error().detail();
  return ids;
}

void expect_whole(MemoryFiles& files, const Verifier& verifier) {
  const auto report = verify(files, "log", verifier);
  ASSERT_TRUE(report) << report.error().detail();
  EXPECT_FALSE(report->bad) << report->bad->file << " " << report->bad->offset << " " << report->bad->reason;
}

TEST(FileLog, SequencesCountFromOneWithoutGapsAcrossRestarts) {
  LogFixture fixture;
  for (Sequence expected = 1; expected <= 6; expected += 2) {
    auto log = fixture.open();
    ASSERT_TRUE(log) << log.error().detail();
    EXPECT_EQ(append_and_wait(**log, event_frame("a")), expected);
    EXPECT_EQ(append_and_wait(**log, event_frame("b")), expected + 1);
  }
  EXPECT_EQ(read_ids(fixture.files), (std::vector<std::string>{"a", "b", "a", "b", "a", "b"}));
}

TEST(FileLog, OneSyncServesEveryoneWhoWaits) {
  LogFixture fixture;
  const auto log = fixture.open();
  ASSERT_TRUE(log);
  fixture.files.hold_syncs(true);
  std::vector<std::future<Result<Sequence>>> results;
  results.push_back(append_later(**log, event_frame("first")));
  fixture.files.wait_until_held();
  const std::uint64_t before = fixture.files.syncs();
  for (int i = 0; i < 50; ++i) results.push_back(append_later(**log, event_frame("waiting")));
  fixture.files.hold_syncs(false);
  Sequence expected = 1;
  for (auto& result : results) EXPECT_EQ(result.get(), expected++);
  EXPECT_EQ(fixture.files.syncs(), before + 1);
}

TEST(FileLog, AcknowledgesOnlyAfterTheSync) {
  LogFixture fixture;
  const auto log = fixture.open();
  fixture.files.hold_syncs(true);
  auto result = append_later(**log, event_frame("a"));
  fixture.files.wait_until_held();
  EXPECT_EQ(result.wait_for(std::chrono::seconds(0)), std::future_status::timeout);
  fixture.files.hold_syncs(false);
  EXPECT_EQ(result.get(), 1u);
}

TEST(FileLog, FramesOutOfBoundsAreRefusedAloneAndCostNoSequence) {
  LogFixture fixture;
  const auto log = fixture.open();
  const struct {
    std::string_view name;
    Frame frame;
  } rows[] = {{"payload larger than a segment", event_frame("a", std::string(kMinSegmentBytes, 'x'))},
              {"request id too long", event_frame(std::string(kMaxRequestIdBytes + 1, 'x'))},
              {"a kind of the log itself", {FrameKind::kSegmentEnd, "a", 0, "{}"}}};
  for (const auto& row : rows) {
    const auto result = append_and_wait(**log, row.frame);
    ASSERT_FALSE(result) << row.name;
    EXPECT_EQ(result.error().code(), ErrorCode::kInternal) << row.name;
  }
  EXPECT_EQ(append_and_wait(**log, event_frame("b")), 1u);
}

TEST(FileLog, OpenIntentsAreThoseWithoutAnEventAcrossSegments) {
  LogFixture fixture;
  {
    const auto log = fixture.open();
    ASSERT_TRUE(append_and_wait(**log, intent_frame("done")));
    EXPECT_EQ(append_and_wait(**log, intent_frame("open", "first", 7)), 2u);
    EXPECT_EQ(append_and_wait(**log, intent_frame("open", "retried", 8)), 3u);
    ASSERT_TRUE(append_and_wait(**log, event_frame("done")));
    for (int i = 0; i < 40; ++i) ASSERT_TRUE(append_and_wait(**log, event_frame("", std::string(1000, 'x'))));
  }
  EXPECT_GT(fixture.files.names().size(), 3u);
  const auto log = fixture.open();
  ASSERT_TRUE(log) << log.error().detail();
  ASSERT_EQ((*log)->open_intents().size(), 2u);
  EXPECT_EQ((*log)->open_intents()[0].sequence, 2u);
  EXPECT_EQ((*log)->open_intents()[0].json, "first");
  EXPECT_EQ((*log)->open_intents()[1].json, "retried");
  EXPECT_EQ((*log)->last_anchor(), 8u);
  ASSERT_TRUE(append_and_wait(**log, event_frame("open")));
  const auto report = verify(fixture.files, "log", fixture.signer);
  EXPECT_EQ(report->open_intents, 0u);
}

TEST(FileLog, TornTailIsCutAtEveryLengthOfTheLastFrameAndNothingElse) {
  LogFixture fixture;
  std::size_t last_start = 0;
  std::size_t last_end = 0;
  MemoryFiles whole;
  const std::string segment = "log/" + segment_name(1);
  {
    const auto log = fixture.open();
    ASSERT_TRUE(append_and_wait(**log, event_frame("kept")));
    last_start = kSegmentHeaderBytes + kFrameOverheadBytes + 4 + 2;
    ASSERT_TRUE(append_and_wait(**log, event_frame("torn", "{\"a\":1}")));
    last_end = last_start + kFrameOverheadBytes + 4 + 7;
    whole = fixture.files.after_kill();
  }
  for (std::size_t length = last_start; length <= last_end; ++length) {
    fixture.files = whole.after_kill();
    Bytes& bytes = fixture.files.bytes(segment);
    std::fill(bytes.begin() + static_cast<std::ptrdiff_t>(length), bytes.end(), std::uint8_t{0});
    {
      const auto log = fixture.open();
      ASSERT_TRUE(log) << length << log.error().detail();
      EXPECT_EQ(append_and_wait(**log, event_frame("next")), length == last_end ? 3u : 2u);
    }
    const auto ids = read_ids(fixture.files);
    ASSERT_EQ(ids, length == last_end ? (std::vector<std::string>{"kept", "torn", "next"})
                                      : (std::vector<std::string>{"kept", "next"}))
        << length;
    expect_whole(fixture.files, fixture.signer);
  }
}

TEST(FileLog, DamageWithGoodFramesOfLaterWritesBehindItRefusesToStart) {
  LogFixture fixture;
  const auto log = fixture.open();
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(append_and_wait(**log, event_frame("a")));
  const std::size_t frame = kFrameOverheadBytes + 1 + 2;
  for (std::size_t offset = 0; offset < 2 * frame; ++offset) {
    LogFixture damaged;
    damaged.files = fixture.files.after_kill();
    damaged.files.bytes("log/" + segment_name(1))[kSegmentHeaderBytes + offset] ^= 0x10;
    const auto opened = damaged.open();
    ASSERT_FALSE(opened) << offset;
    EXPECT_EQ(opened.error().code(), ErrorCode::kCorrupt) << offset;
  }
}

TEST(FileLog, PowerCutDuringAGroupKeepsWhatWasAcknowledged) {
  std::mt19937 random(1);
  int torn = 0;
  for (int round = 0; round < 200; ++round) {
    LogFixture fixture;
    const auto log = fixture.open();
    ASSERT_TRUE(append_and_wait(**log, event_frame("acknowledged")));
    fixture.files.hold_syncs(true);
    std::vector<std::future<Result<Sequence>>> results;
    results.push_back(append_later(**log, event_frame("lost")));
    fixture.files.wait_until_held();
    for (int i = 0; i < 8; ++i) results.push_back(append_later(**log, event_frame("maybe", std::string(700, 'x'))));
    fixture.files.release_one_sync();
    results.front().wait();
    fixture.files.wait_until_held();
    LogFixture after;
    after.files = fixture.files.after_power_cut(random, 50);
    fixture.files.hold_syncs(false);
    for (auto& result : results) result.wait();

    torn += verify(after.files, "log", after.signer)->incomplete_tail ? 1 : 0;
    const auto reopened = after.open();
    ASSERT_TRUE(reopened) << round << reopened.error().detail();
    const auto ids = read_ids(after.files);
    ASSERT_GE(ids.size(), 2u);
    EXPECT_EQ(ids[0], "acknowledged");
    EXPECT_EQ(ids[1], "lost");
    expect_whole(after.files, after.signer);
  }
  EXPECT_GT(torn, 50);
}

TEST(FileLog, ALogOlderThanItsSignedEndRefusesToStart) {
  LogFixture fixture;
  MemoryFiles old;
  {
    const auto log = fixture.open();
    ASSERT_TRUE(append_and_wait(**log, event_frame("a")));
    old = fixture.files.after_kill();
    ASSERT_TRUE(append_and_wait(**log, event_frame("b")));
  }
  const std::string segment = "log/" + segment_name(1);
  fixture.files.bytes(segment) = old.bytes(segment);
  const auto opened = fixture.open();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code(), ErrorCode::kCorrupt);
  EXPECT_THAT(opened.error().detail(), HasSubstr("ends at sequence 1, but 2"));
}

TEST(FileLog, AForeignKeyOrAMissingHeadRefusesToStart) {
  LogFixture fixture;
  ASSERT_TRUE(fixture.open());
  LogFixture other;
  other.files = fixture.files;
  other.signer = HashSigner("another");
  EXPECT_EQ(other.open().error().code(), ErrorCode::kCorrupt);
  fixture.files.names().erase("log/head");
  EXPECT_EQ(fixture.open().error().code(), ErrorCode::kCorrupt);
}

// One run under one fault: what was acknowledged is there afterwards, and the log is whole.
void run_with_fault(Fault fault, std::uint64_t from, std::uint64_t length, std::uint64_t& calls) {
  SCOPED_TRACE(testing::Message() << "fault " << static_cast<int>(fault) << " at call " << from << "+" << length);
  std::mt19937 random(static_cast<unsigned>(from));
  LogFixture fixture;
  fixture.files.fail_calls(fault, from, from + length);
  std::map<Sequence, std::string> acknowledged;
  LogFixture after_cut;
  {
    const auto log = fixture.open();
    for (int i = 0; log && i < 24; ++i) {
      const std::string id = "request " + std::to_string(i);
      const auto sequence = append_and_wait(**log, event_frame(id, std::string(1000, 'x'), 5));
      if (sequence) {
        ASSERT_TRUE(acknowledged.emplace(*sequence, id).second);
      } else {
        ASSERT_EQ(sequence.error().code(), ErrorCode::kIo);
      }
    }
    after_cut.files = fixture.files.after_power_cut(random, 50);
  }
  calls = std::max(calls, fixture.files.calls());
  fixture.files.fail_calls(Fault::kNone, 0, 0);
  for (LogFixture* each : {&after_cut, &fixture}) {
    const auto log = each->open();
    ASSERT_TRUE(log) << log.error().detail();
    std::map<Sequence, std::string> found;
    const Status status = for_each_event(each->files, "log", {}, [&](const StoredEvent& event) {
      found.emplace(event.sequence, event.request_id);
      return true;
    });
    ASSERT_TRUE(status) << status.error().detail();
    for (const auto& [sequence, id] : acknowledged) ASSERT_EQ(found[sequence], id) << sequence;
    expect_whole(each->files, each->signer);
    ASSERT_TRUE(append_and_wait(**log, event_frame("goes on")));
  }
}

TEST(FileLog, NoFaultAtAnyCallLosesAnAcknowledgedRecordOrBreaksTheChain) {
  std::uint64_t points = 0;
  std::uint64_t calls = 0;
  run_with_fault(Fault::kNone, 0, 0, calls);
  for (const Fault fault : {Fault::kIo, Fault::kNoSpace, Fault::kShortWrite}) {
    for (const std::uint64_t length : {1u, 2u, 5u}) {
      for (std::uint64_t from = 0; from < calls; ++from, ++points) {
        run_with_fault(fault, from, length, calls);
        if (testing::Test::HasFatalFailure()) return;
      }
    }
  }
  std::cout << "fault points: " << points << "\n";
  EXPECT_GT(points, 300u);
}

TEST(FileLog, DiskFullFailsAppendsSaysWhyAndResumesByItself) {
  LogFixture fixture;
  const auto log = fixture.open();
  ASSERT_TRUE(append_and_wait(**log, event_frame("before")));
  fixture.files.fail_calls(Fault::kNoSpace, fixture.files.calls(), ~std::uint64_t{0});
  const auto failed = append_and_wait(**log, event_frame("during"));
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code(), ErrorCode::kIo);
  EXPECT_THAT(failed.error().detail(), HasSubstr("No space left on device"));
  EXPECT_THAT((*log)->failure(), HasSubstr("No space left on device"));
  EXPECT_FALSE(append_and_wait(**log, event_frame("during")));
  fixture.files.fail_calls(Fault::kNone, 0, 0);
  while (!append_and_wait(**log, event_frame("after"))) std::this_thread::yield();
  EXPECT_EQ((*log)->failure(), "");
  EXPECT_EQ(read_ids(fixture.files), (std::vector<std::string>{"before", "after"}));
  expect_whole(fixture.files, fixture.signer);
}

TEST(FileLog, ABlockedDiskFailsAppendsWithinTheDeadlineAndResumesWhenItAnswers) {
  LogFixture fixture;
  fixture.options.append_deadline = std::chrono::milliseconds(80);
  const auto log = fixture.open();
  fixture.files.hold_syncs(true);
  const auto start = std::chrono::steady_clock::now();
  auto stuck = append_later(**log, event_frame("stuck"));
  fixture.files.wait_until_held();
  auto queued = append_later(**log, event_frame("queued"));
  EXPECT_EQ(stuck.get().error().code(), ErrorCode::kUnknownOutcome);
  EXPECT_EQ(queued.get().error().code(), ErrorCode::kIo);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(2));
  EXPECT_EQ((*log)->failure(), "the disk does not answer");
  EXPECT_FALSE(append_and_wait(**log, event_frame("fails at once")));
  fixture.files.hold_syncs(false);
  while (!append_and_wait(**log, event_frame("after"))) std::this_thread::yield();
  EXPECT_EQ((*log)->failure(), "");
  // The stuck write did reach the disk; the queued one was never written.
  EXPECT_EQ(read_ids(fixture.files), (std::vector<std::string>{"stuck", "after"}));
}

TEST(FileLog, ManyThreadsAppendAndEachIsAnsweredOnce) {
  LogFixture fixture;
  std::atomic<int> answers{0};
  {
    const auto log = fixture.open();
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 250; ++i) {
          (*log)->append(event_frame("x", std::string(200, 'x')),
                         [&](Result<Sequence> r) { answers += r ? 1 : 1000000; });
        }
      });
    }
    for (auto& thread : threads) thread.join();
  }
  EXPECT_EQ(answers, 1000);
  EXPECT_EQ(read_ids(fixture.files).size(), 1000u);
  expect_whole(fixture.files, fixture.signer);
}

TEST(FileLog, OnARealDiskOnlyTheOwnerMayReadIt) {
  char pattern[] = "/tmp/claviger-audit-XXXXXX";
  ASSERT_NE(::mkdtemp(pattern), nullptr);
  const std::string directory = std::string(pattern) + "/log";
  LogFixture fixture;
  PosixFiles files;
  fixture.options.directory = directory;
  for (int round = 0; round < 2; ++round) {
    const auto log = FileLog::open(fixture.options, {fixture.clock, fixture.signer, fixture.random, files});
    ASSERT_TRUE(log) << log.error().detail();
    for (int i = 0; i < 30; ++i) ASSERT_TRUE(append_and_wait(**log, event_frame("a", std::string(1000, 'x'))));
  }
  struct stat info{};
  ASSERT_EQ(::stat(directory.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777u, 0700u);
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    ASSERT_EQ(::stat(entry.path().c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777u, 0600u) << entry.path();
  }
  EXPECT_EQ(read_ids(files, directory).size(), 60u);
  const auto report = verify(files, directory, fixture.signer);
  EXPECT_FALSE(report->bad);
  EXPECT_EQ(report->unsigned_frames, 0u);
  std::filesystem::remove_all(pattern);
}

}  // namespace
}  // namespace claviger::audit
