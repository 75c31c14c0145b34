// What AWS KMS says to calls beyond a request quota.
#pragma once

#include <string_view>

namespace claviger::server {

inline constexpr std::string_view kRateExceeded =
    "You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls.";

}  // namespace claviger::server
