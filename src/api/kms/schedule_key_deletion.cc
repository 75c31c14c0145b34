#include "api/kms/actions.h"
#include "api/kms/common.h"
#include "api/kms/conditions.h"
#include "keys/multi_region_rules.h"

namespace claviger::api::kms {
namespace {

struct ScheduleKeyDeletionRequest {
  std::string key_id;
  std::int32_t pending_window_in_days = 30;
};
// The service's own bounds; the model's 1 to 365 only guard the wire.
constexpr auto kScheduleKeyDeletionRequest = wire::members<ScheduleKeyDeletionRequest>(
    wire::required<&ScheduleKeyDeletionRequest::key_id>("KeyId", kKeyIdLength),
    wire::optional<&ScheduleKeyDeletionRequest::pending_window_in_days>("PendingWindowInDays", wire::range(7, 30),
                                                                        wire::audit_always));

struct ScheduleKeyDeletionResponse {
  std::string key_id;
  std::optional<WallTime> deletion_date;  // not known while there are replicas
  keys::KeyState key_state{};
  std::int32_t pending_window_in_days = 0;
};
constexpr auto kScheduleKeyDeletionResponse = wire::members<ScheduleKeyDeletionResponse>(
    wire::required<&ScheduleKeyDeletionResponse::key_id>("KeyId"),
    wire::optional<&ScheduleKeyDeletionResponse::deletion_date>("DeletionDate"),
    wire::required<&ScheduleKeyDeletionResponse::key_state>("KeyState"),
    wire::required<&ScheduleKeyDeletionResponse::pending_window_in_days>("PendingWindowInDays"));

Result<Targets> schedule_key_deletion_targets(const ScheduleKeyDeletionRequest& request) {
  return Targets{managed_key(request.key_id, "kms:ScheduleKeyDeletion", keys::StateRule::kDeletable)};
}

Result<Reply<ScheduleKeyDeletionResponse>> schedule_key_deletion(const Context& context,
                                                                 ScheduleKeyDeletionRequest& request) {
  const AuthorizedKey& key = context.key();
  keys::KeyRecord record = key.record();
  keys::schedule_deletion(record, static_cast<std::uint8_t>(request.pending_window_in_days),
                          context.services.clock->now());
  store::Commit commit = replace_record(key, record);
  if (record.deletion_date) {
    commit.mutations.push_back(store::Put{keys::layout::due(*record.deletion_date, record.scope, record.id), {}});
  }
  return Reply<ScheduleKeyDeletionResponse>(
      {key.arn(), record.deletion_date, record.state, request.pending_window_in_days}, std::move(commit));
}

constexpr auto kScheduleKeyDeletionConditions =
    std::to_array<ConditionKey<ScheduleKeyDeletionRequest>>({
        {"kms:ScheduleKeyDeletionPendingWindowInDays",
         [](const ScheduleKeyDeletionRequest& request, const ConditionQuestion& asked) {
           return asked.number(request.pending_window_in_days);
         }},
    }) +
    kDaysWithoutUse<ScheduleKeyDeletionRequest>;

}  // namespace

std::unique_ptr<const Action> schedule_key_deletion_action() {
  return make_action(Definition{.name = "ScheduleKeyDeletion",
                                .permission = "kms:ScheduleKeyDeletion",
                                .read_only = false,
                                .request = kScheduleKeyDeletionRequest,
                                .response = kScheduleKeyDeletionResponse,
                                .targets = schedule_key_deletion_targets,
                                .handle = schedule_key_deletion,
                                .conditions = kScheduleKeyDeletionConditions,
                                .asks_last_use = true});
}

}  // namespace claviger::api::kms
