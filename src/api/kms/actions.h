// Every AWS KMS action that is built, one file each; actions.inc lists them.
#pragma once

#include <memory>

#include "api/action.h"

namespace claviger::api::kms {

#define CLAVIGER_ACTION(name) std::unique_ptr<const Action> name##_action();
#include "api/kms/actions.inc"
#undef CLAVIGER_ACTION

}  // namespace claviger::api::kms
