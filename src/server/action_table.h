// Every action that is built, by service and name: the one list.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

#include "api/action.h"
#include "base/service.h"

namespace claviger::server {

// Immutable; shared by all loops.
class ActionTable final {
 public:
  // Everything that is built.
  ActionTable();
  // These alone.
  explicit ActionTable(std::vector<std::unique_ptr<const api::Action>> actions);

  // The action of that name and its place in all(); nullptr when it is not built.
  struct Found {
    const api::Action* action = nullptr;
    std::size_t index = 0;
  };
  Found find(Service service, std::string_view name) const;
  // Sorted by service, then by name.
  const std::vector<std::unique_ptr<const api::Action>>& all() const { return actions_; }
  // The actions of the service's model that are not built, sorted by name.
  std::vector<std::string_view> missing(Service service) const;

 private:
  std::vector<std::unique_ptr<const api::Action>> actions_;
  // Where the actions of each service begin; the last is the end.
  std::array<std::size_t, kServices.size() + 1> begins_{};
};

}  // namespace claviger::server
