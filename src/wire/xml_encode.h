// From a typed response to the XML body of a reply of the Query protocol.
#pragma once

#include <optional>
#include <string_view>

#include "base/secret.h"
#include "base/service.h"
#include "wire/shape.h"

namespace claviger::wire {

// Appends
//   <XResponse xmlns="..."><XResult>...</XResult><ResponseMetadata><RequestId>...</RequestId></ResponseMetadata>
//   </XResponse>
// on one line, X being `action`; without XResult where there is no `result`. Absent members (see present()) are
// omitted; list elements are `<member>`, map entries `<entry><key/><value/></entry>`, timestamps
// `2026-01-31T23:59:59Z`, blobs base64; a url_encoded string is percent-encoded. Secrets go from their bytes into `out`
// without another copy. Every string must be valid UTF-8. `service` must be one that answers XML.
void encode_query_reply(Service service, std::string_view action, std::string_view request_id,
                        std::optional<Shape> result, const void* object, SecretBytes& out);

}  // namespace claviger::wire
