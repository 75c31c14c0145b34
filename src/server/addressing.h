// What a request says about whom it is for, before anybody knows who sent it.
#pragma once

#include <span>
#include <string_view>

#include "base/service.h"
#include "http/handler.h"

namespace claviger::server {

// Views into the request.
struct Address {
  Protocol protocol = Protocol::kJson;
  // Those that speak the protocol; the first is the one it seems to be for, in whose form errors are told until the
  // signature has shown which one it is.
  std::span<const Service> services;
  std::string_view path;
  std::string_view query;
  // The name of the operation as far as it can be one: 1 to 64 characters of [A-Za-z0-9]; else empty.
  std::string_view operation;
  std::string_view version;  // of the Query protocol: the API version that was asked for; else empty
};

// A request is in JSON when it has X-Amz-Target or a JSON content type, in the Query protocol when it has a form for a
// body or an Action among its parameters, and else in JSON: KMS then refuses it.
Address address_of(const http::Request& request);

// The value of the header of this name in small letters, a view into the request; empty also when there is none.
std::string_view header_or_empty(const http::Request& request, std::string_view name);

}  // namespace claviger::server
