#include "crypto/testing_certificates.h"

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <array>

#include "base/check.h"
#include "crypto/openssl_certificates.h"
#include "crypto/openssl_keys.h"

namespace claviger::crypto {
namespace {

void extend(X509* certificate, int kind, const std::string& value) {
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, kind, value.c_str());
  CLAVIGER_CHECK(extension != nullptr && X509_add_ext(certificate, extension, -1) == 1);
  X509_EXTENSION_free(extension);
}

void set_name(X509_NAME* name, const std::string& text) {
  CLAVIGER_CHECK(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                                            reinterpret_cast<const unsigned char*>(text.c_str()), -1, -1, 0) == 1);
}

std::time_t seconds(WallTime time) { return static_cast<std::time_t>(to_millis(time) / 1000); }

}  // namespace

struct TestSigner::Impl {
  PkeyHandle key;
  CertificateHandle certificate;
};

TestSigner TestSigner::make(const Form& form, const TestSigner* issuer) {
  PkeyHandle key(EVP_EC_gen(form.curve));
  CertificateHandle certificate(X509_new());
  CLAVIGER_CHECK(key && certificate);
  X509* const x = certificate.get();
  X509_set_version(x, X509_VERSION_3);
  static int serial = 0;
  ASN1_INTEGER_set(X509_get_serialNumber(x), ++serial);
  ASN1_TIME_set(X509_getm_notBefore(x), seconds(form.from));
  ASN1_TIME_set(X509_getm_notAfter(x), seconds(form.until));
  X509_set_pubkey(x, key.get());
  set_name(X509_get_subject_name(x), "signer " + std::to_string(serial));
  X509_set_issuer_name(
      x, issuer == nullptr ? X509_get_subject_name(x) : X509_get_subject_name(issuer->impl_->certificate.get()));
  std::string basic = form.authority ? "critical,CA:TRUE" : "critical,CA:FALSE";
  if (form.path_length >= 0) basic += ",pathlen:" + std::to_string(form.path_length);
  extend(x, NID_basic_constraints, basic);
  if (form.key_usage != nullptr) extend(x, NID_key_usage, form.key_usage);
  EVP_PKEY* const signer = issuer == nullptr ? key.get() : issuer->impl_->key.get();
  CLAVIGER_CHECK(X509_sign(x, signer, EVP_get_digestbyname(form.digest)) > 0);
  return TestSigner(std::make_shared<const Impl>(std::move(key), std::move(certificate)));
}

TestSigner TestSigner::root(const Form& form) { return make(form, nullptr); }
TestSigner TestSigner::issue(const Form& form) const { return make(form, this); }

Bytes TestSigner::certificate() const {
  std::uint8_t* der = nullptr;
  const int size = i2d_X509(impl_->certificate.get(), &der);
  CLAVIGER_CHECK(size > 0);
  Bytes out(der, der + size);
  OPENSSL_free(der);
  return out;
}

std::string TestSigner::pem() const {
  const BioHandle out(BIO_new(BIO_s_mem()));
  CLAVIGER_CHECK(PEM_write_bio_X509(out.get(), impl_->certificate.get()) == 1);
  char* data = nullptr;
  const long size = BIO_get_mem_data(out.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

Bytes TestSigner::sign_es384(ByteSpan message) const {
  const MdContextHandle context(EVP_MD_CTX_new());
  std::array<std::uint8_t, 256> der{};
  std::size_t size = der.size();
  CLAVIGER_CHECK(EVP_DigestSignInit(context.get(), nullptr, EVP_sha384(), nullptr, impl_->key.get()) == 1 &&
                 EVP_DigestSign(context.get(), der.data(), &size, message.data(), message.size()) == 1);
  const std::uint8_t* at = der.data();
  const EcdsaSigHandle signature(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(size)));
  Bytes out(96);
  CLAVIGER_CHECK(BN_bn2binpad(ECDSA_SIG_get0_r(signature.get()), out.data(), 48) == 48 &&
                 BN_bn2binpad(ECDSA_SIG_get0_s(signature.get()), out.data() + 48, 48) == 48);
  return out;
}

Bytes open_enveloped_data(ByteSpan cms, ByteSpan pkcs8) {
  const std::uint8_t* at = cms.data();
  const CmsHandle parsed(d2i_CMS_ContentInfo(nullptr, &at, static_cast<long>(cms.size())));
  if (!told(parsed != nullptr) || at != cms.data() + cms.size()) return {};
  at = pkcs8.data();
  const PkeyHandle key(d2i_AutoPrivateKey(nullptr, &at, static_cast<long>(pkcs8.size())));
  const BioHandle out(BIO_new(BIO_s_mem()));
  CLAVIGER_CHECK(key && out);
  if (!told(CMS_decrypt(parsed.get(), key.get(), nullptr, nullptr, out.get(), CMS_BINARY) == 1)) return {};
  std::uint8_t* data = nullptr;
  const long size = BIO_get_mem_data(out.get(), &data);
  return Bytes(data, data + size);
}

}  // namespace claviger::crypto
