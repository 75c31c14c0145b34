// What a development server is told by a seed or through its control endpoint, read from YAML: docs/dev-control.md.
#pragma once

#include <set>
#include <string_view>
#include <vector>

#include "base/identifiers.h"
#include "base/result.h"
#include "cli/yaml_tree.h"
#include "server/faults.h"
#include "server/moved_clock.h"
#include "server/visibility.h"

namespace claviger::cli {

// `MoveTo` or `AdvanceSeconds`. kValidation with the place for anything else. `file` is what errors call it.
[[nodiscard]] Result<server::ClockMove> read_clock_move(std::string_view file, const yaml::Node& node);

// A list of faults, each with `Error`, `DelayMilliseconds` or both. kValidation with the place for what is not known,
// out of bounds or too many.
[[nodiscard]] Result<std::vector<server::Fault>> read_faults(std::string_view file, const yaml::Node& node);

// `GrantsSeconds`, `AliasesSeconds` and `PoliciesSeconds`; what is left out is zero. Likewise.
[[nodiscard]] Result<server::VisibilityDelays> read_visibility_delays(std::string_view file, const yaml::Node& node);

// `HeldKeys`, a list of ids of multi-Region keys, of which each may be named again. Likewise.
[[nodiscard]] Result<std::set<KeyId>> read_held_keys(std::string_view file, const yaml::Node& node);

}  // namespace claviger::cli
