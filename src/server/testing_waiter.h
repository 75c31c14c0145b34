// For tests only.
#pragma once

#include <functional>

#include "server/resolver.h"

namespace claviger::server {

// Counts how often it was told that the store has answered.
struct CountingWaiter final : Resolver::Waiter {
  std::function<void()> resumption() override {
    return [this] { ++resumed; };
  }
  int resumed = 0;
};

}  // namespace claviger::server
