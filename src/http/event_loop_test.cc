#include "http/event_loop.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "http/test_client.h"
#include "http/test_server.h"

namespace claviger::http {
namespace {

using std::chrono::seconds;

TEST(EventLoop, SharesItsPortWithTheOthers) {
  Options options = TestServer::one_loop();
  options.loops = 2;
  TestServer server(options);
  ASSERT_TRUE(server.started);
  EXPECT_EQ(server->loop_count(), 2u);
  for (int i = 0; i < 64; ++i) {
    TestClient client(server->port());
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    ASSERT_TRUE(client.receive());
  }
  EXPECT_GT(server.state.calls_by_loop[0], 0);
  EXPECT_GT(server.state.calls_by_loop[1], 0);
}

TEST(EventLoop, RunsPostedWorkInOrderAndDropsItOnceStopped) {
  TestServer server;
  Loop& loop = server->loop(0);
  std::vector<int> order;
  std::atomic<bool> on_loop = true;
  std::atomic<int> done = 0;
  for (int i = 0; i < 1000; ++i) {
    loop.post([&, i] {
      order.push_back(i);
      if (!loop.is_current()) on_loop = false;
      ++done;
    });
  }
  wait_until([&] { return done == 1000; });
  EXPECT_TRUE(std::ranges::is_sorted(order));
  EXPECT_TRUE(on_loop);
  EXPECT_FALSE(loop.is_current());
  EXPECT_TRUE(server->drain(seconds(20)));
  auto token = std::make_shared<int>();
  loop.post([token, &done] { ++done; });
  EXPECT_EQ(token.use_count(), 1);
  EXPECT_EQ(done, 1000);
}

TEST(EventLoop, DoesWhatWaitsForIdlenessAfterWhatIsReady) {
  TestServer server;
  Loop& loop = server->loop(0);
  std::vector<int> order;
  std::atomic<bool> done = false;
  loop.post([&] {
    loop.when_idle([&] { order.push_back(3); });
    loop.when_idle([&] {
      order.push_back(4);
      done = true;
    });
    loop.post([&] {
      order.push_back(1);
      loop.post([&] { order.push_back(2); });
    });
  });
  wait_until([&] { return done.load(); });
  EXPECT_EQ(order, (std::vector{1, 2, 3, 4}));
}

TEST(EventLoop, DoesWhatWaitsForIdlenessThoughItIsNeverIdle) {
  TestServer server;
  Loop& loop = server->loop(0);
  std::atomic<bool> done = false;
  int others = 0;
  std::function<void()> busy = [&] {
    ++others;
    if (!done) loop.post([&] { busy(); });
  };
  loop.post([&] {
    loop.when_idle([&] { done = true; });
    busy();
  });
  wait_until([&] { return done.load(); });
  EXPECT_TRUE(server->drain(seconds(20)));
  EXPECT_GT(others, 1);
  EXPECT_LE(others, 100);
}

TEST(EventLoop, DoesWhatWaitsForIdlenessBeforeItEnds) {
  SystemClock clock;
  TestState state;
  const auto loop = std::make_shared<EventLoop>(0, std::make_shared<Shared>(TestServer::one_loop(), clock));
  TestHandler handler(state, *loop);
  loop->set_handler(handler);
  bool done = false;
  loop->post([&] {
    loop->drain();
    // Behind what draining has ended: the last that there is to do for it.
    loop->post([&] { loop->when_idle([&] { done = true; }); });
  });
  loop->run();
  EXPECT_TRUE(done);
}

}  // namespace
}  // namespace claviger::http
