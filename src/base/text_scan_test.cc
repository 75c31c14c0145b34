#include "base/text_scan.h"

#include <gtest/gtest.h>

#include <string>

namespace claviger {
namespace {

// Every byte at every place of texts of every length up to three words, against the obvious definition.
template <class Scan, class IsPlain>
void compare(const Scan& scan, const IsPlain& is_plain) {
  for (std::size_t length = 0; length <= 24; ++length) {
    for (std::size_t place = 0; place < length; ++place) {
      for (int byte = 0; byte < 256; ++byte) {
        for (const char around : {'a', '\x21', '\x7e'}) {
          std::string text(length, around);
          text[place] = static_cast<char>(byte);
          // A second one behind it must not hide the first.
          if (place + 1 < length) text[place + 1] = '\x1f';
          std::size_t expected = 0;
          while (expected < length && is_plain(static_cast<unsigned char>(text[expected]))) ++expected;
          ASSERT_EQ(scan(text), expected) << "byte " << byte << " at " << place << " of " << length;
        }
      }
    }
  }
}

TEST(TextScan, JsonPlainPrefixEndsBeforeWhatMustBeEscaped) {
  compare(json_plain_prefix, [](unsigned char c) { return c >= 0x20 && c != '"' && c != '\\'; });
}

TEST(TextScan, AsciiPlainPrefixAlsoEndsBeforeDeleteAndOtherScripts) {
  compare(ascii_plain_prefix, [](unsigned char c) { return c >= 0x20 && c < 0x7f && c != '"' && c != '\\'; });
}

TEST(TextScan, AsciiPrefixEndsBeforeOtherScripts) {
  compare(ascii_prefix, [](unsigned char c) { return c < 0x80; });
}

}  // namespace
}  // namespace claviger
