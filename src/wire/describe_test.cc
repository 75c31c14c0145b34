#include "wire/describe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/json.h"
#include "wire/testing.h"

namespace claviger::wire {
namespace {

using ::testing::HasSubstr;

std::string description() {
  std::string out;
  describe_action("iam", "Do", testing::kEverything, Structure<testing::Tag>::kMembers, out);
  return out;
}

TEST(Describe, IsValidJson) {
  json::Parser parser;
  EXPECT_TRUE(parser.parse(as_bytes(description())).has_value());
}

TEST(Describe, ListsEveryMemberWithWhatIsDeclared) {
  const std::string text = description();
  for (const char* member : {
           R"({"name":"Name","required":true,"supported":true,"type":"String","min":1,"max":8,"audited":"whenSent"})",
           R"("type":"String","min":1,"max":12,"pattern":"^alias/.*$","audited":"whenSent"})",
           R"({"name":"Secret","required":false,"supported":true,"type":"Blob","min":1,"max":4,"sensitive":true,)"
           R"("audited":"never"})",
           R"({"name":"Time","required":false,"supported":true,"type":"Timestamp","audited":"whenSent"})",
           R"({"name":"Colour","required":false,"supported":true,"type":"Enum","values":["RED","GREEN"],)"
           R"("missingValues":["BLUE"],"audited":"always"})",
           R"("type":"List","min":1,"max":3,"element":{"type":"String","min":1,"max":4},"audited":"never"})",
           R"("type":"List","min":0,"max":2,"element":{"type":"Enum","values":["RED"],)"
           R"("missingValues":["GREEN","BLUE"]},"audited":"whenSent"})",
           R"({"name":"Token","required":false,"supported":true,"type":"String","min":2,"max":4,"sensitive":true,)"
           R"("audited":"never"})",
           R"("pattern":"[^!]+","urlEncoded":true,"audited":"whenSent"})",
           R"({"name":"AWSTag","required":false,"supported":true,"type":"Structure","members":[{"name":"TagKey",)",
           R"({"name":"Recipient","required":false,"supported":false,"reason":"attested enclaves are not built"}])",
       }) {
    EXPECT_THAT(text, HasSubstr(member));
  }
  EXPECT_TRUE(text.starts_with(R"({"service":"iam","action":"Do","request":[{"name":"Name",)"));
  EXPECT_TRUE(
      text.ends_with(R"(],"response":[{"name":"TagKey","required":true,"supported":true,"type":"String","min":1,)"
                     R"("max":4,"audited":"whenSent"},{"name":"TagValue","required":true,"supported":true,)"
                     R"("type":"String","min":0,"max":4,"audited":"whenSent"}]})"));
}

}  // namespace
}  // namespace claviger::wire
