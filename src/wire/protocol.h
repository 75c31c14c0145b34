// The one place that chooses a decoder and an encoder by the service that is called.
#pragma once

#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "base/json.h"
#include "base/result.h"
#include "base/secret.h"
#include "base/service.h"
#include "wire/query_decode.h"
#include "wire/shape.h"

namespace claviger::wire {

// Where the parameters of a request stand.
struct Incoming {
  Service service{};
  std::string_view query;  // of the URL, still encoded; JSON has nothing there
  ByteSpan body;
};

// Decodes requests of every service. Keeps its memory, wiped, between requests; not thread-safe: one for each loop.
class RequestDecoder final {
 public:
  // As decode_into() or decode_query_into() of the service's protocol.
  [[nodiscard]] Status decode_into(const Shape& shape, const Incoming& request, void* out);

 private:
  json::Parser json_;
  FormParameters form_;
};

// What a reply's envelope says.
struct ReplyForm {
  Service service{};
  std::string_view action;
  std::string_view request_id;
};

// Appends the body of a success; `response` is nullopt for an action that declares no output. Nothing then in JSON,
// only the envelope in XML.
void encode_reply(const ReplyForm& form, std::optional<Shape> response, const void* object, SecretBytes& out);

// The Content-Type of every reply of the service, errors included.
std::string_view content_type(Service service);

}  // namespace claviger::wire
