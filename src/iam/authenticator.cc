#include "iam/authenticator.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <optional>

#include "iam/canonical_request.h"
#include "iam/query_parameters.h"
#include "iam/signature_claims.h"
#include "iam/signing_keys.h"

namespace claviger::iam {
namespace {

constexpr std::string_view kTerminator = "aws4_request";

std::unexpected<Error> invalid_signature(std::string message) {
  return fail(ErrorCode::kInvalidSignature, std::move(message));
}

std::unexpected<Error> unrecognized_client() {
  return fail(ErrorCode::kUnrecognizedClient, "The security token included in the request is invalid.");
}

// Only what a date, a service or a terminator may look like goes into a message.
std::string printable(std::string_view text) {
  std::string out(text.substr(0, 64));
  std::replace_if(out.begin(), out.end(), [](char c) { return c < 0x20 || c > 0x7e; }, '?');
  return out;
}

}  // namespace

struct Authenticator::Impl {
  Impl(const Credentials& all_credentials, const Clock& the_clock, Options the_options)
      : credentials(all_credentials),
        clock(the_clock),
        options(std::move(the_options)),
        signing_keys(std::max<std::size_t>(options.max_signing_keys, 1)),
        stand_in(SecretBytes::copy_of(as_bytes("AWS40000000000000000000000000000000000000000"))) {}

  Result<Authenticated> authenticate(const SignedRequest& request);
  Status check_scope(std::string_view timestamp, std::span<const Service> services) const;
  Status check_time(std::string_view timestamp) const;
  Result<Authenticated> verify(const SignedRequest& request, std::string_view timestamp);
  bool signature_holds(const Credential* credential);
  void refresh();

  const Credentials& credentials;
  const Clock& clock;
  const Options options;

  // The snapshot in use, and which one it is.
  std::shared_ptr<const CredentialSnapshot> snapshot;
  std::uint64_t generation = 0;

  crypto::Sha256 sha256;
  SigningKeys signing_keys;
  // Verified against when the access key is unknown, so that this costs what a wrong signature costs.
  const SecretBytes stand_in;
  QueryParameters parameters;
  SignatureClaims claims;
  std::string canonical_request, string_to_sign, expected;
};

void Authenticator::Impl::refresh() {
  const std::uint64_t newest = credentials.generation();
  if (newest == generation) return;
  snapshot = credentials.snapshot();
  generation = newest;
  // A key derived from a secret that was replaced or removed must not outlive it.
  signing_keys.clear();
}

Result<Authenticated> Authenticator::Impl::authenticate(const SignedRequest& request) {
  refresh();
  if (!parameters.parse(request.query)) {
    return fail(ErrorCode::kIncompleteSignature, "The query string is too long.");
  }
  CLAVIGER_TRY(read_claims(request, parameters, sha256, claims));
  std::string formatted;
  if (claims.timestamp.empty()) formatted = format_basic_iso8601(claims.time);
  const std::string_view timestamp = claims.timestamp.empty() ? formatted : claims.timestamp;
  CLAVIGER_TRY(check_scope(timestamp, request.services));
  CLAVIGER_TRY(check_time(timestamp));
  return verify(request, timestamp);
}

// Reports everything that is wrong with the scope at once, as AWS does.
Status Authenticator::Impl::check_scope(std::string_view timestamp, std::span<const Service> services) const {
  std::string problems;
  if (!Region::parse(claims.region)) problems += "Credential should be scoped to a valid region. ";
  const auto service = parse_service(claims.service);
  if (!service || std::find(services.begin(), services.end(), *service) == services.end()) {
    problems +=
        fmt::format("Credential should be scoped to correct service: '{}'. ", service_info(services.front()).name);
  }
  if (claims.terminator != kTerminator) {
    problems += fmt::format("Credential should be scoped with a valid terminator: '{}', not '{}'. ", kTerminator,
                            printable(claims.terminator));
  }
  if (claims.date != timestamp.substr(0, 8)) {
    problems += fmt::format(
        "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
        "'{}' != '{}', from '{}'. ",
        printable(claims.date), timestamp.substr(0, 8), timestamp);
  }
  if (!problems.empty()) return invalid_signature(std::move(problems));
  return {};
}

Status Authenticator::Impl::check_time(std::string_view timestamp) const {
  const WallTime now = clock.now();
  const auto text = [](WallTime time) { return format_basic_iso8601(time); };
  const auto minutes = [](std::chrono::seconds time) { return fmt::format("{} min.", time.count() / 60); };
  if (claims.time > now + options.clock_skew) {
    return invalid_signature(fmt::format("Signature not yet current: {} is still later than {} ({} + {})", timestamp,
                                         text(now + options.clock_skew), text(now), minutes(options.clock_skew)));
  }
  const std::chrono::seconds lifetime = claims.expires.value_or(options.clock_skew);
  if (claims.time + lifetime < now) {
    return invalid_signature(
        fmt::format("Signature expired: {} is now earlier than {} ({} - {})", timestamp, text(now - lifetime),
                    text(now), claims.expires ? fmt::format("{} sec.", lifetime.count()) : minutes(lifetime)));
  }
  return {};
}

Result<Authenticated> Authenticator::Impl::verify(const SignedRequest& request, std::string_view timestamp) {
  const crypto::Digest256 body_digest = sha256.digest(request.body);
  canonical_request.clear();
  const bool complete = append_canonical_request(request, parameters, claims.signed_headers, body_digest,
                                                 CanonicalOptions{}, canonical_request);
  string_to_sign.clear();
  append_string_to_sign(timestamp, claims.scope, sha256.digest(as_bytes(canonical_request)), string_to_sign);
  // The canonical request ends in the hash of the real body; a client that names one must name the same.
  const bool body_agrees = !claims.content_sha256 || (claims.content_sha256->size() == 2 * body_digest.size() &&
                                                      canonical_request.ends_with(*claims.content_sha256));

  const Credential* credential = snapshot->find(claims.access_key_id);
  const bool holds = signature_holds(credential);
  // Only now, after the same work for all of them, may the cases part.
  if (credential == nullptr) return unrecognized_client();
  if (!holds || !complete || !body_agrees) {
    return invalid_signature(
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access "
        "Key and signing method. Consult the service documentation for details.");
  }
  // A root access key is long-term: no session token belongs to it.
  if (claims.has_security_token) return unrecognized_client();
  const Region region = *Region::parse(claims.region);
  std::shared_ptr<const Caller> caller = credential->caller;
  if (region.partition() != "aws") {
    caller = std::make_shared<const Caller>(root_caller(region.partition(), caller->account, caller->access_key_id));
  }
  return Authenticated{std::move(caller), region, *parse_service(claims.service)};
}

// Every refusal costs exactly one derivation, one MAC and one comparison, whether the access key is known, unknown, or
// known with its derived key at hand. A key is kept only after it has verified a signature, so nobody without a secret
// can fill the cache or tell what is in it.
bool Authenticator::Impl::signature_holds(const Credential* credential) {
  const auto compare = [&](crypto::HmacSha256& key) {
    expected.clear();
    append_hex(key.mac(as_bytes(string_to_sign)), expected);
    return constant_time_equal(as_bytes(expected), as_bytes(claims.signature));
  };
  const auto derive = [&](const SecretBytes& secret) {
    return derive_signing_key(secret, claims.date, claims.region, claims.service, claims.terminator);
  };
  if (crypto::HmacSha256* cached = signing_keys.find(claims.credential)) {
    if (compare(*cached)) return true;
    derive(stand_in);
    return false;
  }
  crypto::HmacSha256 key = derive(credential != nullptr ? credential->signing_secret : stand_in);
  if (!compare(key) || credential == nullptr) return false;
  signing_keys.insert(claims.credential, std::move(key));
  return true;
}

Authenticator::Authenticator(const Credentials& credentials, const Clock& clock, Options options)
    : impl_(std::make_unique<Impl>(credentials, clock, std::move(options))) {}
Authenticator::~Authenticator() = default;

Result<Authenticated> Authenticator::authenticate(const SignedRequest& request) { return impl_->authenticate(request); }

}  // namespace claviger::iam
