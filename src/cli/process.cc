#include "cli/process.h"

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <climits>
#include <csignal>
#include <cstdlib>

#include "base/check.h"

namespace claviger::cli {
namespace {

constexpr int kBrokenSignal = SIGUSR1;

sigset_t handled_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP, kBrokenSignal}) sigaddset(&set, signal);
  return set;
}

}  // namespace

void bind_libraries_at_start(char** argv) {
  constexpr const char* kVariable = "LD_BIND_NOW";
  if (::getenv(kVariable) != nullptr) return;
  // By its own path: /proc/self/exe would become the name of the process.
  std::array<char, PATH_MAX> path{};
  const ssize_t size = ::readlink("/proc/self/exe", path.data(), path.size() - 1);
  if (size <= 0 || ::setenv(kVariable, "1", 1) != 0) return;
  ::execv(path.data(), argv);
}

std::string protect_process() {
  std::string missing;
  const rlimit none{0, 0};
  if (setrlimit(RLIMIT_CORE, &none) != 0) missing += "core dumps could not be switched off; ";
  umask(S_IRWXG | S_IRWXO);
  if (prctl(PR_SET_DUMPABLE, 0) != 0) missing += "the process could not be made undumpable; ";
  // On fault: what is never touched costs nothing. Without the right to lock all, long-lived secrets still are, in the
  // arena of hsm/.
  if (mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) != 0) {
    munlockall();
    missing += "memory could not be locked (RLIMIT_MEMLOCK); ";
  }
  if (!missing.empty()) missing.resize(missing.size() - 2);
  return missing;
}

Signals::Signals() {
  const sigset_t set = handled_signals();
  CLAVIGER_CHECK(pthread_sigmask(SIG_BLOCK, &set, nullptr) == 0);
  // A client that went away must not end the server.
  CLAVIGER_CHECK(signal(SIGPIPE, SIG_IGN) != SIG_ERR);
}

Signals::Event Signals::wait() {
  const sigset_t set = handled_signals();
  int number = 0;
  while (sigwait(&set, &number) != 0) {
  }
  if (number == SIGHUP) return Event::kReload;
  return number == kBrokenSignal ? Event::kBroken : Event::kStop;
}

void Signals::report_broken() { kill(getpid(), kBrokenSignal); }

}  // namespace claviger::cli
