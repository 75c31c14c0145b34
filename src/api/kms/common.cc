#include "api/kms/common.h"

#include <algorithm>

#include "api/kms/expiry_entries.h"
#include "api/kms/grant_token.h"
#include "api/kms/rotation_entry.h"
#include "base/encoding.h"
#include "keys/multi_region_rules.h"
#include "keys/replication_layout.h"

namespace claviger::api::kms {
namespace {

bool is_word(char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_'; }

// Whether every character of `text`, which is valid UTF-8, is U+0020 to U+00FF, or one of the white space allowed.
bool is_latin_1(std::string_view text, bool white_space) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<std::uint8_t>(text[i]);
    if (byte < 0x20) {
      if (!white_space || (byte != 0x09 && byte != 0x0a && byte != 0x0d)) return false;
    } else if (byte >= 0x80) {
      // U+0080 to U+00FF are the sequences that begin with C2 or C3.
      if (byte > 0xc3) return false;
      ++i;
    }
  }
  return true;
}

}  // namespace

constinit const wire::Pattern kMarkerPattern{"[\\u0020-\\u00FF]*",
                                             [](std::string_view text) { return is_latin_1(text, false); }};
constinit const wire::Pattern kAliasNamePattern{"^[a-zA-Z0-9:/_-]+$", [](std::string_view text) {
                                                  return std::all_of(text.begin(), text.end(), [](char c) {
                                                    return is_word(c) || c == ':' || c == '/' || c == '-';
                                                  });
                                                }};
constinit const wire::Pattern kPolicyPattern{"[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+",
                                             [](std::string_view text) { return is_latin_1(text, true); }};
constinit const wire::Pattern kPolicyNamePattern{
    "[\\w]+", [](std::string_view text) { return std::all_of(text.begin(), text.end(), is_word); }};

Status check_grant_tokens(const Context& context, const GrantTokens& tokens) {
  for (const std::string& token : tokens) {
    CLAVIGER_TRY(open_grant_token(*context.services.grant_tokens, context.scope.region, token));
  }
  return {};
}

Target with_context(Target target, const EncryptionContext& encryption_context) {
  target.encryption_context = &encryption_context;
  return target;
}

Target managed_key(std::string_view key_id, std::string_view permission, keys::StateRule state) {
  return {.kind = Target::Kind::kKey,
          .text = key_id,
          .ref = {.aliases = false, .invalid_arn = true},
          .permission = permission,
          .state = state};
}

Target used_key(std::string_view key_id, std::string_view permission, keys::Algorithm algorithm) {
  return {.kind = Target::Kind::kKey,
          .text = key_id,
          .ref = {.aliases = true, .invalid_arn = false},
          .permission = permission,
          .cross_account = true,
          .state = keys::StateRule::kUsable,
          .algorithm = algorithm};
}

Target key_of_ciphertext(ByteSpan blob, std::string_view permission, keys::EncryptionAlgorithm algorithm) {
  return {.kind = Target::Kind::kCiphertext,
          .blob = blob,
          .permission = permission,
          .cross_account = true,
          .state = keys::StateRule::kUsable,
          .algorithm = algorithm};
}

void append_replication_entries(const keys::KeyRecord& old, const keys::KeyRecord& updated,
                                std::vector<store::Mutation>& mutations) {
  for (const Region& to : keys::regions_to_tell(old, updated)) {
    const auto is_it = [&to](const keys::Replica& replica) { return replica.region == to; };
    const bool is_new = updated.is_primary() && std::ranges::none_of(old.multi_region->replicas, is_it) &&
                        old.multi_region->primary != to;
    const keys::ReplicationRoute route{.kind = is_new ? keys::ReplicationKind::kCreate : keys::ReplicationKind::kState,
                                       .from = updated.scope.region,
                                       .to = to,
                                       .account = updated.scope.account,
                                       .key = updated.id};
    mutations.push_back(store::Put{keys::layout::replication(route), {}});
  }
  if (const auto report = keys::report_due(updated)) {
    const keys::ReplicationRoute route{keys::ReplicationKind::kReport, updated.scope.region,
                                       updated.multi_region->primary, updated.scope.account, updated.id};
    mutations.push_back(store::Put{keys::layout::replication(route), keys::encode(*report)});
  }
}

store::Commit replace_record(const AuthorizedKey& key, const keys::KeyRecord& record) {
  const std::string place = keys::layout::key(record.scope, record.id);
  store::Commit commit;
  commit.preconditions.push_back({place, key.revision()});
  keys::KeyRecord updated = record;
  keys::count_shared_change(key.record(), updated);
  commit.mutations.push_back(store::Put{place, keys::encode(updated)});
  append_rotation_entry(key.record(), updated, commit.mutations);
  append_expiry_entries(key.record(), updated, commit.mutations);
  append_replication_entries(key.record(), updated, commit.mutations);
  return commit;
}

Reply<NoResponse> set_state(const AuthorizedKey& key, keys::KeyState state) {
  if (key.record().state == state) return NoResponse{};
  keys::KeyRecord record = key.record();
  record.state = state;
  return {NoResponse{}, replace_record(key, record)};
}

std::string shown_material(const keys::KeyRecord& key, const hsm::MaterialId& material) {
  return key.spec == keys::KeySpec::kSymmetricDefault ? hex_encode(material) : std::string();
}

std::string material_event_data(const keys::KeyRecord& key, const hsm::MaterialId& material) {
  const std::string id = shown_material(key, material);
  return id.empty() ? id : "{\"keyMaterialId\":\"" + id + "\"}";
}

std::string material_event_data(const keys::KeyRecord& source, const hsm::MaterialId& from,
                                const keys::KeyRecord& destination, const hsm::MaterialId& to) {
  std::string out;
  const auto add = [&out](std::string_view name, const std::string& id) {
    if (id.empty()) return;
    out.append(out.empty() ? "{\"" : ",\"").append(name).append("\":\"").append(id).append("\"");
  };
  add("sourceKeyMaterialId", shown_material(source, from));
  add("destinationKeyMaterialId", shown_material(destination, to));
  if (!out.empty()) out += '}';
  return out;
}

}  // namespace claviger::api::kms
