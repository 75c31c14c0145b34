// Who a session is, by what its token says and what the registry knows now.
#pragma once

#include <string_view>

#include "base/result.h"
#include "iam/caller.h"
#include "iam/session_claims.h"
#include "iam/snapshot.h"

namespace claviger::iam {

// kUnrecognizedClient when the role or user is gone, or its parent key or one of its session policies, or when its
// policies cannot be read. Whether it has expired is not looked at.
[[nodiscard]] Result<Caller> session_caller(const Snapshot& snapshot, std::string_view partition,
                                            const SessionClaims& claims);

}  // namespace claviger::iam
