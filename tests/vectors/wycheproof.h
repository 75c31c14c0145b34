// Reading Project Wycheproof's files of test vectors.
#pragma once

#include <gtest/gtest.h>
#include <simdjson.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <set>
#include <string>
#include <string_view>

#include "base/encoding.h"
#include "vector_directory.h"

namespace claviger {

inline std::string_view text(simdjson::dom::element object, std::string_view name) {
  return object[name].get_string().value();
}
inline std::int64_t number(simdjson::dom::element object, std::string_view name) {
  return object[name].get_int64().value();
}
inline Bytes hex(simdjson::dom::element object, std::string_view name) {
  return hex_decode(text(object, name)).value();
}

// The files that were read, for the last test to see that none was forgotten.
inline std::set<std::string>& read_files() {
  static std::set<std::string> names;
  return names;
}

// Calls `use` with each test and its group, where there are vectors. A file that holds nothing is a failure.
inline void for_each_test(const std::string& name,
                          const std::function<void(simdjson::dom::element group, simdjson::dom::element test)>& use) {
  const auto directory = vector_directory("wycheproof");
  if (!directory) return;
  read_files().insert(name);
  simdjson::dom::parser parser;
  simdjson::dom::element document;
  ASSERT_EQ(parser.load((*directory / name).string()).get(document), simdjson::SUCCESS) << name;
  std::int64_t count = 0;
  for (const simdjson::dom::element group : document["testGroups"].get_array()) {
    for (const simdjson::dom::element test : group["tests"].get_array()) {
      SCOPED_TRACE(name + ", case " + std::to_string(number(test, "tcId")));
      use(group, test);
      ++count;
    }
  }
  EXPECT_GT(count, 0) << name << " holds no test";
  EXPECT_EQ(count, number(document, "numberOfTests")) << name;
}

}  // namespace claviger
