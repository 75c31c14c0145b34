#include "api/iam/fields.h"

#include <algorithm>

namespace claviger::api::iam_actions::patterns {
namespace {

bool is_alphanumeric(char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Whether `accept` takes every character of `text`, which is UTF-8. Characters beyond Latin-1 are never taken.
template <class Accept>
bool all_latin1(std::string_view text, Accept accept) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    auto c = static_cast<unsigned char>(text[i]);
    if (c == 0xc2 || c == 0xc3) {
      if (++i == text.size()) return false;
      c = static_cast<unsigned char>(((c & 3) << 6) | (static_cast<unsigned char>(text[i]) & 0x3f));
    } else if (c >= 0x80) {
      return false;
    }
    if (!accept(c)) return false;
  }
  return true;
}

bool is_layout(unsigned char c) { return c == '\t' || c == '\n' || c == '\r'; }

}  // namespace

bool is_document_text(std::string_view text) {
  return all_latin1(text, [](unsigned char c) { return is_layout(c) || c >= 0x20; });
}

bool is_description_text(std::string_view text) {
  return all_latin1(text, [](unsigned char c) { return is_layout(c) || (c >= 0x20 && c <= 0x7e) || c >= 0xa1; });
}

bool is_marker(std::string_view text) {
  return all_latin1(text, [](unsigned char c) { return c >= 0x20; });
}

bool is_tag_text(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) >= 0x80 || is_alphanumeric(c) ||
           std::string_view(" _.:/=+-@").find(c) != std::string_view::npos;
  });
}

bool is_path_prefix(std::string_view text) {
  // A byte of a character beyond ASCII is negative.
  return text.starts_with('/') && std::all_of(text.begin(), text.end(), [](char c) { return c >= '!'; });
}

bool is_word(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return is_alphanumeric(c) || c == '_'; });
}

bool is_version_id(std::string_view text) {
  if (text.size() < 2 || text[0] != 'v' || !is_digit(text[1]) || text[1] == '0') return false;
  const std::size_t end = text.find_first_not_of("0123456789", 1);
  if (end == std::string_view::npos) return true;
  return text[end] == '.' && std::all_of(text.begin() + static_cast<std::ptrdiff_t>(end) + 1, text.end(),
                                         [](char c) { return is_alphanumeric(c) || c == '-'; });
}

}  // namespace claviger::api::iam_actions::patterns
