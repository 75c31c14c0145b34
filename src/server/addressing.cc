#include "server/addressing.h"

#include <algorithm>
#include <array>

#include "wire/query_decode.h"

namespace claviger::server {
namespace {

constexpr std::string_view kTargetPrefix = "TrentService.";
constexpr std::size_t kMaxOperationBytes = 64;
constexpr std::array kKms = {Service::kKms};
constexpr std::array kIamFirst = {Service::kIam, Service::kSts};
constexpr std::array kStsFirst = {Service::kSts, Service::kIam};

std::string_view operation_name(std::string_view text) {
  if (text.size() > kMaxOperationBytes) return {};
  const bool can_be_one = std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
  });
  return can_be_one ? text : std::string_view();
}

// By what the credential scope claims, else by the version of the API: good enough for the form of a refusal, and
// checked by the signature for everything else.
bool is_for_iam(const http::Request& request, const Address& address) {
  const std::string_view authorization = header_or_empty(request, "authorization");
  const auto claims = [&](std::string_view header_form, std::string_view query_form) {
    return authorization.contains(header_form) || address.query.contains(query_form);
  };
  if (claims("/iam/aws4_request", "%2Fiam%2Faws4_request")) return true;
  if (claims("/sts/aws4_request", "%2Fsts%2Faws4_request")) return false;
  return address.version == service_info(Service::kIam).api_version;
}

}  // namespace

std::string_view header_or_empty(const http::Request& request, std::string_view name) {
  const std::string_view* value = request.header(name);
  return value == nullptr ? std::string_view() : *value;
}

Address address_of(const http::Request& request) {
  Address address;
  address.services = kKms;
  const std::size_t question = std::min(request.target.find('?'), request.target.size());
  address.path = request.target.substr(0, question);
  address.query = request.target.substr(std::min(question + 1, request.target.size()));
  if (const std::string_view* target = request.header("x-amz-target")) {
    if (target->starts_with(kTargetPrefix)) address.operation = operation_name(target->substr(kTargetPrefix.size()));
    return address;
  }
  const std::string_view type = header_or_empty(request, "content-type");
  if (type.starts_with("application/x-amz-json")) return address;
  const std::string_view action = wire::plain_parameter(address.query, request.body, "Action");
  if (action.empty() && !type.starts_with("application/x-www-form-urlencoded")) return address;
  address.protocol = Protocol::kQuery;
  address.operation = operation_name(action);
  address.version = wire::plain_parameter(address.query, request.body, "Version");
  address.services = is_for_iam(request, address) ? kIamFirst : kStsFirst;
  return address;
}

}  // namespace claviger::server
