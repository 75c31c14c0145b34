// Where the third-party vectors lie. They are not part of the tree.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <optional>
#include <string>

#include "base/testing_source_directory.h"

namespace claviger {

// The folder `name` of the vectors: below CLAVIGER_VECTORS, or of shared/vectors beside the tree. Without the latter
// there is nothing to run; that is said, and nullopt returned. A named folder that is absent fails the test, and so do
// vectors that lack `name`.
inline std::optional<std::filesystem::path> vector_directory(const std::string& name) {
  const char* given = std::getenv("CLAVIGER_VECTORS");
  const auto root = given ? std::filesystem::path(given)
                          : std::filesystem::path(claviger::source_directory()).parent_path() / "shared" / "vectors";
  if (!given && !std::filesystem::is_directory(root)) {
    std::cout << "NOT RUN: no vectors in " << root << "; CLAVIGER_VECTORS names their folder\n";
    return std::nullopt;
  }
  if (!std::filesystem::is_directory(root / name)) {
    ADD_FAILURE() << "no " << name << " in " << root;
    return std::nullopt;
  }
  return root / name;
}

}  // namespace claviger
