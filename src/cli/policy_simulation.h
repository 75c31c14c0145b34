// One decision made for trial, explained.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace claviger::cli {

struct NamedPolicy {
  std::string name;  // what the explanation calls it
  std::string json;
};

struct SimulationRequest {
  // The ARN of a root, a user or an assumed-role session, or the name of an AWS service.
  std::string caller;
  std::string action;    // `kms:Encrypt`
  std::string resource;  // a key ARN, or `*` for an operation without a key
  // `name=value`; a name that stands several times has several values. What follows from the caller and the resource
  // (aws:PrincipalArn, kms:CallerAccount, ...) is there unless it is given.
  std::vector<std::string> context;
  std::vector<NamedPolicy> key_policy;  // at most one; none: the default key policy
  std::vector<NamedPolicy> identity;
  std::vector<NamedPolicy> session;
  std::vector<NamedPolicy> boundary;  // at most one
};

struct Simulation {
  bool allowed = false;
  std::string text;  // for people, of several lines
  std::string json;  // on one line
};

// The decision that the server would take, with every statement that was looked at. kValidation for a caller, action,
// resource or context that is none; kMalformedPolicyDocument and kLimitExceeded, with the policy's name, for a policy
// that is refused. There are no grants.
[[nodiscard]] Result<Simulation> simulate(const SimulationRequest& request);

}  // namespace claviger::cli
