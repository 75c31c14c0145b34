// A running server: the rooms put together over a store, an audit log and a keyring that somebody else opened.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "api/context.h"
#include "audit/log.h"
#include "base/clock.h"
#include "crypto/random.h"
#include "hsm/keyring.h"
#include "hsm/purpose_sealer.h"
#include "http/server.h"
#include "iam/registry.h"
#include "server/action_table.h"
#include "server/blocking_pool.h"
#include "server/change_broadcast.h"
#include "server/deletion_sweeper.h"
#include "server/deployment.h"
#include "server/endpoints.h"
#include "server/expiry_sweeper.h"
#include "server/key_uses.h"
#include "server/log.h"
#include "server/pipeline.h"
#include "server/recorder.h"
#include "server/replicator.h"
#include "server/rotation_sweeper.h"
#include "server/session_sealer.h"
#include "server/snapshot_loader.h"
#include "store/store.h"

namespace claviger::server {

// Everything outlives the node.
struct NodeDependencies {
  store::Store& store;
  audit::Log& log;
  const hsm::Keyring& keyring;
  iam::Registry& registry;
  const Clock& clock;
  Logger& logger;
  Deployment deployment;
  // Called, at most once and from any thread, when only a restart can mend what happened.
  std::function<void()> stop;
  // What clients and issuers of tokens date by, and what the Date field of replies tells; null: `clock`.
  const Clock* client_clock = nullptr;
  // What a development server does otherwise than it should; null: nothing. Used until drain() returns.
  Interference* interference = nullptr;
};

struct NodeOptions {
  http::Options http;
  api::Limits limits;
  // Whose attestation documents are believed.
  hsm::AttestationVerifier attestation;
  RequestQuotaOptions request_quotas = {};
  // Between two looks at the keys that are due for rotation or deletion, and at material that is to expire.
  std::chrono::milliseconds sweep_interval{std::chrono::seconds(60)};
};

class Node final {
 public:
  Node(NodeDependencies dependencies, NodeOptions options);
  // Cuts off what is open, as drain(0); drain() first.
  ~Node();
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  // Recovers, then serves. After an error nothing runs.
  [[nodiscard]] Status start();
  std::uint16_t port() const { return http_.port(); }
  // Stops serving; when this returns the node asks nothing more of its dependencies. True when nothing was cut off.
  // Blocks, for up to `limit` for the connections and then for as long as the store and the log take to answer what
  // was begun.
  bool drain(std::chrono::milliseconds limit);
  [[nodiscard]] Status reload_certificate() { return http_.reload_certificate(); }

  // Looks for keys that are due at once, and returns how many were deleted once that is done. After start(), from any
  // thread; blocks. The sweeper's errors; kIo when the node stops.
  [[nodiscard]] Result<std::size_t> sweep_now();
  // Delivers at once what related keys owe each other and is held no more. From any thread; does not wait for it.
  void resume_replication() { replicator_.resume(); }
  // Through which changes are made; until drain() begins.
  Recorder& recorder() { return recorder_; }

 private:
  std::string metrics() const;
  void sweep_until_stopped();

  NodeDependencies dependencies_;
  NodeOptions options_;
  crypto::SystemRandom random_;
  ActionTable actions_;
  hsm::PurposeSealer markers_;
  hsm::PurposeSealer grant_tokens_;
  SessionSealer session_sealer_;
  const iam::SessionTokens sessions_{session_sealer_};
  SnapshotLoader loader_;
  BlockingPool pool_;
  ComputingPool computing_;
  ChangeBroadcast broadcast_;
  Recorder recorder_;
  KeyUses key_uses_;
  ManagedKeyMaker managed_keys_;
  RotationSweeper rotations_;
  ExpirySweeper expiries_;
  DeletionSweeper sweeper_;
  Replicator replicator_;
  Endpoints endpoints_;
  std::optional<RequestQuotas> quotas_;
  std::vector<const CallCounts*> counts_;
  std::vector<std::pair<http::Loop*, Pipeline*>> pipelines_;
  http::Server http_;

  std::mutex sweep_mutex_;
  std::condition_variable sweep_wake_;
  bool sweep_stopping_ = false;
  std::vector<std::promise<Result<std::size_t>>> sweep_requests_;
  std::jthread sweep_thread_;
};

}  // namespace claviger::server
