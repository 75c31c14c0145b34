#include "cli/grant_history.h"

#include <algorithm>

#include "cli/json_members.h"

namespace claviger::cli {

void GrantHistory::see(std::string_view event) {
  const auto parsed = parser_.parse(as_bytes(event));
  if (!parsed || member(*parsed, "errorCode").valid()) return;
  const std::string_view name = text_or(member(*parsed, "eventName"), {});
  const json::Value parameters = member(*parsed, "requestParameters");
  if (name == "CreateGrant") {
    const std::string_view grantee = text_or(member(parameters, "granteePrincipal"), {});
    const std::string_view id = text_or(member(member(*parsed, "responseElements"), "grantId"), {});
    if (!id.empty() && std::find(grantees_.begin(), grantees_.end(), grantee) != grantees_.end()) there_.emplace(id);
    return;
  }
  if (name != "RevokeGrant" && name != "RetireGrant") return;
  // Of RetireGrant, which may name the grant by a token.
  const json::Value more = member(*parsed, "additionalEventData");
  const auto grant = there_.find(text_or(member(parameters, "grantId"), text_or(member(more, "grantId"), {})));
  if (grant == there_.end()) return;
  gone_.push_back({*grant, std::string(name), std::string(text_or(member(*parsed, "eventTime"), {})),
                   std::string(text_or(member(*parsed, "requestID"), {}))});
  if (gone_.size() > kMaxGone) gone_.pop_front();
  there_.erase(grant);
}

}  // namespace claviger::cli
