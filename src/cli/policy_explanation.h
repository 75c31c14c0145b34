// Why a call was allowed or refused, from its audit record.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "server/decision_report.h"

namespace claviger::cli {

struct Explanation {
  std::string text;  // for people, each line ended by a line feed
  std::string json;  // on one line
};

// `event` and `decisions` are those of an audit::StoredEvent. kCorrupt for what the server does not write.
[[nodiscard]] Result<Explanation> explain_call(std::string_view event, std::string_view decisions);

}  // namespace claviger::cli
