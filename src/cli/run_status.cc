#include <fmt/format.h>

#include <cstdio>
#include <fstream>
#include <iterator>

#include "cli/commands.h"
#include "cli/data_directory.h"
#include "cli/report.h"

namespace claviger::cli {

int run_status(const std::string& data_dir) {
  if (!DataDirectory::exists(data_dir)) {
    return report(Error::io(data_dir + " is not a data directory"));
  }
  // Whoever can take the lock is alone.
  if (DirectoryLock::take(data_dir)) {
    fmt::print("{{\"running\":false}}\n");
    return 0;
  }
  std::ifstream file(DataDirectory::status_path(data_dir));
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  fmt::print("{}", text.empty() ? std::string("{\"running\":true}\n") : text);
  return 0;
}

}  // namespace claviger::cli
