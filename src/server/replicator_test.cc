#include "server/replicator.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <semaphore>

#include "api/kms/common.h"
#include "hsm/session.h"
#include "keys/due_layout.h"
#include "keys/multi_region_rules.h"
#include "keys/replication_layout.h"
#include "keys/test_fixtures.h"
#include "server/recovery.h"
#include "server/testing_worker.h"

namespace claviger::server {
namespace {

const Region kThere = *Region::parse("us-east-1");
const Region kElsewhere = *Region::parse("ap-southeast-2");

// A primary key whose replicas are Creating: what ReplicateKey leaves.
class ReplicatorTest : public WorkerTest {
 protected:
  ReplicatorTest() {
    make_primary(keys::test_multi_region_key_id());
    add(kThere);
    add(kElsewhere);
  }

  void make_primary(const KeyId& id) {
    primary_ = keys::test_key();
    primary_.id = id;
    primary_.multi_region = {.primary = primary_.scope.region, .replicas = {}, .version = 1};
    hsm::NewBackingKey made = hsm::Session(keyring_, random_)
                                  .create_backing_key({primary_.scope, primary_.id, "SYMMETRIC_DEFAULT", "AWS_KMS"})
                                  .value();
    primary_.materials = {{.id = made.material, .token = std::move(made.token)}};
    put(primary_);
  }

  void add(const Region& region) {
    const keys::KeyRecord old = primary_;
    put(keys::add_replica(primary_, region, {.created = clock_.now()}));
    change(old);
  }
  // Writes the primary key, which was `old`.
  void change(const keys::KeyRecord& old) {
    keys::count_shared_change(old, primary_);
    std::vector<store::Mutation> owed;
    api::kms::append_replication_entries(old, primary_, owed);
    put(primary_, std::move(owed));
  }
  keys::KeyRecord read(const Region& region) {
    keys::KeyRecord key = primary_;
    key.scope.region = region;
    return stored(key);
  }
  Result<std::size_t> run() {
    return Replicator(recorder_, store_, keyring_, clock_, random_, logger_, &hold_).run_once();
  }
  std::uint64_t owed() { return store_.memory().count(keys::layout::kReplication).value(); }
  void expect_all_enabled() {
    EXPECT_EQ(owed(), 0u);
    for (const Region& region : {kThere, kElsewhere}) {
      const keys::KeyRecord replica = read(region);
      EXPECT_EQ(replica.state, keys::KeyState::kEnabled) << region.view();
      EXPECT_EQ(replica.multi_region->version, primary_.multi_region->version) << region.view();
      EXPECT_EQ(replica.current_material().id, primary_.current_material().id);
      EXPECT_NE(replica.current_material().token, primary_.current_material().token);
    }
  }

  keys::KeyRecord primary_;
  ReplicationHold hold_;
};

TEST_F(ReplicatorTest, DeliversEverythingThatIsOwedAndThenNothing) {
  ASSERT_EQ(owed(), 3u) << "two new replicas, and the first is told of the second";
  EXPECT_EQ(run().value(), 3u);
  expect_all_enabled();
  EXPECT_EQ(run().value(), 0u);
}

TEST_F(ReplicatorTest, EachChangeOfAKeyIsRecordedInItsRegion) {
  ASSERT_TRUE(run().has_value());
  const auto events = log_.events();
  ASSERT_EQ(events.size(), 2u) << "the message that said nothing new changed nothing";
  for (const auto& event : events) {
    EXPECT_EQ(text_member(event.json, "eventName"), "CreateKey");
    EXPECT_EQ(text_member(event.json, "eventType"), "AwsApiCall");
    EXPECT_NE(event.json.find(R"("invokedBy":"AWS Internal")"), std::string::npos) << event.json;
  }
  const keys::KeyRecord old = primary_;
  primary_.rotation = {.period_days = 90, .next = clock_.now()};
  change(old);
  ASSERT_EQ(run().value(), 2u);
  const auto later = log_.events();
  ASSERT_EQ(later.size(), 4u);
  const std::string& json = later.back().json;
  EXPECT_EQ(text_member(json, "eventName"), "SynchronizeMultiRegionKey");
  EXPECT_NE(json.find(R"("ARN":")" + primary_.arn()), std::string::npos) << "the resource is the primary key: " << json;
  EXPECT_EQ(read(kThere).rotation, primary_.rotation);
}

TEST_F(ReplicatorTest, MaterialThatGoesWithThatOfThePrimaryKeyIsNotDueToExpire) {
  ASSERT_TRUE(run().has_value());
  const WallTime end = clock_.now() + std::chrono::hours(24);
  keys::Material pending{.id = primary_.current_material().id, .token = {1}};
  pending.id[0] ^= 1;
  for (const Region& region : {primary_.scope.region, kThere, kElsewhere}) {
    keys::KeyRecord key = read(region);
    key.origin = keys::KeyOrigin::kExternal;
    key.pending_material = {.material = pending, .state = keys::PendingMaterialState::kPendingRotation};
    if (region == kThere) key.pending_material->material.valid_to = end;
    put(key);
  }
  const std::string due = keys::layout::expiry_due(end, read(kThere).scope, primary_.id);
  ASSERT_TRUE(store::commit_now(store_.memory(), store::put(due, "")).has_value());

  primary_ = read(primary_.scope.region);
  const keys::KeyRecord old = primary_;
  primary_.pending_material.reset();
  change(old);
  ASSERT_TRUE(run().has_value());
  EXPECT_FALSE(read(kThere).pending_material.has_value());
  EXPECT_FALSE(store_.memory().get(due).value().has_value());
}

TEST_F(ReplicatorTest, NoRecordAndNoEventHoldsAMessage) {
  std::vector<std::string> values;
  store_.on_commit([&](const store::Commit& commit) -> std::optional<Error> {
    for (const store::Mutation& mutation : commit.mutations) {
      if (const auto* put = std::get_if<store::Put>(&mutation)) values.push_back(put->key);
    }
    return std::nullopt;
  });
  ASSERT_TRUE(run().has_value());
  EXPECT_TRUE(std::ranges::all_of(values, [](const std::string& key) { return key.starts_with("key/"); }));
}

TEST_F(ReplicatorTest, AChangeMeanwhileIsNotLostNorOverwritten) {
  bool done = false;
  store_.on_commit([&](const store::Commit&) -> std::optional<Error> {
    if (std::exchange(done, true)) return std::nullopt;
    for (const Region& region : {kThere, kElsewhere}) {
      keys::KeyRecord replica = read(region);
      replica.description = "described meanwhile";
      put(replica);
    }
    return std::nullopt;
  });
  ASSERT_TRUE(run().has_value());
  expect_all_enabled();
  EXPECT_EQ(read(kThere).description, "described meanwhile");
  EXPECT_EQ(read(kElsewhere).description, "described meanwhile");
}

TEST_F(ReplicatorTest, AChangeOfThePrimaryKeyMeanwhileIsDeliveredToo) {
  bool done = false;
  store_.on_commit([&](const store::Commit&) -> std::optional<Error> {
    if (std::exchange(done, true)) return std::nullopt;
    const keys::KeyRecord old = primary_;
    primary_.rotation = {.period_days = 90, .next = clock_.now()};
    change(old);
    return std::nullopt;
  });
  ASSERT_TRUE(run().has_value());
  expect_all_enabled();
  EXPECT_EQ(read(kThere).rotation, primary_.rotation);
  EXPECT_EQ(read(kElsewhere).rotation, primary_.rotation);
}

TEST_F(ReplicatorTest, WhateverCommitFailsTheNextRunCompletesIt) {
  for (int failing = 1; failing <= 3; ++failing) {
    SCOPED_TRACE(failing);
    const keys::KeyRecord old = primary_;
    primary_.rotation = {.period_days = static_cast<std::uint16_t>(90 + failing), .next = clock_.now()};
    change(old);
    int commits = 0;
    store_.on_commit([&](const store::Commit&) -> std::optional<Error> {
      if (++commits == failing) return Error::io("the disk failed");
      return std::nullopt;
    });
    const auto failed = run();
    if (commits >= failing) {
      EXPECT_EQ(failed.error().code(), ErrorCode::kIo);
      EXPECT_GT(owed(), 0u);
    }
    store_.on_commit({});
    ASSERT_TRUE(run().has_value());
    expect_all_enabled();
    EXPECT_EQ(read(kThere).rotation, primary_.rotation);
  }
}

TEST_F(ReplicatorTest, NothingIsChangedWithoutItsIntent) {
  log_.on_append([](const audit::Frame&) { return Error::io("the disk is full"); });
  EXPECT_EQ(run().error().code(), ErrorCode::kIo);
  EXPECT_EQ(read(kThere).state, keys::KeyState::kCreating);
  EXPECT_EQ(owed(), 3u);
  log_.on_append({});
  ASSERT_TRUE(run().has_value());
  expect_all_enabled();
}

TEST_F(ReplicatorTest, DamageToOneKeyKeepsNoOtherFromItsMessages) {
  const Scope scope{primary_.scope.account, kElsewhere};
  ASSERT_TRUE(store::commit_now(store_.memory(), store::put(keys::layout::key(scope, primary_.id), "?")).has_value());
  ASSERT_TRUE(store::commit_now(store_.memory(), store::put("replication/nonsense", "")).has_value());
  const auto done = run();
  ASSERT_FALSE(done.has_value());
  EXPECT_EQ(done.error().code(), ErrorCode::kCorrupt);
  EXPECT_EQ(read(kThere).state, keys::KeyState::kEnabled);
}

TEST_F(ReplicatorTest, AMessageToAKeyThatIsGoneIsForgotten) {
  const Scope scope{primary_.scope.account, kThere};
  ASSERT_TRUE(store::commit_now(store_.memory(), store::del(keys::layout::key(scope, primary_.id))).has_value());
  ASSERT_TRUE(run().has_value());
  EXPECT_EQ(owed(), 0u);
  EXPECT_EQ(store_.memory().count(keys::layout::key(scope, primary_.id)).value(), 0u);
  EXPECT_EQ(read(kElsewhere).state, keys::KeyState::kEnabled);
}

TEST_F(ReplicatorTest, AReportFollowsThePrimaryKeyToItsNewRegion) {
  ASSERT_TRUE(run().has_value());
  keys::KeyRecord successor = read(kThere);
  const keys::KeyRecord old = primary_;
  keys::begin_promotion(primary_, successor);
  put(successor);
  change(old);
  const keys::ReplicationRoute report{keys::ReplicationKind::kReport, kElsewhere, primary_.scope.region,
                                      primary_.scope.account, primary_.id};
  store::Commit gone;
  gone.mutations.push_back(store::Delete{keys::layout::key({primary_.scope.account, kElsewhere}, primary_.id)});
  gone.mutations.push_back(store::Put{keys::layout::replication(report), keys::encode(keys::ReplicaReport{})});
  ASSERT_TRUE(store::commit_now(store_.memory(), std::move(gone)).has_value());
  ASSERT_TRUE(run().has_value());
  EXPECT_EQ(owed(), 0u);
  EXPECT_TRUE(read(kThere).is_primary());
  EXPECT_EQ(read(kThere).multi_region->replicas, std::vector{keys::Replica{primary_.scope.region}});
  EXPECT_EQ(read(primary_.scope.region).state, keys::KeyState::kEnabled);
  EXPECT_EQ(read(primary_.scope.region).multi_region->replicas, read(kThere).multi_region->replicas);
}

TEST_F(ReplicatorTest, ItsThreadDeliversWhatItIsToldOf) {
  Replicator replicator(recorder_, store_, keyring_, clock_, random_, logger_);
  std::promise<void> all;
  store_.set_change_listener(
      [&](const std::vector<store::Change>& changes, store::Revision) {
        replicator.notice(changes);
        const bool last = std::ranges::any_of(changes, [](const store::Change& change) {
          return change.deleted && change.key.starts_with("replication/us-east-1/") &&
                 change.key.find("/2/") != std::string::npos;
        });
        if (last) all.set_value();
      },
      "");
  replicator.start(std::chrono::hours(1));
  EXPECT_EQ(all.get_future().wait_for(kTestPatience), std::future_status::ready) << "what was owed before it started";
  all = {};
  const keys::KeyRecord old = primary_;
  primary_.rotation = {.period_days = 90, .next = clock_.now()};
  change(old);
  EXPECT_EQ(all.get_future().wait_for(kTestPatience), std::future_status::ready) << "and afterwards";
  replicator.stop();
}

TEST_F(ReplicatorTest, ItsThreadTriesAgainWithoutBeingTold) {
  Replicator replicator(recorder_, store_, keyring_, clock_, random_, logger_);
  std::promise<void> all;
  store_.set_change_listener(
      [&](const std::vector<store::Change>&, store::Revision) {
        if (owed() == 0) all.set_value();
      },
      "");
  int failures = 2;
  store_.on_commit([&](const store::Commit&) -> std::optional<Error> {
    if (failures-- > 0) return Error::io("for the test");
    return std::nullopt;
  });
  replicator.start(std::chrono::hours(1));
  EXPECT_EQ(all.get_future().wait_for(kTestPatience), std::future_status::ready);
  replicator.stop();
  expect_all_enabled();
}

TEST_F(ReplicatorTest, WhatAHeldKeyIsOwedWaitsAndOtherKeysGoOn) {
  const keys::KeyRecord held = primary_;
  hold_.set({held.id});
  make_primary(*KeyId::parse("mrk-ffffffffffffffffffffffffffffffff"));
  add(kThere);
  EXPECT_EQ(run().value(), 1u);
  EXPECT_EQ(read(kThere).state, keys::KeyState::kEnabled);
  EXPECT_EQ(owed(), 3u);
  primary_ = held;
  for (const Region& region : {kThere, kElsewhere}) EXPECT_EQ(read(region).state, keys::KeyState::kCreating);
  hold_.set({});
  EXPECT_EQ(run().value(), 3u);
  expect_all_enabled();
}

TEST_F(ReplicatorTest, AKeyThatIsHeldWhileItsMessageIsUnderWayKeepsWhatChangesThen) {
  ASSERT_TRUE(run().has_value());
  const auto rotate_every = [this](std::uint16_t days) {
    const keys::KeyRecord old = primary_;
    primary_.rotation = {.period_days = days, .next = clock_.now()};
    change(old);
  };
  rotate_every(90);
  bool done = false;
  store_.on_commit([&](const store::Commit&) -> std::optional<Error> {
    if (std::exchange(done, true)) return std::nullopt;
    hold_.set({primary_.id});
    rotate_every(180);
    return std::nullopt;
  });
  EXPECT_EQ(run().value(), 0u) << "the message that was under way met a newer one, which is held";
  for (const Region& region : {kThere, kElsewhere}) EXPECT_EQ(read(region).rotation, std::nullopt);
  hold_.set({});
  ASSERT_TRUE(run().has_value());
  EXPECT_EQ(read(kThere).rotation, primary_.rotation);
}

TEST_F(ReplicatorTest, BothKeysOfAHeldPromotionStayUpdating) {
  ASSERT_TRUE(run().has_value());
  hold_.set({primary_.id});
  keys::KeyRecord successor = read(kThere);
  const keys::KeyRecord old = primary_;
  keys::begin_promotion(primary_, successor);
  put(successor);
  change(old);
  EXPECT_EQ(run().value(), 0u);
  for (const Region& region : {primary_.scope.region, kThere}) {
    EXPECT_EQ(read(region).state, keys::KeyState::kUpdating);
    EXPECT_TRUE(read(region).is_replica());
  }
  hold_.set({});
  ASSERT_TRUE(run().has_value());
  EXPECT_TRUE(read(kThere).is_primary());
  EXPECT_EQ(read(primary_.scope.region).state, keys::KeyState::kEnabled);
}

// As when replication is slow: the primary key waits for all replicas, and only then its own waiting period begins.
TEST_F(ReplicatorTest, APrimaryKeyThatIsHeldDoesNotHearThatItsReplicasAreGone) {
  ASSERT_TRUE(run().has_value());
  const keys::KeyRecord old = primary_;
  keys::schedule_deletion(primary_, 7, clock_.now());
  change(old);
  hold_.set({primary_.id});
  store::Commit gone;
  for (const Region& region : {kThere, kElsewhere}) {
    const Scope scope{primary_.scope.account, region};
    const keys::ReplicationRoute report{keys::ReplicationKind::kReport, region, primary_.scope.region, scope.account,
                                        primary_.id};
    gone.mutations.push_back(store::Delete{keys::layout::key(scope, primary_.id)});
    gone.mutations.push_back(store::Put{keys::layout::replication(report), keys::encode(keys::ReplicaReport{})});
  }
  ASSERT_TRUE(store::commit_now(store_.memory(), std::move(gone)).has_value());
  clock_.advance(std::chrono::days(30));
  EXPECT_EQ(run().value(), 0u);
  EXPECT_EQ(read(primary_.scope.region).state, keys::KeyState::kPendingReplicaDeletion);
  hold_.set({});
  ASSERT_TRUE(run().has_value());
  const keys::KeyRecord last = read(primary_.scope.region);
  EXPECT_EQ(last.deletion_date, clock_.now() + std::chrono::days(7));
  EXPECT_EQ(store_.memory().count(keys::layout::due(*last.deletion_date, last.scope, last.id)).value(), 1u);
}

TEST_F(ReplicatorTest, ItsThreadDeliversWhatIsLetGoAsSoonAsItIsTold) {
  hold_.set({primary_.id});
  std::promise<void> all;
  std::counting_semaphore looks(0);
  Replicator replicator(recorder_, store_, keyring_, clock_, random_, logger_, &hold_);
  store_.set_change_listener(
      [&](const std::vector<store::Change>&, store::Revision) {
        if (owed() == 0) all.set_value();
      },
      "");
  store_.after_range([&](std::string_view) { looks.release(); });
  replicator.start(std::chrono::hours(1));
  ASSERT_TRUE(looks.try_acquire_for(kTestPatience));
  replicator.resume();
  ASSERT_TRUE(looks.try_acquire_for(kTestPatience)) << "it looks again when it is told";
  EXPECT_EQ(owed(), 3u);
  hold_.set({});
  replicator.resume();
  EXPECT_EQ(all.get_future().wait_for(kTestPatience), std::future_status::ready);
  replicator.stop();
  expect_all_enabled();
}

}  // namespace
}  // namespace claviger::server
