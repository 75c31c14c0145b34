#include "keys/due_layout.h"

#include <gtest/gtest.h>

#include "keys/test_fixtures.h"

namespace claviger::keys::layout {
namespace {

TEST(DueLayout, StoreKeysAreAsDocumentedAndSortByDate) {
  EXPECT_EQ(rotation_due(from_millis(1'800'000'000'000), test_scope(), test_key_id()),
            "rotation-due/000001a3185c5000/111122223333/eu-west-1/1234abcd-12ab-34cd-56ef-1234567890ab");
  EXPECT_EQ(expiry_due(from_millis(1'800'000'000'000), test_scope(), test_key_id()),
            "expiry-due/000001a3185c5000/111122223333/eu-west-1/1234abcd-12ab-34cd-56ef-1234567890ab");
  EXPECT_LT(rotation_due(from_millis(9), test_scope(), test_key_id()),
            rotation_due(from_millis(10), test_scope(), test_key_id()));
}

TEST(DueLayout, ParsesWhatItAndLayoutMake) {
  const auto rotation = parse_dated(kRotationDue, rotation_due(from_millis(43), test_scope(), test_key_id()));
  ASSERT_TRUE(rotation);
  EXPECT_EQ(rotation->date, from_millis(43));
  EXPECT_EQ(rotation->key, (KeyPlace{test_scope(), test_key_id()}));
  const std::string deletion = due(from_millis(44), test_scope(), test_key_id());
  const auto parsed = parse_dated(kDue, deletion);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->date, parse_due(deletion)->deletion_date);
  EXPECT_EQ(parsed->key, parse_due(deletion)->key);
}

TEST(DueLayout, RefusesEverythingElse) {
  const std::string rest = "/111122223333/eu-west-1/1234abcd-12ab-34cd-56ef-1234567890ab";
  ASSERT_TRUE(parse_dated(kRotationDue, "rotation-due/00000000000000ff" + rest));
  for (const std::string& bad :
       {std::string(), std::string(kRotationDue), "due/00000000000000ff" + rest, "rotation-due/ff" + rest,
        "rotation-due/00000000000000FF" + rest, "rotation-due/-0000000000000ff" + rest,
        "rotation-due/0000000000000000ff" + rest, std::string("rotation-due/00000000000000ff"),
        std::string("rotation-due/00000000000000ff/"), "rotation-due/00000000000000ff" + rest + "/x"}) {
    EXPECT_FALSE(parse_dated(kRotationDue, bad)) << bad;
  }
}

}  // namespace
}  // namespace claviger::keys::layout
