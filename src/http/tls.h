// Internal to http/: what this server accepts as TLS.
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <memory>

#include "base/result.h"
#include "http/handler.h"
#include "http/server.h"

namespace claviger::http {

// A context with the certificate and key of `files`: TLS 1.2 and 1.3, ECDHE with AEAD ciphers only,
// OpenSSL's default groups (X25519MLKEM768 first where it has it), no renegotiation, no compression,
// ALPN `http/1.1`. kIo when a file cannot be read, kValidation when its content does not fit.
[[nodiscard]] Result<std::shared_ptr<boost::asio::ssl::context>> make_tls_context(const TlsFiles& files);

// After a handshake on `ssl`.
TlsInfo describe_tls(const SSL* ssl);

}  // namespace claviger::http
