// What the cryptographic library does a second on its own, in the manner of `openssl speed`, which the library is built
// without: one key, one prepared operation, repeated.
//
//   library_speed SPEC SECONDS          prints `SIGNATURES VERIFICATIONS`, each per second
//   library_speed SPEC SECONDS agree    prints `AGREEMENTS` (ECDH) per second
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

namespace {

struct KeyFree {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
struct ContextFree {
  void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
};
struct DigestFree {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using Key = std::unique_ptr<EVP_PKEY, KeyFree>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, ContextFree>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, DigestFree>;

[[noreturn]] void fail(const char* what) {
  std::fprintf(stderr, "library_speed: %s\n", what);
  std::exit(1);
}

Key make(std::string_view spec) {
  EVP_PKEY* key = nullptr;
  if (spec == "RSA_2048" || spec == "RSA_3072" || spec == "RSA_4096") {
    key = EVP_RSA_gen(static_cast<unsigned>(std::atoi(spec.data() + 4)));
  } else if (spec == "ECC_NIST_P256") {
    key = EVP_EC_gen("P-256");
  } else if (spec == "ECC_NIST_P384") {
    key = EVP_EC_gen("P-384");
  } else if (spec == "ECC_NIST_P521") {
    key = EVP_EC_gen("P-521");
  } else if (spec == "ECC_NIST_EDWARDS25519") {
    key = EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
  } else {
    fail("no such key spec");
  }
  if (key == nullptr) fail("no key could be made");
  return Key(key);
}

// How often a second `work` is done.
double rate(double seconds, const std::function<bool()>& work) {
  using Clock = std::chrono::steady_clock;
  const auto begin = Clock::now();
  std::uint64_t count = 0;
  std::chrono::duration<double> past{};
  do {
    if (!work()) fail("the operation failed");
    ++count;
    past = Clock::now() - begin;
  } while (past.count() < seconds);
  return static_cast<double>(count) / past.count();
}

void print(double signatures, double verifications) { std::printf("%.1f %.1f\n", signatures, verifications); }

void of_digest(EVP_PKEY* key, double seconds) {
  const std::array<std::uint8_t, 32> digest{1, 2, 3};
  const KeyContext sign(EVP_PKEY_CTX_new(key, nullptr));
  const KeyContext verify(EVP_PKEY_CTX_new(key, nullptr));
  const auto prepare = [key](EVP_PKEY_CTX* context) {
    return EVP_PKEY_CTX_set_signature_md(context, EVP_sha256()) == 1 &&
           (EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA || EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1);
  };
  if (EVP_PKEY_sign_init(sign.get()) != 1 || !prepare(sign.get())) fail("signing");
  if (EVP_PKEY_verify_init(verify.get()) != 1 || !prepare(verify.get())) fail("verifying");
  std::vector<std::uint8_t> signature(static_cast<std::size_t>(EVP_PKEY_get_size(key)));
  std::size_t length = 0;
  const double signatures = rate(seconds, [&] {
    length = signature.size();
    return EVP_PKEY_sign(sign.get(), signature.data(), &length, digest.data(), digest.size()) == 1;
  });
  const double verifications = rate(seconds, [&] {
    return EVP_PKEY_verify(verify.get(), signature.data(), length, digest.data(), digest.size()) == 1;
  });
  print(signatures, verifications);
}

void of_message(EVP_PKEY* key, double seconds) {
  const std::array<std::uint8_t, 32> message{1, 2, 3};
  const DigestContext sign(EVP_MD_CTX_new());
  const DigestContext verify(EVP_MD_CTX_new());
  std::array<std::uint8_t, 64> signature{};
  const double signatures = rate(seconds, [&] {
    std::size_t length = signature.size();
    return EVP_DigestSignInit(sign.get(), nullptr, nullptr, nullptr, key) == 1 &&
           EVP_DigestSign(sign.get(), signature.data(), &length, message.data(), message.size()) == 1;
  });
  const double verifications = rate(seconds, [&] {
    return EVP_DigestVerifyInit(verify.get(), nullptr, nullptr, nullptr, key) == 1 &&
           EVP_DigestVerify(verify.get(), signature.data(), signature.size(), message.data(), message.size()) == 1;
  });
  print(signatures, verifications);
}

void agree(EVP_PKEY* key, EVP_PKEY* peer, double seconds) {
  const KeyContext context(EVP_PKEY_CTX_new(key, nullptr));
  if (EVP_PKEY_derive_init(context.get()) != 1 || EVP_PKEY_derive_set_peer(context.get(), peer) != 1) {
    fail("agreeing");
  }
  std::array<std::uint8_t, 66> secret{};
  std::printf("%.1f\n", rate(seconds, [&] {
                std::size_t length = secret.size();
                return EVP_PKEY_derive(context.get(), secret.data(), &length) == 1;
              }));
}

}  // namespace

int main(int argc, char** argv) {
  const bool agrees = argc == 4 && std::string_view(argv[3]) == "agree";
  if (argc != 3 && !agrees) fail("SPEC SECONDS [agree]");
  const Key key = make(argv[1]);
  const double seconds = std::atof(argv[2]);
  if (agrees) {
    agree(key.get(), make(argv[1]).get(), seconds);
    return 0;
  }
  if (EVP_PKEY_get_base_id(key.get()) == EVP_PKEY_ED25519) {
    of_message(key.get(), seconds);
  } else {
    of_digest(key.get(), seconds);
  }
}
