// Where the tests find the files of the repository that they read. For tests only.
#pragma once

#include <string>

namespace claviger {

// The root of the source tree that the program was built from, absolute. Told here and by no compiler option, so that
// tests that were compiled in one clone need not be compiled again in another.
std::string source_directory();

}  // namespace claviger
