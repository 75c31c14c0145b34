// Ciphertexts from outside: parsing and decrypting never crashes, every refusal is the same error,
// and nothing opens but what was made here. The keyring is that of docs/formats/ciphertext.md, so
// that the page's example is a seed that does open.
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "base/encryption_context.h"
#include "hsm/keyring.h"
#include "hsm/session.h"

namespace {

using namespace claviger;  // a program of one file

class CountingRandom final : public RandomSource {
 public:
  void fill(MutableByteSpan out) override {
    for (std::uint8_t& byte : out) byte = next_++;
  }

 private:
  std::uint8_t next_ = 0;
};

struct World {
  CountingRandom random;
  hsm::Keyring keyring = hsm::Keyring::create_in_memory(random);
  hsm::Session session{keyring, random};
  hsm::KeyBinding binding{{AccountId::parse("123456789012").value(), Region::parse("eu-central-1").value()},
                          KeyId::parse("01234567-89ab-4cde-8f01-23456789abcd").value(),
                          "SYMMETRIC_DEFAULT",
                          "AWS_KMS"};
  hsm::NewBackingKey key = session.create_backing_key(binding).value();
  EncryptionContext context = EncryptionContext::from_pairs({{"department", "finance"}}).value();
  Bytes ours = session.encrypt(binding, key.material, key.token, context, hello()).value();

  static SecretBytes hello() { return SecretBytes::copy_of(as_bytes("hello")); }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static World world;
  const ByteSpan blob(data, size);
  const auto header = hsm::parse_ciphertext(blob);
  const auto plaintext = world.session.decrypt(world.binding, world.key.token, world.context, blob);
  if (plaintext) {
    CLAVIGER_CHECK(header.has_value());
    CLAVIGER_CHECK(std::ranges::equal(blob, world.ours));
  } else {
    CLAVIGER_CHECK(plaintext.error().code() == ErrorCode::kInvalidCiphertext);
    CLAVIGER_CHECK(plaintext.error().message().empty());
  }
  // The same bytes as a token: only the real one opens.
  const auto rewrapped = world.session.rewrap(world.binding, world.key.material, blob);
  CLAVIGER_CHECK(rewrapped.has_value() == std::ranges::equal(blob, world.key.token));
  return 0;
}
