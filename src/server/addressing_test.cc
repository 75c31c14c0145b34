#include "server/addressing.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace claviger::server {
namespace {

struct AddressedRequest {
  const char* name;
  std::vector<http::Header> headers;
  std::string_view target;
  std::string_view body;
  Service service;
  std::string_view operation;
  std::string_view version;
};

constexpr http::Header kForm = {"content-type", "application/x-www-form-urlencoded; charset=utf-8"};
constexpr http::Header kJson = {"Content-Type", "application/x-amz-json-1.1"};

TEST(Addressing, TellsServiceAndOperationFromTheRequest) {
  for (const AddressedRequest& c : {
           AddressedRequest{
               "Json", {{"X-Amz-Target", "TrentService.Encrypt"}}, "/", "{}", Service::kKms, "Encrypt", ""},
           AddressedRequest{"JsonWinsOverAForm",
                            {{"X-Amz-Target", "TrentService.Encrypt"}, kForm},
                            "/?Action=ListUsers",
                            "Action=CreateUser",
                            Service::kKms,
                            "Encrypt",
                            ""},
           AddressedRequest{
               "JsonOfAnotherService", {{"X-Amz-Target", "Other.Encrypt"}}, "/", "", Service::kKms, "", ""},
           AddressedRequest{"JsonWithoutTarget", {kJson}, "/", "Action=CreateUser", Service::kKms, "", ""},
           AddressedRequest{"Nothing", {}, "/", "", Service::kKms, "", ""},
           AddressedRequest{
               "Iam",
               {kForm, {"authorization", "AWS4-HMAC-SHA256 Credential=A/20260131/us-east-1/iam/aws4_request, ..."}},
               "/",
               "Action=CreateUser&Version=2010-05-08",
               Service::kIam,
               "CreateUser",
               "2010-05-08"},
           AddressedRequest{
               "ScopeWinsOverVersion",
               {kForm, {"authorization", "AWS4-HMAC-SHA256 Credential=A/20260131/us-east-1/sts/aws4_request, ..."}},
               "/",
               "Action=CreateUser&Version=2010-05-08",
               Service::kSts,
               "CreateUser",
               "2010-05-08"},
           AddressedRequest{
               "StsInTheUrl",
               {},
               "/?Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Credential=A%2F20260131%2Fus-east-1%2Fsts"
               "%2Faws4_request",
               "",
               Service::kSts,
               "GetCallerIdentity",
               "2011-06-15"},
           AddressedRequest{
               "UnsignedIam", {kForm}, "/", "Version=2010-05-08&Action=X", Service::kIam, "X", "2010-05-08"},
           AddressedRequest{
               "UnsignedSts", {kForm}, "/", "Version=2011-06-15&Action=X", Service::kSts, "X", "2011-06-15"},
           AddressedRequest{"FormWithoutAction", {kForm}, "/", "Name=x", Service::kSts, "", ""},
           AddressedRequest{"ActionThatIsNoName", {kForm}, "/", "Action=a-b", Service::kSts, "", ""},
       }) {
    SCOPED_TRACE(c.name);
    const Address address = address_of(
        {.method = "POST", .target = c.target, .headers = c.headers, .body = as_bytes(c.body), .peer_ip = ""});
    EXPECT_EQ(address.services.front(), c.service);
    EXPECT_EQ(address.protocol, protocol_of(c.service));
    for (const Service service : address.services) EXPECT_EQ(protocol_of(service), address.protocol);
    EXPECT_EQ(address.operation, c.operation);
    EXPECT_EQ(address.version, c.version);
    EXPECT_EQ(address.path, "/");
  }
}

TEST(Addressing, OperationIsAShortName) {
  const auto operation = [](const std::string& name) {
    const std::string target = "TrentService." + name;
    const std::vector<http::Header> headers = {{"x-amz-target", target}};
    return std::string(
        address_of({.method = "POST", .target = "/", .headers = headers, .body = {}, .peer_ip = ""}).operation);
  };
  EXPECT_EQ(operation(std::string(64, 'a')), std::string(64, 'a'));
  for (const std::string& name : {std::string(65, 'a'), std::string(), std::string("a\"b"), std::string("a b")}) {
    EXPECT_EQ(operation(name), "") << name;
  }
}

}  // namespace
}  // namespace claviger::server
