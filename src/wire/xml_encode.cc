#include "wire/xml_encode.h"

#include <fmt/format.h>

#include <array>

#include "base/check.h"
#include "base/encoding.h"
#include "wire/secret_gate.h"
#include "wire/xml_text.h"

namespace claviger::wire {
namespace {

void append_percent_encoded(std::string_view text, SecretBytes& out) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  for (const char c : text) {
    const bool is_unreserved = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
                               c == '.' || c == '_' || c == '~';
    if (is_unreserved) {
      out.append(std::string_view(&c, 1));
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    const std::array<char, 3> encoded = {'%', kDigits[byte >> 4], kDigits[byte & 15]};
    out.append(std::string_view(encoded.data(), encoded.size()));
  }
}

class XmlEncoder final {
 public:
  explicit XmlEncoder(SecretBytes& out) : out_(out) {}

  void structure(const Shape& shape, const void* object) {
    for (const MemberInfo& info : shape.members) {
      const void* found = present(info, object);
      if (found == nullptr) continue;
      xml::append_start(info.name, out_);
      if (info.url_encoded) {
        append_percent_encoded(*static_cast<const std::string*>(found), out_);
      } else {
        value(*info.type, found);
      }
      xml::append_end(info.name, out_);
    }
  }

 private:
  void value(const TypeInfo& type, const void* value);
  void list(const TypeInfo& type, const void* value) {
    for (std::size_t i = 0; i < type.size(value); ++i) {
      xml::append_start("member", out_);
      this->value(*type.element, type.at(value, i));
      xml::append_end("member", out_);
    }
  }
  void map(const TypeInfo& type, const void* value) {
    type.visit(value, &out_, [](void* context, std::string_view key, std::string_view text) {
      SecretBytes& out = *static_cast<SecretBytes*>(context);
      xml::append_start("entry", out);
      xml::append_element("key", key, out);
      xml::append_element("value", text, out);
      xml::append_end("entry", out);
    });
  }

  SecretBytes& out_;
};

void XmlEncoder::value(const TypeInfo& type, const void* value) {
  switch (type.kind) {
    case Kind::kString:
      return xml::append_text(*static_cast<const std::string*>(value), out_);
    case Kind::kBoolean:
      return out_.append(std::string_view(*static_cast<const bool*>(value) ? "true" : "false"));
    case Kind::kInteger:
      return out_.append(fmt::to_string(*static_cast<const std::int32_t*>(value)));
    case Kind::kLong:
      return out_.append(fmt::to_string(*static_cast<const std::int64_t*>(value)));
    case Kind::kTimestamp:
      return out_.append(format_iso8601(*static_cast<const WallTime*>(value)));
    case Kind::kBlob:
      return base64_append(*static_cast<const Bytes*>(value), out_);
    case Kind::kSecretBlob:
      return base64_append(static_cast<const SecretBytes*>(value)->expose(SecretGate::access()), out_);
    case Kind::kSecretText:
      return xml::append_text(as_text(static_cast<const SecretText*>(value)->bytes.expose(SecretGate::access())), out_);
    case Kind::kEnum:
      return xml::append_text(type.names[type.name_position(value)], out_);
    case Kind::kList:
      return list(type, value);
    case Kind::kMap:
      return map(type, value);
    case Kind::kStructure:
      return structure(type.structure(), value);
  }
}

}  // namespace

void encode_query_reply(Service service, std::string_view action, std::string_view request_id,
                        std::optional<Shape> result, const void* object, SecretBytes& out) {
  CLAVIGER_CHECK(protocol_of(service) == Protocol::kQuery);
  const std::string response = fmt::format("{}Response", action);
  out.append(fmt::format("<{} xmlns=\"{}\">", response, service_info(service).xml_namespace));
  if (result) {
    const std::string name = fmt::format("{}Result", action);
    xml::append_start(name, out);
    XmlEncoder(out).structure(*result, object);
    xml::append_end(name, out);
  }
  xml::append_start("ResponseMetadata", out);
  xml::append_element("RequestId", request_id, out);
  xml::append_end("ResponseMetadata", out);
  xml::append_end(response, out);
}

}  // namespace claviger::wire
