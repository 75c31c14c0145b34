// Owners of OpenSSL's objects around certificates, for the .cc files of this room only.
#pragma once

#include <openssl/bio.h>
#include <openssl/cms.h>
#include <openssl/x509.h>

#include <memory>

#include "crypto/openssl_handles.h"

namespace claviger::crypto {

using BioHandle = std::unique_ptr<BIO, Freeing<BIO_free_all>>;
using CertificateHandle = std::unique_ptr<X509, Freeing<X509_free>>;
using CmsHandle = std::unique_ptr<CMS_ContentInfo, Freeing<CMS_ContentInfo_free>>;

}  // namespace claviger::crypto
