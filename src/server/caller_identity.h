// The caller as the audit record names it.
#pragma once

#include "audit/event.h"
#include "iam/caller.h"

namespace claviger::server {

// Views into `caller`.
audit::UserIdentity user_identity(const iam::Caller& caller);
// As the record of another account names it: by its unique id and account alone.
audit::UserIdentity foreign_identity(const iam::Caller& caller);

}  // namespace claviger::server
