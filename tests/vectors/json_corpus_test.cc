// The JSON parsing corpus of Nicolas Seriot (JSONTestSuite) through our reader: every y_ accepted,
// every n_ refused, and for each i_ (the standard leaves it open) what we do, written down here.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include "base/json.h"
#include "vector_directory.h"

namespace claviger {
namespace {

struct Case {
  std::string name;
  std::string text;
};

// None where there are no vectors.
std::vector<Case> load(const std::string& prefix) {
  std::vector<Case> cases;
  const auto directory = vector_directory("json/test_parsing");
  if (!directory) return cases;
  for (const auto& entry : std::filesystem::directory_iterator(*directory)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(prefix)) continue;
    std::ifstream file(entry.path(), std::ios::binary);
    cases.push_back({name, std::string(std::istreambuf_iterator<char>(file), {})});
    EXPECT_TRUE(file.good() || file.eof()) << name;
  }
  std::ranges::sort(cases, {}, &Case::name);
  EXPECT_FALSE(cases.empty()) << "nothing named " << prefix << "* in " << *directory;
  std::cout << cases.size() << " cases " << prefix << "*\n";
  return cases;
}

bool accepted(const Case& test) {
  json::Parser parser;
  const auto value = parser.parse(as_bytes(test.text));
  EXPECT_TRUE(value.has_value() || value.error().code() == ErrorCode::kSerialization) << test.name;
  return value.has_value();
}

TEST(JsonCorpus, AcceptsAllThatMustBeAccepted) {
  for (const Case& test : load("y_")) EXPECT_TRUE(accepted(test)) << test.name;
}

TEST(JsonCorpus, RefusesAllThatMustBeRefused) {
  for (const Case& test : load("n_")) EXPECT_FALSE(accepted(test)) << test.name;
}

TEST(JsonCorpus, TreatsWhatIsLeftOpenAsWrittenDown) {
  const std::map<std::string, bool> expected = {
      {"i_number_double_huge_neg_exp.json", true},
      {"i_number_huge_exp.json", false},
      {"i_number_neg_int_huge_exp.json", false},
      {"i_number_pos_double_huge_exp.json", false},
      {"i_number_real_neg_overflow.json", false},
      {"i_number_real_pos_overflow.json", false},
      {"i_number_real_underflow.json", true},
      {"i_number_too_big_neg_int.json", false},
      {"i_number_too_big_pos_int.json", false},
      {"i_number_very_big_negative_int.json", false},
      {"i_object_key_lone_2nd_surrogate.json", false},
      {"i_string_1st_surrogate_but_2nd_missing.json", false},
      {"i_string_1st_valid_surrogate_2nd_invalid.json", false},
      {"i_string_UTF-16LE_with_BOM.json", false},
      {"i_string_UTF-8_invalid_sequence.json", false},
      {"i_string_UTF8_surrogate_U+D800.json", false},
      {"i_string_incomplete_surrogate_and_escape_valid.json", false},
      {"i_string_incomplete_surrogate_pair.json", false},
      {"i_string_incomplete_surrogates_escape_valid.json", false},
      {"i_string_invalid_lonely_surrogate.json", false},
      {"i_string_invalid_surrogate.json", false},
      {"i_string_invalid_utf-8.json", false},
      {"i_string_inverted_surrogates_U+1D11E.json", false},
      {"i_string_iso_latin_1.json", false},
      {"i_string_lone_second_surrogate.json", false},
      {"i_string_lone_utf8_continuation_byte.json", false},
      {"i_string_not_in_unicode_range.json", false},
      {"i_string_overlong_sequence_2_bytes.json", false},
      {"i_string_overlong_sequence_6_bytes.json", false},
      {"i_string_overlong_sequence_6_bytes_null.json", false},
      {"i_string_truncated-utf-8.json", false},
      {"i_string_utf16BE_no_BOM.json", false},
      {"i_string_utf16LE_no_BOM.json", false},
      {"i_structure_500_nested_arrays.json", false},
      {"i_structure_UTF-8_BOM_empty_object.json", false},
  };
  const std::vector<Case> cases = load("i_");
  std::size_t seen = 0;
  for (const Case& test : cases) {
    const auto row = expected.find(test.name);
    if (row == expected.end()) {
      ADD_FAILURE() << "not in the table: " << test.name << ", accepted: " << accepted(test);
      continue;
    }
    EXPECT_EQ(accepted(test), row->second) << test.name;
    ++seen;
  }
  EXPECT_EQ(seen, cases.empty() ? 0 : expected.size());
}

}  // namespace
}  // namespace claviger
