// Authorization headers, queries and header lists from a stranger: nothing without the right signature is accepted.
// The input is the target, then header lines, each ended by a line feed, then an empty line and the body.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string_view>
#include <vector>

#include "iam/authenticator.h"
#include "iam/registry.h"
#include "store/memory_store.h"

namespace claviger::iam {
namespace {

// Whatever was sealed opens as one secret that stands in no seed, so that no input is signed with it.
class OneSecretSealer final : public CredentialSealer {
 public:
  Bytes seal(ByteSpan, const SecretBytes&) override { return {}; }
  Result<SecretBytes> open(ByteSpan, ByteSpan) override {
    return SecretBytes::copy_of(as_bytes("k7Qm2vXw9ZrT4bNc8YdL1hJf5GsP0aUe3RiOo6Vx"));
  }
};

// Takes what is sealed for what it opens to, so that every claim can be reached.
class OpenSealer final : public SessionSealer {
 public:
  Bytes seal(ByteSpan, ByteSpan value) override { return to_bytes(value); }
  Bytes seal(ByteSpan, const SecretBytes&) override { return {}; }
  Result<Bytes> open(ByteSpan, ByteSpan sealed) override { return to_bytes(sealed); }
  Result<SecretBytes> open_secret(ByteSpan, ByteSpan sealed) override { return SecretBytes::copy_of(sealed); }
};

struct World {
  World() : clock(from_millis(1'769'903'400'000)), registry(store, sealer, clock) {
    auto key = given_access_key("AKIAIOSFODNN7EXAMPLE", SecretBytes(40));
    CLAVIGER_CHECK(key && registry.put_root(*AccountId::parse("111122223333"), *key));
    authenticator = std::make_unique<Authenticator>(registry, tokens, clock, Authenticator::Options{});
  }
  ManualClock clock;
  store::MemoryStore store;
  OneSecretSealer sealer;
  OpenSealer session_sealer;
  const SessionTokens tokens{session_sealer};
  Registry registry;
  std::unique_ptr<Authenticator> authenticator;
};

std::string_view take_line(std::string_view& rest) {
  const std::string_view line = rest.substr(0, rest.find('\n'));
  rest.remove_prefix(std::min(line.size() + 1, rest.size()));
  return line;
}

}  // namespace
}  // namespace claviger::iam

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace claviger;
  static iam::World world;
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  const std::string_view target = iam::take_line(rest);
  const std::string_view path = target.substr(0, target.find('?'));
  const std::string_view query = target.substr(std::min(path.size() + 1, target.size()));
  std::vector<std::pair<std::string_view, std::string_view>> headers;
  while (!rest.empty()) {
    const std::string_view line = iam::take_line(rest);
    if (line.empty()) break;
    const std::string_view name = line.substr(0, line.find(':'));
    headers.emplace_back(name, line.substr(std::min(name.size() + 1, line.size())));
  }
  const iam::SignedRequest request{"POST", path, query, headers, as_bytes(rest)};
  const auto result = world.authenticator->authenticate(request);
  if (result) std::abort();
  for (const char c : result.error().message()) {
    if (c < 0x20 || c > 0x7e) std::abort();  // messages go into JSON and logs
  }
  if (result.error().message().size() > 1024) std::abort();
  return 0;
}
