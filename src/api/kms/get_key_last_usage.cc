#include "api/kms/actions.h"
#include "api/kms/common.h"
#include "api/kms/last_usage.h"
#include "keys/last_use.h"

namespace claviger::api::kms {
namespace {

struct KeyLastUsageData {
  std::optional<keys::TrackedOperation> operation;
  std::optional<WallTime> timestamp;
  std::optional<std::string> cloud_trail_event_id;
  std::optional<std::string> kms_request_id;
};

}  // namespace
}  // namespace claviger::api::kms

namespace claviger::wire {
template <>
struct EnumNames<keys::TrackedOperation> {
  static constexpr auto kNames = internal::names_from_keys<keys::TrackedOperation>();
};
template <>
struct Structure<api::kms::KeyLastUsageData> {
  using M = api::kms::KeyLastUsageData;
  static constexpr auto kMembers =
      members<M>(optional<&M::operation>("Operation"), optional<&M::timestamp>("Timestamp"),
                 optional<&M::cloud_trail_event_id>("CloudTrailEventId"), optional<&M::kms_request_id>("KmsRequestId"));
};
}  // namespace claviger::wire

namespace claviger::api::kms {
namespace {

struct GetKeyLastUsageRequest {
  std::string key_id;
};
constexpr auto kGetKeyLastUsageRequest =
    wire::members<GetKeyLastUsageRequest>(wire::required<&GetKeyLastUsageRequest::key_id>("KeyId", kKeyIdLength));

struct GetKeyLastUsageResponse {
  std::string key_id;
  KeyLastUsageData key_last_usage;
  WallTime tracking_start_date{};
  WallTime key_creation_date{};
};
constexpr auto kGetKeyLastUsageResponse = wire::members<GetKeyLastUsageResponse>(
    wire::required<&GetKeyLastUsageResponse::key_id>("KeyId"),
    wire::required<&GetKeyLastUsageResponse::key_last_usage>("KeyLastUsage"),
    wire::required<&GetKeyLastUsageResponse::tracking_start_date>("TrackingStartDate"),
    wire::required<&GetKeyLastUsageResponse::key_creation_date>("KeyCreationDate"));

Result<Targets> get_key_last_usage_targets(const GetKeyLastUsageRequest& request) {
  return Targets{managed_key(request.key_id, "kms:GetKeyLastUsage", keys::StateRule::kAny)};
}

Result<Reply<GetKeyLastUsageResponse>> get_key_last_usage(const Context& context, GetKeyLastUsageRequest&) {
  const keys::KeyRecord& record = context.key().record();
  CLAVIGER_ASSIGN(keys::Usage usage, read_usage(*context.services.store, record));
  GetKeyLastUsageResponse response;
  response.key_id = record.id.view();
  response.key_creation_date = record.created;
  response.tracking_start_date = usage.tracked_since;
  if (usage.last) {
    response.key_last_usage = {.operation = usage.last->operation,
                               .timestamp = usage.last->time,
                               .cloud_trail_event_id = std::move(usage.last->event_id),
                               .kms_request_id = std::move(usage.last->request_id)};
  }
  return response;
}

}  // namespace

std::unique_ptr<const Action> get_key_last_usage_action() {
  return make_action(Definition{.name = "GetKeyLastUsage",
                                .permission = "kms:GetKeyLastUsage",
                                .read_only = true,
                                .request = kGetKeyLastUsageRequest,
                                .response = kGetKeyLastUsageResponse,
                                .targets = get_key_last_usage_targets,
                                .handle = get_key_last_usage,
                                .reads_store = true});
}

}  // namespace claviger::api::kms
