// Ten years in the life of a few keys, by moving the clock: what the server tells and does, against a small model that
// was written from the documentation and shares nothing with the rules of keys/.
//
// Another part of a key's life joins with a Move: what it does to a random key, and what the model says of it.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <map>
#include <random>

#include "base/encoding.h"
#include "server/deletion_sweeper.h"
#include "server/rotation_sweeper.h"
#include "server/testing_world.h"

namespace claviger::server {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr int kYears = 10;
constexpr std::size_t kKeys = 6;

struct ModelRotation {
  WallTime date;
  std::string type;
};

struct ModelCiphertext {
  std::string blob;
  std::size_t version;
};

struct ModelKey {
  std::string id;
  std::string state = "Enabled";  // `Deleted` in the end
  std::optional<int> period_days;
  WallTime next{};
  WallTime deletion{};
  std::vector<ModelRotation> rotations;
  std::vector<ModelCiphertext> ciphertexts;

  bool is(std::string_view wanted) const { return state == wanted; }
  long on_demand() const {
    return std::ranges::count(rotations, "ON_DEMAND", [](const ModelRotation& rotation) { return rotation.type; });
  }
};

class KeyLifeSimulation : public testing::Test {
 protected:
  struct Move {
    const char* name;
    int weight;
    void (KeyLifeSimulation::*make)(ModelKey&);
  };
  static const std::vector<Move>& moves() {
    static const std::vector<Move> all{
        {"enable rotation", 10, &KeyLifeSimulation::enable_rotation},
        {"disable rotation", 3, &KeyLifeSimulation::disable_rotation},
        {"rotate on demand", 12, &KeyLifeSimulation::rotate_on_demand},
        {"disable", 6, &KeyLifeSimulation::disable},
        {"enable", 14, &KeyLifeSimulation::enable},
        {"schedule deletion", 3, &KeyLifeSimulation::schedule_deletion},
        {"cancel deletion", 8, &KeyLifeSimulation::cancel_deletion},
        {"encrypt", 20, &KeyLifeSimulation::encrypt},
        {"let time pass", 24, &KeyLifeSimulation::let_time_pass},
    };
    return all;
  }

  int below(int bound) { return std::uniform_int_distribution<int>(0, bound - 1)(engine_); }
  // A deleted one at times, to be asked for in vain.
  ModelKey& some_key() {
    while (true) {
      ModelKey& key = keys_[static_cast<std::size_t>(below(static_cast<int>(keys_.size())))];
      if (!key.is("Deleted") || below(10) == 0) return key;
    }
  }
  WallTime now() const { return world_.clock.now(); }
  TestReply call(std::string_view action, const ModelKey& key, std::string_view more = "") {
    return world_.call(action, fmt::format(R"({{"KeyId":"{}"{}}})", key.id, more));
  }
  // Calls, and compares how it ends. True for a success.
  bool ends(std::string_view action, const ModelKey& key, std::string_view expected, std::string_view more = "") {
    const std::string wanted(key.is("Deleted") ? "NotFoundException" : expected);
    const TestReply reply = call(action, key, more);
    EXPECT_EQ(reply.error(), wanted) << action << " on a key that is " << key.state << ": " << reply.body;
    last_ = reply.body;
    return wanted.empty();
  }
  // What refuses an operation that only an enabled key takes.
  static std::string needs_enabled(const ModelKey& key) {
    if (key.is("Disabled")) return "DisabledException";
    return key.is("PendingDeletion") ? "KMSInvalidStateException" : "";
  }
  static std::string not_pending_deletion(const ModelKey& key) {
    return key.is("PendingDeletion") ? "KMSInvalidStateException" : "";
  }

  void enable_rotation(ModelKey& key) {
    const int period = std::array{90, 91, 180, 365, 700, 2560}[static_cast<std::size_t>(below(6))];
    if (!ends("EnableKeyRotation", key, needs_enabled(key), fmt::format(R"(,"RotationPeriodInDays":{})", period))) {
      return;
    }
    key.period_days = period;
    key.next = now() + days(period);
  }
  void disable_rotation(ModelKey& key) {
    if (ends("DisableKeyRotation", key, needs_enabled(key))) key.period_days.reset();
  }
  void rotate_on_demand(ModelKey& key) {
    std::string expected = needs_enabled(key);
    if (expected.empty() && key.on_demand() >= 25) expected = "LimitExceededException";
    if (expected.empty() && key.period_days && key.next - minutes(20) <= now()) expected = "ConflictException";
    if (ends("RotateKeyOnDemand", key, expected)) key.rotations.push_back({now(), "ON_DEMAND"});
  }
  void disable(ModelKey& key) {
    if (ends("DisableKey", key, not_pending_deletion(key))) key.state = "Disabled";
  }
  void enable(ModelKey& key) {
    if (ends("EnableKey", key, not_pending_deletion(key))) key.state = "Enabled";
  }
  void schedule_deletion(ModelKey& key) {
    const int window = 7 + below(24);
    if (!ends("ScheduleKeyDeletion", key, not_pending_deletion(key),
              fmt::format(R"(,"PendingWindowInDays":{})", window))) {
      return;
    }
    key.state = "PendingDeletion";
    key.deletion = now() + days(window);
  }
  void cancel_deletion(ModelKey& key) {
    if (ends("CancelKeyDeletion", key, key.is("PendingDeletion") ? "" : "KMSInvalidStateException")) {
      key.state = "Disabled";
    }
  }
  void encrypt(ModelKey& key) {
    const std::string expected = key.is("PendingDeletion") ? "KMSInvalidStateException" : needs_enabled(key);
    if (!ends("Encrypt", key, expected, R"(,"Plaintext":"aGVsbG8=")")) return;
    key.ciphertexts.push_back({text_member(last_, "CiphertextBlob"), key.rotations.size()});
  }
  // Short times too, so that calls come close to dates; then what the server does of its own accord.
  void let_time_pass(ModelKey&) {
    switch (below(4)) {
      case 0:
        world_.clock.advance(minutes(below(30)));
        break;
      case 1:
        world_.clock.advance(hours(below(60)));
        break;
      default:
        world_.clock.advance(hours(below(24 * 40)) + seconds(below(3600)));
    }
    // At times a call comes between a date and the next look at the dates.
    if (below(8) == 0) return;
    sweep();
  }

  void sweep() {
    const auto rotated = world_.run_beside_the_loop([this] { return rotations_.run_once(); });
    const auto deleted = world_.run_beside_the_loop([this] { return deletions_.run_once(); });
    ASSERT_TRUE(rotated && deleted);
    std::size_t expect_rotated = 0;
    std::size_t expect_deleted = 0;
    for (ModelKey& key : keys_) {
      if (key.is("Enabled") && key.period_days && key.next <= now()) {
        key.rotations.push_back({now(), "AUTOMATIC"});
        const bool on_time = now() <= key.next + days(1);
        key.next = (on_time ? key.next : now()) + days(*key.period_days);
        ++expect_rotated;
      }
      if (key.is("PendingDeletion") && key.deletion <= now()) {
        key.state = "Deleted";
        ++expect_deleted;
      }
    }
    EXPECT_EQ(*rotated, expect_rotated);
    EXPECT_EQ(*deleted, expect_deleted);
    automatic_ += expect_rotated;
    deleted_ += expect_deleted;
  }

  static std::string date(WallTime time) { return std::to_string(to_millis(time) / 1000); }

  // Everything that the server tells of the key is what the model knows.
  void compare(const ModelKey& key) {
    if (!ends("DescribeKey", key, "")) return;
    EXPECT_EQ(text_member(last_, "KeyState"), key.state);
    EXPECT_EQ(last_.find(fmt::format(R"("DeletionDate":{})", date(key.deletion))) != std::string::npos,
              key.is("PendingDeletion"));
    const std::string schedule =
        key.period_days && !key.is("PendingDeletion")
            ? fmt::format(R"(true,"KeyId":"{}","RotationPeriodInDays":{},"NextRotationDate":{}}})", key.id,
                          *key.period_days, date(key.next))
            : fmt::format(R"(false,"KeyId":"{}"}})", key.id);
    EXPECT_EQ(call("GetKeyRotationStatus", key).body, R"({"KeyRotationEnabled":)" + schedule);

    const keys::KeyRecord record = world_.record(key.id);
    ASSERT_EQ(record.materials.size(), key.rotations.size() + 1);
    std::string rotations;
    for (std::size_t i = 0; i < key.rotations.size(); ++i) {
      rotations += fmt::format(
          R"({}{{"KeyId":"{}","KeyMaterialId":"{}","KeyMaterialState":"{}","RotationDate":{},"RotationType":"{}"}})",
          i == 0 ? "" : ",", key.id, hex_encode(record.materials[i + 1].id),
          i + 1 == key.rotations.size() ? "CURRENT" : "NON_CURRENT", date(key.rotations[i].date),
          key.rotations[i].type);
    }
    EXPECT_EQ(call("ListKeyRotations", key).body, fmt::format(R"({{"Rotations":[{}],"Truncated":false}})", rotations));
    open_ciphertexts(key, record);
  }
  void open_ciphertexts(const ModelKey& key, const keys::KeyRecord& record) {
    for (int i = 0; i < 3 && !key.ciphertexts.empty(); ++i) {
      const ModelCiphertext& made =
          key.ciphertexts[static_cast<std::size_t>(below(static_cast<int>(key.ciphertexts.size())))];
      if (!ends("Decrypt", key, needs_enabled(key), fmt::format(R"(,"CiphertextBlob":"{}")", made.blob))) continue;
      EXPECT_EQ(text_member(last_, "Plaintext"), "aGVsbG8=");
      EXPECT_EQ(text_member(last_, "KeyMaterialId"), hex_encode(record.materials[made.version].id));
    }
  }
  std::size_t events(std::string_view name) {
    return static_cast<std::size_t>(std::ranges::count_if(world_.log.events(), [&](const audit::Frame& frame) {
      return text_member(frame.json, "eventName") == name && text_member(frame.json, "errorCode").empty();
    }));
  }

  std::mt19937 engine_{2026};
  TestWorld world_;
  RotationSweeper rotations_{world_.recorder(), world_.store,  world_.keyring,
                             world_.clock,      world_.random, world_.logger()};
  DeletionSweeper deletions_{world_.recorder(), world_.store, world_.clock, world_.random, world_.logger()};
  std::vector<ModelKey> keys_;
  std::string last_;  // the last reply's body
  std::size_t automatic_ = 0;
  std::size_t deleted_ = 0;
};

TEST_F(KeyLifeSimulation, TenYearsGoAsTheModelSays) {
  const WallTime end = now() + days(365 * kYears);
  int weights = 0;
  for (const Move& move : moves()) weights += move.weight;
  std::map<std::string, int> made;
  for (int step = 0; now() < end && !HasFailure(); ++step) {
    SCOPED_TRACE(fmt::format("step {}, {}", step, format_iso8601(now())));
    // In place of a deleted key there is a new one.
    const auto alive = std::ranges::count_if(keys_, [](const ModelKey& key) { return !key.is("Deleted"); });
    if (alive < static_cast<std::ptrdiff_t>(kKeys)) keys_.push_back({.id = world_.create_key()});
    ModelKey& key = some_key();
    int chosen = below(weights);
    for (const Move& move : moves()) {
      chosen -= move.weight;
      if (chosen >= 0) continue;
      ++made[move.name];
      (this->*move.make)(key);
      break;
    }
    compare(key);
  }
  sweep();
  for (const ModelKey& key : keys_) compare(key);
  EXPECT_EQ(events("RotateKey"), automatic_);
  EXPECT_EQ(events("DeleteKey"), deleted_);
  // The dates did come, and every move was made.
  EXPECT_GE(automatic_, 20u);
  EXPECT_GE(deleted_, 5u);
  EXPECT_EQ(made.size(), moves().size());
}

}  // namespace
}  // namespace claviger::server
