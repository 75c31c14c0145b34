// What the parts of a decision are charged that cost more than they look. Internal to this room.
//
// Measured with policies that were made to be slow (tests/bench/authorization_bench.cc,
// tests/bench/condition_bench.cc): no charge is below what the part costs in nanoseconds on a processor of 2.6 GHz by
// more than a fifth.
#pragma once

#include <cstdint>
#include <string_view>

#include "policy/context.h"

namespace claviger::policy {

// To ask a Context for a key: it may compare the name with those of a hundred tags.
inline std::uint64_t steps_to_find(const ContextKey& key) { return 96 + 12 * key.name().size(); }

// To read a request's value as a number, a time, an address or base64.
inline std::uint64_t steps_to_parse(std::string_view value) { return 96 + 4 * std::uint64_t{value.size()}; }

// To compile a pattern whose variables were put in.
inline std::uint64_t steps_to_compile(std::string_view tokens) { return 4 * std::uint64_t{tokens.size()}; }

}  // namespace claviger::policy
