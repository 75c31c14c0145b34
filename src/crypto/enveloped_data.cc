#include "crypto/enveloped_data.h"

#include <openssl/x509v3.h>

#include <array>

#include "base/check.h"
#include "crypto/asymmetric_key.h"
#include "crypto/openssl_certificates.h"
#include "crypto/openssl_keys.h"
#include "crypto/openssl_oaep.h"
#include "crypto/secret_gate.h"

namespace claviger::crypto {
namespace {

using OctetsHandle = std::unique_ptr<ASN1_OCTET_STRING, Freeing<ASN1_OCTET_STRING_free>>;

// OpenSSL takes recipients as certificates only. This one is never written: it lends its key and the key's name.
CertificateHandle certificate_around(EVP_PKEY* key) {
  CertificateHandle certificate(X509_new());
  CLAVIGER_CHECK(certificate && X509_set_version(certificate.get(), X509_VERSION_3) == 1 &&
                 X509_set_pubkey(certificate.get(), key) == 1);
  std::array<std::uint8_t, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  CLAVIGER_CHECK(X509_pubkey_digest(certificate.get(), EVP_sha1(), digest.data(), &size) == 1);
  const OctetsHandle name(ASN1_OCTET_STRING_new());
  CLAVIGER_CHECK(name && ASN1_OCTET_STRING_set(name.get(), digest.data(), static_cast<int>(size)) == 1 &&
                 X509_add1_ext_i2d(certificate.get(), NID_subject_key_identifier, name.get(), 0, 0) == 1);
  return certificate;
}

void add_recipient(CMS_ContentInfo* cms, EVP_PKEY* key) {
  const CertificateHandle certificate = certificate_around(key);
  CMS_RecipientInfo* const recipient = CMS_add1_recipient_cert(cms, certificate.get(), CMS_USE_KEYID | CMS_KEY_PARAM);
  CLAVIGER_CHECK(recipient != nullptr);
  set_oaep_padding(CMS_RecipientInfo_get0_pkey_ctx(recipient), OaepHash::kSha256);
}

}  // namespace

std::optional<PublicKey> parse_recipient(ByteSpan spki) {
  for (const KeyKind kind : {KeyKind::kRsa2048, KeyKind::kRsa3072, KeyKind::kRsa4096}) {
    if (std::optional<PublicKey> key = PublicKey::parse(kind, spki)) return key;
  }
  return std::nullopt;
}

Bytes envelop(const PublicKey& recipient, const SecretBytes& content) {
  const ByteSpan plain = content.expose(SecretGate::access());
  CLAVIGER_CHECK(!plain.empty() && is_rsa(recipient.kind()));
  const CmsHandle cms(CMS_EnvelopedData_create(EVP_aes_256_cbc()));
  CLAVIGER_CHECK(cms != nullptr && CMS_set_detached(cms.get(), 0) == 1);
  add_recipient(cms.get(), KeyAccess::key(recipient));
  // A view of the secret, not a copy.
  const BioHandle input(BIO_new_mem_buf(plain.data(), static_cast<int>(plain.size())));
  CLAVIGER_CHECK(input && CMS_final(cms.get(), input.get(), nullptr, CMS_BINARY) == 1);
  std::uint8_t* der = nullptr;
  const int size = i2d_CMS_ContentInfo(cms.get(), &der);
  CLAVIGER_CHECK(size > 0);
  Bytes out(der, der + size);
  OPENSSL_free(der);
  return out;
}

}  // namespace claviger::crypto
