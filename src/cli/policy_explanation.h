// Why a call was allowed or refused, from its audit record.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/files.h"
#include "base/result.h"
#include "cli/grant_history.h"

namespace claviger::cli {

struct Explanation {
  std::string text;  // for people, each line ended by a line feed
  std::string json;  // on one line
};

// Tells which grants on a key the caller no longer had, who is called by any of `grantees`.
using GrantsGone =
    std::function<Result<std::vector<GoneGrant>>(const std::string& key_arn, std::vector<std::string> grantees)>;

// `event` and `decisions` are those of an audit::StoredEvent. kCorrupt for what the server does not write; errors of
// `gone`, which is asked where grants could have allowed what was refused; without it nothing is said of them.
[[nodiscard]] Result<Explanation> explain_call(std::string_view event, std::string_view decisions,
                                               const GrantsGone& gone = {});

// The call with this request id, from the log in `directory`. kNotFound when there is none; kCorrupt, kIo.
[[nodiscard]] Result<Explanation> explain_request(audit::Files& files, const std::string& directory,
                                                  const std::string& request_id);

}  // namespace claviger::cli
