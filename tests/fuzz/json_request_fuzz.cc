// Bodies of requests: the JSON reader, decoding with every kind of member, and both encoders. What
// decodes must encode to JSON that decodes again to the same.
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/check.h"
#include "base/json.h"
#include "base/testing.h"
#include "wire/decode.h"
#include "wire/encode.h"
#include "wire/testing.h"

using claviger::Result;
using claviger::SecretBytes;
using claviger::wire::testing::Everything;
using claviger::wire::testing::kEverything;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static claviger::json::Parser parser;
  const Result<Everything> decoded = claviger::wire::decode(kEverything, parser, {data, size});
  if (!decoded) {
    SecretBytes error;
    const std::string& message = decoded.error().message();
    CLAVIGER_CHECK(message.size() < 64 * 1024);
    claviger::json::append_string(error, message);
    CLAVIGER_CHECK(parser.parse(claviger::insecure_expose(error)).has_value());
    return 0;
  }
  SecretBytes reply;
  claviger::wire::encode(kEverything, *decoded, reply);
  const Result<Everything> again = claviger::wire::decode(kEverything, parser, claviger::insecure_expose(reply));
  CLAVIGER_CHECK(again.has_value());
  SecretBytes second;
  claviger::wire::encode(kEverything, *again, second);
  CLAVIGER_CHECK(claviger::constant_time_equal(claviger::insecure_expose(reply), claviger::insecure_expose(second)));
  std::string audit;
  claviger::wire::encode_audit(kEverything, *decoded, audit);
  CLAVIGER_CHECK(parser.parse(claviger::as_bytes(audit)).has_value());
  return 0;
}
