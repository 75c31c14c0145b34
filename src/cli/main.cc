#include <CLI/CLI.hpp>
#include <cstdio>

#include "cli/commands.h"
#include "cli/process.h"
#include "crypto/wiping_allocator.h"

#ifndef CLAVIGER_VERSION
#define CLAVIGER_VERSION "unknown"
#endif

namespace {

using namespace claviger::cli;  // NOLINT(google-build-using-namespace): this file is the command line and nothing else

// One subcommand with its options; `exit_status` is set when it was run.
void add_dev(CLI::App& app, DevOptions& options, int& exit_status) {
  CLI::App* command = app.add_subcommand("dev", "Run a server for development; prints its endpoint and credentials");
  command->add_option("--listen", options.listen, "Address and port")->capture_default_str();
  command->add_option("--data-dir", options.data_dir, "Keep everything in this directory (default: in memory)");
  command->add_option("--account", options.accounts, "Twelve digits; repeat for more accounts, each with a root")
      ->capture_default_str();
  command->add_option("--region", options.region, "The Region that it prints; it serves every one")
      ->capture_default_str();
  command->add_option("--seed", options.seed, "Make the keys and aliases of this file (YAML) before serving");
  command->add_option("--attestation-roots", options.attestation_roots,
                      "PEM file of the certificates whose attestation documents are believed");
  command->add_option("--control", options.control,
                      "Address and port on this machine where tests tell it what to do (docs/dev-control.md)");
  command->add_option("--event-loops", options.loops, "Number of event loops (default: one per processor)");
  command->add_option("--keys-per-region", options.limits.keys_per_region, "Quota of KMS keys per Region")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  command->add_option("--aliases-per-key", options.limits.aliases_per_key, "Quota of aliases of a key (1 to 500)")
      ->capture_default_str();
  command->add_option("--grants-per-key", options.limits.grants_per_key, "Quota of grants on a key")
      ->capture_default_str();
  command->add_flag("--request-quotas", options.request_quotas, "Throttle calls as AWS does by default");
  command->add_option("--request-quota", options.changed_request_quotas,
                      "NAME=RATE: throttle, and this quota (such as CreateKey or Symmetric) at RATE calls a second");
  command->callback([&] { exit_status = run_dev(options); });
}

void add_init(CLI::App& app, InitOptions& options, int& exit_status) {
  CLI::App* command = app.add_subcommand("init", "Make a data directory; prints the root access key once");
  command->add_option("--data-dir", options.data_dir, "Where to make it; missing or empty")->required();
  command->add_option("--account", options.account, "Twelve digits")->capture_default_str();
  command->add_option("--region", options.regions, "A Region to serve; repeat for more (default: any)");
  command->add_option("--seed", options.seed, "Make the keys and aliases of this file (YAML) in it");
  CLI::Option* key_file = command->add_option("--key-file", options.seal.key_file,
                                              "Seal the root key with this file of 32 bytes; made when missing");
  CLI::Option* passphrase =
      command->add_option("--passphrase-file", options.seal.passphrase_file,
                          "Seal it with the passphrase in this file's first line; - for standard input");
  key_file->excludes(passphrase);
  command->callback([&] {
    if (options.seal.key_file.empty() == options.seal.passphrase_file.empty()) {
      throw CLI::RequiredError("--key-file or --passphrase-file");
    }
    exit_status = run_init(options);
  });
}

void add_audit(CLI::App& app, AuditVerifyOptions& verify, AuditShowOptions& show, int& exit_status) {
  CLI::App* audit = app.add_subcommand("audit", "Check or read the audit log");
  audit->require_subcommand(1);
  CLI::App* check = audit->add_subcommand("verify", "Check the whole log offline; names the first bad place");
  check->add_option("data-dir", verify.data_dir, "The data directory")->required();
  check->add_option("--public-key", verify.public_key, "The log's public key (default: the one in the directory)");
  check->callback([&] { exit_status = run_audit_verify(verify); });
  CLI::App* print = audit->add_subcommand("show", "Print the events, oldest first");
  print->add_option("--data-dir", show.data_dir, "The data directory")->required();
  print->add_flag("--json", show.json, "The whole records, one line each");
  print->add_option("--event-name", show.event_name, "Only this action");
  print->add_option("--request-id", show.request_id, "Only this request");
  print->add_option("--resource", show.resource, "Only events on this ARN");
  print->add_option("--last", show.last, "Only the newest N of them");
  print->callback([&] { exit_status = run_audit_show(show); });
}

void add_explain(CLI::App& policy, PolicyExplainOptions& options, int& exit_status) {
  CLI::App* command = policy.add_subcommand("explain", "Tell why a call was allowed or refused, from the audit log");
  command->add_option("request-id", options.request_id, "The request id of the reply")->required();
  command->add_option("--data-dir,--data", options.data_dir, "The data directory")->required();
  command->add_flag("--json", options.json, "One line of JSON");
  command->callback([&] { exit_status = run_policy_explain(options); });
}

void add_policy(CLI::App& app, PolicyLintOptions& lint, PolicySimulateOptions& simulate, PolicyExplainOptions& explain,
                int& exit_status) {
  CLI::App* policy = app.add_subcommand("policy", "Check a policy document, try one out, or explain a decision");
  policy->require_subcommand(1);
  add_explain(*policy, explain, exit_status);
  CLI::App* check = policy->add_subcommand("lint", "Name what will surprise; status 1 with findings, 2 if refused");
  check->add_option("file", lint.file, "The document (JSON)")->required();
  check->add_option("--kind", lint.kind, "What it is attached to")
      ->check(CLI::IsMember({"key", "identity", "trust"}))
      ->capture_default_str();
  check->add_option("--account", lint.account, "Whose key it is (default: the only account that it names)");
  CLI::Option* data_dir = check->add_option("--data-dir", lint.data_dir,
                                            "Name principals that do not exist here; no server may be running on it");
  CLI::Option* key_file = check->add_option("--key-file", lint.seal.key_file, "The seal of the data directory");
  CLI::Option* passphrase =
      check->add_option("--passphrase-file", lint.seal.passphrase_file, "The seal of the data directory");
  key_file->excludes(passphrase)->needs(data_dir);
  passphrase->needs(data_dir);
  check->add_flag("--json", lint.json, "One JSON array");
  check->callback([&] {
    if (!lint.data_dir.empty() && lint.seal.key_file.empty() == lint.seal.passphrase_file.empty()) {
      throw CLI::RequiredError("--key-file or --passphrase-file");
    }
    exit_status = run_policy_lint(lint);
  });
  CLI::App* trial = policy->add_subcommand("simulate", "Decide and explain; status 0 if allowed, 1 if not");
  trial->add_option("--key-policy", simulate.key_policy, "File (default: the default key policy)");
  trial->add_option("--identity-policy", simulate.identity_policies, "File; repeat for more");
  trial->add_option("--session-policy", simulate.session_policy, "File");
  trial->add_option("--boundary", simulate.boundary, "File of the permissions boundary");
  trial->add_option("--caller", simulate.caller, "ARN of a root, user or assumed-role session")->required();
  trial->add_option("--action", simulate.action, "Such as kms:Encrypt")->required();
  trial->add_option("--resource", simulate.resource, "ARN of a key, or *")->required();
  trial->add_option("--context", simulate.context, "NAME=VALUE of a condition key; repeat for more");
  trial->add_flag("--json", simulate.json, "One line of JSON");
  trial->callback([&] { exit_status = run_policy_simulate(simulate); });
}

}  // namespace

int main(int argc, char** argv) {
  bind_libraries_at_start(argv);
  if (!claviger::crypto::wipe_what_openssl_frees()) {
    static_cast<void>(
        std::fputs("claviger: OpenSSL was in use before it could be told to wipe what it frees\n", stderr));
    return 1;
  }
  CLI::App app("Claviger: a key management service that speaks the AWS KMS API");
  app.require_subcommand(1);
  app.set_version_flag("--version", CLAVIGER_VERSION);
  int exit_status = 0;
  DevOptions dev;
  add_dev(app, dev, exit_status);
  InitOptions init;
  add_init(app, init, exit_status);

  std::string config;
  CLI::App* serve = app.add_subcommand("serve", "Run the server");
  serve->add_option("--config", config, "The configuration file (TOML)")->required();
  serve->callback([&] { exit_status = run_serve(config); });

  std::string data_dir;
  CLI::App* status = app.add_subcommand("status", "Tell whether a server runs on a data directory, and how");
  status->add_option("data-dir", data_dir, "The data directory")->required();
  status->callback([&] { exit_status = run_status(data_dir); });

  AuditVerifyOptions verify;
  AuditShowOptions show;
  add_audit(app, verify, show, exit_status);

  PolicyLintOptions lint;
  PolicySimulateOptions simulate;
  PolicyExplainOptions explain;
  add_policy(app, lint, simulate, explain, exit_status);

  bool json = false;
  CLI::App* coverage = app.add_subcommand("coverage", "Print which parts of the API are built");
  coverage->add_flag("--json,!--markdown", json, "As JSON, with every member and constraint");
  coverage->callback([&] { exit_status = run_coverage(json); });

  CLI11_PARSE(app, argc, argv);
  return exit_status;
}
