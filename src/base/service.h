// The services that one endpoint speaks for. Which one a request is for stands in its credential scope.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

namespace claviger {

enum class Service : std::uint8_t { kKms, kIam, kSts };

inline constexpr std::array kServices = {Service::kKms, Service::kIam, Service::kSts};

// What AWS's service models and endpoints say of a service.
struct ServiceInfo {
  std::string_view name;  // of the credential scope, and the prefix of its permissions
  std::string_view api_version;
  std::string_view event_source;   // CloudTrail's eventSource
  std::string_view xml_namespace;  // of its replies; empty for a service that answers JSON
};

// In the order of Service.
inline constexpr std::array<ServiceInfo, kServices.size()> kServiceInfos = {{
    {"kms", "2014-11-01", "kms.amazonaws.com", ""},
    {"iam", "2010-05-08", "iam.amazonaws.com", "https://iam.amazonaws.com/doc/2010-05-08/"},
    {"sts", "2011-06-15", "sts.amazonaws.com", "https://sts.amazonaws.com/doc/2011-06-15/"},
}};

constexpr const ServiceInfo& service_info(Service service) { return kServiceInfos[std::to_underlying(service)]; }

constexpr std::optional<Service> parse_service(std::string_view name) {
  for (const Service service : kServices) {
    if (service_info(service).name == name) return service;
  }
  return std::nullopt;
}

// How requests and replies look: AWS JSON 1.1, or the Query protocol with its replies in XML.
enum class Protocol : std::uint8_t { kJson, kQuery };

constexpr Protocol protocol_of(Service service) {
  return service == Service::kKms ? Protocol::kJson : Protocol::kQuery;
}

}  // namespace claviger
