#include "base/json.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <limits>
#include <string>
#include <vector>

#include "base/testing.h"

namespace claviger::json {
namespace {

TEST(JsonParser, TellsTypesApart) {
  Parser parser;
  const auto root = parser.parse(
      as_bytes(R"([null,true,-9223372036854775808,18446744073709551615,1.5,1e2,"a\u0000\u00e9\ud83d\udd11",[],{}])"));
  ASSERT_TRUE(root.has_value());
  const Type expected[] = {Type::kNull,   Type::kBoolean, Type::kInteger, Type::kUnsigned, Type::kDouble,
                           Type::kDouble, Type::kString,  Type::kArray,   Type::kObject};
  Value element;
  std::vector<Value> elements;
  for (ArrayCursor cursor = root->elements(); cursor.next(element);) elements.push_back(element);
  ASSERT_EQ(elements.size(), std::size(expected));
  for (std::size_t i = 0; i < elements.size(); ++i) EXPECT_EQ(elements[i].type(), expected[i]) << i;
  EXPECT_TRUE(elements[1].boolean());
  EXPECT_EQ(elements[2].integer(), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(elements[3].number(), 18446744073709551615.0);
  EXPECT_EQ(elements[4].number(), 1.5);
  EXPECT_EQ(elements[6].text(), std::string_view("a\0\u00e9\U0001F511", 8));
  EXPECT_FALSE(elements[7].elements().next(element));
}

TEST(JsonParser, WalksFieldsAsWritten) {
  Parser parser;
  const auto root = parser.parse(as_bytes(R"({"b":[1,{"x":2}],"a":{"c":3},"b":4})"));
  ASSERT_TRUE(root.has_value());
  std::string names;
  std::string_view name;
  Value value;
  for (ObjectCursor cursor = root->fields(); cursor.next(name, value);) names += name;
  EXPECT_EQ(names, "bab");
  EXPECT_TRUE(has_duplicates(*root));
  EXPECT_FALSE(has_duplicates(*parser.parse(as_bytes(R"({"a":{"x":1},"b":{"x":1}})"))));
}

TEST(JsonParser, FindsDuplicatesInObjectsOfEverySize) {
  Parser parser;
  for (const std::size_t size : {1u, 2u, 15u, 16u, 17u, 18u, 40u}) {
    std::string text = "{";
    for (std::size_t i = 0; i < size; ++i) text += "\"n" + std::to_string(i) + "\":0,";
    EXPECT_FALSE(has_duplicates(*parser.parse(as_bytes(text + "\"last\":0}")))) << size;
    for (const std::size_t again : {std::size_t{0}, size / 2, size - 1}) {
      EXPECT_TRUE(has_duplicates(*parser.parse(as_bytes(text + "\"n" + std::to_string(again) + "\":0}")))) << size;
    }
  }
}

struct Refusal {
  const char* name;
  std::string text;
  const char* message;
};

TEST(JsonParser, RefusesWithATextPerReason) {
  for (const Refusal& row : {
           Refusal{"empty", "", "The request body is empty"},
           Refusal{"white space", " \n", "The request body is empty"},
           Refusal{"trailing bytes", "{} {}", "The request body is not valid JSON"},
           Refusal{"trailing NUL", std::string("{}\0", 3), "The request body is not valid JSON"},
           Refusal{"invalid UTF-8", "[\"\xc3\x28\"]", "The request body is not valid UTF-8"},
           Refusal{"UTF-8 cut off", "[\"\xe2\x82\"]", "The request body is not valid UTF-8"},
           Refusal{"lone surrogate", R"(["\ud800"])", "The request body is not valid JSON"},
           Refusal{"too deep", std::string(kMaxDepth + 1, '[') + std::string(kMaxDepth + 1, ']'),
                   "The request body is nested too deeply"},
       }) {
    SCOPED_TRACE(row.name);
    Parser parser;
    const auto root = parser.parse(as_bytes(row.text));
    ASSERT_FALSE(root.has_value());
    EXPECT_EQ(root.error().code(), ErrorCode::kSerialization);
    EXPECT_EQ(root.error().message(), row.message);
  }
}

TEST(JsonParser, AcceptsTheGreatestDepth) {
  Parser parser(8);
  EXPECT_TRUE(parser.parse(as_bytes("[[[[[[[7]]]]]]]")).has_value());
  EXPECT_FALSE(parser.parse(as_bytes("[[[[[[[[[7]]]]]]]]]")).has_value());
}

TEST(JsonParser, ReadsTextsOfAnyLengthOneAfterAnother) {
  Parser parser;
  for (std::size_t size = 0; size < 700; ++size) {
    const std::string text = "[\"" + std::string(size, 'x') + "\"]";
    const auto root = parser.parse(as_bytes(text));
    ASSERT_TRUE(root.has_value()) << size;
    Value element;
    ArrayCursor cursor = root->elements();
    ASSERT_TRUE(cursor.next(element));
    ASSERT_EQ(element.text().size(), size);
  }
}

TEST(JsonParser, ForgetsStringsAndNumbersWhenCleared) {
  Parser parser;
  const auto root = parser.parse(as_bytes(R"({"a":"canary"})"));
  ASSERT_TRUE(root.has_value());
  std::string_view name;
  Value value;
  ObjectCursor cursor = root->fields();
  ASSERT_TRUE(cursor.next(name, value));
  const std::string_view text = value.text();
  EXPECT_EQ(text, "canary");
  parser.clear();
  EXPECT_EQ(text, std::string_view("\0\0\0\0\0\0", 6));
}

// How often `pattern` occurs in the writable memory of this process. It is read through the kernel,
// which is indifferent to what a sanitizer forbids.
std::size_t occurrences_in_memory(std::string_view pattern) {
  std::ifstream maps("/proc/self/maps");
  const int memory = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
  EXPECT_GE(memory, 0);
  std::size_t found = 0;
  // One buffer, mapped away from the heap that is searched, and left out of the search.
  static std::array<char, 1 << 20> buffer;
  const auto own = reinterpret_cast<std::uintptr_t>(buffer.data());
  for (std::string line; std::getline(maps, line);) {
    std::uintptr_t start = 0;
    std::uintptr_t end = 0;
    char mode[5] = {};
    if (std::sscanf(line.c_str(), "%lx-%lx %4s", &start, &end, mode) != 3 || mode[1] != 'w') continue;
    if (end - start > (std::uintptr_t{1} << 28)) continue;  // a sanitizer's shadow
    for (std::uintptr_t at = start; at < end; at += buffer.size() - pattern.size()) {
      const ssize_t got = pread(memory, buffer.data(), std::min(buffer.size(), end - at), static_cast<off_t>(at));
      if (got <= 0) break;
      const std::string_view view(buffer.data(), static_cast<std::size_t>(got));
      for (std::size_t i = view.find(pattern); i != view.npos; i = view.find(pattern, i + 1)) {
        found += at + i < own || at + i >= own + buffer.size();
      }
      wipe({reinterpret_cast<std::uint8_t*>(buffer.data()), static_cast<std::size_t>(got)});
    }
  }
  close(memory);
  return found;
}

// The pattern to search for would itself be found, so it is kept with every bit turned.
std::string turned(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(~c);
  return out;
}

std::size_t copies_of(const std::string& turned_secret) {
  // `pattern` itself is one.
  std::string pattern = turned(turned_secret);
  pattern.reserve(64);
  const std::size_t found = occurrences_in_memory(pattern);
  wipe({reinterpret_cast<std::uint8_t*>(pattern.data()), pattern.size()});
  return found - 1;
}

TEST(JsonParser, LeavesNoCopyOfASecretInMemory) {
  // Not spelled out: a literal would lie in memory too.
  std::string secret_turned(40, '\0');
  for (std::size_t i = 0; i < secret_turned.size(); ++i) secret_turned[i] = static_cast<char>(~('A' + (i * 7) % 26));
  for (const std::size_t lead : {0u, 20u, 51u, 5000u}) {
    Parser parser;
    {
      SecretBytes body;
      body.reserve(8192);
      body.append(std::string_view("{\"a\":\""));
      body.append(std::string(lead, ' '));
      std::string secret = turned(secret_turned);
      secret.reserve(64);
      body.append(secret);
      wipe({reinterpret_cast<std::uint8_t*>(secret.data()), secret.size()});
      body.append(std::string_view("\"}"));
      ASSERT_TRUE(parser.parse(insecure_expose(body)).has_value());
      EXPECT_GE(copies_of(secret_turned), 3u) << "the search is blind";  // body, input, string
    }
    parser.clear();
    EXPECT_EQ(copies_of(secret_turned), 0u) << lead;
  }
}

// What functions that have returned left below the caller's frame. Read through the kernel, as above.
[[gnu::noinline]] std::string dead_stack(int memory) {
  static std::array<char, 16384> buffer;
  const auto frame = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
  const ssize_t got = pread(memory, buffer.data(), buffer.size(), static_cast<off_t>(frame - buffer.size()));
  return std::string(buffer.data(), got > 0 ? static_cast<std::size_t>(got) : 0);
}

TEST(JsonParser, LeavesTheEndOfATextNotOnTheStack) {
  // simdjson copies the last block of a text to its stack, and a body may end with its plaintext.
  const int memory = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
  ASSERT_GE(memory, 0);
  const std::string secret = "canary-of-forty-characters-0123456789-ab";
  for (std::size_t lead = 0; lead < 300; ++lead) {
    const std::string text = "[\"" + std::string(lead, 'x') + secret + "\"]";
    Parser parser;
    const bool accepted = parser.parse(as_bytes(text)).has_value();
    const std::string stack = dead_stack(memory);
    ASSERT_TRUE(accepted);
    ASSERT_EQ(stack.size(), 16384u);
    EXPECT_EQ(stack.find(secret), stack.npos) << lead;
  }
  close(memory);
}

TEST(JsonWriter, PutsCommasAndEscapes) {
  std::string out;
  Writer writer(out);
  writer.begin_object();
  writer.name("a\"");
  writer.begin_array();
  writer.null();
  writer.boolean(true);
  writer.integer(std::numeric_limits<std::int64_t>::min());
  writer.begin_object();
  writer.end_object();
  writer.string("x");
  writer.end_array();
  writer.name("b");
  writer.literal("1.5");
  writer.end_object();
  EXPECT_EQ(out, R"({"a\"":[null,true,-9223372036854775808,{},"x"],"b":1.5})");
}

TEST(JsonWriter, EscapesEveryControlCharacterSoThatItReadsBack) {
  std::string all;
  for (int c = 0; c < 128; ++c) all += static_cast<char>(c);
  all += "\u00e9\U0001F511";
  SecretBytes out;
  append_string(out, all);
  Parser parser;
  const auto root = parser.parse(insecure_expose(out));
  ASSERT_TRUE(root.has_value());
  EXPECT_EQ(root->text(), all);
  std::string text;
  append_string(text, std::string_view("\b\f\n\r\t\x01\x1f\"\\/", 10));
  EXPECT_EQ(text, R"("\b\f\n\r\t\u0001\u001f\"\\/")");
}

}  // namespace
}  // namespace claviger::json
