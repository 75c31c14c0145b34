#include "hsm/protected_memory.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <string>

#include "base/testing.h"

namespace claviger::hsm {
namespace {

using Method = ProtectedMemory::Method;

class ProtectedMemoryTest : public ::testing::TestWithParam<Method> {
 protected:
  std::shared_ptr<ProtectedMemory> memory = ProtectedMemory::create(GetParam());
};

// The flags of the mapping that holds `address`, as in /proc/self/smaps.
std::set<std::string> flags_of_mapping(const void* address) {
  std::ifstream smaps("/proc/self/smaps");
  const auto wanted = reinterpret_cast<std::uintptr_t>(address);
  bool inside = false;
  for (std::string line; std::getline(smaps, line);) {
    unsigned long from = 0, to = 0;
    if (std::sscanf(line.c_str(), "%lx-%lx ", &from, &to) == 2) inside = wanted >= from && wanted < to;
    if (!inside || !line.starts_with("VmFlags:")) continue;
    std::set<std::string> flags;
    for (std::size_t at = 9; at + 2 <= line.size(); at += 3) flags.insert(line.substr(at, 2));
    return flags;
  }
  return {};
}

TEST_P(ProtectedMemoryTest, BlocksAreZeroApartAndWipedWhenGivenBack) {
  const std::uint8_t* first_address = nullptr;
  {
    ProtectedBlock first = memory->allocate(32), second = memory->allocate(32);
    EXPECT_TRUE(all_zero(first.bytes()));
    std::ranges::fill(first.bytes(), 0xaa);
    EXPECT_TRUE(all_zero(second.bytes()));
    first_address = first.bytes().data();
  }
  // The pages still belong to the arena, so looking is allowed.
  EXPECT_TRUE(all_zero({first_address, 32}));
  EXPECT_EQ(memory->allocate(32).bytes().data(), first_address);
}

TEST_P(ProtectedMemoryTest, GrowsBeyondItsFirstPages) {
  std::vector<ProtectedBlock> blocks;
  std::set<const std::uint8_t*> addresses;
  for (int i = 0; i < 1500; ++i) {
    blocks.push_back(memory->allocate(33));
    EXPECT_TRUE(addresses.insert(blocks.back().bytes().data()).second);
    std::ranges::fill(blocks.back().bytes(), static_cast<std::uint8_t>(i));
  }
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    EXPECT_EQ(std::ranges::count(blocks[i].bytes(), static_cast<std::uint8_t>(i)), 33);
  }
}

TEST_P(ProtectedMemoryTest, ABlockKeepsItsArenaAliveAndMoves) {
  ProtectedBlock block = memory->allocate(4096);
  memory.reset();
  std::ranges::fill(block.bytes(), 7);
  ProtectedBlock moved = std::move(block);
  EXPECT_EQ(std::ranges::count(moved.bytes(), 7), 4096);
  EXPECT_TRUE(block.bytes().empty());  // NOLINT(bugprone-use-after-move): this is what the test is about
  moved = ProtectedBlock();
  EXPECT_TRUE(moved.bytes().empty());
}

TEST_P(ProtectedMemoryTest, PagesAreLockedUndumpedAndNotInherited) {
  const ProtectedBlock block = memory->allocate(32);
  const std::string protection = memory->protection();
  const std::set<std::string> flags = flags_of_mapping(block.bytes().data());
  ASSERT_FALSE(flags.empty());
  EXPECT_TRUE(flags.contains("dc")) << "not copied on fork";
  if (protection.starts_with("unprotected: ")) return;  // and says so, which is all that is left to it
  EXPECT_TRUE(flags.contains("lo")) << "locked";
  EXPECT_TRUE(flags.contains("dd")) << "not in core dumps";
  if (GetParam() == Method::kLockedPages) {
    EXPECT_EQ(protection, "mlock");
    EXPECT_TRUE(flags.contains("wf")) << "wiped on fork";
  }
}

TEST_P(ProtectedMemoryTest, AChildProcessCannotReadTheParentsSecrets) {
  ProtectedBlock block = memory->allocate(32);
  std::ranges::fill(block.bytes(), 0x5a);
  int pipe_ends[2];
  ASSERT_EQ(pipe(pipe_ends), 0);
  const pid_t child = fork();
  ASSERT_NE(child, -1);
  if (child == 0) {
    // Asks the kernel to read the address: no mapping is an error, not a signal.
    const ssize_t count = write(pipe_ends[1], block.bytes().data(), 32);
    _exit(count < 0 ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  close(pipe_ends[0]);
  close(pipe_ends[1]);
}

INSTANTIATE_TEST_SUITE_P(Methods, ProtectedMemoryTest, ::testing::Values(Method::kBestAvailable, Method::kLockedPages),
                         [](const auto& method) {
                           return method.param == Method::kBestAvailable ? "BestAvailable" : "LockedPages";
                         });

}  // namespace
}  // namespace claviger::hsm
