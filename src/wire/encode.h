// From a typed response to the body of the reply, and from requests and responses to audit records.
#pragma once

#include <string>

#include "base/secret.h"
#include "wire/members.h"
#include "wire/shape.h"

namespace claviger::wire {

// Appends the JSON object of a response. Absent members (see present()) are omitted; timestamps are
// epoch seconds with up to three decimals; blobs go from their bytes into `out` without another copy.
// A shape without members gives `{}`; an action without an output shape sends no body and does not
// call this. Every string must be valid UTF-8.
void encode_from(const Shape& shape, const void* object, SecretBytes& out);

// Appends the JSON object that CloudTrail shows of a request or response: lowerCamel names; only what
// may be shown (Audited); members that are absent are omitted unless audit_always; empty strings,
// lists and maps count as absent unless they are required or in a std::optional. Timestamps read
// `May 21, 2025, 5:47:45 AM` (UTC).
void encode_audit_from(const Shape& shape, const void* object, std::string& out);

template <class T, std::size_t N>
void encode(const Members<T, N>& members, const T& object, SecretBytes& out) {
  encode_from(members.shape(), &object, out);
}
template <class T, std::size_t N>
void encode_audit(const Members<T, N>& members, const T& object, std::string& out) {
  encode_audit_from(members.shape(), &object, out);
}

}  // namespace claviger::wire
