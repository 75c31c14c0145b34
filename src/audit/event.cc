#include "audit/event.h"

#include <algorithm>
#include <utility>

#include "audit/json_text.h"
#include "audit/log.h"
#include "base/check.h"

namespace claviger::audit {
namespace {

constexpr char kCopySeparator = '\x1e';

// Which optional parts an event that grew too large has given up.
struct Omit {
  bool response = false;
  bool request = false;
};

// Writes the members of one object into memory that is known to suffice. Each begins with a comma; the first one's
// becomes the brace.
class Members final {
 public:
  explicit Members(char*& at) : at_(at), start_(at) {}
  void end() {
    if (at_ == start_) *at_++ = ',';
    *start_ = '{';
    *at_++ = '}';
  }

  // `name` is a literal that needs no escaping.
  template <std::size_t N>
  void name(const char (&name)[N]) {
    *at_++ = ',';
    *at_++ = '"';
    at_ = std::copy_n(name, N - 1, at_);
    *at_++ = '"';
    *at_++ = ':';
  }
  template <std::size_t N>
  void text(const char (&member)[N], std::string_view value, std::size_t limit = kMaxTextBytes) {
    if (value.empty()) return;
    name(member);
    at_ = write_json_string(truncate_utf8(value, limit), at_);
  }
  template <std::size_t N>
  void raw(const char (&member)[N], std::string_view json) {
    name(member);
    at_ = std::copy(json.begin(), json.end(), at_);
  }
  template <std::size_t N>
  void json(const char (&member)[N], std::string_view value, std::size_t limit) {
    if (!value.empty() && value.size() <= limit) raw(member, value);
  }
  template <std::size_t N>
  void json_or_null(const char (&member)[N], std::string_view value, std::size_t limit) {
    if (value.size() <= limit) raw(member, value.empty() ? "null" : value);
  }

 private:
  char*& at_;
  char* const start_;
};

std::string_view type_name(IdentityType type) {
  switch (type) {
    case IdentityType::kRoot:
      return "Root";
    case IdentityType::kIamUser:
      return "IAMUser";
    case IdentityType::kAssumedRole:
      return "AssumedRole";
    case IdentityType::kWebIdentityUser:
      return "WebIdentityUser";
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

char* write_identity(const UserIdentity& identity, char* at) {
  Members members(at);
  members.text("type", type_name(identity.type));
  members.text("principalId", identity.principal_id);
  members.text("arn", identity.arn, kMaxArnBytes);
  members.text("accountId", identity.account_id);
  members.text("accessKeyId", identity.access_key_id);
  members.text("userName", identity.user_name);
  members.json("sessionContext", identity.session_context, kMaxAdditionalDataBytes);
  members.text("invokedBy", identity.invoked_by);
  members.text("identityProvider", identity.identity_provider, kMaxArnBytes);
  members.end();
  return at;
}

char* write_resources(std::span<const Resource> resources, char* at) {
  CLAVIGER_CHECK(resources.size() <= kMaxResources);
  *at++ = '[';
  bool first = true;
  for (const Resource& resource : resources) {
    if (!std::exchange(first, false)) *at++ = ',';
    Members members(at);
    members.text("accountId", resource.account_id);
    members.text("type", resource.type);
    members.text("ARN", resource.arn, kMaxArnBytes);
    members.end();
  }
  *at++ = ']';
  return at;
}

char* write_tls(const TlsDetails& tls, char* at) {
  Members members(at);
  members.text("tlsVersion", tls.version);
  members.text("cipherSuite", tls.cipher_suite);
  members.text("clientProvidedHostHeader", tls.host_header);
  members.text("keyExchange", tls.key_exchange);
  members.end();
  return at;
}

// At least what write_event() writes, for memory that is set aside before.
std::size_t most_bytes(const Event& event) {
  constexpr std::size_t kNames = 2048;  // names, punctuation and what is fixed
  const auto text = [](std::string_view value, std::size_t limit = kMaxTextBytes) {
    return kMaxJsonBytesPerByte * std::min(value.size(), limit);
  };
  const auto json = [](std::string_view value, std::size_t limit) { return value.size() <= limit ? value.size() : 0; };
  const UserIdentity& who = event.user_identity;
  std::size_t size =
      kNames + text(who.principal_id) + text(who.arn, kMaxArnBytes) + text(who.account_id) + text(who.access_key_id) +
      text(who.user_name) + text(who.invoked_by) + text(who.identity_provider, kMaxArnBytes) +
      json(who.session_context, kMaxAdditionalDataBytes) + text(event.source) + text(event.name) + text(event.region) +
      text(event.source_ip) + text(event.user_agent, kMaxUserAgentBytes) + text(event.error_code) +
      text(event.error_message, kMaxErrorMessageBytes) + json(event.request_parameters, kMaxParametersBytes) +
      json(event.response_elements, kMaxParametersBytes) + json(event.additional_event_data, kMaxAdditionalDataBytes) +
      text(event.request_id) + text(event.event_id) + text(event.recipient_account_id) + text(event.shared_event_id) +
      json(event.service_event_details, kMaxParametersBytes);
  if (event.resources) {
    for (const Resource& resource : *event.resources) {
      size += text(resource.account_id) + text(resource.type) + text(resource.arn, kMaxArnBytes);
    }
  }
  if (event.tls) {
    size += text(event.tls->version) + text(event.tls->cipher_suite) + text(event.tls->host_header) +
            text(event.tls->key_exchange);
  }
  return size;
}

char* write_event(const Event& event, Omit omit, char* at) {
  Members members(at);
  members.text("eventVersion", kEventVersion);
  members.name("userIdentity");
  at = write_identity(event.user_identity, at);
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
    at = write_resources(*event.resources, at);
  }
  members.text("eventType", event.type == EventType::kAwsApiCall ? "AwsApiCall" : "AwsServiceEvent");
  members.raw("managementEvent", "true");
  members.text("recipientAccountId", event.recipient_account_id);
  members.text("sharedEventID", event.shared_event_id);
  if (!omit.response) members.json("serviceEventDetails", event.service_event_details, kMaxParametersBytes);
  members.raw("eventCategory", "\"Management\"");
  if (event.tls) {
    members.name("tlsDetails");
    at = write_tls(*event.tls, at);
  }
  members.end();
  return at;
}

}  // namespace

void append_event(const Event& event, std::string& out) {
  const std::size_t start = out.size();
  const std::size_t most = start + most_bytes(event);
  for (const Omit omit : {Omit{}, Omit{.response = true}, Omit{.response = true, .request = true}}) {
    out.resize_and_overwrite(most, [&](char* data, std::size_t) {
      char* const end = write_event(event, omit, data + start);
      const auto size = static_cast<std::size_t>(end - data);
      CLAVIGER_CHECK(size <= most);
      return size;
    });
    if (out.size() - start <= kMaxEventBytes) return;
  }
  // What is left is bounded: even with each byte of each text escaped to six it stays below the limit.
  CLAVIGER_CHECK(false);
}

// An intent has the longest record of a call twice, and each of its events a separator.
static_assert(2 * (kMaxRecipients * (kMaxEventBytes + 1) + kMaxDecisionsBytes) < kMaxPayloadBytes);

RecordedCall split_record(std::string_view payload) {
  RecordedCall call;
  std::size_t end = payload.find(kCopySeparator);
  const std::string_view own = payload.substr(0, end);
  const std::size_t tab = own.find('\t');
  call.event = own.substr(0, tab);
  if (tab != std::string_view::npos) call.decisions = own.substr(tab + 1);
  while (end != std::string_view::npos) {
    const std::size_t start = end + 1;
    end = payload.find(kCopySeparator, start);
    call.copies.push_back(payload.substr(start, end == std::string_view::npos ? end : end - start));
  }
  return call;
}

void append_copy(const Event& event, std::string& record) {
  record += kCopySeparator;
  append_event(event, record);
}

void append_service_event(std::string_view event, std::string& record) {
  CLAVIGER_CHECK(event.size() <= kMaxEventBytes);
  record += kCopySeparator;
  record += event;
}

void append_decisions(std::string_view decisions, std::string& record) {
  if (decisions.empty()) return;
  CLAVIGER_CHECK(decisions.size() <= kMaxDecisionsBytes);
  record += '\t';
  record += decisions;
}

}  // namespace claviger::audit
