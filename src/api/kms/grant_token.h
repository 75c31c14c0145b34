// Grant tokens: opaque to clients, and made for one grant.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "hsm/purpose_sealer.h"
#include "keys/layout.h"

namespace claviger::api::kms {

// Another token each time; about 250 characters of base64. `sealer` is the one for grant tokens.
std::string make_grant_token(hsm::PurposeSealer& sealer, const keys::layout::GrantPlace& grant);

// The grant that `token` is for, which need not be there any more. kInvalidGrantToken when it is none of ours, or of
// another Region.
[[nodiscard]] Result<keys::layout::GrantPlace> open_grant_token(hsm::PurposeSealer& sealer, const Region& region,
                                                                std::string_view token);

}  // namespace claviger::api::kms
