// Rotation through the whole pipeline, and by the clock.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <algorithm>

#include "audit/event.h"
#include "base/encoding.h"
#include "keys/due_layout.h"
#include "server/rotation_sweeper.h"
#include "server/testing_world.h"
#include "store/testing_store.h"

namespace claviger::server {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;

class PipelineRotation : public testing::Test {
 protected:
  static std::string named(std::string_view key, std::string_view more = "") {
    return fmt::format(R"({{"KeyId":"{}"{}}})", key, more);
  }
  TestReply call(std::string_view action, std::string_view more = "") { return world_.call(action, named(key_, more)); }
  std::string error(std::string_view action, std::string_view more = "") { return call(action, more).error(); }
  std::size_t sweep() {
    return world_.run_beside_the_loop([this] { return sweeper_.run_once(); }).value();
  }
  // The store keys of all entries.
  std::vector<std::string> due_entries() {
    std::vector<std::string> all;
    const auto entries = world_.store.range(keys::layout::kRotationDue, "", 10).value();
    for (const store::Entry& entry : entries) {
      all.push_back(entry.key);
    }
    return all;
  }
  std::string due_at(WallTime next) {
    const keys::KeyRecord record = world_.record(key_);
    return keys::layout::rotation_due(next, record.scope, record.id);
  }
  std::string encrypt() { return text_member(call("Encrypt", R"(,"Plaintext":"aGVsbG8=")").body, "CiphertextBlob"); }
  // The id of the material that opened it.
  std::string decrypt(std::string_view blob) {
    const TestReply reply = world_.call("Decrypt", fmt::format(R"({{"CiphertextBlob":"{}"}})", blob));
    EXPECT_EQ(text_member(reply.body, "Plaintext"), "aGVsbG8=") << reply.body;
    return text_member(reply.body, "KeyMaterialId");
  }
  std::string material_id(std::size_t version) { return hex_encode(world_.record(key_).materials.at(version).id); }
  WallTime now() const { return world_.clock.now(); }

  TestWorld world_;
  RotationSweeper sweeper_{world_.recorder(), world_.store,  world_.keyring,
                           world_.clock,      world_.random, world_.logger()};
  std::string key_ = world_.create_key();
};

TEST_F(PipelineRotation, OnDemandKeepsOldMaterialForReadingAndWritesWithTheNew) {
  const std::string old_blob = encrypt();
  const TestReply reply = call("RotateKeyOnDemand");
  ASSERT_EQ(reply.status, 200) << reply.body;
  EXPECT_EQ(reply.body, named(key_));
  const std::string new_blob = encrypt();
  ASSERT_EQ(world_.record(key_).materials.size(), 2u);
  EXPECT_EQ(decrypt(old_blob), material_id(0));
  EXPECT_EQ(decrypt(new_blob), material_id(1));
  EXPECT_NE(material_id(0), material_id(1));
  EXPECT_EQ(text_member(call("DescribeKey").body, "CurrentKeyMaterialId"), material_id(1));
  const std::string event = world_.log.events().back().json;
  encrypt();
  EXPECT_EQ(text_member(world_.log.events().back().json, "keyMaterialId"), material_id(1)) << event;
}

TEST_F(PipelineRotation, OnDemandIsRecordedAsACallAndAsTheServicesRotation) {
  call("RotateKeyOnDemand");
  const std::string record = world_.log.events().back().json;
  const audit::RecordedCall parts = audit::split_record(record);
  EXPECT_EQ(text_member(parts.event, "eventName"), "RotateKeyOnDemand");
  ASSERT_EQ(parts.copies.size(), 1u) << record;
  const std::string_view rotation = parts.copies[0];
  EXPECT_EQ(text_member(rotation, "eventName"), "RotateKey");
  EXPECT_EQ(text_member(rotation, "eventType"), "AwsServiceEvent");
  EXPECT_NE(text_member(rotation, "eventID"), "");
  EXPECT_NE(text_member(rotation, "eventID"), text_member(parts.event, "eventID"));
  EXPECT_EQ(text_member(rotation, "ARN"), world_.record(key_).arn());
  const std::string details = fmt::format(
      R"("serviceEventDetails":{{"rotationType":"ON_DEMAND","keyOrigin":"AWS_KMS","previousKeyMaterialId":"{}",)"
      R"("currentKeyMaterialId":"{}","keyId":"{}"}})",
      material_id(0), material_id(1), key_);
  EXPECT_NE(rotation.find(details), std::string_view::npos) << rotation;
  // Both are in the intent, so that neither can be there without the other.
  const auto frames = world_.log.frames();
  const auto intent = std::find_if(frames.rbegin(), frames.rend(),
                                   [](const audit::Frame& frame) { return frame.kind == audit::FrameKind::kIntent; });
  EXPECT_EQ(parse_intent(intent->json).value().committed, record);
}

TEST_F(PipelineRotation, ARefusedRotationOnDemandIsNone) {
  for (int i = 0; i < 25; ++i) call("RotateKeyOnDemand");
  EXPECT_EQ(error("RotateKeyOnDemand"), "LimitExceededException");
  EXPECT_TRUE(audit::split_record(world_.log.events().back().json).copies.empty());
}

TEST_F(PipelineRotation, ListsRotationsOldestFirstAndTheFirstMaterialWhenAsked) {
  EXPECT_EQ(call("ListKeyRotations").body, R"({"Rotations":[],"Truncated":false})");
  call("RotateKeyOnDemand");
  const auto entry = [&](std::size_t version, std::string_view state, std::string_view more) {
    return fmt::format(R"({{"KeyId":"{}","KeyMaterialId":"{}","KeyMaterialState":"{}"{}}})", key_, material_id(version),
                       state, more);
  };
  const std::string rotated_at = std::to_string(to_millis(now()) / 1000);
  const std::string by_hand = fmt::format(R"(,"RotationDate":{},"RotationType":"ON_DEMAND")", rotated_at);
  EXPECT_EQ(call("ListKeyRotations").body,
            fmt::format(R"({{"Rotations":[{}],"Truncated":false}})", entry(1, "CURRENT", by_hand)));
  EXPECT_EQ(call("ListKeyRotations", R"(,"IncludeKeyMaterial":"ALL_KEY_MATERIAL")").body,
            fmt::format(R"({{"Rotations":[{},{}],"Truncated":false}})", entry(0, "NON_CURRENT", ""),
                        entry(1, "CURRENT", by_hand)));
}

TEST_F(PipelineRotation, ListsInPagesWhoseMarkersAreForTheirOwnListing) {
  for (int i = 0; i < 3; ++i) call("RotateKeyOnDemand");
  std::vector<std::string> seen;
  std::string marker;
  for (int page = 0; page < 2; ++page) {
    const TestReply reply =
        call("ListKeyRotations", R"(,"Limit":2)" + (page == 0 ? "" : fmt::format(R"(,"Marker":"{}")", marker)));
    EXPECT_EQ(reply.body.find(R"("Truncated":true)") != std::string::npos, page == 0);
    for (std::size_t version = 0; version < 4; ++version) {
      if (reply.body.find(material_id(version)) != std::string::npos) seen.push_back(material_id(version));
    }
    marker = text_member(reply.body, "NextMarker");
    if (page == 0) {
      EXPECT_EQ(
          error("ListKeyRotations", fmt::format(R"(,"IncludeKeyMaterial":"ALL_KEY_MATERIAL","Marker":"{}")", marker)),
          "InvalidMarkerException");
    }
  }
  EXPECT_EQ(seen, (std::vector<std::string>{material_id(1), material_id(2), material_id(3)}));
}

TEST_F(PipelineRotation, MaterialThatWasImportedForItIsRotatedInAndNoneElse) {
  keys::KeyRecord record = world_.record(key_);
  record.origin = keys::KeyOrigin::kExternal;
  const auto put = [&] {
    ASSERT_TRUE(world_.run_beside_the_loop([&] {
      return store::commit_now(world_.store,
                               store::put(keys::layout::key(record.scope, record.id), as_text(keys::encode(record))));
    }));
  };
  put();
  EXPECT_EQ(call("RotateKeyOnDemand").message(),
            "No available key material pending rotation for the key: " + record.arn() + ".");
  keys::Material waiting = record.materials.front();
  waiting.id[0] ^= 1;
  waiting.description = "second";
  record.pending_material = {.material = waiting, .state = keys::PendingMaterialState::kPendingRotation};
  put();
  EXPECT_NE(
      call("ListKeyRotations", R"(,"IncludeKeyMaterial":"ALL_KEY_MATERIAL")")
          .body.find(
              R"("KeyMaterialDescription":"second","ImportState":"IMPORTED","KeyMaterialState":"PENDING_ROTATION","ExpirationModel":"KEY_MATERIAL_DOES_NOT_EXPIRE"})"),
      std::string::npos);
  ASSERT_EQ(error("RotateKeyOnDemand"), "");
  const keys::KeyRecord rotated = world_.record(key_);
  EXPECT_FALSE(rotated.pending_material);
  EXPECT_EQ(rotated.current_material().id, waiting.id);
  EXPECT_EQ(rotated.current_material().token, waiting.token);
}

TEST_F(PipelineRotation, StatusShowsTheScheduleWhileThereIsOne) {
  EXPECT_EQ(call("GetKeyRotationStatus").body, fmt::format(R"({{"KeyRotationEnabled":false,"KeyId":"{}"}})", key_));
  ASSERT_EQ(error("EnableKeyRotation", R"(,"RotationPeriodInDays":90)"), "");
  const std::string status =
      fmt::format(R"({{"KeyRotationEnabled":true,"KeyId":"{}","RotationPeriodInDays":90,"NextRotationDate":{}}})", key_,
                  to_millis(now() + days(90)) / 1000);
  EXPECT_EQ(call("GetKeyRotationStatus").body, status);
  call("DisableKey");
  EXPECT_EQ(call("GetKeyRotationStatus").body, status) << "a disabled key keeps its schedule";
  call("ScheduleKeyDeletion");
  EXPECT_EQ(call("GetKeyRotationStatus").body, fmt::format(R"({{"KeyRotationEnabled":false,"KeyId":"{}"}})", key_));
  call("CancelKeyDeletion");
  EXPECT_EQ(call("GetKeyRotationStatus").body, status);
  call("EnableKey");
  ASSERT_EQ(error("DisableKeyRotation"), "");
  EXPECT_EQ(call("GetKeyRotationStatus").body, fmt::format(R"({{"KeyRotationEnabled":false,"KeyId":"{}"}})", key_));
}

TEST_F(PipelineRotation, EntryStandsExactlyWhileTheKeyRotates) {
  using Entries = std::vector<std::string>;
  ASSERT_EQ(error("EnableKeyRotation"), "");
  const Entries yearly{due_at(now() + days(365))};
  struct Step {
    const char* action;
    const char* more;
    Entries entries;
  };
  for (const Step& step :
       {Step{"TagResource", R"(,"Tags":[{"TagKey":"a","TagValue":"b"}])", yearly},
        Step{"RotateKeyOnDemand", "", yearly}, Step{"DisableKey", "", {}}, Step{"EnableKey", "", yearly},
        Step{"ScheduleKeyDeletion", "", {}}, Step{"CancelKeyDeletion", "", {}}, Step{"EnableKey", "", yearly},
        Step{"EnableKeyRotation", R"(,"RotationPeriodInDays":100)", {due_at(now() + days(100))}},
        Step{"DisableKeyRotation", "", {}}}) {
    ASSERT_EQ(error(step.action, step.more), "") << step.action;
    EXPECT_EQ(due_entries(), step.entries) << step.action;
  }
}

TEST_F(PipelineRotation, OnItsDateAKeyRotatesOnceAndTellsSoInTheAudit) {
  ASSERT_EQ(error("EnableKeyRotation", R"(,"RotationPeriodInDays":90)"), "");
  const std::string blob = encrypt();
  world_.clock.advance(days(90) - std::chrono::milliseconds(1));
  EXPECT_EQ(sweep(), 0u) << "not a moment before";
  world_.clock.advance(std::chrono::milliseconds(1));
  EXPECT_EQ(sweep(), 1u);
  const std::string event = world_.log.events().back().json;
  EXPECT_EQ(text_member(event, "eventName"), "RotateKey");
  EXPECT_EQ(text_member(event, "eventType"), "AwsServiceEvent");
  EXPECT_EQ(text_member(event, "invokedBy"), "AWS Internal");
  EXPECT_NE(event.find(fmt::format(R"("requestParameters":null,"responseElements":null)")), std::string::npos) << event;
  EXPECT_NE(
      event.find(fmt::format(
          R"("serviceEventDetails":{{"rotationType":"AUTOMATIC","keyOrigin":"AWS_KMS","previousKeyMaterialId":"{}","currentKeyMaterialId":"{}","keyId":"{}"}})",
          material_id(0), material_id(1), key_)),
      std::string::npos)
      << event;
  EXPECT_EQ(sweep(), 0u) << "never twice for one date";
  EXPECT_EQ(due_entries(), std::vector<std::string>{due_at(now() + days(90))});
  EXPECT_EQ(decrypt(blob), material_id(0));
  EXPECT_EQ(decrypt(encrypt()), material_id(1)) << "in force for the very next request";
  EXPECT_NE(call("ListKeyRotations").body.find(R"("RotationType":"AUTOMATIC")"), std::string::npos);
}

TEST_F(PipelineRotation, ADisabledKeyRotatesAtOnceWhenItIsEnabledAgainAndItsDateIsPast) {
  ASSERT_EQ(error("EnableKeyRotation", R"(,"RotationPeriodInDays":90)"), "");
  call("DisableKey");
  world_.clock.advance(days(200));
  EXPECT_EQ(sweep(), 0u);
  call("EnableKey");
  EXPECT_EQ(error("RotateKeyOnDemand"), "ConflictException") << "its rotation is due";
  EXPECT_EQ(sweep(), 1u);
  EXPECT_EQ(world_.record(key_).rotation->next, now() + days(90)) << "and every period thereafter";
  EXPECT_EQ(error("RotateKeyOnDemand"), "");
}

TEST_F(PipelineRotation, WhatACancelledDeletionPutOffComesWithEnableKey) {
  ASSERT_EQ(error("EnableKeyRotation", R"(,"RotationPeriodInDays":90)"), "");
  world_.clock.advance(days(80));
  call("ScheduleKeyDeletion");
  world_.clock.advance(days(20));
  EXPECT_EQ(sweep(), 0u);
  call("CancelKeyDeletion");
  EXPECT_EQ(sweep(), 0u) << "the key is disabled";
  call("EnableKey");
  EXPECT_EQ(sweep(), 1u);
}

TEST_F(PipelineRotation, KindComesBeforeStateAndAnotherRegionHasNoSuchKey) {
  key_ = world_.create_key(R"({"KeySpec":"HMAC_256","KeyUsage":"GENERATE_VERIFY_MAC"})");
  call("DisableKey");
  EXPECT_EQ(call("GetKeyRotationStatus").body, fmt::format(R"({{"KeyRotationEnabled":false,"KeyId":"{}"}})", key_));
  for (const char* action : {"EnableKeyRotation", "DisableKeyRotation", "RotateKeyOnDemand", "ListKeyRotations"}) {
    EXPECT_EQ(error(action), "UnsupportedOperationException") << action;
    EXPECT_EQ(world_.call(action, named(key_), "eu-west-1").error(), "NotFoundException") << action;
  }
}

TEST_F(PipelineRotation, PeriodIsBoundedAndAliasesAreNoKeys) {
  for (const char* period : {"89", "2561", "0", "-1"}) {
    EXPECT_EQ(error("EnableKeyRotation", fmt::format(R"(,"RotationPeriodInDays":{})", period)), "ValidationException");
  }
  world_.call("CreateAlias", fmt::format(R"({{"AliasName":"alias/a","TargetKeyId":"{}"}})", key_));
  EXPECT_NE(world_.call("EnableKeyRotation", R"({"KeyId":"alias/a"})").error(), "");
  EXPECT_TRUE(due_entries().empty());
}

}  // namespace
}  // namespace claviger::server
