// Web identity tokens and key sets: nothing reads out of bounds, and what was read can be asked for. The first byte
// says which of the two; a token is also checked against a fixed key set, which none can pass without the key.
#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "base/testing.h"
#include "iam/jwt.h"
#include "iam/key_set.h"

namespace {

// The key of RFC 7515, appendix A.3.
constexpr const char* kKeySet =
    R"({"keys":[{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",)"
    R"("y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0","kid":"k"}]})";

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace claviger;
  if (size == 0) return 0;
  const std::string_view input = as_text(ByteSpan(data + 1, size - 1));
  if (data[0] % 2 == 0) {
    const auto keys = iam::KeySet::parse(input);
    if (keys) CLAVIGER_CHECK(keys->size() > 0);
    return 0;
  }
  static const iam::KeySet keys = iam::KeySet::parse(kKeySet).value();
  const auto token = iam::parse_web_identity_token(input);
  if (!token) return 0;
  CLAVIGER_CHECK(!token->issuer.empty() && !token->subject.empty() && !token->audiences.empty());
  CLAVIGER_CHECK(input.starts_with(token->signed_text));
  CLAVIGER_CHECK(token->tags.size() <= iam::kMaxTokenTags && token->transitive_tag_keys.size() <= iam::kMaxTokenTags);
  CLAVIGER_CHECK(
      !keys.verify(token->algorithm, token->key_id, as_bytes(token->signed_text), insecure_expose(token->signature)));
  return 0;
}
