// Internal to wire/: text and elements of XML 1.0.
#pragma once

#include <string_view>

#include "base/secret.h"

namespace claviger::wire::xml {

// Appends valid UTF-8 as character data: `&`, `<`, `>`, quotes and carriage return as references, and U+FFFD for what
// XML 1.0 cannot hold at all (section 2.2: most control characters, U+FFFE and U+FFFF), so that what a client sent
// never makes a reply that cannot be parsed.
void append_text(std::string_view text, SecretBytes& out);

// `<Name>`, `</Name>`, `<Name>text</Name>`. A name comes from a declaration and needs no escaping.
void append_start(std::string_view name, SecretBytes& out);
void append_end(std::string_view name, SecretBytes& out);
void append_element(std::string_view name, std::string_view text, SecretBytes& out);

}  // namespace claviger::wire::xml
