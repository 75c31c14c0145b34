// What is secret in a case, and what no longer is. For valgrind's memcheck a secret is memory that was never written:
// it follows the bytes through every computation and reports each branch and each address that depends on them.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/random.h"
#include "base/secret.h"
#include "crypto/asymmetric_key.h"
#include "crypto/random.h"

namespace claviger::constant_time {

// From here on the bytes are a secret, whose values stay what they are.
void make_secret(ByteSpan bytes);
void make_secret(const SecretBytes& secret);
// From here on everybody may know them.
void publish(ByteSpan bytes);
void publish(const SecretBytes& secret);
template <class Number>
void publish_value(Number& value) {
  publish({reinterpret_cast<const std::uint8_t*>(&value), sizeof value});
}

// Ends the program unless some bit of these depends on a secret: what shows that a case looks at what it is about.
void expect_secret(ByteSpan bytes, std::string_view what);
void expect_secret(const SecretBytes& secret, std::string_view what);
bool is_secret(ByteSpan bytes);
// Ends the program when the case did not come out as it should, which no case can be judged by then.
void expect(bool holds, std::string_view what);

// Random bytes that are secret.
class SecretRandom final : public RandomSource {
 public:
  void fill(MutableByteSpan out) override {
    source_.fill(out);
    make_secret(out);
  }

 private:
  crypto::SystemRandom source_;
};
SecretBytes secret_bytes(std::size_t size);

// Makes the private numbers inside a DER PKCS #8 PrivateKeyInfo of the kind secret: of RSA d, p, q, dP, dQ and qInv, of
// elliptic curves the scalar, each but for its first 64 bits, by which OpenSSL knows how long it is; of Ed25519 the
// seed; of ML-DSA the seed and what it expands to. Lengths, tags and public parts stay as they are.
void make_private_numbers_secret(crypto::KeyKind kind, ByteSpan pkcs8);

// Keys are made beforehand and read from files, because making them under valgrind takes too long.
std::string_view file_name(crypto::KeyKind kind);
void make_key_files(const std::string& folder);
// As CLAVIGER_CONSTANT_TIME_KEYS names the folder; nothing of it is secret yet.
SecretBytes read_key_file(crypto::KeyKind kind);
// With secret numbers.
crypto::PrivateKey secret_key(crypto::KeyKind kind);

// The same key with nothing secret about it.
crypto::PrivateKey known_key(crypto::KeyKind kind);

}  // namespace claviger::constant_time
