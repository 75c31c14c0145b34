// Every AWS IAM action that is built, one file each; actions.inc lists them.
#pragma once

#include <memory>

#include "api/action.h"

// Not api::iam: that would hide the room iam/ from everything in api/.
namespace claviger::api::iam_actions {

#define CLAVIGER_ACTION(name) std::unique_ptr<const Action> name##_action();
#include "api/iam/actions.inc"
#undef CLAVIGER_ACTION

}  // namespace claviger::api::iam_actions
