#include <fmt/format.h>

#include <cstdio>

#include "cli/commands.h"
#include "server/action_table.h"
#include "wire/describe.h"

namespace claviger::cli {
namespace {

const wire::Shape kNothing{};

void print_json(const server::ActionTable& table) {
  std::string text = "[";
  for (const auto& action : table.all()) {
    if (text.size() > 1) text += ",";
    wire::describe_action(action->name(), action->request_shape(), action->response_shape().value_or(kNothing), text);
  }
  text += "]";
  fmt::print("{}\n", text);
}

// `Member` (reason), for each member that is not built.
std::string missing_members(const wire::Shape& shape) {
  std::string text;
  for (const wire::MemberInfo& member : shape.members) {
    std::string inner;
    if (!member.supported()) {
      inner = fmt::format("`{}` ({})", member.name, member.missing_reason);
    } else if (member.type->kind == wire::Kind::kStructure) {
      inner = missing_members(member.type->structure());
    }
    if (inner.empty()) continue;
    if (!text.empty()) text += "; ";
    text += inner;
  }
  return text;
}

void print_markdown(const server::ActionTable& table) {
  fmt::print("| action | built | request members missing | response members missing |\n|---|---|---|---|\n");
  auto built = table.all().begin();
  auto missing = server::missing_actions().begin();
  while (built != table.all().end() || missing != server::missing_actions().end()) {
    const bool next_is_built =
        missing == server::missing_actions().end() || (built != table.all().end() && (*built)->name() < *missing);
    if (next_is_built) {
      fmt::print("| {} | yes | {} | {} |\n", (*built)->name(), missing_members((*built)->request_shape()),
                 missing_members((*built)->response_shape().value_or(kNothing)));
      ++built;
    } else {
      fmt::print("| {} | no: answers UnknownOperationException | | |\n", *missing);
      ++missing;
    }
  }
}

}  // namespace

int run_coverage(bool json) {
  const server::ActionTable table;
  if (json) {
    print_json(table);
  } else {
    print_markdown(table);
  }
  return 0;
}

}  // namespace claviger::cli
