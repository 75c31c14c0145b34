#include <algorithm>
#include <iterator>

#include "api/kms/actions.h"
#include "api/kms/common.h"
#include "api/kms/conditions.h"
#include "api/kms/region_name.h"
#include "keys/multi_region_rules.h"

namespace claviger::api::kms {
namespace {

struct UpdatePrimaryRegionRequest {
  std::string key_id;
  std::string primary_region;
};
constexpr auto kUpdatePrimaryRegionRequest = wire::members<UpdatePrimaryRegionRequest>(
    wire::required<&UpdatePrimaryRegionRequest::key_id>("KeyId", kKeyIdLength),
    wire::required<&UpdatePrimaryRegionRequest::primary_region>("PrimaryRegion", wire::length(1, 32),
                                                                wire::pattern(kRegionPattern)));

// Both keys' policies must allow it. The key's kind comes before its state, so the handler checks both.
Result<Targets> update_primary_region_targets(const UpdatePrimaryRegionRequest& request) {
  return Targets{managed_key(request.key_id, "kms:UpdatePrimaryRegion", keys::StateRule::kAny),
                 {.kind = Target::Kind::kRelatedKey,
                  .text = request.primary_region,
                  .permission = "kms:UpdatePrimaryRegion",
                  .recorded = false}};
}

Result<Reply<NoResponse>> update_primary_region(const Context& context, UpdatePrimaryRegionRequest& request) {
  const AuthorizedKey& key = context.key();
  const AuthorizedKey* successor = context.keys.size() > 1 ? &context.keys.back() : nullptr;
  // It was resolved, so it is one.
  const Region region = Region::parse(request.primary_region).value();
  CLAVIGER_TRY(keys::check_promotable(key.record(), region, successor == nullptr ? nullptr : &successor->record(),
                                      context.services.clock->now()));
  keys::KeyRecord primary = key.record();
  keys::KeyRecord replica = successor->record();
  keys::begin_promotion(primary, replica);
  store::Commit commit = replace_record(key, primary);
  store::Commit other = replace_record(*successor, replica);
  std::ranges::move(other.preconditions, std::back_inserter(commit.preconditions));
  std::ranges::move(other.mutations, std::back_inserter(commit.mutations));
  return Reply<NoResponse>({}, std::move(commit));
}

constexpr auto kUpdatePrimaryRegionConditions = std::to_array<ConditionKey<UpdatePrimaryRegionRequest>>({
    {"kms:PrimaryRegion", [](const UpdatePrimaryRegionRequest& request,
                             const ConditionQuestion& asked) { return asked.text(request.primary_region); }},
});

}  // namespace

std::unique_ptr<const Action> update_primary_region_action() {
  return make_action(Definition{.name = "UpdatePrimaryRegion",
                                .permission = "kms:UpdatePrimaryRegion",
                                .read_only = false,
                                .request = kUpdatePrimaryRegionRequest,
                                .response = kNoResponse,
                                .targets = update_primary_region_targets,
                                .handle = update_primary_region,
                                .conditions = kUpdatePrimaryRegionConditions});
}

}  // namespace claviger::api::kms
