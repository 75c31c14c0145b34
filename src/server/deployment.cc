#include "server/deployment.h"

#include <algorithm>
#include <array>

#include "base/check.h"

namespace claviger::server {
namespace {
constexpr std::uint8_t kDeploymentVersion = 1;

struct GlobalRegion {
  std::string_view partition, region;
};
constexpr std::array<GlobalRegion, 6> kGlobalRegions = {{{"aws", "us-east-1"},
                                                         {"aws-cn", "cn-north-1"},
                                                         {"aws-us-gov", "us-gov-west-1"},
                                                         {"aws-iso", "us-iso-east-1"},
                                                         {"aws-iso-b", "us-isob-east-1"},
                                                         {"aws-eusc", "eusc-de-east-1"}}};
}  // namespace

bool Deployment::serves(const Region& region) const {
  return regions.empty() || std::find(regions.begin(), regions.end(), region) != regions.end();
}

bool Deployment::serves(Service service, const Region& region) const {
  if (serves(region)) return true;
  if (service == Service::kKms || region != global_region(region)) return false;
  return std::ranges::any_of(regions, [&](const Region& own) { return own.partition() == region.partition(); });
}

Region Deployment::home_region() const { return regions.empty() ? *Region::parse("us-east-1") : regions.front(); }

Region global_region(const Region& region) {
  const auto found = std::ranges::find(kGlobalRegions, region.partition(), &GlobalRegion::partition);
  CLAVIGER_CHECK(found != kGlobalRegions.end());
  return *Region::parse(found->region);
}

Bytes encode(const Deployment& deployment) {
  Bytes out;
  ByteWriter writer(out);
  writer.u8(kDeploymentVersion);
  writer.raw(as_bytes(deployment.account.view()));
  writer.u16(static_cast<std::uint16_t>(deployment.regions.size()));
  for (const Region& region : deployment.regions) writer.sized16(as_bytes(region.view()));
  return out;
}

Result<Deployment> decode_deployment(ByteSpan bytes) {
  ByteReader reader(bytes);
  if (reader.u8() != kDeploymentVersion) return fail(Error::corrupt("deployment record: unknown version"));
  const auto account = AccountId::parse(as_text(reader.raw(12)));
  if (!account) return fail(Error::corrupt("deployment record: bad account"));
  Deployment deployment{.account = *account};
  const std::size_t regions = reader.u16();
  for (std::size_t i = 0; i < regions; ++i) {
    const auto region = Region::parse(as_text(reader.sized16()));
    if (!region) return fail(Error::corrupt("deployment record: bad Region"));
    deployment.regions.push_back(*region);
  }
  if (!reader.done()) return fail(Error::corrupt("deployment record: wrong length"));
  return deployment;
}

}  // namespace claviger::server
