// How each ErrorCode looks to a client and in the audit record, by the service that was called.
#pragma once

#include <string_view>

#include "base/result.h"
#include "base/secret.h"
#include "base/service.h"

namespace claviger::wire {

// What the client reads in the `message` of an error.
enum class MessagePolicy : std::uint8_t {
  kShown,   // Error::message()
  kHidden,  // a fixed text: what failed on our side is not the client's business
  kNone,    // no message at all: AWS sends none, and the reason must not be told
};

struct ErrorShape {
  std::string_view type;        // `__type` or `<Code>`: the error's name on the wire
  int status;                   // HTTP
  std::string_view audit_code;  // CloudTrail's errorCode
  MessagePolicy policy;
};

// Every code has a row with its two forms, KMS's and IAM's and STS's; the compiler checks that. A code that the
// service does not have is an internal fault there: no handler of it may return one.
ErrorShape error_shape(Service service, ErrorCode code);

// The text a client of `service` sees and the audit record keeps; empty for kNone. Valid as long as `error`.
std::string_view client_message(Service service, const Error& error);

// Appends `{"__type":"...","message":"..."}`, without `message` when there is none; of a service that answers XML
//   <ErrorResponse xmlns="..."><Error><Type>Sender</Type><Code>...</Code><Message>...</Message></Error>
//   <RequestId>...</RequestId></ErrorResponse>
// on one line. `request_id` is needed for XML only.
void encode_error(Service service, const Error& error, std::string_view request_id, SecretBytes& out);

}  // namespace claviger::wire
