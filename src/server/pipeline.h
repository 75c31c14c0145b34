// The way of a request: who signed it, what it says, what it acts on, whether the caller may, whether the key can; then
// the handler, the audit record, the reply. One direction, one pass, and the only place that authenticates, authorizes
// and records.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "api/context.h"
#include "base/clock.h"
#include "crypto/random.h"
#include "hsm/keyring.h"
#include "hsm/purpose_sealer.h"
#include "hsm/session.h"
#include "http/handler.h"
#include "iam/authenticator.h"
#include "iam/registry.h"
#include "server/action_table.h"
#include "server/blocking_pool.h"
#include "server/computing_pool.h"
#include "server/deployment.h"
#include "server/directory.h"
#include "server/endpoints.h"
#include "server/interference.h"
#include "server/key_uses.h"
#include "server/log.h"
#include "server/managed_key_maker.h"
#include "server/recorder.h"
#include "server/request_quotas.h"
#include "wire/protocol.h"

namespace claviger::server {

// What all loops share; everything outlives the pipelines.
struct Shared {
  const ActionTable& actions;
  Recorder& recorder;
  ChangeBroadcast& broadcast;
  BlockingPool& pool;
  ComputingPool& computing;
  SnapshotLoader& loader;
  store::Store& store;
  const iam::Registry& registry;
  const iam::SessionTokens& sessions;
  const hsm::Keyring& keyring;
  KeyUses& key_uses;
  ManagedKeyMaker& managed_keys;
  hsm::PurposeSealer& markers;
  hsm::PurposeSealer& grant_tokens;
  const Clock& clock;
  // What clients and issuers of tokens date by, who know nothing of a clock that was moved.
  const Clock& client_clock;
  const hsm::AttestationVerifier& attestation;
  const Deployment& deployment;
  Endpoints& endpoints;
  Logger& logger;
  api::Limits limits;
  // Null: there are none.
  RequestQuotas* quotas = nullptr;
  // Of a development server; else null.
  Interference* interference = nullptr;
  // How many keys, and how many aliases, each loop keeps in memory.
  std::size_t directory_capacity = 2'000'000;
};

// How many calls ended how, for the metrics. One for each loop; read from any thread.
struct CallCounts {
  struct Count {
    std::atomic<std::uint64_t> succeeded = 0;
    std::atomic<std::uint64_t> refused = 0;  // the caller's fault
    std::atomic<std::uint64_t> failed = 0;   // ours
  };
  // By the action's place in the table; the last is for calls that name no action that is built.
  explicit CallCounts(std::size_t actions) : by_action(actions + 1) {}
  std::vector<Count> by_action;
};

// For whom a service in this process makes a call of KMS, as an integrated service of AWS's does with the rights of
// whoever called it: not signed, but said by the service, which has authenticated its caller. What the caller may do is
// decided as for a call of its own, with kms:ViaService.
struct ServiceCall {
  std::shared_ptr<const iam::Caller> caller;
  Region region;
  // The service as kms:ViaService begins: keys::ManagedKeyService::endpoint. Of static lifetime.
  std::string_view service;
};

// One for each loop.
class Pipeline final : public http::Handler {
 public:
  Pipeline(http::Loop& loop, const Shared& shared);

  void handle(const http::Request& request, http::Responder responder) override;
  // The same for a service: on the loop's thread, an action of KMS as a request in JSON, without a signature. What
  // `request` views stays valid until the response is sent. Nothing that comes over a network gets here.
  void handle_for_service(const http::Request& request, http::Responder responder, ServiceCall call);

  const CallCounts& counts() const { return counts_; }
  // As ComputingPool::forget_unused_keys(), for what this loop has.
  void forget_unused_keys() { private_keys_.forget_unused(); }

 private:
  friend class Flow;

  http::Loop& loop_;
  const Shared shared_;
  crypto::BlockRandom random_;
  hsm::Session hsm_;
  hsm::PrivateKeySession private_keys_;
  Directory directory_;
  iam::Authenticator authenticator_;
  wire::RequestDecoder decoder_;
  api::Services services_;
  CallCounts counts_;
  Recorder::Batch events_;
  std::optional<LoopQuotas> quotas_;
  // By the action's place in the table; nullopt for actions of other services than KMS.
  std::vector<std::optional<QuotaRule>> quota_rules_;
  LoopKeyUses key_uses_;
  // By the action's place in the table: what it counts as, when it is a use of a key.
  std::vector<std::optional<keys::TrackedOperation>> tracked_;
};

}  // namespace claviger::server
