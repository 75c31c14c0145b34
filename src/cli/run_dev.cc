#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "audit/memory_log.h"
#include "base/encoding.h"
#include "base/json.h"
#include "base/scheduling.h"
#include "cli/attestation_roots.h"
#include "cli/commands.h"
#include "cli/control_server.h"
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

std::string url(const http::Options& http, std::uint16_t port) {
  const bool ipv6 = http.address.find(':') != std::string::npos;
  return fmt::format("http://{}:{}", ipv6 ? "[" + http.address + "]" : http.address, port);
}

// `control` is the URL of the control endpoint, empty where there is none.
void print_ready(std::string_view endpoint, std::string_view control, const RootCredentials& root) {
  std::string text;
  json::Writer<std::string> writer(text);
  writer.begin_object();
  writer.name("endpoint");
  writer.string(endpoint);
  if (!control.empty()) {
    writer.name("controlEndpoint");
    writer.string(control);
  }
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

// Reads and applies the seed, where there is one. The clock comes first: what is made is made at its time.
Status apply_seed_file(const std::string& path, const Scope& scope, const SeedTarget& target, server::ClockMover& mover,
                       server::Interference& interference, server::Logger& logger) {
  if (path.empty()) return {};
  CLAVIGER_ASSIGN(const Seed seed, read_seed_file(path, {.local_kms = scope, .development = true}));
  if (seed.clock) {
    const Status moved = mover.ensure(target.log, seed.clock->floor);
    if (!moved && moved.error().code() == ErrorCode::kValidation) {
      return yaml::fail_at(seed.file, seed.clock->place, moved.error().message());
    }
    CLAVIGER_TRY(moved);
  }
  CLAVIGER_ASSIGN(const SeedChanges changes, apply_seed(seed, target));
  interference.faults.set(seed.faults);
  interference.visibility.set(seed.visibility);
  logger.info("seed applied", {{"file", path},
                               {"newAccounts", std::to_string(changes.accounts)},
                               {"newIdentities", std::to_string(changes.entities)},
                               {"newKeys", std::to_string(changes.keys)},
                               {"newAliases", std::to_string(changes.aliases)},
                               {"newGrants", std::to_string(changes.grants)}});
  return {};
}

// The time of a development server, which can be moved, and that of its clients.
struct DevTime {
  SystemClock real;
  ShiftedClock clock{real};
};

// What the command line says.
struct Dev {
  std::string seed;
  server::NodeOptions node;
  std::optional<http::Options> control;
  RootCredentials root;
};

// Serves what was opened.
int serve(const Dev& dev, const SeedTarget& opened, DevTime& time, Serving& serving) {
  server::ClockMover mover(opened.store, time.real, time.clock, opened.deployment, opened.random);
  if (const Status loaded = mover.load(); !loaded) return report(loaded.error());
  if (const Status ensured = ensure_root_keys(opened.registry, dev.root); !ensured) return report(ensured.error());
  server::Interference interference(time.clock);
  const Status seeded = apply_seed_file(dev.seed, dev.root.scope, opened, mover, interference, serving.logger);
  if (!seeded) return report(seeded.error());
  serving.memory_protection = opened.keyring.memory_protection();
  const auto ready = [&](server::Node& node) -> Result<Beside> {
    std::shared_ptr<ControlServer> control;
    if (dev.control) {
      control = std::make_shared<ControlServer>(
          *dev.control, time.real,
          ControlTargets{mover, [&](const server::ClockMove& move) { return mover.move(node.recorder(), move); },
                         [&] { return node.sweep_now(); }, interference, [&] { node.resume_replication(); }});
      CLAVIGER_TRY(control->start());
    }
    print_ready(url(dev.node.http, node.port()), control ? url(*dev.control, control->port()) : std::string(),
                dev.root);
    return control;
  };
  return serve_until_stopped({.store = opened.store,
                              .log = opened.log,
                              .keyring = opened.keyring,
                              .registry = opened.registry,
                              .clock = time.clock,
                              .logger = serving.logger,
                              .deployment = opened.deployment,
                              .stop = {},
                              .client_clock = &time.real,
                              .interference = &interference},
                             dev.node, serving, ready);
}

// A server whose data is gone when it stops.
int serve_in_memory(const Dev& dev, Serving& serving) {
  DevTime time;
  crypto::SystemRandom random;
  const hsm::Keyring keyring = hsm::Keyring::create_in_memory(random);
  CredentialSealer sealer(keyring, random);
  store::MemoryStore store;
  audit::MemoryLog log(time.clock, kEventsInMemory);
  iam::Registry registry(store, sealer, time.clock);
  const server::Deployment served = deployment(dev.root);
  return serve(dev, {store, log, keyring, served, registry, dev.node.limits, time.clock, random}, time, serving);
}

int serve_directory(const std::string& path, const Dev& dev, Serving& serving) {
  DevTime time;
  crypto::SystemRandom random;
  // Beside the data, because a development server has nothing to protect from whoever can read its directory.
  const std::string key_file = path + ".key";
  hsm::KeyFileSeal seal(key_file);
  if (!DataDirectory::exists(path)) {
    if (::access(key_file.c_str(), F_OK) != 0) {
      if (const Status made = hsm::KeyFileSeal::create_file(key_file, random); !made) return report(made.error());
    }
    Result<iam::AccessKey> key = dev.root.access_key(dev.root.scope.account);
    if (!key) return report(key.error());
    const Status made =
        DataDirectory::create(path, seal, {deployment(dev.root), *std::move(key), {}}, random, time.clock);
    if (!made) return report(made.error());
  }
  const auto directory = DataDirectory::open(path, seal, random, time.clock);
  if (!directory) return report(directory.error());
  DataDirectory& data = **directory;
  if (data.deployment().account != dev.root.scope.account) {
    return report(Error::validation(fmt::format("{} is of account {}; start with --account {}", path,
                                                data.deployment().account.view(), data.deployment().account.view())));
  }
  serving.status_path = DataDirectory::status_path(path);
  return serve(dev,
               {data.store(), data.log(), data.keyring(), data.deployment(), data.registry(), dev.node.limits,
                time.clock, random},
               time, serving);
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
  // The writer of the audit log wakes a loop once for a whole group then, not once for each reply.
  prefer_throughput();
  const std::string unprotected = protect_process();
  server::Logger logger;
  if (!unprotected.empty()) logger.warning("process not fully protected", {{"detail", unprotected}});
  const auto accounts = parse_accounts(options.accounts);
  if (!accounts) return report(accounts.error());
  const auto region = Region::parse(options.region);
  if (!region) return report(Error::validation(options.region + " is not the name of a Region"));
  Dev dev{.seed = options.seed,
          .node = {},
          .control = {},
          .root = {.scope = {accounts->front(), *region}, .others = {accounts->begin() + 1, accounts->end()}}};
  if (const Status parsed = parse_listen(options.listen, dev.node.http); !parsed) return report(parsed.error());
  dev.node.http.loops = options.loops;
  auto attestation = read_attestation_roots(options.attestation_roots);
  if (!attestation) return report(attestation.error());
  dev.node.attestation = *std::move(attestation);
  dev.node.limits = options.limits;
  if (const Status checked = check_limits(dev.node.limits, "--"); !checked) return report(checked.error());
  dev.node.request_quotas.enabled = options.request_quotas || !options.changed_request_quotas.empty();
  for (const std::string& text : options.changed_request_quotas) {
    if (const Status parsed = parse_request_quota(text, dev.node.request_quotas); !parsed) {
      return report(parsed.error());
    }
  }
  if (!options.control.empty()) {
    if (const Status parsed = parse_listen(options.control, dev.control.emplace()); !parsed) {
      return report(parsed.error());
    }
  }
  Serving serving{logger, signals, {}, {}};
  return options.data_dir.empty() ? serve_in_memory(dev, serving) : serve_directory(options.data_dir, dev, serving);
}

}  // namespace claviger::cli
