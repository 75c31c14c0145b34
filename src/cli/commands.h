// The subcommands, one function each; they return the exit status of the process.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/config.h"

namespace claviger::cli {

struct DevOptions {
  std::string listen = "127.0.0.1:4599";
  std::string data_dir;                                  // empty: in memory
  std::vector<std::string> accounts = {"000000000000"};  // the first is what it prints above all
  std::string region = "us-east-1";  // what it prints, and where the keys of a local-kms seed belong
  std::string seed;                  // empty: none
  std::size_t loops = 0;
  api::Limits limits;
  bool request_quotas = false;                      // AWS's defaults are in force
  std::vector<std::string> changed_request_quotas;  // NAME=RATE; with any at all, the others are in force too
  std::string attestation_roots;                    // a PEM file; empty: no attestation document is believed
  std::string control;                              // where the control endpoint listens; empty: there is none
};
int run_dev(const DevOptions& options);

struct InitOptions {
  std::string data_dir;
  std::string account = "000000000000";
  std::vector<std::string> regions;
  std::string seed;  // empty: none
  SealConfig seal;
};
int run_init(const InitOptions& options);

int run_serve(const std::string& config_path);
int run_status(const std::string& data_dir);

struct AuditVerifyOptions {
  std::string data_dir;
  std::string public_key;  // hexadecimal; empty: the one in the data directory
};
int run_audit_verify(const AuditVerifyOptions& options);

struct AuditShowOptions {
  std::string data_dir;
  bool json = false;
  std::string event_name;
  std::string request_id;
  std::string resource;
  std::size_t last = 0;  // 0: all
};
int run_audit_show(const AuditShowOptions& options);

int run_coverage(bool json);

struct PolicyLintOptions {
  std::string file;
  std::string kind = "key";  // or `identity`, `trust`
  std::string account;       // empty: that of the data directory, or the only one that the policy names
  std::string data_dir;      // whose principals must exist; empty: not looked at
  SealConfig seal;           // of the data directory
  bool json = false;
};
int run_policy_lint(const PolicyLintOptions& options);

struct PolicySimulateOptions {
  std::string key_policy;  // files; empty: the default key policy
  std::vector<std::string> identity_policies;
  std::string session_policy, boundary;
  std::string caller, action, resource;
  std::vector<std::string> context;
  bool json = false;
};
int run_policy_simulate(const PolicySimulateOptions& options);

struct PolicyExplainOptions {
  std::string data_dir;
  std::string request_id;
  bool json = false;
};
int run_policy_explain(const PolicyExplainOptions& options);

}  // namespace claviger::cli
