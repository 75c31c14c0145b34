#include "cli/config.h"

#include <gtest/gtest.h>

#include <fstream>
#include <map>

#include "store/testing_store.h"

namespace claviger::cli {
namespace {

class ConfigTest : public testing::Test {
 protected:
  Result<ServeConfig> read(std::string_view text) {
    const std::string path = directory_.file("claviger.toml");
    std::ofstream(path) << text;
    return read_config(path);
  }

  store::TemporaryDirectory directory_;
};

constexpr std::string_view kWhole = R"(
data_dir = "/var/lib/claviger"
listen = "[::1]:443"
event_loops = 3

[tls]
certificate = "/etc/claviger/certificate.pem"
private_key = "/etc/claviger/key.pem"

[seal]
key_file = "/run/claviger.key"

[attestation]
roots_file = "/etc/claviger/roots.pem"

[limits]
keys_per_region = 7
aliases_per_key = 8
grants_per_key = 10
connections = 9

[request_quotas]
enabled = false
Symmetric = 50
ML-DSA = 0.5
GenerateDataKeyPair-RSA_2048 = 3
CreateKey = 1000
)";

TEST_F(ConfigTest, EveryKeyIsRead) {
  const auto config = read(kWhole);
  ASSERT_TRUE(config.has_value()) << config.error().detail();
  EXPECT_EQ(config->data_dir, "/var/lib/claviger");
  EXPECT_EQ(config->http.address, "::1");
  EXPECT_EQ(config->http.port, 443);
  EXPECT_EQ(config->http.loops, 3u);
  ASSERT_TRUE(config->http.tls.has_value());
  EXPECT_EQ(config->http.tls->certificate_path, "/etc/claviger/certificate.pem");
  EXPECT_EQ(config->http.tls->private_key_path, "/etc/claviger/key.pem");
  EXPECT_EQ(config->seal.key_file, "/run/claviger.key");
  EXPECT_EQ(config->seal.passphrase_file, "");
  EXPECT_EQ(config->attestation_roots_file, "/etc/claviger/roots.pem");
  EXPECT_EQ(config->limits.keys_per_region, 7);
  EXPECT_EQ(config->limits.aliases_per_key, 8);
  EXPECT_EQ(config->limits.grants_per_key, 10);
  EXPECT_EQ(config->http.max_connections, 9u);
  EXPECT_FALSE(config->request_quotas.enabled);
  EXPECT_EQ(config->request_quotas.rates,
            (std::map<server::QuotaId, double>{{*server::find_quota("Symmetric"), 50},
                                               {*server::find_quota("ML-DSA"), 0.5},
                                               {*server::find_quota("GenerateDataKeyPair-RSA_2048"), 3},
                                               {*server::find_quota("CreateKey"), 1000}}));
}

TEST_F(ConfigTest, WhatIsLeftOutHasItsDefault) {
  const auto config = read("data_dir = \"d\"\ninsecure_plain_http = true\n[seal]\npassphrase_file = \"-\"\n");
  ASSERT_TRUE(config.has_value()) << config.error().detail();
  EXPECT_EQ(config->http.address, "127.0.0.1");
  EXPECT_EQ(config->http.port, 4599);
  EXPECT_EQ(config->http.loops, 0u);
  EXPECT_FALSE(config->http.tls.has_value());
  EXPECT_EQ(config->seal.passphrase_file, "-");
  EXPECT_EQ(config->attestation_roots_file, "");
  EXPECT_EQ(config->limits.keys_per_region, 100'000);
  EXPECT_EQ(config->limits.aliases_per_key, 50);
  EXPECT_EQ(config->limits.grants_per_key, 50'000);
  EXPECT_EQ(config->http.max_connections, 10'000u);
  EXPECT_TRUE(config->request_quotas.enabled);
  EXPECT_TRUE(config->request_quotas.rates.empty());
}

TEST_F(ConfigTest, WhatIsWrongIsRefusedAndNamed) {
  const std::string_view seal = "[seal]\nkey_file = \"k\"\n";
  const std::string_view plain = "data_dir = \"d\"\ninsecure_plain_http = true\n";
  struct Row {
    const char* name;
    std::string text;
    const char* detail;
  };
  const auto with = [&](std::string_view more) { return std::string(plain) + std::string(seal) + std::string(more); };
  const auto before = [&](std::string_view more) { return std::string(more) + std::string(plain) + std::string(seal); };
  const Row rows[] = {
      {"unknown key", before("datadir = \"x\"\n"), "datadir: unknown key"},
      {"unknown table", with("[tsl]\n"), "tsl: unknown key"},
      {"unknown key of tls", with("[tls]\nciphers = \"x\"\n"), "tls.ciphers: unknown key"},
      {"unknown key of seal", with("pin = \"x\"\n"), "seal.pin: unknown key"},
      {"unknown key of attestation", with("[attestation]\nroots = \"r\"\n"), "attestation.roots: unknown key"},
      {"unknown key of limits", with("[limits]\nkeys = 1\n"), "limits.keys: unknown key"},
      {"a number for a text", before("listen = 1\n"), "listen: wrong type"},
      {"a text for a number", before("event_loops = \"1\"\n"), "event_loops: wrong type"},
      {"a text for a boolean", "insecure_plain_http = \"true\"\n", "insecure_plain_http: wrong type"},
      {"a fraction", before("event_loops = 1.0\n"), "event_loops: wrong type"},
      {"a value for a table", before("tls = 1\n"), "tls: must be a table"},
      {"no data directory", "insecure_plain_http = true\n[seal]\nkey_file = \"k\"\n", "data_dir: is missing"},
      {"loops below", before("event_loops = -1\n"), "event_loops: must be from 0 (one per processor) to 1024"},
      {"loops above", before("event_loops = 1025\n"), "event_loops: must be from 0 (one per processor) to 1024"},
      {"no aliases", with("[limits]\naliases_per_key = 0\n"), "limits.aliases_per_key: must be from 1 to 500"},
      {"too many aliases", with("[limits]\naliases_per_key = 501\n"), "limits.aliases_per_key: must be from 1 to 500"},
      {"no keys", with("[limits]\nkeys_per_region = 0\n"), "limits.keys_per_region: must be at least 1"},
      {"no grants", with("[limits]\ngrants_per_key = 0\n"), "limits.grants_per_key: must be at least 1"},
      {"unknown quota", with("[request_quotas]\nEncrypt = 1\n"), "request_quotas.Encrypt: unknown key"},
      {"quotas on and off", with("[request_quotas]\nenabled = 1\n"), "request_quotas.enabled: wrong type"},
      {"a text for a rate", with("[request_quotas]\nRSA = \"1\"\n"), "request_quotas.RSA: wrong type"},
      {"no rate", with("[request_quotas]\nRSA = 0\n"),
       "request_quotas.RSA: must be from 0.001 to 10000000 requests a second"},
      {"no number for a rate", with("[request_quotas]\nRSA = nan\n"),
       "request_quotas.RSA: must be from 0.001 to 10000000 requests a second"},
      {"no limit for a rate", with("[request_quotas]\nRSA = inf\n"),
       "request_quotas.RSA: must be from 0.001 to 10000000 requests a second"},
      {"no connections", with("[limits]\nconnections = 0\n"), "limits.connections: must be from 1 to 1000000"},
      {"no TLS and nothing said", "data_dir = \"d\"\n[seal]\nkey_file = \"k\"\n",
       "tls: certificate and private_key are missing (or say insecure_plain_http = true)"},
      {"a certificate without its key", with("[tls]\ncertificate = \"c\"\n"),
       "tls: certificate and private_key belong together"},
      {"no seal", std::string(plain), "seal: needs exactly one of key_file and passphrase_file"},
      {"two seals", with("passphrase_file = \"p\"\n"), "seal: needs exactly one of key_file and passphrase_file"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    const auto config = read(row.text);
    ASSERT_FALSE(config.has_value());
    EXPECT_EQ(config.error().code(), ErrorCode::kValidation);
    EXPECT_EQ(config.error().detail(), row.detail);
  }
  const auto broken = read("data_dir = \n");
  ASSERT_FALSE(broken.has_value());
  EXPECT_EQ(broken.error().code(), ErrorCode::kValidation);
  EXPECT_NE(broken.error().detail().find("(line 1)"), std::string::npos) << broken.error().detail();
}

TEST_F(ConfigTest, MissingFileIsAnIoError) {
  const auto config = read_config(directory_.file("none.toml"));
  ASSERT_FALSE(config.has_value());
  EXPECT_EQ(config.error().code(), ErrorCode::kIo);
}

TEST(ParseRequestQuota, TakesANameAndARate) {
  server::RequestQuotaOptions quotas;
  ASSERT_TRUE(parse_request_quota("CreateKey=0.5", quotas).has_value());
  EXPECT_EQ(quotas.rates, (std::map<server::QuotaId, double>{{*server::find_quota("CreateKey"), 0.5}}));
  for (const char* text : {"", "CreateKey", "CreateKey=", "CreateKey=x", "CreateKey=1x", "CreateKey=-1", "createkey=1",
                           "=1", "CreateKey=nan"}) {
    EXPECT_FALSE(parse_request_quota(text, quotas).has_value()) << text;
  }
}

TEST(ParseListen, TakesAnAddressAndAPort) {
  http::Options options;
  ASSERT_TRUE(parse_listen("0.0.0.0:0", options).has_value());
  EXPECT_EQ(options.address, "0.0.0.0");
  EXPECT_EQ(options.port, 0);
  ASSERT_TRUE(parse_listen("[fe80::1]:65535", options).has_value());
  EXPECT_EQ(options.address, "fe80::1");
  EXPECT_EQ(options.port, 65535);
  for (const char* text : {"", "127.0.0.1", ":80", "a:", "a:65536", "a:-1", "a:8x", "::1", "::1:80", "[::1", "[]:80"}) {
    http::Options unchanged;
    const Status status = parse_listen(text, unchanged);
    ASSERT_FALSE(status.has_value()) << text;
    EXPECT_EQ(status.error().code(), ErrorCode::kValidation);
    EXPECT_EQ(unchanged.address, http::Options().address);
  }
}

}  // namespace
}  // namespace claviger::cli
