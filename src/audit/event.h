// One audit event as CloudTrail writes it (record format 1.11).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace claviger::audit {

inline constexpr std::string_view kEventVersion = "1.11";
// Longer texts are cut at a character; longer JSON values are left out.
inline constexpr std::size_t kMaxUserAgentBytes = 1024;
inline constexpr std::size_t kMaxErrorMessageBytes = 1024;
inline constexpr std::size_t kMaxArnBytes = 2048;
inline constexpr std::size_t kMaxTextBytes = 512;  // every other text
inline constexpr std::size_t kMaxParametersBytes = 100 * 1024;
inline constexpr std::size_t kMaxAdditionalDataBytes = 28 * 1024;
// A longer event loses its response elements and service details, then its request parameters.
inline constexpr std::size_t kMaxEventBytes = 256 * 1024;
inline constexpr std::size_t kMaxResources = 4;

enum class IdentityType : std::uint8_t {
  kRoot,
  kIamUser,
  kAssumedRole,
  kWebIdentityUser,  // with identity_provider: somebody whom only an identity provider vouches for
  kAwsAccount,
  kAwsService,  // with invoked_by
  kUnknown,     // the caller could not be identified: what is known of it
  kInternal,    // a service event: account and invoked_by without a type
};

struct UserIdentity {
  IdentityType type = IdentityType::kUnknown;
  std::string_view principal_id;
  std::string_view arn;
  std::string_view account_id;
  std::string_view access_key_id;
  std::string_view user_name;
  std::string_view invoked_by;
  std::string_view identity_provider;
  // `sessionContext` as JSON text.
  std::string_view session_context;
};

struct Resource {
  std::string_view account_id;
  std::string_view arn;
  std::string_view type = "AWS::KMS::Key";
};

struct TlsDetails {
  std::string_view version;       // "TLSv1.3"
  std::string_view cipher_suite;  // "TLS_AES_256_GCM_SHA384"
  std::string_view host_header;   // as the client sent it
  std::string_view key_exchange;
};

enum class EventType : std::uint8_t { kAwsApiCall, kAwsServiceEvent };

// Borrows everything. An empty text leaves its member out unless said. Texts may hold any bytes:
// control characters are escaped, bytes that are not UTF-8 become U+FFFD. Members "as JSON text"
// are trusted to be one well-formed value and copied.
struct Event {
  UserIdentity user_identity;
  WallTime time;  // when the call was completed
  std::string_view source = "kms.amazonaws.com";
  std::string_view name;
  std::string_view region;
  std::string_view source_ip;
  std::string_view user_agent;
  std::string_view error_code;
  std::string_view error_message;
  std::string_view request_parameters;     // as JSON text; empty: null
  std::string_view response_elements;      // as JSON text; empty: null
  std::string_view additional_event_data;  // as JSON text
  std::string_view request_id;
  std::string_view event_id;
  bool read_only = false;
  std::optional<std::span<const Resource>> resources;  // at most kMaxResources; none: left out; empty: []
  EventType type = EventType::kAwsApiCall;
  std::string_view recipient_account_id;
  std::string_view shared_event_id;
  std::string_view service_event_details;  // as JSON text
  std::optional<TlsDetails> tls;
};

// Appends the event as one line of JSON without white space between members.
void append_event(const Event& event, std::string& out);

// What the log keeps of a call, in one frame: its event for the account of the caller, behind a tab what was decided
// about it (docs/formats/audit-decisions.md), and behind a record separator (U+001E) each its event for another account
// that it concerns, or what the service did because of it. No event holds either character. The events are what
// CloudTrail would show those accounts; the decisions are for those who run the server and must not reach a caller.
struct RecordedCall {
  std::string_view event;
  std::string_view decisions;            // empty: nothing was decided, or it is not known
  std::vector<std::string_view> copies;  // the events of the other accounts, and those of the service
};
// Views into `payload`.
RecordedCall split_record(std::string_view payload);
// How many accounts one call can concern: the caller's, and those of two keys, or of a role.
inline constexpr std::size_t kMaxRecipients = 3;
// Adds the event of another account, behind everything else of the call. At most kMaxRecipients - 1.
void append_copy(const Event& event, std::string& record);
// Adds a service event that append_event() made. At most one, for a call that concerns one account only.
void append_service_event(std::string_view event, std::string& record);
// `decisions` is one JSON text without control characters, or empty. At most kMaxDecisionsBytes.
void append_decisions(std::string_view decisions, std::string& record);
inline constexpr std::size_t kMaxDecisionsBytes = 32 * 1024;

}  // namespace claviger::audit
