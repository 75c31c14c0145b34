// Certificates and their keys for tests.
#pragma once

#include <memory>
#include <string>

#include "base/bytes.h"
#include "base/clock.h"

namespace claviger::crypto {

// The key and the certificate of somebody, on P-384 unless said otherwise.
class TestSigner final {
 public:
  struct Form {
    bool authority = false;
    int path_length = -1;             // -1: none is said
    const char* key_usage = nullptr;  // as OpenSSL's configuration has it; null: the extension is left out
    WallTime from = from_millis(1'700'000'000'000);
    WallTime until = from_millis(2'000'000'000'000);
    const char* curve = "P-384";
    const char* digest = "SHA384";
  };
  static Form authority_form() { return {.authority = true, .key_usage = "critical,keyCertSign"}; }
  static Form leaf_form() { return {.key_usage = "critical,digitalSignature"}; }

  // Signed by its own key.
  static TestSigner root(const Form& form = authority_form());
  // Signed by this one's.
  TestSigner issue(const Form& form) const;

  Bytes certificate() const;
  std::string pem() const;
  // ECDSA with SHA-384, r and s of 48 bytes each.
  Bytes sign_es384(ByteSpan message) const;

 private:
  struct Impl;
  explicit TestSigner(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}
  static TestSigner make(const Form& form, const TestSigner* issuer);
  std::shared_ptr<const Impl> impl_;
};

// The content of a CMS EnvelopedData for an RSA private key (PKCS #8), opened by OpenSSL's own reader of CMS; empty
// when it does not open.
Bytes open_enveloped_data(ByteSpan cms, ByteSpan pkcs8);

}  // namespace claviger::crypto
