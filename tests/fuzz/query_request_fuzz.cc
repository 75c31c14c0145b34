// Requests of the Query protocol: the form, decoding with every kind of member, the audit record, and the XML of
// replies and errors, which must be well-formed whatever was sent. The first line is the URL's query, the rest the
// body.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "base/encoding.h"
#include "base/json.h"
#include "base/testing.h"
#include "wire/encode.h"
#include "wire/error_shape.h"
#include "wire/query_decode.h"
#include "wire/testing.h"
#include "wire/xml_encode.h"

using claviger::SecretBytes;
using claviger::Service;
using claviger::wire::testing::Everything;
using claviger::wire::testing::kEverything;

namespace {

// Elements and text with the references that we write, nothing else: what a strict parser takes.
void check_well_formed(std::string_view xml) {
  CLAVIGER_CHECK(claviger::is_valid_utf8(xml));
  std::vector<std::string_view> open;
  while (!xml.empty()) {
    if (xml.front() != '<') {
      const std::string_view text = xml.substr(0, xml.find('<'));
      CLAVIGER_CHECK(text.find('>') == std::string_view::npos && !open.empty());
      for (std::size_t at = text.find('&'); at != std::string_view::npos; at = text.find('&', at + 1)) {
        const std::string_view reference = text.substr(at);
        CLAVIGER_CHECK(reference.starts_with("&amp;") || reference.starts_with("&lt;") ||
                       reference.starts_with("&gt;") || reference.starts_with("&quot;") ||
                       reference.starts_with("&#39;") || reference.starts_with("&#xD;"));
      }
      CLAVIGER_CHECK(std::ranges::none_of(
          text, [](char c) { return static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n'; }));
      xml.remove_prefix(text.size());
      continue;
    }
    const std::size_t end = xml.find('>');
    CLAVIGER_CHECK(end != std::string_view::npos);
    const std::string_view tag = xml.substr(1, end - 1);
    xml.remove_prefix(end + 1);
    if (!tag.starts_with('/')) {
      open.push_back(tag.substr(0, tag.find(' ')));
    } else {
      CLAVIGER_CHECK(!open.empty() && open.back() == tag.substr(1));
      open.pop_back();
    }
  }
  CLAVIGER_CHECK(open.empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static claviger::wire::FormParameters form;
  const std::string_view input = claviger::as_text({data, size});
  const std::size_t line = std::min(input.find('\n'), input.size());
  const std::string_view query = input.substr(0, line);
  const claviger::ByteSpan body = claviger::as_bytes(input.substr(std::min(line + 1, input.size())));

  const std::string_view action = claviger::wire::plain_parameter(query, body, "Action");
  CLAVIGER_CHECK(action.size() <= 128);
  Everything decoded;
  SecretBytes reply;
  const auto status = claviger::wire::decode_query_into(kEverything, form, query, body, &decoded);
  CLAVIGER_CHECK(form.items().empty());
  if (!status) {
    CLAVIGER_CHECK(status.error().message().size() < 64 * 1024);
    claviger::wire::encode_error(Service::kIam, status.error(), "id", reply);
    check_well_formed(claviger::as_text(claviger::insecure_expose(reply)));
    return 0;
  }
  claviger::wire::encode_query_reply(Service::kIam, "Do", "id", kEverything.shape(), &decoded, reply);
  check_well_formed(claviger::as_text(claviger::insecure_expose(reply)));
  std::string audit;
  claviger::wire::encode_audit(kEverything, decoded, audit);
  static claviger::json::Parser parser;
  CLAVIGER_CHECK(parser.parse(claviger::as_bytes(audit)).has_value());
  return 0;
}
