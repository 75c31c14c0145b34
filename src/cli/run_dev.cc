#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "audit/memory_log.h"
#include "base/encoding.h"
#include "base/json.h"
#include "cli/commands.h"
#include "cli/data_directory.h"
#include "cli/report.h"
#include "cli/seed_plan.h"
#include "cli/serving.h"
#include "crypto/random.h"
#include "store/memory_store.h"

namespace claviger::cli {
namespace {

constexpr std::size_t kEventsInMemory = 10'000;

std::string environment_or(const char* name, const char* fallback) {
  const char* value = ::getenv(name);
  return value == nullptr || *value == '\0' ? fallback : value;
}

// The accounts of a development server, and the credentials of their roots. They are no secret: it prints them.
struct RootCredentials {
  Scope scope;                    // of the first account
  std::vector<AccountId> others;  // without the first
  std::string id = environment_or("CLAVIGER_ROOT_ACCESS_KEY_ID", "claviger");
  std::string secret = environment_or("CLAVIGER_ROOT_SECRET_ACCESS_KEY", "claviger");

  std::string id_in(const AccountId& account) const {
    return account == scope.account ? id : fmt::format("{}_{}", id, account.view());
  }
  Result<iam::AccessKey> access_key(const AccountId& account) const {
    return iam::given_access_key(id_in(account), SecretBytes::copy_of(as_bytes(secret)));
  }
};

void write_credentials(json::Writer<std::string>& writer, const RootCredentials& root, const AccountId& account) {
  writer.name("accessKeyId");
  writer.string(root.id_in(account));
  writer.name("secretAccessKey");
  writer.string(root.secret);
}

void print_ready(const http::Options& http, std::uint16_t port, const RootCredentials& root) {
  const bool ipv6 = http.address.find(':') != std::string::npos;
  std::string text;
  json::Writer<std::string> writer(text);
  writer.begin_object();
  writer.name("endpoint");
  writer.string(fmt::format("http://{}:{}", ipv6 ? "[" + http.address + "]" : http.address, port));
  writer.name("account");
  writer.string(root.scope.account.view());
  writer.name("region");
  writer.string(root.scope.region.view());
  write_credentials(writer, root, root.scope.account);
  if (!root.others.empty()) {
    writer.name("otherAccounts");
    writer.begin_array();
    for (const AccountId& account : root.others) {
      writer.begin_object();
      writer.name("account");
      writer.string(account.view());
      write_credentials(writer, root, account);
      writer.end_object();
    }
    writer.end_array();
  }
  writer.end_object();
  text += "\n";
  // A reader that went away is no reason to stop serving.
  static_cast<void>(std::fwrite(text.data(), 1, text.size(), stdout));
  static_cast<void>(std::fflush(stdout));
}

server::Deployment deployment(const RootCredentials& root) { return {.account = root.scope.account, .regions = {}}; }

Status ensure_root_key(iam::Registry& registry, const RootCredentials& root, const AccountId& account) {
  CLAVIGER_ASSIGN(const iam::AccessKey key, root.access_key(account));
  const auto snapshot = registry.snapshot();
  const iam::Credential* known = snapshot->credential(key.id);
  const SecretBytes wanted = SecretBytes::copy_of(as_bytes("AWS4" + root.secret));
  CLAVIGER_TRY(registry.ensure_account(account));
  if (known != nullptr && equal(*known->signing_secret, wanted)) return {};
  return registry.put_root(account, key);
}

// Makes sure that these credentials, and the ones from earlier starts, work.
Status ensure_root_keys(iam::Registry& registry, const RootCredentials& root) {
  CLAVIGER_TRY(ensure_root_key(registry, root, root.scope.account));
  for (const AccountId& account : root.others) CLAVIGER_TRY(ensure_root_key(registry, root, account));
  return {};
}

// Reads and applies the seed, where there is one.
Status apply_seed_file(const std::string& path, const Scope& scope, const SeedTarget& target, server::Logger& logger) {
  if (path.empty()) return {};
  CLAVIGER_ASSIGN(const Seed seed, read_seed_file(path, {.local_kms = scope, .key_material = true}));
  CLAVIGER_ASSIGN(const SeedChanges changes, apply_seed(seed, target));
  logger.info("seed applied", {{"file", path},
                               {"newAccounts", std::to_string(changes.accounts)},
                               {"newIdentities", std::to_string(changes.entities)},
                               {"newKeys", std::to_string(changes.keys)},
                               {"newAliases", std::to_string(changes.aliases)},
                               {"newGrants", std::to_string(changes.grants)}});
  return {};
}

// A server whose data is gone when it stops.
int serve_in_memory(const std::string& seed, const server::NodeOptions& options, Serving& serving,
                    const RootCredentials& root, const Clock& clock) {
  crypto::SystemRandom random;
  const hsm::Keyring keyring = hsm::Keyring::create_in_memory(random);
  CredentialSealer sealer(keyring, random);
  store::MemoryStore store;
  audit::MemoryLog log(clock, kEventsInMemory);
  iam::Registry registry(store, sealer, clock);
  if (const Status ensured = ensure_root_keys(registry, root); !ensured) return report(ensured.error());
  const server::Deployment served = deployment(root);
  const Status seeded = apply_seed_file(
      seed, root.scope, {store, log, keyring, served, registry, options.limits, clock, random}, serving.logger);
  if (!seeded) return report(seeded.error());
  serving.memory_protection = keyring.memory_protection();
  return serve_until_stopped({store, log, keyring, registry, clock, serving.logger, served, {}}, options, serving,
                             [&](std::uint16_t port) { print_ready(options.http, port, root); });
}

int serve_directory(const std::string& path, const std::string& seed, const server::NodeOptions& options,
                    Serving& serving, const RootCredentials& root, const Clock& clock) {
  crypto::SystemRandom random;
  // Beside the data, because a development server has nothing to protect from whoever can read its directory.
  const std::string key_file = path + ".key";
  hsm::KeyFileSeal seal(key_file);
  if (!DataDirectory::exists(path)) {
    if (::access(key_file.c_str(), F_OK) != 0) {
      if (const Status made = hsm::KeyFileSeal::create_file(key_file, random); !made) return report(made.error());
    }
    Result<iam::AccessKey> key = root.access_key(root.scope.account);
    if (!key) return report(key.error());
    const Status made = DataDirectory::create(path, seal, {deployment(root), *std::move(key), {}}, random, clock);
    if (!made) return report(made.error());
  }
  const auto directory = DataDirectory::open(path, seal, random, clock);
  if (!directory) return report(directory.error());
  DataDirectory& data = **directory;
  if (data.deployment().account != root.scope.account) {
    return report(Error::validation(fmt::format("{} is of account {}; start with --account {}", path,
                                                data.deployment().account.view(), data.deployment().account.view())));
  }
  if (const Status ensured = ensure_root_keys(data.registry(), root); !ensured) return report(ensured.error());
  const Status seeded = apply_seed_file(
      seed, root.scope,
      {data.store(), data.log(), data.keyring(), data.deployment(), data.registry(), options.limits, clock, random},
      serving.logger);
  if (!seeded) return report(seeded.error());
  serving.memory_protection = data.keyring().memory_protection();
  serving.status_path = DataDirectory::status_path(path);
  return serve_until_stopped(
      {data.store(), data.log(), data.keyring(), data.registry(), clock, serving.logger, data.deployment(), {}},
      options, serving, [&](std::uint16_t port) { print_ready(options.http, port, root); });
}

// At least one, each once.
Result<std::vector<AccountId>> parse_accounts(const std::vector<std::string>& texts) {
  std::vector<AccountId> accounts;
  for (const std::string& text : texts) {
    const auto account = AccountId::parse(text);
    if (!account) return fail(Error::validation("an account is twelve digits"));
    if (std::find(accounts.begin(), accounts.end(), *account) == accounts.end()) accounts.push_back(*account);
  }
  if (accounts.empty()) return fail(Error::validation("there must be an account"));
  return accounts;
}

}  // namespace

int run_dev(const DevOptions& options) {
  Signals signals;
  prefer_throughput();
  const std::string unprotected = protect_process();
  server::Logger logger;
  if (!unprotected.empty()) logger.warning("process not fully protected", {{"detail", unprotected}});
  server::NodeOptions node;
  if (const Status parsed = parse_listen(options.listen, node.http); !parsed) return report(parsed.error());
  node.http.loops = options.loops;
  node.limits.keys_per_region = options.keys_per_region;
  const SystemClock clock;
  const auto accounts = parse_accounts(options.accounts);
  if (!accounts) return report(accounts.error());
  const auto region = Region::parse(options.region);
  if (!region) return report(Error::validation(options.region + " is not the name of a Region"));
  const RootCredentials root{.scope = {accounts->front(), *region}, .others = {accounts->begin() + 1, accounts->end()}};
  Serving serving{logger, signals, {}, {}};
  if (options.data_dir.empty()) return serve_in_memory(options.seed, node, serving, root, clock);
  return serve_directory(options.data_dir, options.seed, node, serving, root, clock);
}

}  // namespace claviger::cli
