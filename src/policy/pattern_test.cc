#include "policy/pattern.h"

#include <gtest/gtest.h>

#include <random>

namespace claviger::policy {
namespace {

bool matches(const ActionPattern& pattern, std::string_view action) {
  Budget budget(10'000);
  const std::string lower = to_lower_case(action);
  ActionSubject subject(lower, budget);
  return pattern.matches(subject);
}

bool matches(const ArnPattern& pattern, std::string_view arn) {
  Budget budget(100'000);
  ResourceSubject subject(arn, budget);
  return pattern.matches(subject, nullptr, budget) == ArnPattern::Match::kYes;
}

TEST(ActionPattern, MatchesWithoutCase) {
  struct Row {
    std::string_view pattern, action;
    bool matches;
  };
  for (const Row& row : {
           Row{"*", "kms:Encrypt", true},
           Row{"kms:*", "kms:Encrypt", true},
           Row{"KMS:ENCRYPT", "kms:Encrypt", true},
           Row{"kms:Encrypt", "kms:Encrypt", true},
           Row{"kms:Encrypt", "kms:EncryptX", false},
           Row{"kms:Encrypt", "kms:Encryp", false},
           Row{"kms:Generate*", "kms:GenerateDataKey", true},
           Row{"kms:*Key*", "kms:GenerateDataKeyWithoutPlaintext", true},
           Row{"kms:*Key", "kms:GenerateDataKeyWithoutPlaintext", false},
           Row{"kms:?ncrypt", "kms:Encrypt", true},
           Row{"kms:?ncrypt", "kms:ncrypt", false},
           Row{"kms:Encrypt?", "kms:Encrypt", false},
           Row{"kms:Encrypt**", "kms:Encrypt", true},
           Row{"kms:*a*a*a", "kms:banana", true},
           Row{"s3:*", "kms:Encrypt", false},
           Row{"a0-9z:a09zA0Z?", "a0-9z:a09za0z9", true},
       }) {
    const auto pattern = ActionPattern::parse(row.pattern);
    ASSERT_TRUE(pattern) << row.pattern;
    EXPECT_EQ(matches(*pattern, row.action), row.matches) << row.pattern << " " << row.action;
  }
  for (std::string_view bad : {"", "kms", "Encrypt", ":Encrypt", "kms:", "k*:Encrypt", "kms:Enc rypt", "kms:a:b",
                               "kms:a/", "kms:a;", "kms:a@", "kms:a[", "kms:a`", "kms:a{", "k/:a", "k_:a", "kms:a-b"}) {
    EXPECT_FALSE(ActionPattern::parse(bad)) << bad;
  }
}

TEST(ArnPattern, StarsCrossColonsOnlyAtTheEndOfASegment) {
  constexpr std::string_view kKey = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
  struct Row {
    std::string_view pattern;
    bool matches;
  };
  for (const Row& row : {
           Row{"*", true},
           Row{"arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab", true},
           Row{"arn:aws:kms:us-east-1:111122223333:key/1234ABCD-12ab-34cd-56ef-1234567890ab", false},
           Row{"arn:aws:kms:us-east-1:111122223333:key/*", true},
           Row{"arn:aws:kms:us-east-1:111122223333:alias/*", false},
           Row{"arn:aws:kms:*:111122223333:key/*", true},
           Row{"arn:aws:kms:*", true},
           Row{"arn:*", true},
           Row{"arn:aws:kms:us-*-1:111122223333:key/*", true},
           Row{"arn:aws:kms:us-*:key/*", true},
           Row{"arn:aws:kms:us-*3:key/*", false},
           Row{"arn:aws:kms:us-east-?:111122223333:key/*ab", true},
           Row{"arn:aws:kms:us-east-1?111122223333:key/*", false},
           Row{"arn:aws:kms:us-east-1:*:key/????abcd-*", true},
           Row{"arn:aws:kms:us-east-1:111122223333:*/1234*", true},
       }) {
    const auto pattern = ArnPattern::parse(row.pattern, {});
    // Five segments with a wildcard at the end or six of them.
    if (!pattern) {
      EXPECT_FALSE(row.matches) << row.pattern;
      continue;
    }
    EXPECT_EQ(matches(*pattern, kKey), row.matches) << row.pattern;
  }
  for (std::string_view bad : {"", "key/*", "arn:aws:kms:us-east-1:111122223333:", "arn:aws:kms:us-east-1",
                               "arn:aws:k*:us-east-1:111122223333:key/a", "**"}) {
    EXPECT_FALSE(ArnPattern::parse(bad, {})) << bad;
  }
}

// The obvious matcher, exponential but plain.
bool slow_match(std::string_view pattern, std::string_view text) {
  if (pattern.empty()) return text.empty();
  if (pattern[0] == '*') {
    const bool crosses = pattern.size() == 1 || pattern[1] == ':';
    if (slow_match(pattern.substr(1), text)) return true;
    return !text.empty() && (crosses || text[0] != ':') && slow_match(pattern, text.substr(1));
  }
  if (text.empty()) return false;
  return (pattern[0] == '?' ? text[0] != ':' : pattern[0] == text[0]) && slow_match(pattern.substr(1), text.substr(1));
}

TEST(ArnPattern, AgreesWithAPlainMatcherOnRandomInput) {
  std::mt19937 random(7);
  const auto text_of = [&](std::string_view alphabet, std::size_t size) {
    std::string text;
    for (std::size_t i = 0; i < size; ++i) text += alphabet[random() % alphabet.size()];
    return text;
  };
  std::size_t matched = 0, compared = 0;
  for (int i = 0; i < 40'000; ++i) {
    // Half of them about where one word of 64 bits ends and the next begins.
    const std::string same(i % 2 == 0 ? 0 : 50 + random() % 90, 'b');
    const std::string pattern = "arn:" + same + text_of("a:*?", random() % 9) + "*" + (i % 3 == 0 ? "a" : "");
    const std::string text = "arn:" + same + text_of("aab:", random() % 9);
    const auto parsed = ArnPattern::parse(pattern, {});
    if (!parsed) continue;
    ++compared;
    const bool expected = slow_match(pattern, text);
    matched += expected ? 1 : 0;
    ASSERT_EQ(matches(*parsed, text), expected) << pattern << " " << text;
  }
  EXPECT_GT(compared, 10'000u);
  EXPECT_GT(matched, 1'000u);
}

}  // namespace
}  // namespace claviger::policy
