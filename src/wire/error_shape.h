// How each ErrorCode looks to a client and in the audit record.
#pragma once

#include <string_view>

#include "base/result.h"
#include "base/secret.h"

namespace claviger::wire {

// What the client reads in the `message` of an error.
enum class MessagePolicy : std::uint8_t {
  kShown,   // Error::message()
  kHidden,  // a fixed text: what failed on our side is not the client's business
  kNone,    // no message at all: AWS sends none, and the reason must not be told
};

struct ErrorShape {
  std::string_view type;        // `__type`: the exception's name in AWS's model
  int status;                   // HTTP
  std::string_view audit_code;  // CloudTrail's errorCode
  MessagePolicy policy;
};

// Every code has a row; the compiler checks that.
ErrorShape error_shape(ErrorCode code);

// The text a client sees and the audit record keeps; empty for kNone. Valid as long as `error`.
std::string_view client_message(const Error& error);

// Appends `{"__type":"...","message":"..."}`, without `message` when there is none.
void encode_error(const Error& error, SecretBytes& out);

}  // namespace claviger::wire
