#include "wire/xml_encode.h"

#include <gtest/gtest.h>

#include <string>

#include "base/testing.h"
#include "wire/protocol.h"
#include "wire/testing.h"

namespace claviger::wire {
namespace {

using testing::Everything;
using testing::full_example;
using testing::kEverything;
using testing::secret_of;

constexpr std::string_view kReplyStart = "<DoResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\">";
constexpr std::string_view kReplyEnd =
    "<ResponseMetadata><RequestId>the-request</RequestId></ResponseMetadata></DoResponse>";

std::string xml_reply(const Everything& object) {
  SecretBytes out;
  encode_query_reply(Service::kIam, "Do", "the-request", kEverything.shape(), &object, out);
  std::string text(as_text(insecure_expose(out)));
  EXPECT_TRUE(text.starts_with(kReplyStart)) << text;
  EXPECT_TRUE(text.ends_with(kReplyEnd)) << text;
  return text.substr(kReplyStart.size(), text.size() - kReplyStart.size() - kReplyEnd.size());
}

TEST(XmlEncode, WritesEveryKind) {
  Everything full = full_example();
  full.name = "a<b";
  full.token = {secret_of("t&k")};
  full.document = "{\"a\": \u00e9*~-._}";
  EXPECT_EQ(xml_reply(full),
            "<DoResult><Name>a&lt;b</Name><Alias></Alias><Secret>Y2FuYXJ5</Secret><Blob>AQID</Blob><Flag>false</Flag>"
            "<DryRun>true</DryRun><Count>-1</Count><Big>5000000000</Big><Time>2025-05-21T05:47:45Z</Time>"
            "<Colour>BLUE</Colour><Colours><member>RED</member><member>GREEN</member></Colours>"
            "<Tokens><member>gt</member></Tokens>"
            "<Tags><member><TagKey>a</TagKey><TagValue>1</TagValue></member>"
            "<member><TagKey>b</TagKey><TagValue></TagValue></member></Tags>"
            "<Blobs><member>AQ==</member><member>Ag==</member></Blobs>"
            "<Context><entry><key>a</key><value>\u00e9</value></entry><entry><key>z</key><value>1</value></entry>"
            "</Context><AWSTag><TagKey>k</TagKey><TagValue>v</TagValue></AWSTag><Password>hunter2</Password>"
            "<Token>t&amp;k</Token><Document>%7B%22a%22%3A%20%C3%A9%2A~-._%7D</Document></DoResult>");
}

TEST(XmlEncode, OmitsWhatIsAbsent) {
  EXPECT_EQ(xml_reply({.name = ""}), "<DoResult><Name></Name><DryRun>false</DryRun><Colour>RED</Colour></DoResult>");
}

TEST(XmlEncode, WritesNoResultForAnActionWithoutOutput) {
  SecretBytes out;
  encode_query_reply(Service::kIam, "Do", "the-request", std::nullopt, nullptr, out);
  EXPECT_EQ(as_text(insecure_expose(out)), std::string(kReplyStart) + std::string(kReplyEnd));
}

TEST(XmlEncode, EscapesEverythingThatAParserWouldReadDifferently) {
  struct Case {
    std::string_view text;
    std::string_view encoded;
  };
  for (const Case& c :
       {Case{"<>&\"'", "&lt;&gt;&amp;&quot;&#39;"}, Case{"a\r\n\tb", "a&#xD;\n\tb"}, Case{"]]>", "]]&gt;"},
        Case{std::string_view("\0\x01\x1f", 3), "\ufffd\ufffd\ufffd"}, Case{"\xef\xbf\xbe\xef\xbf\xbf", "\ufffd\ufffd"},
        Case{"\U0001f511\u00e9\x7f", "\U0001f511\u00e9\x7f"}}) {
    EXPECT_EQ(
        xml_reply({.name = std::string(c.text)}),
        "<DoResult><Name>" + std::string(c.encoded) + "</Name><DryRun>false</DryRun><Colour>RED</Colour></DoResult>");
  }
}

TEST(EncodeReply, IsInTheProtocolOfTheService) {
  const testing::Tag tag{"k", "v"};
  const Shape shape = Structure<testing::Tag>::kMembers;
  const auto encoded = [&](Service service, std::optional<Shape> response) {
    SecretBytes out;
    encode_reply({service, "Do", "id"}, response, &tag, out);
    return std::string(as_text(insecure_expose(out)));
  };
  EXPECT_EQ(encoded(Service::kKms, shape), R"({"TagKey":"k","TagValue":"v"})");
  EXPECT_EQ(encoded(Service::kKms, std::nullopt), "");
  EXPECT_EQ(encoded(Service::kSts, shape),
            "<DoResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><DoResult><TagKey>k</TagKey>"
            "<TagValue>v</TagValue></DoResult><ResponseMetadata><RequestId>id</RequestId></ResponseMetadata>"
            "</DoResponse>");
  EXPECT_EQ(content_type(Service::kKms), "application/x-amz-json-1.1");
  EXPECT_EQ(content_type(Service::kIam), "text/xml");
}

TEST(RequestDecoder, ReadsTheProtocolOfTheService) {
  RequestDecoder decoder;
  const Shape shape = Structure<testing::Tag>::kMembers;
  testing::Tag json;
  EXPECT_TRUE(decoder.decode_into(shape, {Service::kKms, {}, as_bytes(R"({"TagKey":"k","TagValue":"v"})")}, &json));
  EXPECT_EQ(json.value, "v");
  testing::Tag form;
  EXPECT_TRUE(decoder.decode_into(shape, {Service::kIam, "TagKey=k", as_bytes("TagValue=w")}, &form));
  EXPECT_EQ(form.value, "w");
  testing::Tag wrong;
  EXPECT_FALSE(decoder.decode_into(shape, {Service::kIam, {}, as_bytes(R"({"TagKey":"k","TagValue":"v"})")}, &wrong));
  EXPECT_FALSE(decoder.decode_into(shape, {Service::kKms, {}, as_bytes("TagKey=k&TagValue=w")}, &wrong));
}

}  // namespace
}  // namespace claviger::wire
