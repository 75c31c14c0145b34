// Audit records, explained: an event and, behind the first tab, the decisions about it. Whatever they hold, an
// explanation is made, and is JSON without control characters for the terminal, or they are refused as damaged.
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "audit/event.h"
#include "base/check.h"
#include "base/json.h"
#include "cli/policy_explanation.h"

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace claviger;  // NOLINT(google-build-using-namespace)
  const audit::RecordedCall call = audit::split_record(as_text({data, size}));
  const auto explained = cli::explain_call(call.event, call.decisions);
  if (!explained) {
    CLAVIGER_CHECK(explained.error().code() == ErrorCode::kCorrupt);
    return 0;
  }
  json::Parser parser;
  CLAVIGER_CHECK(parser.parse(as_bytes(explained->json)).has_value());
  CLAVIGER_CHECK(std::all_of(explained->text.begin(), explained->text.end(),
                             [](char c) { return c == '\n' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f); }));
  return 0;
}
