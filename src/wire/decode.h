// From the body of a request to its typed form.
#pragma once

#include "base/bytes.h"
#include "base/json.h"
#include "base/result.h"
#include "wire/members.h"
#include "wire/shape.h"

namespace claviger::wire {

// Decodes and validates an AWS JSON 1.1 body into `*out`, a default-constructed object of the type
// that `shape` describes. What decides, in this order:
//   kSerialization         the body is not one JSON object of the right types; the first thing wrong
//   kValidation            members violate their constraints; all of them in one message, in the order
//                          of the declaration, worded as AWS words them
//   kUnsupportedOperation  a member or enum value that AWS has and we have not built
// As AWS does: members that the shape does not know are ignored (their names must still be unique),
// JSON null is the same as absent, and an empty body is the same as `{}`.
// After a failure `*out` holds an unspecified part of the request. The parser is wiped in every case.
Status decode_into(const Shape& shape, json::Parser& parser, ByteSpan body, void* out);

template <class T, std::size_t N>
[[nodiscard]] Result<T> decode(const Members<T, N>& members, json::Parser& parser, ByteSpan body) {
  T out{};
  CLAVIGER_TRY(decode_into(members.shape(), parser, body, &out));
  return out;
}

}  // namespace claviger::wire
