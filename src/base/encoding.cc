#include "base/encoding.h"

#include <algorithm>
#include <array>

namespace claviger {
namespace {

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kHexDigits = "0123456789abcdef";

// The six bits of a base64 digit, or a value with bits beyond them set. Without a table or a branch, so that secret
// text leaves no trace in the data cache or the branch predictor.
constexpr std::uint32_t digit_value(std::uint8_t byte) {
  const int c = byte;
  // All ones when low <= c <= high.
  const auto within = [c](int low, int high) { return ((low - 1 - c) & (c - high - 1)) >> 8; };
  const int value = (within('A', 'Z') & (c - 'A' + 1)) | (within('a', 'z') & (c - 'a' + 27)) |
                    (within('0', '9') & (c - '0' + 53)) | (within('+', '+') & 63) | (within('/', '/') & 64);
  // 0 stands for "no digit" until here.
  return static_cast<std::uint32_t>(value - 1);
}

constexpr std::size_t encoded_size(std::size_t size) { return (size + 2) / 3 * 4; }

void encode_into(ByteSpan bytes, std::uint8_t* out) {
  const auto digit = [](std::uint32_t value) { return static_cast<std::uint8_t>(kAlphabet[value & 63]); };
  const std::uint8_t* in = bytes.data();
  std::size_t i = 0;
  for (; i + 3 <= bytes.size(); i += 3) {
    const std::uint32_t group =
        static_cast<std::uint32_t>(in[i]) << 16 | static_cast<std::uint32_t>(in[i + 1]) << 8 | in[i + 2];
    out[0] = digit(group >> 18);
    out[1] = digit(group >> 12);
    out[2] = digit(group >> 6);
    out[3] = digit(group);
    out += 4;
  }
  const std::size_t left = bytes.size() - i;
  if (left == 0) return;
  const std::uint32_t group =
      static_cast<std::uint32_t>(bytes[i] << 16) | (left == 2 ? static_cast<std::uint32_t>(bytes[i + 1] << 8) : 0u);
  *out++ = static_cast<std::uint8_t>(kAlphabet[group >> 18]);
  *out++ = static_cast<std::uint8_t>(kAlphabet[(group >> 12) & 63]);
  *out++ = left == 2 ? static_cast<std::uint8_t>(kAlphabet[(group >> 6) & 63]) : std::uint8_t{'='};
  *out++ = '=';
}

// The decoded size, or nullopt when the length or the padding cannot be right.
std::optional<std::size_t> decoded_size(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  if (text.empty()) return 0;
  std::size_t padding = 0;
  if (text.back() == '=') padding = text[text.size() - 2] == '=' ? 2 : 1;
  return text.size() / 4 * 3 - padding;
}

// Fills `out`, whose size is decoded_size(text); false when a digit or the unused bits are wrong.
bool decode_into(std::string_view text, MutableByteSpan out) {
  std::uint32_t bad = 0;
  std::size_t written = 0;
  for (std::size_t i = 0; i < text.size(); i += 4) {
    std::uint32_t group = 0;
    const std::size_t bytes = std::min<std::size_t>(out.size() - written, 3);
    for (std::size_t j = 0; j <= bytes; ++j) {
      const std::uint32_t value = digit_value(static_cast<std::uint8_t>(text[i + j]));
      bad |= value >> 6;
      group |= (value & 63) << (18 - 6 * j);
    }
    for (std::size_t j = 0; j < bytes; ++j) {
      out[written++] = static_cast<std::uint8_t>(group >> (16 - 8 * j));
    }
    // What the padded group carries beyond its bytes must be zero.
    bad |= group & ((1u << (24 - 8 * bytes)) - 1);
  }
  return bad == 0;
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

std::string base64_encode(ByteSpan bytes) {
  std::string out(encoded_size(bytes.size()), '\0');
  encode_into(bytes, reinterpret_cast<std::uint8_t*>(out.data()));
  return out;
}

void base64_append(ByteSpan bytes, SecretBytes& out) {
  const std::size_t start = out.size();
  out.resize(start + encoded_size(bytes.size()));
  encode_into(bytes, out.writable().data() + start);
}

std::optional<Bytes> base64_decode(std::string_view text) {
  const std::optional<std::size_t> size = decoded_size(text);
  if (!size) return std::nullopt;
  Bytes out(*size);
  if (!decode_into(text, out)) return std::nullopt;
  return out;
}

std::optional<SecretBytes> base64_decode_secret(std::string_view text) {
  const std::optional<std::size_t> size = decoded_size(text);
  if (!size) return std::nullopt;
  SecretBytes out(*size);
  if (!decode_into(text, out.writable())) return std::nullopt;
  return out;
}

std::string hex_encode(ByteSpan bytes) {
  std::string out(bytes.size() * 2, '\0');
  char* at = out.data();
  for (const std::uint8_t byte : bytes) {
    *at++ = kHexDigits[byte >> 4];
    *at++ = kHexDigits[byte & 15];
  }
  return out;
}

std::optional<Bytes> hex_decode(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  Bytes out;
  out.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = hex_value(text[i]);
    const int low = hex_value(text[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    out.push_back(static_cast<std::uint8_t>(high << 4 | low));
  }
  return out;
}

bool is_valid_utf8(std::string_view text) {
  const auto byte = [&text](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  for (std::size_t i = 0; i < text.size();) {
    const std::uint8_t lead = byte(i);
    if (lead < 0x80) {
      ++i;
      continue;
    }
    // Length of the sequence, and the range its second byte must lie in (RFC 3629 section 4).
    std::size_t length = 0;
    std::uint8_t low = 0x80;
    std::uint8_t high = 0xbf;
    if (lead >= 0xc2 && lead <= 0xdf) {
      length = 2;
    } else if (lead >= 0xe0 && lead <= 0xef) {
      length = 3;
      if (lead == 0xe0) low = 0xa0;
      if (lead == 0xed) high = 0x9f;
    } else if (lead >= 0xf0 && lead <= 0xf4) {
      length = 4;
      if (lead == 0xf0) low = 0x90;
      if (lead == 0xf4) high = 0x8f;
    } else {
      return false;
    }
    if (i + length > text.size()) return false;
    if (byte(i + 1) < low || byte(i + 1) > high) return false;
    for (std::size_t j = 2; j < length; ++j) {
      if ((byte(i + j) & 0xc0) != 0x80) return false;
    }
    i += length;
  }
  return true;
}

}  // namespace claviger
