#include <fmt/format.h>

#include "api/kms/actions.h"
#include "api/kms/grant.h"
#include "api/page.h"

namespace claviger::api::kms {
namespace {

struct ListRetirableGrantsRequest {
  std::optional<std::int32_t> limit;
  std::optional<std::string> marker;
  std::string retiring_principal;
};
constexpr auto kListRetirableGrantsRequest = wire::members<ListRetirableGrantsRequest>(
    wire::optional<&ListRetirableGrantsRequest::limit>("Limit", wire::range(1, 100)),
    wire::optional<&ListRetirableGrantsRequest::marker>("Marker", kMarkerLength, wire::pattern(kMarkerPattern)),
    wire::required<&ListRetirableGrantsRequest::retiring_principal>("RetiringPrincipal", kPrincipalLength,
                                                                    wire::pattern(kPrincipalPattern)));

// Each is read by way of the index; one that went in between, or whose key did, is left out.
Status append_page(const Context& context, const std::string& prefix, std::string after, std::size_t limit,
                   GrantList& response, std::string& last) {
  store::Store& store = *context.services.store;
  while (response.grants.size() <= limit) {
    const std::size_t wanted = limit + 1 - response.grants.size();
    CLAVIGER_ASSIGN(const auto index, store.range(prefix, after, wanted));
    for (const store::Entry& item : index) {
      after = item.key;
      const auto place = keys::layout::parse_retirable(item.key);
      if (!place) return fail(Error::corrupt("a store key is not a retirable grant's place"));
      CLAVIGER_ASSIGN(const auto grant, read_grant(store, *place));
      CLAVIGER_ASSIGN(const auto key, store.get(keys::layout::key(place->key.scope, place->key.id)));
      if (!grant || !key) continue;
      if (response.grants.size() < limit) last = item.key;
      response.grants.push_back(list_entry(*place, grant->record, *context.services.principals));
    }
    if (index.size() < wanted) break;
  }
  return {};
}

Result<Reply<GrantList>> list_retirable_grants(const Context& context, ListRetirableGrantsRequest& request) {
  CLAVIGER_ASSIGN(const keys::GrantPrincipal principal,
                  grant_principal(request.retiring_principal, context.scope.region, *context.services.principals));
  if (split_arn(principal.arn)->account != context.caller.account.view()) {
    return fail(ErrorCode::kAccessDenied,
                fmt::format("User: {} is not authorized to perform: kms:ListRetirableGrants on resource: {}",
                            context.caller.principal_arn, principal.arn));
  }
  const std::string prefix = keys::layout::retirable_prefix(context.scope.region, principal.identity());
  const Pager pager(context, "ListRetirableGrants/" + principal.identity());
  CLAVIGER_ASSIGN(const std::string after, pager.position(request.marker));
  const auto limit = static_cast<std::size_t>(request.limit.value_or(50));
  GrantList response;
  std::string last;
  CLAVIGER_TRY(append_page(context, prefix, after.empty() ? after : prefix + after, limit, response, last));
  response.truncated = response.grants.size() > limit;
  if (response.truncated) {
    response.grants.resize(limit);
    response.next_marker = pager.next_marker(std::string_view(last).substr(prefix.size()));
  }
  return response;
}

}  // namespace

std::unique_ptr<const Action> list_retirable_grants_action() {
  return make_action(Definition{.name = "ListRetirableGrants",
                                .permission = "kms:ListRetirableGrants",
                                .read_only = true,
                                .request = kListRetirableGrantsRequest,
                                .response = kGrantList,
                                .handle = list_retirable_grants,
                                .reads_store = true});
}

}  // namespace claviger::api::kms
