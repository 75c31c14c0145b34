#include "audit/event.h"

#include <gtest/gtest.h>
#include <simdjson.h>

#include "audit/json_text.h"
#include "base/encoding.h"

namespace claviger::audit {
namespace {

std::string encoded(const Event& event) {
  std::string out;
  append_event(event, out);
  return out;
}

Event encrypt_event(std::span<const Resource> resources) {
  Event event;
  event.user_identity = {.type = IdentityType::kRoot,
                         .principal_id = "000000000000",
                         .arn = "arn:aws:iam::000000000000:root",
                         .account_id = "000000000000",
                         .access_key_id = "claviger"};
  event.time = from_millis(1'767'225'601'234);
  event.name = "Encrypt";
  event.region = "us-east-1";
  event.source_ip = "127.0.0.1";
  event.user_agent = "aws-cli/1.40";
  event.request_parameters = R"({"keyId":"alias/a","encryptionAlgorithm":"SYMMETRIC_DEFAULT"})";
  event.additional_event_data = R"({"keyMaterialId":"00"})";
  event.request_id = "request";
  event.event_id = "event";
  event.read_only = true;
  event.resources = resources;
  event.recipient_account_id = "000000000000";
  event.tls = TlsDetails{"TLSv1.3", "TLS_AES_256_GCM_SHA384", "localhost", {}};
  return event;
}

TEST(Event, ASuccessfulEncryptHasTheMembersOfCloudTrail) {
  const Resource key{"000000000000", "arn:aws:kms:us-east-1:000000000000:key/k"};
  EXPECT_EQ(
      encoded(encrypt_event({&key, 1})),
      R"({"eventVersion":"1.11","userIdentity":{"type":"Root","principalId":"000000000000",)"
      R"("arn":"arn:aws:iam::000000000000:root","accountId":"000000000000","accessKeyId":"claviger"},)"
      R"("eventTime":"2026-01-01T00:00:01Z","eventSource":"kms.amazonaws.com","eventName":"Encrypt",)"
      R"("awsRegion":"us-east-1","sourceIPAddress":"127.0.0.1","userAgent":"aws-cli/1.40",)"
      R"("requestParameters":{"keyId":"alias/a","encryptionAlgorithm":"SYMMETRIC_DEFAULT"},"responseElements":null,)"
      R"("additionalEventData":{"keyMaterialId":"00"},"requestID":"request","eventID":"event","readOnly":true,)"
      R"("resources":[{"accountId":"000000000000","type":"AWS::KMS::Key",)"
      R"("ARN":"arn:aws:kms:us-east-1:000000000000:key/k"}],"eventType":"AwsApiCall","managementEvent":true,)"
      R"("recipientAccountId":"000000000000","eventCategory":"Management","tlsDetails":{"tlsVersion":"TLSv1.3",)"
      R"("cipherSuite":"TLS_AES_256_GCM_SHA384","clientProvidedHostHeader":"localhost"}})");
}

TEST(Event, EveryKindOfCallerIsWrittenAsCloudTrailWritesIt) {
  const struct {
    UserIdentity identity;
    std::string_view expected;
  } rows[] = {
      {{.type = IdentityType::kIamUser,
        .principal_id = "AIDAEXAMPLEUSERID2345",
        .arn = "arn:aws:iam::111122223333:user/u",
        .account_id = "111122223333",
        .access_key_id = "AKIA",
        .user_name = "u"},
       R"({"type":"IAMUser","principalId":"AIDAEXAMPLEUSERID2345","arn":"arn:aws:iam::111122223333:user/u",)"
       R"("accountId":"111122223333","accessKeyId":"AKIA","userName":"u"})"},
      {{.type = IdentityType::kAssumedRole,
        .principal_id = "AROAEXAMPLEROLEID2345:job",
        .arn = "arn:aws:sts::111122223333:assumed-role/r/job",
        .account_id = "111122223333",
        .access_key_id = "ASIA",
        .session_context = R"({"attributes":{}})"},
       R"({"type":"AssumedRole","principalId":"AROAEXAMPLEROLEID2345:job",)"
       R"("arn":"arn:aws:sts::111122223333:assumed-role/r/job","accountId":"111122223333","accessKeyId":"ASIA",)"
       R"("sessionContext":{"attributes":{}}})"},
      {{.type = IdentityType::kWebIdentityUser,
        .principal_id = "provider:aud:sub",
        .user_name = "sub",
        .identity_provider = "provider"},
       R"({"type":"WebIdentityUser","principalId":"provider:aud:sub","userName":"sub","identityProvider":"provider"})"},
      {{.type = IdentityType::kAwsService, .invoked_by = "s3.amazonaws.com"},
       R"({"type":"AWSService","invokedBy":"s3.amazonaws.com"})"},
  };
  for (const auto& row : rows) {
    Event event;
    event.user_identity = row.identity;
    EXPECT_NE(encoded(event).find(std::string(R"("userIdentity":)").append(row.expected).append(",")),
              std::string::npos)
        << encoded(event);
  }
}

TEST(Event, AServiceEventHasNoTypeNoRequestAndItsDetails) {
  Event event;
  event.user_identity = {.type = IdentityType::kInternal, .account_id = "000000000000", .invoked_by = "AWS Internal"};
  event.name = "DeleteKey";
  event.type = EventType::kAwsServiceEvent;
  event.service_event_details = R"({"keyId":"k"})";
  EXPECT_EQ(encoded(event),
            R"({"eventVersion":"1.11","userIdentity":{"accountId":"000000000000","invokedBy":"AWS Internal"},)"
            R"("eventTime":"1970-01-01T00:00:00Z","eventSource":"kms.amazonaws.com","eventName":"DeleteKey",)"
            R"("requestParameters":null,"responseElements":null,"readOnly":false,"eventType":"AwsServiceEvent",)"
            R"("managementEvent":true,"serviceEventDetails":{"keyId":"k"},"eventCategory":"Management"})");
}

TEST(JsonString, EscapesWhatJsonForbidsAndReplacesWhatIsNotUtf8) {
  const struct {
    std::string_view name, text, expected;
  } rows[] = {
      {"plain", "abc", R"("abc")"},
      {"empty", "", R"("")"},
      {"quote and backslash", "a\"b\\", R"("a\"b\\")"},
      {"short escapes", "\n\r\t", R"("\n\r\t")"},
      {"controls", std::string_view("\0\x1f\x7f", 3), R"("\u0000\u001f\u007f")"},
      {"two, three and four bytes", "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x94\x91", "\"\xC3\xA9\xE2\x82\xAC\xF0\x9F\x94\x91\""},
      {"lone continuation", "\x80z", "\"\xEF\xBF\xBDz\""},
      {"truncated at the end", "\xE2\x82", "\"\xEF\xBF\xBD\xEF\xBF\xBD\""},
      {"overlong slash", "\xC0\xAF", "\"\xEF\xBF\xBD\xEF\xBF\xBD\""},
      {"surrogate", "\xED\xA0\x80", "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\""},
      {"beyond U+10FFFF", "\xF4\x90\x80\x80", "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\""},
  };
  for (const auto& row : rows) {
    std::string out;
    out.resize(2 + kMaxJsonBytesPerByte * row.text.size());
    out.resize(static_cast<std::size_t>(write_json_string(row.text, out.data()) - out.data()));
    EXPECT_EQ(out, row.expected) << row.name;
  }
}

TEST(TruncateUtf8, NeverSplitsACharacter) {
  EXPECT_EQ(truncate_utf8("abc", 3), "abc");
  EXPECT_EQ(truncate_utf8("abc", 2), "ab");
  EXPECT_EQ(truncate_utf8("a\xE2\x82\xAC", 3), "a");
  EXPECT_EQ(truncate_utf8("a\xE2\x82\xAC", 4), "a\xE2\x82\xAC");
  EXPECT_EQ(truncate_utf8("\x80\x80\x80\x80\x80\x80", 5).size(), 1u);
}

TEST(Event, LongTextsAreCutAndLongValuesLeftOut) {
  Event event;
  const std::string text(5000, 'x');
  event.user_agent = text;
  event.error_message = text;
  const std::string large = "\"" + std::string(kMaxParametersBytes, 'p') + "\"";
  event.request_parameters = large;
  event.additional_event_data = large;
  const std::string out = encoded(event);
  EXPECT_NE(out.find("\"userAgent\":\"" + std::string(1024, 'x') + "\""), std::string::npos);
  EXPECT_NE(out.find("\"errorMessage\":\"" + std::string(1024, 'x') + "\""), std::string::npos);
  EXPECT_EQ(out.find("requestParameters"), std::string::npos);
  EXPECT_EQ(out.find("additionalEventData"), std::string::npos);
}

TEST(Event, TheWorstOfEverythingStaysBelowTheLimitAndIsJson) {
  const std::string text(5000, '\x01');
  const std::string data = "\"" + std::string(kMaxAdditionalDataBytes - 2, 'a') + "\"";
  const std::string parameters = "\"" + std::string(kMaxParametersBytes - 2, 'p') + "\"";
  const std::vector<Resource> resources(kMaxResources, Resource{text, text, text});
  Event event;
  event.user_identity = {IdentityType::kAssumedRole, text, text, text, text, text, text, data};
  event.source = event.name = event.region = event.source_ip = event.user_agent = event.error_code = text;
  event.error_message = event.request_id = event.event_id = event.recipient_account_id = event.shared_event_id = text;
  event.request_parameters = event.response_elements = event.service_event_details = parameters;
  event.additional_event_data = data;
  event.resources = resources;
  event.tls = TlsDetails{text, text, text, text};
  const std::string out = encoded(event);
  EXPECT_LE(out.size(), kMaxEventBytes);
  simdjson::dom::parser parser;
  EXPECT_EQ(parser.parse(out).error(), simdjson::SUCCESS);
}

TEST(RecordedCall, TheEventEndsAtTheTab) {
  // No event holds one, whatever its texts are.
  Event event = encrypt_event({});
  event.user_agent = "a\tb";
  std::string record = encoded(event);
  EXPECT_EQ(record.find('\t'), std::string::npos);
  const std::string alone = record;
  append_decisions("", record);
  EXPECT_EQ(record, alone);
  EXPECT_EQ(split_record(record).event, alone);
  EXPECT_EQ(split_record(record).decisions, "");
  append_decisions("[1]", record);
  EXPECT_EQ(split_record(record).event, alone);
  EXPECT_EQ(split_record(record).decisions, "[1]");
}

TEST(RecordedCall, EventsOfOtherAccountsFollowTheSeparator) {
  Event event = encrypt_event({});
  event.user_agent = "a\x1e\x1e";
  std::string record = encoded(event);
  const std::string own = record;
  EXPECT_TRUE(split_record(record).copies.empty());
  for (const std::string_view decisions : {"", "[1]"}) {
    std::string call = own;
    append_decisions(decisions, call);
    event.recipient_account_id = "444455556666";
    append_copy(event, call);
    const std::string first = encoded(event);
    event.recipient_account_id = "777788889999";
    append_copy(event, call);
    const std::string second = encoded(event);
    const RecordedCall split = split_record(call);
    EXPECT_EQ(split.event, own);
    EXPECT_EQ(split.decisions, decisions);
    EXPECT_EQ(split.copies, (std::vector<std::string_view>{first, second}));
  }
}

}  // namespace
}  // namespace claviger::audit
