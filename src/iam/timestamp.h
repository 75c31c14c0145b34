// The times that a signed request may carry.
#pragma once

#include <optional>
#include <string_view>

#include "base/clock.h"

namespace claviger::iam {

// `20150830T123600Z`: ISO 8601 basic format, UTC, of a real date in the years 1970 to 9999.
std::optional<WallTime> parse_basic_iso8601(std::string_view text);

// `Sun, 30 Aug 2015 12:36:00 GMT`: RFC 9110 section 5.6.7, IMF-fixdate. The name of the day is not compared.
std::optional<WallTime> parse_http_date(std::string_view text);

}  // namespace claviger::iam
