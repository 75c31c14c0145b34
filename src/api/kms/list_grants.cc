#include "api/kms/actions.h"
#include "api/kms/grant.h"
#include "api/page.h"
#include "policy/principal_entry.h"

namespace claviger::api::kms {
namespace {

struct ListGrantsRequest {
  std::optional<std::int32_t> limit;
  std::optional<std::string> marker;
  std::string key_id;
  std::optional<std::string> grant_id;
  std::optional<std::string> grantee_principal;
};
constexpr auto kListGrantsRequest = wire::members<ListGrantsRequest>(
    wire::optional<&ListGrantsRequest::limit>("Limit", wire::range(1, 100)),
    wire::optional<&ListGrantsRequest::marker>("Marker", kMarkerLength, wire::pattern(kMarkerPattern)),
    wire::required<&ListGrantsRequest::key_id>("KeyId", kKeyIdLength),
    wire::optional<&ListGrantsRequest::grant_id>("GrantId", kGrantIdLength),
    wire::optional<&ListGrantsRequest::grantee_principal>("GranteePrincipal", kPrincipalLength,
                                                          wire::pattern(kPrincipalPattern)),
    wire::unsupported("GranteeServicePrincipal", "AWS services do not call this server"));

Result<Targets> list_grants_targets(const ListGrantsRequest& request) {
  if (request.grant_id) CLAVIGER_TRY(parse_grant_id(*request.grant_id));
  Target target = managed_key(request.key_id, "kms:ListGrants", keys::StateRule::kAny);
  target.cross_account = true;
  return Targets{target};
}

// What the filter means: the identity that grants have. A principal that is gone is named by the id that lists show.
Result<std::string> identity_of(const Context& context, const std::string& filter) {
  const bool is_id = filter.size() >= 16 && (filter.starts_with("AIDA") || filter.starts_with("AROA")) &&
                     filter.find_first_of("+=,.@:/-_") == std::string::npos;
  if (is_id) return filter;
  const auto entry = split_arn(filter) ? policy::parse_aws_principal(filter) : std::nullopt;
  if (!entry) return fail(ErrorCode::kInvalidArn, "ARN does not refer to a valid principal: " + filter);
  return context.services.principals->unique_id(filter).value_or(filter);
}

Result<Reply<GrantList>> one_grant(const Context& context, const keys::layout::GrantPlace& place,
                                   const std::optional<std::string>& grantee) {
  CLAVIGER_ASSIGN(const auto grant, read_grant(*context.services.store, place));
  GrantList response;
  if (grant && (!grantee || grant->record.grantee.identity() == *grantee)) {
    response.grants.push_back(list_entry(place, grant->record, *context.services.principals));
  }
  return response;
}

Result<Reply<GrantList>> list_grants(const Context& context, ListGrantsRequest& request) {
  const keys::KeyRecord& key = context.key().record();
  const keys::layout::KeyPlace place{key.scope, key.id};
  std::optional<std::string> grantee;
  if (request.grantee_principal) {
    CLAVIGER_ASSIGN(grantee, identity_of(context, *request.grantee_principal));
  }
  const Pager pager(
      context, "ListGrants/" + context.key().arn() + "/" + request.grant_id.value_or("") + "/" + grantee.value_or(""));
  CLAVIGER_ASSIGN(const std::string after, pager.position(request.marker));
  if (request.grant_id) {
    CLAVIGER_ASSIGN(const keys::GrantId id, parse_grant_id(*request.grant_id));
    return one_grant(context, {place, id}, grantee);
  }
  const std::string prefix = grantee ? keys::layout::grants_for_prefix(key.scope, key.id, *grantee)
                                     : keys::layout::grants_prefix(key.scope, key.id);
  const auto limit = static_cast<std::size_t>(request.limit.value_or(50));
  // One more than asked for tells whether there is more.
  CLAVIGER_ASSIGN(const auto entries,
                  context.services.store->range(prefix, after.empty() ? after : prefix + after, limit + 1));
  GrantList response;
  response.truncated = entries.size() > limit;
  for (std::size_t i = 0; i < entries.size() && i < limit; ++i) {
    const auto id = keys::GrantId::parse(std::string_view(entries[i].key).substr(prefix.size()));
    if (!id) return fail(Error::corrupt("a store key is not a grant's place"));
    CLAVIGER_ASSIGN(const keys::GrantRecord record, keys::decode_grant(entries[i].value));
    response.grants.push_back(list_entry({place, *id}, record, *context.services.principals));
  }
  if (response.truncated) response.next_marker = pager.next_marker(response.grants.back().grant_id);
  return response;
}

}  // namespace

std::unique_ptr<const Action> list_grants_action() {
  return make_action(Definition{.name = "ListGrants",
                                .permission = "kms:ListGrants",
                                .read_only = true,
                                .request = kListGrantsRequest,
                                .response = kGrantList,
                                .targets = list_grants_targets,
                                .handle = list_grants,
                                .reads_store = true,
                                .conditions = kGrantIsForAwsResource<ListGrantsRequest>});
}

}  // namespace claviger::api::kms
