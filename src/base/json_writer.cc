#include <charconv>

#include "base/json.h"
#include "base/text_scan.h"

namespace claviger::json {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";

// The letter of the short escape of `c`, or 0.
constexpr char short_escape(char c) {
  switch (c) {
    case '"':
    case '\\':
      return c;
    case '\b':
      return 'b';
    case '\f':
      return 'f';
    case '\n':
      return 'n';
    case '\r':
      return 'r';
    case '\t':
      return 't';
    default:
      return 0;
  }
}

template <class Out>
void append_escape(Out& out, char c) {
  const auto code = static_cast<unsigned char>(c);
  char escape[6] = {'\\', short_escape(c), '0', '0', kHexDigits[code >> 4], kHexDigits[code & 15]};
  std::size_t size = 2;
  if (escape[1] == 0) {
    escape[1] = 'u';
    size = 6;
  }
  out.append(std::string_view(escape, size));
}

}  // namespace

template <class Out>
void append_string(Out& out, std::string_view text) {
  out.append(std::string_view("\""));
  while (true) {
    const std::size_t plain = json_plain_prefix(text);
    out.append(text.substr(0, plain));
    if (plain == text.size()) break;
    append_escape(out, text[plain]);
    text.remove_prefix(plain + 1);
  }
  out.append(std::string_view("\""));
}

template <class Out>
void Writer<Out>::integer(std::int64_t value) {
  char digits[20];
  const auto end = std::to_chars(std::begin(digits), std::end(digits), value).ptr;
  literal(std::string_view(digits, end));
}

template class Writer<std::string>;
template class Writer<SecretBytes>;
template void append_string<std::string>(std::string&, std::string_view);
template void append_string<SecretBytes>(SecretBytes&, std::string_view);

}  // namespace claviger::json
