#include "server/pipeline.h"

#include "base/check.h"
#include "server/flow.h"

namespace claviger::server {
namespace {

std::vector<std::optional<keys::TrackedOperation>> tracked_operations(const ActionTable& actions) {
  std::vector<std::optional<keys::TrackedOperation>> tracked(actions.all().size());
  for (const auto& [operation, name] : keys::Names<keys::TrackedOperation>::kAll) {
    const ActionTable::Found found = actions.find(Service::kKms, name);
    if (found.action != nullptr) tracked[found.index] = operation;
  }
  return tracked;
}

}  // namespace

Pipeline::Pipeline(http::Loop& loop, const Shared& shared)
    : loop_(loop),
      shared_(shared),
      hsm_(shared.keyring, random_),
      private_keys_(shared.keyring, random_, shared.computing.ready_keys()),
      directory_(loop, shared.pool, shared.loader, shared.directory_capacity),
      authenticator_(shared.registry, shared.sessions, {shared.client_clock, shared.clock}, {}),
      counts_(shared.actions.all().size()),
      events_(shared.recorder, loop),
      key_uses_(shared.key_uses),
      tracked_(tracked_operations(shared.actions)) {
  services_.hsm = &hsm_;
  services_.private_keys = &private_keys_;
  services_.markers = &shared_.markers;
  services_.grant_tokens = &shared_.grant_tokens;
  services_.clock = &shared_.clock;
  services_.client_clock = &shared_.client_clock;
  services_.attestation = &shared_.attestation;
  services_.random = &random_;
  services_.principals = &shared_.registry;
  services_.iam = &shared_.registry;
  services_.sessions = &shared_.sessions;
  services_.limits = shared_.limits;
  if (shared_.quotas != nullptr) {
    quotas_.emplace(*shared_.quotas);
    for (const auto& action : shared_.actions.all()) {
      const bool counted = action->service() == Service::kKms;
      quota_rules_.push_back(counted ? quota_rule(action->name()) : std::nullopt);
    }
  }
  shared_.broadcast.attach(loop_, directory_);
  shared_.key_uses.attach(loop_, key_uses_);
}

void Pipeline::handle(const http::Request& request, http::Responder responder) {
  if (shared_.endpoints.answer(request, responder)) return;
  std::make_shared<Flow>(*this, request, std::move(responder))->start();
}

void Pipeline::handle_for_service(const http::Request& request, http::Responder responder, ServiceCall call) {
  CLAVIGER_CHECK(call.caller != nullptr && !call.service.empty());
  std::make_shared<Flow>(*this, request, std::move(responder), std::move(call))->start();
}

}  // namespace claviger::server
