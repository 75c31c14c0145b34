#include "server/deployment.h"

#include <algorithm>

namespace claviger::server {
namespace {
constexpr std::uint8_t kVersion = 1;
}

bool Deployment::serves(const Region& region) const {
  return regions.empty() || std::find(regions.begin(), regions.end(), region) != regions.end();
}

Bytes encode(const Deployment& deployment) {
  Bytes out;
  ByteWriter writer(out);
  writer.u8(kVersion);
  writer.raw(as_bytes(deployment.account.view()));
  writer.u16(static_cast<std::uint16_t>(deployment.regions.size()));
  for (const Region& region : deployment.regions) writer.sized16(as_bytes(region.view()));
  return out;
}

Result<Deployment> decode_deployment(ByteSpan bytes) {
  ByteReader reader(bytes);
  if (reader.u8() != kVersion) return fail(Error::corrupt("deployment record: unknown version"));
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
