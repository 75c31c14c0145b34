#include "audit/json_text.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace claviger::audit {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

// True for bytes that stand for themselves inside a JSON string.
constexpr std::array<bool, 256> make_plain() {
  std::array<bool, 256> plain{};
  for (std::size_t c = 0x20; c < 0x7F; ++c) plain[c] = c != '"' && c != '\\';
  return plain;
}
constexpr std::array<bool, 256> kPlain = make_plain();

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

void append_escape(char c, std::string& out) {
  constexpr std::string_view kHex = "0123456789abcdef";
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      out += "\\u00";
      out += kHex[static_cast<std::uint8_t>(c) >> 4];
      out += kHex[static_cast<std::uint8_t>(c) & 0xF];
  }
}

}  // namespace

void append_json_string(std::string_view text, std::string& out) {
  const auto is_plain = [](char c) { return kPlain[static_cast<std::uint8_t>(c)]; };
  if (std::all_of(text.begin(), text.end(), is_plain)) {
    // Nearly always: identifiers and ARNs.
    const std::size_t start = out.size();
    const std::size_t end = start + text.size() + 2;
    out.resize_and_overwrite(end, [&](char* data, std::size_t) {
      data[start] = '"';
      std::copy(text.begin(), text.end(), data + start + 1);
      data[end - 1] = '"';
      return end;
    });
    return;
  }
  out += '"';
  while (!text.empty()) {
    std::size_t run = 0;
    while (run < text.size() && kPlain[byte_at(text, run)]) ++run;
    out.append(text.substr(0, run));
    text.remove_prefix(run);
    if (text.empty()) break;
    if (byte_at(text, 0) < 0x80) {
      append_escape(text.front(), out);
      text.remove_prefix(1);
      continue;
    }
    const std::size_t size = character_size(text);
    out += size == 0 ? kReplacement : text.substr(0, size);
    text.remove_prefix(size == 0 ? 1 : size);
  }
  out += '"';
}

std::string_view truncate_utf8(std::string_view text, std::size_t size) {
  if (text.size() <= size) return text;
  std::size_t end = size;
  // At most three continuation bytes belong to a character; more are not UTF-8 and may be split.
  while (end > 0 && size - end < 4 && (byte_at(text, end) & 0xC0) == 0x80) --end;
  return text.substr(0, end);
}

}  // namespace claviger::audit
