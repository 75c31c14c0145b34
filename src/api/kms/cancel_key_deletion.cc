#include "api/kms/actions.h"
#include "api/kms/common.h"
#include "keys/multi_region_rules.h"

namespace claviger::api::kms {
namespace {

struct CancelKeyDeletionRequest {
  std::string key_id;
};
constexpr auto kCancelKeyDeletionRequest =
    wire::members<CancelKeyDeletionRequest>(wire::required<&CancelKeyDeletionRequest::key_id>("KeyId", kKeyIdLength));

struct CancelKeyDeletionResponse {
  std::string key_id;
};
constexpr auto kCancelKeyDeletionResponse =
    wire::members<CancelKeyDeletionResponse>(wire::required<&CancelKeyDeletionResponse::key_id>("KeyId"));

Result<Targets> cancel_key_deletion_targets(const CancelKeyDeletionRequest& request) {
  return Targets{managed_key(request.key_id, "kms:CancelKeyDeletion", keys::StateRule::kPendingDeletion)};
}

Result<Reply<CancelKeyDeletionResponse>> cancel_key_deletion(const Context& context, CancelKeyDeletionRequest&) {
  const AuthorizedKey& key = context.key();
  keys::KeyRecord record = key.record();
  const std::optional<WallTime> deletion_date = record.deletion_date;
  keys::cancel_deletion(record);
  store::Commit commit = replace_record(key, record);
  if (deletion_date)
    commit.mutations.push_back(store::Delete{keys::layout::due(*deletion_date, record.scope, record.id)});
  return Reply<CancelKeyDeletionResponse>({key.arn()}, std::move(commit));
}

}  // namespace

std::unique_ptr<const Action> cancel_key_deletion_action() {
  return make_action(Definition{.name = "CancelKeyDeletion",
                                .permission = "kms:CancelKeyDeletion",
                                .read_only = false,
                                .request = kCancelKeyDeletionRequest,
                                .response = kCancelKeyDeletionResponse,
                                .targets = cancel_key_deletion_targets,
                                .handle = cancel_key_deletion});
}

}  // namespace claviger::api::kms
