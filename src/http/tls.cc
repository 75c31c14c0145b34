#include "http/tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <array>
#include <fstream>
#include <string_view>

namespace claviger::http {
namespace {

namespace ssl = boost::asio::ssl;

// RFC 7301 section 3.1: names with a length byte.
constexpr std::array<unsigned char, 9> kAlpnHttp11 = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};

int select_alpn(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* offered,
                unsigned int offered_size, void*) {
  unsigned char* chosen = nullptr;
  const int outcome =
      SSL_select_next_proto(&chosen, out_size, kAlpnHttp11.data(), kAlpnHttp11.size(), offered, offered_size);
  *out = chosen;
  // A client that offers only what we do not speak is told so (RFC 7301 section 3.2).
  return outcome == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

Status check_readable(const std::string& path) {
  std::ifstream file(path);
  if (!file || file.peek() == std::ifstream::traits_type::eof()) {
    return fail(Error::io("cannot read " + path));
  }
  return {};
}

std::unexpected<Error> refuse(const std::string& what, const boost::system::error_code& ec) {
  ERR_clear_error();
  return fail(ErrorCode::kValidation, what, ec.message());
}

}  // namespace

Result<std::shared_ptr<ssl::context>> make_tls_context(const TlsFiles& files) {
  CLAVIGER_TRY(check_readable(files.certificate_path));
  CLAVIGER_TRY(check_readable(files.private_key_path));
  auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
  SSL_CTX* native = context->native_handle();
  SSL_CTX_set_options(native, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                                  SSL_OP_CLEANSE_PLAINTEXT);
  SSL_CTX_set_mode(native, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_alpn_select_cb(native, select_alpn, nullptr);
  if (SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION) != 1 ||
      SSL_CTX_set_cipher_list(native, "ECDHE+AESGCM:ECDHE+CHACHA20") != 1) {
    return fail(Error::internal("OpenSSL has none of the cipher suites for TLS 1.2"));
  }

  boost::system::error_code ec;
  // Without this OpenSSL would ask for a passphrase on the terminal.
  context->set_password_callback([](std::size_t, ssl::context::password_purpose) { return std::string(); }, ec);
  if (ec) return refuse("cannot set up TLS", ec);
  context->use_certificate_chain_file(files.certificate_path, ec);
  if (ec) return refuse("not a PEM certificate chain: " + files.certificate_path, ec);
  context->use_private_key_file(files.private_key_path, ssl::context::pem, ec);
  if (ec || SSL_CTX_check_private_key(native) != 1) {
    return refuse("not the unencrypted PEM private key of the certificate: " + files.private_key_path, ec);
  }
  return context;
}

TlsInfo describe_tls(const SSL* ssl) {
  TlsInfo info;
  info.version = SSL_get_version(ssl);
  if (const SSL_CIPHER* cipher = SSL_get_current_cipher(ssl)) {
    if (const char* cipher_name = SSL_CIPHER_standard_name(cipher)) info.cipher_suite = cipher_name;
  }
  if (const char* server_name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name)) info.server_name = server_name;
  return info;
}

}  // namespace claviger::http
