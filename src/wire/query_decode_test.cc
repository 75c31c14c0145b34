#include "wire/query_decode.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

#include "base/encoding.h"
#include "base/testing.h"
#include "wire/testing.h"
#include "wire/testing_refusal.h"
#include "wire/validation.h"

namespace claviger::wire {
namespace {

using testing::Colour;
using testing::Everything;
using testing::kEverything;
using testing::Refusal;

Result<Everything> decode_form(std::string_view text) {
  FormParameters form;
  auto result = decode_query(kEverything, form, as_bytes(text));
  EXPECT_TRUE(form.items().empty()) << "the parameters are wiped in every case";
  return result;
}

TEST(QueryDecode, TakesEveryKind) {
  const auto decoded = decode_form(
      "Action=Do&Version=2010-05-08&Name=n+%26%c3%a9&Alias=alias%2Fx&Secret=cGxh&Blob=AQID&Flag=true&DryRun=1"
      "&Count=10&Big=-5&Time=2026-01-31T23%3A59%3A59.5Z&Colour=GREEN&Colours.member.1=RED&Tokens.member.2=b"
      "&Tokens.member.1=a&Tags.member.1.TagValue=&Tags.member.1.TagKey=k&Blobs.member.1=AQ%3D%3D"
      "&Context.entry.1.key=k%2e&Context.entry.1.value=v&AWSTag.TagKey=a&AWSTag.TagValue=b&Password=abc&Token=t%3Ck"
      "&Document=%7B%7D");
  ASSERT_TRUE(decoded.has_value()) << decoded.error().message();
  EXPECT_EQ(decoded->name, "n &\u00e9");
  EXPECT_EQ(decoded->alias, "alias/x");
  EXPECT_EQ(as_text(insecure_expose(decoded->secret)), "pla");
  EXPECT_EQ(decoded->blob, (Bytes{1, 2, 3}));
  EXPECT_EQ(decoded->flag, true);
  EXPECT_TRUE(decoded->dry_run);
  EXPECT_EQ(decoded->count, 10);
  EXPECT_EQ(decoded->big, -5);
  EXPECT_EQ(to_millis(*decoded->time), 1769903999500);
  EXPECT_EQ(decoded->colour, Colour::kGreen);
  EXPECT_EQ(decoded->colours, std::vector{Colour::kRed});
  EXPECT_EQ(decoded->tokens, (std::vector<std::string>{"a", "b"}));
  ASSERT_EQ(decoded->tags.size(), 1u);
  EXPECT_EQ(decoded->tags[0].key, "k");
  EXPECT_EQ(decoded->tags[0].value, "");
  EXPECT_EQ(decoded->blobs, (std::vector<Bytes>{{1}}));
  ASSERT_NE(decoded->context.find("k."), nullptr);
  EXPECT_EQ(*decoded->context.find("k."), "v");
  EXPECT_EQ(decoded->tag->value, "b");
  EXPECT_EQ(decoded->password, "abc");
  EXPECT_EQ(as_text(insecure_expose(decoded->token.bytes)), "t<k");
  EXPECT_EQ(decoded->document, "{}");
}

TEST(QueryDecode, TakesWhatEveryClientSends) {
  for (const char* text : {"Name=n", "&&Name=n&", "Name=n&name=other", "Name=n&Unknown=x&Unknown.member.7.Deep=y",
                           "Name=n&X-Amz-Signature=0123", "Name=n&Tags=", "Name=n&Namesake.member.1=x"}) {
    const auto decoded = decode_form(text);
    ASSERT_TRUE(decoded.has_value()) << text << ": " << decoded.error().message();
    EXPECT_EQ(decoded->name, "n");
    EXPECT_TRUE(decoded->tags.empty());
    EXPECT_FALSE(decoded->tag.has_value());
  }
}

TEST(QueryDecode, TakesTheParametersOfUrlAndBodyTogether) {
  FormParameters form;
  Everything out;
  ASSERT_TRUE(decode_query_into(kEverything, form, "Name=n&Count=3", as_bytes("Flag=false"), &out));
  EXPECT_EQ(out.name, "n");
  EXPECT_EQ(out.count, 3);
  EXPECT_EQ(out.flag, false);
  Everything twice;
  EXPECT_EQ(decode_query_into(kEverything, form, "Name=n", as_bytes("Name=n"), &twice).error().message(),
            "A parameter occurs twice in the request");
}

TEST(QueryDecode, OrdersListsByNumber) {
  // By name, element 10 stands between 1 and 2.
  std::string body = "Name=n";
  std::vector<Bytes> expected;
  for (std::uint8_t i = 12; i > 0; --i) {
    body += fmt::format("&Blobs.member.{}={}%3D%3D", i, base64_encode(Bytes{i}).substr(0, 2));
    expected.insert(expected.begin(), Bytes{i});
  }
  const auto decoded = decode_form(body);
  ASSERT_TRUE(decoded.has_value()) << decoded.error().message();
  EXPECT_EQ(decoded->blobs, expected);
}

class QueryDecodeRefuses : public ::testing::TestWithParam<Refusal> {};

TEST_P(QueryDecodeRefuses, WithExactlyThisError) { expect_refused(decode_form(GetParam().body), GetParam()); }

Refusal malformed_form(const char* name, const std::string& parameters, const std::string& text) {
  return {name, "Name=n&" + parameters, ErrorCode::kSerialization, text};
}
Refusal invalid_form(const char* name, const std::string& parameters, const std::string& text) {
  return {name, "Name=n&" + parameters, ErrorCode::kValidation, "1 validation error detected: " + text};
}

constexpr const char* kBadPercent = "A percent sign is not followed by two hexadecimal digits";
constexpr const char* kNoIndex = "A list element has no valid index";
constexpr const char* kNoList = "Top level element may not be treated as a list";
constexpr const char* kTwice = "A parameter occurs twice in the request";

INSTANTIATE_TEST_SUITE_P(
    Form, QueryDecodeRefuses,
    ::testing::Values(
        malformed_form("PercentAtEnd", "Alias=%", kBadPercent), malformed_form("PercentCut", "Alias=%4", kBadPercent),
        malformed_form("PercentNoHex", "Alias=%g0", kBadPercent), malformed_form("PercentInName", "%zz=x", kBadPercent),
        malformed_form("BadUtf8", "Alias=%ff", "A parameter is not valid UTF-8"),
        malformed_form("BadUtf8InUnknownName", "%c3%28=x", "A parameter is not valid UTF-8"),
        malformed_form("Surrogate", "Alias=%ed%a0%80", "A parameter is not valid UTF-8"),
        malformed_form("NoName", "=x", "A parameter has no name"), malformed_form("Twice", "Name=n", kTwice),
        malformed_form("TwiceEncoded", "N%61me=n", kTwice), malformed_form("UnknownTwice", "x=1&x=2", kTwice),
        malformed_form("LongName", std::string(kMaxFormNameBytes + 1, 'x'), "The name of a parameter is too long")),
    ::testing::PrintToStringParamName());

INSTANTIATE_TEST_SUITE_P(
    Structure, QueryDecodeRefuses,
    ::testing::Values(
        malformed_form("ListForString", "Alias.member.1=x", "Start of list found where not expected"),
        malformed_form("StructureForString", "Alias.Key=x", "Start of structure or map found where not expected"),
        malformed_form("StringAndMore", "Alias=x&Alias.member.1=x", "Start of list found where not expected"),
        malformed_form("StringForList", "Tokens=x", "Unexpected list element termination"),
        malformed_form("EmptyListAndMore", "Tokens=&Tokens.member.1=x", "Unexpected list element termination"),
        malformed_form("ListWithoutMember", "Tokens.1=x", kNoList),
        malformed_form("ListWithMemberOnly", "Tokens.member=x", kNoList),
        malformed_form("ListWithOtherBeside", "Tokens.member.1=x&Tokens.other=y", kNoList),
        malformed_form("IndexZero", "Tokens.member.0=x", kNoIndex),
        malformed_form("IndexLeadingZero", "Tokens.member.01=x", kNoIndex),
        malformed_form("IndexNegative", "Tokens.member.-1=x", kNoIndex),
        malformed_form("IndexPlus", "Tokens.member.%2b1=x", kNoIndex),
        malformed_form("IndexNoNumber", "Tokens.member.one=x", kNoIndex),
        malformed_form("IndexEmpty", "Tokens.member.=x", kNoIndex),
        malformed_form("IndexHuge", "Tokens.member.4294967297=x", kNoIndex),
        malformed_form("IndexBeyondInteger", "Tokens.member.99999999999999999999=x", kNoIndex),
        malformed_form("IndexGap", "Tokens.member.1=x&Tokens.member.1000000=x", kNoIndex),
        malformed_form("IndexNotFromOne", "Tokens.member.2=x", kNoIndex),
        malformed_form("IndexWithTail", "Tokens.member.1=x&Tokens.member.1-z=x", kNoIndex),
        malformed_form("IndexWithTailBeyondAscii", "Tags.member.1.TagKey=x&Tags.member.1%c3%a9=x&Tags.member.1%c3%aa=x",
                       kNoIndex),
        malformed_form("ElementWithTailAndMembers", "Tags.member.1-z=x&Tags.member.1.TagKey=k", kNoIndex),
        malformed_form("StringForElement", "Tags.member.1=x", "End of structure or map found where not expected"),
        malformed_form("StructureForElement", "Tokens.member.1.Key=x",
                       "Start of structure or map found where not expected"),
        malformed_form("StringForStructure", "AWSTag=x", "End of structure or map found where not expected"),
        malformed_form("MapWithoutValue", "Context.entry.1.key=x", "A map entry is a key and a value"),
        malformed_form("MapWithMore", "Context.entry.1.key=x&Context.entry.1.value=x&Context.entry.1.other=x",
                       "A map entry is a key and a value"),
        malformed_form("MapKeyTwice",
                       "Context.entry.1.key=x&Context.entry.1.value=1&Context.entry.2.key=x&Context.entry.2.value=2",
                       "A key occurs twice in a map")),
    ::testing::PrintToStringParamName());

INSTANTIATE_TEST_SUITE_P(
    Types, QueryDecodeRefuses,
    ::testing::Values(
        malformed_form("Boolean", "Flag=TRUE", "boolean must follow xsd1.1 definition"),
        malformed_form("BooleanEmpty", "Flag=", "boolean must follow xsd1.1 definition"),
        malformed_form("Integer", "Count=x", "STRING_VALUE can not be converted to an Integer"),
        malformed_form("IntegerEmpty", "Count=", "STRING_VALUE can not be converted to an Integer"),
        malformed_form("IntegerTail", "Count=1x", "STRING_VALUE can not be converted to an Integer"),
        malformed_form("IntegerSpace", "Count=+1", "STRING_VALUE can not be converted to an Integer"),
        malformed_form("IntegerTooBig", "Count=2147483648", "STRING_VALUE can not be converted to an Integer"),
        malformed_form("LongTooBig", "Big=9223372036854775808", "STRING_VALUE can not be converted to a Long"),
        malformed_form("Time", "Time=1769903999", "STRING_VALUE can not be converted to a Timestamp"),
        malformed_form("TimeNoDate", "Time=2026-02-30T00:00:00Z", "STRING_VALUE can not be converted to a Timestamp"),
        malformed_form("TimeNoHour", "Time=2026-01-31T24:00:00Z", "STRING_VALUE can not be converted to a Timestamp"),
        malformed_form("TimeZone", "Time=2026-01-31T23:59:59%2b01:00",
                       "STRING_VALUE can not be converted to a Timestamp"),
        malformed_form("TimeDecimals", "Time=2026-01-31T23:59:59.1234Z",
                       "STRING_VALUE can not be converted to a Timestamp"),
        malformed_form("TimeDot", "Time=2026-01-31T23:59:59.Z", "STRING_VALUE can not be converted to a Timestamp"),
        malformed_form("Blob", "Blob=%2a", "STRING_VALUE is not valid base64"),
        malformed_form("SecretBlob", "Secret=eA", "STRING_VALUE is not valid base64")),
    ::testing::PrintToStringParamName());

INSTANTIATE_TEST_SUITE_P(
    Constraints, QueryDecodeRefuses,
    ::testing::Values(
        Refusal{"MissingRequired", "Action=Do", ErrorCode::kValidation,
                "1 validation error detected: Value null at 'name' failed to satisfy constraint: Member must not be "
                "null"},
        Refusal{"EmptyRequired", "Name=", ErrorCode::kValidation,
                "1 validation error detected: Value '' at 'name' failed to satisfy constraint: Member must have length "
                "greater than or equal to 1"},
        Refusal{"Empty", "", ErrorCode::kValidation,
                "1 validation error detected: Value null at 'name' failed to satisfy constraint: Member must not be "
                "null"},
        invalid_form(
            "Range", "Count=11",
            "Value '11' at 'count' failed to satisfy constraint: Member must have value less than or equal to 10"),
        invalid_form(
            "Pattern", "Alias=x",
            "Value 'x' at 'alias' failed to satisfy constraint: Member must satisfy regular expression pattern: "
            "^alias/.*$"),
        invalid_form("Enum", "Colour=PINK",
                     "Value 'PINK' at 'colour' failed to satisfy constraint: Member must satisfy enum value set: [RED, "
                     "GREEN, BLUE]"),
        invalid_form(
            "ListSize", "Tokens.member.1=a&Tokens.member.2=b&Tokens.member.3=c&Tokens.member.4=d",
            "Value '[a, b, c, d]' at 'tokens' failed to satisfy constraint: Member must have length less than or "
            "equal to 3"),
        invalid_form(
            "ListElement", "Tokens.member.1=a&Tokens.member.2=toolong",
            "Value '[a, toolong]' at 'tokens' failed to satisfy constraint: Member must satisfy constraint: "
            "[Member must have length less than or equal to 4, Member must have length greater than or equal to "
            "1]"),
        invalid_form("MemberOfElement", "Tags.member.1.TagKey=k&Tags.member.1.TagValue=&Tags.member.2.TagKey=k",
                     "Value null at 'tags.2.member.tagValue' failed to satisfy constraint: Member must not be null"),
        invalid_form(
            "SensitiveIsNotEchoed", "Password=x",
            "Value at 'password' failed to satisfy constraint: Member must have length greater than or equal to "
            "2"),
        invalid_form("SecretTextIsNotEchoed", "Token=toolong",
                     "Value at 'token' failed to satisfy constraint: Member must have length less than or equal to 4"),
        Refusal{"OwnWordsOfAPattern", "Name=n&Document=a!b", ErrorCode::kValidation,
                "The specified value for document is invalid. It must not contain an exclamation mark"},
        Refusal{"OwnWordsComeAfterViolations", "Name=&Document=a!b", ErrorCode::kValidation,
                "1 validation error detected: Value '' at 'name' failed to satisfy constraint: Member must have length "
                "greater than or equal to 1"},
        Refusal{"NotBuilt", "Name=n&Recipient.Key=x", ErrorCode::kUnsupportedOperation,
                "Recipient is not supported: attested enclaves are not built"},
        Refusal{"EnumNotBuilt", "Name=n&Colour=BLUE", ErrorCode::kUnsupportedOperation,
                "Colour BLUE is not supported"}),
    ::testing::PrintToStringParamName());

TEST(QueryDecode, BoundsTheNumberOfParameters) {
  std::string body = "Name=n";
  for (std::size_t i = 1; i < kMaxFormParameters; ++i) body += fmt::format("&x{}=", i);
  EXPECT_TRUE(decode_form(body).has_value());
  EXPECT_EQ(decode_form(body + "&y=").error().message(), "The request has too many parameters");
}

TEST(FormParameters, WipesWhatItHeld) {
  FormParameters form;
  ASSERT_TRUE(form.parse("a=canary", {}));
  const std::string_view value = form.items()[0].value;
  form.clear();
  EXPECT_EQ(value, std::string(6, '\0')) << "the memory is kept, and zero";
}

TEST(PlainParameter, IsTheFirstOfThatNameWithoutDecoding) {
  const auto find = [](std::string_view query, std::string_view body) {
    return plain_parameter(query, as_bytes(body), "Action");
  };
  EXPECT_EQ(find("", "Version=1&Action=CreateUser&x=y"), "CreateUser");
  EXPECT_EQ(find("Action=GetCallerIdentity", "Action=Other"), "GetCallerIdentity");
  for (const char* body : {"", "action=X", "XAction=X", "Action", "Action=", "Action=a%20b", "Action=a/b", "A%63tion=X",
                           "x=Action=X", "Action=\"}"}) {
    EXPECT_EQ(find("", body), "") << body;
  }
  EXPECT_EQ(find("", "Action=" + std::string(129, 'a')), "");
}

}  // namespace
}  // namespace claviger::wire
