#include "server/faults.h"

#include <algorithm>
#include <utility>

#include "base/service.h"
#include "server/throttling.h"
#include "wire/error_shape.h"

namespace claviger::server {
namespace {

// The last of the enumeration.
constexpr auto kLastCode = std::to_underlying(ErrorCode::kUnknownOutcome);

bool fits(const Fault& fault, std::string_view action, std::span<const KeyId> keys) {
  if (!fault.actions.empty() && std::ranges::find(fault.actions, action) == fault.actions.end()) return false;
  return !fault.key || std::ranges::find(keys, *fault.key) != keys.end();
}

// Strikes as evenly as can be: of the first n calls floor(n * share).
bool is_turn(const Fault& fault, std::uint64_t call) {
  const auto due = [&](std::uint64_t calls) {
    return static_cast<std::uint64_t>(static_cast<double>(calls) * fault.share);
  };
  return due(call) > due(call - 1);
}

}  // namespace

std::optional<ErrorCode> kms_error_named(std::string_view name) {
  // Several of our own kinds of failure look like this one.
  if (name == wire::error_shape(Service::kKms, ErrorCode::kInternal).type) return ErrorCode::kInternal;
  for (std::uint8_t number = 0; number <= kLastCode; ++number) {
    const auto code = static_cast<ErrorCode>(number);
    if (wire::error_shape(Service::kKms, code).type == name) return code;
  }
  return std::nullopt;
}

void Faults::set(std::vector<Fault> faults) {
  faults_.with([&](std::vector<Report>& all) {
    all.clear();
    for (Fault& fault : faults) all.push_back({std::move(fault)});
    any_ = !all.empty();
  });
}

std::optional<Faults::Strike> Faults::strike(std::string_view action, std::span<const KeyId> keys) {
  if (!any_.load(std::memory_order_relaxed)) return std::nullopt;
  return faults_.with([&](std::vector<Report>& all) -> std::optional<Strike> {
    for (Report& report : all) {
      const Fault& fault = report.fault;
      if (!fits(fault, action, keys)) continue;
      ++report.matched;
      if (fault.count && report.struck >= *fault.count) continue;
      if (!is_turn(fault, report.matched)) continue;
      ++report.struck;
      Strike strike{.error = std::nullopt, .delay = fault.delay};
      if (fault.error) {
        const bool says_the_same = *fault.error == ErrorCode::kThrottling && fault.message.empty();
        strike.error.emplace(*fault.error, says_the_same ? std::string(kRateExceeded) : fault.message,
                             "asked for as a fault");
      }
      return strike;
    }
    return std::nullopt;
  });
}

std::vector<Faults::Report> Faults::report() const {
  return faults_.with([](const std::vector<Report>& all) { return all; });
}

}  // namespace claviger::server
