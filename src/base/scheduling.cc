#include "base/scheduling.h"

#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>

namespace claviger {
namespace {

// sched_setattr(2); not every C library has it.
struct Attributes {
  std::uint32_t size = sizeof(Attributes);
  std::uint32_t policy = 0;
  std::uint64_t flags = 0;
  std::int32_t nice = 0;
  std::uint32_t priority = 0;
  std::uint64_t runtime_ns = 0;  // of threads without a deadline, their slice
  std::uint64_t deadline_ns = 0;
  std::uint64_t period_ns = 0;
};

// A thread that wakes with a shorter slice than the running one's need not wait for the end of that.
constexpr std::uint64_t kShortSliceNs = 200'000;
constexpr std::uint64_t kLongSliceNs = 3'000'000;
constexpr std::int32_t kLowNice = 10;

bool get_attributes(Attributes& attributes) {
  return syscall(SYS_sched_getattr, 0, &attributes, sizeof(attributes), 0) == 0;
}
bool set_attributes(Attributes attributes) { return syscall(SYS_sched_setattr, 0, &attributes, 0) == 0; }

}  // namespace

void prefer_throughput() {
  Attributes attributes;
  if (get_attributes(attributes)) {
    attributes.policy = SCHED_OTHER;
    attributes.runtime_ns = kShortSliceNs;
    Attributes now;
    // Older kernels accept it and do not keep it.
    if (set_attributes(attributes) && get_attributes(now) && now.runtime_ns == kShortSliceNs) return;
  }
  const sched_param none{};
  sched_setscheduler(0, SCHED_BATCH, &none);
}

void give_way() {
  Attributes attributes;
  if (!get_attributes(attributes)) return;
  attributes.policy = SCHED_BATCH;
  attributes.nice = std::max(attributes.nice, kLowNice);
  attributes.runtime_ns = kLongSliceNs;
  set_attributes(attributes);
}

}  // namespace claviger
