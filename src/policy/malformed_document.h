// The refusal of a policy document, for the .cc files of this room only.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"

namespace claviger::policy {

inline constexpr std::string_view kNoVendor =
    "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.";

// `message` goes to whoever sent the document.
inline std::unexpected<Error> malformed_document(std::string message) {
  return fail(ErrorCode::kMalformedPolicyDocument, std::move(message));
}

}  // namespace claviger::policy
