#include "keys/tag_rules.h"

#include <gtest/gtest.h>

namespace claviger::keys {
namespace {

std::vector<Tag> numbered(int count, const std::string& prefix = "k") {
  std::vector<Tag> tags;
  for (int i = 0; i < count; ++i) tags.push_back({prefix + std::to_string(i), "v"});
  return tags;
}

TEST(CheckNewTags, RefusesWithAwsTexts) {
  EXPECT_TRUE(check_new_tags({}));
  EXPECT_TRUE(check_new_tags(numbered(50)));
  EXPECT_TRUE(check_new_tags({{"aws", "x"}, {"awsx:", "x"}, {"Key", "x"}, {"key", "x"}}));
  const std::pair<std::vector<Tag>, std::string> rows[] = {
      {numbered(51), "Too many tags"},
      {{{"a", "1"}, {"a", "2"}}, "Duplicate tag keys"},
      {{{"aws:x", "1"}}, "Tags beginning with aws: are reserved"},
      {{{"AwS:x", "1"}}, "Tags beginning with aws: are reserved"},
  };
  for (const auto& [tags, message] : rows) {
    const Status status = check_new_tags(tags);
    ASSERT_FALSE(status) << message;
    EXPECT_EQ(status.error().code(), ErrorCode::kTag);
    EXPECT_EQ(status.error().message(), message);
  }
}

TEST(MergeTags, ReplacesInPlaceAndAppends) {
  const auto merged = merge_tags({{"a", "1"}, {"b", "2"}}, {{"c", "3"}, {"a", "9"}});
  ASSERT_TRUE(merged);
  EXPECT_EQ(*merged, (std::vector<Tag>{{"a", "9"}, {"b", "2"}, {"c", "3"}}));
}

TEST(MergeTags, FiftyInAllIsTheLimit) {
  EXPECT_TRUE(merge_tags(numbered(25), numbered(25, "x")));
  EXPECT_TRUE(merge_tags(numbered(50), numbered(50)));
  const auto merged = merge_tags(numbered(26), numbered(25, "x"));
  ASSERT_FALSE(merged);
  EXPECT_EQ(merged.error().code(), ErrorCode::kLimitExceeded);
}

TEST(RemoveTags, IgnoresUnknownNames) {
  EXPECT_EQ(remove_tags({{"a", "1"}, {"b", "2"}}, {"b", "zzz"}), (std::vector<Tag>{{"a", "1"}}));
}

}  // namespace
}  // namespace claviger::keys
