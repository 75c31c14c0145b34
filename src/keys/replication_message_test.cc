#include "keys/replication_message.h"

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "keys/replication_layout.h"
#include "keys/test_fixtures.h"

namespace claviger::keys {
namespace {

SharedState whole_state() {
  SharedState state{.spec = KeySpec::kSymmetricDefault, .usage = KeyUsage::kEncryptDecrypt};
  state.multi_region = {.primary = *Region::parse("eu-west-1"),
                        .replicas = {{*Region::parse("us-east-1"), true}, {*Region::parse("eu-north-1")}},
                        .version = 3};
  state.rotation = {.period_days = 365, .next = from_millis(1'798'761'600'123)};
  Material material = test_key().materials.front();
  material.token.clear();
  material.rotation = {.date = from_millis(1'767'225'600'123), .type = RotationType::kOnDemand};
  state.materials = {material};
  material.id.fill(0xee);
  state.pending_material = {material, PendingMaterialState::kPendingMultiRegionImportAndRotation};
  state.start = {.created = from_millis(1'767'225'600'123),
                 .description = "d",
                 .policy = "{}",
                 .policy_bindings = {{"arn:aws:iam::111122223333:user/a", "AIDAA"}},
                 .tags = {{"team", "payments"}}};
  return state;
}

// The examples of docs/formats/replication-message.md.
constexpr std::string_view kState =
    "01010201"
    "0000000000000003"
    "0009"
    "65752d776573742d31"
    "0002"
    "0009"
    "75732d656173742d31"
    "01"
    "000a"
    "65752d6e6f7274682d31"
    "00"
    "016d"
    "000001a2ce8bd47b"
    "0000"
    "0001"
    "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
    "02"
    "0000019b76daa87b"
    "0000"
    "02"
    "eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee"
    "02"
    "0000019b76daa87b"
    "0000"
    "01"
    "0000019b76daa87b"
    "00000001"
    "64"
    "00000002"
    "7b7d"
    "0001"
    "0020"
    "61726e3a6177733a69616d3a3a3131313132323232333333333a757365722f61"
    "0005"
    "4149444141"
    "0001"
    "0004"
    "7465616d"
    "0008"
    "7061796d656e7473";
constexpr std::string_view kReport =
    "0102"
    "eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee";

TEST(SharedState, DecodesTheDocumentedExample) {
  EXPECT_EQ(hex_encode(encode(whole_state())), kState);
  EXPECT_EQ(decode_shared_state(*hex_decode(std::string(kState))).value(), whole_state());
}

TEST(SharedState, RoundTripsWithoutWhatMayBeMissing) {
  SharedState state = whole_state();
  state.multi_region.replicas.clear();
  state.rotation.reset();
  state.materials.front().rotation.reset();
  state.pending_material.reset();
  state.start.reset();
  state.spec = KeySpec::kRsa2048;
  state.public_key = {0x30};
  EXPECT_EQ(decode_shared_state(encode(state)).value(), state);
}

TEST(SharedState, EveryTruncationAndExtensionIsCorrupt) {
  Bytes bytes = encode(whole_state());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const auto result = decode_shared_state(ByteSpan(bytes).first(size));
    ASSERT_FALSE(result) << size;
    EXPECT_EQ(result.error().code(), ErrorCode::kCorrupt);
  }
  bytes.push_back(0);
  EXPECT_FALSE(decode_shared_state(bytes));
}

TEST(SharedState, UnknownNumbersAreCorrupt) {
  for (std::size_t at = 0; at < 4; ++at) {
    Bytes bytes = encode(whole_state());
    bytes[at] = 200;
    EXPECT_FALSE(decode_shared_state(bytes)) << at;
  }
}

TEST(ReplicaReport, DecodesTheDocumentedExampleAndNothingElse) {
  ReplicaReport report{.what = ReplicaReport::What::kHasPendingMaterial};
  report.material.fill(0xee);
  EXPECT_EQ(hex_encode(encode(report)), kReport);
  EXPECT_EQ(decode_replica_report(*hex_decode(std::string(kReport))).value(), report);
  EXPECT_EQ(decode_replica_report(encode(ReplicaReport{})).value(), ReplicaReport{});
  Bytes bytes = encode(report);
  bytes[1] = 1;
  EXPECT_FALSE(decode_replica_report(bytes)) << "a deleted replica has no material";
  bytes[1] = 3;
  EXPECT_FALSE(decode_replica_report(bytes));
  bytes = encode(report);
  bytes[0] = 2;
  EXPECT_FALSE(decode_replica_report(bytes));
  bytes = encode(report);
  bytes.pop_back();
  EXPECT_FALSE(decode_replica_report(bytes));
}

TEST(ReplicationLayout, StoreKeysAreAsDocumentedAndInOrderOfDelivery) {
  ReplicationRoute route{.kind = ReplicationKind::kState,
                         .from = *Region::parse("eu-west-1"),
                         .to = *Region::parse("us-east-1"),
                         .account = test_scope().account,
                         .key = test_multi_region_key_id()};
  const std::string place = layout::replication(route);
  EXPECT_EQ(place, "replication/us-east-1/111122223333/mrk-1234abcd12ab34cd56ef1234567890ab/2/eu-west-1");
  EXPECT_EQ(layout::parse_replication(place), route);
  route.kind = ReplicationKind::kCreate;
  EXPECT_LT(layout::replication(route), place);
  route.kind = ReplicationKind::kReport;
  EXPECT_GT(layout::replication(route), place);
  for (const std::string& bad :
       {std::string("replication/"), place.substr(1), place + "/", place.substr(0, place.rfind('/')),
        std::string("replication/x/111122223333/mrk-1234abcd12ab34cd56ef1234567890ab/2/eu-west-1"),
        std::string("replication/us-east-1/1/mrk-1234abcd12ab34cd56ef1234567890ab/2/eu-west-1"),
        std::string("replication/us-east-1/111122223333/mrk-1/2/eu-west-1"),
        std::string("replication/us-east-1/111122223333/mrk-1234abcd12ab34cd56ef1234567890ab/4/eu-west-1"),
        std::string("replication/us-east-1/111122223333/mrk-1234abcd12ab34cd56ef1234567890ab/2/x")}) {
    EXPECT_FALSE(layout::parse_replication(bad)) << bad;
  }
}

}  // namespace
}  // namespace claviger::keys
