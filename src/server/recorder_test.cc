#include "server/recorder.h"

#include <gtest/gtest.h>

#include <future>

#include "server/delay_line.h"
#include "server/testing.h"
#include "store/testing_store.h"

namespace claviger::server {
namespace {

const ChangeEvents kEvents{R"({"done":1})", R"({"abandoned":1})"};

// A recorder over a store and a log that note, in order, what reaches them.
class RecorderTest : public testing::Test {
 protected:
  RecorderTest() {
    log_.on_append([this](const audit::Frame& frame) {
      const bool intent = frame.kind == audit::FrameKind::kIntent;
      note(intent ? "intent" : "event " + frame.json);
      return intent ? refuse_intent_ : take(refuse_events_, Error::io("no space for the event"));
    });
    store_.on_commit([this](const store::Commit& commit) {
      note("commit");
      tags_.with([&](auto& tags) { tags.push_back(commit.tag); });
      return refuse_commit_;
    });
  }

  Result<store::Revision> change(store::Commit commit, const std::string& request_id = "r-1") {
    std::promise<Result<store::Revision>> promise;
    recorder_.change(request_id, kEvents, std::move(commit),
                     [&](Result<store::Revision> revision) { promise.set_value(std::move(revision)); });
    return promise.get_future().get();
  }
  Status event(const std::string& json) { return recorder_.record_and_wait("r-9", json); }
  std::vector<std::string> trace() {
    return trace_.with([](auto& trace) { return trace; });
  }
  void note(std::string what) {
    trace_.with([&](auto& trace) { trace.push_back(std::move(what)); });
  }
  // Once for each time that is left.
  static std::optional<Error> take(std::atomic<int>& times, Error error) {
    if (times == 0) return std::nullopt;
    --times;
    return error;
  }

  ManualClock clock_{from_millis(1'767'225'600'000)};
  Guarded<std::vector<std::string>> trace_;
  Guarded<std::vector<std::uint64_t>> tags_;
  std::optional<Error> refuse_intent_;
  std::optional<Error> refuse_commit_;
  std::atomic<int> refuse_events_ = 0;
  std::atomic<int> stops_ = 0;
  ChangeBroadcast broadcast_;
  FaultyStore store_;
  FaultyLog log_{clock_};
  Recorder recorder_{log_, store_, broadcast_, [this] { ++stops_; }};
};

// Is idle when it is told to be.
class BusyLoop final : public http::Loop {
 public:
  void post(std::move_only_function<void()> work) override { work(); }
  void when_idle(std::move_only_function<void()> work) override { waiting_.push_back(std::move(work)); }
  std::size_t index() const override { return 0; }
  bool is_current() const override { return true; }
  // How much there was to be done.
  std::size_t be_idle() {
    auto waiting = std::exchange(waiting_, {});
    for (auto& work : waiting) work();
    return waiting.size();
  }

 private:
  std::vector<std::move_only_function<void()>> waiting_;
};

struct AwaitedEvent final : Recorder::Event {
  explicit AwaitedEvent(std::string json) { frame.json = std::move(json); }
  void recorded(Status status) override { outcome.set_value(std::move(status)); }
  std::promise<Status> outcome;
};

TEST_F(RecorderTest, EventsOfABusyLoopAreRecordedTogether) {
  BusyLoop loop;
  Recorder::Batch batch(recorder_, loop);
  for (int round = 0; round < 2; ++round) {
    std::vector<std::shared_ptr<AwaitedEvent>> events;
    for (const char* json : {"1", "2", "3"}) events.push_back(std::make_shared<AwaitedEvent>(json));
    for (const auto& event : events) batch.add(event);
    EXPECT_EQ(log_.appends().size(), static_cast<std::size_t>(round)) << "before the loop is idle";
    EXPECT_EQ(loop.be_idle(), 1u);
    for (const auto& event : events) EXPECT_TRUE(event->outcome.get_future().get());
  }
  EXPECT_EQ(log_.appends(), (std::vector<std::size_t>{3, 3}));
  EXPECT_EQ(trace(), (std::vector<std::string>{"event 1", "event 2", "event 3", "event 1", "event 2", "event 3"}));
}

TEST_F(RecorderTest, EachEventOfABatchIsToldItsOwnOutcome) {
  BusyLoop loop;
  Recorder::Batch batch(recorder_, loop);
  refuse_events_ = 1;
  const auto refused = std::make_shared<AwaitedEvent>("1");
  const auto kept = std::make_shared<AwaitedEvent>("2");
  batch.add(refused);
  batch.add(kept);
  loop.be_idle();
  EXPECT_FALSE(refused->outcome.get_future().get());
  EXPECT_TRUE(kept->outcome.get_future().get());
}

TEST_F(RecorderTest, ChangeGoesIntentThenCommitThenEvent) {
  const auto revision = change(store::put("a", "1"));
  ASSERT_TRUE(revision.has_value());
  EXPECT_EQ(*revision, 1u);
  EXPECT_EQ(trace(), (std::vector<std::string>{"intent", "commit", R"(event {"done":1})"}));
  const auto frames = log_.frames();
  ASSERT_EQ(frames.size(), 2u);
  EXPECT_EQ(frames[0].request_id, "r-1");
  EXPECT_EQ(frames[0].json, intent_payload(kEvents));
  EXPECT_EQ(frames[0].anchor, 0u);
  EXPECT_EQ(frames[1].request_id, "r-1");
  EXPECT_EQ(frames[1].anchor, 1u) << "the event anchors the revision that it tells of";
  EXPECT_EQ(store_.find_commit(1).value(), store::Revision{1}) << "the commit carries its intent's sequence";
  EXPECT_EQ(stops_, 0);
}

TEST_F(RecorderTest, ChangeIsAcknowledgedOnlyAfterTheLoopsAppliedIt) {
  BlockingPool pool(1, 10);
  SnapshotLoader loader(store_);
  FakeLoop loop;
  Directory directory(loop, pool, loader, 10);
  broadcast_.attach(loop, directory);
  store_.set_change_listener([this](const auto& changes, store::Revision at) { broadcast_.publish(changes, at); }, {});
  std::atomic<bool> done = false;
  recorder_.change("r-1", kEvents, store::put("a", "1"), [&](const auto& revision) { done = revision.has_value(); });
  loop.wait_for_posts(1);
  // The event of another call is durable after that of the change, on the same thread.
  while (log_.events().empty()) std::this_thread::yield();
  ASSERT_TRUE(event("{}").has_value());
  EXPECT_FALSE(done);
  loop.run();
  EXPECT_TRUE(done);
}

TEST_F(RecorderTest, ConflictWritesNoEventAndLeavesTheEndToTheCaller) {
  store::Commit commit = store::put("a", "1");
  commit.preconditions.push_back({"a", 7});
  const auto revision = change(std::move(commit));
  ASSERT_FALSE(revision.has_value());
  EXPECT_EQ(revision.error().code(), ErrorCode::kConflict);
  EXPECT_EQ(trace(), (std::vector<std::string>{"intent", "commit"}));
  EXPECT_EQ(stops_, 0);
}

TEST_F(RecorderTest, NothingIsCommittedWhenTheLogRefusesTheIntent) {
  refuse_intent_ = Error::io("no space for the intent");
  const auto revision = change(store::put("a", "1"));
  ASSERT_FALSE(revision.has_value());
  EXPECT_EQ(revision.error().code(), ErrorCode::kIo);
  EXPECT_EQ(trace(), std::vector<std::string>{"intent"});
  EXPECT_EQ(store_.revision(), 0u);
  EXPECT_EQ(stops_, 0) << "the log goes on by itself";
}

TEST_F(RecorderTest, EventThatTheLogRefusesLeavesTheOutcomeUnknownAndIsPaidLater) {
  refuse_events_ = 1;
  const auto revision = change(store::put("a", "1"));
  ASSERT_FALSE(revision.has_value());
  EXPECT_EQ(revision.error().code(), ErrorCode::kUnknownOutcome);
  EXPECT_EQ(store_.revision(), 1u) << "it was committed";
  EXPECT_TRUE(log_.events().empty());
  EXPECT_EQ(stops_, 0);

  // The log takes events again: the first one brings what is owed, which is in the log before the next.
  ASSERT_TRUE(event(R"({"second":1})").has_value());
  ASSERT_TRUE(event(R"({"third":1})").has_value());
  const auto events = log_.events();
  ASSERT_EQ(events.size(), 3u);
  EXPECT_EQ(events[1].json, kEvents.committed);
  EXPECT_EQ(events[1].request_id, "r-1");
  ASSERT_TRUE(event(R"({"fourth":1})").has_value());
  EXPECT_EQ(log_.events().size(), 4u) << "paid once";
}

TEST_F(RecorderTest, EventThatMayBeInTheLogAlreadyIsNotWrittenAgain) {
  std::atomic<int> seen = 0;
  log_.on_append([&](const audit::Frame& frame) -> std::optional<Error> {
    if (frame.json != kEvents.committed) return std::nullopt;
    ++seen;
    return Error(ErrorCode::kUnknownOutcome, {}, "the disk does not answer");
  });
  const auto revision = change(store::put("a", "1"));
  ASSERT_FALSE(revision.has_value());
  EXPECT_EQ(revision.error().code(), ErrorCode::kUnknownOutcome);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(event("{}").has_value());
  EXPECT_EQ(seen, 1);
}

TEST_F(RecorderTest, DebtThatCannotBePaidIsKept) {
  refuse_events_ = 1;
  ASSERT_FALSE(change(store::put("a", "1")).has_value());
  // The event passes and the payment that it brings is refused.
  std::atomic<int> seen = 0;
  log_.on_append([&](const audit::Frame& frame) -> std::optional<Error> {
    if (frame.json == kEvents.committed && ++seen == 1) return Error::io("again no space");
    return std::nullopt;
  });
  ASSERT_TRUE(event("{}").has_value());
  while (seen == 0) std::this_thread::yield();
  const auto paid = [this] {
    const auto events = log_.events();
    return std::count_if(events.begin(), events.end(), [](const auto& e) { return e.json == kEvents.committed; });
  };
  // The refusal comes from another thread; any event after it pays.
  for (int i = 0; i < 100'000 && paid() == 0; ++i) ASSERT_TRUE(event("{}").has_value());
  EXPECT_EQ(paid(), 1);
}

TEST_F(RecorderTest, RefusedEventIsTheCallersError) {
  refuse_events_ = 1;
  const Status status = event("{}");
  ASSERT_FALSE(status.has_value());
  EXPECT_EQ(status.error().code(), ErrorCode::kIo);
}

TEST_F(RecorderTest, FailingStoreStopsTheServerOnceAndWritesNoEvent) {
  for (const ErrorCode code : {ErrorCode::kUnknownOutcome, ErrorCode::kIo, ErrorCode::kIo}) {
    refuse_commit_ = Error(code, {}, "the disk failed");
    const auto revision = change(store::put("a", "1"));
    ASSERT_FALSE(revision.has_value());
    EXPECT_EQ(revision.error().code(), code);
    EXPECT_TRUE(log_.events().empty());
  }
  // The last stop follows its answer.
  recorder_.finish();
  EXPECT_EQ(stops_, 1);
}

// A disk that does not answer before it is told to.
class StuckDiskTest : public RecorderTest {
 protected:
  StuckDiskTest() {
    store_.on_commit([this, opened = open_.get_future().share()](const store::Commit&) {
      reached_.set_value();
      opened.wait();
      return refuse_commit_;
    });
  }
  // A change that is answered before the disk has answered.
  ErrorCode change_in_vain() {
    std::promise<Result<store::Revision>> promise;
    hasty_.change("r-1", kEvents, store::put("a", "1"),
                  [&](Result<store::Revision> revision) { promise.set_value(std::move(revision)); });
    const Result<store::Revision> revision = promise.get_future().get();
    return revision ? ErrorCode::kInternal : revision.error().code();
  }
  void answer_all() {
    open_.set_value();
    hasty_.finish();
  }

  std::promise<void> reached_;
  std::promise<void> open_;
  Recorder hasty_{log_, store_, broadcast_, [this] { ++stops_; }, std::chrono::milliseconds(8)};
};

TEST_F(StuckDiskTest, ChangeIsAnsweredInTimeAndItsEventFollows) {
  EXPECT_EQ(change_in_vain(), ErrorCode::kUnknownOutcome);
  EXPECT_TRUE(log_.events().empty()) << "nobody knows yet";
  answer_all();
  ASSERT_EQ(log_.events().size(), 1u);
  EXPECT_EQ(log_.events()[0].json, kEvents.committed);
  EXPECT_EQ(log_.events()[0].request_id, "r-1");
  EXPECT_EQ(stops_, 0);
}

TEST_F(StuckDiskTest, ChangeThatIsRefusedInTheEndHasItsEventToo) {
  refuse_commit_ = Error(ErrorCode::kConflict, {});
  EXPECT_EQ(change_in_vain(), ErrorCode::kUnknownOutcome);
  answer_all();
  ASSERT_EQ(log_.events().size(), 1u);
  EXPECT_EQ(log_.events()[0].json, kEvents.abandoned);
  EXPECT_EQ(log_.events()[0].request_id, "r-1");
  EXPECT_EQ(stops_, 0);
}

TEST_F(StuckDiskTest, StoreThatFailsInTheEndStopsTheServer) {
  refuse_commit_ = Error(ErrorCode::kUnknownOutcome, {}, "the disk failed");
  EXPECT_EQ(change_in_vain(), ErrorCode::kUnknownOutcome);
  answer_all();
  EXPECT_TRUE(log_.events().empty()) << "the next start knows";
  EXPECT_EQ(stops_, 1);
}

TEST_F(StuckDiskTest, WhoMayBlockWaitsForTheOutcome) {
  auto waiting =
      std::async(std::launch::async, [&] { return hasty_.change_and_wait("r-1", kEvents, store::put("a", "1")); });
  reached_.get_future().wait();
  // A client would have been told in the meantime.
  std::promise<void> later;
  DelayLine line;
  line.after(std::chrono::milliseconds(40), [&] { later.set_value(); });
  later.get_future().wait();
  EXPECT_EQ(waiting.wait_for(std::chrono::seconds(0)), std::future_status::timeout);
  answer_all();
  EXPECT_TRUE(waiting.get().has_value());
}

TEST_F(RecorderTest, NothingIsBegunInAStalledStore) {
  store_.set_stalled(true);
  const auto revision = change(store::put("a", "1"));
  ASSERT_FALSE(revision.has_value());
  EXPECT_EQ(revision.error().code(), ErrorCode::kDependencyTimeout);
  EXPECT_TRUE(trace().empty());
  store_.set_stalled(false);
  EXPECT_TRUE(change(store::put("a", "1")).has_value());
}

TEST_F(RecorderTest, FinishWaitsForWhatIsUnderWay) {
  std::promise<void> open;
  std::shared_future<void> opened = open.get_future().share();
  store_.on_commit([opened](const store::Commit&) {
    opened.wait();
    return std::nullopt;
  });
  std::atomic<bool> done = false;
  recorder_.change("r-1", kEvents, store::put("a", "1"), [&](const auto&) { done = true; });
  std::thread opener([&] { open.set_value(); });
  recorder_.finish();
  EXPECT_TRUE(done);
  opener.join();
}

TEST(Intent, PayloadIsTwoLinesAndNothingElse) {
  const auto events = parse_intent(intent_payload(kEvents));
  ASSERT_TRUE(events.has_value());
  EXPECT_EQ(events->committed, kEvents.committed);
  EXPECT_EQ(events->abandoned, kEvents.abandoned);
  for (const std::string_view text : {"", "one line", "a\nb\nc", "a\nb\n"}) {
    const auto parsed = parse_intent(text);
    ASSERT_FALSE(parsed.has_value()) << text;
    EXPECT_EQ(parsed.error().code(), ErrorCode::kCorrupt);
  }
}

}  // namespace
}  // namespace claviger::server
