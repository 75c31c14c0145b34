#include "keys/state_rules.h"

#include "base/check.h"

namespace claviger::keys {
namespace {

std::unexpected<Error> invalid_state(const KeyRecord& key, const char* what) {
  return fail(ErrorCode::kKmsInvalidState, key.arn() + what);
}

}  // namespace

Status check_state(StateRule rule, const KeyRecord& key) {
  const bool pending_deletion = key.state == KeyState::kPendingDeletion;
  switch (rule) {
    case StateRule::kAny:
      return {};
    case StateRule::kUsable:
      if (pending_deletion) return invalid_state(key, " is pending deletion.");
      if (key.state == KeyState::kDisabled) return fail(ErrorCode::kDisabled, key.arn() + " is disabled.");
      return {};
    case StateRule::kNotPendingDeletion:
      if (pending_deletion) return invalid_state(key, " is pending deletion.");
      return {};
    case StateRule::kPendingDeletion:
      if (!pending_deletion) return invalid_state(key, " is not pending deletion.");
      return {};
  }
  CLAVIGER_CHECK(false);
}

}  // namespace claviger::keys
