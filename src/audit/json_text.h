// Strings as JSON writes them (RFC 8259 section 7).
#pragma once

#include <string>
#include <string_view>

namespace claviger::audit {

// Appends `text` as a quoted JSON string. Bytes that are not well-formed UTF-8 become U+FFFD.
void append_json_string(std::string_view text, std::string& out);

// At most `size` bytes of `text`, cut before a character that would be split.
std::string_view truncate_utf8(std::string_view text, std::size_t size);

}  // namespace claviger::audit
