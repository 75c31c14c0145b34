// Signature Version 4: who signed this request, and does the signature hold?
// (IAM User Guide, "Create a signed AWS API request"; header and query forms.)
//
// Stricter than AWS in what must be signed: host, the date, the body, and every x-amz-* header that the request
// carries. x-amz-target names the operation, so a signature that left it out would be good for every operation.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>

#include "base/clock.h"
#include "base/identifiers.h"
#include "base/result.h"
#include "base/service.h"
#include "iam/caller.h"
#include "iam/registry.h"
#include "iam/session_tokens.h"
#include "iam/signed_request.h"

namespace claviger::iam {

struct Authenticated {
  std::shared_ptr<const Caller> caller;  // never null
  Region region;                         // of the credential scope; whether it is served is for others to say
  Service service;                       // of the credential scope; one of SignedRequest::services
};

// Keeps its buffers and derived signing keys between requests. Not thread-safe: one for each event loop.
class Authenticator final {
 public:
  struct Options {
    std::chrono::seconds clock_skew{300};  // each way
    std::size_t max_signing_keys = 256;    // derived keys kept; at least 1
    std::size_t max_sessions = 1024;       // opened session tokens kept; at least 1
  };

  // Two clocks, because one of a development server can be moved, and those of its clients are not moved with it.
  struct Clocks {
    const Clock& clients;   // signatures are dated by it
    const Clock& sessions;  // sessions end by it
    // NOLINTNEXTLINE(google-explicit-constructor): one clock is both
    Clocks(const Clock& both) : clients(both), sessions(both) {}
    Clocks(const Clock& of_clients, const Clock& of_sessions) : clients(of_clients), sessions(of_sessions) {}
  };

  // All references must outlive this.
  Authenticator(const Registry& registry, const SessionTokens& tokens, Clocks clocks, Options options);
  ~Authenticator();
  Authenticator(const Authenticator&) = delete;
  Authenticator& operator=(const Authenticator&) = delete;

  // kMissingAuthenticationToken without credentials; kIncompleteSignature when they cannot be read or leave out what
  // must be signed; kInvalidSignature for a wrong signature, date or scope; kUnrecognizedClient for an unknown access
  // key, an inactive one, or a session token that is not ours, does not belong to the access key, or whose role or user
  // is gone; kExpiredToken. Messages are AWS's; none holds a signature or a header's value.
  // An unknown access key and a wrong signature cost the same work.
  [[nodiscard]] Result<Authenticated> authenticate(const SignedRequest& request);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace claviger::iam
