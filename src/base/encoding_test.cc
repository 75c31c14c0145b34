#include "base/encoding.h"

#include <gtest/gtest.h>

#include "base/testing.h"

namespace claviger {
namespace {

TEST(Base64, Rfc4648Section10Vectors) {
  const std::pair<std::string_view, std::string_view> rows[] = {{"", ""},
                                                                {"f", "Zg=="},
                                                                {"fo", "Zm8="},
                                                                {"foo", "Zm9v"},
                                                                {"foob", "Zm9vYg=="},
                                                                {"fooba", "Zm9vYmE="},
                                                                {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, encoded] : rows) {
    EXPECT_EQ(base64_encode(as_bytes(plain)), encoded);
    const auto decoded = base64_decode(encoded);
    ASSERT_TRUE(decoded) << encoded;
    EXPECT_EQ(as_text(*decoded), plain);
    const auto secret = base64_decode_secret(encoded);
    ASSERT_TRUE(secret) << encoded;
    EXPECT_EQ(as_text(insecure_expose(*secret)), plain);
    SecretBytes out;
    base64_append(as_bytes(plain), out);
    EXPECT_EQ(as_text(insecure_expose(out)), encoded);
  }
}

TEST(Base64, EveryByteValueRoundTrips) {
  Bytes all(256);
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::uint8_t>(i);
  for (std::size_t size = 0; size <= all.size(); ++size) {
    const ByteSpan part = ByteSpan(all).last(size);
    EXPECT_EQ(base64_decode(base64_encode(part)), to_bytes(part));
  }
}

TEST(Base64, RefusesEveryCharacterOutsideTheAlphabet) {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (int c = 0; c < 256; ++c) {
    std::string text = "AAAA";
    text[1] = static_cast<char>(c);
    const bool known = kAlphabet.find(static_cast<char>(c)) != std::string_view::npos;
    EXPECT_EQ(base64_decode(text).has_value(), known) << c;
  }
}

TEST(Base64, RefusesWhatIsNotCanonical) {
  for (std::string_view text : {"A", "AA", "AAA", "AAAAA", "Zg=", "Zg", "Zh==", "Zm9=", "=AAA",
                                "A===", "====", "Zg==Zg==", "Zm9v\n", " Zm9v", "Zm-v", "Zm_v"}) {
    EXPECT_FALSE(base64_decode(text)) << text;
    EXPECT_FALSE(base64_decode_secret(text)) << text;
  }
}

TEST(Hex, RoundTripsAndRefuses) {
  EXPECT_EQ(hex_encode(as_bytes("\x01\xab\xff")), "01abff");
  EXPECT_EQ(hex_decode("01ABff"), (Bytes{1, 0xab, 0xff}));
  EXPECT_FALSE(hex_decode("0"));
  EXPECT_FALSE(hex_decode("0g"));
}

TEST(Utf8, AcceptsAndRefuses) {
  EXPECT_TRUE(is_valid_utf8("plain \xc3\xa9 \xe2\x82\xac \xf0\x9f\x94\x91 \xf4\x8f\xbf\xbf"));
  for (std::string_view bad : {"\x80", "\xc0\xaf", "\xc1\xbf", "\xc3", "\xe0\x80\x80", "\xed\xa0\x80", "\xe2\x82",
                               "\xf0\x80\x80\x80", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff"}) {
    EXPECT_FALSE(is_valid_utf8(bad)) << hex_encode(as_bytes(bad));
  }
}

}  // namespace
}  // namespace claviger
