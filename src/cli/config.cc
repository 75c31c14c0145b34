#include "cli/config.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <iterator>
#include <set>

#include <toml++/toml.h>

namespace claviger::cli {
namespace {

std::unexpected<Error> bad(const std::string& what) { return fail(ErrorCode::kValidation, what, what); }

// One table of the file: reads its known keys, and at the end refuses the others.
class Section final {
 public:
  Section(const toml::table& table, std::string name) : table_(table), name_(std::move(name)) {}

  template <class T>
  Status read(const char* key, T& out) {
    known_.insert(key);
    const toml::node* node = table_.get(key);
    if (node == nullptr) return {};
    const auto value = node->value_exact<T>();
    if (!value) return bad(fmt::format("{}{}: wrong type", name_, key));
    out = *value;
    return {};
  }

  Status finish(std::initializer_list<const char*> tables = {}) const {
    for (const auto& [key, node] : table_) {
      const std::string name(key.str());
      if (!known_.contains(name) && std::find(tables.begin(), tables.end(), name) == tables.end()) {
        return bad(fmt::format("{}{}: unknown key", name_, name));
      }
    }
    return {};
  }

 private:
  const toml::table& table_;
  std::string name_;
  std::set<std::string> known_;
};

// The table of that name, or an empty one.
Result<toml::table> table_of(const toml::table& root, const char* name) {
  const toml::node* node = root.get(name);
  if (node == nullptr) return toml::table();
  if (!node->is_table()) return bad(fmt::format("{}: must be a table", name));
  return *node->as_table();
}

Status read_tls(const toml::table& table, bool insecure_plain_http, http::Options& options) {
  Section section(table, "tls.");
  http::TlsFiles files;
  CLAVIGER_TRY(section.read("certificate", files.certificate_path));
  CLAVIGER_TRY(section.read("private_key", files.private_key_path));
  CLAVIGER_TRY(section.finish());
  if (files.certificate_path.empty() != files.private_key_path.empty()) {
    return bad("tls: certificate and private_key belong together");
  }
  if (!files.certificate_path.empty()) {
    options.tls = std::move(files);
  } else if (!insecure_plain_http) {
    return bad("tls: certificate and private_key are missing (or say insecure_plain_http = true)");
  }
  return {};
}

Status read_limits(const toml::table& table, ServeConfig& config) {
  Section section(table, "limits.");
  std::int64_t connections = static_cast<std::int64_t>(config.http.max_connections);
  CLAVIGER_TRY(section.read("keys_per_region", config.limits.keys_per_region));
  CLAVIGER_TRY(section.read("aliases_per_key", config.limits.aliases_per_key));
  CLAVIGER_TRY(section.read("grants_per_key", config.limits.grants_per_key));
  CLAVIGER_TRY(section.read("connections", connections));
  CLAVIGER_TRY(section.finish());
  CLAVIGER_TRY(check_limits(config.limits, "limits."));
  if (connections < 1 || connections > 1'000'000) return bad("limits.connections: must be from 1 to 1000000");
  config.http.max_connections = static_cast<std::size_t>(connections);
  return {};
}

// Rates by the names of quotas, besides `enabled`.
Status read_request_quotas(const toml::table& table, server::RequestQuotaOptions& quotas) {
  for (const auto& [key, node] : table) {
    const std::string name(key.str());
    if (name == "enabled") {
      const auto enabled = node.value_exact<bool>();
      if (!enabled) return bad("request_quotas.enabled: wrong type");
      quotas.enabled = *enabled;
      continue;
    }
    const auto whole = node.value_exact<std::int64_t>();
    const auto rate = whole ? std::optional<double>(static_cast<double>(*whole)) : node.value_exact<double>();
    if (!rate) return bad(fmt::format("request_quotas.{}: wrong type", name));
    CLAVIGER_TRY(set_request_quota(name, *rate, quotas));
  }
  return {};
}

// toml++ throws; a bad file is an error like any other.
Result<toml::table> parse_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (!file.is_open() || file.bad()) return fail(Error::io(fmt::format("{}: cannot be read", path)));
  try {
    return toml::parse(text, path);
  } catch (const toml::parse_error& error) {
    return bad(fmt::format("{}: {} (line {})", path, error.description(), error.source().begin.line));
  }
}

}  // namespace

Status check_limits(const api::Limits& limits, std::string_view prefix) {
  // A key with more aliases could not be deleted in one commit.
  if (limits.aliases_per_key < 1 || limits.aliases_per_key > 500) {
    return bad(fmt::format("{}aliases_per_key: must be from 1 to 500", prefix));
  }
  if (limits.keys_per_region < 1) return bad(fmt::format("{}keys_per_region: must be at least 1", prefix));
  if (limits.grants_per_key < 1) return bad(fmt::format("{}grants_per_key: must be at least 1", prefix));
  return {};
}

Status set_request_quota(std::string_view name, double per_second, server::RequestQuotaOptions& quotas) {
  const auto quota = server::find_quota(name);
  if (!quota) return bad(fmt::format("request_quotas.{}: unknown key", name));
  // Written so that what is not a number is refused too.
  if (!(per_second >= server::kMinRate && per_second <= server::kMaxRate)) {
    return bad(fmt::format("request_quotas.{}: must be from {} to {} requests a second", name, server::kMinRate,
                           static_cast<std::int64_t>(server::kMaxRate)));
  }
  quotas.rates.insert_or_assign(*quota, per_second);
  return {};
}

Status parse_request_quota(const std::string& text, server::RequestQuotaOptions& quotas) {
  const std::size_t equals = text.find('=');
  double rate = 0;
  const char* const end = text.data() + text.size();
  const bool complete = equals != std::string::npos && [&] {
    const auto [stop, error] = std::from_chars(text.data() + equals + 1, end, rate);
    return error == std::errc() && stop == end;
  }();
  if (!complete) return bad(fmt::format("{} is not NAME=RATE", text));
  return set_request_quota(text.substr(0, equals), rate, quotas);
}

Status parse_listen(const std::string& text, http::Options& options) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos) return bad(fmt::format("listen: {} is not address:port", text));
  std::string address = text.substr(0, colon);
  if (address.size() >= 2 && address.front() == '[' && address.back() == ']') {
    address = address.substr(1, address.size() - 2);
  } else if (address.find(':') != std::string::npos) {
    // Without brackets nobody can tell the port of `::1` from its last group.
    address.clear();
  }
  std::uint16_t port = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data() + colon + 1, end, port);
  if (error != std::errc() || stop != end || address.empty()) {
    return bad(fmt::format("listen: {} is not address:port", text));
  }
  options.address = address;
  options.port = port;
  return {};
}

Result<ServeConfig> read_config(const std::string& path) {
  CLAVIGER_ASSIGN(const toml::table root, parse_file(path));
  ServeConfig config;
  Section section(root, "");
  std::string listen = "127.0.0.1:4599";
  std::int64_t loops = 0;
  bool insecure_plain_http = false;
  CLAVIGER_TRY(section.read("data_dir", config.data_dir));
  CLAVIGER_TRY(section.read("listen", listen));
  CLAVIGER_TRY(section.read("event_loops", loops));
  CLAVIGER_TRY(section.read("insecure_plain_http", insecure_plain_http));
  CLAVIGER_TRY(section.finish({"attestation", "tls", "seal", "limits", "request_quotas"}));
  if (config.data_dir.empty()) return bad("data_dir: is missing");
  if (loops < 0 || loops > 1024) return bad("event_loops: must be from 0 (one per processor) to 1024");
  config.http.loops = static_cast<std::size_t>(loops);
  CLAVIGER_TRY(parse_listen(listen, config.http));

  CLAVIGER_ASSIGN(const toml::table tls, table_of(root, "tls"));
  CLAVIGER_TRY(read_tls(tls, insecure_plain_http, config.http));
  CLAVIGER_ASSIGN(const toml::table seal_table, table_of(root, "seal"));
  Section seal(seal_table, "seal.");
  CLAVIGER_TRY(seal.read("key_file", config.seal.key_file));
  CLAVIGER_TRY(seal.read("passphrase_file", config.seal.passphrase_file));
  CLAVIGER_TRY(seal.finish());
  if (config.seal.key_file.empty() == config.seal.passphrase_file.empty()) {
    return bad("seal: needs exactly one of key_file and passphrase_file");
  }
  CLAVIGER_ASSIGN(const toml::table attestation_table, table_of(root, "attestation"));
  Section attestation(attestation_table, "attestation.");
  CLAVIGER_TRY(attestation.read("roots_file", config.attestation_roots_file));
  CLAVIGER_TRY(attestation.finish());
  CLAVIGER_ASSIGN(const toml::table limits, table_of(root, "limits"));
  CLAVIGER_TRY(read_limits(limits, config));
  CLAVIGER_ASSIGN(const toml::table quotas, table_of(root, "request_quotas"));
  CLAVIGER_TRY(read_request_quotas(quotas, config.request_quotas));
  return config;
}

}  // namespace claviger::cli
