// What a flow does on its way for few calls: those of services, first uses of AWS managed keys, questions about the
// last use of a key, quotas in other Regions, and what a development server was told to do wrong.
#include <algorithm>

#include "api/kms/last_usage.h"
#include "server/flow.h"
#include "server/pipeline.h"

namespace claviger::server {

Status Flow::check_service_call() const {
  const bool is_served = service_ == Service::kKms && address_.protocol == Protocol::kJson;
  if (!is_served || !pipeline_.shared_.deployment.serves(service_, authenticated_->region)) {
    return claviger::fail(ErrorCode::kUnknownOperation, {});
  }
  return check_operation();
}

std::shared_ptr<const api::KeySnapshot> Flow::unmade_key(const keys::ManagedKeyService& service,
                                                         const api::Target& target) {
  if (via_service_.empty() && !target.makes_managed_key) return nullptr;
  return ManagedKeyMaker::draft(service, *scope_, KeyId::make(pipeline_.random_), pipeline_.shared_.clock.now());
}

bool Flow::makes_managed_key() {
  const auto& resolved = resolver_->resolved();
  const auto unmade = std::ranges::find_if(resolved, [](const Resolved& entry) { return entry.unmade != nullptr; });
  if (unmade == resolved.end()) return false;
  keys::KeyRecord record = unmade->key->record;
  Result<hsm::NewBackingKey> made = pipeline_.hsm_.create_backing_key(unmade->key->binding());
  if (!made) {
    fail(std::move(made).error());
    return true;
  }
  record.materials.push_back({made->material, std::move(made->token)});
  pipeline_.shared_.managed_keys.make(*unmade->unmade, record, make_uuid(pipeline_.random_),
                                      [self = shared_from_this()](const Status& status) {
                                        self->pipeline_.loop_.post([self, status] { self->managed_key_made(status); });
                                      });
  return true;
}

void Flow::managed_key_made(const Status& status) {
  if (!status) return fail(status.error());
  if (++attempts_ == kMaxAttempts) return fail(Error(ErrorCode::kThrottling, "Rate exceeded"));
  resolver_.reset();
  resolve();
}

bool Flow::reads_last_use() {
  const keys::KeyRecord* const key = first_key();
  if (read_last_use_ || !action_.action->asks_last_use() || key == nullptr) return false;
  read_last_use_ = true;
  const bool accepted = pipeline_.shared_.pool.submit([self = shared_from_this(), key = *key] {
    StoreWithUses store(self->pipeline_.shared_.store, self->pipeline_.shared_.key_uses);
    Result<keys::Usage> usage = api::kms::read_usage(store, key);
    self->pipeline_.loop_.post([self, usage = std::move(usage)] {
      // A condition that asks for it cannot be judged then; who is not asked for it can still disable a key.
      if (usage) self->days_without_use_ = keys::days_without_use(*usage, self->pipeline_.shared_.clock.now());
      self->resolver_.reset();
      self->resolve();
    });
  });
  if (!accepted) fail(Error(ErrorCode::kThrottling, "Rate exceeded"));
  return true;
}

bool Flow::charge_related() {
  if (!resolver_) return true;
  const RelatedCharge charge = related_charge(event_name_);
  QuotaSet set;
  set.add(charge.quota);
  for (const Resolved& entry : resolver_->resolved()) {
    if (entry.target.kind != api::Target::Kind::kRelatedKey) continue;
    const Scope scope{scope_->account, *Region::parse(entry.target.text)};  // resolved, so a Region
    for (int i = 0; i < charge.requests; ++i) {
      if (!pipeline_.quotas_->take(scope, set)) return false;
    }
  }
  return true;
}

const Visibility* Flow::visibility() const {
  const Interference* const interference = pipeline_.shared_.interference;
  const bool holds = interference != nullptr && service_ == Service::kKms && interference->visibility.active();
  return holds ? &interference->visibility : nullptr;
}

bool Flow::interrupted() {
  Interference* const interference = pipeline_.shared_.interference;
  if (interference == nullptr || struck_ || service_ != Service::kKms) return false;
  struck_ = true;
  std::vector<KeyId> keys;
  for (const Resolved& entry : resolver_->resolved()) {
    if (entry.key != nullptr) keys.push_back(entry.key->record.id);
  }
  std::optional<Faults::Strike> strike = interference->faults.strike(event_name_, keys);
  if (!strike) return false;
  auto go_on = [self = shared_from_this(), error = std::move(strike->error)]() mutable {
    if (error) return self->fail(*std::move(error));
    // Much may have changed meanwhile.
    self->resolver_.reset();
    self->resolve();
  };
  if (strike->delay.count() == 0) {
    go_on();
  } else {
    interference->delays.after(
        strike->delay, [&loop = pipeline_.loop_, go_on = std::move(go_on)]() mutable { loop.post(std::move(go_on)); });
  }
  return true;
}

}  // namespace claviger::server
