#include "wire/decode.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

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

Result<Everything> decode_json(std::string_view text) {
  json::Parser parser;
  return decode(kEverything, parser, as_bytes(text));
}

class DecodeRefuses : public ::testing::TestWithParam<Refusal> {};

TEST_P(DecodeRefuses, WithExactlyThisError) { expect_refused(decode_json(GetParam().body), GetParam()); }

Refusal invalid_json(const char* name, const std::string& member, const std::string& text) {
  return {name, R"({"Name":"n",)" + member + "}", ErrorCode::kValidation, "1 validation error detected: " + text};
}
Refusal malformed_json(const char* name, const std::string& member, const std::string& text) {
  return {name, R"({"Name":"n",)" + member + "}", ErrorCode::kSerialization, text};
}

INSTANTIATE_TEST_SUITE_P(
    Constraints, DecodeRefuses,
    ::testing::Values(
        Refusal{"MissingRequired", "{}", ErrorCode::kValidation,
                "1 validation error detected: Value null at 'name' failed to satisfy constraint: Member must not be "
                "null"},
        Refusal{"NullRequired", R"({"Name":null})", ErrorCode::kValidation,
                "1 validation error detected: Value null at 'name' failed to satisfy constraint: Member must not be "
                "null"},
        Refusal{"EmptyBody", "", ErrorCode::kValidation,
                "1 validation error detected: Value null at 'name' failed to satisfy constraint: Member must not be "
                "null"},
        Refusal{"ShortString", R"({"Name":""})", ErrorCode::kValidation,
                "1 validation error detected: Value '' at 'name' failed to satisfy constraint: Member must have "
                "length greater than or equal to 1"},
        Refusal{"LongString", R"({"Name":"123456789"})", ErrorCode::kValidation,
                "1 validation error detected: Value '123456789' at 'name' failed to satisfy constraint: Member must "
                "have length less than or equal to 8"},
        Refusal{"FourCharactersBeyondTheBasicPlaneAndOneMore",
                "{\"Name\":\"\U0001F511\U0001F511\U0001F511\U0001F511x\"}", ErrorCode::kValidation,
                "1 validation error detected: Value '\U0001F511\U0001F511\U0001F511\U0001F511x' at 'name' failed to "
                "satisfy constraint: Member must have length less than or equal to 8"},
        invalid_json("Pattern", R"("Alias":"nope")",
                     "Value 'nope' at 'alias' failed to satisfy constraint: Member must satisfy regular expression "
                     "pattern: ^alias/.*$"),
        invalid_json(
            "ShortSecretBlob", R"("Secret":"")",
            "Value at 'secret' failed to satisfy constraint: Member must have length greater than or equal to 1"),
        invalid_json("LongSecretBlob", R"("Secret":"AAAAAAA=")",
                     "Value at 'secret' failed to satisfy constraint: Member must have length less than or equal to 4"),
        invalid_json("LongBlob", R"("Blob":"AAAAAAA=")",
                     "Value at 'blob' failed to satisfy constraint: Member must have length less than or equal to 4"),
        invalid_json(
            "SensitiveString", R"("Password":"hunter2")",
            "Value at 'password' failed to satisfy constraint: Member must have length less than or equal to 4"),
        invalid_json(
            "SmallInteger", R"("Count":0)",
            "Value '0' at 'count' failed to satisfy constraint: Member must have value greater than or equal to "
            "1"),
        invalid_json(
            "LargeInteger", R"("Count":11)",
            "Value '11' at 'count' failed to satisfy constraint: Member must have value less than or equal to 10"),
        invalid_json(
            "SmallLong", R"("Big":-6)",
            "Value '-6' at 'big' failed to satisfy constraint: Member must have value greater than or equal to "
            "-5"),
        invalid_json(
            "LargeLong", R"("Big":5000000001)",
            "Value '5000000001' at 'big' failed to satisfy constraint: Member must have value less than or equal "
            "to 5000000000"),
        invalid_json("EnumValue", R"("Colour":"PINK")",
                     "Value 'PINK' at 'colour' failed to satisfy constraint: Member must satisfy enum value set: [RED, "
                     "GREEN, BLUE]"),
        invalid_json("EnumInList", R"("Colours":["RED","PINK"])",
                     "Value '[RED, PINK]' at 'colours' failed to satisfy constraint: Member must satisfy constraint: "
                     "[Member must satisfy enum value set: [RED, GREEN, BLUE]]"),
        invalid_json(
            "ShortList", R"("Tokens":[])",
            "Value '[]' at 'tokens' failed to satisfy constraint: Member must have length greater than or equal "
            "to 1"),
        invalid_json(
            "LongList", R"("Tokens":["a","b","c","d"])",
            "Value '[a, b, c, d]' at 'tokens' failed to satisfy constraint: Member must have length less than or "
            "equal to 3"),
        invalid_json(
            "ElementOfList", R"("Tokens":["a","","12345"])",
            "Value '[a, , 12345]' at 'tokens' failed to satisfy constraint: Member must satisfy constraint: "
            "[Member must have length less than or equal to 4, Member must have length greater than or equal to "
            "1]"),
        invalid_json("BlobInList", R"("Blobs":["AAAA"])",
                     "Value at 'blobs' failed to satisfy constraint: Member must satisfy constraint: [Member must have "
                     "length less than or equal to 2, Member must have length greater than or equal to 1]"),
        invalid_json("LongListOfStructures", R"("Tags":[{},{},{},{}])",
                     "Value at 'tags' failed to satisfy constraint: Member must have length less than or equal to 3"),
        invalid_json(
            "MemberOfListElement", R"("Tags":[{"TagKey":"a","TagValue":"12345"}])",
            "Value '12345' at 'tags.1.member.tagValue' failed to satisfy constraint: Member must have length less "
            "than or equal to 4"),
        invalid_json("NullInListElement", R"("Tags":[{"TagKey":"a","TagValue":""},{"TagKey":"b"}])",
                     "Value null at 'tags.2.member.tagValue' failed to satisfy constraint: Member must not be null"),
        invalid_json(
            "MemberOfStructure", R"("AWSTag":{"TagKey":"","TagValue":""})",
            "Value '' at 'aWSTag.tagKey' failed to satisfy constraint: Member must have length greater than or "
            "equal to 1"),
        invalid_json(
            "LargeMap", R"("Context":{"a":"1","b":"2","c":"3"})",
            "Value at 'context' failed to satisfy constraint: Member must have length less than or equal to 2"),
        Refusal{"SeveralInTheOrderOfTheDeclaration", R"({"Colour":"PINK","Count":0,"Name":""})", ErrorCode::kValidation,
                "3 validation errors detected: Value '' at 'name' failed to satisfy constraint: Member must have "
                "length greater than or equal to 1; Value '0' at 'count' failed to satisfy constraint: Member must "
                "have value greater than or equal to 1; Value 'PINK' at 'colour' failed to satisfy constraint: Member "
                "must satisfy enum value set: [RED, GREEN, BLUE]"},
        Refusal{"TwoOfOneMember", R"({"Name":"n","Alias":"0123456789abc"})", ErrorCode::kValidation,
                "2 validation errors detected: Value '0123456789abc' at 'alias' failed to satisfy constraint: Member "
                "must have length less than or equal to 12; Value '0123456789abc' at 'alias' failed to satisfy "
                "constraint: Member must satisfy regular expression pattern: ^alias/.*$"},
        Refusal{"ValidationBeforeUnsupported", R"({"Recipient":{},"Name":""})", ErrorCode::kValidation,
                "1 validation error detected: Value '' at 'name' failed to satisfy constraint: Member must have "
                "length greater than or equal to 1"}),
    [](const auto& row) { return std::string(row.param.name); });

INSTANTIATE_TEST_SUITE_P(
    Unbuilt, DecodeRefuses,
    ::testing::Values(Refusal{"Member", R"({"Name":"n","Recipient":{}})", ErrorCode::kUnsupportedOperation,
                              "Recipient is not supported: attested enclaves are not built"},
                      Refusal{"MemberOfAnyType", R"({"Name":"n","Recipient":false})", ErrorCode::kUnsupportedOperation,
                              "Recipient is not supported: attested enclaves are not built"},
                      Refusal{"EnumValue", R"({"Name":"n","Colour":"BLUE"})", ErrorCode::kUnsupportedOperation,
                              "Colour BLUE is not supported"},
                      Refusal{"EnumValueInList", R"({"Name":"n","Colours":["RED","GREEN"]})",
                              ErrorCode::kUnsupportedOperation, "Colours GREEN is not supported"}),
    [](const auto& row) { return std::string(row.param.name); });

INSTANTIATE_TEST_SUITE_P(
    Serialization, DecodeRefuses,
    ::testing::Values(
        Refusal{"NotJson", "{", ErrorCode::kSerialization, "The request body is not valid JSON"},
        Refusal{"WhiteSpaceOnly", "  ", ErrorCode::kSerialization, "The request body is empty"},
        Refusal{"TrailingBytes", R"({"Name":"n"} x)", ErrorCode::kSerialization, "The request body is not valid JSON"},
        Refusal{"TwoValues", R"({"Name":"n"}{})", ErrorCode::kSerialization, "The request body is not valid JSON"},
        Refusal{"ByteOrderMark", "\xef\xbb\xbf{\"Name\":\"n\"}", ErrorCode::kSerialization,
                "The request body is not valid JSON"},
        Refusal{"InvalidUtf8", "{\"Name\":\"\xff\"}", ErrorCode::kSerialization, "The request body is not valid UTF-8"},
        Refusal{"TooDeep", R"({"Name":"n","X":)" + std::string(64, '[') + std::string(64, ']') + "}",
                ErrorCode::kSerialization, "The request body is nested too deeply"},
        Refusal{"ArrayAtTheTop", "[]", ErrorCode::kSerialization, "Start of list found where not expected."},
        Refusal{"NullAtTheTop", "null", ErrorCode::kSerialization, "NULL_VALUE can not be converted to a Structure"},
        malformed_json("DuplicateMember", R"("Count":1,"Count":1)",
                       "A name occurs twice in an object of the request body"),
        malformed_json("DuplicateEscapedMember", R"("Count":1,"\u0043ount":1)",
                       "A name occurs twice in an object of the request body"),
        malformed_json("DuplicateNull", R"("Count":null,"Count":1)",
                       "A name occurs twice in an object of the request body"),
        malformed_json("DuplicateUnknownMember", R"("X":1,"X":1)",
                       "A name occurs twice in an object of the request body"),
        malformed_json("DuplicateInMap", R"("Context":{"a":"1","a":"1"})",
                       "A name occurs twice in an object of the request body"),
        malformed_json("DuplicateInStructure", R"("Tags":[{"TagKey":"a","TagKey":"b","TagValue":""}])",
                       "A name occurs twice in an object of the request body"),
        malformed_json("NumberForString", R"("Alias":1)", "NUMBER_VALUE can not be converted to a String"),
        malformed_json("TrueForString", R"("Alias":true)", "TRUE_VALUE can not be converted to a String"),
        malformed_json("FalseForEnum", R"("Colour":false)", "FALSE_VALUE can not be converted to a String"),
        malformed_json("ObjectForString", R"("Alias":{})", "Start of structure or map found where not expected."),
        malformed_json("ListForString", R"("Alias":[])", "Start of list found where not expected."),
        malformed_json("StringForBoolean", R"("Flag":"true")", "STRING_VALUE can not be converted to a Boolean"),
        malformed_json("StringForInteger", R"("Count":"1")", "STRING_VALUE can not be converted to an Integer"),
        malformed_json("FractionForInteger", R"("Count":1.5)", "DECIMAL_VALUE can not be converted to an Integer"),
        malformed_json("WholeFractionForInteger", R"("Count":1.0)", "DECIMAL_VALUE can not be converted to an Integer"),
        malformed_json("ExponentForInteger", R"("Count":1e1)", "DECIMAL_VALUE can not be converted to an Integer"),
        malformed_json("IntegerBeyond32Bits", R"("Count":2147483648)", "NUMBER_VALUE is out of range for type Integer"),
        malformed_json("IntegerBelow32Bits", R"("Count":-2147483649)", "NUMBER_VALUE is out of range for type Integer"),
        malformed_json("LongBeyond64Bits", R"("Big":9223372036854775808)",
                       "NUMBER_VALUE is out of range for type Long"),
        malformed_json("StringForTimestamp", R"("Time":"2026-01-01")",
                       "STRING_VALUE can not be converted to a Timestamp"),
        malformed_json("TimestampBeyondYear9999", R"("Time":253402300800)",
                       "NUMBER_VALUE is out of range for type Timestamp"),
        malformed_json("NumberForBlob", R"("Blob":1)", "NUMBER_VALUE can not be converted to a Blob"),
        malformed_json("BadBase64", R"("Blob":"*")", "STRING_VALUE is not valid base64"),
        malformed_json("UnpaddedBase64", R"("Secret":"AA")", "STRING_VALUE is not valid base64"),
        malformed_json("UnusedBitsOfBase64", R"("Secret":"AB==")", "STRING_VALUE is not valid base64"),
        malformed_json("StringForList", R"("Tokens":"a")", "Expected list or null"),
        malformed_json("NumberInList", R"("Tokens":[1])", "NUMBER_VALUE can not be converted to a String"),
        malformed_json("NullInList", R"("Tokens":[null])", "NULL_VALUE can not be converted to a String"),
        malformed_json("StringForStructure", R"("AWSTag":"a")", "STRING_VALUE can not be converted to a Structure"),
        malformed_json("ListForMap", R"("Context":[])", "Expected map or null"),
        malformed_json("NumberInMap", R"("Context":{"a":1})", "NUMBER_VALUE can not be converted to a String"),
        malformed_json("NullInMap", R"("Context":{"a":null})", "NULL_VALUE can not be converted to a String"),
        Refusal{"SerializationBeforeValidation", R"({"Name":"","Count":"1"})", ErrorCode::kSerialization,
                "STRING_VALUE can not be converted to an Integer"}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(Decode, FillsEveryKindOfMember) {
  const auto result = decode_json(R"({"Password":"abc","AWSTag":{"TagKey":"k","TagValue":"v"},
      "Context":{"b":"2","a":"1"},"Blobs":["AQ=="],"Tags":[{"TagValue":"","TagKey":"\u00e9"}],"Tokens":["t"],
      "Colours":["RED","RED"],"Colour":"GREEN","Time":1746800000.1234,"Big":5000000000,"Count":10,"DryRun":true,
      "Flag":false,"Blob":"AQID","Secret":"BAUG","Alias":"alias/x","Name":"n"})");
  ASSERT_TRUE(result.has_value()) << result.error().message();
  EXPECT_EQ(result->name, "n");
  EXPECT_EQ(result->alias, "alias/x");
  EXPECT_EQ(to_bytes(insecure_expose(result->secret)), (Bytes{4, 5, 6}));
  EXPECT_EQ(result->blob, (Bytes{1, 2, 3}));
  EXPECT_EQ(result->flag, false);
  EXPECT_TRUE(result->dry_run);
  EXPECT_EQ(result->count, 10);
  EXPECT_EQ(result->big, 5'000'000'000);
  EXPECT_EQ(result->time, from_millis(1746800000123));
  EXPECT_EQ(result->colour, Colour::kGreen);
  EXPECT_EQ(result->colours, (std::vector{Colour::kRed, Colour::kRed}));
  EXPECT_EQ(result->tokens, std::vector<std::string>{"t"});
  ASSERT_EQ(result->tags.size(), 1u);
  EXPECT_EQ(result->tags[0].key, "\u00e9");
  EXPECT_EQ(result->blobs, std::vector<Bytes>{Bytes{1}});
  EXPECT_EQ(result->context, *EncryptionContext::from_pairs({{"a", "1"}, {"b", "2"}}));
  ASSERT_TRUE(result->tag.has_value());
  EXPECT_EQ(result->tag->value, "v");
  EXPECT_EQ(result->password, "abc");
}

TEST(Decode, KeepsDefaultsOfAbsentAndNullMembers) {
  const auto result = decode_json(R"({"Name":"n","Flag":null,"Colour":null,"Tokens":null,"Recipient":null})");
  ASSERT_TRUE(result.has_value()) << result.error().message();
  EXPECT_EQ(result->flag, std::nullopt);
  EXPECT_EQ(result->colour, Colour::kRed);
  EXPECT_FALSE(result->dry_run);
  EXPECT_TRUE(result->tokens.empty());
}

TEST(Decode, IgnoresMembersItDoesNotKnow) {
  EXPECT_TRUE(decode_json(R"({"Other":{"a":[1,{}]},"Name":"n","name":"m"})").has_value());
}

TEST(Decode, MeasuresStringsInUtf16CodeUnits) {
  // Four keys: 16 bytes, 4 characters, 8 code units.
  EXPECT_TRUE(decode_json("{\"Name\":\"\U0001F511\U0001F511\U0001F511\U0001F511\"}").has_value());
  EXPECT_EQ(utf16_length("a\u00e9\u20ac\U0001F511"), 5);
}

TEST(Decode, CutsWhatItEchoes) {
  const std::string name(3000, 'x');
  const auto result = decode_json("{\"Name\":\"a\u00e9" + name + "\"}");
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().message(), "1 validation error detected: Value 'a\u00e9" + name.substr(0, 509) +
                                          "...' at 'name' failed to satisfy constraint: Member must have length less "
                                          "than or equal to 8");
}

TEST(Violations, CountsAllAndShowsTheFirst) {
  Violations violations;
  const Path path{.name = "KeyId"};
  for (std::size_t i = 0; i < Violations::kMaxTexts + 5; ++i) violations.add(path, Echo::of("v"), "R");
  const std::string message = violations.error().message();
  EXPECT_THAT(message, ::testing::StartsWith("25 validation errors detected: Value 'v' at 'keyId' failed to satisfy "
                                             "constraint: R; "));
  EXPECT_EQ(std::ranges::count(message, ';'), 19);
}

TEST(Violations, CutsAnEchoBetweenCharacters) {
  Violations violations;
  violations.add(Path{.name = "A"}, Echo::of(std::string(511, 'x') + "\u00e9" + "y"), "R");
  EXPECT_EQ(violations.error().message(), "1 validation error detected: Value '" + std::string(511, 'x') +
                                              "...' at 'a' failed to satisfy constraint: R");
}

TEST(EnumNames, ConvertBothWays) {
  EXPECT_EQ(enum_name(Colour::kBlue), "BLUE");
  EXPECT_EQ(parse_enum<Colour>("GREEN"), Colour::kGreen);
  EXPECT_EQ(parse_enum<Colour>("green"), std::nullopt);
}

}  // namespace
}  // namespace claviger::wire
