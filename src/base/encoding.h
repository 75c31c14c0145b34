// Base64 and hexadecimal, for bytes that are secret and bytes that are not.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/secret.h"

namespace claviger {

// RFC 4648 section 4: standard alphabet, padded.
std::string base64_encode(ByteSpan bytes);
void base64_append(ByteSpan bytes, SecretBytes& out);
// Accepts the canonical form only: padding present and right, no white space, unused bits zero.
// nullopt otherwise.
std::optional<Bytes> base64_decode(std::string_view text);
// The same into memory that is wiped; no other copy of the decoded bytes is made. The running time
// depends on the length alone.
std::optional<SecretBytes> base64_decode_secret(std::string_view text);

// Lower case. The running time depends on the length alone, because the codes that requests are verified against are
// written so. hex_into() writes 2 * bytes.size() characters and returns the end of them.
char* hex_into(ByteSpan bytes, char* out);
std::string hex_encode(ByteSpan bytes);
// Accepts both cases; nullopt for an odd length or another character.
std::optional<Bytes> hex_decode(std::string_view text);

// True for well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms, at most U+10FFFF).
bool is_valid_utf8(std::string_view text);

}  // namespace claviger
