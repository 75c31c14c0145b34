#include "api/sts/sessions.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace claviger::api::sts {
namespace patterns {

// Everything but control characters (U+0085 is none of them here), surrogates and noncharacters at the end of the first
// plane. `text` is UTF-8.
bool is_arn_text(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r') return false;
    if (byte == 0x7f) return false;
    const auto next = [&](std::size_t ahead) {
      return i + ahead < text.size() ? static_cast<unsigned char>(text[i + ahead]) : 0;
    };
    // U+0080 to U+009F are c2 80 to c2 9f; U+FFFE and U+FFFF are ef bf be and ef bf bf.
    if (byte == 0xc2 && next(1) < 0xa0 && next(1) != 0x85) return false;
    if (byte == 0xef && next(1) == 0xbf && next(2) >= 0xbe) return false;
  }
  return !text.empty();
}

bool is_external_id_text(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("_+=,.@:/-").find(c) != std::string_view::npos;
  });
}

}  // namespace patterns

iam::StsContext rules(const Context& context) {
  const Services& services = context.services;
  CLAVIGER_CHECK(context.iam != nullptr && services.sessions != nullptr);
  return {.snapshot = *context.iam,
          .partition = context.scope.region.partition(),
          .tokens = *services.sessions,
          .now = services.clock->now(),
          .random = *services.random,
          .request = context.conditions,
          .listener = context.trust_listener};
}

std::vector<std::string> arns_of(const std::vector<PolicyDescriptor>& policies) {
  std::vector<std::string> arns;
  arns.reserve(policies.size());
  for (const PolicyDescriptor& policy : policies) arns.push_back(policy.arn);
  return arns;
}

Credentials credentials_of(iam::IssuedSession& issued) {
  return {.access_key_id = issued.access_key_id,
          .secret_access_key = {std::move(issued.secret)},
          .session_token = issued.token,
          .expiration = issued.expires};
}

}  // namespace claviger::api::sts
