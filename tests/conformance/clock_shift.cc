// LD_PRELOAD library of the conformance tests: the server's clock is CLOCK_SHIFT seconds off. A session of STS lives
// for a quarter of an hour at least; one that a server made whose clock was two hours slow has expired when the clock
// is right.
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include <cstdlib>
#include <ctime>

namespace {

time_t shift() {
  const char* seconds = std::getenv("CLOCK_SHIFT");
  return seconds == nullptr ? 0 : std::strtol(seconds, nullptr, 10);
}

}  // namespace

extern "C" {

int clock_gettime(clockid_t clock, timespec* now) {
  const long result = ::syscall(SYS_clock_gettime, clock, now);
  if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) now->tv_sec += shift();
  return static_cast<int>(result);
}

int gettimeofday(timeval* now, void* zone) {
  const long result = ::syscall(SYS_gettimeofday, now, zone);
  if (result == 0) now->tv_sec += shift();
  return static_cast<int>(result);
}

time_t time(time_t* out) {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  if (out != nullptr) *out = now.tv_sec;
  return now.tv_sec;
}

}  // extern "C"
