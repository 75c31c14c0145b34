#include "audit/event.h"

#include <algorithm>
#include <utility>

#include "audit/json_text.h"
#include "base/check.h"

namespace claviger::audit {
namespace {

// Which optional parts an event that grew too large has given up.
struct Omit {
  bool response = false;
  bool request = false;
};

// Writes the members of one object; knows whether a comma is due.
class Members final {
 public:
  explicit Members(std::string& out) : out_(out) { out_ += '{'; }
  void end() { out_ += '}'; }

  // `name` is a literal that needs no escaping.
  void name(std::string_view name) {
    const std::size_t start = out_.size();
    const bool comma = !std::exchange(first_, false);
    // At once: an event has some thirty members, and every append looks at the capacity anew.
    const std::size_t end = start + name.size() + 3 + (comma ? 1 : 0);
    out_.resize_and_overwrite(end, [&](char* data, std::size_t) {
      char* at = data + start;
      if (comma) *at++ = ',';
      *at++ = '"';
      at = std::copy(name.begin(), name.end(), at);
      *at++ = '"';
      *at = ':';
      return end;
    });
  }
  void text(std::string_view member, std::string_view value, std::size_t limit = kMaxTextBytes) {
    if (value.empty()) return;
    name(member);
    append_json_string(truncate_utf8(value, limit), out_);
  }
  void raw(std::string_view member, std::string_view json) {
    name(member);
    out_ += json;
  }
  void json(std::string_view member, std::string_view value, std::size_t limit) {
    if (!value.empty() && value.size() <= limit) raw(member, value);
  }
  void json_or_null(std::string_view member, std::string_view value, std::size_t limit) {
    if (value.size() <= limit) raw(member, value.empty() ? "null" : value);
  }

 private:
  std::string& out_;
  bool first_ = true;
};

std::string_view type_name(IdentityType type) {
  switch (type) {
    case IdentityType::kRoot:
      return "Root";
    case IdentityType::kIamUser:
      return "IAMUser";
    case IdentityType::kAssumedRole:
      return "AssumedRole";
    case IdentityType::kAwsAccount:
      return "AWSAccount";
    case IdentityType::kAwsService:
      return "AWSService";
    case IdentityType::kUnknown:
      return "Unknown";
    case IdentityType::kInternal:
      return {};
  }
  CLAVIGER_CHECK(false);
}

void append_identity(const UserIdentity& identity, std::string& out) {
  Members members(out);
  members.text("type", type_name(identity.type));
  members.text("principalId", identity.principal_id);
  members.text("arn", identity.arn, kMaxArnBytes);
  members.text("accountId", identity.account_id);
  members.text("accessKeyId", identity.access_key_id);
  members.text("userName", identity.user_name);
  members.json("sessionContext", identity.session_context, kMaxAdditionalDataBytes);
  members.text("invokedBy", identity.invoked_by);
  members.end();
}

void append_resources(std::span<const Resource> resources, std::string& out) {
  CLAVIGER_CHECK(resources.size() <= kMaxResources);
  out += '[';
  bool first = true;
  for (const Resource& resource : resources) {
    if (!first) out += ',';
    first = false;
    Members members(out);
    members.text("accountId", resource.account_id);
    members.text("type", resource.type);
    members.text("ARN", resource.arn, kMaxArnBytes);
    members.end();
  }
  out += ']';
}

void append_tls(const TlsDetails& tls, std::string& out) {
  Members members(out);
  members.text("tlsVersion", tls.version);
  members.text("cipherSuite", tls.cipher_suite);
  members.text("clientProvidedHostHeader", tls.host_header);
  members.text("keyExchange", tls.key_exchange);
  members.end();
}

void append_with(const Event& event, Omit omit, std::string& out) {
  Members members(out);
  members.text("eventVersion", kEventVersion);
  members.name("userIdentity");
  append_identity(event.user_identity, out);
  members.text("eventTime", format_iso8601(event.time));
  members.text("eventSource", event.source);
  members.text("eventName", event.name);
  members.text("awsRegion", event.region);
  members.text("sourceIPAddress", event.source_ip);
  members.text("userAgent", event.user_agent, kMaxUserAgentBytes);
  members.text("errorCode", event.error_code);
  members.text("errorMessage", event.error_message, kMaxErrorMessageBytes);
  if (!omit.request) members.json_or_null("requestParameters", event.request_parameters, kMaxParametersBytes);
  if (!omit.response) members.json_or_null("responseElements", event.response_elements, kMaxParametersBytes);
  members.json("additionalEventData", event.additional_event_data, kMaxAdditionalDataBytes);
  members.text("requestID", event.request_id);
  members.text("eventID", event.event_id);
  members.raw("readOnly", event.read_only ? "true" : "false");
  if (event.resources) {
    members.name("resources");
    append_resources(*event.resources, out);
  }
  members.text("eventType", event.type == EventType::kAwsApiCall ? "AwsApiCall" : "AwsServiceEvent");
  members.raw("managementEvent", "true");
  members.text("recipientAccountId", event.recipient_account_id);
  members.text("sharedEventID", event.shared_event_id);
  if (!omit.response) members.json("serviceEventDetails", event.service_event_details, kMaxParametersBytes);
  members.raw("eventCategory", "\"Management\"");
  if (event.tls) {
    members.name("tlsDetails");
    append_tls(*event.tls, out);
  }
  members.end();
}

}  // namespace

void append_event(const Event& event, std::string& out) {
  const std::size_t start = out.size();
  for (const Omit omit : {Omit{}, Omit{.response = true}, Omit{.response = true, .request = true}}) {
    out.resize(start);
    append_with(event, omit, out);
    if (out.size() - start <= kMaxEventBytes) return;
  }
  // What is left is bounded: even with each byte of each text escaped to six it stays below the limit.
  CLAVIGER_CHECK(false);
}

}  // namespace claviger::audit
