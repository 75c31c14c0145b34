#include "iam/authenticator.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <optional>
#include <unordered_map>

#include "iam/access_key.h"
#include "iam/canonical_request.h"
#include "iam/query_parameters.h"
#include "iam/session_caller.h"
#include "iam/signature_claims.h"
#include "iam/signing_keys.h"
#include "iam/text.h"

namespace claviger::iam {
namespace {

constexpr std::string_view kTerminator = "aws4_request";

std::unexpected<Error> invalid_signature(std::string message) {
  return fail(ErrorCode::kInvalidSignature, std::move(message));
}

std::unexpected<Error> unrecognized_client() {
  return fail(ErrorCode::kUnrecognizedClient, "The security token included in the request is invalid.");
}

}  // namespace

struct Authenticator::Impl {
  // An opened session token.
  struct Session {
    SessionClaims claims;
    Credential credential;
    std::uint64_t generation = 0;  // of the snapshot that the caller was made from
    std::uint64_t last_use = 0;
  };

  struct DigestHash {
    std::size_t operator()(const crypto::Digest256& digest) const {
      std::size_t first = 0;
      std::memcpy(&first, digest.data(), sizeof first);
      return first;
    }
  };

  Impl(const Registry& the_registry, const SessionTokens& the_tokens, Clocks the_clocks, Options the_options)
      : registry(the_registry),
        tokens(the_tokens),
        clocks(the_clocks),
        options(the_options),
        signing_keys(std::max<std::size_t>(options.max_signing_keys, 1)),
        stand_in(SecretBytes::copy_of(as_bytes("AWS40000000000000000000000000000000000000000"))) {}

  Result<Authenticated> authenticate(const SignedRequest& request);
  Status check_scope(std::string_view timestamp, std::span<const Service> services) const;
  Status check_time(std::string_view timestamp) const;
  Result<Authenticated> verify(const SignedRequest& request, std::string_view timestamp);
  bool signature_holds(const Credential* credential);
  Session* find_session(std::string_view token);
  bool revive(Session& session) const;
  void keep_session();
  void refresh();

  const Registry& registry;
  const SessionTokens& tokens;
  const Clocks clocks;
  const Options options;

  // The snapshot in use, and which one it is.
  std::shared_ptr<const Snapshot> snapshot;
  std::uint64_t generation = 0;

  crypto::Sha256 sha256;
  SigningKeys signing_keys;
  // Verified against when the access key is unknown, so that this costs what a wrong signature costs.
  const SecretBytes stand_in;
  QueryParameters parameters;
  SignatureClaims claims;
  std::string canonical_request, string_to_sign, expected;

  // By the digest of the token, because a look-up takes longer the more of it is right, and digests are of no use to
  // who guesses. Only what came with a signature that holds is kept, so nobody without credentials can fill this.
  std::unordered_map<crypto::Digest256, Session, DigestHash> sessions;
  // The one that this request brought and that is not kept yet.
  std::optional<Session> new_session;
  crypto::Digest256 token_digest{};  // of the token of this request
  std::uint64_t uses = 0;
};

void Authenticator::Impl::refresh() {
  const std::uint64_t newest = registry.generation();
  if (newest == generation) return;
  snapshot = registry.snapshot();
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
  const WallTime now = clocks.clients.now();
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

  const Session* session = claims.security_token ? find_session(*claims.security_token) : nullptr;
  const Credential* credential = session != nullptr ? &session->credential : nullptr;
  if (!claims.security_token) credential = snapshot->credential(claims.access_key_id);
  const bool holds = signature_holds(credential);
  // Only now, after the same work for all of them, may the cases part.
  if (credential == nullptr) return unrecognized_client();
  if (!holds || !complete || !body_agrees) {
    return invalid_signature(
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access "
        "Key and signing method. Consult the service documentation for details.");
  }
  const Service service = *parse_service(claims.service);
  std::shared_ptr<const Caller> caller = credential->caller;
  if (session != nullptr) {
    if (session->claims.expires <= clocks.sessions.now()) {
      return fail(ErrorCode::kExpiredToken, "The security token included in the request is expired");
    }
    // Credentials of GetSessionToken are good for IAM only with MFA, which there is none of.
    if (service == Service::kIam && session->claims.kind != SessionKind::kRole) return unrecognized_client();
    keep_session();
  }
  const Region region = *Region::parse(claims.region);
  if (region.partition() != registry.partition()) {
    caller = std::make_shared<const Caller>(in_partition(*caller, region.partition()));
  }
  return Authenticated{std::move(caller), region, service};
}

// The session of this token if it is ours, belongs to the access key, and its role or user is still there.
Authenticator::Impl::Session* Authenticator::Impl::find_session(std::string_view token) {
  new_session.reset();
  Session* session = nullptr;
  token_digest = sha256.digest(as_bytes(token));
  if (const auto kept = sessions.find(token_digest); kept != sessions.end()) {
    session = &kept->second;
  } else {
    auto opened = tokens.open(token);
    if (!opened) return nullptr;
    auto secret = std::make_shared<const SecretBytes>(signing_secret(std::move(opened->secret)));
    session = &new_session.emplace(Session{std::move(opened->claims), {nullptr, std::move(secret)}});
  }
  if (session->claims.access_key_id != claims.access_key_id || !revive(*session)) return nullptr;
  session->last_use = ++uses;
  return session;
}

// Makes the caller anew after anything changed in the registry.
bool Authenticator::Impl::revive(Session& session) const {
  if (session.generation != generation) {
    session.generation = generation;
    session.credential.caller = nullptr;
    auto caller = session_caller(*snapshot, registry.partition(), session.claims);
    if (caller) session.credential.caller = std::make_shared<const Caller>(*std::move(caller));
  }
  return session.credential.caller != nullptr;
}

void Authenticator::Impl::keep_session() {
  if (!new_session) return;
  if (sessions.size() >= std::max<std::size_t>(options.max_sessions, 1)) {
    sessions.erase(std::min_element(sessions.begin(), sessions.end(), [](const auto& a, const auto& b) {
      return a.second.last_use < b.second.last_use;
    }));
  }
  sessions.insert_or_assign(token_digest, *std::move(new_session));
  new_session.reset();
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
  crypto::HmacSha256 key = derive(credential != nullptr ? *credential->signing_secret : stand_in);
  if (!compare(key) || credential == nullptr) return false;
  signing_keys.insert(claims.credential, std::move(key));
  return true;
}

Authenticator::Authenticator(const Registry& registry, const SessionTokens& tokens, Clocks clocks, Options options)
    : impl_(std::make_unique<Impl>(registry, tokens, clocks, options)) {}
Authenticator::~Authenticator() = default;

Result<Authenticated> Authenticator::authenticate(const SignedRequest& request) { return impl_->authenticate(request); }

}  // namespace claviger::iam
