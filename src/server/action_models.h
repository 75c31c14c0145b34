// What AWS's service models have, built here or not.
#pragma once

#include <span>
#include <string_view>

#include "base/service.h"

namespace claviger::server {

// The names of all actions of the model of a service's API version, sorted.
std::span<const std::string_view> model_actions(Service service);

}  // namespace claviger::server
