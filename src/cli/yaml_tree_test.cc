#include "cli/yaml_tree.h"

#include <gtest/gtest.h>

#include <string>

namespace claviger::cli::yaml {
namespace {

std::string yaml_error(std::string_view text) {
  const auto parsed = parse("f", text);
  if (parsed) return "";
  EXPECT_EQ(parsed.error().code(), ErrorCode::kValidation);
  return parsed.error().detail();
}

TEST(YamlTree, ValuesAreTextsWithTheirPlaces) {
  const auto root = parse("f", "a: 0123\nb:\n  - true\n  - \"x\"\n  -\nc: {d: ~}\n");
  ASSERT_TRUE(root.has_value()) << root.error().detail();
  ASSERT_EQ(root->kind, Kind::kMap);
  ASSERT_EQ(root->children.size(), 3u);
  EXPECT_EQ(root->children[0].name, "a");
  EXPECT_EQ(root->children[0].text, "0123");
  EXPECT_EQ(root->children[0].place.line, 1u);
  EXPECT_EQ(root->children[0].place.column, 4u);
  const Node& list = root->children[1];
  ASSERT_EQ(list.kind, Kind::kList);
  EXPECT_EQ(list.name_place.line, 2u);
  ASSERT_EQ(list.children.size(), 3u);
  EXPECT_EQ(list.children[0].text, "true");
  EXPECT_EQ(list.children[1].text, "x");
  EXPECT_EQ(list.children[1].place.line, 4u);
  EXPECT_EQ(list.children[1].place.column, 5u);
  EXPECT_EQ(list.children[2].kind, Kind::kNull);
  EXPECT_EQ(root->children[2].children.at(0).kind, Kind::kNull);
}

TEST(YamlTree, RefusesWithThePlace) {
  struct Row {
    const char* name;
    std::string text;
    std::string error;
  };
  std::string deep, many = "[a";
  for (int i = 0; i < 100'000; ++i) many += ",a";
  for (std::size_t i = 0; i < 17; ++i) deep += '[';
  for (std::size_t i = 0; i < 17; ++i) deep += ']';
  const std::string reference = "anchors and aliases of YAML (& and *) are not allowed here; write the value out";
  const Row rows[] = {
      {"an anchor", "a: &x 1\n", "f:1:4: " + reference},
      {"an alias", "a: 1\nb: *x\n", "f:2:4: not YAML: the referenced anchor is not defined"},
      {"a billion laughs", "a: &a [x, x]\nb: &b [*a, *a]\n", "f:1:4: " + reference},
      {"a tag", "a: !!binary eA==\n", "f:1:4: tags of YAML (!) are not allowed here; remove it"},
      {"a name twice", "a: 1\nb: 2\na: 3\n", "f:3:1: a stands here twice; remove one"},
      {"no name", "~: 1\n", "f:1:1: a name is missing before the colon"},
      {"a list for a name", "[a]: 1\n", "f:1:1: a name must be a text"},
      {"depth", deep, "f:1:17: nested more than 16 deep"},
      {"number of values", many + "]", "f:1:200000: more than 100000 values; use several files"},
      {"size", std::string(kMaxBytes + 1, ' '), "f:1:1: the file has 1048577 bytes; at most 1048576 are read"},
      {"nothing", "# only this\n", "f:1:1: the file is empty"},
      {"two documents", "a: 1\n---\nb: 2\n", "f:1:1: the file has more than one YAML document"},
      {"not UTF-8", "a: \xff\n", "f:1:1: the file is not UTF-8"},
      {"control characters", std::string("a: \0b\n", 6), "f:1:1: the file has control characters"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    EXPECT_EQ(yaml_error(row.text), row.error);
  }
}

TEST(YamlTree, WhatIsNotYamlIsRefusedWithThePlace) {
  const std::string open(200'000, '[');
  for (const std::string& text : {std::string("a: [1\n"), std::string("a: b: c\n"), std::string("a: 1\n b: 2\n"),
                                  std::string("- a\nb: 1\n"), std::string("{"), std::string("a: |x\n b"), open}) {
    SCOPED_TRACE(text.substr(0, 40));
    EXPECT_TRUE(yaml_error(text).starts_with("f:")) << yaml_error(text);
  }
}

}  // namespace
}  // namespace claviger::cli::yaml
