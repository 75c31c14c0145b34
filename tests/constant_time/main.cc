// Runs cases under valgrind; scripts/constant-time says how.
//   constant_time --list                        names of the cases; those with a planted leak start with `planted-`
//   constant_time --make-keys FOLDER            private keys for the cases, in files
//   constant_time FOLDER JOBS SECONDS NAME...   under valgrind's memcheck, with CLAVIGER_CONSTANT_TIME_KEYS=FOLDER of
//   keys
// The last runs each case in a process of its own, JOBS at a time, which all begin as copies of one that has only
// started itself and OpenSSL: under valgrind that takes longer than most cases take. So a case has its own memory, its
// own count of what valgrind reports, and its own exit status: 3 when it does not do what it is about, valgrind's when
// there is a report, 128 and the signal's number when it was killed, by SIGALRM after SECONDS. What it prints goes to
// FOLDER/NAME.txt; for each that ends there is a line `NAME PROCESS STATUS MILLISECONDS`.
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <valgrind/valgrind.h>

#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "cases.h"
#include "crypto/hmac.h"
#include "secrets.h"

namespace claviger::constant_time {
namespace {

template <class Use>
void for_each_case(Use use) {
  for (const auto& cases : {symmetric_cases(), request_cases(), private_key_cases(), planted_cases()}) {
    for (const Case& one : cases) use(one);
  }
}

using Clock = std::chrono::steady_clock;

struct Running {
  std::string_view name;
  Clock::time_point began;
};

// In the process of the case, which ends with it.
[[noreturn]] void run(const Case& one, const std::string& report, unsigned seconds) {
  const int output = open(report.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (output < 0 || dup2(output, STDOUT_FILENO) < 0 || dup2(output, STDERR_FILENO) < 0) std::_Exit(2);
  alarm(seconds);
  one.run();
  std::exit(0);
}

void tell_of_one_that_ends(std::map<pid_t, Running>& running) {
  int status = 0;
  const pid_t process = wait(&status);
  const auto ended = running.find(process);
  if (ended == running.end()) return;
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - ended->second.began).count();
  std::printf("%s %d %d %lld\n", std::string(ended->second.name).c_str(), static_cast<int>(process),
              WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), static_cast<long long>(took));
  std::fflush(stdout);
  running.erase(ended);
}

std::optional<unsigned> number(std::string_view text) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value == 0) return std::nullopt;
  return value;
}

int run_all(const std::string& folder, unsigned jobs, unsigned seconds, std::span<char* const> names) {
  if (RUNNING_ON_VALGRIND == 0) {
    std::fprintf(stderr, "error: without valgrind nothing is checked\n");
    return 2;
  }
  // OpenSSL's start with nothing secret in it, which each case would take as long for as valgrind for its own.
  static_cast<void>(crypto::Hmac(crypto::HashAlgorithm::kSha256).mac(SecretBytes(32), as_bytes("public")));
  std::map<pid_t, Running> running;
  for (const std::string_view name : names) {
    while (running.size() >= jobs) tell_of_one_that_ends(running);
    std::optional<Case> chosen;
    for_each_case([&](const Case& one) {
      if (one.name == name) chosen = one;
    });
    if (!chosen) {
      std::fprintf(stderr, "error: no such case\n");
      return 2;
    }
    const pid_t process = fork();
    if (process < 0) return 2;
    if (process == 0) run(*chosen, folder + "/" + std::string(name) + ".txt", seconds);
    running[process] = {chosen->name, Clock::now()};
  }
  while (!running.empty()) tell_of_one_that_ends(running);
  return 0;
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
  const auto jobs = argc > 4 ? number(argv[2]) : std::nullopt;
  const auto seconds = argc > 4 ? number(argv[3]) : std::nullopt;
  if (!jobs || !seconds) {
    std::fprintf(stderr, "error: constant_time FOLDER JOBS SECONDS NAME...\n");
    return 2;
  }
  return run_all(argv[1], *jobs, *seconds, std::span<char* const>(argv, static_cast<std::size_t>(argc)).subspan(4));
}
