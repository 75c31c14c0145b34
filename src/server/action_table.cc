#include "server/action_table.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "api/iam/actions.h"
#include "api/kms/actions.h"
#include "api/sts/actions.h"
#include "server/action_models.h"

namespace claviger::server {
namespace {

std::vector<std::unique_ptr<const api::Action>> built_actions() {
  std::vector<std::unique_ptr<const api::Action>> actions;
#define CLAVIGER_ACTION(name) actions.push_back(api::kms::name##_action());
#include "api/kms/actions.inc"
#undef CLAVIGER_ACTION
#define CLAVIGER_ACTION(name) actions.push_back(api::iam_actions::name##_action());
#include "api/iam/actions.inc"
#undef CLAVIGER_ACTION
#define CLAVIGER_ACTION(name) actions.push_back(api::sts::name##_action());
#include "api/sts/actions.inc"
#undef CLAVIGER_ACTION
  return actions;
}

}  // namespace

ActionTable::ActionTable() : ActionTable(built_actions()) {}

ActionTable::ActionTable(std::vector<std::unique_ptr<const api::Action>> actions) : actions_(std::move(actions)) {
  std::ranges::sort(actions_, {}, [](const auto& action) { return std::tuple(action->service(), action->name()); });
  for (const Service service : kServices) {
    const auto of_service = std::ranges::count(actions_, service, [](const auto& action) { return action->service(); });
    const std::size_t index = std::to_underlying(service);
    begins_[index + 1] = begins_[index] + static_cast<std::size_t>(of_service);
  }
}

ActionTable::Found ActionTable::find(Service service, std::string_view name) const {
  const auto begin = actions_.begin() + static_cast<std::ptrdiff_t>(begins_[std::to_underlying(service)]);
  const auto end = actions_.begin() + static_cast<std::ptrdiff_t>(begins_[std::to_underlying(service) + 1]);
  const auto at = std::lower_bound(begin, end, name,
                                   [](const auto& action, std::string_view wanted) { return action->name() < wanted; });
  if (at == end || (*at)->name() != name) return {};
  return {at->get(), static_cast<std::size_t>(at - actions_.begin())};
}

std::vector<std::string_view> ActionTable::missing(Service service) const {
  std::vector<std::string_view> names;
  for (const std::string_view name : model_actions(service)) {
    if (find(service, name).action == nullptr) names.push_back(name);
  }
  return names;
}

}  // namespace claviger::server
