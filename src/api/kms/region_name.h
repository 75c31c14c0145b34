// The name of a Region in a request (API type RegionType).
#pragma once

#include <string_view>

#include "wire/members.h"

namespace claviger::api::kms {

// ^([a-z]+-){2,3}\d+$
inline constexpr wire::Pattern kRegionPattern{"^([a-z]+-){2,3}\\d+$", [](std::string_view text) {
                                                int words = 0;
                                                while (true) {
                                                  const std::size_t end =
                                                      text.find_first_not_of("abcdefghijklmnopqrstuvwxyz");
                                                  if (end == 0) break;
                                                  if (end == std::string_view::npos || text[end] != '-') return false;
                                                  ++words;
                                                  text.remove_prefix(end + 1);
                                                }
                                                return (words == 2 || words == 3) && !text.empty() &&
                                                       text.find_first_not_of("0123456789") == std::string_view::npos;
                                              }};

}  // namespace claviger::api::kms
