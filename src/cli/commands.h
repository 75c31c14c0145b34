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
  std::string data_dir;  // empty: in memory
  std::size_t loops = 0;
  std::int64_t keys_per_region = 100'000;
};
int run_dev(const DevOptions& options);

struct InitOptions {
  std::string data_dir;
  std::string account = "000000000000";
  std::vector<std::string> regions;
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

}  // namespace claviger::cli
