// Every action that is built, by name: the one list.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "api/action.h"

namespace claviger::server {

// Immutable; shared by all loops.
class ActionTable final {
 public:
  ActionTable();

  // The action of that name and its place in all(); nullptr when it is not built.
  struct Found {
    const api::Action* action = nullptr;
    std::size_t index = 0;
  };
  Found find(std::string_view name) const;
  // Sorted by name.
  const std::vector<std::unique_ptr<const api::Action>>& all() const { return actions_; }

 private:
  std::vector<std::unique_ptr<const api::Action>> actions_;
};

// The actions of AWS KMS's model that are not built yet, sorted by name; `all()` and these together are the whole
// model (API version 2014-11-01).
const std::vector<std::string_view>& missing_actions();

}  // namespace claviger::server
