#include "secrets.h"

#include <valgrind/memcheck.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <utility>

#include "base/testing.h"

namespace claviger::constant_time {
namespace {

using crypto::KeyKind;

constexpr std::pair<KeyKind, std::string_view> kFiles[] = {
    {KeyKind::kRsa2048, "rsa_2048"},  {KeyKind::kRsa4096, "rsa_4096"},  {KeyKind::kP256, "p256"},
    {KeyKind::kP384, "p384"},         {KeyKind::kP521, "p521"},         {KeyKind::kSecp256k1, "secp256k1"},
    {KeyKind::kEd25519, "ed25519"},   {KeyKind::kMlDsa44, "ml_dsa_44"}, {KeyKind::kMlDsa65, "ml_dsa_65"},
    {KeyKind::kMlDsa87, "ml_dsa_87"}, {KeyKind::kSm2, "sm2"},
};

[[noreturn]] void give_up(std::string_view what) {
  std::fprintf(stderr, "error: %.*s\n", static_cast<int>(what.size()), what.data());
  std::exit(3);
}

// Steps through DER that we made ourselves.
class Der final {
 public:
  explicit Der(ByteSpan bytes) : rest_(bytes) {}
  bool done() const { return rest_.empty(); }
  // The content of the next element, whatever its tag.
  ByteSpan next() {
    expect(rest_.size() >= 2, "DER with a tag and a length");
    std::size_t length = rest_[1];
    std::size_t head = 2;
    if (length >= 0x80) {
      const std::size_t more = length & 0x7f;
      length = 0;
      for (std::size_t i = 0; i < more; ++i) length = length << 8 | rest_[head++];
    }
    expect(head + length <= rest_.size(), "DER that is whole");
    const ByteSpan content = rest_.subspan(head, length);
    rest_ = rest_.subspan(head + length);
    return content;
  }

 private:
  ByteSpan rest_;
};

// OpenSSL's numbers have no leading zero words, and a zero in the first word of one would make it shorter: 2^-64 of all
// keys. So that its length is known the first word of each number is.
ByteSpan without_first_word(ByteSpan number) { return number.subspan(9); }

}  // namespace

void make_secret(ByteSpan bytes) { VALGRIND_MAKE_MEM_UNDEFINED(bytes.data(), bytes.size()); }
void make_secret(const SecretBytes& secret) { make_secret(insecure_expose(secret)); }
void publish(ByteSpan bytes) { VALGRIND_MAKE_MEM_DEFINED(bytes.data(), bytes.size()); }
void publish(const SecretBytes& secret) { publish(insecure_expose(secret)); }

bool is_secret(ByteSpan bytes) {
  if (RUNNING_ON_VALGRIND == 0) return false;  // while keys are made
  for (const std::uint8_t& byte : bytes) {
    unsigned char unknown_bits = 0;
    if (VALGRIND_GET_VBITS(&byte, &unknown_bits, 1) != 1) give_up("valgrind does not tell what is secret");
    if (unknown_bits != 0) return true;
  }
  return false;
}

void expect_secret(ByteSpan bytes, std::string_view what) {
  if (!is_secret(bytes)) give_up(std::string(what) + " depends on no secret: the case checks nothing");
}
void expect_secret(const SecretBytes& secret, std::string_view what) { expect_secret(insecure_expose(secret), what); }

void expect(bool holds, std::string_view what) {
  if (!holds) give_up("expected: " + std::string(what));
}

SecretBytes secret_bytes(std::size_t size) {
  SecretBytes out(size);
  SecretRandom().fill(out.writable());
  return out;
}

void make_private_numbers_secret(KeyKind kind, ByteSpan pkcs8) {
  Der info(Der(pkcs8).next());
  info.next();  // version
  info.next();  // algorithm
  const ByteSpan key = info.next();
  if (kind == KeyKind::kEd25519) {
    make_secret(Der(key).next());
    return;
  }
  Der numbers(Der(key).next());
  if (crypto::is_ml_dsa(kind)) {
    make_secret(numbers.next());
    make_secret(numbers.next());
  } else if (crypto::is_elliptic(kind)) {
    numbers.next();  // version
    make_secret(without_first_word(numbers.next()));
  } else {
    for (int known = 0; known < 3; ++known) numbers.next();  // version, modulus, exponent
    while (!numbers.done()) make_secret(without_first_word(numbers.next()));
  }
}

std::string_view file_name(KeyKind kind) {
  for (const auto& [known, name] : kFiles) {
    if (known == kind) return name;
  }
  give_up("no key file of this kind");
}

void make_key_files(const std::string& folder) {
  for (const auto& [kind, name] : kFiles) {
    const SecretBytes pkcs8 = crypto::PrivateKey::generate(kind).pkcs8();
    const std::string_view text = as_text(insecure_expose(pkcs8));
    std::ofstream file(folder + "/" + std::string(name), std::ios::binary);
    file.write(text.data(), static_cast<std::streamsize>(text.size()));
    expect(file.good(), "a key file that can be written");
  }
}

SecretBytes read_key_file(KeyKind kind) {
  const char* folder = std::getenv("CLAVIGER_CONSTANT_TIME_KEYS");
  expect(folder != nullptr, "CLAVIGER_CONSTANT_TIME_KEYS");
  std::ifstream file(std::string(folder) + "/" + std::string(file_name(kind)), std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  expect(!text.empty(), "a key file");
  return SecretBytes::copy_of(as_bytes(text));
}

crypto::PrivateKey secret_key(KeyKind kind) {
  const SecretBytes pkcs8 = read_key_file(kind);
  make_private_numbers_secret(kind, insecure_expose(pkcs8));
  auto key = crypto::PrivateKey::parse_trusted(kind, pkcs8);
  expect(key.has_value(), "a private key");
  return *std::move(key);
}

crypto::PrivateKey known_key(KeyKind kind) {
  auto key = crypto::PrivateKey::parse_trusted(kind, read_key_file(kind));
  expect(key.has_value(), "a private key");
  return *std::move(key);
}

}  // namespace claviger::constant_time
