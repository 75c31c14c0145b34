#include "api/kms/actions.h"
#include "api/kms/conditions.h"
#include "keys/import_rules.h"

namespace claviger::api::kms {
namespace {

// How long an import token is valid.
constexpr std::chrono::hours kValidity{24};

struct GetParametersForImportRequest {
  std::string key_id;
  keys::WrappingAlgorithm algorithm{};
  keys::WrappingKeySpec spec{};
};
constexpr auto kGetParametersForImportRequest = wire::members<GetParametersForImportRequest>(
    wire::required<&GetParametersForImportRequest::key_id>("KeyId", kKeyIdLength),
    wire::required<&GetParametersForImportRequest::algorithm>("WrappingAlgorithm"),
    wire::required<&GetParametersForImportRequest::spec>("WrappingKeySpec"));

struct GetParametersForImportResponse {
  std::string key_id;
  Bytes import_token;
  Bytes public_key;
  WallTime valid_to{};
};
constexpr auto kGetParametersForImportResponse = wire::members<GetParametersForImportResponse>(
    wire::required<&GetParametersForImportResponse::key_id>("KeyId"),
    wire::required<&GetParametersForImportResponse::import_token>("ImportToken"),
    wire::required<&GetParametersForImportResponse::public_key>("PublicKey", wire::sensitive),
    wire::required<&GetParametersForImportResponse::valid_to>("ParametersValidTo"));

// That a key does not import at all is told before its state.
Result<Targets> get_parameters_for_import_targets(const GetParametersForImportRequest& request) {
  return Targets{managed_key(request.key_id, "kms:GetParametersForImport", keys::StateRule::kAny)};
}

Result<Reply<GetParametersForImportResponse>> get_parameters_for_import(const Context& context,
                                                                        GetParametersForImportRequest& request) {
  const AuthorizedKey& key = context.key();
  const WallTime now = context.services.clock->now();
  CLAVIGER_TRY(keys::check_imports(key.record()));
  CLAVIGER_TRY(keys::check_state(keys::StateRule::kImportPreparable, key.record(), now));
  CLAVIGER_TRY(keys::check_wrapping(key.record().spec, {request.algorithm, request.spec}, key.record().scope.region));
  const WallTime valid_to = now + kValidity;
  CLAVIGER_ASSIGN(hsm::ImportParameters parameters,
                  context.services.material_import->prepare(key.binding(), keys::name_of(request.algorithm),
                                                            keys::name_of(request.spec), valid_to));
  return GetParametersForImportResponse{key.arn(), std::move(parameters.token), std::move(parameters.public_key),
                                        valid_to};
}

constexpr auto kGetParametersForImportConditions = std::to_array<ConditionKey<GetParametersForImportRequest>>({
    {"kms:WrappingAlgorithm", name_condition<GetParametersForImportRequest, &GetParametersForImportRequest::algorithm>},
    {"kms:WrappingKeySpec", name_condition<GetParametersForImportRequest, &GetParametersForImportRequest::spec>},
});

}  // namespace

std::unique_ptr<const Action> get_parameters_for_import_action() {
  return make_action(Definition{
      .name = "GetParametersForImport",
      .permission = "kms:GetParametersForImport",
      .read_only = true,
      .request = kGetParametersForImportRequest,
      .response = kGetParametersForImportResponse,
      .targets = get_parameters_for_import_targets,
      .handle = get_parameters_for_import,
      .computes = [](const GetParametersForImportRequest&,
                     const keys::KeyRecord* key) { return key != nullptr && keys::check_imports(*key).has_value(); },
      .conditions = kGetParametersForImportConditions});
}

}  // namespace claviger::api::kms
