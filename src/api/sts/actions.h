// Every AWS STS action that is built, one file each; actions.inc lists them.
#pragma once

#include <memory>

#include "api/action.h"

namespace claviger::api::sts {

#define CLAVIGER_ACTION(name) std::unique_ptr<const Action> name##_action();
#include "api/sts/actions.inc"
#undef CLAVIGER_ACTION

}  // namespace claviger::api::sts
