#include "api/iam/fields.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace claviger::api::iam_actions {
namespace {

struct Row {
  std::string_view rule;
  bool (*matches)(std::string_view);
  std::string_view text;
  bool fits;
};

// AWS's expressions by hand; each row is one that a slip would let through or keep out.
TEST(IamFields, PatternsTakeWhatTheModelTakes) {
  constexpr auto kName = patterns::kName.matches;
  const Row rows[] = {
      {"name", kName, "A_b+c=d,e.f@g-1", true},
      {"name: space", kName, "a b", false},
      {"name: slash", kName, "a/b", false},
      {"name: beyond ASCII", kName, "\xc3\xa9", false},
      {"document: Latin-1", patterns::is_document_text, "{\t\r\n\xc2\x80\xc3\xbf}", true},
      {"document: control character", patterns::is_document_text, "a\x1f", false},
      {"document: beyond Latin-1", patterns::is_document_text, "\xc4\x80", false},
      {"document: cut off", patterns::is_document_text, "\xc3", false},
      {"document: U+007F", patterns::is_document_text, "\x7f", true},
      {"description: U+007F", patterns::is_description_text, "\x7f", false},
      {"description: U+00A0", patterns::is_description_text, "\xc2\xa0", false},
      {"description: U+00A1", patterns::is_description_text, "\xc2\xa1", true},
      {"description: nothing", patterns::is_description_text, "", true},
      {"marker: tab", patterns::is_marker, "a\t", false},
      {"marker", patterns::is_marker, "AQ+/=", true},
      {"tag", patterns::is_tag_text, "a b_.:/=+-@\xc3\xa9", true},
      {"tag: star", patterns::is_tag_text, "a*", false},
      {"tag: tab", patterns::is_tag_text, "a\t", false},
      {"path prefix", patterns::is_path_prefix, "/a*\x7f", true},
      {"path prefix: no slash", patterns::is_path_prefix, "a/", false},
      {"path prefix: space", patterns::is_path_prefix, "/a b", false},
      {"path prefix: beyond ASCII", patterns::is_path_prefix, "/\xc3\xa9", false},
      {"word", patterns::is_word, "AKIA_9", true},
      {"word: hyphen", patterns::is_word, "AKIA-9", false},
      {"version", patterns::is_version_id, "v10", true},
      {"version: suffix", patterns::is_version_id, "v1.a-B", true},
      {"version: empty suffix", patterns::is_version_id, "v1.", true},
      {"version: zero", patterns::is_version_id, "v0", false},
      {"version: leading zero", patterns::is_version_id, "v01", false},
      {"version: letter", patterns::is_version_id, "v1a", false},
      {"version: bad suffix", patterns::is_version_id, "v1.a_", false},
      {"version: none", patterns::is_version_id, "v", false},
  };
  for (const Row& row : rows) EXPECT_EQ(row.matches(row.text), row.fits) << row.rule;
}

}  // namespace
}  // namespace claviger::api::iam_actions
