#include "base/encoding.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace claviger {
namespace {

// Lower case, and computed: a table would show in the data cache which digit it was.
char hex_digit(std::uint32_t nibble) {
  const std::uint32_t is_letter = (9 - nibble) >> 31;
  return static_cast<char>('0' + nibble + is_letter * ('a' - '0' - 10));
}

// Sixteen base64 digits at a time, without a table and without a branch on what they are, so that secret text leaves no
// trace in the data cache or the branch predictor.
using Lanes = std::uint8_t __attribute__((vector_size(16)));
constexpr std::size_t kLanes = sizeof(Lanes);
constexpr std::size_t kLaneBytes = kLanes / 4 * 3;

// All ones in each lane where low <= value <= high.
Lanes within(Lanes value, std::uint8_t low, std::uint8_t high) {
  return reinterpret_cast<Lanes>((value >= low) & (value <= high));
}

// The six bits of each digit; a lane of `bad` becomes nonzero where there is none.
Lanes digit_values(Lanes c, Lanes& bad) {
  const Lanes upper = within(c, 'A', 'Z');
  const Lanes lower = within(c, 'a', 'z');
  const Lanes number = within(c, '0', '9');
  const Lanes plus = within(c, '+', '+');
  const Lanes slash = within(c, '/', '/');
  bad |= ~(upper | lower | number | plus | slash);
  return (upper & (c - 'A')) | (lower & (c - 'a' + 26)) | (number & (c - '0' + 52)) | (plus & 62) | (slash & 63);
}

Lanes digits_of(Lanes value) {
  const Lanes upper = within(value, 0, 25);
  const Lanes lower = within(value, 26, 51);
  const Lanes number = within(value, 52, 61);
  const Lanes plus = within(value, 62, 62);
  const Lanes slash = within(value, 63, 63);
  return (upper & (value + 'A')) | (lower & (value - 26 + 'a')) | (number & (value - 52 + '0')) | (plus & '+') |
         (slash & '/');
}

constexpr std::size_t encoded_size(std::size_t size) { return (size + 2) / 3 * 4; }

// What a group of lanes is worked on in; wiped when it goes, because it may have held a secret.
struct Workspace {
  std::array<std::uint8_t, kLanes> digits;
  std::array<std::uint8_t, kLaneBytes + 1> bytes{};  // one more, because they are moved by fours

  Workspace() = default;
  Workspace(const Workspace&) = delete;
  Workspace& operator=(const Workspace&) = delete;
  ~Workspace() {
    wipe(digits);
    wipe(bytes);
  }

  // Each three bytes as the values of four digits, and back.
  void spread() {
    for (std::size_t i = 0, j = 0; j < digits.size(); i += 3, j += 4) {
      std::uint32_t group = 0;
      std::memcpy(&group, bytes.data() + i, sizeof group);  // and the byte behind, which falls out
      group = __builtin_bswap32(group) >> 8;
      const std::uint32_t four = __builtin_bswap32((group << 6 & 0x3f000000) | (group << 4 & 0x003f0000) |
                                                   (group << 2 & 0x00003f00) | (group & 0x0000003f));
      std::memcpy(digits.data() + j, &four, sizeof four);
    }
  }
  void gather() {
    for (std::size_t i = 0, j = 0; j < digits.size(); i += 3, j += 4) {
      std::uint32_t four = 0;
      std::memcpy(&four, digits.data() + j, sizeof four);
      four = __builtin_bswap32(four);
      const std::uint32_t group =
          (four >> 6 & 0x00fc0000) | (four >> 4 & 0x0003f000) | (four >> 2 & 0x00000fc0) | (four & 0x0000003f);
      const std::uint32_t three = __builtin_bswap32(group << 8);
      std::memcpy(bytes.data() + i, &three, sizeof three);  // and a zero behind, which the next one overwrites
    }
  }

  template <class Map>
  void map_digits(const Map& map) {
    Lanes lanes;
    std::memcpy(&lanes, digits.data(), sizeof lanes);
    lanes = map(lanes);
    std::memcpy(digits.data(), &lanes, sizeof lanes);
  }
};

void encode_into(ByteSpan rest, std::uint8_t* out) {
  Workspace work;
  while (!rest.empty()) {
    const ByteSpan part = rest.first(std::min(kLaneBytes, rest.size()));
    rest = rest.subspan(part.size());
    if (part.size() < kLaneBytes) work.bytes.fill(0);
    std::copy(part.begin(), part.end(), work.bytes.begin());
    work.spread();
    work.map_digits(digits_of);
    out = std::copy_n(work.digits.begin(), encoded_size(part.size()), out);
    for (std::size_t padding = (3 - part.size() % 3) % 3; padding > 0; --padding) *(out - padding) = '=';
  }
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
  Lanes bad{};
  std::uint8_t unused = 0;
  const std::size_t digits = text.size() - (text.size() / 4 * 3 - out.size());  // without the padding
  Workspace work;
  for (std::size_t i = 0, written = 0; i < digits; i += kLanes) {
    const std::string_view part = text.substr(i, std::min(kLanes, digits - i));
    if (part.size() < kLanes) work.digits.fill('A');  // what is not there counts as zero
    std::copy(part.begin(), part.end(), work.digits.begin());
    work.map_digits([&bad](Lanes lanes) { return digit_values(lanes, bad); });
    work.gather();
    const std::size_t size = std::min(kLaneBytes, out.size() - written);
    std::copy_n(work.bytes.begin(), size, out.begin() + static_cast<std::ptrdiff_t>(written));
    written += size;
    // What the last group carries beyond its bytes must be zero.
    for (std::size_t j = size; j < kLaneBytes; ++j) unused |= work.bytes[j];
  }
  for (std::size_t lane = 0; lane < kLanes; ++lane) unused |= bad[lane];
  // That the text is not base64 is the answer; where it is not must not show.
  static constexpr std::uint8_t kNone = 0;
  return constant_time_equal({&unused, 1}, {&kNone, 1});
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

char* hex_into(ByteSpan bytes, char* out) {
  for (const std::uint8_t byte : bytes) {
    *out++ = hex_digit(static_cast<std::uint32_t>(byte >> 4));
    *out++ = hex_digit(byte & 15U);
  }
  return out;
}

std::string hex_encode(ByteSpan bytes) {
  std::string out(bytes.size() * 2, '\0');
  hex_into(bytes, out.data());
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
