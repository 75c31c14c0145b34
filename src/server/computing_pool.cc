#include "server/computing_pool.h"

#include <utility>

namespace claviger::server {
namespace {

// Of each RSA size.
constexpr std::size_t kReadyKeys = 2;

}  // namespace

ComputingPool::ComputingPool(const hsm::Keyring& keyring, std::size_t threads, std::size_t max_queued)
    // One that is under way sees to everything; one that waits, to what went missing after it looked.
    : ready_(kReadyKeys, [this] { static_cast<void>(refilling_.submit([this] { ready_.refill(); })); }),
      refilling_(1, 1, BlockingPool::Priority::kLow),
      pool_(threads, max_queued, BlockingPool::Priority::kLow) {
  idle_.with([&](Idle& idle) {
    for (std::size_t i = 0; i < threads; ++i) idle.push_back(std::make_unique<ComputingTools>(keyring, ready_));
  });
}

bool ComputingPool::submit(std::move_only_function<void(ComputingTools&)> work) {
  return pool_.submit([this, work = std::move(work)]() mutable {
    // The last that were used: their keys are prepared.
    std::unique_ptr<ComputingTools> tools = idle_.with([](Idle& idle) {
      std::unique_ptr<ComputingTools> taken = std::move(idle.back());
      idle.pop_back();
      return taken;
    });
    work(*tools);
    work = nullptr;
    idle_.with([&](Idle& idle) { idle.push_back(std::move(tools)); });
  });
}

void ComputingPool::stop() {
  // The threads of the pool may leave something to refill, so they end first.
  pool_.stop();
  ready_.stop();
  refilling_.stop();
}

void ComputingPool::forget_unused_keys() {
  idle_.with([](Idle& idle) {
    for (const auto& tools : idle) tools->private_keys.forget_unused();
  });
}

}  // namespace claviger::server
