#include <fmt/format.h>

#include <algorithm>

#include "api/kms/actions.h"
#include "api/kms/conditions.h"
#include "api/kms/material_id.h"
#include "keys/import_rules.h"

namespace claviger::api::kms {
namespace {

constexpr wire::Pattern kDescriptionPattern{"^[a-zA-Z0-9:/_\\s.-]+$", [](std::string_view text) {
                                              constexpr std::string_view kMarks = ":/_.- \t\n\v\f\r";
                                              return !text.empty() && std::ranges::all_of(text, [kMarks](char c) {
                                                return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
                                                       (c >= 'a' && c <= 'z') ||
                                                       kMarks.find(c) != std::string_view::npos;
                                              });
                                            }};

struct ImportKeyMaterialRequest {
  std::string key_id;
  Bytes import_token;
  Bytes encrypted_material;
  std::optional<WallTime> valid_to;
  std::optional<keys::ExpirationModel> expiration_model;
  std::optional<keys::ImportType> type;
  std::optional<std::string> description;
  std::optional<std::string> material_id;
};
constexpr auto kImportKeyMaterialRequest = wire::members<ImportKeyMaterialRequest>(
    wire::required<&ImportKeyMaterialRequest::key_id>("KeyId", kKeyIdLength),
    wire::required<&ImportKeyMaterialRequest::import_token>("ImportToken", wire::length(1, 6144)),
    wire::required<&ImportKeyMaterialRequest::encrypted_material>("EncryptedKeyMaterial", wire::length(1, 6144)),
    wire::optional<&ImportKeyMaterialRequest::valid_to>("ValidTo"),
    wire::optional<&ImportKeyMaterialRequest::expiration_model>("ExpirationModel"),
    wire::optional<&ImportKeyMaterialRequest::type>("ImportType"),
    wire::optional<&ImportKeyMaterialRequest::description>("KeyMaterialDescription", wire::length(0, 256),
                                                           wire::pattern(kDescriptionPattern)),
    wire::optional<&ImportKeyMaterialRequest::material_id>("KeyMaterialId", kMaterialIdLength,
                                                           wire::pattern(kMaterialIdPattern)));

struct ImportKeyMaterialResponse {
  std::string key_id;
  std::string material_id;
};
constexpr auto kImportKeyMaterialResponse =
    wire::members<ImportKeyMaterialResponse>(wire::required<&ImportKeyMaterialResponse::key_id>("KeyId"),
                                             wire::optional<&ImportKeyMaterialResponse::material_id>("KeyMaterialId"));

// That a key does not import at all is told before its state.
Result<Targets> import_key_material_targets(const ImportKeyMaterialRequest& request) {
  return Targets{managed_key(request.key_id, "kms:ImportKeyMaterial", keys::StateRule::kAny)};
}

Result<Reply<ImportKeyMaterialResponse>> import_key_material(const Context& context,
                                                             ImportKeyMaterialRequest& request) {
  const AuthorizedKey& key = context.key();
  const WallTime now = context.services.clock->now();
  CLAVIGER_TRY(keys::check_imports(key.record()));
  CLAVIGER_TRY(keys::check_state(keys::StateRule::kImportable, key.record(), now));
  keys::ImportOptions options;
  options.type = request.type;
  options.description = request.description;
  if (request.material_id) options.material_id = parse_material_id(*request.material_id);
  options.expiration_model = request.expiration_model.value_or(keys::ExpirationModel::kExpires);
  options.valid_to = request.valid_to;
  CLAVIGER_TRY(keys::check_import_options(options, now));
  CLAVIGER_TRY(keys::check_options_fit(key.record(), options));

  CLAVIGER_ASSIGN(
      hsm::NewImportedKey imported,
      context.services.material_import->import(key.binding(), request.import_token, request.encrypted_material, now));
  const hsm::MaterialId id = imported.material;
  CLAVIGER_ASSIGN(
      const keys::KeyRecord record,
      keys::with_import(key.record(), {id, std::move(imported.token), std::move(imported.public_key)}, options, now));
  return Reply<ImportKeyMaterialResponse>({key.arn(), shown_material(record, id)}, replace_record(key, record));
}

// Seconds since the epoch, which conditions on numbers take as well as those on dates.
policy::ContextValues valid_to(const ImportKeyMaterialRequest& request, const ConditionQuestion& asked) {
  if (!request.valid_to) return {};
  const std::int64_t millis = to_millis(*request.valid_to);
  if (millis % 1000 == 0) return asked.number(millis / 1000);
  return asked.text(asked.memory.keep(fmt::format("{}.{:03}", millis / 1000, millis % 1000)));
}

// Absent when they were not sent: a policy can ask for them with Null.
constexpr auto kImportKeyMaterialConditions = std::to_array<ConditionKey<ImportKeyMaterialRequest>>({
    {"kms:ExpirationModel",
     [](const ImportKeyMaterialRequest& request, const ConditionQuestion& asked) {
       return request.expiration_model ? asked.text(keys::name_of(*request.expiration_model)) : policy::ContextValues();
     }},
    {"kms:ValidTo", valid_to},
});

}  // namespace

std::unique_ptr<const Action> import_key_material_action() {
  return make_action(Definition{
      .name = "ImportKeyMaterial",
      .permission = "kms:ImportKeyMaterial",
      .read_only = false,
      .request = kImportKeyMaterialRequest,
      .response = kImportKeyMaterialResponse,
      .targets = import_key_material_targets,
      .handle = import_key_material,
      .computes = [](const ImportKeyMaterialRequest&,
                     const keys::KeyRecord* key) { return key != nullptr && keys::check_imports(*key).has_value(); },
      .conditions = kImportKeyMaterialConditions});
}

}  // namespace claviger::api::kms
