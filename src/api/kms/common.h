// Declarations and small steps that several KMS actions share.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/action.h"
#include "api/kms/enums.h"
#include "base/encryption_context.h"
#include "keys/layout.h"
#include "keys/record.h"

namespace claviger::wire {

template <>
struct Structure<keys::Tag> {
  static constexpr auto kMembers = members<keys::Tag>(required<&keys::Tag::key>("TagKey", length(1, 128)),
                                                      required<&keys::Tag::value>("TagValue", length(0, 256)));
};

}  // namespace claviger::wire

namespace claviger::api::kms {

// Grants are in force at once, so a token adds nothing to a decision; but it must be one of ours, for this Region.
// kInvalidGrantToken. One of a grant that is gone, or of another key or grantee, is simply of no use.
using GrantTokens = std::vector<std::string>;
[[nodiscard]] Status check_grant_tokens(const Context& context, const GrantTokens& tokens);

inline constexpr auto kKeyIdLength = wire::length(1, 2048);
inline constexpr auto kMarkerLength = wire::length(1, 1024);
// [\u0020-\u00FF]*
extern const wire::Pattern kMarkerPattern;
// ^[a-zA-Z0-9:/_-]+$
extern const wire::Pattern kAliasNamePattern;
// [\u0009\u000A\u000D\u0020-\u00FF]+
extern const wire::Pattern kPolicyPattern;
// [\w]+
extern const wire::Pattern kPolicyNamePattern;

// The key that a management operation names by id or key ARN.
Target managed_key(std::string_view key_id, std::string_view permission, keys::StateRule state);
// The key that a cryptographic operation uses, named in any of the four forms.
Target used_key(std::string_view key_id, std::string_view permission, keys::Algorithm algorithm);
// The same target, for a request with this encryption context.
Target with_context(Target target, const EncryptionContext& encryption_context);
// The key that made `blob`.
Target key_of_ciphertext(ByteSpan blob, std::string_view permission, keys::EncryptionAlgorithm algorithm);

// What stands in the store when the change from `old` to `updated` must be told related keys; see
// keys::regions_to_tell() and keys::report_due().
void append_replication_entries(const keys::KeyRecord& old, const keys::KeyRecord& updated,
                                std::vector<store::Mutation>& mutations);

// A commit that replaces the record of `key`, if nobody else did in between; what it changes of what related keys share
// is counted in it, and told them.
store::Commit replace_record(const AuthorizedKey& key, const keys::KeyRecord& record);

// EnableKey and DisableKey: a key that is in the state already is left alone.
Reply<NoResponse> set_state(const AuthorizedKey& key, keys::KeyState state);

// The options of GrantTokens, which every use of a key has.
template <auto kMember>
constexpr auto grant_tokens_member() {
  return wire::optional<kMember>("GrantTokens", wire::size(0, 10), wire::each(wire::length(1, 8192)),
                                 wire::not_audited);
}

// `{"keyMaterialId":"<64 hexadecimal digits>"}` of a symmetric key, nothing for others; and the two of ReEncrypt.
std::string material_event_data(const keys::KeyRecord& key, const hsm::MaterialId& material);
std::string material_event_data(const keys::KeyRecord& source, const hsm::MaterialId& from,
                                const keys::KeyRecord& destination, const hsm::MaterialId& to);
// The id of the material as replies show it; empty but for symmetric keys, which alone have versions.
std::string shown_material(const keys::KeyRecord& key, const hsm::MaterialId& material);

}  // namespace claviger::api::kms
