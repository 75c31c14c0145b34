// Strings as JSON writes them (RFC 8259 section 7).
#pragma once

#include <cstddef>
#include <string_view>

namespace claviger::audit {

// The most bytes that one byte of text becomes.
inline constexpr std::size_t kMaxJsonBytesPerByte = 6;

// Writes `text` as a quoted JSON string and returns its end. `at` has room for two bytes and kMaxJsonBytesPerByte for
// each byte of the text. Bytes that are not well-formed UTF-8 become U+FFFD.
char* write_json_string(std::string_view text, char* at);

// At most `size` bytes of `text`, cut before a character that would be split.
std::string_view truncate_utf8(std::string_view text, std::size_t size);

}  // namespace claviger::audit
