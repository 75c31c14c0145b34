#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "cli/commands.h"
#include "server/action_models.h"
#include "server/action_table.h"
#include "server/request_context.h"
#include "wire/describe.h"
#include "wire/error_shape.h"

namespace claviger::cli {
namespace {

const wire::Shape kNothing{};

void print_actions(const server::ActionTable& table) {
  std::string text = "[";
  for (const auto& action : table.all()) {
    if (text.size() > 1) text += ",";
    wire::describe_action(service_info(action->service()).name, action->name(), action->request_shape(),
                          action->response_shape().value_or(kNothing), text);
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

std::string_view title(Service service) {
  switch (service) {
    case Service::kKms:
      return "AWS KMS";
    case Service::kIam:
      return "AWS IAM";
    case Service::kSts:
      break;
  }
  return "AWS STS";
}

// `a`, `b/<key>`: names that stand for many are completed.
std::string listed(const std::vector<std::string_view>& names) {
  std::string text;
  for (const std::string_view name : names) {
    const bool many = name.ends_with(':') || name.ends_with('/');
    text += fmt::format("{}`{}{}`", text.empty() ? "" : ", ", name, many ? "<key>" : "");
  }
  return text;
}

void print_condition_keys(const server::ActionTable& table) {
  fmt::print("## Condition keys\n\nOf every request: {}.\n\n", listed(server::conditions_of_every_request()));
  fmt::print("Of every operation on a KMS key besides: {}.\n\n", listed(server::conditions_of_every_key_operation()));
  fmt::print("| action | its own |\n|---|---|\n");
  for (const auto& action : table.all()) {
    if (action->condition_keys().empty()) continue;
    fmt::print("| {} | {} |\n", action->name(), listed(action->condition_keys()));
  }
  fmt::print("\n");
}

void print_own_actions(const server::ActionTable& table) {
  fmt::print("## Actions that AWS does not have\n\n| service | action | request members |\n|---|---|---|\n");
  for (const auto& action : table.all()) {
    if (std::ranges::binary_search(server::model_actions(action->service()), action->name())) continue;
    std::string members;
    for (const wire::MemberInfo& member : action->request_shape().members) {
      members += fmt::format("{}`{}`", members.empty() ? "" : ", ", member.name);
    }
    fmt::print("| {} | {} | {} |\n", service_info(action->service()).name, action->name(), members);
  }
  fmt::print("\n");
}

void print_markdown(const server::ActionTable& table) {
  for (const Service service : kServices) {
    fmt::print("## {} (API version {})\n\n", title(service), service_info(service).api_version);
    fmt::print("| action | built | request members missing | response members missing |\n|---|---|---|---|\n");
    for (const std::string_view name : server::model_actions(service)) {
      if (const api::Action* action = table.find(service, name).action) {
        fmt::print("| {} | yes | {} | {} |\n", name, missing_members(action->request_shape()),
                   missing_members(action->response_shape().value_or(kNothing)));
      } else {
        fmt::print("| {} | no: answers {} | | |\n", name,
                   wire::error_shape(service, ErrorCode::kUnknownOperation).type);
      }
    }
    fmt::print("\n");
  }
  print_own_actions(table);
  print_condition_keys(table);
}

}  // namespace

int run_coverage(bool json) {
  const server::ActionTable table;
  if (json) {
    print_actions(table);
  } else {
    print_markdown(table);
  }
  return 0;
}

}  // namespace claviger::cli
