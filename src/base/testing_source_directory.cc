#include "base/testing_source_directory.h"

namespace claviger {

std::string source_directory() { return CLAVIGER_SOURCE_DIR; }

}  // namespace claviger
