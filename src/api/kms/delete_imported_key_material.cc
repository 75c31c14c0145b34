#include "api/kms/actions.h"
#include "api/kms/material_id.h"
#include "keys/import_rules.h"

namespace claviger::api::kms {
namespace {

struct DeleteImportedKeyMaterialRequest {
  std::string key_id;
  std::optional<std::string> material_id;
};
constexpr auto kDeleteImportedKeyMaterialRequest = wire::members<DeleteImportedKeyMaterialRequest>(
    wire::required<&DeleteImportedKeyMaterialRequest::key_id>("KeyId", kKeyIdLength),
    wire::optional<&DeleteImportedKeyMaterialRequest::material_id>("KeyMaterialId", kMaterialIdLength,
                                                                   wire::pattern(kMaterialIdPattern)));

struct DeleteImportedKeyMaterialResponse {
  std::string key_id;
  std::string material_id;
};
constexpr auto kDeleteImportedKeyMaterialResponse = wire::members<DeleteImportedKeyMaterialResponse>(
    wire::required<&DeleteImportedKeyMaterialResponse::key_id>("KeyId"),
    wire::optional<&DeleteImportedKeyMaterialResponse::material_id>("KeyMaterialId"));

// That a key does not import at all is told before its state.
Result<Targets> delete_imported_key_material_targets(const DeleteImportedKeyMaterialRequest& request) {
  return Targets{managed_key(request.key_id, "kms:DeleteImportedKeyMaterial", keys::StateRule::kAny)};
}

Result<Reply<DeleteImportedKeyMaterialResponse>> delete_imported_key_material(
    const Context& context, DeleteImportedKeyMaterialRequest& request) {
  const AuthorizedKey& key = context.key();
  CLAVIGER_TRY(keys::check_imports(key.record()));
  CLAVIGER_TRY(keys::check_state(keys::StateRule::kMaterialDeletable, key.record(), context.services.clock->now()));
  std::optional<keys::MaterialId> id;
  if (request.material_id) id = parse_material_id(*request.material_id);
  CLAVIGER_ASSIGN(const keys::MaterialDeletion deletion, keys::without_material(key.record(), id));
  DeleteImportedKeyMaterialResponse response{key.arn(), {}};
  if (deletion.material) response.material_id = shown_material(key.record(), *deletion.material);
  if (!deletion.changed) return response;
  store::Commit commit = replace_record(key, deletion.key);
  // In the same commit, so that a crash before the scrub does not forget it.
  commit.mutations.push_back(store::Put{std::string(keys::layout::kScrubOwed), {}});
  return Reply<DeleteImportedKeyMaterialResponse>(std::move(response), std::move(commit));
}

}  // namespace

std::unique_ptr<const Action> delete_imported_key_material_action() {
  return make_action(Definition{.name = "DeleteImportedKeyMaterial",
                                .permission = "kms:DeleteImportedKeyMaterial",
                                .read_only = false,
                                .request = kDeleteImportedKeyMaterialRequest,
                                .response = kDeleteImportedKeyMaterialResponse,
                                .targets = delete_imported_key_material_targets,
                                .handle = delete_imported_key_material});
}

}  // namespace claviger::api::kms
