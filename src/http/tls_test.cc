#include "http/tls.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>

#include "http/test_client.h"
#include "http/test_server.h"

namespace claviger::http {
namespace {

template <auto Free>
struct Deleter {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Deleter<X509_free>>;

// A directory with a self-signed certificate, gone at the end.
class TestFiles final {
 public:
  TestFiles() {
    std::string name = testing::TempDir() + "claviger-tls-XXXXXX";
    directory_ = mkdtemp(name.data());
    files.certificate_path = directory_ / "cert.pem";
    files.private_key_path = directory_ / "key.pem";
  }
  ~TestFiles() { std::filesystem::remove_all(directory_); }
  TestFiles(const TestFiles&) = delete;
  TestFiles& operator=(const TestFiles&) = delete;

  void write_certificate(const char* common_name) const {
    const Key key(EVP_EC_gen("P-256"));
    write_key(key.get());
    const Certificate certificate(X509_new());
    X509_set_version(certificate.get(), X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -60);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
    X509_set_pubkey(certificate.get(), key.get());
    X509_NAME* subject = X509_get_subject_name(certificate.get());
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(common_name), -1, -1,
                               0);
    X509_set_issuer_name(certificate.get(), subject);
    ASSERT_GT(X509_sign(certificate.get(), key.get(), EVP_sha256()), 0);
    std::FILE* file = std::fopen(files.certificate_path.c_str(), "w");
    PEM_write_X509(file, certificate.get());
    std::fclose(file);
  }
  void write_other_key() const { write_key(Key(EVP_EC_gen("P-256")).get()); }
  static void write_text(const std::string& path, std::string_view text) { std::ofstream(path) << text; }

  TlsFiles files;

 private:
  void write_key(EVP_PKEY* key) const {
    std::FILE* file = std::fopen(files.private_key_path.c_str(), "w");
    PEM_write_PrivateKey(file, key, nullptr, nullptr, 0, nullptr, nullptr);
    std::fclose(file);
  }
  std::filesystem::path directory_;
};

struct ClientWishes {
  int version = 0;  // 0: whatever both can
  const char* ciphers = nullptr;
  const char* groups = nullptr;
  std::string_view alpn;  // with length bytes
};

class TlsClient final {
 public:
  TlsClient(std::uint16_t port, const ClientWishes& wishes) : tcp_(port), context_(SSL_CTX_new(TLS_client_method())) {
    // Old versions and ciphers must be offered, so that it is the server who refuses.
    SSL_CTX_set_security_level(context_.get(), 0);
    if (wishes.version != 0) {
      SSL_CTX_set_min_proto_version(context_.get(), wishes.version);
      SSL_CTX_set_max_proto_version(context_.get(), wishes.version);
    }
    if (wishes.ciphers) {
      EXPECT_EQ(SSL_CTX_set_cipher_list(context_.get(), wishes.ciphers), 1);
    }
    if (wishes.groups) {
      EXPECT_EQ(SSL_CTX_set1_groups_list(context_.get(), wishes.groups), 1);
    }
    ssl_.reset(SSL_new(context_.get()));
    if (!wishes.alpn.empty()) {
      SSL_set_alpn_protos(ssl_.get(), reinterpret_cast<const unsigned char*>(wishes.alpn.data()),
                          static_cast<unsigned>(wishes.alpn.size()));
    }
    SSL_set_tlsext_host_name(ssl_.get(), "kms.example");
    SSL_set_fd(ssl_.get(), tcp_.fd());
    connected_ = SSL_connect(ssl_.get()) == 1;
  }

  bool connected() const { return connected_; }
  SSL* ssl() { return ssl_.get(); }
  std::string peer_name() {
    const Certificate certificate(SSL_get1_peer_certificate(ssl_.get()));
    std::array<char, 64> name{};
    X509_NAME_get_text_by_NID(X509_get_subject_name(certificate.get()), NID_commonName, name.data(), name.size());
    return name.data();
  }
  // The whole answer; the request must ask for the connection to be closed. `clean` says whether the
  // server said goodbye as TLS wants it.
  std::string exchange(std::string_view request, bool& clean) {
    SSL_write(ssl_.get(), request.data(), static_cast<int>(request.size()));
    std::string answer;
    std::array<char, 4096> bytes;
    int size = 0;
    while ((size = SSL_read(ssl_.get(), bytes.data(), bytes.size())) > 0) {
      answer.append(bytes.data(), static_cast<std::size_t>(size));
    }
    clean = SSL_get_error(ssl_.get(), size) == SSL_ERROR_ZERO_RETURN;
    return answer;
  }

 private:
  TestClient tcp_;
  std::unique_ptr<SSL_CTX, Deleter<SSL_CTX_free>> context_;
  std::unique_ptr<SSL, Deleter<SSL_free>> ssl_;
  bool connected_ = false;
};

Options tls_options(const TestFiles& files) {
  Options options = TestServer::one_loop();
  options.tls = files.files;
  return options;
}

constexpr std::string_view kRequest =
    "POST / HTTP/1.1\r\nHost: kms.example\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello";

TEST(Tls, ServesVersions13And12AndTellsTheHandler) {
  const TestFiles files;
  files.write_certificate("one");
  TestServer server(tls_options(files));
  ASSERT_TRUE(server.started) << server.started.error().detail();
  struct Row {
    int version;
    const char* ciphers;
    std::string_view expected;
  };
  for (const Row& row :
       {Row{TLS1_3_VERSION, nullptr, "TLSv1.3|TLS_AES_256_GCM_SHA384"},
        Row{TLS1_2_VERSION, "ECDHE-ECDSA-AES128-GCM-SHA256", "TLSv1.2|TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"},
        Row{TLS1_2_VERSION, "ECDHE-ECDSA-CHACHA20-POLY1305",
            "TLSv1.2|TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"}}) {
    SCOPED_TRACE(row.expected);
    TlsClient client(server->port(), {.version = row.version, .ciphers = row.ciphers});
    ASSERT_TRUE(client.connected());
    bool clean = false;
    const std::string answer = client.exchange(kRequest, clean);
    EXPECT_TRUE(answer.ends_with("POST /|127.0.0.1|" + std::string(row.expected) + "|kms.example|hello")) << answer;
    EXPECT_TRUE(clean);
  }
  EXPECT_EQ(server->counters().tls_handshake_failures, 0u);
}

TEST(Tls, AgreesOnTheHybridPostQuantumGroup) {
  const TestFiles files;
  files.write_certificate("one");
  TestServer server(tls_options(files));
  TlsClient client(server->port(), {.groups = "X25519MLKEM768"});
  EXPECT_TRUE(client.connected());
}

TEST(Tls, ChoosesHttp11OrRefuses) {
  const TestFiles files;
  files.write_certificate("one");
  TestServer server(tls_options(files));
  TlsClient both(server->port(), {.alpn = "\x02h2\x08http/1.1"});
  ASSERT_TRUE(both.connected());
  const unsigned char* chosen = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(both.ssl(), &chosen, &size);
  EXPECT_EQ(std::string_view(reinterpret_cast<const char*>(chosen), size), "http/1.1");
  EXPECT_FALSE(TlsClient(server->port(), {.alpn = "\x02h2"}).connected());
}

TEST(Tls, RefusesOldVersionsAndCiphersWithoutAuthentication) {
  const TestFiles files;
  files.write_certificate("one");
  TestServer server(tls_options(files));
  const std::vector<ClientWishes> refused = {
      {.version = TLS1_VERSION},
      {.version = TLS1_1_VERSION},
      {.version = TLS1_2_VERSION, .ciphers = "ECDHE-ECDSA-AES128-SHA"},
      {.version = TLS1_2_VERSION, .ciphers = "ECDHE-ECDSA-AES256-SHA384"},
      {.version = TLS1_2_VERSION, .ciphers = "AES128-GCM-SHA256"},
      {.version = TLS1_2_VERSION, .ciphers = "DHE-RSA-AES128-GCM-SHA256"},
  };
  for (const ClientWishes& wishes : refused) {
    EXPECT_FALSE(TlsClient(server->port(), wishes).connected())
        << wishes.version << " " << (wishes.ciphers ? wishes.ciphers : "");
  }
  wait_until([&] { return server->counters().tls_handshake_failures == refused.size(); });
  EXPECT_EQ(server.state.calls, 0);
}

TEST(Tls, ClosesAClientThatDoesNotSpeakIt) {
  const TestFiles files;
  files.write_certificate("one");
  TestServer server(tls_options(files));
  TestClient client(server->port());
  client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  client.shutdown_send();
  client.receive();
  EXPECT_EQ(client.status, 0);
  wait_until([&] { return server->counters().tls_handshake_failures == 1; });
  // One that goes away in the middle of the handshake leaves nothing behind.
  TestClient(server->port()).send(std::string_view("\x16\x03\x01\x02", 4));
  wait_until(
      [&] { return server->counters().connections_open == 0 && server->counters().tls_handshake_failures == 2; });
  EXPECT_EQ(server.state.calls, 0);
}

TEST(Tls, UsesANewCertificateForNewConnections) {
  const TestFiles files;
  files.write_certificate("one");
  TestServer server(tls_options(files));
  TlsClient before(server->port(), {});
  ASSERT_TRUE(before.connected());
  EXPECT_EQ(before.peer_name(), "one");
  files.write_certificate("two");
  ASSERT_TRUE(server->reload_certificate());
  TlsClient after(server->port(), {});
  ASSERT_TRUE(after.connected());
  EXPECT_EQ(after.peer_name(), "two");
  bool clean = false;
  EXPECT_TRUE(before.exchange(kRequest, clean).starts_with("HTTP/1.1 200 OK\r\n"));
}

TEST(Tls, KeepsTheCertificateWhenTheNewFilesAreBad) {
  const TestFiles files;
  files.write_certificate("one");
  TestServer server(tls_options(files));
  const auto expect_refused = [&](ErrorCode code) {
    const Status status = server->reload_certificate();
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code(), code);
    TlsClient client(server->port(), {});
    ASSERT_TRUE(client.connected());
    EXPECT_EQ(client.peer_name(), "one");
  };
  files.write_other_key();
  expect_refused(ErrorCode::kValidation);
  TestFiles::write_text(files.files.certificate_path, "not a certificate");
  expect_refused(ErrorCode::kValidation);
  std::filesystem::remove(files.files.certificate_path);
  expect_refused(ErrorCode::kIo);
}

TEST(Tls, DoesNotStartWithBadFilesOrReloadWithoutAny) {
  const TestFiles files;
  TestServer missing(tls_options(files));
  ASSERT_FALSE(missing.started);
  EXPECT_EQ(missing.started.error().code(), ErrorCode::kIo);
  TestServer plain;
  const Status status = plain->reload_certificate();
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code(), ErrorCode::kValidation);
}

}  // namespace
}  // namespace claviger::http
