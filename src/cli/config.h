// The configuration file of `claviger serve` (TOML). docs/operations.md describes every key.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "api/context.h"
#include "base/result.h"
#include "http/server.h"
#include "server/request_quotas.h"

namespace claviger::cli {

// Where the secret that unseals the root key comes from: exactly one of the two.
struct SealConfig {
  std::string key_file;
  std::string passphrase_file;  // `-` reads standard input
};

struct ServeConfig {
  std::string data_dir;
  SealConfig seal;
  http::Options http;
  api::Limits limits;
  // A file with the certificates of those whose attestation documents are believed; empty: nobody's are.
  std::string attestation_roots_file;
  server::RequestQuotaOptions request_quotas{.enabled = true};
};

// kIo when the file cannot be read; kValidation for bad TOML, an unknown key, a value out of range or a combination
// that makes no sense. The detail names the key.
[[nodiscard]] Result<ServeConfig> read_config(const std::string& path);

// What limits can be set to; the detail of the error says so, and names what is wrong by `prefix` and its name.
// kValidation.
[[nodiscard]] Status check_limits(const api::Limits& limits, std::string_view prefix);

// The rate of a quota: its name as docs/operations.md lists them, and requests a second. kValidation.
[[nodiscard]] Status set_request_quota(std::string_view name, double per_second, server::RequestQuotaOptions& quotas);
// The same of `NAME=RATE`.
[[nodiscard]] Status parse_request_quota(const std::string& text, server::RequestQuotaOptions& quotas);

// `address:port`, with an IPv6 address in brackets. kValidation.
[[nodiscard]] Status parse_listen(const std::string& text, http::Options& options);

}  // namespace claviger::cli
