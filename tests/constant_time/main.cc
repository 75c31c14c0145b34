// Runs one case under valgrind; scripts/constant-time runs them all.
//   constant_time --list               names of the cases; those with a planted leak start with `planted-`
//   constant_time --make-keys FOLDER   private keys for the cases, in files
//   constant_time NAME                 under valgrind's memcheck, with CLAVIGER_CONSTANT_TIME_KEYS=FOLDER
// The exit status is 3 when a case does not do what it is about, and valgrind's when it reports something.
#include <valgrind/valgrind.h>

#include <cstdio>
#include <string_view>

#include "cases.h"
#include "secrets.h"

namespace claviger::constant_time {
namespace {

template <class Use>
void for_each_case(Use use) {
  for (const auto& cases : {symmetric_cases(), request_cases(), private_key_cases(), planted_cases()}) {
    for (const Case& one : cases) use(one);
  }
}

int run(std::string_view name) {
  if (RUNNING_ON_VALGRIND == 0) {
    std::fprintf(stderr, "error: without valgrind nothing is checked\n");
    return 2;
  }
  bool found = false;
  for_each_case([&](const Case& one) {
    if (one.name != name) return;
    found = true;
    one.run();
  });
  if (!found) std::fprintf(stderr, "error: no such case\n");
  return found ? 0 : 2;
}

}  // namespace
}  // namespace claviger::constant_time

int main(int argc, char** argv) {
  using namespace claviger::constant_time;
  const std::string_view first = argc > 1 ? argv[1] : "";
  if (first == "--list") {
    for_each_case([](const Case& one) { std::printf("%.*s\n", static_cast<int>(one.name.size()), one.name.data()); });
    return 0;
  }
  if (first == "--make-keys" && argc == 3) {
    make_key_files(argv[2]);
    return 0;
  }
  return run(first);
}
