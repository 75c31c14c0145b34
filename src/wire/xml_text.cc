#include "wire/xml_text.h"

namespace claviger::wire::xml {
namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";

// What stands for the character at the start of `text`; empty when it stands for itself. `size` is its length.
std::string_view substitute(std::string_view text, std::size_t& size) {
  size = 1;
  switch (text.front()) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '"':
      return "&quot;";
    case '\'':
      return "&#39;";
    case '\r':
      // A parser would read a bare one as a line feed (section 2.11).
      return "&#xD;";
    case '\t':
    case '\n':
      return {};
    default:
      break;
  }
  if (static_cast<unsigned char>(text.front()) < 0x20) return kReplacement;
  if (text.starts_with("\xef\xbf\xbe") || text.starts_with("\xef\xbf\xbf")) {
    size = 3;
    return kReplacement;
  }
  return {};
}

}  // namespace

void append_text(std::string_view text, SecretBytes& out) {
  std::size_t plain = 0;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t size = 1;
    const std::string_view instead = substitute(text.substr(at), size);
    if (!instead.empty()) {
      out.append(text.substr(plain, at - plain));
      out.append(instead);
      plain = at + size;
    }
    at += size;
  }
  out.append(text.substr(plain));
}

void append_start(std::string_view name, SecretBytes& out) {
  out.append("<");
  out.append(name);
  out.append(">");
}

void append_end(std::string_view name, SecretBytes& out) {
  out.append("</");
  out.append(name);
  out.append(">");
}

void append_element(std::string_view name, std::string_view text, SecretBytes& out) {
  append_start(name, out);
  append_text(text, out);
  append_end(name, out);
}

}  // namespace claviger::wire::xml
