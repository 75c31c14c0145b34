#include "server/delay_line.h"

#include <gtest/gtest.h>

#include <future>
#include <string>

#include "base/guarded.h"
#include "server/testing.h"

namespace claviger::server {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

TEST(DelayLine, DoesWhatIsDueFirstFirst) {
  Guarded<std::string> order;
  std::promise<void> done;
  const auto note = [&](char letter) { order.with([&](std::string& all) { all += letter; }); };
  const auto noted = [&] { return order.with([](std::string& all) { return all; }); };
  DelayLine line;
  line.after(hours(2), [&] { note('c'); });
  line.after(hours(1), [&] { note('b'); });
  line.after(milliseconds(1), [&] {
    note('a');
    done.set_value();
  });
  ASSERT_EQ(done.get_future().wait_for(kTestPatience), std::future_status::ready);
  EXPECT_EQ(noted(), "a");
  line.stop();
  EXPECT_EQ(noted(), "abc");
}

TEST(DelayLine, NothingComesEarly) {
  std::promise<std::chrono::steady_clock::time_point> done;
  const auto begin = std::chrono::steady_clock::now();
  DelayLine line;
  line.after(milliseconds(30), [&] { done.set_value(std::chrono::steady_clock::now()); });
  EXPECT_GE(done.get_future().get() - begin, milliseconds(30));
}

TEST(DelayLine, AtItsEndEverythingIsDone) {
  int done = 0;
  DelayLine line;
  line.after(hours(1), [&] { ++done; });
  line.after(hours(2), [&] { ++done; });
  line.stop();
  EXPECT_EQ(done, 2);
  line.after(hours(1), [&] { ++done; });
  EXPECT_EQ(done, 3) << "nobody waits for what comes later";
}

}  // namespace
}  // namespace claviger::server
