#include "cli/attestation_roots.h"

#include <fstream>
#include <iterator>

namespace claviger::cli {

Result<hsm::AttestationVerifier> read_attestation_roots(const std::string& path) {
  if (path.empty()) return hsm::AttestationVerifier();
  constexpr std::size_t kMaxBytes = 1U << 20U;
  std::ifstream file(path, std::ios::binary);
  std::string text(kMaxBytes + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (file.bad() || (file.fail() && !file.eof()))
    return fail(Error::io("the roots of attestation cannot be read: " + path));
  std::optional<hsm::AttestationVerifier> roots;
  if (text.size() <= kMaxBytes) roots = hsm::AttestationVerifier::from_pem(text);
  if (!roots) return fail(Error::validation(path + " is not a PEM file of certificates"));
  return *std::move(roots);
}

}  // namespace claviger::cli
