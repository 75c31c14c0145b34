#include "keys/last_use.h"

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "base/testing.h"
#include "keys/test_fixtures.h"

namespace claviger::keys {
namespace {

const LastUse kUse{from_millis(1'767'225'600'123), TrackedOperation::kReEncrypt, "01234567-89ab-cdef-0123-456789abcdef",
                   "ffffffff-0000-4000-8000-00000000000f"};

// Of docs/formats/last-use.md.
constexpr std::string_view kExample =
    "0109"
    "0000019b76daa87b"
    "30313233343536372d383961622d636465662d303132332d343536373839616263646566"
    "66666666666666662d303030302d343030302d383030302d303030303030303030303066";

TEST(LastUseRecord, ExampleOfTheDocumentIsReadAndWritten) {
  const Bytes example = hex_decode(kExample).value();
  EXPECT_EQ(encode(kUse), example);
  EXPECT_EQ(decode_last_use(example).value(), kUse);
}

TEST(LastUseRecord, AnythingElseIsCorrupt) {
  const Bytes good = encode(kUse);
  const auto refused = [](const Bytes& bytes) {
    const auto use = decode_last_use(bytes);
    return !use && use.error().code() == ErrorCode::kCorrupt;
  };
  for (std::size_t size = 0; size < good.size(); ++size) {
    EXPECT_TRUE(refused(Bytes(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size)))) << size;
  }
  struct Change {
    std::size_t at;
    std::uint8_t value;
  };
  for (const Change& change : {Change{0, 2}, Change{1, 0}, Change{1, 13}, Change{10, 'G'}, Change{10, 'A'},
                               Change{18, '0'}, Change{46, '/'}}) {
    Bytes bad = good;
    bad[change.at] = change.value;
    EXPECT_TRUE(refused(bad)) << change.at;
  }
  Bytes longer = good;
  longer.push_back(0);
  EXPECT_TRUE(refused(longer));
}

TEST(LastUseRecord, LiesAsDocumented) {
  const std::string place = layout::last_use(test_scope(), test_key_id());
  EXPECT_EQ(place, "last-use/111122223333/eu-west-1/1234abcd-12ab-34cd-56ef-1234567890ab");
  EXPECT_EQ(layout::parse_last_use(place), (layout::KeyPlace{test_scope(), test_key_id()}));
  EXPECT_EQ(layout::parse_last_use(layout::key(test_scope(), test_key_id())), std::nullopt);
  EXPECT_EQ(layout::parse_last_use("last-use/x"), std::nullopt);
}

TEST(LastUseRecord, TimeIsEightBytes) {
  EXPECT_EQ(decode_time(encode_time(kUse.time)).value(), kUse.time);
  EXPECT_EQ(decode_time(Bytes(7)).error().code(), ErrorCode::kCorrupt);
  EXPECT_EQ(decode_time(Bytes(9)).error().code(), ErrorCode::kCorrupt);
}

TEST(DaysWithoutUse, AreWholeDaysSinceTheLastUseOrElseSinceUsesAreTracked) {
  const WallTime since = from_millis(1'800'000'000'000);
  const auto unused = [&](std::optional<LastUse> last, std::chrono::milliseconds later) {
    return days_without_use({.tracked_since = since, .last = std::move(last)}, since + later);
  };
  using std::chrono::hours;
  constexpr std::chrono::milliseconds kMoment{1};
  EXPECT_EQ(unused(std::nullopt, hours(0)), 0);
  EXPECT_EQ(unused(std::nullopt, hours(48) - kMoment), 1);
  EXPECT_EQ(unused(std::nullopt, hours(48)), 2);
  LastUse used = kUse;
  used.time = since + hours(30);
  EXPECT_EQ(unused(used, hours(48)), 0);
  EXPECT_EQ(unused(used, hours(54)), 1);
  EXPECT_EQ(unused(used, hours(0)), 0) << "a clock that went back";
}

}  // namespace
}  // namespace claviger::keys
