#include "wire/encode.h"

#include <gtest/gtest.h>

#include <string>

#include "base/testing.h"
#include "wire/decode.h"
#include "wire/testing.h"

namespace claviger::wire {
namespace {

using testing::Colour;
using testing::Everything;
using testing::full_example;
using testing::kEverything;
using testing::secret_of;

std::string json_reply(const Everything& object) {
  SecretBytes out;
  encode(kEverything, object, out);
  return std::string(as_text(insecure_expose(out)));
}

std::string audit_text(const Everything& object) {
  std::string out;
  encode_audit(kEverything, object, out);
  return out;
}

TEST(Encode, WritesEveryKind) {
  EXPECT_EQ(json_reply(full_example()),
            R"({"Name":"n\"\n","Alias":"","Secret":"Y2FuYXJ5","Blob":"AQID","Flag":false,"DryRun":true,"Count":-1,)"
            R"("Big":5000000000,"Time":1747806465.12,"Colour":"BLUE","Colours":["RED","GREEN"],"Tokens":["gt"],)"
            R"("Tags":[{"TagKey":"a","TagValue":"1"},{"TagKey":"b","TagValue":""}],"Blobs":["AQ==","Ag=="],)"
            "\"Context\":{\"a\":\"\u00e9\",\"z\":\"1\"},"
            R"("AWSTag":{"TagKey":"k","TagValue":"v"},"Password":"hunter2"})");
}

TEST(Encode, OmitsWhatIsAbsent) { EXPECT_EQ(json_reply(Everything{}), R"({"Name":"","DryRun":false,"Colour":"RED"})"); }

TEST(Encode, OfNoMembersIsAnEmptyObject) {
  struct Nothing {};
  static constexpr auto kNothing = members<Nothing>();
  SecretBytes out;
  encode(kNothing, Nothing{}, out);
  EXPECT_EQ(as_text(insecure_expose(out)), "{}");
}

TEST(Encode, AuditRecordShowsTheDefaultOfABooleanThatWasNotSent) {
  struct Flag {
    std::optional<bool> set;
  };
  static constexpr auto kFlag = members<Flag>(optional<&Flag::set>("Set", audit_always));
  const auto audited = [](std::optional<bool> value) {
    std::string out;
    encode_audit(kFlag, Flag{value}, out);
    return out;
  };
  EXPECT_EQ(audited(std::nullopt), R"({"set":false})");
  EXPECT_EQ(audited(false), R"({"set":false})");
  EXPECT_EQ(audited(true), R"({"set":true})");
  SecretBytes out;
  encode(kFlag, Flag{}, out);
  EXPECT_EQ(as_text(insecure_expose(out)), "{}") << "a reply does not";
}

TEST(Encode, AppendsToWhatIsThere) {
  SecretBytes out = secret_of("x");
  encode(kEverything, Everything{}, out);
  EXPECT_TRUE(as_text(insecure_expose(out)).starts_with("x{"));
}

TEST(Encode, IsUndoneByDecode) {
  Everything object = full_example();
  object.name = "n";
  object.alias = "alias/1";
  object.secret = secret_of("abc");
  object.count = 3;
  object.colour = Colour::kGreen;
  object.colours = {Colour::kRed};
  object.password = "abc";
  const std::string text = json_reply(object);
  json::Parser parser;
  const auto decoded = decode(kEverything, parser, as_bytes(text));
  ASSERT_TRUE(decoded.has_value()) << decoded.error().message();
  EXPECT_EQ(json_reply(*decoded), text);
}

TEST(EncodeTime, WritesMillisecondsWithoutTrailingZeros) {
  const auto time = [](std::int64_t millis) {
    Everything object;
    object.time = from_millis(millis);
    const std::string text = json_reply(object);
    const std::size_t start = text.find("\"Time\":") + 7;
    return text.substr(start, text.find(',', start) - start);
  };
  EXPECT_EQ(time(0), "0");
  EXPECT_EQ(time(1), "0.001");
  EXPECT_EQ(time(1500), "1.5");
  EXPECT_EQ(time(-1), "-0.001");
  EXPECT_EQ(time(1747806465123), "1747806465.123");
}

TEST(EncodeAudit, ShowsLowerCamelNamesAndNeverBlobsOrSecrets) {
  EXPECT_EQ(audit_text(full_example()),
            R"({"name":"n\"\n","alias":"","flag":false,"count":-1,"big":5000000000,"time":"May 21, 2025, 5:47:45 AM",)"
            R"("colour":"BLUE","colours":["RED","GREEN"],"tags":[{"tagKey":"a","tagValue":"1"},)"
            "{\"tagKey\":\"b\",\"tagValue\":\"\"}],\"context\":{\"a\":\"\u00e9\",\"z\":\"1\"},"
            R"("aWSTag":{"tagKey":"k","tagValue":"v"}})");
}

TEST(EncodeAudit, ShowsDefaultsOnlyWhereAlwaysAudited) {
  EXPECT_EQ(audit_text(Everything{}), R"({"name":"","colour":"RED"})");
}

struct AuditedTime {
  std::int64_t seconds;
  const char* text;
};

TEST(EncodeAudit, WritesTimesAsCloudTrailDoes) {
  for (const AuditedTime& row :
       {AuditedTime{0, "Jan 1, 1970, 12:00:00 AM"}, AuditedTime{43200, "Jan 1, 1970, 12:00:00 PM"},
        AuditedTime{46799, "Jan 1, 1970, 12:59:59 PM"}, AuditedTime{46800, "Jan 1, 1970, 1:00:00 PM"},
        AuditedTime{-1, "Dec 31, 1969, 11:59:59 PM"}, AuditedTime{1709164800, "Feb 29, 2024, 12:00:00 AM"}}) {
    Everything object;
    object.time = from_millis(row.seconds * 1000);
    EXPECT_EQ(audit_text(object), "{\"name\":\"\",\"time\":\"" + std::string(row.text) + "\",\"colour\":\"RED\"}");
  }
}

}  // namespace
}  // namespace claviger::wire
