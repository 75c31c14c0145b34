#include "cli/seed_stage.h"

#include <fmt/format.h>

#include "iam/layout.h"
#include "iam/registry.h"
#include "iam/snapshot_builder.h"
#include "wire/error_shape.h"

namespace claviger::cli {
namespace {

const std::string& key_of(const store::Mutation& mutation) {
  return std::visit([](const auto& change) -> const std::string& { return change.key; }, mutation);
}

}  // namespace

SeedStage::SeedStage(const Seed& seed, const SeedTarget& target)
    : seed_(seed),
      target_(target),
      now_(target.clock.now()),
      region_(target.deployment.regions.empty() ? *Region::parse("us-east-1") : target.deployment.regions.front()),
      snapshot_(target.registry.snapshot()) {}

Status SeedStage::add(store::Commit commit) {
  iam::SnapshotBuilder builder(*snapshot_, target_.registry.sealer(), target_.registry.partition());
  bool identities = false;
  for (const store::Mutation& mutation : commit.mutations) {
    const std::string& key = key_of(mutation);
    if (!key.starts_with(iam::layout::kAll)) continue;
    if (const auto* put = std::get_if<store::Put>(&mutation)) {
      identities = true;
      // The revision that the commit will have is not known, and not needed: only the first precondition counts.
      CLAVIGER_TRY(builder.put(key, put->value, 0));
    } else if (std::holds_alternative<store::Delete>(mutation)) {
      identities = true;
      CLAVIGER_TRY(builder.erase(key));
    }
  }
  if (identities) snapshot_ = std::make_shared<const iam::Snapshot>(builder.finish());
  // What a later step found is what an earlier one will have made; the store is asked about the first.
  for (store::Precondition& condition : commit.preconditions) {
    preconditions_.try_emplace(std::move(condition.key), condition.revision);
  }
  for (store::Mutation& mutation : commit.mutations) {
    const auto [at, added] = mutations_.try_emplace(key_of(mutation), mutation);
    if (added) continue;
    auto* sum = std::get_if<store::Add>(&at->second);
    const auto* more = std::get_if<store::Add>(&mutation);
    if (sum != nullptr && more != nullptr) {
      sum->delta += more->delta;
    } else {
      at->second = std::move(mutation);
    }
  }
  return {};
}

store::Commit SeedStage::take() {
  store::Commit commit;
  for (auto& [key, revision] : preconditions_) commit.preconditions.push_back({key, revision});
  for (auto& [key, mutation] : mutations_) commit.mutations.push_back(std::move(mutation));
  preconditions_.clear();
  mutations_.clear();
  return commit;
}

Result<std::unique_ptr<api::Call>> SeedStage::decode(yaml::Place place, Service service, std::string_view action,
                                                     const std::string& body) {
  const api::Action* found = actions_.find(service, action).action;
  if (found == nullptr) return fail(Error::internal(fmt::format("{} is not built", action)));
  auto call = found->decode(decoder_, {}, as_bytes(body));
  if (!call) return refused(place, service, call.error());
  if (const auto targets = (*call)->targets(); !targets) return refused(place, service, targets.error());
  return call;
}

std::unexpected<Error> SeedStage::refused(yaml::Place place, Service service, const Error& error) const {
  const wire::ErrorShape shape = wire::error_shape(service, error.code());
  if (shape.policy == wire::MessagePolicy::kHidden) return fail(error);
  return yaml::fail_at(seed_.file, place, fmt::format("{}: {}", shape.type, error.message()));
}

}  // namespace claviger::cli
