// A request as it came over the wire, as far as its signature is concerned.
#pragma once

#include <array>
#include <span>
#include <string_view>
#include <utility>

#include "base/bytes.h"
#include "base/service.h"

namespace claviger::iam {

inline constexpr std::array kKmsAlone = {Service::kKms};

// Views into the connection's buffer.
struct SignedRequest {
  std::string_view method;
  std::string_view path;   // of the target, still percent-encoded, without the query
  std::string_view query;  // of the target, still percent-encoded, without the question mark
  // In order of arrival, names in any case, repeated ones separately.
  std::span<const std::pair<std::string_view, std::string_view>> headers;
  ByteSpan body;
  // Accepted in the credential scope; the first is named in errors.
  std::span<const Service> services = kKmsAlone;
};

}  // namespace claviger::iam
