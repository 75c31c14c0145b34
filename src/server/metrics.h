// The text of /metrics (Prometheus text format).
#pragma once

#include <span>
#include <string>

#include "http/server.h"
#include "server/action_table.h"
#include "server/pipeline.h"
#include "store/store.h"

namespace claviger::server {

// Counters only: no identifier of a key, an account or a caller is a label.
std::string metrics_text(const ActionTable& actions, std::span<const CallCounts* const> loops,
                         const http::Counters& http, store::Revision revision, bool ready);

}  // namespace claviger::server
