// Internal to http/: responses to bytes.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/secret.h"
#include "http/handler.h"

namespace claviger::http {

// What the connection adds to a response.
struct ResponseContext {
  std::string_view date;      // IMF-fixdate
  bool close = false;         // say `Connection: close`
  bool keep_alive = false;    // say `Connection: keep-alive`, which HTTP/1.0 clients need
  bool without_body = false;  // the request was HEAD
};

// Appends status line, fields and body to `out`. A status outside 200 to 599 is a broken invariant.
void append_response(const Response& response, const ResponseContext& context, SecretBytes& out);

// `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110 section 5.6.7), in any locale.
std::string format_http_date(WallTime time);

}  // namespace claviger::http
