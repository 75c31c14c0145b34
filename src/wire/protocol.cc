#include "wire/protocol.h"

#include "wire/decode.h"
#include "wire/encode.h"
#include "wire/xml_encode.h"

namespace claviger::wire {

Status RequestDecoder::decode_into(const Shape& shape, const Incoming& request, void* out) {
  switch (protocol_of(request.service)) {
    case Protocol::kJson:
      break;
    case Protocol::kQuery:
      return decode_query_into(shape, form_, request.query, request.body, out);
  }
  return wire::decode_into(shape, json_, request.body, out);
}

void encode_reply(const ReplyForm& form, std::optional<Shape> response, const void* object, SecretBytes& out) {
  switch (protocol_of(form.service)) {
    case Protocol::kJson:
      if (response) encode_from(*response, object, out);
      return;
    case Protocol::kQuery:
      return encode_query_reply(form.service, form.action, form.request_id, response, object, out);
  }
}

std::string_view content_type(Service service) {
  return protocol_of(service) == Protocol::kJson ? "application/x-amz-json-1.1" : "text/xml";
}

}  // namespace claviger::wire
