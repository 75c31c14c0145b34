// What a data directory is for: its account and the Regions it serves.
#pragma once

#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/identifiers.h"
#include "base/result.h"
#include "base/service.h"

namespace claviger::server {

struct Deployment {
  AccountId account;
  // Empty: every Region that is well-formed.
  std::vector<Region> regions;

  bool serves(const Region& region) const;
  // Whether a request for `service` may be scoped to `region`. IAM and STS are global besides: SDKs scope requests to
  // them to one Region of the partition, whatever Regions are in use (AWS's endpoint metadata).
  bool serves(Service service, const Region& region) const;
  // Where a call happens that names no Region: in the first that is served, or in us-east-1.
  Region home_region() const;
  // Of the Regions served; `aws` where every one is.
  std::string_view partition() const { return regions.empty() ? "aws" : regions.front().partition(); }
};

// The Region that IAM's requests of `region`'s partition are scoped to, and where CloudTrail says that they happened.
Region global_region(const Region& region);

// The store key of the deployment record, and its form: docs/formats/deployment.md.
inline constexpr std::string_view kDeploymentKey = "deployment";
Bytes encode(const Deployment& deployment);
// kCorrupt for anything that encode() does not make.
[[nodiscard]] Result<Deployment> decode_deployment(ByteSpan bytes);

}  // namespace claviger::server
