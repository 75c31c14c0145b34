#include "audit/verify.h"

#include <gtest/gtest.h>

#include <iostream>

#include "audit/format.h"
#include "audit/testing.h"

namespace claviger::audit {
namespace {

// A log of several segments, stopped in an orderly way, with a segment that a failure ended among
// them.
void write_log(LogFixture& fixture) {
  const auto log = fixture.open();
  ASSERT_TRUE(log);
  for (int i = 0; i < 60; ++i) {
    if (i == 30) {
      fixture.files.fail_calls(Fault::kIo, fixture.files.calls(), fixture.files.calls() + 1);
      ASSERT_FALSE(append_and_wait(**log, event_frame("lost")));
      while (!append_and_wait(**log, event_frame("after the failure"))) std::this_thread::yield();
    }
    ASSERT_TRUE(append_and_wait(**log, intent_frame(std::to_string(i))));
    ASSERT_TRUE(append_and_wait(**log, event_frame(std::to_string(i), std::string(800, 'x'), 100)));
  }
}

Report verified(LogFixture& fixture) {
  const auto report = verify(fixture.files, "log", fixture.signer);
  EXPECT_TRUE(report) << report.error().detail();
  return *report;
}

TEST(Verify, AnOrderlyStoppedLogIsWholeAndWhollySigned) {
  LogFixture fixture;
  write_log(fixture);
  const Report report = verified(fixture);
  EXPECT_FALSE(report.bad) << report.bad->file << report.bad->reason;
  EXPECT_EQ(report.events, 61u);
  EXPECT_EQ(report.intents, 60u);
  EXPECT_EQ(report.open_intents, 0u);
  EXPECT_EQ(report.last_anchor, 100u);
  EXPECT_EQ(report.unsigned_frames, 0u);
  EXPECT_FALSE(report.running);
  EXPECT_GT(report.segments, 4u);
}

TEST(Verify, ARunningLogIsWholeAndSaysHowMuchIsNotSigned) {
  LogFixture fixture;
  const auto log = fixture.open();
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(append_and_wait(**log, event_frame("a")));
  const Report report = verified(fixture);
  EXPECT_FALSE(report.bad);
  EXPECT_TRUE(report.running);
  EXPECT_EQ(report.unsigned_frames, 3u);
}

TEST(Verify, ALogShorterThanExpectedIsBad) {
  LogFixture fixture;
  write_log(fixture);
  const Sequence last = verified(fixture).last_sequence;
  EXPECT_FALSE(verify(fixture.files, "log", fixture.signer, {last, 100})->bad);
  EXPECT_TRUE(verify(fixture.files, "log", fixture.signer, {last + 1, 100})->bad);
  EXPECT_TRUE(verify(fixture.files, "log", fixture.signer, {last, 101})->bad);
}

TEST(Verify, NamesTheFirstBadPlace) {
  LogFixture fixture;
  write_log(fixture);
  const std::size_t intent = kFrameOverheadBytes + 1 + 2;
  fixture.files.bytes("log/" + segment_name(1))[kSegmentHeaderBytes + intent + 60] ^= 1;
  fixture.files.bytes("log/" + segment_name(3))[5000] ^= 1;
  const Report report = verified(fixture);
  ASSERT_TRUE(report.bad);
  EXPECT_EQ(report.bad->file, segment_name(1));
  EXPECT_EQ(report.bad->offset, kSegmentHeaderBytes + intent);
  EXPECT_EQ(report.bad->sequence, 2u);
}

TEST(Verify, ADirectoryWithoutALogIsNotFound) {
  LogFixture fixture;
  EXPECT_EQ(verify(fixture.files, "log", fixture.signer).error().code(), ErrorCode::kNotFound);
}

// Where the frames of a segment lie.
std::vector<std::pair<std::size_t, std::size_t>> frames_of(const Bytes& segment) {
  std::vector<std::pair<std::size_t, std::size_t>> frames;
  std::size_t at = kSegmentHeaderBytes;
  if (segment.size() < at) return frames;  // the head
  while (const auto frame = parse_frame(ByteSpan(segment).subspan(at))) {
    frames.emplace_back(at, frame->size);
    at += frame->size;
  }
  return frames;
}

class Mutator final {
 public:
  Mutator(MemoryFiles& files, std::mt19937& random, std::uint64_t abandoned)
      : files_(files), random_(random), abandoned_(abandoned) {}

  // Changes the log in one way; says which.
  std::string mutate() {
    std::vector<std::string> names;
    for (const auto& [name, node] : files_.names()) names.push_back(name);
    const std::string name = names[random_() % names.size()];
    Bytes& bytes = files_.bytes(name);
    switch (random_() % 8) {
      case 0:
        return edit(name, bytes);
      case 1:
        bytes.resize(random_() % bytes.size());
        return "truncated " + name;
      case 2:
        files_.names().erase(name);
        return "deleted " + name;
      case 3: {
        const std::string other = names[random_() % names.size()];
        if (other == name) return edit(name, bytes);
        std::swap(bytes, files_.bytes(other));
        return "swapped " + name + " and " + other;
      }
      default:
        return change_frames(name, bytes);
    }
  }

 private:
  std::string edit(const std::string& name, Bytes& bytes) {
    // Behind the end of a segment that a failure ended nothing belongs to the log.
    const bool open_end = name == "log/" + segment_name(abandoned_);
    std::size_t end = bytes.size();
    if (open_end) end = frames_of(bytes).back().first;
    const std::size_t at = random_() % end;
    bytes[at] ^= static_cast<std::uint8_t>(1 + random_() % 255);
    return "edited " + name + " at " + std::to_string(at);
  }

  std::string change_frames(const std::string& name, Bytes& bytes) {
    const auto frames = frames_of(bytes);
    if (name == "log/head" || frames.size() < 4) return edit(name, bytes);
    // The last two of the abandoned segment may lie behind its end.
    const std::size_t i = random_() % (frames.size() - 3);
    const auto at = [&](std::size_t k) { return bytes.begin() + static_cast<std::ptrdiff_t>(frames[k].first); };
    switch (random_() % 4) {
      case 0: {  // one frame cut out, those behind it moved up
        const std::size_t size = bytes.size();
        bytes.erase(at(i), at(i + 1));
        bytes.resize(size);
        return "removed a frame of " + name;
      }
      case 1: {  // two neighbours exchanged
        std::rotate(at(i), at(i + 1), at(i + 2));
        return "exchanged frames of " + name;
      }
      case 2:  // everything from a frame on wiped
        std::fill(at(i), bytes.end(), std::uint8_t{0});
        return "wiped the end of " + name;
      default: {  // a frame repeated
        const std::size_t size = bytes.size();
        const Bytes copy(at(i), at(i + 1));
        bytes.insert(at(i), copy.begin(), copy.end());
        bytes.resize(size);
        return "repeated a frame of " + name;
      }
    }
  }

  MemoryFiles& files_;
  std::mt19937& random_;
  std::uint64_t abandoned_;
};

// The segment without a signed end that is not the last.
std::uint64_t abandoned_segment(LogFixture& fixture) {
  for (std::uint64_t number = 1; fixture.files.names().contains("log/" + segment_name(number + 1)); ++number) {
    const Bytes& bytes = fixture.files.bytes("log/" + segment_name(number));
    bool ended = false;
    for (const auto& [at, size] : frames_of(bytes)) {
      ended = parse_frame(ByteSpan(bytes).subspan(at))->kind == FrameKind::kSegmentEnd;
    }
    if (!ended) return number;
  }
  return 0;
}

TEST(Verify, FindsAThousandRandomMutations) {
  LogFixture fixture;
  write_log(fixture);
  const std::uint64_t abandoned = abandoned_segment(fixture);
  ASSERT_GT(abandoned, 0u);
  std::mt19937 random(7);
  int found = 0;
  for (int i = 0; i < 1000; ++i) {
    LogFixture mutated;
    mutated.files = fixture.files.after_kill();
    const std::string what = Mutator(mutated.files, random, abandoned).mutate();
    const auto report = verify(mutated.files, "log", mutated.signer);
    const bool is_found = report && report->bad;
    EXPECT_TRUE(is_found) << what;
    found += is_found ? 1 : 0;
  }
  std::cout << "mutations found: " << found << " of 1000\n";
  EXPECT_EQ(found, 1000);
}

TEST(Verify, AForgedTailWithAWholeChainButWithoutTheKeyIsFoundAfterAnOrderlyStop) {
  LogFixture fixture;
  write_log(fixture);
  LogFixture forger;
  forger.files = fixture.files.after_kill();
  crypto::Sha256 hasher;
  std::uint64_t last = 1;
  while (forger.files.names().contains("log/" + segment_name(last + 1))) ++last;
  Bytes& bytes = forger.files.bytes("log/" + segment_name(last));
  const auto frames = frames_of(bytes);
  FrameView frame = *parse_frame(ByteSpan(bytes).subspan(frames.back().first));
  const Bytes payload(frame.payload.size(), 'y');
  const std::string id(frame.request_id);
  frame.request_id = id;
  frame.payload = payload;
  ChainHash chain = parse_frame(ByteSpan(bytes).subspan(frames[frames.size() - 2].first))->chain;
  Bytes forged;
  append_frame(frame, hasher, chain, forged);
  std::copy(forged.begin(), forged.end(), bytes.begin() + static_cast<std::ptrdiff_t>(frames.back().first));
  const auto report = verify(forger.files, "log", forger.signer);
  ASSERT_TRUE(report->bad);
  EXPECT_EQ(report->bad->reason, "the head signs another frame of this sequence");
}

}  // namespace
}  // namespace claviger::audit
