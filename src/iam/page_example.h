// For tests only: the example on a page of docs/formats.
#pragma once

#include <fstream>
#include <string>

#include "base/clock.h"
#include "base/encoding.h"
#include "base/testing_source_directory.h"

namespace claviger::iam {

// Of the examples.
inline const WallTime kExampleTime = from_millis(1'767'225'600'123);

// The bytes of the page's blocks of hexadecimal digits, without their comments.
inline Bytes documented_example(const std::string& page) {
  std::ifstream file(source_directory() + "/docs/formats/" + page);
  std::string line, digits;
  bool inside = false;
  while (std::getline(file, line)) {
    if (line.starts_with("```")) {
      inside = !inside;
      continue;
    }
    if (!inside) continue;
    for (const char c : line.substr(0, line.find('#'))) {
      if (c != ' ') digits += c;
    }
  }
  return hex_decode(digits).value_or(Bytes());
}

}  // namespace claviger::iam
