#include "audit/json_text.h"

#include <algorithm>
#include <cstdint>

#include "base/text_scan.h"

namespace claviger::audit {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

std::uint8_t byte_at(std::string_view text, std::size_t i) { return static_cast<std::uint8_t>(text[i]); }

// The length of the well-formed character at the start of `text` (Unicode, table 3-7), or 0.
std::size_t character_size(std::string_view text) {
  const std::uint8_t lead = byte_at(text, 0);
  if (lead < 0x80) return 1;
  std::size_t size = 0;
  std::uint8_t low = 0x80;
  std::uint8_t high = 0xBF;
  if (lead >= 0xC2 && lead <= 0xDF) {
    size = 2;
  } else if ((lead & 0xF0) == 0xE0) {
    size = 3;
    if (lead == 0xE0) low = 0xA0;
    if (lead == 0xED) high = 0x9F;
  } else if (lead >= 0xF0 && lead <= 0xF4) {
    size = 4;
    if (lead == 0xF0) low = 0x90;
    if (lead == 0xF4) high = 0x8F;
  }
  if (size == 0 || text.size() < size || byte_at(text, 1) < low || byte_at(text, 1) > high) return 0;
  for (std::size_t i = 2; i < size; ++i) {
    if ((byte_at(text, i) & 0xC0) != 0x80) return 0;
  }
  return size;
}

char* write(std::string_view text, char* at) { return std::copy(text.begin(), text.end(), at); }

char* write_escape(char c, char* at) {
  constexpr std::string_view kHex = "0123456789abcdef";
  *at++ = '\\';
  switch (c) {
    case '"':
    case '\\':
      *at++ = c;
      return at;
    case '\n':
      *at++ = 'n';
      return at;
    case '\r':
      *at++ = 'r';
      return at;
    case '\t':
      *at++ = 't';
      return at;
    default:
      at = write("u00", at);
      *at++ = kHex[static_cast<std::uint8_t>(c) >> 4];
      *at++ = kHex[static_cast<std::uint8_t>(c) & 0xF];
      return at;
  }
}

}  // namespace

char* write_json_string(std::string_view text, char* at) {
  *at++ = '"';
  while (true) {
    const std::size_t plain = ascii_plain_prefix(text);
    at = write(text.substr(0, plain), at);
    text.remove_prefix(plain);
    if (text.empty()) break;  // nearly always at once: identifiers and ARNs
    if (byte_at(text, 0) < 0x80) {
      at = write_escape(text.front(), at);
      text.remove_prefix(1);
      continue;
    }
    const std::size_t size = character_size(text);
    at = write(size == 0 ? kReplacement : text.substr(0, size), at);
    text.remove_prefix(size == 0 ? 1 : size);
  }
  *at++ = '"';
  return at;
}

std::string_view truncate_utf8(std::string_view text, std::size_t size) {
  if (text.size() <= size) return text;
  std::size_t end = size;
  // At most three continuation bytes belong to a character; more are not UTF-8 and may be split.
  while (end > 0 && size - end < 4 && (byte_at(text, end) & 0xC0) == 0x80) --end;
  return text.substr(0, end);
}

}  // namespace claviger::audit
