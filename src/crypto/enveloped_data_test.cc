#include "crypto/enveloped_data.h"

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "base/testing.h"
#include "crypto/asymmetric_key.h"
#include "crypto/testing_certificates.h"

namespace claviger::crypto {
namespace {

TEST(Envelop, OnlyTheRecipientOpensIt) {
  const PrivateKey key = PrivateKey::generate(KeyKind::kRsa2048);
  for (const std::size_t size : {1uz, 15uz, 16uz, 17uz, 32uz, 4096uz}) {
    const Bytes content(size, 0xa5);
    const Bytes cms = envelop(key.public_key(), SecretBytes::copy_of(content));
    EXPECT_EQ(open_enveloped_data(cms, exposed(key.pkcs8())), content);
  }
  const Bytes cms = envelop(key.public_key(), SecretBytes::copy_of(Bytes{1}));
  EXPECT_NE(open_enveloped_data(cms, exposed(PrivateKey::generate(KeyKind::kRsa2048).pkcs8())), Bytes{1});
  EXPECT_NE(cms, envelop(key.public_key(), SecretBytes::copy_of(Bytes{1}))) << "keys are random";
}

// What the clients of attested machines demand: version 2, the recipient by its key's identifier, OAEP with SHA-256,
// AES-256-CBC.
TEST(Envelop, HasTheFormThatClientsRead) {
  const PrivateKey key = PrivateKey::generate(KeyKind::kRsa2048);
  const std::string cms = hex_encode(envelop(key.public_key(), SecretBytes::copy_of(Bytes{1})));
  const auto has = [&cms](std::string_view part) { return cms.find(part) != std::string::npos; };
  EXPECT_TRUE(has("06092a864886f70d010703")) << "id-envelopedData";
  EXPECT_TRUE(has("020102")) << "version 2";
  EXPECT_TRUE(
      has("02010280"
          "14"))
      << "version 2 of the recipient, [0] with 20 bytes";
  EXPECT_TRUE(has("06092a864886f70d010107")) << "id-RSAES-OAEP";
  EXPECT_TRUE(has("06092a864886f70d010108")) << "MGF1";
  EXPECT_TRUE(has("0609608648016503040201")) << "SHA-256";
  EXPECT_TRUE(has("060960864801650304012a0410")) << "aes256-CBC with its IV";
  EXPECT_TRUE(has("06092a864886f70d010701")) << "id-data";
}

TEST(Envelop, ForRsaKeysOnly) {
  for (const KeyKind kind : {KeyKind::kP256, KeyKind::kEd25519, KeyKind::kMlDsa44}) {
    EXPECT_FALSE(parse_recipient(PrivateKey::generate(kind).public_key().spki()).has_value());
  }
  Bytes spki = PrivateKey::generate(KeyKind::kRsa3072).public_key().spki();
  const auto recipient = parse_recipient(spki);
  ASSERT_TRUE(recipient.has_value());
  EXPECT_EQ(recipient->spki(), spki);
  spki.push_back(0);
  EXPECT_FALSE(parse_recipient(spki).has_value());
  EXPECT_FALSE(parse_recipient({}).has_value());
}

}  // namespace
}  // namespace claviger::crypto
