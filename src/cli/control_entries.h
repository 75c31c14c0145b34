// What a development server is told by a seed or through its control endpoint, read from YAML: docs/dev-control.md.
#pragma once

#include <string_view>

#include "base/result.h"
#include "cli/yaml_tree.h"
#include "server/moved_clock.h"

namespace claviger::cli {

// `MoveTo` or `AdvanceSeconds`. kValidation with the place for anything else. `file` is what errors call it.
[[nodiscard]] Result<server::ClockMove> read_clock_move(std::string_view file, const yaml::Node& node);

}  // namespace claviger::cli
