#include "server/node.h"

#include <algorithm>
#include <thread>

#include "iam/layout.h"
#include "server/metrics.h"
#include "server/recovery.h"

namespace claviger::server {
namespace {

// Readers of the store take turns with its one connection, so more threads would only wait.
constexpr std::size_t kPoolThreads = 2;
constexpr std::size_t kMaxQueuedReads = 10'000;
// A thread for each processor; what waits in vain is told so within the patience of an SDK.
std::size_t computing_threads() { return std::max(1U, std::thread::hardware_concurrency()); }
constexpr std::size_t kMaxQueuedComputations = 2'000;

const ReplicationHold* replication_hold(const NodeDependencies& dependencies) {
  return dependencies.interference == nullptr ? nullptr : &dependencies.interference->replication;
}

const Clock& client_clock(const NodeDependencies& dependencies) {
  return dependencies.client_clock == nullptr ? dependencies.clock : *dependencies.client_clock;
}

}  // namespace

Node::Node(NodeDependencies dependencies, NodeOptions options)
    : dependencies_(std::move(dependencies)),
      options_(std::move(options)),
      markers_(dependencies_.keyring, "marker", random_),
      grant_tokens_(dependencies_.keyring, "grant-token", random_),
      session_sealer_(dependencies_.keyring, random_),
      loader_(dependencies_.store),
      pool_(kPoolThreads, kMaxQueuedReads),
      computing_(dependencies_.keyring, computing_threads(), kMaxQueuedComputations),
      recorder_(dependencies_.log, dependencies_.store, broadcast_, dependencies_.stop),
      key_uses_(dependencies_.store, dependencies_.clock),
      managed_keys_(recorder_, dependencies_.clock),
      rotations_(recorder_, dependencies_.store, dependencies_.keyring, dependencies_.clock, random_,
                 dependencies_.logger),
      expiries_(recorder_, dependencies_.store, dependencies_.clock, random_, dependencies_.logger),
      sweeper_(recorder_, dependencies_.store, dependencies_.clock, random_, dependencies_.logger),
      replicator_(recorder_, dependencies_.store, dependencies_.keyring, dependencies_.clock, random_,
                  dependencies_.logger, replication_hold(dependencies_)),
      endpoints_({{"audit", [this] { return dependencies_.log.failure(); }},
                  {"iam", [this] { return dependencies_.registry.failure(); }},
                  {"store", [this] { return dependencies_.store.failure(); }}},
                 [this] { return metrics(); }),
      http_(options_.http, client_clock(dependencies_), [this](http::Loop& loop) -> std::unique_ptr<http::Handler> {
        auto pipeline = std::make_unique<Pipeline>(loop, Shared{.actions = actions_,
                                                                .recorder = recorder_,
                                                                .broadcast = broadcast_,
                                                                .pool = pool_,
                                                                .computing = computing_,
                                                                .loader = loader_,
                                                                .store = dependencies_.store,
                                                                .registry = dependencies_.registry,
                                                                .sessions = sessions_,
                                                                .keyring = dependencies_.keyring,
                                                                .key_uses = key_uses_,
                                                                .managed_keys = managed_keys_,
                                                                .markers = markers_,
                                                                .grant_tokens = grant_tokens_,
                                                                .clock = dependencies_.clock,
                                                                .client_clock = client_clock(dependencies_),
                                                                .attestation = options_.attestation,
                                                                .deployment = dependencies_.deployment,
                                                                .endpoints = endpoints_,
                                                                .logger = dependencies_.logger,
                                                                .limits = options_.limits,
                                                                .quotas = quotas_ ? &*quotas_ : nullptr,
                                                                .interference = dependencies_.interference});
        counts_.push_back(&pipeline->counts());
        pipelines_.emplace_back(&loop, pipeline.get());
        return pipeline;
      }) {
  if (options_.request_quotas.enabled) quotas_.emplace(options_.request_quotas, options_.http.monotonic);
}

Node::~Node() { drain(std::chrono::milliseconds(0)); }

Status Node::start() {
  CLAVIGER_TRY(check_anchor(dependencies_.log, dependencies_.store));
  CLAVIGER_TRY(complete_open_intents(dependencies_.log, dependencies_.store, dependencies_.logger));
  // First the registry, on the store's thread: when a change is acknowledged every loop finds the new snapshot.
  dependencies_.store.set_change_listener(
      [this](const std::vector<store::Change>& changes, store::Revision revision) {
        if (const Status applied = dependencies_.registry.apply(changes); !applied) {
          dependencies_.logger.error("a change of IAM's cannot be read", {{"detail", applied.error().detail()}});
        }
        broadcast_.publish(changes, revision);
        replicator_.notice(changes);
      },
      std::string(iam::layout::kAll));
  CLAVIGER_TRY(key_uses_.begin());
  CLAVIGER_TRY(http_.start());
  sweep_thread_ = std::jthread([this] { sweep_until_stopped(); });
  replicator_.start(options_.sweep_interval);
  return {};
}

bool Node::drain(std::chrono::milliseconds limit) {
  {
    std::lock_guard lock(sweep_mutex_);
    sweep_stopping_ = true;
  }
  sweep_wake_.notify_all();
  if (sweep_thread_.joinable()) sweep_thread_.join();
  if (dependencies_.interference != nullptr) dependencies_.interference->delays.stop();
  replicator_.stop();
  const bool clean = http_.drain(limit);
  // A call outlives its connection, and the loops, while the pool, the store or the log is at work for it; what they
  // call is still there until they have answered.
  pool_.stop();
  computing_.stop();
  recorder_.finish();
  if (const Status written = key_uses_.write_down(true); !written) {
    dependencies_.logger.error("the last uses of keys were not written down", {{"detail", written.error().detail()}});
  }
  return clean;
}

Result<std::size_t> Node::sweep_now() {
  std::future<Result<std::size_t>> done;
  {
    std::lock_guard lock(sweep_mutex_);
    if (sweep_stopping_) return claviger::fail(Error::io("the server is stopping"));
    done = sweep_requests_.emplace_back().get_future();
  }
  sweep_wake_.notify_all();
  return done.get();
}

void Node::sweep_until_stopped() {
  std::unique_lock lock(sweep_mutex_);
  while (!sweep_stopping_) {
    auto requests = std::exchange(sweep_requests_, {});
    lock.unlock();
    const Status written = key_uses_.write_down_when_due();
    const Result<std::size_t> rotated = rotations_.run_once();
    const Result<std::size_t> expired = expiries_.run_once();
    const Result<std::size_t> deleted = sweeper_.run_once();
    // A private key that is not used for two intervals is wiped, that of a deleted key too.
    computing_.forget_unused_keys();
    for (const auto& [loop, pipeline] : pipelines_) loop->post([pipeline] { pipeline->forget_unused_keys(); });
    if (!written) dependencies_.logger.error("last uses were not written", {{"detail", written.error().detail()}});
    if (!rotated) dependencies_.logger.error("rotation failed", {{"detail", rotated.error().detail()}});
    if (!expired) dependencies_.logger.error("expiry failed", {{"detail", expired.error().detail()}});
    if (!deleted) dependencies_.logger.error("deletion failed", {{"detail", deleted.error().detail()}});
    for (auto& request : requests) request.set_value(!rotated ? rotated : !expired ? expired : deleted);
    lock.lock();
    const bool asked = sweep_wake_.wait_for(lock, options_.sweep_interval,
                                            [this] { return sweep_stopping_ || !sweep_requests_.empty(); });
    // Not at the start, which is to be quick.
    if (!asked) computing_.expect_rsa_keys();
  }
  for (auto& request : sweep_requests_) request.set_value(claviger::fail(Error::io("the server is stopping")));
}

std::string Node::metrics() const {
  bool ready = false;
  endpoints_.readiness(ready);
  return metrics_text(actions_, counts_, http_.counters(), dependencies_.store.revision(), ready);
}

}  // namespace claviger::server
