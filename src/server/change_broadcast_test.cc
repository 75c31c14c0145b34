#include "server/change_broadcast.h"

#include <gtest/gtest.h>

#include "keys/layout.h"
#include "keys/test_fixtures.h"
#include "server/testing.h"

namespace claviger::server {
namespace {

// Two loops with a directory each.
class ChangeBroadcastTest : public testing::Test {
 protected:
  ChangeBroadcastTest() {
    broadcast_.attach(loops_[0], directories_[0]);
    broadcast_.attach(loops_[1], directories_[1]);
  }

  store::MemoryStore store_;
  SnapshotLoader loader_{store_};
  BlockingPool pool_{1, 10};
  FakeLoop loops_[2] = {FakeLoop(0), FakeLoop(1)};
  Directory directories_[2] = {Directory(loops_[0], pool_, loader_, 10), Directory(loops_[1], pool_, loader_, 10)};
  ChangeBroadcast broadcast_;
};

TEST_F(ChangeBroadcastTest, ChangeIsAcknowledgedOnlyAfterEveryLoopHasAppliedIt) {
  bool done = false;
  broadcast_.publish({{"key/x", 7, false}}, 7);
  broadcast_.when_applied(7, [&] { done = true; });
  EXPECT_FALSE(done);
  loops_[1].run();
  EXPECT_FALSE(done);
  loops_[0].run();
  EXPECT_TRUE(done);
}

TEST_F(ChangeBroadcastTest, AppliedChangeIsAcknowledgedAtOnce) {
  broadcast_.publish({}, 7);
  loops_[0].run();
  loops_[1].run();
  bool done = false;
  broadcast_.when_applied(7, [&] { done = true; });
  EXPECT_TRUE(done);
  broadcast_.when_applied(3, [&] { done = false; });
  EXPECT_FALSE(done) << "an older one as well";
}

TEST_F(ChangeBroadcastTest, EachAcknowledgementWaitsForItsOwnRevision) {
  std::vector<int> order;
  broadcast_.publish({}, 7);
  broadcast_.publish({}, 8);
  broadcast_.when_applied(8, [&] { order.push_back(8); });
  broadcast_.when_applied(7, [&] { order.push_back(7); });
  loops_[0].run();
  loops_[1].run_next();
  EXPECT_EQ(order, std::vector<int>{7});
  loops_[1].run_next();
  EXPECT_EQ(order, (std::vector<int>{7, 8}));
}

TEST_F(ChangeBroadcastTest, AcknowledgementMayAskForAnother) {
  bool done = false;
  broadcast_.publish({}, 7);
  broadcast_.when_applied(7, [&] { broadcast_.when_applied(7, [&] { done = true; }); });
  loops_[0].run();
  loops_[1].run();
  EXPECT_TRUE(done);
}

TEST_F(ChangeBroadcastTest, LoopForgetsWhatChanged) {
  const keys::KeyRecord key = keys::test_key();
  const std::string place = keys::layout::key(key.scope, key.id);
  store::Commit commit;
  commit.mutations.push_back(store::Put{place, keys::encode(key)});
  std::promise<store::Revision> committed;
  store_.commit(std::move(commit), [&](Result<store::Revision> revision) { committed.set_value(revision.value()); });
  const store::Revision revision = committed.get_future().get();

  const keys::layout::KeyPlace wanted{key.scope, key.id};
  for (int i = 0; i < 2; ++i) {
    directories_[i].keys().load(wanted, [](const auto& loaded) { ASSERT_NE(*loaded, nullptr); });
    loops_[i].run_next();
    ASSERT_NE(directories_[i].keys().find(wanted), nullptr);
  }
  broadcast_.publish({{place, revision + 1, false}}, revision + 1);
  loops_[0].run();
  EXPECT_EQ(directories_[0].keys().find(wanted), nullptr);
  EXPECT_NE(directories_[1].keys().find(wanted), nullptr) << "its loop has not run yet";
  loops_[1].run();
  EXPECT_EQ(directories_[1].keys().find(wanted), nullptr);
}

TEST(ChangeBroadcast, WithoutLoopsEveryChangeIsApplied) {
  ChangeBroadcast broadcast;
  bool done = false;
  broadcast.when_applied(99, [&] { done = true; });
  EXPECT_TRUE(done);
}

}  // namespace
}  // namespace claviger::server
