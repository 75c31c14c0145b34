// Everything that a development server can be told to do otherwise than it should.
#pragma once

#include "base/clock.h"
#include "server/delay_line.h"
#include "server/faults.h"
#include "server/replication_hold.h"
#include "server/visibility.h"

namespace claviger::server {

// Thread-safe.
struct Interference {
  // `clock`, by which changes become visible, outlives this.
  explicit Interference(const Clock& clock) : visibility(clock) {}

  Faults faults;
  Visibility visibility;
  ReplicationHold replication;
  // Of calls that take long, by the real time.
  DelayLine delays;
};

}  // namespace claviger::server
