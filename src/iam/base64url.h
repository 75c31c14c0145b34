// Base64 with the URL-safe alphabet and without padding (RFC 7515 section 2), as JSON Web Tokens and Keys use it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/encoding.h"

namespace claviger::iam {

// The canonical form only; nullopt for anything else.
inline std::optional<Bytes> base64url_decode(std::string_view text) {
  std::string standard;
  standard.reserve(text.size() + 3);
  for (const char c : text) {
    if (c == '+' || c == '/' || c == '=') return std::nullopt;
    standard += c == '-' ? '+' : c == '_' ? '/' : c;
  }
  while (standard.size() % 4 != 0) standard += '=';
  return base64_decode(standard);
}

}  // namespace claviger::iam
