#include "api/page.h"

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "hsm/keyring.h"
#include "hsm/test_support.h"

namespace claviger::api {
namespace {

class PagerTest : public testing::Test {
 protected:
  Context context(std::string_view account = "111122223333", std::string_view region = "eu-west-1") {
    return {caller_, {AccountId::parse(account).value(), Region::parse(region).value()}, services_, {}, {}};
  }
  static ErrorCode refusal(const Result<std::string>& position) {
    EXPECT_FALSE(position.has_value());
    return position ? ErrorCode::kConflict : position.error().code();
  }

  hsm::CountingRandom random_;
  hsm::Keyring keyring_ = hsm::Keyring::create_in_memory(random_);
  hsm::PurposeSealer markers_{keyring_, "marker", random_};
  const iam::Caller caller_ = iam::root_caller("aws", AccountId::parse("111122223333").value(), "AKIA");
  Services services_{.markers = &markers_};
};

TEST_F(PagerTest, MarkerLeadsBackToItsPosition) {
  const Context here = context();
  const Pager pager(here, "ListKeys");
  EXPECT_EQ(pager.position(std::nullopt).value(), "");
  for (const std::string_view position : {"", "key/1", "\xc3\xa9"}) {
    EXPECT_EQ(pager.position(pager.next_marker(position)).value(), position);
  }
  EXPECT_EQ(pager.next_marker("key/1").find("key"), std::string::npos) << "opaque";
}

TEST_F(PagerTest, MarkerOfAnotherListAccountOrRegionIsRefused) {
  const Context here = context();
  const std::optional<std::string> marker = Pager(here, "ListKeys").next_marker("key/1");
  EXPECT_EQ(refusal(Pager(here, "ListAliases").position(marker)), ErrorCode::kInvalidMarker);
  const Context other_account = context("444455556666");
  EXPECT_EQ(refusal(Pager(other_account, "ListKeys").position(marker)), ErrorCode::kInvalidMarker);
  const Context other_region = context("111122223333", "us-east-1");
  EXPECT_EQ(refusal(Pager(other_region, "ListKeys").position(marker)), ErrorCode::kInvalidMarker);
}

TEST_F(PagerTest, MarkerThatWasChangedOrMadeUpIsRefused) {
  const Context here = context();
  const Pager pager(here, "ListKeys");
  const Bytes sealed = base64_decode(pager.next_marker("key/1")).value();
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    Bytes changed = sealed;
    changed[i] ^= 1;
    EXPECT_EQ(refusal(pager.position(base64_encode(changed))), ErrorCode::kInvalidMarker) << i;
    EXPECT_EQ(refusal(pager.position(base64_encode(ByteSpan(sealed).first(i)))), ErrorCode::kInvalidMarker) << i;
  }
  for (const char* text : {"", "key/1", "====", "AAAA"}) {
    EXPECT_EQ(refusal(pager.position(text)), ErrorCode::kInvalidMarker) << text;
  }
}

// The length that the API allows for a marker (1024) holds the longest position of each list.
TEST_F(PagerTest, MarkerOfTheLongestPositionFitsTheApi) {
  const Context here = context();
  const std::size_t longest_alias = std::string("alias/111122223333/").size() + 32 + 1 + 256;
  const std::size_t longest_tag = 128 * 4;
  for (const std::size_t size : {longest_alias, longest_tag}) {
    EXPECT_LE(Pager(here, "ListResourceTags/x").next_marker(std::string(size, 'x')).size(), 1024u);
  }
}

}  // namespace
}  // namespace claviger::api
