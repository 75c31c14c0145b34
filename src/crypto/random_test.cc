#include "crypto/random.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <set>

namespace claviger::crypto {
namespace {

using Draw = std::array<std::uint8_t, 16>;

template <class Source>
Draw draw(Source& source) {
  Draw out{};
  source.fill(out);
  return out;
}

TEST(BlockRandom, NeverHandsOutTheSameBytesTwice) {
  BlockRandom first, second;
  std::set<Draw> seen;
  for (int i = 0; i < 2000; ++i) {
    EXPECT_TRUE(seen.insert(draw(first)).second);
    EXPECT_TRUE(seen.insert(draw(second)).second);
  }
}

TEST(BlockRandom, FillsEverySizeWholly) {
  BlockRandom random;
  for (const std::size_t size :
       {std::size_t{1}, std::size_t{28}, std::size_t{1024}, std::size_t{1025}, std::size_t{100'000}}) {
    // A byte that stays zero in each of 16 draws was not written (chance of a false alarm: below 2^-100).
    Bytes ever(size);
    for (int i = 0; i < 16; ++i) {
      Bytes bytes(size);
      random.fill(bytes);
      for (std::size_t at = 0; at < size; ++at) ever[at] |= bytes[at];
    }
    EXPECT_EQ(std::count(ever.begin(), ever.end(), 0), 0) << size;
  }
  random.fill({});
}

TEST(BlockRandom, AChildProcessDrawsOtherBytesThanItsParent) {
  BlockRandom random;
  (void)draw(random);  // the block is filled before the fork
  int pipe_ends[2];
  ASSERT_EQ(pipe(pipe_ends), 0);
  const pid_t child = fork();
  ASSERT_NE(child, -1);
  if (child == 0) {
    const Draw bytes = draw(random);
    _exit(write(pipe_ends[1], bytes.data(), bytes.size()) == 16 ? 0 : 1);
  }
  Draw theirs{};
  ASSERT_EQ(read(pipe_ends[0], theirs.data(), theirs.size()), 16);
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_NE(theirs, draw(random));
  close(pipe_ends[0]);
  close(pipe_ends[1]);
}

TEST(SystemRandom, DrawsDiffer) {
  SystemRandom random;
  EXPECT_NE(draw(random), draw(random));
  random.fill({});
}

}  // namespace
}  // namespace claviger::crypto
